//! The decision: the table says which way, policy says may, and a person says yes where that is asked for.

use super::Inner;
use super::call::{Halt, Job};
use super::facts::View;
use super::{approval, taint};
use crate::catalogue::Action;
use crate::store::Effect;
use baton_base::{EffectId, Result};
use baton_govern::{Decided, Judgement, Permit, Question, Rulebook, RulesUsed, judge, permit};

impl Inner {
    /// A permit and the facts it rests on, or why not. Reads made on the way go to `rows`.
    pub(super) async fn decide(&self, job: &Job, rows: &mut Vec<Effect>) -> Result<Result<(Permit, View), Halt>> {
        let view = match self.facts(job, rows).await? {
            Ok(view) => view,
            Err(halt) => return Ok(Err(halt)),
        };
        Ok(self.judged(job, &view)?.map(|permit| (permit, view)))
    }

    /// The judgement of a call on given facts.
    pub(super) fn judged(&self, job: &Job, view: &View) -> Result<Result<Permit, Halt>> {
        let decided = match by_table(&job.action, &job.rulebook, view) {
            Ok(decided) => decided,
            Err(halt) => return Ok(Err(halt)),
        };
        let approved = match job.known.approval.as_ref().map(|granted| granted.check(job)).transpose() {
            Ok(approved) => approved,
            Err(error) => return Halt::of(error).map(Err),
        };
        let question = Question {
            action: &job.action.name,
            args: &job.call.args,
            facts: view.part("facts"),
            derived: view.part("derived"),
            intent: view.part("intent").as_str(),
            case: view.part("case"),
            identity: view.part("identity"),
            confirmed: job.known.confirmed,
            rules: decided.as_ref(),
            approved,
        };
        let rules = decided.as_ref().map(RulesUsed::of);
        match judge(&job.rulebook, &job.ctx, &question, job.known.autonomy, job.known.stop.clone()) {
            Judgement::Refuse { reason, policies } => Ok(Err(Halt::Refused { reason, policies, rules })),
            Judgement::NeedsApproval { policies, role, reason } => {
                let packet = approval::packet(job, view, decided.as_ref(), &reason);
                Ok(Err(Halt::NeedsApproval { role, reason, policies, packet }))
            }
            allow => {
                if let Some((role, reason)) = job.steered() {
                    let packet = approval::packet(job, view, decided.as_ref(), &reason);
                    return Ok(Err(taint::halt(role, reason, packet)));
                }
                // An effect taken up again keeps its id; a read, or a first call, has a new one.
                let known = job.known.effect.as_ref().map(|effect| effect.id.clone());
                let effect = known.unwrap_or_else(|| EffectId::known(job.ctx.id(EffectId::PREFIX)));
                Ok(Ok(permit(allow, &job.ctx, &effect)?))
            }
        }
    }
}

/// What the action's decision table says of what is known.
pub(super) fn by_table(action: &Action, rulebook: &Rulebook, view: &View) -> Result<Option<Decided>, Halt> {
    let Some(name) = &action.table else { return Ok(None) };
    let table = rulebook.table(name).ok_or_else(|| Halt::Undecided { reason: format!("there is no table {name}") })?;
    table.decide(&view.0).map(Some).map_err(|undecided| Halt::Undecided { reason: undecided.reason })
}
