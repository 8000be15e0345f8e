//! `baton audit why`.

use crate::cli::{Database, Outcome, say};
use baton_base::{ClientId, EffectId, Error};
use clap::Args;
use std::process::ExitCode;

/// Which effect.
#[derive(Args)]
pub struct Options {
    /// Id of the effect, `eff_…`.
    effect: String,
    /// Id of its client; looked for among all if left out.
    #[arg(long)]
    client: Option<String>,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(options: Options) -> Outcome {
    let effect: EffectId = options.effect.parse()?;
    let asked = options.client.map(|client| client.parse::<ClientId>()).transpose()?;
    let db = options.database.open().await?;
    let found = db
        .read(move |tx| {
            let clients = match asked {
                Some(client) => vec![client],
                None => baton_clients::clients(tx)?.into_iter().map(|row| row.id).collect(),
            };
            for client in clients {
                match crate::allowed::why(tx, &client, &effect) {
                    Err(Error::NotFound(_)) => {}
                    found => return found,
                }
            }
            Err(Error::not_found(format!("effect {effect}")))
        })
        .await;
    db.close().await;
    say(&serde_json::to_string_pretty(&found?).map_err(Error::broken)?);
    Ok(ExitCode::SUCCESS)
}
