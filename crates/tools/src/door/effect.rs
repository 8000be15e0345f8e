//! The call itself: written down, made, found out about where its outcome is lost, and written down again.

use super::call::{About, Called, Carried, Halt, Job, Record, Step};
use super::charge::Charge;
use super::facts::View;
use super::record;
pub(super) use super::record::Outcome;
use super::{Inner, again, taint, uses};
use crate::catalogue::Action;
use crate::connector::{How, Sending};
use crate::limits;
use crate::pointers::{self, redacted};
use crate::request;
use crate::store::{self, Effect, State};
use baton_base::{ClientId, EffectId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Permit, stop};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Largest result kept with an effect, bytes of JSON; the caller gets the whole.
pub(super) const RESULT_STORED_BYTES_MAX: usize = 64 * 1024;

/// The row of an effect or a read that is about to be made.
pub(super) fn written(
    job: &Job,
    ctx: &Ctx,
    action: &Action,
    args: &Value,
    args_digest: &str,
    permit: &Permit,
) -> Result<Effect> {
    let id = permit.effect().clone();
    Ok(Effect {
        idempotency_key: if action.writes { job.key.clone() } else { id.to_string() },
        id,
        action: action.name.clone(),
        action_digest: action.digest.clone(),
        writes: action.writes,
        args: redacted(args, "args", &action.redact),
        args_digest: args_digest.to_owned(),
        permit: serde_json::to_value(permit).map_err(Error::broken)?,
        actor: ctx.actor.to_string(),
        case: job.call.case.clone(),
        run: job.call.run.clone(),
        state: State::Requested,
        attempts: 0,
        result: None,
        requested_ms: ctx.now_ms(),
        finished_ms: None,
    })
}

/// A result as it is kept.
pub(super) fn stored_result(action: &Action, value: &Value) -> Value {
    let kept = match pointers::redacted_or_not(value, "result", &action.redact) {
        Ok(kept) => kept,
        Err(why) => return json!({"withheld": why}),
    };
    let bytes = kept.to_string().len();
    if bytes <= RESULT_STORED_BYTES_MAX {
        return kept;
    }
    json!({"withheld": format!("{bytes} bytes; at most {RESULT_STORED_BYTES_MAX} are kept")})
}

impl Inner {
    /// A call that changes nothing: made first, recorded once.
    pub(super) async fn read_out(&self, job: Job, permit: Permit, rows: Vec<Effect>) -> Result<Record> {
        let request = match request::prepare(&job.action, &job.call.args) {
            Ok(request) => request,
            Err(error) => return Ok(record::halted(&self.parts.desk, job.about(), rows, Halt::of(error)?)),
        };
        let mut row = written(&job, &job.ctx, &job.action, &job.call.args, &job.args_digest, &permit)?;
        let id = row.id.clone();
        let sending = sending(&job, &request, id.as_str(), false);
        job.call.tell(Step::Permitted);
        let ended = self.connector.run(permit, &job.ctx, &sending).await;
        job.call.tell(Step::Answered);
        self.heard(&job.ctx, &job.action, sending.secret, &ended).await?;
        let ended = job.received(&job.action, ended);
        let outcome = outcome_of(&job, ended.how);
        row.state = outcome.state;
        row.attempts = i64::from(ended.attempts);
        row.result = Some(outcome.stored.clone());
        row.finished_ms = Some(job.ctx.now_ms());
        let (about, outside_text) = (job.about(), job.action.outside_text);
        Ok(Box::new(move |tx| {
            record::rows(tx, &about.ctx.client, &rows)?;
            if !store::insert_once(tx, &about.ctx.client, &row)? {
                return Ok(outcome.called(&id));
            }
            record::outcome(tx, &about, &id, &outcome, ended.attempts)?;
            if outside_text && outcome.state == State::Finished {
                taint::note(tx, &about, &id)?;
            }
            Ok(outcome.called(&id))
        }))
    }

