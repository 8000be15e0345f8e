//! Listening in: whoever leads reads a live conversation that is somebody else's. That they did so stands in the ledger, once for
//! as long as they stay.

use crate::actions::complete::is_with;
use crate::{WorkItemDetail, store};
use baton_base::{Actor, CaseId, ClientId, Event, MemberId, Result};
use baton_cases::{CaseRow, CaseState};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// Whoever has not read for so long has left, milliseconds: who comes back after that listens in anew.
const LEFT_MS: i64 = 30 * 60_000;
/// How often it is written down that somebody is still there, milliseconds.
const SEEN_MS: i64 = 60_000;

/// Whoever may whisper into conversations listens where they read one of somebody else's.
fn listener(ctx: &Ctx) -> Option<&MemberId> {
    match &ctx.actor {
        Actor::Member { id } => ctx.allow(Right::CaseWhisper).is_ok().then_some(id),
        Actor::Agent { .. } | Actor::System { .. } => None,
    }
}

/// Whether a conversation goes on between its customer and somebody else than this member. What waits in a queue is nobody's yet,
/// and what a member has work in is theirs too.
fn is_others(case: &CaseRow, items: &[WorkItemDetail], member: &MemberId) -> bool {
    let is_in_hand = match case.state {
        CaseState::Open | CaseState::WaitingCustomer => true,
        CaseState::WithPerson => case.actor.kind == "member",
        CaseState::Resolved | CaseState::Closed => false,
    };
    is_in_hand && case.actor.name != member.as_str() && !items.iter().any(|item| is_with(item, member))
}

/// Whether the caller, who is about to read a case's conversation, listens in and that has to be written down: [`listen_in`] does.
pub fn listens(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<bool> {
    let Some(member) = listener(ctx) else { return Ok(false) };
    let is_noted = seen_ms(tx, &ctx.client, case, member)?.is_some_and(|seen_ms| ctx.now_ms() - seen_ms < SEEN_MS);
    Ok(!is_noted && others(tx, ctx, case, member)?.is_some())
}

/// Writes down that the caller listens in, and in the ledger where they have just begun. True if they have.
pub fn listen_in(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<bool> {
    let Some(member) = listener(ctx) else { return Ok(false) };
    let Some(row) = others(tx, ctx, case, member)? else { return Ok(false) };
    if !begin(tx, &ctx.client, case, member, ctx.now_ms())? {
        return Ok(false);
    }
    let facts = json!({"number": row.number, "state": row.state, "to": row.actor});
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.listened", case).in_case(case).with(facts))?;
    Ok(true)
}

fn others(tx: &mut Tx, ctx: &Ctx, case: &CaseId, member: &MemberId) -> Result<Option<CaseRow>> {
    let row = baton_cases::row(tx, ctx, case)?;
    let items = store::live_of_case(tx, &ctx.client, case)?;
    Ok(is_others(&row, &items, member).then_some(row))
}

fn seen_ms(tx: &mut Tx, client: &ClientId, case: &CaseId, member: &MemberId) -> Result<Option<i64>> {
    let sql = "SELECT seen_ms FROM listening WHERE client_id = $1 AND case_id = $2 AND member_id = $3";
    tx.query_opt(sql, params![client, case, member], |r| r.int(0))
}

/// Notes that somebody is there; true if they were not before. Of two requests at once one begins.
fn begin(tx: &mut Tx, client: &ClientId, case: &CaseId, member: &MemberId, now_ms: i64) -> Result<bool> {
    let begun = tx.execute(
        "INSERT INTO listening (client_id, case_id, member_id, since_ms, seen_ms) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (client_id, case_id, member_id) DO UPDATE SET since_ms = excluded.since_ms, \
         seen_ms = excluded.seen_ms WHERE listening.seen_ms < $5",
        params![client, case, member, now_ms, now_ms - LEFT_MS],
    )?;
    if begun == 0 {
        tx.execute(
            "UPDATE listening SET seen_ms = $4 WHERE client_id = $1 AND case_id = $2 AND member_id = $3 AND seen_ms < $4",
            params![client, case, member, now_ms],
        )?;
    }
    Ok(begun == 1)
}
