//! SQL of the tables `case_merge` and `case_split`.

use crate::CaseState;
use baton_base::{CaseId, ClientId, CustomerId, Error, Result};
use baton_db::{Kind, Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, to_value};

/// Cases that were split off one that are shown.
const SPLITS_MAX: i64 = 200;

/// How a case stood before another was merged into it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stood {
    /// By which channel answers went.
    pub reply_by: Option<String>,
    /// How its customer had been identified, where that was taken away.
    pub identity: Option<Value>,
    /// Since when its customer waited.
    pub unanswered_ms: Option<i64>,
    /// The run was told what the other customer had written last.
    pub told: bool,
}

/// A case that is merged into another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    pub case: CaseId,
    pub into: CaseId,
    pub end: CaseId,
    /// Messages that the other had then.
    pub from_seq: i64,
    pub other_customer: bool,
    pub by: String,
    pub at_ms: i64,
    pub stood: Stood,
}

const ROW: &str =
    "k.case_id, k.into_case_id, k.end_case_id, k.from_seq, k.other_customer, k.merged_by, k.merged_ms, k.stood";

fn read(r: &Row) -> Result<Merged> {
    Ok(Merged {
        case: r.id(0)?,
        into: r.id(1)?,
        end: r.id(2)?,
        from_seq: r.int(3)?,
        other_customer: r.bool(4)?,
        by: r.text(5)?,
        at_ms: r.int(6)?,
        stood: r.json_as(7)?,
    })
}

