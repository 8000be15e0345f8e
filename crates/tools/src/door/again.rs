//! A call that may have been made before: its outcome was lost in a crash, or nobody could tell.
//!
//! The facts have perhaps changed because of that very call, so it is not judged on new ones. The system is asked
//! where it can say; what it honours the key of is sent again, judged on the facts that it was permitted on; anything
//! else stays unknown, and a person finds out.

use super::Inner;
use super::call::{Carried, Halt, Job, Record};
use super::charge::taken_by;
use super::effect::{InFlight, Outcome, stored_result, told};
use super::facts::View;
use super::withheld::Withheld;
use super::{record, taint};
use crate::connector::How;
use crate::limits::give_back;
use crate::store::{Effect, State};
use baton_base::Result;
use serde_json::{Value, json};

/// Largest set of facts kept with an effect, bytes of JSON.
const BASIS_BYTES_MAX: usize = 256 * 1024;
/// Parts of a view that are kept.
const PARTS: [&str; 6] = ["facts", "derived", "case", "identity", "intent", "now"];

impl Job {
    /// The effect, if it may have been made before.
    pub(super) fn maybe_done(&self) -> Option<&Effect> {
        self.known.effect.as_ref().filter(|effect| matches!(effect.state, State::Requested | State::Unknown))
    }
}

/// What a call was judged on, to be kept with its effect; without what is withheld, and null where it is too large.
pub(super) fn basis(job: &Job, view: &View) -> Value {
    let mut kept = serde_json::Map::new();
    for part in PARTS {
        kept.insert(part.to_owned(), view.part(part).clone());
    }
    let mut kept = Value::Object(kept);
    let withheld = Withheld::of(job, view);
    kept["derived"] = withheld.without(&kept["derived"]);
    kept["facts"] = withheld.facts;
    if kept.to_string().len() <= BASIS_BYTES_MAX { kept } else { Value::Null }
}

/// What the effect was judged on.
fn view_of(job: &Job, effect: &Effect) -> Option<View> {
    let kept = effect.permit.get("basis").filter(|basis| basis.is_object())?;
    let mut view = View::of(job);
    for part in PARTS {
        view.0[part] = kept.get(part)?.clone();
    }
    Some(view)
}

impl Inner {
    /// Takes a call up that may have been made before. `Err` gives the job back: the system says that it was not made,
    /// so it is judged anew.
    pub(super) async fn take_up(
        &self,
        mut job: Job,
        guard: InFlight,
    ) -> Result<std::result::Result<Carried, (Job, InFlight)>> {
        let Some(effect) = job.maybe_done().cloned() else { return Ok(Err((job, guard))) };
        let mut rows = Vec::new();
        let Some(view) = view_of(&job, &effect) else {
            return Ok(Ok(self.unknown(&job, effect, rows, guard, "what it was judged on was not kept").into()));
        };
        if let Some(how) = &job.action.reconcile {
            match self.asked(&job, how, &view, &mut rows).await? {
                Some(Some(value)) => return Ok(Ok(self.happened(&job, effect, rows, guard, value).into())),
                Some(None) if job.action.idempotent => {
                    job.known.not_happened = true;
                    return Ok(Err((job, guard)));
                }
                _ => {}
            }
        }
        if !job.action.may_repeat() {
            return Ok(Ok(self.unknown(&job, effect, rows, guard, "the system cannot take it twice").into()));
        }
        match self.judged(&job, &view)? {
            Ok(permit) => self.write_effect(job, permit, view, rows, guard).await.map(Ok),
            Err(halt) => {
                let why = why_not(&halt);
                Ok(Ok(self.unknown(&job, effect, rows, guard, &why).into()))
            }
        }
    }
}

impl Inner {
    /// A call that was found not to have happened, and may not be made now, is over: what it took is given back.
    pub(super) fn closed(&self, job: &Job, halted: Record) -> Record {
        let Some(effect) = job.maybe_done().filter(|_| job.known.not_happened).cloned() else { return halted };
        let (about, desk) = (job.about(), self.parts.desk.clone());
        Box::new(move |tx| {
            let why = "the system says that it did not happen";
            let stored = json!({"why": why, "final": true});
            let how = How::Nothing { why: why.to_owned() };
            let outcome = Outcome { state: State::Failed, stored, how };
            if record::ended(tx, &desk, &about, &effect.id, (&outcome, 0))? {
                give_back(tx, &about.ctx.client, &taken_by(&effect))?;
            }
            halted(tx)
        })
    }

    fn happened(&self, job: &Job, effect: Effect, rows: Vec<Effect>, guard: InFlight, value: Value) -> Record {
        let stored = stored_result(&job.action, &value);
        let how = How::Done(Some(told(job, value, &stored)));
        self.recorded(job, effect, rows, guard, Outcome { state: State::Finished, stored, how })
    }

    fn unknown(&self, job: &Job, effect: Effect, rows: Vec<Effect>, guard: InFlight, why: &str) -> Record {
        let why = format!("it may have been made before, and {why}");
        let stored = json!({"why": why, "final": false});
        self.recorded(job, effect, rows, guard, Outcome { state: State::Unknown, stored, how: How::Unclear { why } })
    }

    fn recorded(&self, job: &Job, effect: Effect, rows: Vec<Effect>, guard: InFlight, outcome: Outcome) -> Record {
        let (about, desk) = (job.about(), self.parts.desk.clone());
        let outside_text = outcome.state == State::Finished && (job.action.outside_text || job.asks_outside());
        Box::new(move |tx| {
            record::rows(tx, &about.ctx.client, &rows)?;
            record::ended(tx, &desk, &about, &effect.id, (&outcome, 0))?;
            if outside_text {
                taint::note(tx, &about, &effect.id)?;
            }
            let _ = &guard;
            Ok(outcome.called(&effect.id))
        })
    }
}

fn why_not(halt: &Halt) -> String {
    let (_, data) = halt.in_words();
    format!("it may not be sent again: {}", data["reason"].as_str().unwrap_or_default())
}
