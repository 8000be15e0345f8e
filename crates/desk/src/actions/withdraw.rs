//! A work item that nobody waits for any more is withdrawn.

use crate::actions::{claim::append, hands};
use crate::store;
use baton_base::{CallId, Result, RunId};
use baton_db::Tx;
use baton_govern::Ctx;

/// Withdraws what a call of a run had put up, and gives the case back to the process.
pub(crate) fn withdraw(tx: &mut Tx, ctx: &Ctx, run: &RunId, call: &CallId) -> Result<()> {
    for item in store::live_of_call(tx, &ctx.client, run, call)? {
        if !store::cancel(tx, &ctx.client, &item.item.id, ctx.now_ms())? {
            continue;
        }
        append(tx, ctx, &item, "work_item.cancelled")?;
        if let Some(case) = &item.item.case {
            hands::back_to_process(tx, ctx, case, true)?;
        }
    }
    Ok(())
}
