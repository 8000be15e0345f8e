//! What goes through the door and what comes out.

use super::known::Known;
use super::waiting::Remembered;
use crate::catalogue::{Action, Catalogue, System};
use crate::limits::Place;
use crate::store::{Effect, State};
use baton_base::{
    AgentName, CaseId, ClientId, Currency, CustomerId, Digest, EffectId, Error, ReleaseId, Result, RunId, WorkItemId,
};
use baton_db::Tx;
use baton_govern::{Ctx, Role, Rulebook, RulesUsed};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// A call of an action.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The action's name.
    pub action: String,
    /// Its arguments.
    pub args: Value,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// Tells this call from others of the same action and arguments: the same key again is the same call.
    pub step_key: String,
    /// The agent who acts, instead of the context's actor.
    pub agent: Option<AgentName>,
    /// The release whose catalogue and rules apply; without it the live one.
    pub release: Option<ReleaseId>,
    /// The decided approval that this call was waiting for.
    pub approval: Option<WorkItemId>,
    /// The failed effect that somebody tries again: the call has its key.
    pub again: Option<EffectId>,
    /// The way it came from outside, such as `mcp:token:crm`. What needs a case is then refused without one, what is
    /// withheld is not told, and a call that waits for a person is found again when it is sent again.
    pub via: Option<String>,
    /// Is told how far the call has come.
    pub steps: Option<UnboundedSender<Step>>,
}

impl Call {
    /// Tells whoever listens; nobody may any more.
    pub(super) fn tell(&self, step: Step) {
        if let Some(steps) = &self.steps {
            let _ = steps.send(step);
        }
    }
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It makes sense, and is being judged.
    Taken,
    /// It may go out.
    Permitted,
    /// The system has answered, or its outcome is as clear as it gets.
    Answered,
}

/// What is known of a case, from the room that keeps it.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// The case for policies and expressions: an object with at least `id`.
    pub case: Value,
    /// Its intent.
    pub intent: Option<String>,
    /// How the customer was identified, or null.
    pub identity: Value,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The client's currency, for amounts that systems give in major units.
    pub currency: Currency,
}

/// Reads what is known of a case; without a case, what is known of the client.
pub trait CaseReader: Send + Sync + 'static {
    /// `NotFound` where the client has no such case.
    fn read(&self, tx: &mut Tx, client: &ClientId, case: Option<&CaseId>) -> Result<CaseFacts>;
}

impl<F> CaseReader for F
where
    F: Fn(&mut Tx, &ClientId, Option<&CaseId>) -> Result<CaseFacts> + Send + Sync + 'static,
{
    fn read(&self, tx: &mut Tx, client: &ClientId, case: Option<&CaseId>) -> Result<CaseFacts> {
        self(tx, client, case)
    }
}

/// Records what came of a call, in the caller's transaction, and tells it. Run again where that transaction could not be
/// committed.
pub type Record = Box<dyn Fn(&mut Tx) -> Result<Called> + Send + Sync>;

/// A record, and whether it is what came of a call that changes something and went out: then it may not be lost.
pub(super) struct Carried {
    pub record: Record,
    pub went_out: bool,
}

impl From<Record> for Carried {
    fn from(record: Record) -> Self {
        Self { record, went_out: false }
    }
}

impl Carried {
    pub(super) fn out(record: Record) -> Self {
        Self { record, went_out: true }
    }
}

/// What came of a call.
#[derive(Debug, Clone)]
pub enum Called {
    /// Done; the system's answer.
    Done {
        /// The effect.
        effect: EffectId,
        /// The answer; null where it had to be withheld.
        result: Value,
    },
    /// The caller must change what was sent.
    Invalid(Error),
    /// Policy, a rule or the stop switch says no.
    Refused {
        /// In words.
        reason: String,
        /// Ids of what refused.
        policies: Vec<String>,
    },
    /// The rules do not say; a person decides.
    Undecided {
        /// In words.
        reason: String,
    },
    /// A person has to say yes first, and has been asked.
    NeedsApproval {
        /// The work item that asks.
        work_item: WorkItemId,
        /// Whose yes.
        role: Role,
        /// In words.
        reason: String,
        /// Ids of what asks for it.
        policies: Vec<String>,
    },
    /// The system says no.
    Failed {
        /// The effect.
        effect: EffectId,
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: Value,
    },
    /// Nothing happened; it can be tried again later.
    Unreachable {
        /// Why, in words.
        why: String,
    },
    /// It may have happened. A person finds out; nothing is guessed.
    Unknown {
        /// The effect.
        effect: EffectId,
        /// Why, in words.
        why: String,
    },
}

