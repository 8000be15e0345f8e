//! `policies/*.cedar`: who may do what, sliced by action at load.
//!
//! | part | what stands there |
//! |---|---|
//! | principal | `Agent::"name"`, `Member::"id"` or `System::"process:claim"`, `in Role::"supervisor"` …; attribute `name` |
//! | action | `Action::"name"`, in `Action::"reads"` or `Action::"writes"`, and in `Action::"risk_low"` … |
//! | resource | `Case::"id"` in `Client::"id"`, or `Client::"id"` where there is no case |
//! | context | `args`, `facts`, `derived`, `policy`, `case`, `confirmed`, `approved`, `client_id`, `roles`; and where known `identity`, `intent`, `rules` (the decision table's outputs) |
//!
//! Every policy has an `@id("…")` of its own; every `forbid` a `@reason("…")`, which the actor reads. A `forbid` with
//! `@approval("supervisor")` does not refuse but asks for the approval of that role (or one above it).
//!
//! Policies about the stop switch: [`super::stops`].

use super::context::uid;
use super::reads::Reads;
use super::schema::Source;
use super::slice::{Heard, Ruled, Slice};
use super::stops::{self, StopSaid};
use super::told::request;
use super::{ActionInfo, Risk};
use crate::Role;
use baton_base::{Bundle, Finding};
use cedar_policy::{ActionConstraint, Authorizer, Decision, Effect, EntityUid, Policy, PolicyId, PolicySet};
use miette::Diagnostic as _;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// Most policies that one action is judged by: the cost of a judgement grows with them.
pub const SLICE_POLICIES_MAX: usize = 100;

/// One request to the policies.
pub(crate) struct Asked<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub roles: &'a [Role],
    pub client: &'a str,
    pub action: &'a str,
    pub case: Option<&'a str>,
    pub context: Vec<(&'static str, Cow<'a, Value>)>,
}

/// What the policies say.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Permit { policies: Vec<String> },
    Approval { policies: Vec<String>, role: Role, reason: String },
    Forbid { policies: Vec<String>, reason: String },
}

/// What stands beside a policy.
struct Note {
    reason: String,
    approval: Option<Role>,
    written: Written,
}

/// A policy as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// The file.
    pub file: String,
    /// 1-based line where it begins; 0 where unknown.
    pub line: u32,
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// What the actor reads where it refuses.
    pub reason: String,
    /// The whole text.
    pub text: String,
}

pub(super) struct Policies {
    authorizer: Authorizer,
    slices: BTreeMap<String, Slice>,
    /// Those about the stop switch.
    stops: PolicySet,
    notes: BTreeMap<String, Note>,
}

impl Policies {
    pub(super) fn load(bundle: &Bundle, source: &Source<'_>, findings: &mut Vec<Finding>) -> Self {
        let actions = source.actions;
        let mut loader = Loader { actions, findings, notes: BTreeMap::new(), policies: Vec::new() };
        for (path, _, text) in bundle.in_folder("policies", "cedar") {
            loader.file(path, text);
        }
        let (notes, policies) = (loader.notes, loader.policies);
        let stops = set(policies.iter().filter(|policy| stops::is_about(policy)));
        let firm = |policy: &Policy| notes.get(&policy.id().to_string()).is_none_or(|note| note.approval.is_none());
        let ruled = |policy| {
            let firm = firm(&policy);
            Arc::new(Ruled::new(policy, firm))
        };
        let policies: Vec<_> = policies.into_iter().map(ruled).collect();
        let slices = actions.values().filter_map(|info| Some((info.name.clone(), slice(info, &policies)?)));
        let slices: BTreeMap<_, _> = slices.collect();
        check_sizes(&slices, findings);
        check_shapes(&slices, source, &notes, findings);
        check_stops(&stops, source, &notes, findings);
        Self { authorizer: Authorizer::new(), slices, stops, notes }
    }

    /// The policies that concern an action; `None` where there is no such action.
    pub(super) fn of_action(&self, action: &str) -> Option<impl Iterator<Item = &Policy>> {
        self.slices.get(action).map(Slice::policies)
    }

    /// The policies that concern an action; on request, without the forbids that an approval lifts.
    pub(super) fn set_of(&self, action: &str, only_firm: bool) -> PolicySet {
        let all = self.of_action(action).into_iter().flatten();
        set(all.filter(|policy| !only_firm || self.is_firm(policy)))
    }

    /// Whether a policy concerns an action.
    pub(super) fn concern(info: &ActionInfo, policy: &Policy) -> bool {
        concerns(policy, &names_of(info))
    }

