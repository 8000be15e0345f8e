//! The passkeys as they are kept.

use super::address::Site;
use super::rules::{NewKey, Seen};
use super::{decoded, encoded};
use baton_base::{ClientId, Error, MemberId, Result};
use baton_db::{Row, Tx, params};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A passkey as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passkey {
    /// Id, for renaming and removing.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The name of the site that it belongs to.
    pub site: String,
    /// The key is kept on several devices.
    pub synced: bool,
    /// Since when.
    pub created_ms: i64,
    /// When it was last used.
    pub used_ms: Option<i64>,
    /// Since when it opens nothing, because its counter did not go up: it may have been copied.
    pub flagged_ms: Option<i64>,
}

/// A passkey with what it takes to check an answer.
pub(super) struct Stored {
    pub id: String,
    pub member: MemberId,
    pub key: Vec<u8>,
    pub site: String,
    pub count: i64,
    pub eligible: bool,
    pub flagged: bool,
}

fn listed(row: &Row) -> Result<Passkey> {
    Ok(Passkey {
        id: row.text(0)?,
        name: row.text(1)?,
        site: row.text(2)?,
        synced: row.bool(3)?,
        created_ms: row.int(4)?,
        used_ms: row.int_opt(5)?,
        flagged_ms: row.int_opt(6)?,
    })
}

/// A member's, oldest first.
pub(super) fn of(tx: &mut Tx, member: &MemberId) -> Result<Vec<Passkey>> {
    let sql = "SELECT passkey_id, name, site, synced, created_ms, used_ms, flagged_ms FROM passkey \
               WHERE client_id = $1 AND member_id = $2 ORDER BY created_ms, passkey_id";
    tx.query(sql, params![ClientId::house(), member], listed)
}

/// How many a member has.
pub(crate) fn count(tx: &mut Tx, member: &MemberId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM passkey WHERE client_id = $1 AND member_id = $2";
    tx.query_one(sql, params![ClientId::house(), member], |r| r.int(0))
}

/// How many each member has who has any.
pub(crate) fn counts(tx: &mut Tx) -> Result<HashMap<MemberId, i64>> {
    let sql = "SELECT member_id, COUNT(*) FROM passkey WHERE client_id = $1 GROUP BY member_id";
    Ok(tx.query(sql, params![ClientId::house()], |r| Ok((r.id(0)?, r.int(1)?)))?.into_iter().collect())
}

/// Whether a member has one: then a password alone opens nothing.
pub(crate) fn has_any(tx: &mut Tx, member: &MemberId) -> Result<bool> {
    Ok(count(tx, member)? > 0)
}

/// How many belong to a name.
pub(super) fn of_site(tx: &mut Tx, name: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM passkey WHERE client_id = $1 AND site = $2";
    tx.query_one(sql, params![ClientId::house(), name], |r| r.int(0))
}

/// How many belong to another name.
pub(super) fn elsewhere(tx: &mut Tx, name: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM passkey WHERE client_id = $1 AND site <> $2";
    tx.query_one(sql, params![ClientId::house(), name], |r| r.int(0))
}

/// A member's credentials, for a browser: none of them is made twice on one device.
pub(super) fn known_to_browser(tx: &mut Tx, member: &MemberId, site: &Site) -> Result<Vec<Value>> {
    let sql = "SELECT credential_id, transports FROM passkey WHERE client_id = $1 AND member_id = $2 AND site = $3";
    tx.query(sql, params![ClientId::house(), member, site.name], |r| {
        Ok(json!({"type": "public-key", "id": r.text(0)?, "transports": r.json(1)?}))
    })
}

/// A new passkey, and whose.
pub(super) struct Kept<'a> {
    pub id: &'a str,
    pub member: &'a MemberId,
    pub name: &'a str,
    pub site: &'a Site,
    pub transports: &'a [String],
    pub key: &'a NewKey,
    pub now_ms: i64,
}

/// Keeps a passkey; false if it is registered already, for whomever (7.1, step 27).
pub(super) fn keep(tx: &mut Tx, new: &Kept) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO passkey (client_id, passkey_id, member_id, credential_id, public_key, site, name, transports, sign_count, \
         eligible, synced, created_ms, used_ms, flagged_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, \
         NULL) ON CONFLICT (client_id, credential_id) DO NOTHING",
        params![
            ClientId::house(),
            new.id,
            new.member,
            encoded(&new.key.id),
            encoded(&new.key.key),
            new.site.name,
            new.name,
            json!(new.transports),
            new.key.count,
            new.key.eligible,
            new.key.synced,
            new.now_ms
        ],
    )?;
    Ok(added == 1)
}

/// The passkey with a credential's id.
pub(super) fn by_credential(tx: &mut Tx, credential: &str) -> Result<Option<Stored>> {
    let sql = "SELECT passkey_id, member_id, public_key, site, sign_count, eligible, flagged_ms FROM passkey \
               WHERE client_id = $1 AND credential_id = $2";
    tx.query_opt(sql, params![ClientId::house(), credential], |r| {
        let key = decoded(&r.text(2)?).ok_or_else(|| Error::broken("the public key of a passkey is not base64url"))?;
        Ok(Stored {
            id: r.text(0)?,
            member: r.id(1)?,
            key,
            site: r.text(3)?,
            count: r.int(4)?,
            eligible: r.bool(5)?,
            flagged: r.int_opt(6)?.is_some(),
        })
    })
}

/// Notes that a passkey was used; false if another use came between, or it is gone or flagged meanwhile.
pub(super) fn used(tx: &mut Tx, known: &Stored, seen: &Seen, now_ms: i64) -> Result<bool> {
    let done = tx.execute(
        "UPDATE passkey SET sign_count = $4, synced = $5, used_ms = $6 WHERE client_id = $1 AND passkey_id = $2 \
         AND sign_count = $3 AND flagged_ms IS NULL",
        params![ClientId::house(), known.id, known.count, seen.count, seen.synced, now_ms],
    )?;
    Ok(done == 1)
}

/// From now on it opens nothing.
pub(super) fn flag(tx: &mut Tx, known: &Stored, now_ms: i64) -> Result<()> {
    let sql = "UPDATE passkey SET flagged_ms = $3 WHERE client_id = $1 AND passkey_id = $2 AND flagged_ms IS NULL";
    tx.execute(sql, params![ClientId::house(), known.id, now_ms]).map(|_| ())
}

/// Gives one another name; the name before, or none if there is no such one of this member.
pub(super) fn rename(tx: &mut Tx, member: &MemberId, id: &str, name: &str) -> Result<Option<String>> {
    let read = "SELECT name FROM passkey WHERE client_id = $1 AND member_id = $2 AND passkey_id = $3";
    let before = tx.query_opt(read, params![ClientId::house(), member, id], |r| r.text(0))?;
    let write = "UPDATE passkey SET name = $4 WHERE client_id = $1 AND member_id = $2 AND passkey_id = $3";
    let done = tx.execute(write, params![ClientId::house(), member, id, name])?;
    Ok(before.filter(|_| done == 1))
}

/// Takes one away; its name, or none if there is no such one of this member.
pub(super) fn remove(tx: &mut Tx, member: &MemberId, id: &str) -> Result<Option<String>> {
    let sql = "DELETE FROM passkey WHERE client_id = $1 AND member_id = $2 AND passkey_id = $3 RETURNING name";
    tx.query_opt(sql, params![ClientId::house(), member, id], |r| r.text(0))
}
