//! What was asked for before: whoever approves an action sees what is different from the request that they looked at last; from the
//! last request, where they have looked at none.

use super::{FROM, REST, ROW, find, read_detail};
use crate::{Kind, State, WorkItemDetail};
use baton_base::{ClientId, MemberId, Result, WorkItemId};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Right};
use serde::Serialize;
use serde_json::Value;

/// Earlier approvals of a case among which the same action is looked for, the newest.
const LOOKED_MAX: i64 = 50;
/// Looks of one member at one client that are kept, the newest.
const LOOKS_MAX: i64 = 2_000;
/// How long a look is kept, milliseconds: 90 days.
const LOOK_MS_MAX: i64 = 90 * 24 * 60 * 60 * 1000;

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
    /// When whoever asks looked at it last, milliseconds since the epoch; none where they never did.
    pub seen_ms: Option<i64>,
    /// Requests for the same since this one that whoever asks has not looked at.
    pub unseen: usize,
}

/// The action that an approval is bound to; none where it is no approval of a call.
fn action(item: &WorkItemDetail) -> Option<&str> {
    item.form.values.get("approval")?.get("action")?.as_str()
}

/// The request before this one for its action in its case that the member looked at last; the newest one where they have looked at
/// none of them, or where nobody in person asks.
pub(crate) fn of(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemDetail,
    member: Option<&MemberId>,
) -> Result<Option<Before>> {
    let (Kind::Approval, Some(case), Some(wanted)) = (item.item.kind, &item.item.case, action(item)) else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT {ROW}, {REST}, l.seen_ms {FROM} LEFT JOIN approval_look l ON l.client_id = w.client_id \
         AND l.work_item_id = w.work_item_id AND l.member_id = $5 WHERE w.client_id = $1 AND w.case_id = $2 \
         AND w.kind = 'approval' AND w.work_item_id < $3 ORDER BY w.work_item_id DESC LIMIT $4"
    );
    let values = params![client, case, item.item.id, LOOKED_MAX, member];
    let rows = tx.query(&sql, values, |r| Ok((read_detail(r)?.0, r.int_opt(27)?)))?;
    let earlier: Vec<_> = rows.into_iter().filter(|(earlier, _)| action(earlier) == Some(wanted)).collect();
    let seen: Vec<Option<i64>> = earlier.iter().map(|(_, seen_ms)| *seen_ms).collect();
    let (at, unseen) = compared(&seen);
    Ok(earlier.into_iter().nth(at).map(|(found, seen_ms)| Before {
        args: found.form.values.get("args").cloned().unwrap_or_default(),
        decision: found.result.as_ref().and_then(|made| made["decision"].as_str()).map(str::to_owned),
        by: found.item.claimed_by,
        state: found.item.state,
        ended_ms: found.item.ended_ms,
        opened_ms: found.item.opened_ms,
        id: found.item.id,
        seen_ms,
        unseen,
    }))
}

/// Which of the earlier requests, newest first with when they were looked at, is compared with: its place, and how many newer ones
/// were not looked at.
fn compared(seen: &[Option<i64>]) -> (usize, usize) {
    // Of two looks in one millisecond that at the newer request counts.
    let last = (0..seen.len()).rev().filter(|at| seen[*at].is_some()).max_by_key(|at| seen[*at]);
    let at = last.unwrap_or(0);
    (at, seen.iter().take(at).filter(|one| one.is_none()).count())
}

/// Keeps that the caller was shown an approval. True if so: other work, and callers who are no members, leave nothing.
pub fn look(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<bool> {
    ctx.allow(Right::WorkRead)?;
    let found = find(tx, &ctx.client, item)?;
    let (Kind::Approval, Some(member)) = (found.item.kind, ctx.member_id()) else { return Ok(false) };
    let (client, now_ms) = (&ctx.client, ctx.now_ms());
    tx.execute(
        "INSERT INTO approval_look (client_id, member_id, work_item_id, seen_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, member_id, work_item_id) DO UPDATE SET seen_ms = excluded.seen_ms \
         WHERE approval_look.seen_ms < excluded.seen_ms",
        params![client, member, item, now_ms],
    )?;
    tx.execute(
        "DELETE FROM approval_look WHERE client_id = $1 AND member_id = $2 AND (seen_ms < $3 OR seen_ms < \
         (SELECT n.seen_ms FROM approval_look n WHERE n.client_id = $1 AND n.member_id = $2 \
         ORDER BY n.seen_ms DESC LIMIT 1 OFFSET $4))",
        params![client, member, now_ms - LOOK_MS_MAX, LOOKS_MAX],
    )?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_last_is_compared_with() {
        assert_eq!(compared(&[None, None]), (0, 0), "nothing was looked at: the newest");
        assert_eq!(compared(&[None, Some(5), Some(3)]), (1, 1), "one has come since, unseen");
        assert_eq!(compared(&[Some(4), None, Some(9)]), (2, 1), "the older one was looked at again");
        assert_eq!(compared(&[Some(7), Some(7)]), (0, 0));
    }
}
