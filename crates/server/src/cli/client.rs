//! `baton client`.

use super::{Database, Outcome, say};
use crate::weights;
use baton_base::{ClientId, Clock, Error, IdSource, SystemClock};
use baton_db::Db;
use baton_govern::{Ctx, Env};
use clap::Subcommand;
use std::process::ExitCode;
use std::sync::Arc;

/// Settings of a client.
#[derive(Subcommand)]
pub enum Command {
    /// Set a client's share of the work of runs, beside others that have work too; 1 unless set.
    Weight {
        /// Id of the client.
        client: String,
        /// A whole number from 1 to 100: with 3, three of its runs are advanced for each one of a client with 1.
        weight: u32,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    let Command::Weight { client, weight, database } = command;
    let client: ClientId = client.parse()?;
    let db = Db::open(&database.database).await?;
    db.migrate().await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = IdSource::seeded(u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs());
    let ctx = Ctx::system(&Env::new(clock, Arc::new(ids)), &client, "cli:client");
    let line = format!("{client}: the weight of its runs is {weight}");
    db.write(move |tx| {
        if !baton_clients::clients(tx)?.into_iter().any(|row| row.id == client) {
            return Err(Error::not_found(format!("client {client}")));
        }
        weights::set(tx, &ctx, weight)
    })
    .await?;
    db.close().await;
    say(&line);
    Ok(ExitCode::SUCCESS)
}
