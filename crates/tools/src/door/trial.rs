//! A call tried on given facts, without a system: for tests of policies, for explanations, and for what a new release
//! would say of the calls that were made. Arguments, derived values, table and policy go through the code of the door.

use super::call::Halt;
use super::decide::by_table;
use super::facts::{View, derive};
use crate::catalogue::Catalogue;
use crate::store::Effect;
use crate::validate;
use baton_base::{Actor, AgentName, ClientId, Error, MemberId, Result};
use baton_govern::{Approved, Ctx, Env, Judgement, Level, Question, Role, Rulebook, RulesUsed, Stop, judge, stop};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A call with all that is known of it.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// The action's name.
    pub action: String,
    /// Its arguments.
    pub args: Value,
    /// What its facts would be: name → value.
    pub facts: Value,
    /// What is worked out from them; worked out here, where it is not given.
    pub derived: Option<Value>,
    /// The case, or null.
    pub case: Value,
    /// How the customer was identified, or null.
    pub identity: Value,
    /// The intent.
    pub intent: Option<String>,
    /// Whether the customer said yes to exactly this.
    pub confirmed: bool,
    /// Who approved exactly this.
    pub approved: Option<Approved>,
    /// The autonomy level; without it the release's.
    pub level: Option<Level>,
    /// A stop that covers it.
    pub stop: Option<Stop>,
}

/// What comes of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It may go.
    Allow,
    /// A person has to say yes first.
    Approve,
    /// No.
    Refuse,
    /// The rules do not say; a person decides.
    Undecided,
    /// The caller must change what was sent.
    Invalid,
}

/// What comes of a trial, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// What.
    pub said: Said,
    /// Whose approval, where one is needed.
    pub role: Option<Role>,
    /// In words; empty where it may go.
    pub reason: String,
    /// Ids of the policies, or of what else decided.
    pub policies: Vec<String>,
    /// What the decision table said.
    pub rules: Option<RulesUsed>,
    /// The level it was judged at.
    pub level: Level,
    /// What policies and tables saw.
    pub saw: Value,
}

/// Tries a call; or a use of the stop switch, where the action is `press_stop` or `release_stop`.
pub fn try_call(catalogue: &Catalogue, rulebook: &Rulebook, ctx: &Ctx, trial: &Trial) -> Result<Tried> {
    if let Some(step) = stop::Step::of_action(&trial.action) {
        return try_stop(rulebook, ctx, step, &trial.args);
    }
    let intent = trial.intent.as_deref();
    let level = trial.level.unwrap_or_else(|| rulebook.autonomy_default(intent.unwrap_or_default(), &trial.action));
    let known = [&trial.case, &trial.identity];
    let mut view = View::on(&trial.args, known, intent, trial.confirmed, rulebook, ctx.now_ms());
    view.0["facts"] = trial.facts.clone();
    let mut tried = Tried {
        said: Said::Allow,
        role: None,
        reason: String::new(),
        policies: vec![],
        rules: None,
        level,
        saw: Value::Null,
    };
    match weigh(catalogue, rulebook, ctx, trial, &mut view, &mut tried) {
        Ok(()) => {}
        Err(Failed::Halt(halt)) => tried.halted(*halt),
        Err(Failed::Error(error)) => tried.halted(Halt::of(error)?),
    }
    tried.saw = view.0;
    Ok(tried)
}

/// A use of the stop switch, as the arguments of a trial.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StopArgs {
    level: stop::Scope,
    #[serde(default)]
    target: String,
    #[serde(default)]
    own: bool,
}

fn try_stop(rulebook: &Rulebook, ctx: &Ctx, step: stop::Step, args: &Value) -> Result<Tried> {
    let mut tried = Tried {
        said: Said::Allow,
        role: None,
        reason: String::new(),
        policies: vec![],
        rules: None,
        level: Level::Act,
        saw: json!({"args": args, "roles": ctx.roles()}),
    };
    let args = match StopArgs::deserialize(args) {
        Ok(args) => args,
        Err(why) => {
            let reason = format!("the stop switch is used with level, target and own: {why}");
            (tried.said, tried.reason) = (Said::Invalid, reason);
            return Ok(tried);
        }
    };
    let target = stop::target(args.level, &args.target);
    match stop::judge(Some(rulebook), ctx, &stop::Use { step, scope: args.level, target, own: args.own }) {
        Ok(policies) => tried.policies = policies,
        Err(Error::Refused { reason, policies }) => {
            (tried.said, tried.reason, tried.policies) = (Said::Refuse, reason, policies);
        }
        Err(other) => return Err(other),
    }
    Ok(tried)
}

