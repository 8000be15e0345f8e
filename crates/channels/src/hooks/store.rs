//! SQL of the tables `hook` and `hook_delivery`, and what is done with subscriptions.

use super::rules;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use baton_base::{ClientId, Error, Event, Result};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right, ledger, vault};
use serde::Serialize;
use serde_json::{Value, json};

/// Most subscriptions of one client, count.
const HOOKS_MAX: i64 = 50;
/// Longest name, characters.
const NAME_CHARS_MAX: usize = 100;
/// Longest address, bytes.
const URL_BYTES_MAX: usize = 2_000;
/// Rows of a list.
const ROWS_MAX: i64 = 200;
/// Longest reason kept, characters.
const ERROR_CHARS_MAX: usize = 500;
/// How long the secret before is still signed with, milliseconds.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1000;
/// How long what came of a delivery is kept, milliseconds.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Deliveries forgotten in one transaction.
const FORGOTTEN_MAX: i64 = 500;

/// A subscription that is to be made.
#[derive(Debug, Clone)]
pub struct NewHook {
    /// For people.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What is told.
    pub kinds: Vec<String>,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookRow {
    /// Id.
    pub id: String,
    /// For people.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What is told.
    pub kinds: Vec<String>,
    /// `on` or `off`.
    pub state: String,
    /// Why it is off.
    pub why: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When, milliseconds since the epoch.
    pub created_ms: i64,
    /// Deliveries that wait.
    pub waiting: i64,
    /// Deliveries that were given up.
    pub dead: i64,
}

const HOOK: &str = "h.hook_id, h.name, h.url, h.kinds, h.state, h.why, h.created_by, h.created_ms, \
    (SELECT COUNT(*) FROM hook_delivery d WHERE d.client_id = h.client_id AND d.hook_id = h.hook_id \
     AND d.state = 'waiting'), \
    (SELECT COUNT(*) FROM hook_delivery d WHERE d.client_id = h.client_id AND d.hook_id = h.hook_id AND d.state = 'dead')";

fn read(r: &Row) -> Result<HookRow> {
    Ok(HookRow {
        id: r.text(0)?,
        name: r.text(1)?,
        url: r.text(2)?,
        kinds: r.json_as_opt(3)?.unwrap_or_default(),
        state: r.text(4)?,
        why: r.text_opt(5)?,
        created_by: r.text(6)?,
        created_ms: r.int(7)?,
        waiting: r.int(8)?,
        dead: r.int(9)?,
    })
}

/// The subscriptions of a client.
pub fn list(tx: &mut Tx, client: &ClientId) -> Result<Vec<HookRow>> {
    let sql = format!("SELECT {HOOK} FROM hook h WHERE h.client_id = $1 ORDER BY h.created_ms, h.hook_id");
    tx.query(&sql, params![client], read)
}

/// What telling a subscription needs of it.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub id: String,
    pub kinds: Vec<String>,
    /// The first entry that it was not looked at for.
    pub next_leaf: i64,
}

/// The subscriptions of a client that are on.
pub(super) fn listeners(tx: &mut Tx, client: &ClientId) -> Result<Vec<Listener>> {
    let sql = "SELECT hook_id, kinds, next_leaf FROM hook WHERE client_id = $1 AND state = 'on' \
               ORDER BY created_ms, hook_id";
    tx.query(sql, params![client], |r| {
        Ok(Listener { id: r.text(0)?, kinds: r.json_as_opt(1)?.unwrap_or_default(), next_leaf: r.int(2)? })
    })
}

/// The name of a subscription.
fn get(tx: &mut Tx, client: &ClientId, id: &str) -> Result<String> {
    let sql = "SELECT name FROM hook WHERE client_id = $1 AND hook_id = $2";
    let name = tx.query_opt(sql, params![client, id], |r| r.text(0))?;
    name.ok_or_else(|| Error::not_found(format!("webhook {id}")))
}

