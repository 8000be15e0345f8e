//! `baton audit export`, and verification of what it wrote.

use crate::cli::{Database, Outcome, say};
use baton_base::{ClientId, Error, Result};
use baton_govern::ledger::{self, Files, VerifyingKey};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Largest file of an export, bytes.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// What to export.
#[derive(Args)]
pub struct Options {
    /// Id of the client; `house` is the installation's own ledger.
    client: String,
    /// Folder to write; made if it is missing.
    to: PathBuf,
    /// Only entries from this number on: the size that an earlier export ended with.
    #[arg(long, default_value_t = 0)]
    since: u64,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn export(options: Options) -> Outcome {
    let client: ClientId = options.client.parse()?;
    let db = options.database.open().await?;
    let since = options.since;
    let exported = db.read(move |tx| ledger::export(tx, &client, since, ledger::Most::ALL)).await;
    db.close().await;
    let exported = exported?;
    let failed = |path: &Path, e: std::io::Error| Error::Unavailable(format!("cannot write {}: {e}", path.display()));
    std::fs::create_dir_all(&options.to).map_err(|e| failed(&options.to, e))?;
    for (name, text) in &exported.files {
        let path = options.to.join(name);
        std::fs::write(&path, text).map_err(|e| failed(&path, e))?;
    }
    say(&format!("{} entries of {} are in {}", exported.entries, exported.size, options.to.display()));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn read(path: &Path) -> Result<String> {
    let unread =
        |e: &dyn std::fmt::Display| Error::invalid(format!("{} cannot be read", path.display()), e.to_string());
    let size = std::fs::metadata(path).map_err(|e| unread(&e))?.len();
    if size > FILE_BYTES_MAX {
        return Err(Error::Limit(format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(|e| unread(&e))
}

pub(super) fn public_key(path: &Path) -> Result<VerifyingKey> {
    let wrong =
        || Error::invalid("the public key is not one", "give a file with 64 hex digits, as from baton audit key");
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(read(path)?.trim(), &mut bytes).map_err(|_| wrong())?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| wrong())
}

/// An export as the console hands it out: the files in one. Nothing of a folder.
fn one_file(path: &Path) -> Result<Files> {
    if path.is_dir() {
        return Ok(Files::new());
    }
    serde_json::from_str(&read(path)?).map_err(|e| {
        let remedy = "give the folder of baton audit export, or the file that Export in the console hands out";
        Error::invalid(format!("{} is no export: {e}", path.display()), remedy)
    })
}

pub(super) fn verify(folder: &Path, key: Option<&Path>, kept: &[PathBuf]) -> Outcome {
    let key = key.ok_or_else(|| {
        Error::invalid("the public key is missing", "give --key FILE; it must come from elsewhere than the export")
    })?;
    let key = public_key(key)?;
    let mut files = one_file(folder)?;
    let names = ["manifest.json", "entries.jsonl", "checkpoints.jsonl", "inclusion.jsonl", "consistency.jsonl"];
    for name in names.into_iter().filter(|_| folder.is_dir()) {
        files.insert(name.to_owned(), read(&folder.join(name))?);
    }
    let kept = kept.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let found = ledger::verify_files(&files, &key, &kept)?;
    let verdict = if found.ok { "whole" } else { "NOT WHOLE" };
    say(&format!(
        "ledger of {}: {verdict}; {} entries from number {} on are proved, {} signed heads, {} consistency proofs, root {}",
        found.client, found.entries, found.first, found.checkpoints, found.consistency, found.root
    ));
    if let Some(bad) = &found.first_bad {
        say(&format!(
            "  first bad: leaf {} {}: {}",
            bad.leaf_index,
            bad.entry.as_deref().unwrap_or_default(),
            bad.what
        ));
    }
    Ok(if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
