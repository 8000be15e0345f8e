//! Migrations forward, one tree for both databases, each remembered with its digest.

use crate::postgres::wall;
use crate::{Kind, Tx, params, sql};
use baton_base::{Clock, Error, Result, SystemClock, digest_of_text};
use std::collections::HashMap;

/// Name and text of every migration, in order. A new file is one line here.
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_house", include_str!("../migrations/0001_house.sql")),
    ("0002_cases_desk", include_str!("../migrations/0002_cases_desk.sql")),
    ("0003_govern", include_str!("../migrations/0003_govern.sql")),
    ("0004_runs_in_batches", include_str!("../migrations/0004_runs_in_batches.sql")),
    ("0005_operate", include_str!("../migrations/0005_operate.sql")),
    ("0006_leaner_runs", include_str!("../migrations/0006_leaner_runs.sql")),
    ("0007_schedules", include_str!("../migrations/0007_schedules.sql")),
    ("0008_connect", include_str!("../migrations/0008_connect.sql")),
    ("0009_door", include_str!("../migrations/0009_door.sql")),
    ("0010_changes", include_str!("../migrations/0010_changes.sql")),
    ("0011_vault", include_str!("../migrations/0011_vault.sql")),
    ("0012_privacy", include_str!("../migrations/0012_privacy.sql")),
    ("0013_factor", include_str!("../migrations/0013_factor.sql")),
    ("0014_knowledge", include_str!("../migrations/0014_knowledge.sql")),
    ("0015_desk", include_str!("../migrations/0015_desk.sql")),
    ("0016_door", include_str!("../migrations/0016_door.sql")),
    ("0017_readings", include_str!("../migrations/0017_readings.sql")),
    ("0018_desk_held", include_str!("../migrations/0018_desk_held.sql")),
    ("0019_door_sweep", include_str!("../migrations/0019_door_sweep.sql")),
    ("0020_gaps", include_str!("../migrations/0020_gaps.sql")),
    ("0021_channels", include_str!("../migrations/0021_channels.sql")),
    ("0022_identity", include_str!("../migrations/0022_identity.sql")),
    ("0023_a2a", include_str!("../migrations/0023_a2a.sql")),
    ("0024_floor", include_str!("../migrations/0024_floor.sql")),
    ("0025_waiting_words", include_str!("../migrations/0025_waiting_words.sql")),
    ("0026_channels_more", include_str!("../migrations/0026_channels_more.sql")),
    ("0027_floor_more", include_str!("../migrations/0027_floor_more.sql")),
    ("0029_merge", include_str!("../migrations/0029_merge.sql")),
    ("0030_people", include_str!("../migrations/0030_people.sql")),
    ("0032_insight", include_str!("../migrations/0032_insight.sql")),
    ("0033_floor", include_str!("../migrations/0033_floor.sql")),
    ("0034_model_cost", include_str!("../migrations/0034_model_cost.sql")),
    ("0035_passkeys", include_str!("../migrations/0035_passkeys.sql")),
    ("0042_shadow", include_str!("../migrations/0042_shadow.sql")),
    ("0044_hot_runs", include_str!("../migrations/0044_hot_runs.sql")),
    ("0048_upset", include_str!("../migrations/0048_upset.sql")),
    ("0050_retention", include_str!("../migrations/0050_retention.sql")),
    ("0053_event_delivery", include_str!("../migrations/0053_event_delivery.sql")),
    ("0056_approval_look", include_str!("../migrations/0056_approval_look.sql")),
    ("0057_presence_history", include_str!("../migrations/0057_presence_history.sql")),
    ("0060_evidence", include_str!("../migrations/0060_evidence.sql")),
    ("0062_lean_calls", include_str!("../migrations/0062_lean_calls.sql")),
];

