//! Answers that a channel has to carry to the customer: owed in the transaction that wrote them, carried after it by a worker
//! of the channel, at least once and in the order of the case.

use crate::Case;
use baton_base::{CaseId, ClientId, Error, Event, MessageId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right, ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;

/// Longest reason kept, characters.
const ERROR_CHARS_MAX: usize = 500;
/// Most answers claimed at once.
const CLAIM_MAX: u32 = 64;

/// How it stands with an answer that is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwedState {
    /// It will be tried, or tried again.
    Waiting,
    /// The channel has taken it.
    Sent,
    /// It was given up.
    Failed,
    /// It was taken, and came back.
    Bounced,
}

impl OwedState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
        }
    }
}

impl FromStr for OwedState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Waiting, Self::Sent, Self::Failed, Self::Bounced];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| {
            Error::invalid_at("state", format!("'{text}' is no state"), "use waiting, sent, failed or bounced")
        })
    }
}

/// An answer that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whose.
    pub client: ClientId,
    /// The message.
    pub message: MessageId,
    /// Its case.
    pub case: CaseId,
    /// Its number in the case.
    pub seq: i64,
    /// Claims so far, this one included.
    pub attempts: i64,
    worker: String,
}

/// An answer as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// The message.
    pub message: MessageId,
    /// Its case.
    pub case: CaseId,
    /// By which channel.
    pub channel: String,
    /// How it stands.
    pub state: OwedState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_ms: i64,
    /// What came of the last attempt.
    pub error: Option<String>,
    /// When it was written.
    pub created_ms: i64,
}

/// Owes an answer, where it goes by a channel that something must carry.
pub(crate) fn owe(tx: &mut Tx, ctx: &Ctx, case: &Case, message: &MessageId, seq: i64) -> Result<()> {
    let channel = case.answers_by();
    if !channel.is_carried() {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO delivery (client_id, message_id, case_id, seq, channel, state, attempts, due_ms, lease_until_ms, \
         created_ms) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, $6)",
        params![ctx.client, message, case.row.id, seq, channel.as_str(), ctx.now_ms()],
    )?;
    tx.wake();
    Ok(())
}

/// Clients of which an answer is due.
pub fn due_clients(tx: &mut Tx, channel: &str, now_ms: i64) -> Result<Vec<ClientId>> {
    // every client: the worker carries for all, each answer under its own client
    let sql = "SELECT DISTINCT d.client_id FROM delivery d WHERE d.state = 'waiting' AND d.channel = $2 \
               AND d.due_ms <= $1 AND d.lease_until_ms <= $1 AND NOT EXISTS (SELECT 1 FROM delivery e \
                 WHERE e.client_id = d.client_id AND e.case_id = d.case_id AND e.state = 'waiting' AND e.seq < d.seq) \
               ORDER BY d.client_id";
    tx.query(sql, params![now_ms, channel], |r| r.id(0))
}

/// Takes answers of a client that are due for `lease_ms`, at most `max`; of one case only the first that waits.
pub fn claim_deliveries(
    tx: &mut Tx,
    client: &ClientId,
    channel: &str,
    worker: &str,
    (now_ms, lease_ms): (i64, i64),
    max: u32,
) -> Result<Vec<Delivery>> {
    let until_ms = now_ms.saturating_add(lease_ms);
    let sql = format!(
        "UPDATE delivery SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE client_id = $6 AND message_id IN (SELECT d.message_id FROM delivery d WHERE d.client_id = $6 \
           AND d.state = 'waiting' AND d.channel = $4 AND d.due_ms <= $3 AND d.lease_until_ms <= $3 \
           AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.client_id = d.client_id AND e.case_id = d.case_id \
             AND e.state = 'waiting' AND e.seq < d.seq) \
           ORDER BY d.due_ms, d.message_id LIMIT $5 {}) \
         AND state = 'waiting' AND lease_until_ms <= $3 RETURNING client_id, message_id, case_id, seq, attempts",
        tx.skip_locked()
    );
    let read = |r: &Row| {
        Ok(Delivery {
            client: r.id(0)?,
            message: r.id(1)?,
            case: r.id(2)?,
            seq: r.int(3)?,
            attempts: r.int(4)?,
            worker: worker.to_owned(),
        })
    };
    tx.query(&sql, params![worker, until_ms, now_ms, channel, max.min(CLAIM_MAX), client], read)
}

/// The channel has taken it. A [`Error::Conflict`] when the lease went to another worker meanwhile.
pub fn delivered(tx: &mut Tx, ctx: &Ctx, held: &Delivery, facts: serde_json::Value) -> Result<()> {
    end(tx, held, OwedState::Sent, None, ctx.now_ms())?;
    // The next of the case may go.
    tx.wake();
    let event = Event::new(&ctx.client, "message.delivered", &held.message).in_case(&held.case).with(facts);
    ledger::append(tx, ctx, event).map(|_| ())
}

/// It did not go, and is tried again at `due_ms`.
pub fn put_off(tx: &mut Tx, held: &Delivery, error: &str, due_ms: i64) -> Result<()> {
    let error = sealed(tx, &held.client, &held.message, error)?;
    let changed = tx.execute(
        "UPDATE delivery SET error = $5, due_ms = $6, worker = NULL, lease_until_ms = 0 \
         WHERE client_id = $1 AND message_id = $2 AND worker = $3 AND attempts = $4",
        params![held.client, held.message, held.worker, held.attempts, error, due_ms],
    )?;
    still_held(changed, held)
}