fn secret_name(id: &str) -> String {
    format!("webhook:{id}")
}

fn before_name(id: &str) -> String {
    format!("webhook:{id}:before")
}

/// A new secret.
fn fresh_secret() -> Result<String> {
    let bytes = hex::decode(baton_db::vault::fresh_text()?.trim()).map_err(Error::broken)?;
    Ok(format!("{}{}", rules::SECRET, BASE64.encode(bytes)))
}

/// Subscribes, from the next entry on. Returns its id and its secret, which is shown this once. That the address may be called,
/// the caller has asked. Whoever subscribes a system passes entries of the ledger on, and must be allowed to read them.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewHook) -> Result<(String, String)> {
    ctx.allow(Right::ConnectorOperate)?;
    ctx.allow(Right::LedgerRead)?;
    let name: String = new.name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if name.is_empty() {
        return Err(Error::invalid_at("name", "a webhook needs a name", "say which system it tells"));
    }
    if new.url.len() > URL_BYTES_MAX {
        return Err(Error::invalid_at("url", "the address is too long", format!("at most {URL_BYTES_MAX} bytes")));
    }
    let kinds = rules::checked_kinds(&new.kinds)?;
    let count = tx.query_one("SELECT COUNT(*) FROM hook WHERE client_id = $1", params![ctx.client], |r| r.int(0))?;
    if count >= HOOKS_MAX {
        return Err(Error::Limit(format!("a client has at most {HOOKS_MAX} webhooks")));
    }
    let (id, secret) = (ctx.id("hook"), fresh_secret()?);
    // The index of places holds what has one, and SQLite takes it where that is said.
    let sql = "SELECT COALESCE(MAX(leaf_index) + 1, 0) FROM ledger WHERE client_id = $1 AND leaf_index IS NOT NULL";
    let next_leaf = tx.query_one(sql, params![ctx.client], |r| r.int(0))?;
    tx.execute(
        "INSERT INTO hook (client_id, hook_id, name, url, kinds, state, next_leaf, created_by, created_ms) \
         VALUES ($1, $2, $3, $4, $5, 'on', $6, $7, $8)",
        params![
            ctx.client,
            id,
            name,
            new.url,
            json!(kinds).to_string(),
            next_leaf,
            ctx.actor.to_string(),
            ctx.now_ms()
        ],
    )?;
    vault::set(tx, &ctx.client, &secret_name(&id), &secret)?;
    noted(tx, ctx, "webhook.created", &id, json!({"name": name, "kinds": kinds}))?;
    Ok((id, secret))
}

fn noted(tx: &mut Tx, ctx: &Ctx, kind: &str, id: &str, data: Value) -> Result<()> {
    ledger::append(tx, ctx, Event::new(&ctx.client, kind, id).with(data)).map(|_| ())
}

