//! SQL of the table `data_key`.

use super::cipher::{KEY_BYTES, random};
use super::{Class, Vault};
use crate::{Row, Tx, params};
use baton_base::{ClientId, Clock as _, Error, Result, SystemClock};
use serde::Serialize;
use std::sync::Arc;

/// A data key as it stands in its row.
pub(super) struct Wrapped {
    pub version: i64,
    pub wrapped: String,
    pub master: String,
}

/// A data key as listed: what it is for, never what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Whose.
    pub client: ClientId,
    /// Of which records.
    pub class: String,
    /// Version; the newest seals.
    pub version: i64,
    /// Name of the master key that wraps it.
    pub master: String,
    /// When it was made.
    pub created_ms: i64,
    /// Since when all of the class is known to be under it; `None` before, and for versions that were replaced.
    pub swept_ms: Option<i64>,
}

/// What a wrapped key is bound to.
pub(super) fn bound(client: &ClientId, class: Class, version: i64) -> Vec<u8> {
    format!("data-key\n{client}\n{class}\n{version}").into_bytes()
}

fn read(row: &Row) -> Result<Wrapped> {
    Ok(Wrapped { version: row.int(0)?, wrapped: row.text(1)?, master: row.text(2)? })
}

pub(super) fn newest(tx: &mut Tx, client: &ClientId, class: Class) -> Result<Option<Wrapped>> {
    let sql = "SELECT version, wrapped, master_id FROM data_key WHERE client_id = $1 AND class = $2 \
               ORDER BY version DESC LIMIT 1";
    tx.query_opt(sql, params![client, class.name()], read)
}

pub(super) fn at(tx: &mut Tx, client: &ClientId, class: Class, version: i64) -> Result<Option<Wrapped>> {
    let sql = "SELECT version, wrapped, master_id FROM data_key WHERE client_id = $1 AND class = $2 AND version = $3";
    tx.query_opt(sql, params![client, class.name(), version], read)
}

/// Makes a key; of two who make the same version at one time, both get the one that was first.
pub(super) fn make(tx: &mut Tx, client: &ClientId, class: Class, version: i64) -> Result<Wrapped> {
    let vault = Arc::clone(&tx.vault);
    let master = vault.with_ring(super::Ring::first)?;
    let wrapped = master.wrap(&bound(client, class, version), &random::<KEY_BYTES>()?)?;
    tx.execute(
        "INSERT INTO data_key (client_id, class, version, wrapped, master_id, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, class, version) DO NOTHING",
        params![client, class.name(), version, wrapped, master.id(), SystemClock.now_ms()],
    )?;
    at(tx, client, class, version)?.ok_or_else(|| Error::broken("a data key was made and is not there"))
}

pub(super) fn rewrap(tx: &mut Tx, vault: &Vault) -> Result<u64> {
    let master = vault.with_ring(super::Ring::first)?;
    // every client: one master key wraps the data keys of all
    let sql = "SELECT version, wrapped, master_id, client_id, class FROM data_key WHERE master_id <> $1";
    let old = tx.query(sql, params![master.id()], |row| Ok((read(row)?, row.id::<ClientId>(3)?, row.text(4)?)))?;
    let mut done = 0;
    for (key, client, class) in old {
        let class = Class::ALL.iter().copied().find(|known| known.name() == class);
        let class = class.ok_or_else(|| Error::broken("a data key of a class that is not known"))?;
        let bound = bound(&client, class, key.version);
        let bytes = vault.with_ring(|ring| ring.unwrap_bytes(&key.master, &bound, &key.wrapped))?;
        let wrapped = master.wrap(&bound, &bytes)?;
        done += tx.execute(
            "UPDATE data_key SET wrapped = $4, master_id = $5 WHERE client_id = $1 AND class = $2 AND version = $3",
            params![client, class.name(), key.version, wrapped, master.id()],
        )?;
    }
    Ok(done)
}

/// Every data key, by client, class and version.
pub fn status(tx: &mut Tx) -> Result<Vec<KeyRow>> {
    // every client: keys are listed for whoever runs the installation, without what they are
    let sql = "SELECT client_id, class, version, master_id, created_ms, swept_ms FROM data_key \
               ORDER BY client_id, class, version";
    tx.query(sql, params![], |row| {
        Ok(KeyRow {
            client: row.id(0)?,
            class: row.text(1)?,
            version: row.int(2)?,
            master: row.text(3)?,
            created_ms: row.int(4)?,
            swept_ms: row.int_opt(5)?,
        })
    })
}

pub(super) fn set_swept(tx: &mut Tx, client: &ClientId, class: Class, version: i64, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE data_key SET swept_ms = CASE WHEN version = $3 THEN CAST($4 AS BIGINT) ELSE NULL END WHERE client_id = $1 AND class = $2",
        params![client, class.name(), version, now_ms],
    )?;
    Ok(())
}

/// The newest version, if something may still be under another, or in clear; the first where there is none yet.
pub(super) fn unswept(tx: &mut Tx, client: &ClientId, class: Class) -> Result<Option<i64>> {
    let sql =
        "SELECT version, swept_ms FROM data_key WHERE client_id = $1 AND class = $2 ORDER BY version DESC LIMIT 1";
    let newest = tx.query_opt(sql, params![client, class.name()], |row| Ok((row.int(0)?, row.int_opt(1)?)))?;
    Ok(match newest {
        Some((_, Some(_))) => None,
        Some((version, None)) => Some(version),
        None => Some(1),
    })
}