/// It will never go. Whoever calls sees to it that the case has an owner.
pub fn give_up(tx: &mut Tx, ctx: &Ctx, held: &Delivery, error: &str) -> Result<()> {
    end(tx, held, OwedState::Failed, Some(error), ctx.now_ms())?;
    tx.wake();
    let event = Event::new(&ctx.client, "message.not_delivered", &held.message).in_case(&held.case);
    ledger::append(tx, ctx, event.with(json!({"attempts": held.attempts}))).map(|_| ())
}

fn end(tx: &mut Tx, held: &Delivery, state: OwedState, error: Option<&str>, now_ms: i64) -> Result<()> {
    let error = error.map(|error| sealed(tx, &held.client, &held.message, error)).transpose()?;
    let changed = tx.execute(
        "UPDATE delivery SET state = $5, error = $6, done_ms = $7, worker = NULL, lease_until_ms = 0 \
         WHERE client_id = $1 AND message_id = $2 AND worker = $3 AND attempts = $4",
        params![held.client, held.message, held.worker, held.attempts, state.as_str(), error, now_ms],
    )?;
    still_held(changed, held)
}

fn still_held(changed: u64, held: &Delivery) -> Result<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict(format!("{} is no longer held by this worker", held.message)))
    }
}

fn place<'a>(client: &'a ClientId, row: &'a str) -> Place<'a> {
    Place { client, class: Class::Message, table: "delivery", row }
}

fn row(message: &MessageId) -> String {
    format!("{message}/error")
}

/// A reason as it is stored: what a server says of a failure often names the customer's address.
fn sealed(tx: &mut Tx, client: &ClientId, message: &MessageId, error: &str) -> Result<String> {
    let short: String = error.replace('\0', "").chars().take(ERROR_CHARS_MAX).collect();
    tx.seal(&place(client, &row(message)), &short)
}

/// An answer that was taken has come back: its case, the first time. It may come back before it is written down that it was taken:
/// whoever still holds it is told so by [`delivered`], and it is not sent again.
pub fn bounced(tx: &mut Tx, ctx: &Ctx, message: &MessageId, why: &str) -> Result<Option<CaseId>> {
    let error = sealed(tx, &ctx.client, message, why)?;
    let sql = "UPDATE delivery SET state = 'bounced', error = $3, done_ms = $4, worker = NULL, lease_until_ms = 0 \
               WHERE client_id = $1 AND message_id = $2 AND (state = 'sent' OR (state = 'waiting' AND attempts > 0)) \
               RETURNING case_id";
    let case: Option<CaseId> = tx.query_opt(sql, params![ctx.client, message, error, ctx.now_ms()], |r| r.id(0))?;
    if let Some(case) = &case {
        // The next of the case may go.
        tx.wake();
        ledger::append(tx, ctx, Event::new(&ctx.client, "message.bounced", message).in_case(case))?;
    }
    Ok(case)
}

/// An answer that was given up, or came back, is to be tried again.
pub fn carry_again(tx: &mut Tx, ctx: &Ctx, message: &MessageId) -> Result<()> {
    ctx.allow(Right::CaseReply)?;
    let sql = "UPDATE delivery SET state = 'waiting', attempts = 0, due_ms = $3, done_ms = NULL \
               WHERE client_id = $1 AND message_id = $2 AND state IN ('failed', 'bounced') RETURNING case_id";
    let case: Option<CaseId> = tx.query_opt(sql, params![ctx.client, message, ctx.now_ms()], |r| r.id(0))?;
    let Some(case) = case else {
        return Err(Error::not_found(format!("an answer {message} that was given up or came back")));
    };
    tx.wake();
    ledger::append(tx, ctx, Event::new(&ctx.client, "message.tried_again", message).in_case(&case)).map(|_| ())
}

/// Answers in a state, newest first.
pub fn owed(tx: &mut Tx, ctx: &Ctx, state: OwedState, max: u32) -> Result<Vec<Owed>> {
    ctx.allow(Right::CaseRead)?;
    let sql = "SELECT message_id, case_id, channel, state, attempts, due_ms, error, created_ms FROM delivery \
               WHERE client_id = $1 AND state = $2 ORDER BY created_ms DESC, message_id DESC LIMIT $3";
    let mut all = tx.query(sql, params![ctx.client, state.as_str(), max], |r| {
        Ok(Owed {
            message: r.id(0)?,
            case: r.id(1)?,
            channel: r.text(2)?,
            state: r.id(3)?,
            attempts: r.int(4)?,
            due_ms: r.int(5)?,
            error: r.text_opt(6)?,
            created_ms: r.int(7)?,
        })
    })?;
    for owed in &mut all {
        if let Some(stored) = &owed.error {
            owed.error = Some(tx.unseal(&place(&ctx.client, &row(&owed.message)), stored)?);
        }
    }
    Ok(all)
}

/// How many answers of a client wait, and how many were given up or came back.
pub fn owed_counts(tx: &mut Tx, client: &ClientId, channel: &str) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), \
               COUNT(CASE WHEN state IN ('failed', 'bounced') THEN 1 END) FROM delivery \
               WHERE client_id = $1 AND state IN ('waiting', 'failed', 'bounced') AND channel = $2";
    tx.query_one(sql, params![client, channel], |r| Ok((r.int(0)?, r.int(1)?)))
}