/// Where a case was merged into, if it was.
pub(crate) fn of(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Merged>> {
    let sql = format!("SELECT {ROW} FROM case_merge k WHERE k.client_id = $1 AND k.case_id = $2");
    tx.query_opt(&sql, params![client, case], read)
}

/// What was merged into a case directly, oldest first.
pub(crate) fn into(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Merged>> {
    let sql = format!(
        "SELECT {ROW} FROM case_merge k WHERE k.client_id = $1 AND k.into_case_id = $2 ORDER BY k.merged_ms, k.case_id"
    );
    tx.query(&sql, params![client, case], read)
}

/// Everything that was merged into a case, by whatever way.
pub(crate) fn all_into(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Merged>> {
    let (mut all, mut open) = (Vec::new(), vec![case.clone()]);
    while let Some(next) = open.pop() {
        for merged in into(tx, client, &next)? {
            open.push(merged.case.clone());
            all.push(merged);
        }
    }
    Ok(all)
}

/// The case at the end of the chain, where a case was merged and that one is worked on.
pub(crate) fn live_end(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<CaseId>> {
    let sql = "SELECT e.case_id, e.state FROM case_merge k JOIN case_file e ON e.client_id = k.client_id \
               AND e.case_id = k.end_case_id WHERE k.client_id = $1 AND k.case_id = $2";
    let end = tx.query_opt(sql, params![client, case], |r| Ok((r.id(0)?, r.text(1)?.parse::<CaseState>()?)))?;
    Ok(end.filter(|(_, state)| state.is_live()).map(|(case, _)| case))
}

pub(super) fn insert(tx: &mut Tx, client: &ClientId, merged: &Merged) -> Result<()> {
    let stood = to_value(&merged.stood).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO case_merge (client_id, case_id, into_case_id, end_case_id, from_seq, other_customer, merged_by, \
         merged_ms, stood) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            client,
            merged.case,
            merged.into,
            merged.end,
            merged.from_seq,
            i64::from(merged.other_customer),
            merged.by,
            merged.at_ms,
            stood
        ],
    )?;
    Ok(())
}

/// What ended at one case ends at another now.
pub(super) fn end_at(tx: &mut Tx, client: &ClientId, case: &CaseId, end: &CaseId) -> Result<()> {
    let sql = "UPDATE case_merge SET end_case_id = $3 WHERE client_id = $1 AND case_id = $2";
    tx.execute(sql, params![client, case, end])?;
    Ok(())
}

pub(super) fn remove(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    tx.execute("DELETE FROM case_merge WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    Ok(())
}

/// Takes what a merge kept of its customers out: it cannot be undone any more.
pub(crate) fn forget(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    let sql = "UPDATE case_merge SET stood = '{}' WHERE client_id = $1 AND (case_id = $2 OR into_case_id = $2)";
    tx.execute(sql, params![client, case])?;
    Ok(())
}

/// Messages in a case after a number that came through one of these, or, with `answers`, that Baton's side wrote.
pub(super) fn written_since(
    tx: &mut Tx,
    client: &ClientId,
    (case, after): (&CaseId, i64),
    via: &[CaseId],
    answers: bool,
) -> Result<i64> {
    let sql =
        "SELECT COUNT(*) FROM message WHERE client_id = $1 AND case_id = $2 AND seq > $3 AND author_kind <> 'customer'";
    let mut count = if answers { tx.query_one(sql, params![client, case, after], |r| r.int(0))? } else { 0 };
    for through in via {
        let sql = "SELECT COUNT(*) FROM message WHERE client_id = $1 AND case_id = $2 AND seq > $3 AND via_case = $4";
        count += tx.query_one(sql, params![client, case, after, through], |r| r.int(0))?;
    }
    Ok(count)
}

/// When the customer of a case wrote last; the opening, if never.
pub(super) fn last_heard_ms(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(sent_ms), 0) FROM message WHERE client_id = $1 AND case_id = $2 \
               AND author_kind = 'customer'";
    tx.query_one(sql, params![client, case], |r| r.int(0))
}

/// Since when the customer of a case waits for an answer.
pub(super) fn unanswered_ms(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<i64>> {
    let sql = "SELECT unanswered_ms FROM case_file WHERE client_id = $1 AND case_id = $2";
    Ok(tx.query_opt(sql, params![client, case], |r| r.int_opt(0))?.flatten())
}

/// Whether a customer was erased, and why their data is held; the row stays locked until the commit.
pub(super) fn lock_customer(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<(bool, Option<String>)> {
    let lock = match tx.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "FOR UPDATE OF u",
    };
    let sql = format!(
        "SELECT CASE WHEN u.erased_ms IS NULL THEN 0 ELSE 1 END, h.reason FROM customer u LEFT JOIN customer_hold h \
         ON h.client_id = u.client_id AND h.customer_id = u.customer_id \
         WHERE u.client_id = $1 AND u.customer_id = $2 {lock}"
    );
    tx.query_one(&sql, params![client, customer], |r| Ok((r.bool(0)?, r.text_opt(1)?)))
}

/// A case that was split off another.
pub(super) struct SplitRow {
    pub case: CaseId,
    pub from: CaseId,
    pub by: String,
    pub at_ms: i64,
}

fn read_split(r: &Row) -> Result<SplitRow> {
    Ok(SplitRow { case: r.id(0)?, from: r.id(1)?, by: r.text(2)?, at_ms: r.int(3)? })
}

/// From where a case was split off, if it was.
pub(super) fn split_of(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<SplitRow>> {
    let sql = "SELECT case_id, from_case_id, split_by, split_ms FROM case_split WHERE client_id = $1 AND case_id = $2";
    tx.query_opt(sql, params![client, case], read_split)
}

/// What was split off a case, oldest first.
pub(super) fn splits_from(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<SplitRow>> {
    let sql = "SELECT case_id, from_case_id, split_by, split_ms FROM case_split WHERE client_id = $1 AND from_case_id = $2 \
               ORDER BY split_ms, case_id LIMIT $3";
    tx.query(sql, params![client, case, SPLITS_MAX], read_split)
}

pub(super) fn insert_split(tx: &mut Tx, client: &ClientId, split: &SplitRow) -> Result<()> {
    tx.execute(
        "INSERT INTO case_split (client_id, case_id, from_case_id, split_by, split_ms) VALUES ($1, $2, $3, $4, $5)",
        params![client, split.case, split.from, split.by, split.at_ms],
    )?;
    Ok(())
}

/// Messages of a case that were split off, each with the case where it is said again.
pub(super) fn split_messages(tx: &mut Tx, client: &ClientId, from: &CaseId) -> Result<Vec<(String, CaseId, i64)>> {
    let sql = "SELECT m.copy_of, s.case_id, c.number FROM case_split s \
               JOIN message m ON m.client_id = s.client_id AND m.case_id = s.case_id \
               JOIN case_file c ON c.client_id = s.client_id AND c.case_id = s.case_id \
               WHERE s.client_id = $1 AND s.from_case_id = $2 AND m.copy_of IS NOT NULL";
    tx.query(sql, params![client, from], |r| Ok((r.text(0)?, r.id(1)?, r.int(2)?)))
}

/// A customer's message is asked for again in the context of an outside agent that the first was asked for in.
pub(super) fn task_beside(tx: &mut Tx, client: &ClientId, case: &CaseId, new: &CaseId, now_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO outside_task (client_id, case_id, caller, context, opened_ms) \
         SELECT t.client_id, CAST($3 AS TEXT), t.caller, t.context, CAST($4 AS BIGINT) FROM outside_task t WHERE t.client_id = $1 AND t.case_id = $2",
        params![client, case, new, now_ms],
    )?;
    Ok(())
}
