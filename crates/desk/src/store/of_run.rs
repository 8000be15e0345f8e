//! The work items of a run: what its calls wait for, and who owns what a fault left.

use super::{FROM, REST, ROW, opened, read_detail, read_row};
use crate::{WorkItem, WorkItemDetail, limits};
use baton_base::{CallId, CaseId, ClientId, MemberId, Result, RunId, WorkItemId};
use baton_db::{Tx, params};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Owners looked up at once.
const OWNERS_MAX: i64 = 10_000;

/// Items of a run that are waiting or claimed, oldest first.
pub(crate) fn live(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<WorkItemDetail>> {
    let sql = format!(
        "SELECT {ROW}, {REST} {FROM} WHERE w.client_id = $1 AND w.run_id = $2 AND w.state IN ('waiting', 'claimed') \
         ORDER BY w.work_item_id LIMIT $3"
    );
    let found = tx.query(&sql, params![client, run, limits::CASE_ITEMS_MAX], read_detail)?;
    found.into_iter().map(|found| opened(tx, client, found)).collect()
}

/// Open items of a run with the call that waits for each; no call waits for what a fault left. The caller has checked that
/// the run may be read.
pub fn items_of_run(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<(Option<CallId>, WorkItem)>> {
    let sql = format!(
        "SELECT {ROW}, w.call_id {FROM} WHERE w.client_id = $1 AND w.run_id = $2 AND w.state IN ('waiting', 'claimed') \
         ORDER BY w.work_item_id LIMIT $3"
    );
    tx.query(&sql, params![client, run, limits::CASE_ITEMS_MAX], |r| Ok((r.id_opt(20)?, read_row(r)?)))
}

/// Who has what a fault left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Owner {
    /// The run that cannot go on.
    #[serde(skip)]
    pub run: RunId,
    /// The work item.
    pub work_item: WorkItemId,
    /// Its queue.
    pub queue: String,
    /// The member who has claimed it, if somebody has.
    pub claimed_by: Option<MemberId>,
    /// When it should be decided, ms.
    pub due_ms: i64,
}

/// Owners of the runs of a client that cannot go on. Their cost grows with the open work items only.
pub fn owners(tx: &mut Tx, client: &ClientId) -> Result<Vec<Owner>> {
    tx.query(
        "SELECT run_id, work_item_id, queue, claimed_by, due_ms FROM work_item WHERE client_id = $1 \
         AND state IN ('waiting', 'claimed') AND on_done = 'case' AND run_id IS NOT NULL ORDER BY work_item_id LIMIT $2",
        params![client, OWNERS_MAX],
        |r| {
            let (run, work_item) = (r.id(0)?, r.id(1)?);
            Ok(Owner { run, work_item, queue: r.text(2)?, claimed_by: r.id_opt(3)?, due_ms: r.int(4)? })
        },
    )
}

/// Who has the cases of these runs: where nothing of a run's own was left to anybody, whoever has its case owns what stopped in
/// it too. Their cost grows with the open work items only.
pub fn owners_by_case(tx: &mut Tx, client: &ClientId, runs: &[(RunId, CaseId)]) -> Result<Vec<Owner>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT case_id, work_item_id, queue, claimed_by, due_ms FROM work_item WHERE client_id = $1 \
               AND state IN ('waiting', 'claimed') AND case_id IS NOT NULL ORDER BY work_item_id LIMIT $2";
    let items = tx.query(sql, params![client, OWNERS_MAX], |r| {
        let (case, item): (CaseId, WorkItemId) = (r.id(0)?, r.id(1)?);
        Ok((case, (item, r.text(2)?, r.id_opt::<MemberId>(3)?, r.int(4)?)))
    })?;
    let mut first = HashMap::new();
    for (case, item) in items {
        first.entry(case).or_insert(item);
    }
    let owner = |(run, case): &(RunId, CaseId)| {
        let (work_item, queue, claimed_by, due_ms) = first.get(case)?.clone();
        Some(Owner { run: run.clone(), work_item, queue, claimed_by, due_ms })
    };
    Ok(runs.iter().filter_map(owner).collect())
}
