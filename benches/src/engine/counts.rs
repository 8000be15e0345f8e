//! Where a step's time goes, in counts that do not depend on the machine: statements, transactions, commits, bytes.

use super::ground::Ground;
use super::{Kind, Places};
use anyhow::{Context as _, Result};
use baton_db::{Counters, params};
use std::fs;
use std::sync::Arc;

const STEPS: usize = 10;

#[derive(Clone, Copy, Default)]
struct Seen {
    counters: Counters,
    /// Bytes this process gave to the system to write.
    written: u64,
    /// Write-ahead log of the server: bytes, and times it was flushed, where the server tells.
    log_bytes: i64,
    log_syncs: Option<i64>,
}

pub async fn measure(places: &Places, kind: Kind) -> Result<()> {
    let ground = Arc::new(Ground::fresh(places, kind).await?);
    let runs = (places.options.runs / 5).max(1);
    ground.play("ten", runs / 10).await?;
    let before = look(&ground, kind).await?;
    ground.play("ten", runs).await?;
    let after = look(&ground, kind).await?;
    ground.alone()?.stop().await?;
    let steps = (runs * STEPS) as f64;
    let per = |value: u64| value as f64 / steps;
    let counted = |read: fn(&Counters) -> u64| per(read(&after.counters) - read(&before.counters));
    println!(
        "{:<11} per step, runs of {STEPS} steps with start and end: {:.2} statements, {:.3} closures, {:.4} commits",
        kind.name(),
        counted(|c| c.statements),
        counted(|c| c.closures),
        counted(|c| c.commits)
    );
    match kind {
        Kind::Sqlite => println!(
            "{:<11} {:.0} bytes written per step (log and database); one fsync per commit, and one more per checkpoint",
            "",
            per(after.written - before.written)
        ),
        Kind::Postgres => {
            let syncs = after.log_syncs.zip(before.log_syncs).map(|(after, before)| (after - before) as f64 / steps);
            let bytes = (after.log_bytes - before.log_bytes) as f64 / steps;
            let syncs = syncs.map_or("not told by this server".to_owned(), |syncs| format!("{syncs:.4}"));
            println!("{:<11} {bytes:.0} bytes of write-ahead log per step, log flushes per step: {syncs}", "");
        }
    }
    Ok(())
}

async fn look(ground: &Ground, kind: Kind) -> Result<Seen> {
    let mut seen = Seen { counters: ground.db.counters(), written: written()?, ..Seen::default() };
    if kind == Kind::Postgres {
        let bytes = "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)";
        seen.log_bytes = ground.db.read(move |tx| tx.query_one(bytes, params![], |r| r.int(0))).await?;
        // Servers before 18 count flushes here; later ones by process, in pg_stat_io.
        let syncs = "SELECT CAST(wal_sync AS BIGINT) FROM pg_stat_wal";
        let syncs = ground.db.read(move |tx| tx.query_one(syncs, params![], |r| r.int(0))).await;
        seen.log_syncs = syncs.ok();
    }
    Ok(seen)
}

/// Bytes that this process has given to write calls so far.
fn written() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/io").context("cannot read what was written; this is counted on Linux")?;
    let line = text.lines().find_map(|line| line.strip_prefix("wchar:")).context("no wchar in the process's io")?;
    Ok(line.trim().parse()?)
}
