//! A person's yes to exactly one call: asked for as a work item, bound to who asks, the action, the digest of its
//! arguments, the case and the run it is made in, the release whose policies asked, and a time.

use super::call::{About, Called, Job};
use super::facts::View;
use super::uses;
use super::withheld::Withheld;
use baton_base::{CallId, CaseId, Error, MemberId, ReleaseId, Result, RunId, WorkItemId};
use baton_db::Tx;
use baton_desk::{DecisionSpec, Desk, Form, Kind, Needs, NewItem, OnDone, State, detail, open_item};
use baton_govern::{Approved, Ctx, Decided, Role, members};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a person has to say yes, and how long the yes is good, milliseconds.
pub(super) const APPROVAL_MS_MAX: i64 = 24 * 60 * 60 * 1000;
/// Largest facts and arguments shown to the approver, bytes of JSON each.
const SHOWN_BYTES_MAX: usize = 16 * 1024;
/// Urgency of an approval, 1 to 9: a customer may be waiting.
const PRIORITY: i64 = 2;
const EXPIRED: &str = "the approval has expired; ask again";
/// Decision that lets the call through.
pub(crate) const APPROVE: &str = "approve";

/// What an approval is bound to; part of the work item's form.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Binding {
    action: String,
    args_digest: String,
    actor: String,
    release: String,
    expires_ms: i64,
    /// The run of a call that it does not wait for: one that somebody tries again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
}

/// An approval, as the desk has it.
pub(super) struct Granted {
    binding: Binding,
    case: Option<CaseId>,
    run: Option<RunId>,
    decision: Option<String>,
    approved: Option<Approved>,
    withdrawn: bool,
}

/// What the approver sees besides the arguments; what is withheld is withheld here too.
pub(super) fn packet(job: &Job, view: &View, decided: Option<&Decided>, reason: &str) -> Value {
    let withheld = Withheld::of(job, view);
    json!({
        "reason": reason,
        "facts": shown(&withheld.facts),
        "derived": shown(&withheld.without(view.part("derived"))),
        "rules": withheld.without(&json!(decided)),
        "identity": job.facts.identity,
        "intent": job.facts.intent,
    })
}

fn shown(value: &Value) -> Value {
    let bytes = value.to_string().len();
    if bytes <= SHOWN_BYTES_MAX { value.clone() } else { json!({"withheld": format!("{bytes} bytes")}) }
}

/// Opens the work item that asks.
pub(super) fn ask(
    tx: &mut Tx,
    desk: &Desk,
    about: &About,
    role: Role,
    reason: &str,
    packet: Value,
) -> Result<WorkItemId> {
    let release = about.release.as_ref().map(ToString::to_string).unwrap_or_default();
    // A call of a process has its id for a step; one that somebody tries again is waited for by nobody.
    let step = Some(&about.step_key).filter(|step| !step.is_empty());
    let waiting = about.run.clone().zip(step.map(|step| CallId::known(step.clone())));
    let binding = Binding {
        action: about.action.clone(),
        args_digest: about.args_digest.clone(),
        actor: about.ctx.actor.to_string(),
        release,
        expires_ms: about.ctx.now_ms() + APPROVAL_MS_MAX,
        run: about.run.clone().filter(|_| waiting.is_none()),
    };
    let mut form = Form::of(vec![
        DecisionSpec { primary: true, ..DecisionSpec::new(APPROVE, "Approve", "a", &[]) },
        DecisionSpec::new("reject", "Reject", "r", &["reason"]),
    ]);
    form.schema = json!({
        "type": "object",
        "properties": {"reason": {"type": "string", "title": "Reason", "minLength": 1, "maxLength": 1000}},
        "required": ["reason"],
    });
    for (name, value) in [
        ("approval", serde_json::to_value(&binding).map_err(Error::broken)?),
        ("title", json!(about.title)),
        ("args", shown(&about.args)),
        ("packet", packet),
    ] {
        form.values.insert(name.to_owned(), value);
    }
    let item = NewItem {
        kind: Kind::Approval,
        queue: None,
        title: format!("Approve: {} ({reason})", about.title),
        case: about.case.clone(),
        on_done: if waiting.is_some() { OnDone::Approval } else { OnDone::Case },
        waiting,
        run: None,
        packet: None,
        form,
        needs: Needs { roles: at_least(role), ..Needs::default() },
        priority: PRIORITY,
        requested_by: about.ctx.actor.clone(),
        due_in_ms: Some(APPROVAL_MS_MAX),
    };
    open_item(tx, &about.ctx, desk, item)
}