/// Ends a subscription, with what it was told.
pub fn remove(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<()> {
    ctx.allow(Right::ConnectorOperate)?;
    let name = get(tx, &ctx.client, id)?;
    tx.execute("DELETE FROM hook_delivery WHERE client_id = $1 AND hook_id = $2", params![ctx.client, id])?;
    tx.execute("DELETE FROM hook WHERE client_id = $1 AND hook_id = $2", params![ctx.client, id])?;
    vault::remove(tx, &ctx.client, &secret_name(id))?;
    vault::remove(tx, &ctx.client, &before_name(id))?;
    noted(tx, ctx, "webhook.removed", id, json!({"name": name}))
}

/// Puts a subscription on or off. What happened while it was off is told when it is on again.
pub fn switch(tx: &mut Tx, ctx: &Ctx, id: &str, on: bool) -> Result<()> {
    ctx.allow(Right::ConnectorOperate)?;
    get(tx, &ctx.client, id)?;
    set_state(tx, &ctx.client, id, on, None)?;
    tx.wake();
    noted(tx, ctx, "webhook.switched", id, json!({"on": on}))
}

pub(super) fn set_state(tx: &mut Tx, client: &ClientId, id: &str, on: bool, why: Option<&str>) -> Result<()> {
    let state = if on { "on" } else { "off" };
    let sql = "UPDATE hook SET state = $3, why = $4 WHERE client_id = $1 AND hook_id = $2";
    tx.execute(sql, params![client, id, state, why]).map(|_| ())
}

/// Gives a subscription a new secret; the one before is signed with for a day longer.
pub fn rotate(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<String> {
    ctx.allow(Right::ConnectorOperate)?;
    get(tx, &ctx.client, id)?;
    if let Some(before) = vault::get(tx, &ctx.client, &secret_name(id))? {
        let kept = json!({"secret": before, "until_ms": ctx.now_ms().saturating_add(OVERLAP_MS)});
        vault::set(tx, &ctx.client, &before_name(id), &kept.to_string())?;
    }
    let secret = fresh_secret()?;
    vault::set(tx, &ctx.client, &secret_name(id), &secret)?;
    noted(tx, ctx, "webhook.secret_changed", id, Value::Null)?;
    Ok(secret)
}

/// The secrets that are signed with now.
pub(super) fn secrets(tx: &mut Tx, client: &ClientId, id: &str, now_ms: i64) -> Result<Vec<String>> {
    let mut all: Vec<String> = vault::get(tx, client, &secret_name(id))?.into_iter().collect();
    if let Some(before) = vault::get(tx, client, &before_name(id))? {
        let before: Value = serde_json::from_str(&before).unwrap_or_default();
        if before["until_ms"].as_i64().is_some_and(|until_ms| until_ms > now_ms) {
            all.extend(before["secret"].as_str().map(str::to_owned));
        }
    }
    Ok(all)
}

/// Writes down what a subscription is told, and up to where it has looked; nothing where another node was quicker.
pub(super) fn tell(
    tx: &mut Tx,
    client: &ClientId,
    hook: &Listener,
    next_leaf: i64,
    told: &[(String, String, String)],
    now_ms: i64,
) -> Result<()> {
    let sql =
        "UPDATE hook SET next_leaf = $4 WHERE client_id = $1 AND hook_id = $2 AND next_leaf = $3 AND state = 'on'";
    if tx.execute(sql, params![client, hook.id, hook.next_leaf, next_leaf])? == 0 {
        return Ok(());
    }
    for (id, kind, body) in told {
        insert(tx, client, &hook.id, (id, kind, body), now_ms)?;
    }
    if !told.is_empty() {
        tx.wake();
    }
    Ok(())
}

fn insert(tx: &mut Tx, client: &ClientId, hook: &str, (id, kind, body): (&str, &str, &str), now_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO hook_delivery (client_id, delivery_id, hook_id, kind, body, state, attempts, due_ms, \
         lease_until_ms, created_ms) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, $6) \
         ON CONFLICT (client_id, delivery_id) DO NOTHING",
        params![client, id, hook, kind, body, now_ms],
    )?;
    Ok(())
}

/// Tells a subscription something of no meaning, so that its other side can be tried out. Returns the delivery's id.
pub fn test(tx: &mut Tx, ctx: &Ctx, hook: &str) -> Result<String> {
    ctx.allow(Right::ConnectorOperate)?;
    get(tx, &ctx.client, hook)?;
    let id = ctx.id("wh");
    let body = super::tell::body("webhook.test", ctx.now_ms(), json!({"client": ctx.client, "hook": hook}))?;
    insert(tx, &ctx.client, hook, (&id, "webhook.test", &body), ctx.now_ms())?;
    tx.wake();
    Ok(id)
}

