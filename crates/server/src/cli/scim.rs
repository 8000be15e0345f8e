//! `baton scim`.

use super::{Database, Outcome, say, system_env};
use baton_base::ClientId;
use baton_govern::tokens::{self, Audience, Wanted};
use baton_govern::{Ctx, Role};
use clap::Subcommand;
use std::process::ExitCode;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Provisioning by a directory.
#[derive(Subcommand)]
pub enum Command {
    /// Make a token for a directory and print it, this once. It opens /scim/v2 and nothing else.
    Token {
        /// Name of the directory, for the ledger.
        name: String,
        /// Days until it ends.
        #[arg(long, default_value_t = 365)]
        days: u16,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    let Command::Token { name, days, database } = command;
    let db = database.open().await?;
    let ctx = Ctx::system(&system_env(), &ClientId::house(), "cli:scim");
    let wanted = Wanted {
        name,
        roles: vec![Role::Provisioner],
        expires_ms: Some(ctx.now_ms() + i64::from(days) * DAY_MS),
        audience: Audience::Scim,
        agent: None,
    };
    let made = db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await?;
    db.close().await;
    say(&made.token);
    Ok(ExitCode::SUCCESS)
}