    /// A call that changes something: written down, made, written down again by the record.
    pub(super) async fn write_effect(
        &self,
        job: Job,
        permit: Permit,
        view: View,
        rows: Vec<Effect>,
        guard: InFlight,
    ) -> Result<Carried> {
        let halted = |rows, halt| record::halted(&self.parts.desk, job.about(), rows, halt);
        let request = match request::prepare(&job.action, &job.call.args) {
            Ok(request) => request,
            Err(error) => return Ok(halted(rows, Halt::of(error)?).into()),
        };
        let id = permit.effect().clone();
        let mut row = written(&job, &job.ctx, &job.action, &job.call.args, &job.args_digest, &permit)?;
        row.permit["basis"] = again::basis(&job, &view);
        let spending = match job.catalogue.limits().spending(&job.ctx, &job.action.name, &view.0) {
            Ok(spending) => spending,
            Err(error) => return Ok(halted(rows, Halt::of(error)?).into()),
        };
        let charge = Charge::of(&job, spending);
        row.permit["spends"] = json!(charge.stands);
        if let Err(error) = self.request(&job, row, &rows, charge.clone()).await {
            let halt = self.not_let(error)?;
            return Ok(self.closed(&job, halted(rows, halt)).into());
        }
        let mut rows = Vec::new();
        // Whoever wrote it down before may have sent it: only a last word of the system says otherwise.
        let sending = sending(&job, &request, &job.key, job.maybe_done().is_some());
        job.call.tell(Step::Permitted);
        let ended = self.connector.run(permit, &job.ctx, &sending).await;
        job.call.tell(Step::Answered);
        self.heard(&job.ctx, &job.action, sending.secret, &ended).await?;
        let ended = job.received(&job.action, ended);
        let ended = self.reconciled(&job, &view, ended, &mut rows).await?;
        let outcome = outcome_of(&job, ended.how);
        let (about, desk) = (job.about(), self.parts.desk.clone());
        let outside_text = job.action.outside_text || (!rows.is_empty() && job.asks_outside());
        Ok(Carried::out(Box::new(move |tx| {
            record::rows(tx, &about.ctx.client, &rows)?;
            let new = record::ended(tx, &desk, &about, &id, (&outcome, ended.attempts))?;
            if new && outcome.state == State::Failed {
                limits::give_back(tx, &about.ctx.client, &charge.stands)?;
            }
            if outside_text && outcome.state == State::Finished {
                taint::note(tx, &about, &id)?;
            }
            // Under way until the record is gone: whoever asks meanwhile waits for this outcome.
            let _ = &guard;
            Ok(outcome.called(&id))
        })))
    }

    /// Writes down that the call is about to be made. What cannot be written down is not called.
    async fn request(&self, job: &Job, row: Effect, rows: &[Effect], charge: Charge) -> Result<()> {
        let (about, before, rows) = (job.about(), job.known.effect.clone(), rows.to_vec());
        let stop_seen = job.known.stop.clone();
        let (intent, approval) = (job.facts.intent.clone(), job.call.approval.clone());
        let write = self.parts.db.write(move |tx| {
            check_stop(tx, &about, intent.as_deref(), stop_seen.is_some())?;
            let client = &about.ctx.client;
            match &before {
                None => store::insert(tx, client, &row)?,
                Some(old) if store::take_up(tx, client, old, &row.permit, row.requested_ms)? => {}
                Some(_) => return Err(Error::Conflict("the effect has moved on".to_owned())),
            }
            charge.take(tx, client)?;
            if let Some(item) = &approval {
                uses::take(tx, client, item, &row.id, row.requested_ms)?;
            }
            record::rows(tx, client, &rows)?;
            record::requested(tx, &about, &row, &rows, before.is_some())
        });
        match write.await {
            // Somebody else is making the same call: their outcome is ours, once it is there.
            Err(Error::Conflict(_)) => Err(in_flight()),
            other => other,
        }
    }
}

impl Inner {
    /// What the limits, or the approval, say to a call that is about to be written down; any other error stays one.
    fn not_let(&self, error: Error) -> Result<Halt> {
        let ours = |policy: &String| policy.starts_with("limit:") || policy == uses::POLICY;
        match error {
            Error::Refused { reason, policies } if policies.iter().any(ours) => {
                if policies.iter().any(|policy| policy == limits::DOWN) {
                    self.limiter.down();
                }
                Ok(Halt::Refused { reason, policies, rules: None })
            }
            other => Err(other),
        }
    }
}