/// What policy would say to a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// It may go, now.
    pub allowed: bool,
    /// It may go once a person has said yes.
    pub needs_approval: bool,
    /// Whose yes it wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// In words, where it may not go now.
    pub reason: String,
    /// Ids of the policies or rules.
    pub policies: Vec<String>,
}

impl Answer {
    pub(super) fn allowed(policies: Vec<String>) -> Self {
        Self { allowed: true, needs_approval: false, role: None, reason: String::new(), policies }
    }
}

/// Why a call may not go on.
#[derive(Clone)]
pub(super) enum Halt {
    Invalid(Error),
    Refused {
        reason: String,
        policies: Vec<String>,
        /// The rules of its decision table that matched, whoever refused after them.
        rules: Option<RulesUsed>,
    },
    Undecided {
        reason: String,
    },
    NeedsApproval {
        role: Role,
        reason: String,
        policies: Vec<String>,
        packet: Value,
    },
    /// A person has been asked before and has not decided.
    Waiting {
        work_item: WorkItemId,
        role: Role,
        reason: String,
    },
    Unreachable {
        why: String,
    },
}

impl Halt {
    pub(super) fn refused(policy: &str, reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into(), policies: vec![policy.to_owned()], rules: None }
    }

    /// An error that is an answer to the caller halts the call; a fault of ours or of the database stays an error.
    pub(super) fn of(error: Error) -> Result<Self> {
        match error {
            Error::Refused { reason, policies } => Ok(Self::Refused { reason, policies, rules: None }),
            Error::Invalid { .. } | Error::NotFound(_) | Error::Limit(_) => Ok(Self::Invalid(error)),
            Error::Unauthenticated(_)
            | Error::Conflict(_)
            | Error::TooMany(_)
            | Error::Unavailable(_)
            | Error::Broken(_) => Err(error),
        }
    }

    pub(super) fn answer(self) -> Answer {
        let (role, reason, policies) = match self {
            Self::Invalid(error) => (None, error.problem().detail, vec![]),
            Self::Refused { reason, policies, .. } => (None, reason, policies),
            Self::Undecided { reason } | Self::Unreachable { why: reason } => (None, reason, vec![]),
            Self::NeedsApproval { role, reason, policies, .. } => (Some(role), reason, policies),
            Self::Waiting { role, reason, .. } => (Some(role), reason, vec!["door:approval".to_owned()]),
        };
        Answer { allowed: false, needs_approval: role.is_some(), role, reason, policies }
    }

    pub(super) fn in_words(&self) -> (&'static str, Value) {
        match self {
            Self::Invalid(error) => {
                let problem = error.problem();
                let place = problem.place.unwrap_or_default();
                ("invalid", json!({"reason": problem.detail, "place": place, "policies": ["door:arguments"]}))
            }
            Self::Refused { reason, policies, rules } => {
                ("refused", json!({"reason": reason, "policies": policies, "rules": rules}))
            }
            Self::Undecided { reason } => ("undecided", json!({"reason": reason, "policies": ["door:table"]})),
            Self::NeedsApproval { role, reason, policies, packet } => {
                let used = &packet["rules"];
                let named = || json!({"table": used["table"], "digest": used["digest"], "rules": used["rules"]});
                let rules = used.is_object().then(named);
                ("approval", json!({"reason": reason, "policies": policies, "role": role, "rules": rules}))
            }
            Self::Waiting { reason, role, .. } => ("approval", json!({"reason": reason, "role": role})),
            Self::Unreachable { why } => ("unreachable", json!({"reason": why})),
        }
    }
}

