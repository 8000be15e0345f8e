//! `baton token`.

use super::{Database, Outcome, say};
use baton_base::{AgentName, ClientId, Clock, Error, IdSource, SystemClock};
use baton_db::Db;
use baton_govern::tokens::{self, Audience, Wanted};
use baton_govern::{Ctx, Env, Role};
use clap::Subcommand;
use std::process::ExitCode;
use std::sync::Arc;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Tokens of service accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it, this once.
    Make {
        /// Id of the client.
        client: String,
        /// Name of the service account.
        name: String,
        /// What it opens: `api`, `mcp` for the client's MCP server or `a2a` for its A2A server. It opens nothing else.
        #[arg(long = "for", default_value = "mcp", value_name = "AUDIENCE")]
        audience: String,
        /// The AI agent that acts when it is used; without it the service account itself.
        #[arg(long)]
        agent: Option<String>,
        /// Days until it ends.
        #[arg(long, default_value_t = 90)]
        days: u16,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    let Command::Make { client, name, audience, agent, days, database } = command;
    let client: ClientId = client.parse()?;
    let audience: Audience = audience.parse()?;
    let agent: Option<AgentName> = agent.as_deref().map(str::parse).transpose()?;
    let db = Db::open(&database.database).await?;
    db.migrate().await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy = u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs().rotate_left(17);
    let env = Env::new(clock, Arc::new(IdSource::seeded(entropy)));
    let made = db.write(move |tx| {
        if !baton_clients::clients(tx)?.into_iter().any(|row| row.id == client) {
            return Err(Error::not_found(format!("client {client}")));
        }
        let ctx = Ctx::system(&env, &client, "cli:token");
        let expires_ms = Some(ctx.now_ms() + i64::from(days) * DAY_MS);
        tokens::make(
            tx,
            &ctx,
            &Wanted { name: name.clone(), roles: vec![Role::Service], expires_ms, audience, agent: agent.clone() },
        )
    });
    let made = made.await?;
    db.close().await;
    say(&made.token);
    Ok(ExitCode::SUCCESS)
}
