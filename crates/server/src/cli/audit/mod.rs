//! `baton audit`.

mod case;
mod files;
mod sink;
mod stream;
mod tls;
mod why;

use super::{Database, Outcome, say};
use crate::keys::LedgerKey;
use baton_base::{ClientId, Result};
use baton_govern::ledger;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with the ledger.
#[derive(Subcommand)]
pub enum Command {
    /// Verify: an export with --key, from its files alone; else the database, from its rows. Exit code 1 if it is not whole.
    Verify {
        /// Folder that `baton audit export` wrote, or the file that the console's Export hands out.
        export: Option<PathBuf>,
        /// File with the public key, 64 hex digits, as `baton audit key` prints it.
        #[arg(long, requires = "export")]
        key: Option<PathBuf>,
        /// A checkpoint that was kept elsewhere: the export must lead to it. May be given again.
        #[arg(long, requires = "export")]
        checkpoint: Vec<PathBuf>,
        #[command(flatten)]
        database: Database,
        /// One client; all of them, and the installation's own, if left out.
        #[arg(long, conflicts_with = "export")]
        client: Option<String>,
    },
    /// Write a client's sealed ledger with its checkpoints and proofs into a folder, for whoever verifies it elsewhere.
    Export(files::Options),
    /// Write one case into one file: all that happened, and every ledger entry with its proof. Of a server that runs.
    Case(case::Options),
    /// Check a file of one case, from the file and the public key alone. Exit code 1 if an entry is not proved.
    CheckCase(case::Check),
    /// Print the public key of the ledger, 64 hex digits.
    Key(Database),
    /// Say why an effect was allowed: who asked, the facts, rules and policies, who approved, and its proof.
    Why(why::Options),
    /// Write sealed entries for a SIEM, each once: OCSF as JSON lines, or CEF; to standard output, syslog over TLS
    /// or TCP, or an address over HTTPS.
    Stream(stream::Options),
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Verify { export: Some(folder), key, checkpoint, .. } => {
            files::verify(&folder, key.as_deref(), &checkpoint)
        }
        Command::Verify { database, client, .. } => {
            let whole = verify(&database, client.as_deref()).await?;
            Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Export(options) => files::export(options).await,
        Command::Key(database) => {
            let db = database.open().await?;
            let key = db.write(LedgerKey::load).await?;
            db.close().await;
            say(&key.public_text());
            Ok(ExitCode::SUCCESS)
        }
        Command::Case(options) => case::run(options).await,
        Command::CheckCase(options) => case::check(&options),
        Command::Why(options) => why::run(options).await,
        Command::Stream(options) => stream::run(options).await,
    }
}

/// Verifies the ledgers of all clients and of the installation, and says what it finds.
pub(crate) async fn verify_all(url: &str) -> Result<bool> {
    verify(&Database { database: url.to_owned(), master_key_file: None }, None).await
}

async fn verify(database: &Database, client: Option<&str>) -> Result<bool> {
    let db = database.open().await?;
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