// Whoever stands higher may say yes too.
fn at_least(role: Role) -> Vec<Role> {
    const LADDER: [Role; 4] = [Role::HumanAgent, Role::Supervisor, Role::AiLead, Role::FinanceLead];
    match LADDER.iter().position(|step| *step == role) {
        Some(from) => LADDER[from..].to_vec(),
        None => vec![role],
    }
}

/// What became of an approval.
pub(super) fn granted(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<Granted> {
    let none = || Error::invalid("this work item is no approval of a call", "name the approval of this call");
    let item = detail(tx, &ctx.as_system("door"), item)?;
    // Any work item may have such a value in its form; only an approval needs the right and another's eyes.
    if item.item.kind != Kind::Approval {
        return Err(none());
    }
    let binding = item.form.values.get("approval").cloned().unwrap_or(Value::Null);
    let binding: Binding = serde_json::from_value(binding).map_err(|_| none())?;
    let result = item.result.unwrap_or(Value::Null);
    let text = |name: &str| result.get(name).and_then(Value::as_str).map(str::to_owned);
    let by: Option<MemberId> = text("by").map(|by| by.parse()).transpose()?;
    let approved = match by {
        Some(by) => Some(Approved { roles: members::roles(tx, &ctx.client, &by)?, by }),
        None => None,
    };
    let withdrawn = item.item.state == State::Cancelled;
    let run = item.run.or_else(|| binding.run.clone());
    Ok(Granted { binding, case: item.item.case, run, decision: text("decision"), approved, withdrawn })
}

/// What an approval means that nobody gave in time.
pub(super) fn expired() -> Called {
    Called::Refused { reason: EXPIRED.to_owned(), policies: vec![uses::POLICY.to_owned()] }
}

impl Granted {
    /// Digest of the arguments that it is bound to.
    pub(super) fn args_digest(&self) -> &str {
        &self.binding.args_digest
    }

    /// Whether it was asked for under the policies of this release.
    pub(super) fn is_under(&self, release: &ReleaseId) -> bool {
        self.binding.release == release.as_str()
    }

    /// Whether a person has decided, or nobody will any more.
    pub(super) fn is_over(&self, now_ms: i64) -> bool {
        self.decision.is_some() || self.withdrawn || now_ms > self.binding.expires_ms
    }

    /// What it means where it is no yes; nobody will give one any more.
    pub(super) fn refused(&self, now_ms: i64) -> Option<Called> {
        let reason = match self.decision.as_deref() {
            Some(APPROVE) if now_ms <= self.binding.expires_ms => return None,
            _ if self.withdrawn => "the request for approval was withdrawn",
            Some(APPROVE) | None => EXPIRED,
            Some(_) => "the approval was rejected",
        };
        Some(Called::Refused { reason: reason.to_owned(), policies: vec![uses::POLICY.to_owned()] })
    }

    /// The yes, if it is one and was given to exactly this call.
    pub(super) fn check(&self, job: &Job) -> Result<&Approved> {
        let no = |reason: &str| Error::refused(reason, vec!["door:approval".to_owned()]);
        let Binding { action, args_digest, actor, release, expires_ms, .. } = &self.binding;
        let same = *action == job.action.name
            && *args_digest == job.args_digest
            && *actor == job.ctx.actor.to_string()
            && *release == job.release.as_str()
            && self.case == job.call.case
            && self.run == job.call.run;
        if !same {
            return Err(no("the approval was given to another call"));
        }
        if job.ctx.now_ms() > *expires_ms {
            return Err(no(EXPIRED));
        }
        if self.withdrawn {
            return Err(no("the request for approval was withdrawn"));
        }
        match (self.decision.as_deref(), &self.approved) {
            (Some(APPROVE), Some(approved)) => Ok(approved),
            (None, _) => Err(no("nobody has decided about the approval yet")),
            _ => Err(no("the approval was rejected")),
        }
    }
}
