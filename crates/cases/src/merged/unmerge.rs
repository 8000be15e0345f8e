//! A merge is undone: the case that was closed is one of its own again.

use super::merge::{channel, lock_both, lock_customers};
use super::rules;
use super::store::{self, Merged};
use crate::store::{self as cases, write};
use crate::{Case, CaseState};
use baton_base::{Actor, CaseId, Error, Event, Result};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// Undoes a merge, as long as nothing was written through it: the case is open again and waits for `to`, a queue of people, for
/// its process was ended. Returns both cases; the caller opens the work.
pub fn unmerge(tx: &mut Tx, ctx: &Ctx, case: &CaseId, to: &Actor) -> Result<(Case, Case)> {
    ctx.allow(Right::CaseTake)?;
    found(tx, ctx, case)?;
    lock_customers(tx, ctx, &[case])?;
    // As it stands now that nothing comes in.
    let merged = found(tx, ctx, case)?;
    let (mut source, mut target) = lock_both(tx, ctx, case, &merged.into)?;
    if let Some(why) = why_not(tx, ctx, &merged, &source, &target)? {
        return Err(Error::Conflict(why));
    }
    store::remove(tx, &ctx.client, case)?;
    for one in store::all_into(tx, &ctx.client, case)? {
        store::end_at(tx, &ctx.client, &one.case, case)?;
    }
    restore(tx, ctx, &merged, &source, &mut target)?;
    source.row.outcome = None;
    source.row.state = CaseState::WithPerson;
    source.set_actor(to);
    source.closed_ms = None;
    source.held_from_seq = Some(source.row.message_count + 1);
    source.row.changed_ms = ctx.now_ms();
    write::save(tx, &ctx.client, &source)?;
    append(tx, ctx, &source, &target)?;
    Ok((source, target))
}

fn found(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Merged> {
    let source = cases::find(tx, &ctx.client, case)?.ok_or_else(|| cases::not_found(case))?;
    let merged = store::of(tx, &ctx.client, case)?;
    merged.ok_or_else(|| Error::Conflict(format!("case {} is not merged into another", source.row.number)))
}

/// Why a merge cannot be undone, in words; nothing, if it can.
pub(super) fn why_not(tx: &mut Tx, ctx: &Ctx, merged: &Merged, source: &Case, target: &Case) -> Result<Option<String>> {
    let via: Vec<CaseId> = super::family(tx, &ctx.client, &merged.case)?;
    let answers = merged.other_customer || merged.stood.told;
    let written = store::written_since(tx, &ctx.client, (&merged.into, merged.from_seq), &via, answers)?;
    let sql = "SELECT 1 FROM customer WHERE client_id = $1 AND customer_id IN ($2, $3) AND erased_ms IS NOT NULL";
    let both = params![ctx.client, source.row.customer.id, target.row.customer.id];
    let erased = tx.query_opt(sql, both, |_| Ok(()))?.is_some();
    Ok(rules::not_undone(merged, target, written, erased))
}

/// The other case stands as before, as far as nothing has happened in it since.
fn restore(tx: &mut Tx, ctx: &Ctx, merged: &Merged, source: &Case, target: &mut Case) -> Result<()> {
    let sql =
        "SELECT COUNT(*) FROM message WHERE client_id = $1 AND case_id = $2 AND seq > $3 AND author_kind = 'customer'";
    let heard = tx.query_one(sql, params![ctx.client, target.row.id, merged.from_seq], |r| r.int(0))?;
    if heard == 0 {
        target.reply_by = channel(merged.stood.reply_by.as_deref());
        target.reply_to = None;
    }
    if target.identity.is_none() {
        target.identity.clone_from(&merged.stood.identity);
    }
    target.row.changed_ms = ctx.now_ms();
    write::save(tx, &ctx.client, target)?;
    if merged.stood.unanswered_ms.is_none() {
        let sql = "UPDATE case_file SET unanswered_ms = NULL WHERE client_id = $1 AND case_id = $2 AND unanswered_ms = \
                   (SELECT s.unanswered_ms FROM case_file s WHERE s.client_id = $1 AND s.case_id = $3)";
        tx.execute(sql, params![ctx.client, target.row.id, source.row.id])?;
    }
    Ok(())
}

fn append(tx: &mut Tx, ctx: &Ctx, source: &Case, target: &Case) -> Result<()> {
    let (one, other) = (&source.row, &target.row);
    let facts = json!({"number": one.number, "from": other.id, "from_number": other.number});
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.unmerged", &one.id).in_case(&one.id).with(facts))?;
    let facts = json!({"case": one.id, "case_number": one.number});
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.parted", &other.id).in_case(&other.id).with(facts))?;
    Ok(())
}