/// What a record needs to know of the call it speaks of.
#[derive(Clone)]
pub(crate) struct About {
    pub ctx: Ctx,
    pub action: String,
    pub title: String,
    /// Arguments without what is withheld.
    pub args: Value,
    pub args_digest: Digest,
    pub case: Option<CaseId>,
    pub run: Option<RunId>,
    pub release: Option<ReleaseId>,
    pub step_key: String,
    pub via: Option<String>,
    /// How a call from outside is found again while it waits for a person.
    pub waiting: Option<Remembered>,
}

impl About {
    /// About an effect that is already written down.
    pub(crate) fn of_effect(ctx: &Ctx, effect: &Effect) -> Self {
        Self {
            ctx: ctx.clone(),
            action: effect.action.clone(),
            title: String::new(),
            args: effect.args.clone(),
            args_digest: effect.args_digest.clone(),
            case: effect.case.clone(),
            run: effect.run.clone(),
            release: None,
            step_key: String::new(),
            via: None,
            waiting: None,
        }
    }
}

/// A call that makes sense: its action, its circumstances, its key.
pub(super) struct Job {
    /// The actor of this call.
    pub ctx: Ctx,
    /// Whoever sent it, before an agent took it on.
    pub caller: String,
    pub call: Call,
    pub action: Arc<Action>,
    pub catalogue: Arc<Catalogue>,
    pub rulebook: Arc<Rulebook>,
    pub release: ReleaseId,
    pub args_digest: Digest,
    pub key: String,
    pub facts: CaseFacts,
    pub known: Known,
    /// Given back when the call is over.
    #[expect(dead_code, reason = "held, and dropped with the job")]
    pub places: Vec<Place>,
}

impl Job {
    pub(super) fn about(&self) -> About {
        About {
            ctx: self.ctx.clone(),
            action: self.action.name.clone(),
            title: self.action.title.clone(),
            args: crate::pointers::redacted(&self.call.args, "args", &self.action.redact),
            args_digest: self.args_digest.clone(),
            case: self.call.case.clone(),
            run: self.call.run.clone(),
            release: Some(self.release.clone()),
            step_key: self.call.step_key.clone(),
            via: self.call.via.clone(),
            waiting: Remembered::of(self),
        }
    }

    /// The systems that this call may reach, its facts and what it is asked about included.
    pub(super) fn systems(&self) -> Vec<Arc<System>> {
        let action = &self.action;
        let facts = action.facts.iter().map(|fact| &fact.action);
        let reads = facts.chain(action.reconcile.iter().map(|how| &how.action));
        let others = reads.filter_map(|name| self.catalogue.action(name).ok()).map(|found| &found.system);
        let mut systems: Vec<Arc<System>> = Vec::new();
        for system in others.chain(std::iter::once(&action.system)) {
            if !systems.iter().any(|known| known.name == system.name) {
                systems.push(Arc::clone(system));
            }
        }
        systems
    }

    /// What came of this very call before, where its system has given a last word.
    pub(super) fn answered(&self) -> Option<Called> {
        self.known.effect.as_ref().and_then(answered)
    }
}

/// What came of an effect, where its system has given a last word; as it was written down. What a person has found out is
/// told without their words, which are for the house.
pub(super) fn answered(effect: &Effect) -> Option<Called> {
    if !effect.is_answered() {
        return None;
    }
    if effect.is_settled() && effect.state == State::Finished {
        return Some(Called::Done { effect: effect.id.clone(), result: json!({"settled": true}) });
    }
    let result = effect.result.clone().unwrap_or(Value::Null);
    match effect.state {
        State::Finished => Some(Called::Done { effect: effect.id.clone(), result }),
        State::Failed => Some(failed(effect, &result)),
        State::Requested | State::Unknown => None,
    }
}

fn failed(effect: &Effect, result: &Value) -> Called {
    let status = result["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(0);
    Called::Failed { effect: effect.id.clone(), status, detail: result["detail"].clone() }
}