/// A delivery as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sending {
    /// Its id, the same however often it is sent.
    pub id: String,
    /// What it tells.
    pub kind: String,
    /// `waiting`, `delivered` or `dead`.
    pub state: String,
    /// How often it was sent.
    pub attempts: i64,
    /// When it is sent next.
    pub due_ms: i64,
    /// What the other side answered last, an HTTP status.
    pub status: Option<i64>,
    /// Why it did not arrive.
    pub error: Option<String>,
    /// When it came about.
    pub created_ms: i64,
    /// When it arrived, or was given up.
    pub done_ms: Option<i64>,
    /// What is sent; `null` for who may not read the ledger.
    pub body: Option<Value>,
}

/// The newest deliveries of a subscription, in one state if it is named. What was sent are entries of the ledger: shown to who may
/// read that.
pub fn deliveries(tx: &mut Tx, ctx: &Ctx, hook: &str, state: Option<&str>) -> Result<Vec<Sending>> {
    ctx.allow(Right::ConnectorRead)?;
    get(tx, &ctx.client, hook)?;
    let shows_body = ctx.allow(Right::LedgerRead).is_ok();
    let condition = if state.is_some() { "state = $3" } else { "$3 = ''" };
    let sql = format!(
        "SELECT delivery_id, kind, state, attempts, due_ms, status, error, created_ms, done_ms, body \
         FROM hook_delivery WHERE client_id = $1 AND hook_id = $2 AND {condition} \
         ORDER BY created_ms DESC, delivery_id DESC LIMIT $4"
    );
    tx.query(&sql, params![ctx.client, hook, state.unwrap_or_default(), ROWS_MAX], |r| {
        Ok(Sending {
            id: r.text(0)?,
            kind: r.text(1)?,
            state: r.text(2)?,
            attempts: r.int(3)?,
            due_ms: r.int(4)?,
            status: r.int_opt(5)?,
            error: r.text_opt(6)?,
            created_ms: r.int(7)?,
            done_ms: r.int_opt(8)?,
            body: if shows_body { Some(r.json(9)?) } else { None },
        })
    })
}

/// Sends deliveries again, under their ids: one, or all that were given up. Returns how many.
pub fn replay(tx: &mut Tx, ctx: &Ctx, hook: &str, one: Option<&str>) -> Result<u64> {
    ctx.allow(Right::ConnectorOperate)?;
    get(tx, &ctx.client, hook)?;
    let condition = if one.is_some() { "delivery_id = $4" } else { "state = 'dead' AND $4 = ''" };
    let sql = format!(
        "UPDATE hook_delivery SET state = 'waiting', attempts = 0, due_ms = $3, done_ms = NULL, worker = NULL, \
         lease_until_ms = 0 WHERE client_id = $1 AND hook_id = $2 AND state <> 'waiting' AND {condition}"
    );
    let count = tx.execute(&sql, params![ctx.client, hook, ctx.now_ms(), one.unwrap_or_default()])?;
    if let (Some(one), 0) = (one, count) {
        return Err(Error::not_found(format!("a delivery {one} that is not waiting")));
    }
    tx.wake();
    noted(tx, ctx, "webhook.replayed", hook, json!({"deliveries": count}))?;
    Ok(count)
}

/// A subscription that something is due for.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub client: ClientId,
    pub hook: String,
    pub url: String,
}

impl Due {
    /// By what its tasks are counted.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.client, self.hook)
    }
}

/// A delivery that a worker holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub to: Due,
    pub id: String,
    pub kind: String,
    pub body: String,
    pub attempts: i64,
    pub worker: String,
}

/// Subscriptions of all clients that are on, and that something is due for.
pub(super) fn due(tx: &mut Tx, now_ms: i64) -> Result<Vec<Due>> {
    // every client: the worker tells for all, each delivery under its own client
    let sql = "SELECT h.client_id, h.hook_id, h.url FROM hook h WHERE h.state = 'on' AND EXISTS (\
                 SELECT 1 FROM hook_delivery d WHERE d.client_id = h.client_id AND d.hook_id = h.hook_id \
                 AND d.state = 'waiting' AND d.due_ms <= $1 AND d.lease_until_ms <= $1) \
               ORDER BY h.client_id, h.hook_id";
    tx.query(sql, params![now_ms], |r| Ok(Due { client: r.id(0)?, hook: r.text(1)?, url: r.text(2)? }))
}

