//! One case is merged into another.

use super::store::{self, Merged, Stood};
use super::{OUTCOME, rules};
use crate::actions::receive::message_event;
use crate::store::{self as cases, write};
use crate::{Case, CaseState, Channel, all_messages, limits, rules as common, sla};
use baton_base::{Actor, CaseId, CustomerId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, redact};
use baton_runs::{RunFilter, RunInput, RunStatus};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is to be merged.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The case that is closed.
    pub case: CaseId,
    /// The case that goes on.
    pub into: CaseId,
    /// Whoever merges says that the two cases' customers, which Baton knows as two, belong together.
    pub other_customer: bool,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// A merge of which the runs know already, and the cases not yet: what people have of the first is taken back in between.
#[derive(Debug)]
pub struct Merging {
    /// The case that is to be closed, as it stands.
    pub source: Case,
    /// The case that goes on, as it stands.
    pub target: Case,
    order: Merge,
    told: bool,
}

/// Checks a merge, ends the runs of the case that is to be closed, and tells the other's what its customer still waits for,
/// where the AI has it. Nothing else may happen before [`Merging::finish`] but that work is withdrawn.
pub fn begin(tx: &mut Tx, ctx: &Ctx, order: &Merge) -> Result<Merging> {
    ctx.allow(Right::CaseTake)?;
    let reason = common::one_line(&redact::mask_cards(&order.reason).0, limits::MERGE_REASON_CHARS_MAX);
    let order = Merge { reason, ..order.clone() };
    let source = found(tx, ctx, &order.case)?;
    let target = found(tx, ctx, &order.into)?;
    let held = lock_customers(tx, ctx, &[&order.case, &order.into])?;
    check(tx, ctx, &source, &target, order.other_customer)?;
    if let Some(reason) = held {
        let why = format!(
            "the data of a customer whose case was merged into one of the two is held ({reason}); lift that first"
        );
        return Err(Error::Conflict(why));
    }
    end_runs(tx, ctx, &source.row.id, &format!("merged into case {}", target.row.number))?;
    let told = tell_run(tx, ctx, &source, &target)?;
    Ok(Merging { source, target, order, told })
}

