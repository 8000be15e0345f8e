//! Who may press and release the stop switch: the table of roles, and over it the policies of the client's release.

use super::Scope;
use crate::rulebook::{Asked, PRESS, RELEASE, StopSaid};
use crate::{Ctx, Right, Role, Rulebook};
use baton_base::{Actor, Error, Result};
use serde_json::{Value, json};
use std::borrow::Cow;

/// What is done with the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// AI is stopped.
    Press,
    /// AI goes on.
    Release,
}

impl Step {
    /// The action that policies name.
    pub fn action(self) -> &'static str {
        match self {
            Self::Press => PRESS,
            Self::Release => RELEASE,
        }
    }

    /// By the name of its action.
    pub fn of_action(action: &str) -> Option<Self> {
        [Self::Press, Self::Release].into_iter().find(|step| step.action() == action)
    }
}

/// One use of the switch.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// What is done.
    pub step: Step,
    /// What it covers.
    pub scope: Scope,
    /// Name of the intent, agent or action; `*` otherwise.
    pub target: &'a str,
    /// Whether whoever releases it has pressed it.
    pub own: bool,
}

/// Ids of the policies that let the actor use the switch so, or of the right that does; a refusal in words otherwise.
///
/// Without a policy about it the table of roles decides ([`Right::StopSwitch`]). A policy that permits gives it to more, one that
/// forbids takes it from those who have it. So that a wrong policy never leaves nobody who can press, an administrator always may
/// press, whatever policies say; where one cannot be evaluated, nobody else presses, and nobody releases. Everything at once,
/// `all`, belongs to the installation, which has no release: there the table alone decides.
pub fn judge(rulebook: Option<&Rulebook>, ctx: &Ctx, asked: &Use<'_>) -> Result<Vec<String>> {
    if matches!(ctx.actor, Actor::Agent { .. }) {
        let reason = "AI agents have no hand on the stop switch; people and service accounts do";
        return Err(Error::refused(reason, vec!["built-in:stop-switch".to_owned()]));
    }
    if !ctx.is_granted() {
        return Ok(Vec::new());
    }
    let by_table = || ctx.allow(Right::StopSwitch).map(|()| vec![format!("right:{}", Right::StopSwitch.name())]);
    let always = asked.step == Step::Press && ctx.roles().contains(&Role::Admin);
    let Some(rulebook) = rulebook.filter(|_| asked.scope != Scope::All && !always) else { return by_table() };
    match rulebook.ask_stop(&told(ctx, asked)) {
        StopSaid::Silent => by_table(),
        StopSaid::Permits(policies) => Ok(policies),
        StopSaid::Forbids(policies) => Err(Error::refused(reasons(rulebook, &policies), policies)),
        StopSaid::Broken(why) => {
            let next = match asked.step {
                Step::Press => "an admin can press it all the same",
                Step::Release => "it stays pressed until the policy is corrected",
            };
            let reason = format!("a policy about the stop switch could not be evaluated: {why}; {next}");
            Err(Error::refused(reason, vec!["built-in:evaluation".to_owned()]))
        }
    }
}

fn told<'a>(ctx: &'a Ctx, asked: &Use<'_>) -> Asked<'a> {
    let args = json!({"level": asked.scope.name(), "target": asked.target, "own": asked.own});
    Asked {
        kind: if ctx.member_id().is_some() { "Member" } else { "System" },
        name: ctx.actor.name(),
        roles: ctx.roles(),
        client: ctx.client.as_str(),
        action: asked.step.action(),
        case: None,
        context: vec![("args", Cow::Owned(args)), ("client_id", Cow::Owned(Value::from(ctx.client.as_str())))],
    }
}

fn reasons(rulebook: &Rulebook, policies: &[String]) -> String {
    let written = policies.iter().filter_map(|id| rulebook.policy(id));
    written.map(|policy| policy.reason.as_str()).collect::<Vec<_>>().join("; ")
}
