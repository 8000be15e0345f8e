//! An outside agent asks for something, or answers a question.

use super::read::{TaskRow, task};
use super::{CONTEXT_BYTES_MAX, SENT_ID_BYTES_MAX};
use crate::{Cases, Channel, Incoming, receive, rules};
use baton_base::{CaseId, MessageId, Result, digest_of};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use serde_json::{Value, json};

/// What an outside agent sends.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The sender's id of the message.
    pub sent_id: String,
    /// The conversation; a new one without.
    pub context: Option<String>,
    /// The task that it belongs to.
    pub task: Option<CaseId>,
    /// What it says.
    pub text: String,
    /// Structured data that came with it, as an object.
    pub data: Value,
    /// Language tag, if known.
    pub locale: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// It is in this task, or was already: then nothing was changed.
    Taken {
        /// The task as it stands after the message.
        task: Box<TaskRow>,
        /// It was here already.
        duplicate: bool,
    },
    /// The caller has no such task.
    NoTask,
    /// The task belongs to another context.
    OtherContext(String),
    /// The task has ended.
    Ended(Box<TaskRow>),
}

/// Takes a message of an outside agent in: it joins the task that it names, or its context's, or opens one.
///
/// Sent again with the same id, content, task and context it is the same message, also where a new context was opened for it.
pub fn ask(tx: &mut Tx, ctx: &Ctx, cases: &Cases, ask: &Ask) -> Result<Asked> {
    let sent_id = rules::short("message.messageId", &ask.sent_id, SENT_ID_BYTES_MAX)?;
    let asked = ask.context.as_deref();
    let asked = asked.map(|context| rules::short("message.contextId", context, CONTEXT_BYTES_MAX)).transpose()?;
    let named = match &ask.task {
        None => None,
        Some(id) => match task(tx, ctx, id)? {
            Some(found) => Some(found),
            None => return Ok(Asked::NoTask),
        },
    };
    if let (Some(found), Some(asked)) = (&named, &asked)
        && found.context != *asked
    {
        return Ok(Asked::OtherContext(found.context.clone()));
    }
    let key = digest_of(&json!([sent_id, asked, ask.task, ask.text, ask.data])).to_string();
    if let Some(known) = hold(tx, ctx, &key, &sent_id)? {
        let found = task(tx, ctx, &known)?.ok_or_else(|| super::read::no_task(&known))?;
        return Ok(Asked::Taken { task: Box::new(found), duplicate: true });
    }
    if let Some(found) = named.as_ref().filter(|found| found.state.is_terminal()) {
        drop_hold(tx, ctx, &key)?;
        return Ok(Asked::Ended(Box::new(found.clone())));
    }
    let context = named.as_ref().map(|found| found.context.clone()).or(asked).unwrap_or_else(|| ctx.id("ctx"));
    let incoming = Incoming {
        channel: Channel::A2a,
        address: format!("{}/{context}", ctx.actor.name()),
        name: None,
        locale: ask.locale.clone(),
        text: ask.text.clone(),
        external_id: Some(key.clone()),
        case: ask.task.clone(),
        data: ask.data.clone(),
    };
    let received = receive(tx, ctx, cases, incoming)?;
    // A case that the caller's was merged into is not theirs to see: their own task stands for it.
    let own = match named.filter(|found| *found.works_in() == received.case) {
        Some(found) => Some(found.row.id),
        None => super::read::merged_task(tx, ctx, &context, &received.case)?,
    };
    let own = match own {
        Some(own) => own,
        None => {
            put(tx, ctx, &received.case, &context)?;
            received.case.clone()
        }
    };
    settle(tx, ctx, &key, &own, &received.message)?;
    let found = task(tx, ctx, &own)?.ok_or_else(|| super::read::no_task(&own))?;
    Ok(Asked::Taken { task: Box::new(found), duplicate: received.duplicate })
}

/// Takes the message's key, and waits for whoever has it just now; the case it is in already, if it is.
fn hold(tx: &mut Tx, ctx: &Ctx, key: &str, sent_id: &str) -> Result<Option<CaseId>> {
    let sql = "INSERT INTO outside_message (client_id, caller, sent_key, sent_id, case_id, message_id, at_ms) \
               VALUES ($1, $2, $3, $4, '', '', $5) ON CONFLICT (client_id, caller, sent_key) \
               DO UPDATE SET sent_id = excluded.sent_id RETURNING case_id";
    let case = tx.query_one(sql, params![ctx.client, ctx.actor.name(), key, sent_id, ctx.now_ms()], |r| r.text(0))?;
    if case.is_empty() { Ok(None) } else { case.parse().map(Some) }
}

fn drop_hold(tx: &mut Tx, ctx: &Ctx, key: &str) -> Result<()> {
    let sql = "DELETE FROM outside_message WHERE client_id = $1 AND caller = $2 AND sent_key = $3 AND case_id = ''";
    tx.execute(sql, params![ctx.client, ctx.actor.name(), key]).map(|_| ())
}

fn put(tx: &mut Tx, ctx: &Ctx, case: &CaseId, context: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO outside_task (client_id, case_id, caller, context, opened_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, case_id) DO NOTHING",
        params![ctx.client, case, ctx.actor.name(), context, ctx.now_ms()],
    )?;
    Ok(())
}

fn settle(tx: &mut Tx, ctx: &Ctx, key: &str, case: &CaseId, message: &MessageId) -> Result<()> {
    tx.execute(
        "UPDATE outside_message SET case_id = $4, message_id = $5 WHERE client_id = $1 AND caller = $2 AND sent_key = $3",
        params![ctx.client, ctx.actor.name(), key, case, message],
    )?;
    Ok(())
}