fn found(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Case> {
    cases::find(tx, &ctx.client, case)?.ok_or_else(|| cases::not_found(case))
}

/// Whoever writes to one of these cases, or to one that was merged into them, waits until it is settled where that goes. Returns
/// why the data of one of these customers is held, if it is.
pub(super) fn lock_customers(tx: &mut Tx, ctx: &Ctx, of: &[&CaseId]) -> Result<Option<String>> {
    let mut customers: BTreeSet<CustomerId> = BTreeSet::new();
    let mut cases = 0;
    for case in of {
        for one in super::family(tx, &ctx.client, case)? {
            cases += 1;
            customers.insert(found(tx, ctx, &one)?.row.customer.id);
        }
    }
    if cases > limits::MERGED_MAX {
        return Err(Error::Conflict(format!("at most {} cases are merged into one", limits::MERGED_MAX)));
    }
    let mut held = None;
    for customer in &customers {
        held = store::lock_customer(tx, &ctx.client, customer)?.1.or(held);
    }
    Ok(held)
}

fn check(tx: &mut Tx, ctx: &Ctx, source: &Case, target: &Case, other_customer: bool) -> Result<()> {
    let (source_erased, source_held) = store::lock_customer(tx, &ctx.client, &source.row.customer.id)?;
    let (target_erased, target_held) = store::lock_customer(tx, &ctx.client, &target.row.customer.id)?;
    let source = rules::Side { case: source, erased: source_erased, held: source_held.as_deref() };
    let target = rules::Side { case: target, erased: target_erased, held: target_held.as_deref() };
    rules::may_merge(&source, &target, other_customer)
}

fn end_runs(tx: &mut Tx, ctx: &Ctx, case: &CaseId, reason: &str) -> Result<()> {
    let filter = RunFilter {
        clients: vec![ctx.client.clone()],
        cases: Some(vec![case.clone()]),
        statuses: RunStatus::OPEN.to_vec(),
        ..RunFilter::default()
    };
    for run in baton_runs::list(tx, &filter, None, baton_base::limits::PAGE_MAX)?.rows {
        if run.status == RunStatus::Faulted.as_str() {
            baton_runs::set_aside(tx, ctx, &run.id, reason)?;
        } else {
            let order = RunInput::Cancel { reason: reason.to_owned(), compensate: false };
            baton_runs::post(tx, ctx, &run.id, &order)?;
        }
    }
    Ok(())
}

/// The AI that has the target hears what the source's customer waits for an answer to.
fn tell_run(tx: &mut Tx, ctx: &Ctx, source: &Case, target: &Case) -> Result<bool> {
    let Some(run) = target.run.as_ref().filter(|_| target.row.state != CaseState::WithPerson) else { return Ok(false) };
    let messages = all_messages(tx, &ctx.client, &source.row.id)?;
    let waiting = rules::unanswered(&messages);
    for message in waiting {
        let text = common::cut(&message.text);
        let event = message_event(&message.id, text, &Value::Null, message.sent_ms);
        baton_runs::post(tx, ctx, run, &RunInput::Message { event })?;
    }
    Ok(!waiting.is_empty())
}

impl Merging {
    /// Closes the one case, with a link both ways, and lets the other go on. Returns both.
    pub fn finish(self, tx: &mut Tx, ctx: &Ctx) -> Result<(Case, Case)> {
        let (mut source, mut target) = lock_both(tx, ctx, &self.order.case, &self.order.into)?;
        check(tx, ctx, &source, &target, self.order.other_customer)?;
        if self.told && target.row.state == CaseState::WithPerson {
            return Err(Error::Conflict(format!("case {} has just changed hands; try again", target.row.number)));
        }
        let merged = self.row(tx, ctx, &source, &target)?;
        store::insert(tx, &ctx.client, &merged)?;
        for one in store::all_into(tx, &ctx.client, &source.row.id)? {
            store::end_at(tx, &ctx.client, &one.case, &target.row.id)?;
        }
        self.alter(tx, ctx, &mut source, &mut target, &merged)?;
        self.append(tx, ctx, &source, &target, &merged)?;
        Ok((source, target))
    }

    fn row(&self, tx: &mut Tx, ctx: &Ctx, source: &Case, target: &Case) -> Result<Merged> {
        let other_customer = source.row.customer.id != target.row.customer.id;
        let stood = Stood {
            reply_by: target.reply_by.map(|channel| channel.as_str().to_owned()),
            identity: target.identity.clone().filter(|_| other_customer),
            unanswered_ms: store::unanswered_ms(tx, &ctx.client, &target.row.id)?,
            told: self.told,
        };
        Ok(Merged {
            case: source.row.id.clone(),
            into: target.row.id.clone(),
            end: target.row.id.clone(),
            from_seq: target.row.message_count,
            other_customer,
            by: ctx.actor.to_string(),
            at_ms: ctx.now_ms(),
            stood,
        })
    }

    fn alter(&self, tx: &mut Tx, ctx: &Ctx, source: &mut Case, target: &mut Case, merged: &Merged) -> Result<()> {
        let heard = (
            store::last_heard_ms(tx, &ctx.client, &target.row.id)?,
            store::last_heard_ms(tx, &ctx.client, &source.row.id)?,
        );
        target.reply_by = rules::reply_by(target, source, heard);
        target.reply_to = None;
        target.person_touched |= matches!(ctx.actor, Actor::Member { .. });
        if merged.other_customer {
            // Whoever writes from now on is not known to be who was identified.
            target.identity = None;
        }
        if self.told {
            target.row.state = common::after_customer(target.row.state);
        }
        target.row.changed_ms = ctx.now_ms();
        write::save(tx, &ctx.client, target)?;
        if let Some(since_ms) = store::unanswered_ms(tx, &ctx.client, &source.row.id)? {
            sla::customer_waits(tx, &ctx.client, &target.row.id, since_ms)?;
        }
        source.row.outcome = Some(OUTCOME.to_owned());
        source.person_touched = true;
        source.row.changed_ms = ctx.now_ms();
        source.end(CaseState::Closed, ctx.now_ms());
        write::save(tx, &ctx.client, source)
    }

    fn append(&self, tx: &mut Tx, ctx: &Ctx, source: &Case, target: &Case, merged: &Merged) -> Result<()> {
        let (one, other) = (&source.row, &target.row);
        let facts = json!({
            "number": one.number, "into": other.id, "into_number": other.number, "other_customer": merged.other_customer,
            "reason": self.order.reason,
        });
        ledger::append(tx, ctx, Event::new(&ctx.client, "case.merged", &one.id).in_case(&one.id).with(facts))?;
        let facts = json!({
            "case": one.id, "case_number": one.number, "other_customer": merged.other_customer,
            "answers_by": target.answers_by(), "identity_dropped": merged.stood.identity.is_some(),
        });
        ledger::append(tx, ctx, Event::new(&ctx.client, "case.joined", &other.id).in_case(&other.id).with(facts))?;
        Ok(())
    }
}

/// Both cases, locked in the order of their ids.
pub(super) fn lock_both(tx: &mut Tx, ctx: &Ctx, one: &CaseId, other: &CaseId) -> Result<(Case, Case)> {
    if one < other {
        let one = cases::lock(tx, &ctx.client, one)?;
        return Ok((one, cases::lock(tx, &ctx.client, other)?));
    }
    let other = cases::lock(tx, &ctx.client, other)?;
    Ok((cases::lock(tx, &ctx.client, one)?, other))
}

/// A channel as stored.
pub(super) fn channel(stored: Option<&str>) -> Option<Channel> {
    stored.and_then(|text| text.parse().ok())
}