/// Takes deliveries that are due for a time: of each subscription as many as there is room for, of all at most `left`.
pub(super) fn claim(
    tx: &mut Tx,
    worker: &str,
    (now_ms, lease_ms): (i64, i64),
    room: Vec<(Due, u32)>,
    mut left: u32,
) -> Result<Vec<Held>> {
    // Chosen once: PostgreSQL may look at an inner query again for each row, and each time pass over what it has chosen before.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT d.delivery_id FROM hook_delivery d \
           WHERE d.client_id = $1 AND d.hook_id = $2 AND d.state = 'waiting' AND d.due_ms <= $5 \
           AND d.lease_until_ms <= $5 AND EXISTS (SELECT 1 FROM hook h \
             WHERE h.client_id = d.client_id AND h.hook_id = d.hook_id AND h.state = 'on') \
           ORDER BY d.due_ms, d.delivery_id LIMIT $6 {}) \
         UPDATE hook_delivery SET worker = $3, lease_until_ms = $4, attempts = attempts + 1 \
         WHERE client_id = $1 AND delivery_id IN (SELECT delivery_id FROM due) \
         AND state = 'waiting' AND lease_until_ms <= $5 RETURNING delivery_id, kind, body, attempts",
        tx.skip_locked()
    );
    let mut held = Vec::new();
    for (to, max) in room {
        let until_ms = now_ms.saturating_add(lease_ms);
        let values = params![to.client, to.hook, worker, until_ms, now_ms, max.min(left)];
        let rows = tx.query(&sql, values, |r| {
            let worker = worker.to_owned();
            let (id, kind, body, attempts) = (r.text(0)?, r.text(1)?, r.text(2)?, r.int(3)?);
            Ok(Held { to: to.clone(), id, kind, body, attempts, worker })
        })?;
        left = left.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        held.extend(rows);
        if left == 0 {
            break;
        }
    }
    Ok(held)
}

/// What came of an attempt: `again_ms` says when it is sent again, where it is. False where the worker holds it no longer: another has
/// it, and says what comes of it.
pub(super) fn note(
    tx: &mut Tx,
    held: &Held,
    (status, error): (Option<u16>, Option<&str>),
    again_ms: Option<i64>,
    now_ms: i64,
) -> Result<bool> {
    let state = match (error, again_ms) {
        (None, _) => "delivered",
        (Some(_), Some(_)) => "waiting",
        (Some(_), None) => "dead",
    };
    let done_ms = if state == "waiting" { None } else { Some(now_ms) };
    let error: Option<String> = error.map(|text| text.replace('\0', "").chars().take(ERROR_CHARS_MAX).collect());
    let changed = tx.execute(
        "UPDATE hook_delivery SET state = $5, status = $6, error = $7, due_ms = $8, done_ms = $9, worker = NULL, \
         lease_until_ms = 0 WHERE client_id = $1 AND delivery_id = $2 AND worker = $3 AND attempts = $4",
        params![
            held.to.client,
            held.id,
            held.worker,
            held.attempts,
            state,
            status.map(i64::from),
            error,
            again_ms.unwrap_or(now_ms),
            done_ms
        ],
    )?;
    Ok(changed == 1)
}

/// Forgets some of what arrived, or was given up, long ago; returns how many.
pub(super) fn forget(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<u64> {
    let sql = "DELETE FROM hook_delivery WHERE client_id = $1 AND delivery_id IN (SELECT delivery_id \
               FROM hook_delivery WHERE client_id = $1 AND state <> 'waiting' AND created_ms < $2 \
               ORDER BY created_ms LIMIT $3)";
    tx.execute(sql, params![client, now_ms - KEPT_MS, FORGOTTEN_MAX])
}
