//! `baton audit stream`.

use super::sink::{Format, Sink};
use super::tls::Trust;
use crate::cli::{Database, Outcome, say_error};
use baton_base::{ClientId, Error, Result};
use baton_db::Db;
use baton_govern::ledger;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Entries written before the cursor is.
const BATCH: u32 = 500;
/// Pause before looking again, milliseconds.
const AGAIN_MS: u64 = 1_000;
/// Longest pause where what is written to is away, milliseconds.
const AWAY_MS_MAX: u64 = 60_000;

/// Where to.
#[derive(Args)]
pub struct Options {
    /// One client; all of them, and the installation's own, if left out.
    #[arg(long)]
    client: Option<String>,
    /// How entries are written.
    #[arg(long, value_enum, default_value = "ocsf")]
    format: Format,
    /// File that keeps how far each client's ledger was written. Written after what it tells of: after a crash some
    /// entries come again, none is left out.
    #[arg(long)]
    cursor: Option<PathBuf>,
    /// `-` for standard output, `tls://HOST:PORT` for syslog messages over TLS (RFC 5424 and 5425; port 6514 if left out),
    /// `tcp://HOST:PORT` for the same in clear (framed as in RFC 6587), or `https://HOST/PATH`, to which lines are posted.
    #[arg(long, default_value = "-")]
    to: String,
    /// What is sent to such an address as `Authorization`.
    #[arg(long, env = "BATON_SIEM_AUTHORIZATION", hide_env_values = true)]
    authorization: Option<String>,
    #[command(flatten)]
    trust: Trust,
    /// Go on as entries are sealed, until stopped; where what is written to is away, try again.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    database: Database,
}

type Cursor = BTreeMap<String, i64>;

pub(super) async fn run(options: Options) -> Outcome {
    let mut cursor = match &options.cursor {
        Some(file) if file.exists() => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Error::invalid("the cursor cannot be read", e.to_string()))?;
            serde_json::from_str(&text).map_err(|e| Error::invalid("the cursor cannot be read", e.to_string()))?
        }
        _ => Cursor::new(),
    };
    let db = options.database.open().await?;
    // Opened anew after a failure.
    let (mut sink, mut pause_ms) = (None, AGAIN_MS);
    loop {
        let written = round(&db, &options, &mut cursor, &mut sink).await;
        match written {
            Ok(0) if !options.follow => break,
            Ok(0) => tokio::time::sleep(Duration::from_millis(AGAIN_MS)).await,
            Ok(_) => pause_ms = AGAIN_MS,
            Err(Error::Unavailable(why)) if options.follow => {
                say_error(&format!("baton: {why}; again in {} s", pause_ms / 1_000));
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                (sink, pause_ms) = (None, (pause_ms * 2).min(AWAY_MS_MAX));
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(sink) = sink {
        sink.close();
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn round(db: &Db, options: &Options, cursor: &mut Cursor, sink: &mut Option<Sink>) -> Result<usize> {
    if sink.is_none() {
        *sink = Some(Sink::open(&options.to, options.authorization.as_deref(), &options.trust)?);
    }
    let Some(sink) = sink else { return Ok(0) };
    let clients: Vec<ClientId> = match &options.client {
        Some(client) => vec![client.parse()?],
        None => {
            let rows = db.read(baton_clients::clients).await?;
            rows.into_iter().map(|row| row.id).chain([ClientId::house()]).collect()
        }
    };
    let mut written = 0;
    for client in clients {
        let from = cursor.get(client.as_str()).copied().unwrap_or(0);
        let of = client.clone();
        let entries = db.read(move |tx| ledger::sealed_after(tx, &of, from, BATCH)).await?;
        let Some(last) = entries.last().and_then(|entry| entry.leaf_index) else { continue };
        sink.write(&entries, options.format).await?;
        cursor.insert(client.to_string(), last + 1);
        written += entries.len();
        if let Some(file) = &options.cursor {
            keep(file, cursor)?;
        }
    }
    Ok(written)
}

fn keep(file: &Path, cursor: &Cursor) -> Result<()> {
    let next = file.with_extension("next");
    let text = serde_json::to_string(cursor).map_err(Error::broken)?;
    let done = std::fs::write(&next, text).and_then(|()| std::fs::rename(&next, file));
    done.map_err(|e| Error::Unavailable(format!("the cursor cannot be kept in {}: {e}", file.display())))
}
