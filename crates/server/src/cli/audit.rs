//! `baton audit`.

use super::{Database, Outcome, say};
use crate::keys::LedgerKey;
use baton_base::{ClientId, Result};
use baton_db::Db;
use baton_govern::ledger;
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with the ledger.
#[derive(Subcommand)]
pub enum Command {
    /// Recompute the ledger from its rows and check it against every signed checkpoint. Exit code 1 if it is not whole.
    Verify {
        #[command(flatten)]
        database: Database,
        /// One client; all of them, and the installation's own, if left out.
        #[arg(long)]
        client: Option<String>,
    },
}

pub async fn run(command: Command) -> Outcome {
    let Command::Verify { database, client } = command;
    let whole = verify(&database.database, client.as_deref()).await?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Verifies the ledgers of all clients and of the installation, and says what it finds.
pub(crate) async fn verify_all(url: &str) -> Result<bool> {
    verify(url, None).await
}

async fn verify(url: &str, client: Option<&str>) -> Result<bool> {
    let db = Db::open(url).await?;
    let clients = match client {
        Some(client) => vec![client.parse::<ClientId>()?],
        None => {
            let rows = db.read(baton_clients::clients).await?;
            rows.into_iter().map(|row| row.id).chain([ClientId::house()]).collect()
        }
    };
    let key = db.write(LedgerKey::load).await?.verifying_key();
    let mut whole = true;
    for client in clients {
        let asked = client.clone();
        let found = db.read(move |tx| ledger::verify(tx, &asked, &key)).await?;
        whole &= found.ok;
        say_verdict(&client, found);
    }
    db.close().await;
    Ok(whole)
}

fn say_verdict(client: &ClientId, found: ledger::Verified) {
    let verdict = if found.ok { "whole" } else { "NOT WHOLE" };
    say(&format!(
        "ledger of {client}: {verdict}; {} entries sealed under {} checkpoints, {} not sealed yet, root {}",
        found.entries, found.checkpoints, found.unsealed, found.root
    ));
    if let Some(bad) = found.first_bad {
        say(&format!("  first bad entry: leaf {} {}: {}", bad.leaf_index, bad.entry.unwrap_or_default(), bad.what));
    }
}
