//! Tasks as their caller may read them.

use super::rules::{TaskState, state_of};
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
            Some(TaskState::Canceled) => "AND COALESCE(c.outcome, '') NOT IN ('rejected', 'failed')",
            Some(TaskState::Failed) => "AND c.outcome = 'failed'",
            Some(TaskState::Rejected) => "AND c.outcome = 'rejected'",
            None | Some(TaskState::Working | TaskState::InputRequired | TaskState::Completed) => "",
        }
    }

    fn wher(&self) -> String {
        let (states, outcomes) = (self.cases(), self.outcomes());
        format!(
            "JOIN outside_task t ON t.client_id = c.client_id AND t.case_id = c.case_id \
             WHERE t.client_id = $1 AND t.caller = $2 AND ($3 = '' OR t.context = $3) AND c.changed_ms >= $4 \
             AND c.state IN ({states}) {outcomes}"
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
        "SELECT {ROW}, t.context {FROM} {} AND (c.changed_ms < $5 OR (c.changed_ms = $5 AND c.case_id < $6)) \
         ORDER BY c.changed_ms DESC, c.case_id DESC LIMIT $7",
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

fn stands(tx: &mut Tx, client: &ClientId, (row, context): (CaseRow, String)) -> Result<TaskRow> {
    let stance = match row.state.is_live() {
        true => baton_runs::stance(tx, client, &row.id)?,
        false => baton_runs::Stance::Rests,
    };
    Ok(TaskRow { state: state_of(&row, stance), row, context })
}

/// Messages of a task after one of them, the latest `most` of these at most, oldest first, each with the id that its sender
/// gave it: the caller's id of theirs, and Baton's own.
pub fn words(tx: &mut Tx, ctx: &Ctx, task: &TaskRow, after_seq: i64, most: i64) -> Result<Vec<(String, MessageRow)>> {
    ctx.allow(Right::CaseRead)?;
    let (id, last) = (&task.row.id, task.row.message_count);
    let from = after_seq.max(last - most.min(limits::MESSAGES_PAGE_MAX)).max(0);
    if from >= last {
        return Ok(Vec::new());
    }
    let sql = "SELECT o.message_id, o.sent_id FROM message m JOIN outside_message o ON o.client_id = m.client_id \
               AND o.case_id = m.case_id AND o.message_id = m.message_id \
               WHERE m.client_id = $1 AND m.case_id = $2 AND m.seq > $3 AND m.seq <= $4";
    let sent: HashMap<String, String> =
        tx.query(sql, params![ctx.client, id, from, last], |r| Ok((r.text(0)?, r.text(1)?)))?.into_iter().collect();
    let found = store::messages_after(tx, &ctx.client, id, from, last - from)?;
    Ok(found
        .into_iter()
        .map(|message| {
            let own = message.id.to_string();
            (sent.get(&own).cloned().unwrap_or(own), message)
        })
        .collect())
}

/// What a caller is told of a task that is not theirs, or is none.
pub(super) fn no_task(id: &CaseId) -> Error {
    Error::not_found(format!("task {id}"))
}
