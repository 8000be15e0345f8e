//! Answers that a channel has to carry to the customer: owed in the transaction that wrote them, carried after it by a worker
//! of the channel, at least once and in the order of the case.
//!
//! What one turn says in several answers within [`JOIN_MS`] goes out as one: the first is held for so long, and takes along what
//! followed it. Each keeps a row of its own.

use crate::Case;
use baton_base::{Actor, CaseId, ClientId, Error, Event, MessageId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right, ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;

/// Longest reason kept, characters.
const ERROR_CHARS_MAX: usize = 500;
/// For how long an answer waits for what the same turn says next, milliseconds.
pub const JOIN_MS: i64 = 1_500;
/// Most answers that go out as one, count.
const JOINED_MAX: i64 = 10;
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
    /// What the same turn said right after, which goes out with it: in order, each with its own row.
    pub joined: Vec<Joined>,
    worker: String,
}

/// An answer that goes out with the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The message.
    pub message: MessageId,
    /// Its number in the case.
    pub seq: i64,
    attempts: i64,
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
         created_ms) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, $7)",
        params![ctx.client, message, case.row.id, seq, channel.as_str(), due_ms(ctx), ctx.now_ms()],
    )?;
    tx.wake();
    Ok(())
}

/// A person's answer goes at once; what an agent or a process says may be followed by more.
fn due_ms(ctx: &Ctx) -> i64 {
    match ctx.actor {
        Actor::Member { .. } => ctx.now_ms(),
        Actor::Agent { .. } | Actor::System { .. } => ctx.now_ms().saturating_add(JOIN_MS),
    }
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
    // Chosen once: PostgreSQL may look at an inner query again for each row, and each time pass over what it has chosen before.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT d.message_id FROM delivery d WHERE d.client_id = $6 \
           AND d.state = 'waiting' AND d.channel = $4 AND d.due_ms <= $3 AND d.lease_until_ms <= $3 \
           AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.client_id = d.client_id AND e.case_id = d.case_id \
             AND e.state = 'waiting' AND e.seq < d.seq) \
           ORDER BY d.due_ms, d.message_id LIMIT $5 {}) \
         UPDATE delivery SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE client_id = $6 AND message_id IN (SELECT message_id FROM due) \
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
            joined: Vec::new(),
            worker: worker.to_owned(),
        })
    };
    let mut held = tx.query(&sql, params![worker, until_ms, now_ms, channel, max.min(CLAIM_MAX), client], read)?;
    for first in &mut held {
        first.joined = join(tx, first, (now_ms, until_ms))?;
    }
    Ok(held)
}

/// An answer that waits, as far as it is asked whether it goes with another.
struct Waiting {
    message: MessageId,
    seq: i64,
    channel: String,
    created_ms: i64,
    by: (String, String),
}

/// Claims what goes out with an answer.
fn join(tx: &mut Tx, first: &Delivery, (now_ms, until_ms): (i64, i64)) -> Result<Vec<Joined>> {
    let sql = "SELECT d.message_id, d.seq, d.channel, d.created_ms, m.author_kind, m.author FROM delivery d \
               JOIN message m ON m.client_id = d.client_id AND m.case_id = d.case_id AND m.seq = d.seq \
               WHERE d.client_id = $1 AND d.case_id = $2 AND d.seq >= $3 AND d.state = 'waiting' ORDER BY d.seq LIMIT $4";
    let rows = tx.query(sql, params![first.client, first.case, first.seq, JOINED_MAX], |r| {
        let by = (r.text(4)?, r.text(5)?);
        Ok(Waiting { message: r.id(0)?, seq: r.int(1)?, channel: r.text(2)?, created_ms: r.int(3)?, by })
    })?;
    let mut joined = Vec::new();
    for next in rows.iter().take(together(&rows)).skip(1) {
        let sql = "UPDATE delivery SET worker = $3, lease_until_ms = $4, attempts = attempts + 1, carried_with = $5 \
                   WHERE client_id = $1 AND message_id = $2 AND state = 'waiting' AND lease_until_ms <= $6 \
                   RETURNING attempts";
        let values = params![first.client, next.message, first.worker, until_ms, first.message, now_ms];
        let Some(attempts) = tx.query_opt(sql, values, |r| r.int(0))? else { break };
        joined.push(Joined { message: next.message.clone(), seq: next.seq, attempts });
    }
    Ok(joined)
}

/// How many answers, from the first on, go out as one: of one agent or process, by one channel, with nothing said between them,
/// and all within [`JOIN_MS`]. A person's answers are mails of their own.
fn together(rows: &[Waiting]) -> usize {
    let Some(first) = rows.first() else { return 0 };
    if first.by.0 == "member" {
        return 1;
    }
    let fits = |(at, row): (i64, &Waiting)| {
        let near = row.created_ms.saturating_sub(first.created_ms) <= JOIN_MS;
        row.by == first.by && row.channel == first.channel && row.seq == first.seq + at && near
    };
    (0..).zip(rows).take_while(|pair| fits(*pair)).count()
}

/// The channel has taken it. A [`Error::Conflict`] when the lease went to another worker meanwhile.
pub fn delivered(tx: &mut Tx, ctx: &Ctx, held: &Delivery, facts: serde_json::Value) -> Result<()> {
    end(tx, held, OwedState::Sent, None, ctx.now_ms())?;
    // The next of the case may go.
    tx.wake();
    for message in held.messages() {
        let event = Event::new(&ctx.client, "message.delivered", message).in_case(&held.case).with(facts.clone());
        ledger::append(tx, ctx, event)?;
    }
    Ok(())
}

