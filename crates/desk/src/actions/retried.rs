//! A run that could not go on is taken up again: nobody has to finish its case by hand.

use crate::actions::{claim::append, hands};
use crate::{OnDone, State, store};
use baton_base::{Error, Result, RunId};
use baton_db::Tx;
use baton_govern::Ctx;

/// A failed run is set aside: what its fault left of no case is withdrawn; a case is still to be finished by whoever has it.
pub fn run_set_aside(tx: &mut Tx, ctx: &Ctx, run: &RunId) -> Result<()> {
    for item in store::of_run::live(tx, &ctx.client, run)? {
        let alone = item.on_done == OnDone::Case && item.item.case.is_none();
        if alone && store::cancel(tx, &ctx.client, &item.item.id, false, ctx.now_ms())? {
            append(tx, ctx, &item, "work_item.cancelled")?;
        }
    }
    Ok(())
}

/// Withdraws the work that the fault had left, and gives the case back to its process. Refused where a colleague works on
/// it: two would have the next step.
pub fn run_retried(tx: &mut Tx, ctx: &Ctx, run: &RunId) -> Result<()> {
    for item in store::of_run::live(tx, &ctx.client, run)? {
        if item.on_done != OnDone::Case {
            continue;
        }
        let other = item.item.claimed_by.as_ref().filter(|member| Some(*member) != ctx.member_id());
        if let (State::Claimed, Some(member)) = (item.item.state, other) {
            let id = &item.item.id;
            return Err(Error::Conflict(format!(
                "{member} works on what the fault left ({id}); ask for it to be put back"
            )));
        }
        if !store::cancel(tx, &ctx.client, &item.item.id, false, ctx.now_ms())? {
            continue;
        }
        append(tx, ctx, &item, "work_item.cancelled")?;
        if let Some(case) = &item.item.case {
            hands::back_to_process(tx, ctx, case, true)?;
        }
    }
    Ok(())
}
