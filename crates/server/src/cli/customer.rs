//! `baton customer`.

use super::{Database, Outcome, say};
use crate::privacy::{self, Kept};
use baton_base::{ClientId, CustomerId, Error, IdSource, Result, SystemClock};
use baton_cases::people::{self, Linking};
use baton_db::Tx;
use baton_govern::{Ctx, Env};
use clap::{Args, Subcommand};
use serde_json::Value;
use std::process::ExitCode;
use std::sync::Arc;

/// Which customer.
#[derive(Args)]
pub struct Which {
    /// Id of the client.
    client: String,
    /// Id of the customer, `cus_…`.
    customer: String,
    #[command(flatten)]
    database: Database,
}

/// Which two customers, and why.
#[derive(Args)]
pub struct Pair {
    #[command(flatten)]
    which: Which,
    /// Id of the other customer, `cus_…`.
    other: String,
    /// Why; it goes into the ledger.
    #[arg(long)]
    reason: String,
}

/// Data of customers.
#[derive(Subcommand)]
pub enum Command {
    /// Print who a customer is on each channel, whom they are linked with, their cases, and who looks the same, as JSON.
    Show(Which),
    /// Link another customer into this one: they are one from then on.
    Link {
        #[command(flatten)]
        pair: Pair,
    },
    /// Undo a link: they are two again.
    Unlink {
        #[command(flatten)]
        pair: Pair,
    },
    /// Print all that is kept of a customer as JSON.
    Export(Which),
    /// Erase a customer whose cases have ended, and print the certificate. It cannot be undone.
    Erase(Which),
    /// Hold a customer's data: nothing erases it until the hold is lifted.
    Hold {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lift a hold.
    Lift(Which),
    /// For how many days a class is kept at a client: customers (after their last case), model-exchanges, mails as they came and
    /// what is in files (both after the end of their case), or runs for no case. A customer who is held keeps everything.
    Keep {
        /// Id of the client.
        client: String,
        /// customers, model-exchanges, mails, files or runs.
        class: Kept,
        /// Days; 0 is without end.
        days: u32,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Show(which) => {
            let found = at(&which, people::person).await?;
            say(&serde_json::to_string_pretty(&found).map_err(Error::broken)?);
        }
        Command::Link { pair } => {
            let one = both(&pair, people::link).await?;
            say(&format!("{} and {} are {one}", pair.which.customer, pair.other));
        }
        Command::Unlink { pair } => {
            both(&pair, people::unlink).await?;
            say(&format!("{} and {} are two", pair.which.customer, pair.other));
        }
        Command::Export(which) => {
            let found = at(&which, privacy::export_noted).await?;
            say(&serde_json::to_string_pretty(&found).map_err(Error::broken)?);
        }
        Command::Erase(which) => {
            let salt = privacy::salt()?;
            let certificate: Value = at(&which, move |tx, ctx, id| privacy::erase(tx, ctx, id, &salt)).await?;
            say(&serde_json::to_string_pretty(&certificate).map_err(Error::broken)?);
        }
        Command::Hold { which, reason } => {
            at(&which, move |tx, ctx, id| baton_cases::hold(tx, ctx, id, &reason)).await?;
            say(&format!("{}: held", which.customer));
        }
        Command::Lift(which) => {
            at(&which, baton_cases::lift).await?;
            say(&format!("{}: not held", which.customer));
        }
        Command::Keep { client, class, days, database } => {
            let line = format!("{client}: {} are kept {days} days (0: without end)", class.name());
            write(&database, client.parse()?, move |tx, ctx| privacy::keep(tx, ctx, class, days)).await?;
            say(&line);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn at<T: Send + 'static>(
    which: &Which,
    work: impl FnOnce(&mut Tx, &Ctx, &CustomerId) -> Result<T> + Send + 'static,
) -> Result<T> {
    let id: CustomerId = which.customer.parse()?;
    write(&which.database, which.client.parse()?, move |tx, ctx| work(tx, ctx, &id)).await
}

async fn both<T: Send + 'static>(pair: &Pair, work: fn(&mut Tx, &Ctx, &Linking<'_>) -> Result<T>) -> Result<T> {
    let (other, reason): (CustomerId, _) = (pair.other.parse()?, pair.reason.clone());
    at(&pair.which, move |tx, ctx, customer| {
        work(tx, ctx, &Linking { customer, other: &other, reason: &reason, case: None })
    })
    .await
}

async fn write<T: Send + 'static>(
    database: &Database,
    client: ClientId,
    work: impl FnOnce(&mut Tx, &Ctx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let db = database.open().await?;
    let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(entropy()?)));
    let done = db
        .write(move |tx| {
            if !baton_clients::clients(tx)?.iter().any(|row| row.id == client) {
                return Err(Error::not_found(format!("client {client}")));
            }
            work(tx, &Ctx::system(&env, &client, "cli:customer"))
        })
        .await;
    db.close().await;
    done
}

fn entropy() -> Result<u64> {
    u64::from_str_radix(&baton_db::vault::fresh_text()?[..16], 16).map_err(Error::broken)
}
