//! Secrets of clients and of the installation: by name, encrypted at rest, never shown again.

use crate::settings;
use baton_base::{ClientId, Clock as _, Result, SystemClock};
use baton_db::vault::{Class, Place};
use baton_db::{Tx, params};
use serde::Serialize;

/// Settings of the installation that were secrets before there was a vault.
const HOUSE_SECRETS: &[&str] = &["ledger_signing_key", "chat.key"];
/// Settings of clients that were none.
const NO_SECRETS: &[&str] = &["runs.weight", "drill.mode", "changes.approvals"];
/// Setting of the installation: the secrets among the settings have been moved.
const MOVED: &str = "vault.moved";

/// A secret as listed: without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// When it was last set.
    pub changed_ms: i64,
}

fn place<'a>(client: &'a ClientId, name: &'a str) -> Place<'a> {
    Place { client, class: Class::Secret, table: "secret", row: name }
}

/// A secret's value.
pub fn get(tx: &mut Tx, client: &ClientId, name: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM secret WHERE client_id = $1 AND name = $2";
    let stored: Option<String> = tx.query_opt(sql, params![client, name], |r| r.text(0))?;
    stored.map(|stored| tx.unseal(&place(client, name), &stored)).transpose()
}

/// Sets a secret. Who may, the caller has asked.
pub fn set(tx: &mut Tx, client: &ClientId, name: &str, value: &str) -> Result<()> {
    let sealed = tx.seal(&place(client, name), value)?;
    tx.execute(
        "INSERT INTO secret (client_id, name, value, changed_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, name) DO UPDATE SET value = excluded.value, changed_ms = excluded.changed_ms",
        params![client, name, sealed, SystemClock.now_ms()],
    )?;
    Ok(())
}

/// Sets a secret where there is none, and returns what stands there then: the same for all who race.
pub fn set_once(tx: &mut Tx, client: &ClientId, name: &str, value: &str) -> Result<String> {
    if let Some(known) = get(tx, client, name)? {
        return Ok(known);
    }
    let sealed = tx.seal(&place(client, name), value)?;
    tx.execute(
        "INSERT INTO secret (client_id, name, value, changed_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, name) DO NOTHING",
        params![client, name, sealed, SystemClock.now_ms()],
    )?;
    Ok(get(tx, client, name)?.unwrap_or_else(|| value.to_owned()))
}

/// Removes a secret; whether it was there.
pub fn remove(tx: &mut Tx, client: &ClientId, name: &str) -> Result<bool> {
    let sql = "DELETE FROM secret WHERE client_id = $1 AND name = $2";
    Ok(tx.execute(sql, params![client, name])? > 0)
}

/// Names of a client's secrets.
pub fn list(tx: &mut Tx, client: &ClientId) -> Result<Vec<SecretRow>> {
    let sql = "SELECT name, changed_ms FROM secret WHERE client_id = $1 ORDER BY name";
    tx.query(sql, params![client], |r| Ok(SecretRow { name: r.text(0)?, changed_ms: r.int(1)? }))
}

/// Moves secrets that stand in clear among the settings into the vault, and takes them out of the settings; once for a
/// database. Returns how many.
pub fn move_in(tx: &mut Tx) -> Result<usize> {
    let house = ClientId::house();
    if settings::get(tx, &house, MOVED)?.is_some() {
        return Ok(0);
    }
    // every client: before the vault, all settings of clients were secrets
    let sql = "SELECT client_id, name, value FROM setting ORDER BY client_id, name";
    let all = tx.query(sql, params![], |r| Ok((r.id::<ClientId>(0)?, r.text(1)?, r.text(2)?)))?;
    let is_secret = |client: &ClientId, name: &str| {
        if *client == house { HOUSE_SECRETS.contains(&name) } else { !NO_SECRETS.contains(&name) }
    };
    let secrets: Vec<_> = all.into_iter().filter(|(client, name, _)| is_secret(client, name)).collect();
    tx.overwriting(|tx| {
        for (client, name, value) in &secrets {
            set_once(tx, client, name, value)?;
            tx.execute("DELETE FROM setting WHERE client_id = $1 AND name = $2", params![client, name])?;
        }
        settings::set(tx, &house, MOVED, "1")
    })?;
    Ok(secrets.len())
}
