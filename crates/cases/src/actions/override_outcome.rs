//! A person changes the outcome that the AI gave a case. The old one stays in the ledger.

use crate::store::write;
use crate::{Case, limits, rules};
use baton_base::{CaseId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use serde_json::json;

/// Changes the outcome of an ended case that no person had worked on. The case stays ended; `reason` is a name, `note` is
/// kept out of the ledger.
pub fn override_outcome(tx: &mut Tx, ctx: &Ctx, id: &CaseId, outcome: &str, reason: &str, note: &str) -> Result<Case> {
    let outcome = rules::short("/outcome", outcome, limits::OUTCOME_BYTES_MAX)?;
    let (case, was) = write::change(tx, &ctx.client, id, ctx.now_ms(), |_, case| {
        if case.row.state.is_live() {
            let why = format!("case {} goes on; take it and decide it yourself", case.row.number);
            return Err(Error::Conflict(why));
        }
        if case.outcome_by.as_deref() == Some("member") {
            return Err(Error::Conflict(format!("case {} was ended by a person, not by the AI", case.row.number)));
        }
        case.person_touched = true;
        case.outcome_by = Some("member".to_owned());
        Ok(case.row.outcome.replace(outcome.clone()))
    })?;
    let data = json!({"from": was, "to": outcome, "reason": reason, "has_note": !note.is_empty()});
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.overridden", id).in_case(id).with(data))?;
    Ok(case)
}
