//! Settings: small texts by name, per client; the installation's own stand under `house`.

use baton_base::{ClientId, Result};
use baton_db::{Tx, params};

/// A setting's text.
pub fn get(tx: &mut Tx, client: &ClientId, name: &str) -> Result<Option<String>> {
    tx.query_opt("SELECT value FROM setting WHERE client_id = $1 AND name = $2", params![client, name], |r| r.text(0))
}

/// Every client's text of a setting, where there is one.
pub fn of_all(tx: &mut Tx, name: &str) -> Result<Vec<(ClientId, String)>> {
    // every client: a worker weighs the clients of the whole installation against each other
    tx.query("SELECT client_id, value FROM setting WHERE name = $1", params![name], |r| Ok((r.id(0)?, r.text(1)?)))
}

/// Writes a setting. Who may, the caller has asked; secrets never go into the ledger from here.
pub fn set(tx: &mut Tx, client: &ClientId, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (client_id, name, value) VALUES ($1, $2, $3) \
         ON CONFLICT (client_id, name) DO UPDATE SET value = excluded.value",
        params![client, name, value],
    )?;
    Ok(())
}

/// Removes a setting; whether it was there.
pub fn remove(tx: &mut Tx, client: &ClientId, name: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM setting WHERE client_id = $1 AND name = $2", params![client, name])? > 0)
}

/// Writes a setting where there is none, and returns what stands there then: the same for all who race.
pub fn set_once(tx: &mut Tx, client: &ClientId, name: &str, value: &str) -> Result<String> {
    tx.execute(
        "INSERT INTO setting (client_id, name, value) VALUES ($1, $2, $3) ON CONFLICT (client_id, name) DO NOTHING",
        params![client, name, value],
    )?;
    Ok(get(tx, client, name)?.unwrap_or_else(|| value.to_owned()))
}
