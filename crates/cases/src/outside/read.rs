//! Tasks as their caller may read them.

use super::rules::{TaskState, state_of};
use crate::merged::{self, Segment};
use crate::store::{self, FROM, ROW, read_row};
use crate::{CaseRow, MessageRow, limits};
use baton_base::limits::PAGE_MAX;
use baton_base::{CaseId, ClientId, Error, Result};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right};
use std::collections::HashMap;

/// A task and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskRow {
    /// Its case.
    pub row: CaseRow,
    /// The conversation it belongs to.
    pub context: String,
    /// Where it stands.
    pub state: TaskState,
    /// Messages of its own case.
    pub(super) own: i64,
    /// Where its conversation goes on, if its case was merged into another.
    pub(super) goes_on: Vec<Segment>,
}

impl TaskRow {
    /// The case in which it is worked on: its own, or the one into which that was merged.
    pub fn works_in(&self) -> &CaseId {
        self.goes_on.last().map_or(&self.row.id, |last| &last.case)
    }
}

/// Which tasks of a caller.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Of one context.
    pub context: Option<String>,
    /// In one state.
    pub state: Option<TaskState>,
    /// Changed then or later, milliseconds.
    pub since_ms: Option<i64>,
    /// After this row: when it changed last, and its id.
    pub after: Option<(i64, CaseId)>,
}

/// When a task changed last: with the case into which its own was merged.
const CHANGED: &str = "COALESCE(e.changed_ms, c.changed_ms)";

impl TaskFilter {
    /// The states of cases in which the wanted tasks are.
    fn cases(&self) -> &'static str {
        match self.state {
            None => "'open', 'waiting_customer', 'with_person', 'resolved', 'closed'",
            Some(TaskState::Working) => "'open', 'waiting_customer', 'with_person'",
            Some(TaskState::InputRequired) => "'open', 'waiting_customer'",
            Some(TaskState::Completed) => "'resolved'",
            Some(TaskState::Canceled | TaskState::Failed | TaskState::Rejected) => "'closed'",
        }
    }

    /// The outcomes that tell closed cases apart.
    fn outcomes(&self) -> &'static str {
        match self.state {
            Some(TaskState::Canceled) => {
                "AND COALESCE(COALESCE(e.outcome, c.outcome), '') NOT IN ('rejected', 'failed')"
            }
            Some(TaskState::Failed) => "AND COALESCE(e.outcome, c.outcome) = 'failed'",
            Some(TaskState::Rejected) => "AND COALESCE(e.outcome, c.outcome) = 'rejected'",
            None | Some(TaskState::Working | TaskState::InputRequired | TaskState::Completed) => "",
        }
    }

    fn wher(&self) -> String {
        let (states, outcomes) = (self.cases(), self.outcomes());
        format!(
            "JOIN outside_task t ON t.client_id = c.client_id AND t.case_id = c.case_id \
             LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
             LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
             WHERE t.client_id = $1 AND t.caller = $2 AND ($3 = '' OR t.context = $3) AND {CHANGED} >= $4 \
             AND COALESCE(e.state, c.state) IN ({states}) {outcomes}"
        )
    }
}

/// One task; none if it is not this caller's.
pub fn task(tx: &mut Tx, ctx: &Ctx, id: &CaseId) -> Result<Option<TaskRow>> {
    ctx.allow(Right::CaseRead)?;
    let sql = format!(
        "SELECT {ROW}, t.context {FROM} JOIN outside_task t ON t.client_id = c.client_id AND t.case_id = c.case_id \
         WHERE c.client_id = $1 AND c.case_id = $2 AND t.caller = $3"
    );
    let found = tx.query_opt(&sql, params![ctx.client, id, ctx.actor.name()], read)?;
    found.map(|found| stands(tx, &ctx.client, found)).transpose()
}

/// Tasks of the caller, the last changed first, at most `limit`, and whether there are more. A page may be short of it: what
/// was looked at did not fit.
pub fn tasks(tx: &mut Tx, ctx: &Ctx, filter: &TaskFilter, limit: u32) -> Result<(Vec<TaskRow>, bool)> {
    ctx.allow(Right::CaseRead)?;
    let (before_ms, before) = match &filter.after {
        Some((ms, id)) => (*ms, id.as_str()),
        None => (i64::MAX, ""),
    };
    let sql = format!(
        "SELECT {ROW}, t.context {FROM} {} AND ({CHANGED} < $5 OR ({CHANGED} = $5 AND c.case_id < $6)) \
         ORDER BY {CHANGED} DESC, c.case_id DESC LIMIT $7",
        filter.wher()
    );
    let context = filter.context.as_deref().unwrap_or_default();
    let since_ms = filter.since_ms.unwrap_or(i64::MIN);
    let limit = limit.min(PAGE_MAX);
    let one_more = i64::from(limit) + 1;
    let mut found =
        tx.query(&sql, params![ctx.client, ctx.actor.name(), context, since_ms, before_ms, before, one_more], read)?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let rows = found.into_iter().map(|found| stands(tx, &ctx.client, found)).collect::<Result<_>>()?;
    Ok((rows, more))
}

/// How many tasks there are; those that are worked on are counted as their cases stand, without a look at their runs.
pub fn count(tx: &mut Tx, ctx: &Ctx, filter: &TaskFilter) -> Result<i64> {
    ctx.allow(Right::CaseRead)?;
    let sql = format!("SELECT COUNT(*) {FROM} {}", filter.wher());
    let context = filter.context.as_deref().unwrap_or_default();
    let since_ms = filter.since_ms.unwrap_or(i64::MIN);
    tx.query_one(&sql, params![ctx.client, ctx.actor.name(), context, since_ms], |r| r.int(0))
}

