//! `baton audit stream`.

use crate::cli::{Database, Outcome, say};
use crate::siem::{cef, ocsf, syslog};
use baton_base::{ClientId, Error, Result};
use baton_db::Db;
use baton_govern::ledger::{self, Entry};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Entries written before the cursor is.
const BATCH: u32 = 500;
/// Pause before looking again, milliseconds.
const AGAIN_MS: u64 = 1_000;

/// How entries are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// OCSF 1.3, one JSON object a line.
    Ocsf,
    /// Common Event Format.
    Cef,
}

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
    /// `-` for standard output, or `tcp://HOST:PORT` for syslog messages (RFC 5424, framed as in RFC 6587).
    #[arg(long, default_value = "-")]
    to: String,
    /// Go on as entries are sealed, until stopped.
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    database: Database,
}

type Cursor = BTreeMap<String, i64>;

enum Sink {
    Output,
    Syslog(TcpStream),
}

impl Sink {
    fn open(to: &str) -> Result<Self> {
        if to == "-" {
            return Ok(Self::Output);
        }
        let address = to.strip_prefix("tcp://").ok_or_else(|| {
            Error::invalid_at("--to", format!("'{to}' is not understood"), "use - or tcp://HOST:PORT")
        })?;
        let stream = TcpStream::connect(address);
        stream.map(Self::Syslog).map_err(|e| Error::Unavailable(format!("{to} cannot be reached: {e}")))
    }

    fn write(&mut self, entries: &[Entry], format: Format) -> Result<()> {
        for entry in entries {
            let line = match format {
                Format::Ocsf => ocsf(entry).to_string(),
                Format::Cef => cef(entry),
            };
            match self {
                Self::Output => say(&line),
                Self::Syslog(stream) => stream
                    .write_all(syslog(entry, &line).as_bytes())
                    .map_err(|e| Error::Unavailable(format!("the syslog server is gone: {e}")))?,
            }
        }
        Ok(())
    }
}

pub(super) async fn run(options: Options) -> Outcome {
    let mut cursor = match &options.cursor {
        Some(file) if file.exists() => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Error::invalid("the cursor cannot be read", e.to_string()))?;
            serde_json::from_str(&text).map_err(|e| Error::invalid("the cursor cannot be read", e.to_string()))?
        }
        _ => Cursor::new(),
    };
    let mut sink = Sink::open(&options.to)?;
    let db = options.database.open().await?;
    loop {
        let written = round(&db, &options, &mut cursor, &mut sink).await?;
        if written == 0 && !options.follow {
            break;
        }
        if written == 0 {
            tokio::time::sleep(Duration::from_millis(AGAIN_MS)).await;
        }
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn round(db: &Db, options: &Options, cursor: &mut Cursor, sink: &mut Sink) -> Result<usize> {
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
        sink.write(&entries, options.format)?;
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
