//! `baton key`.

use super::{Database, Outcome, say};
use crate::vault::{beside, replace, rotate};
use baton_base::{ClientId, Error, Result};
use baton_db::Db;
use baton_db::vault::{Master, fresh_text, status, sweep};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// Keys of what is encrypted at rest.
#[derive(Subcommand)]
pub enum Command {
    /// List the data keys: whose, of what, version, and which master key wraps them. No key is shown.
    Status(Database),
    /// Make new keys, while servers run. Without --master: new data keys; what is stored stays readable and is encrypted
    /// anew, here now and by servers in the background. With --master: a new master key comes first in the key file, all data
    /// keys are wrapped by it, and the older ones leave the file.
    Rotate {
        #[command(flatten)]
        database: Database,
        /// The master key.
        #[arg(long)]
        master: bool,
        /// Data keys of one client; of all, and of the installation, if left out.
        #[arg(long, conflicts_with = "master")]
        client: Option<String>,
    },
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Status(database) => {
            let db = database.open().await?;
            let keys = db.read(status).await?;
            db.close().await;
            for key in keys {
                let swept = if key.swept_ms.is_some() { "all is under it" } else { "not all is under it" };
                say(&format!("{}\t{}\tversion {}\tmaster {}\t{swept}", key.client, key.class, key.version, key.master));
            }
        }
        Command::Rotate { database, master: true, .. } => rotate_master(&database).await?,
        Command::Rotate { database, client, .. } => rotate_data(&database, client).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate_data(database: &Database, client: Option<String>) -> Result<()> {
    let db = database.open().await?;
    let clients = match client {
        Some(client) => vec![client.parse::<ClientId>()?],
        None => {
            let rows = db.read(baton_clients::clients).await?;
            rows.into_iter().map(|row| row.id).chain([ClientId::house()]).collect()
        }
    };
    let made = rotate(&db, clients.clone()).await?;
    let mut rows = 0;
    for client in &clients {
        rows += sweep::run(&db, client).await?;
    }
    db.close().await;
    say(&format!("{made} new data keys; {rows} rows encrypted anew"));
    Ok(())
}

async fn rotate_master(database: &Database) -> Result<()> {
    let db = database.open().await?;
    let (file, text) = key_file(database, &db)?;
    let known = Master::read(&text)?;
    let wrapped = db.read(status).await?;
    // A first key that wraps nothing yet was put there for this.
    let waiting = known.len() > 1 && !wrapped.iter().any(|key| key.master == known[0].id());
    let fresh = if waiting { None } else { Some(fresh_text()?) };
    if let (Some(fresh), Some(file)) = (&fresh, &file) {
        // Both are in the file before the first data key is under the new one: servers look there.
        replace(file, &format!("{fresh}\n{text}"))?;
    } else if file.is_none() && !waiting {
        return Err(Error::invalid(
            "there is no new master key",
            "put it before the old one: BATON_MASTER_KEY=NEW,OLD for every node, restart them one by one, and run this again",
        ));
    }
    let masters = match &fresh {
        Some(fresh) => Master::read(&format!("{fresh}\n{text}"))?,
        None => known,
    };
    let first = masters[0].id().to_owned();
    db.unlock(masters, None).await?;
    let done = db.write(|tx| tx.rewrap_keys()).await?;
    if let (Some(fresh), Some(file)) = (&fresh, &file) {
        replace(file, &format!("{fresh}\n"))?;
    }
    // A key that a server was making meanwhile.
    db.write(|tx| tx.rewrap_keys()).await?;
    db.close().await;
    say(&format!(
        "{done} data keys are under the master key {first} now; keep a copy of it, and the old one for old backups"
    ));
    Ok(())
}

/// The key file and its text, or the variable's.
fn key_file(database: &Database, db: &Db) -> Result<(Option<PathBuf>, String)> {
    let variable = std::env::var("BATON_MASTER_KEY").ok().filter(|text| !text.trim().is_empty());
    let file = match (&database.master_key_file, variable) {
        (Some(file), _) => file.clone(),
        (None, Some(text)) => return Ok((None, text)),
        (None, None) => beside(db.kind(), &database.database)?,
    };
    let text = std::fs::read_to_string(&file)
        .map_err(|e| Error::invalid(format!("the master key file {} cannot be read", file.display()), e.to_string()))?;
    Ok((Some(file), text))
}