fn read(r: &Row) -> Result<(CaseRow, String)> {
    Ok((read_row(r)?, r.text(18)?))
}

fn stands(tx: &mut Tx, client: &ClientId, (mut row, context): (CaseRow, String)) -> Result<TaskRow> {
    let (own, goes_on) = (row.message_count, merged_on(tx, client, &row)?);
    let mut at = row.id.clone();
    for segment in &goes_on {
        let other = store::find(tx, client, &segment.case)?.ok_or_else(|| store::not_found(&segment.case))?.row;
        row.message_count += (other.message_count - segment.after_seq).max(0);
        (row.state, row.actor, row.outcome, row.changed_ms) =
            (other.state, other.actor, other.outcome, other.changed_ms);
        at = other.id;
    }
    let stance = match row.state.is_live() {
        true => baton_runs::stance(tx, client, &at)?,
        false => baton_runs::Stance::Rests,
    };
    Ok(TaskRow { state: state_of(&row, stance), row, context, own, goes_on })
}

fn merged_on(tx: &mut Tx, client: &ClientId, row: &CaseRow) -> Result<Vec<Segment>> {
    if row.is_merged() { merged::onward(tx, client, &row.id) } else { Ok(Vec::new()) }
}

/// Messages of a task after one of them, the latest `most` of these at most, oldest first, each with the id that its sender
/// gave it: the caller's id of theirs, and Baton's own. Where its case was merged into another, what was said to the caller there
/// comes after, counted on.
pub fn words(tx: &mut Tx, ctx: &Ctx, task: &TaskRow, after_seq: i64, most: i64) -> Result<Vec<(String, MessageRow)>> {
    ctx.allow(Right::CaseRead)?;
    let last = task.row.message_count;
    let from = after_seq.max(last - most.min(limits::MESSAGES_PAGE_MAX)).max(0);
    if from >= last {
        return Ok(Vec::new());
    }
    let sent = sent_ids(tx, ctx, task, from)?;
    let found = said(tx, &ctx.client, task, from)?;
    Ok(found
        .into_iter()
        .map(|message| {
            let own = message.id.to_string();
            (sent.get(&own).cloned().unwrap_or(own), message)
        })
        .collect())
}

/// What was said in a task after a number.
fn said(tx: &mut Tx, client: &ClientId, task: &TaskRow, from: i64) -> Result<Vec<MessageRow>> {
    let mut found = match task.own - from {
        own @ 1.. => store::messages_after(tx, client, &task.row.id, from, own)?,
        _ => Vec::new(),
    };
    let mut before = task.own;
    for segment in &task.goes_on {
        let after = segment.after_seq + (from - before).max(0);
        let more = store::messages_after(tx, client, &segment.case, after, limits::MESSAGES_PAGE_MAX)?;
        let count =
            store::find(tx, client, &segment.case)?.map_or(0, |case| case.row.message_count - segment.after_seq);
        found.extend(
            more.into_iter()
                .filter(|message| !message.is_of_other(&task.row.customer.id))
                .map(|message| MessageRow { seq: before + message.seq - segment.after_seq, ..message }),
        );
        before += count.max(0);
    }
    // What came in since the task was read is told the next time.
    found.retain(|message| message.seq <= task.row.message_count);
    Ok(found)
}

/// The ids that the caller gave their messages, by Baton's own.
fn sent_ids(tx: &mut Tx, ctx: &Ctx, task: &TaskRow, from: i64) -> Result<HashMap<String, String>> {
    let id = &task.row.id;
    let found: Vec<(String, String)> = if task.goes_on.is_empty() {
        let sql = "SELECT o.message_id, o.sent_id FROM message m JOIN outside_message o ON o.client_id = m.client_id \
                   AND o.case_id = m.case_id AND o.message_id = m.message_id \
                   WHERE m.client_id = $1 AND m.case_id = $2 AND m.seq > $3 AND m.seq <= $4";
        tx.query(sql, params![ctx.client, id, from, task.row.message_count], pair)?
    } else {
        let sql = "SELECT message_id, sent_id FROM outside_message WHERE client_id = $1 AND case_id = $2";
        tx.query(sql, params![ctx.client, id], pair)?
    };
    Ok(found.into_iter().collect())
}

fn pair(r: &Row) -> Result<(String, String)> {
    Ok((r.text(0)?, r.text(1)?))
}

/// The caller's task of a context whose case was merged into another one.
pub(super) fn merged_task(tx: &mut Tx, ctx: &Ctx, context: &str, into: &CaseId) -> Result<Option<CaseId>> {
    let sql = "SELECT t.case_id FROM outside_task t JOIN case_merge k ON k.client_id = t.client_id AND k.case_id = t.case_id \
               WHERE t.client_id = $1 AND t.caller = $2 AND t.context = $3 AND k.end_case_id = $4 \
               ORDER BY t.case_id DESC LIMIT 1";
    tx.query_opt(sql, params![ctx.client, ctx.actor.name(), context, into], |r| r.id(0))
}

/// What a caller is told of a task that is not theirs, or is none.
pub(super) fn no_task(id: &CaseId) -> Error {
    Error::not_found(format!("task {id}"))
}