    /// Whether a policy of no rulebook permits a call, without an error.
    pub(super) fn is_among(&self, asked: &Asked<'_>, policy: &Policy) -> bool {
        let Some(slice) = self.slices.get(asked.action) else { return false };
        let everything = Reads::everything();
        let Ok((request, entities)) = request(asked, slice.groups(), &[&everything]) else { return false };
        let mut set = PolicySet::new();
        let _ = set.add(policy.clone());
        let response = self.authorizer.is_authorized(&request, &set, &entities);
        response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
    }

    /// Whether no approval lifts a policy.
    pub(super) fn is_firm(&self, policy: &Policy) -> bool {
        self.notes.get(&policy.id().to_string()).is_none_or(|note| note.approval.is_none())
    }

    pub(super) fn written(&self, id: &str) -> Option<&Written> {
        self.notes.get(id).map(|note| &note.written)
    }

    pub(super) fn all_written(&self) -> impl Iterator<Item = &Written> {
        self.notes.values().map(|note| &note.written)
    }

    pub(super) fn ask(&self, asked: &Asked<'_>) -> Verdict {
        let Some(slice) = self.slices.get(asked.action) else {
            return forbid("built-in:action", format!("there is no action '{}'", asked.action));
        };
        let heard = match slice.hear(&self.authorizer, asked, false) {
            Ok(heard) => heard,
            Err(why) => return forbid("built-in:request", format!("the facts cannot be judged: {why}")),
        };
        // Any evaluation error refuses, even if the rest allows.
        if let Some(first) = heard.errors.first() {
            return forbid("built-in:evaluation", format!("a policy could not be evaluated: {first}"));
        }
        match (heard.forbids.is_empty(), heard.permits.is_empty()) {
            (false, _) => self.denied(&heard),
            (true, false) => Verdict::Permit { policies: owned(&heard.permits) },
            (true, true) => forbid(
                "built-in:default",
                format!("no policy permits {} {} to {}", asked.kind.to_lowercase(), asked.name, asked.action),
            ),
        }
    }

    /// What those about the stop switch say.
    pub(super) fn ask_stop(&self, asked: &Asked<'_>) -> StopSaid {
        stops::ask(&self.authorizer, &self.stops, asked)
    }

    fn denied(&self, heard: &Heard<'_>) -> Verdict {
        let noted = |id: &&str| self.notes.get(*id);
        let lifted = |id: &&str| noted(id).is_some_and(|note| note.approval.is_some());
        let firm: Vec<_> = heard.forbids.iter().copied().filter(|id| !lifted(id)).collect();
        if !firm.is_empty() {
            let reasons: Vec<_> = firm.iter().filter_map(noted).map(|note| note.reason.as_str()).collect();
            return Verdict::Forbid { policies: owned(&firm), reason: reasons.join("; ") };
        }
        if heard.permits.is_empty() {
            return forbid("built-in:default", "no policy permits it, with approval or without");
        }
        let notes: Vec<_> = heard.forbids.iter().filter_map(noted).collect();
        let role = notes.iter().filter_map(|n| n.approval).max_by_key(|role| rank(*role)).unwrap_or(Role::Supervisor);
        let reason = notes.iter().map(|n| n.reason.as_str()).collect::<Vec<_>>().join("; ");
        Verdict::Approval { policies: owned(&heard.forbids), role, reason }
    }

    /// Ids of the permits that would let it through once the approval is there.
    pub(super) fn ask_approved(&self, asked: &Asked<'_>) -> Verdict {
        let slice = self.slices.get(asked.action);
        match slice.map(|slice| slice.hear(&self.authorizer, asked, true)) {
            Some(Ok(Heard { permits, forbids, errors }))
                if errors.is_empty() && forbids.is_empty() && !permits.is_empty() =>
            {
                Verdict::Permit { policies: owned(&permits) }
            }
            Some(_) | None => self.ask(asked),
        }
    }

    /// Whether a policy of the action reads this name of the context.
    pub(super) fn reads(&self, action: &str, name: &str) -> bool {
        self.slices.get(action).is_some_and(|slice| slice.reads(name))
    }
}

/// Who may approve for whom: a role above stands in for one below. Only these roles approve.
pub(crate) fn rank(role: Role) -> u8 {
    match role {
        Role::HumanAgent => 1,
        Role::Supervisor => 2,
        Role::AiLead => 3,
        Role::FinanceLead => 4,
        Role::Admin
        | Role::KnowledgeManager
        | Role::Designer
        | Role::Integrator
        | Role::QaAnalyst
        | Role::Planner
        | Role::ClientSuccess
        | Role::Auditor
        | Role::Service
        | Role::Provisioner => 0,
    }
}

