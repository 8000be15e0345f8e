//! What was asked for the last time: whoever approves an action sees what is different from the request that somebody has looked
//! at before.

use super::{FROM, REST, ROW, read_detail};
use crate::{Kind, State, WorkItemDetail};
use baton_base::{ClientId, MemberId, Result, WorkItemId};
use baton_db::{Tx, params};
use serde::Serialize;
use serde_json::Value;

/// Earlier approvals of a case among which the same action is looked for, the newest.
const LOOKED_MAX: i64 = 50;

/// An earlier request for the same action in the same case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Before {
    /// Its work item.
    pub id: WorkItemId,
    /// When it was asked for, milliseconds since the epoch.
    pub opened_ms: i64,
    /// When it was decided or withdrawn.
    pub ended_ms: Option<i64>,
    /// Where it stands.
    pub state: State,
    /// What was decided, once somebody has.
    pub decision: Option<String>,
    /// Who decided it, or has it.
    pub by: Option<MemberId>,
    /// The arguments that it was asked for with.
    pub args: Value,
}

/// The action that an approval is bound to; none where it is no approval of a call.
fn action(item: &WorkItemDetail) -> Option<&str> {
    item.form.values.get("approval")?.get("action")?.as_str()
}

/// The newest request before this one for its action in its case.
pub(crate) fn of(tx: &mut Tx, client: &ClientId, item: &WorkItemDetail) -> Result<Option<Before>> {
    let (Kind::Approval, Some(case), Some(wanted)) = (item.item.kind, &item.item.case, action(item)) else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT {ROW}, {REST} {FROM} WHERE w.client_id = $1 AND w.case_id = $2 AND w.kind = 'approval' \
         AND w.work_item_id < $3 ORDER BY w.work_item_id DESC LIMIT $4"
    );
    let rows = tx.query(&sql, params![client, case, item.item.id, LOOKED_MAX], read_detail)?;
    let found = rows.into_iter().map(|(earlier, _)| earlier).find(|earlier| action(earlier) == Some(wanted));
    Ok(found.map(|earlier| Before {
        args: earlier.form.values.get("args").cloned().unwrap_or_default(),
        decision: earlier.result.as_ref().and_then(|made| made["decision"].as_str()).map(str::to_owned),
        by: earlier.item.claimed_by,
        state: earlier.item.state,
        ended_ms: earlier.item.ended_ms,
        opened_ms: earlier.item.opened_ms,
        id: earlier.item.id,
    }))
}