enum Failed {
    Halt(Box<Halt>),
    Error(baton_base::Error),
}

impl From<baton_base::Error> for Failed {
    fn from(error: baton_base::Error) -> Self {
        Self::Error(error)
    }
}

fn weigh(
    catalogue: &Catalogue,
    rulebook: &Rulebook,
    ctx: &Ctx,
    trial: &Trial,
    view: &mut View,
    tried: &mut Tried,
) -> std::result::Result<(), Failed> {
    let action = catalogue.action(&trial.action)?;
    validate::arguments(action, &trial.args)?;
    match &trial.derived {
        Some(derived) => view.0["derived"] = derived.clone(),
        None => derive(action, view)?,
    }
    let decided = by_table(action, rulebook, view).map_err(|halt| Failed::Halt(Box::new(halt)))?;
    tried.rules = decided.as_ref().map(RulesUsed::of);
    let question = Question {
        action: &trial.action,
        args: &trial.args,
        facts: view.part("facts"),
        derived: view.part("derived"),
        intent: trial.intent.as_deref(),
        case: &trial.case,
        identity: &trial.identity,
        confirmed: trial.confirmed,
        rules: decided.as_ref(),
        approved: trial.approved.as_ref(),
    };
    match judge(rulebook, ctx, &question, tried.level, trial.stop.clone()) {
        Judgement::Allow { policies, .. } => tried.policies = policies,
        Judgement::NeedsApproval { policies, role, reason } => {
            (tried.said, tried.role, tried.reason, tried.policies) = (Said::Approve, Some(role), reason, policies);
        }
        Judgement::Refuse { reason, policies } => {
            (tried.said, tried.reason, tried.policies) = (Said::Refuse, reason, policies);
        }
    }
    Ok(())
}

impl Tried {
    fn halted(&mut self, halt: Halt) {
        self.said = match &halt {
            Halt::Invalid(_) => Said::Invalid,
            Halt::Undecided { .. } => Said::Undecided,
            Halt::NeedsApproval { .. } | Halt::Waiting { .. } => Said::Approve,
            Halt::Refused { .. } | Halt::Unreachable { .. } => Said::Refuse,
        };
        let answer = halt.answer();
        (self.reason, self.policies) = (answer.reason, answer.policies);
    }
}

/// The trial of a call that was made, from what its effect keeps; `None` where what it was judged on was not kept.
/// An approval is taken to be of a role that suffices, since it did.
pub fn recorded(env: &Arc<Env>, client: &ClientId, effect: &Effect) -> Option<(Ctx, Trial)> {
    let permit = &effect.permit;
    let basis = permit.get("basis").filter(|basis| basis.is_object())?;
    let approver = permit["approved_by"].as_str().map(MemberId::known);
    let trial = Trial {
        action: effect.action.clone(),
        args: effect.args.clone(),
        facts: basis["facts"].clone(),
        derived: None,
        case: basis["case"].clone(),
        identity: basis["identity"].clone(),
        intent: basis["intent"].as_str().map(str::to_owned),
        confirmed: permit["confirmed"] == true,
        approved: approver.map(|by| Approved { by, roles: Role::ALL.to_vec() }),
        level: None,
        stop: None,
    };
    let actor: Actor = serde_json::from_value(permit["actor"].clone()).ok()?;
    let ctx = match &actor {
        Actor::Agent { name, version } => Ctx::agent(env, client, &AgentName::known(name.as_str()), version),
        Actor::Member { id } => Ctx::member(env, client, id, Role::ALL),
        Actor::System { name } => Ctx::system(env, client, name.as_str()),
    };
    Some((ctx, trial))
}
