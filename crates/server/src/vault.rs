//! Where the master key comes from, and what the vault does by itself.

use crate::House;
use baton_base::{ClientId, Error, Result};
use baton_db::vault::{self, Class, Master};
use baton_db::{Db, Kind, vault::sweep as rows};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The master key itself, for machines that keep secrets in the environment.
const VARIABLE: &str = "BATON_MASTER_KEY";
/// Bits of a key file's mode that let others in.
const OTHERS: u32 = 0o077;

/// Opens the vault with the file given, the variable, or the key beside the SQLite file, which is made where there is
/// neither it nor anything encrypted. Returns the file if it was made. Secrets that stand in clear are moved in.
pub async fn unlock(db: &Db, url: &str, given: Option<&Path>) -> Result<Option<PathBuf>> {
    if db.is_unlocked() {
        db.write(baton_govern::vault::move_in).await?;
        return Ok(None);
    }
    let mut made = None;
    let variable = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty());
    let (text, file) = match (given, variable) {
        (Some(file), _) => (read(file)?, Some(file.to_owned())),
        (None, Some(text)) => (text, None),
        (None, None) => {
            let file = beside(db.kind(), url)?;
            if !file.exists() {
                make(db, &file).await?;
                made = Some(file.clone());
            }
            (read(&file)?, Some(file))
        }
    };
    db.unlock(Master::read(&text)?, file).await?;
    let moved = db.write(baton_govern::vault::move_in).await?;
    if moved > 0 {
        tracing::info!(moved, "secrets were moved from the settings into the vault");
    }
    Ok(made)
}

/// Encrypts addresses from before the vault; before anything comes in.
pub async fn seal_addresses(db: &Db) -> Result<()> {
    for client in db.read(baton_clients::clients).await? {
        loop {
            let of = client.id.clone();
            if db.write(move |tx| baton_cases::seal_addresses(tx, &of)).await? == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// What to say when a key was made.
pub fn made_words(file: &Path) -> String {
    format!(
        "a master key was made in {}: keep a copy of it away from the database and its backups; without it, what is \
         encrypted cannot be read by anybody",
        file.display()
    )
}

/// The key file of an SQLite database.
pub fn beside(kind: Kind, url: &str) -> Result<PathBuf> {
    match kind {
        Kind::Sqlite => Ok(PathBuf::from(format!("{}.key", url.strip_prefix("sqlite:").unwrap_or(url)))),
        Kind::Postgres => Err(Error::invalid(
            "PostgreSQL needs a master key",
            format!(
                "make one with `openssl rand -hex 32`, and give it to every node: --master-key-file FILE, or {VARIABLE}"
            ),
        )),
    }
}

fn read(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error::invalid(format!("the master key file {} cannot be read", file.display()), e.to_string()))?;
    let mode = std::fs::metadata(file).map(|found| found.permissions().mode()).unwrap_or_default();
    if mode & OTHERS != 0 {
        tracing::warn!(file = %file.display(), "others on this machine can read the master key; chmod 600 it");
    }
    Ok(text)
}

async fn make(db: &Db, file: &Path) -> Result<()> {
    if let Some(key) = db.read(vault::status).await?.first() {
        return Err(Error::invalid(
            format!("the master key {} of this database is missing: {} is not there", key.master, file.display()),
            "put the file back, or give the key with --master-key-file",
        ));
    }
    write_new(file, &format!("{}\n", vault::fresh_text()?))
}

fn write_new(file: &Path, text: &str) -> Result<()> {
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let done = match opened {
        // Another process made it at the same time: its key is the one.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(()),
        opened => opened.and_then(|mut opened| opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all())),
    };
    done.map_err(|e| Error::Unavailable(format!("cannot write the master key file {}: {e}", file.display())))
}

/// Writes a key file anew, whole or not at all.
pub fn replace(file: &Path, text: &str) -> Result<()> {
    let next = file.with_extension("key.next");
    let _ = std::fs::remove_file(&next);
    write_new(&next, text)?;
    std::fs::rename(&next, file)
        .map_err(|e| Error::Unavailable(format!("cannot write the master key file {}: {e}", file.display())))
}

/// Brings what is in clear, or under an older key, under the newest, for all clients.
pub async fn sweep(house: &Arc<House>) -> Result<()> {
    for client in house.parts.clients().into_iter().chain([ClientId::house()]) {
        let done = rows::run(&house.db, &client).await?;
        if done > 0 {
            tracing::info!(%client, rows = done, "encrypted under the newest key");
        }
    }
    Ok(())
}

/// Makes new data keys for the clients, those of digests apart; returns how many.
pub async fn rotate(db: &Db, clients: Vec<ClientId>) -> Result<usize> {
    db.write(move |tx| {
        let known = vault::status(tx)?;
        let mut made = 0;
        for client in &clients {
            for class in Class::ALL.iter().filter(|class| **class != Class::Lookup) {
                if known.iter().any(|key| key.client == *client && key.class == class.name()) {
                    tx.rotate_key(client, *class)?;
                    made += 1;
                }
            }
        }
        Ok(made)
    })
    .await
}
