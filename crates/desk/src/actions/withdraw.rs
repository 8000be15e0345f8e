//! A work item that nobody waits for any more is withdrawn.

use crate::actions::{claim::append, hands};
use crate::{WorkItemDetail, store};
use baton_base::{CallId, Result, RunId, WorkItemId};
use baton_db::Tx;
use baton_govern::Ctx;

/// Withdraws what a call of a run had put up, and gives the case back to the process.
pub(crate) fn withdraw(tx: &mut Tx, ctx: &Ctx, run: &RunId, call: &CallId) -> Result<()> {
    for item in store::live_of_call(tx, &ctx.client, run, call)? {
        take_back(tx, ctx, &item)?;
    }
    Ok(())
}

/// Withdraws one item that nobody waits for any more; false where it is decided or withdrawn already.
pub fn withdraw_item(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<bool> {
    let item = store::find(tx, &ctx.client, item)?;
    take_back(tx, ctx, &item)
}

fn take_back(tx: &mut Tx, ctx: &Ctx, item: &WorkItemDetail) -> Result<bool> {
    if !store::cancel(tx, &ctx.client, &item.item.id, false, ctx.now_ms())? {
        return Ok(false);
    }
    append(tx, ctx, item, "work_item.cancelled")?;
    if let Some(case) = &item.item.case {
        hands::back_to_process(tx, ctx, case, true)?;
    }
    Ok(true)
}