fn sending<'a>(job: &'a Job, request: &'a request::Prepared, key: &'a str, maybe_done: bool) -> Sending<'a> {
    Sending {
        client: &job.ctx.client,
        action: &job.action,
        args_digest: &job.args_digest,
        request,
        key,
        secret: job.secret(&job.action),
        maybe_done,
    }
}

fn outcome_of(job: &Job, how: How) -> Outcome {
    match how {
        How::Done(value) => {
            let withheld = value.is_none();
            let value = value.unwrap_or(Value::Null);
            let stored = match withheld {
                true => json!({"withheld": "the answer was too large, or not as its system describes it"}),
                false => stored_result(&job.action, &value),
            };
            Outcome { state: State::Finished, how: How::Done(Some(told(job, value, &stored))), stored }
        }
        How::Refused { status, detail } => {
            // 0: nothing was sent. 401: it did not know who called, and has said nothing about the call.
            let last_word = !matches!(status, 0 | 401);
            let kept = kept_detail(&job.action, &detail);
            let detail = if job.call.via.is_some() { kept.clone() } else { detail };
            let stored = json!({"why": "the system says no", "status": status, "detail": kept, "final": last_word});
            Outcome { state: State::Failed, stored, how: How::Refused { status, detail } }
        }
        How::Nothing { why } => {
            let stored = json!({"why": why, "final": false});
            Outcome { state: State::Failed, stored, how: How::Nothing { why } }
        }
        How::Unclear { why } => {
            Outcome { state: State::Unknown, stored: json!({"why": why, "final": false}), how: How::Unclear { why } }
        }
    }
}

/// What a system said no with, as it is kept: it may repeat what the action withholds, and nobody can say where.
pub(super) fn kept_detail(action: &Action, detail: &Value) -> Value {
    if action.redact.is_empty() || detail.is_null() {
        return detail.clone();
    }
    json!({"withheld": "it may repeat what is withheld"})
}

/// What the caller is told: to the outside, nothing that is not written down either.
pub(super) fn told(job: &Job, value: Value, stored: &Value) -> Value {
    if job.call.via.is_none() || job.action.redact.is_empty() {
        return value;
    }
    pointers::redacted_or_not(&value, "result", &job.action.redact).unwrap_or_else(|_| stored.clone())
}

// A stop that was engaged since the judgement: the call is judged anew.
fn check_stop(tx: &mut Tx, about: &About, intent: Option<&str>, seen: bool) -> Result<()> {
    let agent = matches!(about.ctx.actor, baton_base::Actor::Agent { .. }).then(|| about.ctx.actor.name());
    let engaged = stop::check(tx, &about.ctx.client, agent, intent, Some(&about.action))?;
    if engaged.is_some() && !seen {
        return Err(Error::Unavailable("a stop was engaged just now; ask again".to_owned()));
    }
    Ok(())
}

fn in_flight() -> Error {
    Error::Unavailable("the same call is being made right now; ask again for its outcome".to_owned())
}

type Keys = Arc<Mutex<HashSet<(ClientId, String)>>>;

/// One call under way in this process; released when its outcome is recorded or given up.
pub(super) struct InFlight {
    keys: Keys,
    key: (ClientId, String),
}

impl InFlight {
    pub(super) fn enter(keys: &Keys, client: &ClientId, key: &str) -> Result<Self> {
        let key = (client.clone(), key.to_owned());
        let mut set = keys.lock().unwrap_or_else(PoisonError::into_inner);
        if !set.insert(key.clone()) {
            return Err(in_flight());
        }
        Ok(Self { keys: Arc::clone(keys), key })
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut set = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        set.remove(&self.key);
    }
}

impl Outcome {
    pub(super) fn called(&self, effect: &EffectId) -> Called {
        let effect = effect.clone();
        match self.how.clone() {
            How::Done(value) => Called::Done { effect, result: value.unwrap_or(Value::Null) },
            How::Refused { status, detail } => Called::Failed { effect, status, detail },
            How::Nothing { why } => Called::Unreachable { why },
            How::Unclear { why } => Called::Unknown { effect, why },
        }
    }
}
