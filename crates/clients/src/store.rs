//! SQL of the tables `client` and `release`.

use crate::Overlay;
use baton_base::{Bundle, ClientId, Error, ReleaseId, Result};
use baton_db::{Kind, Tx, params};
use serde::Serialize;

/// A client as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct ClientRow {
    /// Id, as in the overlay.
    pub id: ClientId,
    /// Name for people.
    pub name: String,
    /// Name of the blueprint it runs.
    pub blueprint: String,
    /// The live release.
    pub release: Option<ReleaseId>,
    /// BCP 47 tag.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
}

/// A stored release.
pub struct ReleaseRow {
    /// Its id.
    pub id: ReleaseId,
    /// The files.
    pub bundle: Bundle,
}

pub(crate) struct NewRelease<'a> {
    pub client: &'a ClientId,
    pub release: &'a ReleaseId,
    pub blueprint: &'a str,
    pub version: &'a str,
    pub digest: &'a str,
}

pub(crate) fn upsert_client(tx: &mut Tx, client: &ClientId, overlay: &Overlay, now_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO client (client_id, name, blueprint, locale, currency, time_zone, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, blueprint = excluded.blueprint, \
         locale = excluded.locale, currency = excluded.currency, time_zone = excluded.time_zone",
        params![
            client,
            &overlay.name,
            &overlay.blueprint,
            &overlay.locale,
            &overlay.currency,
            &overlay.time_zone,
            now_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn insert_release(tx: &mut Tx, row: &NewRelease<'_>, bundle: &Bundle, by: &str, now_ms: i64) -> Result<()> {
    let text = serde_json::to_string(bundle).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO release (client_id, release_id, blueprint, version, digest, bundle, created_by, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id, release_id) DO NOTHING",
        params![row.client, row.release, row.blueprint, row.version, row.digest, text, by, now_ms],
    )?;
    Ok(())
}

pub(crate) fn set_live(tx: &mut Tx, client: &ClientId, release: &ReleaseId) -> Result<()> {
    tx.execute("UPDATE client SET release_id = $2 WHERE client_id = $1", params![client, release])?;
    Ok(())
}

/// The live release of a client, if it has one.
pub fn live_release(tx: &mut Tx, client: &ClientId) -> Result<Option<ReleaseId>> {
    let found = tx.query_opt("SELECT release_id FROM client WHERE client_id = $1", params![client], |r| r.id_opt(0))?;
    Ok(found.flatten())
}

/// The same; it stays the live one until the caller's commit.
pub fn hold_live_release(tx: &mut Tx, client: &ClientId) -> Result<Option<ReleaseId>> {
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT release_id FROM client WHERE client_id = $1 {lock}");
    Ok(tx.query_opt(&sql, params![client], |r| r.id_opt(0))?.flatten())
}

/// Whether a release of a client is stored.
pub fn has_release(tx: &mut Tx, client: &ClientId, release: &ReleaseId) -> Result<bool> {
    let sql = "SELECT 1 FROM release WHERE client_id = $1 AND release_id = $2";
    Ok(tx.query_opt(sql, params![client, release], |_| Ok(()))?.is_some())
}

/// All clients, by name. What a member may see of them is the caller's business.
pub fn clients(tx: &mut Tx) -> Result<Vec<ClientRow>> {
    // every client: the caller shows only those where the member has a role
    tx.query(
        "SELECT client_id, name, blueprint, release_id, locale, currency, time_zone FROM client ORDER BY name, client_id",
        params![],
        |r| {
            Ok(ClientRow {
                id: r.id(0)?,
                name: r.text(1)?,
                blueprint: r.text(2)?,
                release: r.id_opt(3)?,
                locale: r.text(4)?,
                currency: r.text(5)?,
                time_zone: r.text(6)?,
            })
        },
    )
}

/// One stored release.
pub fn release(tx: &mut Tx, client: &ClientId, release: &ReleaseId) -> Result<ReleaseRow> {
    let sql = "SELECT release_id, bundle FROM release WHERE client_id = $1 AND release_id = $2";
    let row =
        tx.query_opt(sql, params![client, release], |r| Ok(ReleaseRow { id: r.id(0)?, bundle: r.json_as(1)? }))?;
    row.ok_or_else(|| Error::not_found(format!("release {release}")))
}

/// The releases of a client, the newest first, at most `max`.
pub fn newest_releases(tx: &mut Tx, client: &ClientId, max: u32) -> Result<Vec<ReleaseId>> {
    let sql = "SELECT release_id FROM release WHERE client_id = $1 ORDER BY created_ms DESC, release_id LIMIT $2";
    tx.query(sql, params![client, max], |r| r.id(0))
}

/// Releases that unfinished runs of a client are pinned to.
pub fn in_use(tx: &mut Tx, client: &ClientId) -> Result<Vec<ReleaseId>> {
    tx.query(
        "SELECT DISTINCT release_id FROM run WHERE client_id = $1 AND status IN ('running', 'waiting', 'suspended')",
        params![client],
        |r| r.id(0),
    )
}

/// ISO 4217 code of a client's currency.
pub fn currency(tx: &mut Tx, client: &ClientId) -> Result<String> {
    let found = tx.query_opt("SELECT currency FROM client WHERE client_id = $1", params![client], |r| r.text(0))?;
    found.ok_or_else(|| Error::not_found(format!("client {client}")))
}
