//! What the ledger and the effect's row say of a call.

use super::call::{About, Called, Halt, Record};
use super::{approval, review};
use crate::connector::How;
use crate::store::{self, Effect, State};
use baton_base::{ClientId, EffectId, Event, Result};
use baton_db::Tx;
use baton_desk::Desk;
use baton_govern::ledger;
use serde_json::{Value, json};

/// How an effect or a read ended.
pub(crate) struct Outcome {
    pub state: State,
    /// As kept in its row.
    pub stored: Value,
    pub how: How,
}

/// Records a call that did not go on, and the reads made for it.
pub(super) fn halted(desk: &Desk, about: About, reads: Vec<Effect>, halt: Halt) -> Record {
    let desk = desk.clone();
    Box::new(move |tx| {
        rows(tx, &about.ctx.client, &reads)?;
        let (kind, mut data) = halt.in_words();
        data["action"] = json!(about.action);
        data["args_digest"] = json!(about.args_digest);
        data["outcome"] = json!(kind);
        data["reads"] = ids(&reads);
        data["release"] = json!(about.release);
        match halt.clone() {
            Halt::NeedsApproval { role, reason, policies, packet } => {
                let asked = about.waiting.as_ref().map(|waits| waits.asked(tx, &about, role)).transpose()?.flatten();
                if let Some((work_item, role, reason)) = asked {
                    return Ok(Called::NeedsApproval { work_item, role, reason, policies });
                }
                let work_item = approval::ask(tx, &desk, &about, role, &reason, packet)?;
                data["work_item"] = json!(work_item);
                append(tx, &about, "approval.asked", work_item.as_str(), data)?;
                if let Some(remembered) = &about.waiting {
                    remembered.keep(tx, &about, &work_item, role, &reason)?;
                }
                Ok(Called::NeedsApproval { work_item, role, reason, policies })
            }
            // Asked before, recorded then.
            Halt::Waiting { work_item, role, reason } => {
                Ok(Called::NeedsApproval { work_item, role, reason, policies: Vec::new() })
            }
            Halt::Unreachable { why } => {
                append(tx, &about, "action.failed", &about.action, data)?;
                Ok(Called::Unreachable { why })
            }
            Halt::Undecided { reason } => {
                append(tx, &about, "action.refused", &about.action, data)?;
                Ok(Called::Undecided { reason })
            }
            Halt::Invalid(error) => {
                append(tx, &about, "action.refused", &about.action, data)?;
                Ok(Called::Invalid(error))
            }
            Halt::Refused { reason, policies, .. } => {
                append(tx, &about, "action.refused", &about.action, data)?;
                Ok(Called::Refused { reason, policies })
            }
        }
    })
}

/// The reads that served a decision; those that stand there already stay as they are.
pub(crate) fn rows(tx: &mut Tx, client: &ClientId, rows: &[Effect]) -> Result<()> {
    rows.iter().try_for_each(|row| store::insert_once(tx, client, row).map(|_| ()))
}

/// The call is about to be made.
pub(crate) fn requested(tx: &mut Tx, about: &About, row: &Effect, reads: &[Effect], again: bool) -> Result<()> {
    let data = json!({
        "action": about.action,
        "effect": row.id,
        "key": row.idempotency_key,
        "args_digest": row.args_digest,
        "policies": row.permit["policies"],
        "rules": row.permit["rules"],
        "autonomy": row.permit["autonomy"],
        "confirmed": row.permit["confirmed"],
        "approved_by": row.permit["approved_by"],
        "reads": ids(reads),
        "release": about.release,
        "again": again,
    });
    append(tx, about, "action.requested", row.id.as_str(), data)
}

/// The outcome of an effect that was written down before; whoever was asked to find out need not any more. One that has
/// an outcome already keeps it: false.
pub(crate) fn finished(tx: &mut Tx, about: &About, id: &EffectId, outcome: &Outcome, attempts: u32) -> Result<bool> {
    let now_ms = about.ctx.now_ms();
    let stored = Some(&outcome.stored);
    let new = store::finish(tx, &about.ctx.client, id, outcome.state, attempts, stored, now_ms)?;
    if new {
        self::outcome(tx, about, id, outcome, attempts)?;
        if !matches!(outcome.how, How::Unclear { .. }) {
            review::close(tx, &about.ctx, id)?;
        }
    }
    Ok(new)
}

/// The same, and who finds out where nobody can tell; a run tells its own people of what it waits for, which it does not do for a
/// call that somebody tries again.
pub(super) fn ended(tx: &mut Tx, desk: &Desk, about: &About, id: &EffectId, ended: (&Outcome, u32)) -> Result<bool> {
    let (outcome, attempts) = ended;
    if !finished(tx, about, id, outcome, attempts)? {
        return Ok(false);
    }
    let waits = about.run.is_some() && !about.step_key.is_empty();
    if let (How::Unclear { why }, false) = (&outcome.how, waits) {
        review::open(tx, desk, about, id, why)?;
    }
    Ok(true)
}

/// The ledger's line about an outcome.
pub(crate) fn outcome(tx: &mut Tx, about: &About, id: &EffectId, outcome: &Outcome, attempts: u32) -> Result<()> {
    let mut data =
        json!({"action": about.action, "effect": id, "args_digest": about.args_digest, "attempts": attempts});
    data["release"] = json!(about.release);
    let kind = match &outcome.how {
        How::Done(_) => {
            data["result_digest"] = json!(baton_base::digest_of(&outcome.stored));
            "action.finished"
        }
        How::Refused { status, .. } => {
            data["status"] = json!(status);
            data["reason"] = json!("the system says no");
            "action.failed"
        }
        How::Nothing { why } => {
            data["reason"] = json!(why);
            "action.failed"
        }
        How::Unclear { why } => {
            data["reason"] = json!(why);
            "action.unknown"
        }
    };
    append(tx, about, kind, id.as_str(), data)
}

pub(crate) fn append(tx: &mut Tx, about: &About, kind: &str, subject: &str, mut data: Value) -> Result<()> {
    if let Some(via) = &about.via {
        data["via"] = json!(via);
    }
    let mut event = Event::new(&about.ctx.client, kind, subject).with(data);
    event.case.clone_from(&about.case);
    event.run.clone_from(&about.run);
    ledger::append(tx, &about.ctx, event)?;
    Ok(())
}

fn ids(reads: &[Effect]) -> Value {
    reads.iter().map(|read| json!(read.id)).collect()
}