/// It did not go, and is tried again at `due_ms`.
pub fn put_off(tx: &mut Tx, held: &Delivery, error: &str, due_ms: i64) -> Result<()> {
    for (message, attempts) in held.rows() {
        let error = sealed(tx, &held.client, message, error)?;
        let changed = tx.execute(
            "UPDATE delivery SET error = $5, due_ms = $6, worker = NULL, lease_until_ms = 0 \
             WHERE client_id = $1 AND message_id = $2 AND worker = $3 AND attempts = $4",
            params![held.client, message, held.worker, attempts, error, due_ms],
        )?;
        still_held(changed, held)?;
    }
    Ok(())
}

/// It will never go. Whoever calls sees to it that the case has an owner.
pub fn give_up(tx: &mut Tx, ctx: &Ctx, held: &Delivery, error: &str) -> Result<()> {
    end(tx, held, OwedState::Failed, Some(error), ctx.now_ms())?;
    tx.wake();
    for (message, attempts) in held.rows() {
        let event = Event::new(&ctx.client, "message.not_delivered", message).in_case(&held.case);
        ledger::append(tx, ctx, event.with(json!({"attempts": attempts})))?;
    }
    Ok(())
}

impl Delivery {
    /// The message and what goes with it, with the claims of each.
    fn rows(&self) -> impl Iterator<Item = (&MessageId, i64)> {
        let joined = self.joined.iter().map(|one| (&one.message, one.attempts));
        std::iter::once((&self.message, self.attempts)).chain(joined)
    }

    /// The message and what goes with it, in their order.
    pub fn messages(&self) -> impl Iterator<Item = &MessageId> {
        self.rows().map(|(message, _)| message)
    }
}

fn end(tx: &mut Tx, held: &Delivery, state: OwedState, error: Option<&str>, now_ms: i64) -> Result<()> {
    for (message, attempts) in held.rows() {
        let error = error.map(|error| sealed(tx, &held.client, message, error)).transpose()?;
        let changed = tx.execute(
            "UPDATE delivery SET state = $5, error = $6, done_ms = $7, worker = NULL, lease_until_ms = 0 \
             WHERE client_id = $1 AND message_id = $2 AND worker = $3 AND attempts = $4",
            params![held.client, message, held.worker, attempts, state.as_str(), error, now_ms],
        )?;
        still_held(changed, held)?;
    }
    Ok(())
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

/// An answer that was taken has come back, with what went out in the same mail: its case, the first time. It may come back before
/// it is written down that it was taken: whoever still holds it is told so by [`delivered`], and it is not sent again.
pub fn bounced(tx: &mut Tx, ctx: &Ctx, message: &MessageId, why: &str) -> Result<Option<CaseId>> {
    let sql = "UPDATE delivery SET state = 'bounced', done_ms = $3, worker = NULL, lease_until_ms = 0 \
               WHERE client_id = $1 AND (message_id = $2 OR carried_with = $2) \
               AND (state = 'sent' OR (state = 'waiting' AND attempts > 0)) RETURNING case_id, message_id";
    let mut back: Vec<(CaseId, MessageId)> =
        tx.query(sql, params![ctx.client, message, ctx.now_ms()], |r| Ok((r.id(0)?, r.id(1)?)))?;
    back.sort();
    if !back.is_empty() {
        // The next of the case may go.
        tx.wake();
    }
    for (case, message) in &back {
        let error = sealed(tx, &ctx.client, message, why)?;
        let sql = "UPDATE delivery SET error = $3 WHERE client_id = $1 AND message_id = $2";
        tx.execute(sql, params![ctx.client, message, error])?;
        ledger::append(tx, ctx, Event::new(&ctx.client, "message.bounced", message).in_case(case))?;
    }
    Ok(back.into_iter().next().map(|(case, _)| case))
}

/// An answer that was given up, or came back, is to be tried again.
pub fn carry_again(tx: &mut Tx, ctx: &Ctx, message: &MessageId) -> Result<()> {
    ctx.allow(Right::CaseReply)?;
    let sql = "UPDATE delivery SET state = 'waiting', attempts = 0, due_ms = $3, done_ms = NULL, carried_with = NULL \
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: i64, created_ms: i64, kind: &str, name: &str) -> Waiting {
        let message = MessageId::known(format!("msg_{seq}"));
        let by = (kind.to_owned(), name.to_owned());
        Waiting { message, seq, channel: "email".to_owned(), created_ms, by }
    }

    #[test]
    fn what_one_turn_says_within_a_moment_is_one_and_what_comes_between_parts_it() {
        let agent = |seq, at| row(seq, at, "agent", "concierge");
        assert_eq!(together(&[agent(2, 0), agent(3, 10), agent(4, JOIN_MS)]), 3);
        assert_eq!(together(&[agent(2, 0), agent(4, 10)]), 1, "the customer wrote between them");
        assert_eq!(together(&[agent(2, 0), agent(3, JOIN_MS + 1)]), 1, "a later turn");
        assert_eq!(together(&[agent(2, 0), row(3, 1, "agent", "billing"), agent(4, 2)]), 1, "another agent");
        assert_eq!(together(&[row(2, 0, "member", "mem_1"), row(3, 1, "member", "mem_1")]), 1, "a person's are apart");
        assert_eq!(together(&[]), 0);
    }
}