fn forbid(policy: &str, reason: impl Into<String>) -> Verdict {
    Verdict::Forbid { policies: vec![policy.to_owned()], reason: reason.into() }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The policies that concern an action; `None` where no entity can have its name.
fn slice(info: &ActionInfo, policies: &[Arc<Ruled>]) -> Option<Slice> {
    let names = names_of(info);
    let own = policies.iter().filter(|ruled| concerns(&ruled.policy, &names)).cloned().collect();
    Some(Slice::new(&uid("Action", &info.name)?, groups(info.writes, info.risk), own))
}

fn set<'a>(policies: impl Iterator<Item = &'a Policy>) -> PolicySet {
    let mut set = PolicySet::new();
    for policy in policies {
        // Ids are unique in a slice, the one reason for a set not to take a policy.
        let _ = set.add(policy.clone());
    }
    set
}

/// An action and the groups that it is in.
fn names_of(info: &ActionInfo) -> HashSet<EntityUid> {
    groups(info.writes, info.risk).into_iter().chain(uid("Action", &info.name)).collect()
}

fn groups(writes: bool, risk: Risk) -> HashSet<EntityUid> {
    let kind = if writes { "writes" } else { "reads" };
    [kind.to_owned(), format!("risk_{}", risk.name())].iter().filter_map(|name| uid("Action", name)).collect()
}

fn concerns(policy: &Policy, names: &HashSet<EntityUid>) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => names.contains(&action),
        ActionConstraint::In(actions) => actions.iter().any(|action| names.contains(action)),
    }
}

fn check_sizes(slices: &BTreeMap<String, Slice>, findings: &mut Vec<Finding>) {
    for (action, slice) in slices {
        check_size(action, slice.policies().count(), findings);
    }
}

fn check_size(action: &str, count: usize, findings: &mut Vec<Finding>) {
    if count > SLICE_POLICIES_MAX {
        let message = format!("{count} policies concern '{action}', {SLICE_POLICIES_MAX} may");
        let remedy = "join policies, or name the actions they are about";
        findings.push(Finding::error("policies", "policy-slice", message, remedy));
    }
}

/// Every policy against the schema of every action that it concerns; each finding once.
fn check_shapes(
    slices: &BTreeMap<String, Slice>,
    source: &Source<'_>,
    notes: &BTreeMap<String, Note>,
    findings: &mut Vec<Finding>,
) {
    let mut seen = BTreeSet::new();
    for info in source.actions.values() {
        let Some(slice) = slices.get(&info.name) else { continue };
        for (id, words) in source.check(info, &set(slice.policies())) {
            let Some(note) = notes.get(&id).filter(|_| seen.insert((id.clone(), words.clone()))) else { continue };
            let message = format!("'{}': {words}", info.name);
            let remedy = "correct the name or the type, or ask with 'has' first; an error at a call refuses it";
            let finding = Finding::error(&note.written.file, "policy-type", message, remedy);
            findings.push(finding.at(note.written.line, 1));
        }
    }
}

/// Those about the stop switch: their number, their shapes, and that no action is called like it.
fn check_stops(stops: &PolicySet, source: &Source<'_>, notes: &BTreeMap<String, Note>, findings: &mut Vec<Finding>) {
    check_size("stop_switch", stops.policies().count(), findings);
    for name in stops::taken(source.actions) {
        let message = format!("an action is called '{name}', which is a name of the stop switch in policies");
        findings.push(Finding::error("policies", "policy-action", message, "give the action another name"));
    }
    for (id, words) in source.check_stops(stops) {
        let Some(Note { written, .. }) = notes.get(&id) else { continue };
        let remedy =
            "ask for args.level, args.target, args.own, client_id or roles; an error leaves pressing to admins alone";
        let finding = Finding::error(&written.file, "policy-type", format!("the stop switch: {words}"), remedy);
        findings.push(finding.at(written.line, 1));
    }
}

struct Loader<'a> {
    actions: &'a BTreeMap<String, ActionInfo>,
    findings: &'a mut Vec<Finding>,
    notes: BTreeMap<String, Note>,
    policies: Vec<Policy>,
}

