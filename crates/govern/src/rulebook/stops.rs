//! The policies that are about the stop switch: those that name `Action::"press_stop"`, `Action::"release_stop"` or the group of
//! both, `Action::"stop_switch"`. A policy about every action is not about the switch.
//!
//! | part | what stands there |
//! |---|---|
//! | principal | `Member::"id"`, or `System::"token:NAME"` for a service account; `in Role::"supervisor"` … |
//! | resource | `Client::"id"` |
//! | context | `args.level` (`action`, `agent`, `intent`, `client`), `args.target` (its name; `*` for the client), `args.own` (whether whoever releases it has pressed it); `client_id`, `roles` |

use super::ActionInfo;
use super::context::uid;
use super::policy::Asked;
use super::reads::Reads;
use super::told::request;
use cedar_policy::{ActionConstraint, Authorizer, Decision, EntityUid, Policy, PolicySet};
use std::collections::{BTreeMap, HashSet};

/// The action of whoever presses.
pub(crate) const PRESS: &str = "press_stop";
/// The action of whoever releases.
pub(crate) const RELEASE: &str = "release_stop";
/// The group of both.
pub(super) const GROUP: &str = "stop_switch";
/// All three.
pub(super) const NAMES: [&str; 3] = [PRESS, RELEASE, GROUP];

/// What policies say of one use of the stop switch.
pub(crate) enum StopSaid {
    /// These permit it.
    Permits(Vec<String>),
    /// These forbid it.
    Forbids(Vec<String>),
    /// None says anything.
    Silent,
    /// One could not be evaluated: why, in words.
    Broken(String),
}

/// What the names of the switch stand for.
pub(super) fn named() -> HashSet<EntityUid> {
    NAMES.iter().filter_map(|name| uid("Action", name)).collect()
}

/// Whether a policy is about the stop switch.
pub(super) fn is_about(policy: &Policy) -> bool {
    let names = named();
    match policy.action_constraint() {
        ActionConstraint::Any => false,
        ActionConstraint::Eq(action) => names.contains(&action),
        ActionConstraint::In(actions) => actions.iter().any(|action| names.contains(action)),
    }
}

/// Actions of connectors that are called like the switch.
pub(super) fn taken(actions: &BTreeMap<String, ActionInfo>) -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(|name| actions.contains_key(*name))
}

/// Asks them.
pub(super) fn ask(cedar: &Authorizer, policies: &PolicySet, asked: &Asked<'_>) -> StopSaid {
    if policies.is_empty() {
        return StopSaid::Silent;
    }
    let groups: HashSet<EntityUid> = uid("Action", GROUP).into_iter().collect();
    let (request, entities) = match request(asked, &groups, &[&Reads::everything()]) {
        Ok(told) => told,
        Err(why) => return StopSaid::Broken(why),
    };
    let response = cedar.is_authorized(&request, policies, &entities);
    if let Some(error) = response.diagnostics().errors().next() {
        return StopSaid::Broken(error.to_string());
    }
    let mut ids: Vec<_> = response.diagnostics().reason().map(ToString::to_string).collect();
    ids.sort_unstable();
    match response.decision() {
        Decision::Allow => StopSaid::Permits(ids),
        Decision::Deny if ids.is_empty() => StopSaid::Silent,
        Decision::Deny => StopSaid::Forbids(ids),
    }
}
