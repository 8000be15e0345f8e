//! Reads that the door itself makes, for facts and to find out about lost calls: judged and recorded like any other.

use super::Inner;
use super::call::{Halt, Job};
use super::effect::{kept_detail, stored_result, written};
use crate::catalogue::Action;
use crate::connector::{Ended, How, Sending};
use crate::store::{Effect, State};
use crate::{pointers, request, validate};
use baton_base::{EffectId, Result};
use baton_govern::{Ctx, DOOR, Judgement, Level, Permit, Question, judge, permit};
use serde_json::{Value, json};

/// What a read gave.
pub(super) enum Got {
    /// The answer, amounts in minor units.
    Value(Value),
    /// The system knows no such thing.
    NotThere,
}

impl Inner {
    /// Reads through the same door: valid arguments, policy, a permit. The row for the record goes to `rows`.
    pub(super) async fn read(
        &self,
        job: &Job,
        what: &str,
        name: &str,
        args: Value,
        rows: &mut Vec<Effect>,
    ) -> Result<Result<Got, Halt>> {
        let action = job.catalogue.action(name)?;
        let checked =
            validate::arguments(action, &args).and_then(|digest| Ok((digest, request::prepare(action, &args)?)));
        let (args_digest, request) = match checked {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(Halt::refused("door:facts", format!("{what} cannot be read: {error}")))),
        };
        let ctx = job.ctx.as_system(DOOR);
        let effect = EffectId::known(ctx.id(EffectId::PREFIX));
        let permit = match read_permit(job, &ctx, action, &args, &effect)? {
            Ok(permit) => permit,
            Err((reason, policies)) => {
                let reason = format!("{what} may not be read: {reason}");
                return Ok(Err(Halt::Refused { reason, policies, rules: None }));
            }
        };
        let row = written(job, &ctx, action, &args, &args_digest, &permit)?;
        let key = row.id.to_string();
        let sending = Sending {
            client: &ctx.client,
            action,
            args_digest: &args_digest,
            request: &request,
            key: &key,
            secret: job.secret(action),
            maybe_done: false,
        };
        let ended = self.connector.run(permit, &ctx, &sending).await;
        self.heard(&ctx, action, sending.secret, &ended).await?;
        let ended = job.received(action, ended);
        let (row, got) = taken(job, action, what, row, ended);
        rows.push(row);
        Ok(got)
    }
}

type Asked = std::result::Result<Permit, (String, Vec<String>)>;

fn read_permit(job: &Job, ctx: &Ctx, action: &Action, args: &Value, effect: &EffectId) -> Result<Asked> {
    let none = json!({});
    let question = Question {
        action: &action.name,
        args,
        facts: &none,
        derived: &none,
        intent: job.facts.intent.as_deref(),
        case: &job.facts.case,
        identity: &job.facts.identity,
        confirmed: false,
        rules: None,
        approved: None,
    };
    match judge(&job.rulebook, ctx, &question, Level::Act, None) {
        Judgement::Refuse { reason, policies } | Judgement::NeedsApproval { reason, policies, .. } => {
            Ok(Err((reason, policies)))
        }
        allow => Ok(Ok(permit(allow, ctx, effect)?)),
    }
}

fn taken(job: &Job, action: &Action, what: &str, mut row: Effect, ended: Ended) -> (Effect, Result<Got, Halt>) {
    const NOT_THERE: [u16; 2] = [404, 410];
    let system = &action.system.title;
    let (state, result, got) = match ended.how {
        How::Done(Some(value)) => (State::Finished, stored_result(action, &value), Ok(Got::Value(value))),
        How::Done(None) => {
            let why = format!("{what}: the answer of {system} is too large, or not as described");
            (State::Failed, json!({"why": why}), Err(Halt::refused("door:facts", why)))
        }
        How::Refused { status, .. } if NOT_THERE.contains(&status) => {
            (State::Finished, json!({"status": status, "there": false}), Ok(Got::NotThere))
        }
        How::Refused { status, detail } => {
            let why = format!("{what}: {system} says no ({status})");
            let stored = json!({"why": why, "status": status, "detail": kept_detail(action, &detail)});
            (State::Failed, stored, Err(Halt::refused("door:facts", why)))
        }
        How::Nothing { why } | How::Unclear { why } => {
            let why = format!("{what} could not be read: {why}");
            (State::Failed, json!({"why": why}), Err(Halt::Unreachable { why }))
        }
    };
    row.state = state;
    row.attempts = i64::from(ended.attempts);
    row.result = Some(result);
    row.finished_ms = Some(job.ctx.now_ms());
    (row, got)
}

impl Job {
    /// The secret that the action's system wants.
    pub(super) fn secret(&self, action: &Action) -> Option<&str> {
        let auth = action.system.auth.as_ref()?;
        let kept = match auth.oauth() {
            Some(_) => self.known.tokens.get(&action.system.name),
            None => self.known.secrets.get(&auth.setting),
        };
        kept.map(String::as_str)
    }

    /// A system's answer as Baton holds it: amounts in minor units. One that is not as the system describes it is
    /// withheld: nobody knows what it says.
    pub(super) fn received(&self, action: &Action, ended: Ended) -> Ended {
        let How::Done(Some(value)) = &ended.how else { return ended };
        if !action.describes(value) {
            let system = &action.system.name;
            tracing::warn!(action = action.name, system, "an answer is not as its system describes it; it is withheld");
            return Ended { how: How::Done(None), attempts: ended.attempts };
        }
        ended.map(|mut value| {
            pointers::to_minor_units(&mut value, &action.money, self.facts.currency);
            value
        })
    }
}