impl Loader<'_> {
    fn file(&mut self, path: &str, text: &str) {
        let set: PolicySet = match text.parse() {
            Ok(set) => set,
            Err(errors) => return self.syntax(path, text, &errors),
        };
        if set.templates().next().is_some() {
            let message = "a policy with ?principal or ?resource is a template";
            let remedy = "write principal and resource out";
            self.findings.push(Finding::error(path, "policy-template", message, remedy));
        }
        let mut policies: Vec<_> = set.policies().collect();
        policies.sort_by_key(number);
        let (mut line, mut from) = (1, 0);
        for policy in policies {
            let shown = policy.to_string();
            let rest = text.get(from..).unwrap_or_default();
            let ahead = rest.find(shown.trim()).unwrap_or(0);
            line += lines(rest.get(..ahead).unwrap_or_default());
            self.policy(path, line, policy);
            line += lines(shown.trim());
            from += ahead + shown.trim().len();
        }
    }

    fn syntax(&mut self, path: &str, text: &str, errors: &cedar_policy::ParseErrors) {
        for error in errors.iter() {
            let offset = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
            let (line, column) = place(text, offset);
            let finding = Finding::error(path, "cedar", error.to_string(), "correct the Cedar policy");
            self.findings.push(finding.at(line, column));
        }
    }

    fn policy(&mut self, path: &str, line: u32, policy: &Policy) {
        let before = self.findings.len();
        let mut wrong = |rule: &str, message: String, remedy: &str| {
            self.findings.push(Finding::error(path, rule, message, remedy).at(line, 1));
        };
        let id = policy.annotation("id").unwrap_or_default().to_owned();
        if id.is_empty() || id.starts_with("built-in:") || self.notes.contains_key(&id) {
            let message = format!("policy id '{id}' is empty, reserved or stands twice");
            wrong("policy-id", message, "give every policy an @id(\"…\") of its own");
        }
        let reason = policy.annotation("reason").unwrap_or_default().to_owned();
        if policy.effect() == Effect::Forbid && reason.trim().is_empty() {
            let message = format!("forbid '{id}' gives no reason");
            wrong("policy-reason", message, "say in @reason(\"…\") what the actor should read");
        }
        let approval = policy.annotation("approval").map(|role| (role.parse::<Role>(), role));
        if let Some((parsed, role)) = &approval {
            let known = parsed.as_ref().is_ok_and(|role| rank(*role) > 0);
            if !known || policy.effect() == Effect::Permit {
                let message = format!("'{id}' asks for the approval of '{role}'");
                let remedy = "on a forbid, name human_agent, supervisor, ai_lead or finance_lead";
                wrong("policy-approval", message, remedy);
            }
            if stops::is_about(policy) {
                let message = format!("'{id}' asks for an approval of using the stop switch, which waits for nobody");
                wrong("policy-approval", message, "forbid it, or permit it to somebody");
            }
        }
        for unknown in self.unknown_actions(policy) {
            let message = format!("policy '{id}': there is no action {unknown}");
            let remedy = "name an action of a connector, or reads, writes, risk_low, risk_medium, risk_high, press_stop, \
                release_stop, stop_switch";
            self.findings.push(Finding::error(path, "policy-action", message, remedy).at(line, 1));
        }
        if self.findings.len() == before {
            let approval = approval.and_then(|(role, _)| role.ok());
            let effect = if policy.effect() == Effect::Permit { "permit" } else { "forbid" };
            let (file, shown) = (path.to_owned(), policy.to_string().trim().to_owned());
            let written = Written { id: id.clone(), file, line, effect, reason: reason.clone(), text: shown };
            self.notes.insert(id.clone(), Note { reason, approval, written });
            self.policies.push(policy.new_id(PolicyId::new(&id)));
        }
    }

    fn unknown_actions(&self, policy: &Policy) -> Vec<String> {
        let named = match policy.action_constraint() {
            ActionConstraint::Any => vec![],
            ActionConstraint::Eq(action) => vec![action],
            ActionConstraint::In(actions) => actions,
        };
        let mut known: BTreeSet<_> = self.actions.keys().filter_map(|name| uid("Action", name)).collect();
        for risk in [Risk::Low, Risk::Medium, Risk::High] {
            known.extend(groups(true, risk).into_iter().chain(groups(false, risk)));
        }
        known.extend(stops::named());
        named.into_iter().filter(|action| !known.contains(action)).map(|action| action.to_string()).collect()
    }
}

/// The how manieth policy of its text it is: Cedar numbers them as it reads.
fn number(policy: &&Policy) -> usize {
    policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(0)
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0)
}

/// 1-based line and column of a byte offset.
fn place(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset.min(text.len())).unwrap_or_default();
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(0), u32::try_from(column).unwrap_or(0))
}
