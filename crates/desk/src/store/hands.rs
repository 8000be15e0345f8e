//! An item passes from hand to hand: each by one statement that repeats who has it, so that it is never with two.

use crate::{Needs, Queue};
use baton_base::{CaseId, ClientId, Error, MemberId, Result, WorkItemId};
use baton_db::{Tx, params};
use serde_json::to_value;

/// Most items looked at together.
const ITEMS_MAX: i64 = 500;

/// Gives an item to a member, from whoever has it (nobody, if none); false if that is no longer so.
pub(crate) fn give(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
    from: Option<&MemberId>,
    to: &MemberId,
    by: &str,
    now_ms: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'claimed', claimed_by = $4, claimed_ms = $5, given_by = $6 \
         WHERE client_id = $1 AND work_item_id = $2 AND state IN ('waiting', 'claimed') \
         AND COALESCE(claimed_by, '') = $3",
        params![client, item, from.map_or("", MemberId::as_str), to, now_ms, by],
    )?;
    Ok(changed == 1)
}

/// Who has an item, since when, and who gave it to them: nobody, where they took it. None where it is with nobody.
pub(crate) fn given(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
) -> Result<Option<(MemberId, i64, Option<String>)>> {
    let sql = "SELECT claimed_by, claimed_ms, given_by FROM work_item WHERE client_id = $1 AND work_item_id = $2 \
               AND state = 'claimed' AND claimed_by IS NOT NULL AND claimed_ms IS NOT NULL";
    tx.query_opt(sql, params![client, item], |r| Ok((r.id(0)?, r.int(1)?, r.text_opt(2)?)))
}

/// Puts an item that a member has back into its queue, which is not that member's wish: it is kept for nobody.
pub(crate) fn take_back(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
    from: &MemberId,
    now_ms: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'waiting', claimed_by = NULL, claimed_ms = NULL, given_by = NULL, \
         sticky_member = NULL, sticky_until_ms = NULL, queued_ms = $4 \
         WHERE client_id = $1 AND work_item_id = $2 AND state = 'claimed' AND claimed_by = $3",
        params![client, item, from, now_ms],
    )?;
    Ok(changed == 1)
}

/// Lets an item wait in another queue, whoever had it: it asks for what that queue asks for then, and no longer for what the
/// one before did.
pub(crate) fn to_queue(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
    from: Option<&MemberId>,
    queue: &Queue,
    now_ms: i64,
) -> Result<bool> {
    let sql = "SELECT COALESCE(own_needs, needs) FROM work_item WHERE client_id = $1 AND work_item_id = $2";
    let Some(own) = tx.query_opt(sql, params![client, item], |r| r.json_as::<Needs>(0))? else { return Ok(false) };
    let needs = to_value(own.and(&queue.needs)).map_err(Error::broken)?;
    let changed = tx.execute(
        "UPDATE work_item SET state = 'waiting', claimed_by = NULL, claimed_ms = NULL, given_by = NULL, \
         sticky_member = NULL, sticky_until_ms = NULL, queue = $4, queued_ms = $5, needs = $6 \
         WHERE client_id = $1 AND work_item_id = $2 AND state IN ('waiting', 'claimed') \
         AND COALESCE(claimed_by, '') = $3",
        params![client, item, from.map_or("", MemberId::as_str), queue.name, now_ms, needs],
    )?;
    Ok(changed == 1)
}

/// The router gives an item that waits to others than this member, who has just given it up.
pub(crate) fn not_again(tx: &mut Tx, client: &ClientId, item: &WorkItemId, member: &MemberId) -> Result<()> {
    let sql = "UPDATE work_item SET released_by = $3 WHERE client_id = $1 AND work_item_id = $2 AND state = 'waiting'";
    tx.execute(sql, params![client, item, member])?;
    Ok(())
}

/// What a member has.
pub(crate) fn held(tx: &mut Tx, member: &MemberId) -> Result<Vec<(ClientId, WorkItemId)>> {
    // every client: whoever is gone is gone from all of them
    tx.query(
        "SELECT client_id, work_item_id FROM work_item WHERE claimed_by = $1 AND state = 'claimed' \
         ORDER BY client_id, work_item_id LIMIT $2",
        params![member, ITEMS_MAX],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// Items that wait in a queue since before a time, longest first.
pub(crate) fn waiting_since(tx: &mut Tx, client: &ClientId, queue: &str, before_ms: i64) -> Result<Vec<WorkItemId>> {
    tx.query(
        "SELECT work_item_id FROM work_item WHERE client_id = $1 AND state = 'waiting' AND queue = $2 \
         AND queued_ms < $3 ORDER BY queued_ms, work_item_id LIMIT $4",
        params![client, queue, before_ms, ITEMS_MAX],
        |r| r.id(0),
    )
}

/// Late items of a queue, each with whoever has had it since before a time at which it was due, the one due first first.
pub(crate) fn held_late(
    tx: &mut Tx,
    client: &ClientId,
    queue: &str,
    before_ms: i64,
) -> Result<Vec<(WorkItemId, MemberId)>> {
    tx.query(
        "SELECT work_item_id, claimed_by FROM work_item WHERE client_id = $1 AND state = 'claimed' AND queue = $2 \
         AND due_ms <= $3 AND claimed_ms <= $3 AND claimed_by IS NOT NULL ORDER BY due_ms, work_item_id LIMIT $4",
        params![client, queue, before_ms, ITEMS_MAX],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// Whoever last decided something of a case.
pub(crate) fn last_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<MemberId>> {
    // By an expression: by the column SQLite would read what was decided in all cases, in its order.
    let sql = "SELECT claimed_by FROM work_item WHERE client_id = $1 AND case_id = $2 AND state = 'done' \
               AND claimed_by IS NOT NULL ORDER BY COALESCE(ended_ms, 0) DESC LIMIT 1";
    tx.query_opt(sql, params![client, case], |r| r.id(0))
}