/// One migration of this program, and what the database knows of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MigrationStatus {
    /// Its file name without extension.
    pub name: String,
    /// SHA-256 of its text, hex.
    pub digest: String,
    /// When it was applied here; `None` when it was not.
    pub applied_ms: Option<i64>,
    /// It was applied with another text: the database is not what this program expects.
    pub changed: bool,
}

struct Applied {
    digest: String,
    applied_ms: i64,
}

pub(crate) fn apply(tx: &mut Tx) -> Result<Vec<String>> {
    if tx.kind() == Kind::Postgres {
        // Nodes that start together migrate one after the other, and a large table takes its time.
        tx.batch("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")?;
        tx.query("SELECT CAST(pg_advisory_xact_lock(4127) AS TEXT)", params![], |_| Ok(()))?;
        // Whoever works on the tables meanwhile is waited for as long as by anybody else.
        tx.batch("SET LOCAL lock_timeout = '10s'")?;
    }
    tx.batch(
        "CREATE TABLE IF NOT EXISTS schema_migration \
         (name TEXT PRIMARY KEY, digest TEXT NOT NULL, applied_ms BIGINT NOT NULL)",
    )?;
    let applied = applied(tx)?;
    check_known(&applied)?;
    let mut now_applied = vec![];
    for (name, text) in MIGRATIONS {
        match applied.get(*name) {
            Some(known) if known.digest == digest_of_text(text) => {}
            Some(_) => return Err(changed(name)),
            None => {
                apply_one(tx, name, text)?;
                now_applied.push((*name).to_owned());
            }
        }
    }
    wall::build(tx)?;
    Ok(now_applied)
}

fn apply_one(tx: &mut Tx, name: &str, text: &str) -> Result<()> {
    for statement in sql::statements(text, tx.kind()) {
        tx.batch(&statement).map_err(|e| Error::broken(format!("migration {name}: {e}")))?;
    }
    tx.execute(
        "INSERT INTO schema_migration (name, digest, applied_ms) VALUES ($1, $2, $3)",
        params![name, digest_of_text(text), SystemClock.now_ms()],
    )?;
    Ok(())
}

pub(crate) fn status(tx: &mut Tx) -> Result<Vec<MigrationStatus>> {
    let applied = if has_table(tx)? { applied(tx)? } else { HashMap::new() };
    let status = MIGRATIONS.iter().map(|(name, text)| {
        let digest = digest_of_text(text);
        let known = applied.get(*name);
        MigrationStatus {
            name: (*name).to_owned(),
            applied_ms: known.map(|a| a.applied_ms),
            changed: known.is_some_and(|a| a.digest != digest),
            digest,
        }
    });
    Ok(status.collect())
}

fn has_table(tx: &mut Tx) -> Result<bool> {
    let sql = match tx.kind() {
        Kind::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migration'",
        Kind::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'schema_migration'",
    };
    tx.query_one(sql, params![], |row| row.bool(0))
}

fn applied(tx: &mut Tx) -> Result<HashMap<String, Applied>> {
    let rows = tx.query("SELECT name, digest, applied_ms FROM schema_migration", params![], |row| {
        Ok((row.text(0)?, Applied { digest: row.text(1)?, applied_ms: row.int(2)? }))
    })?;
    Ok(rows.into_iter().collect())
}

/// A database that a newer program has migrated is left alone.
fn check_known(applied: &HashMap<String, Applied>) -> Result<()> {
    let unknown = applied.keys().find(|name| !MIGRATIONS.iter().any(|(known, _)| known == name));
    match unknown {
        None => Ok(()),
        Some(name) => Err(Error::invalid(
            format!("the database holds migration {name}, which this program does not know"),
            "start the newer program that made it, or restore a backup from before",
        )),
    }
}

fn changed(name: &str) -> Error {
    Error::invalid(
        format!("migration {name} was applied here with another text"),
        "an applied migration never changes: put its old text back and add a new migration",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_the_table_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap().trim_end_matches(".sql").to_owned())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, listed);
    }
}
