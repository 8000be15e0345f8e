//! The release's pinned catalogue: connected systems and their actions, read from `connectors/*.yaml` and the
//! systems' own OpenAPI descriptions, all of it checked before anything of the release goes live.

mod action;
mod auth;
mod check;
mod document;
mod file;
mod input;
mod kinds;
mod load;
mod operation;
mod plain;
mod schema;
mod sharing;
mod swagger;
pub(crate) mod written;

pub use action::{Action, Contract, Does, Fact, Kind, Reconcile, System};
pub use auth::{Auth, AuthFile, OAuth, Way};
pub(crate) use document::decoded;
pub use document::{Document, Entry};
pub(crate) use file::IDEMPOTENCY_HEADER_DEFAULT;
pub(crate) use input::is_text;
pub(crate) use kinds::pinned_of;
pub(crate) use load::is_name;
pub use operation::{BodyShape, Field, Media, Operation, Param, Place, Style};
pub use sharing::shared_sign_ins;

use crate::limits::Limits;
use baton_base::{Bundle, Error, Finding, Result};
use baton_govern::ActionInfo;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most actions of one release, count.
pub const ACTIONS_MAX: usize = 2_000;

/// All actions of one release, by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    actions: BTreeMap<String, Arc<Action>>,
    systems: BTreeMap<String, Arc<System>>,
    limits: Limits,
}

impl Catalogue {
    /// Reads and checks every connector of the release; all findings at once, nothing half-loaded.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut actions = BTreeMap::new();
        let (mut places, mut connectors) = (BTreeMap::new(), BTreeMap::new());
        for (path, _, text) in bundle.in_folder("connectors", "yaml") {
            let loaded = load::connector(bundle, path, text, &mut findings);
            if let Some(name) = loaded.first().map(|action| action.system.name.clone())
                && connectors.insert(name.clone(), path).is_some()
            {
                let problem = format!("connector '{name}' is there twice");
                findings.push(check::at(path, text, &name, problem, "give each connector a name of its own"));
            }
            for action in loaded {
                let name = action.name.clone();
                if places.insert(name.clone(), (path, text)).is_some() {
                    let problem = format!("action '{name}' is there twice");
                    findings.push(check::at(path, text, &name, problem, "give each action a name of its own"));
                }
                actions.insert(name, Arc::new(action));
            }
        }
        let systems = actions.values().map(|action| (action.system.name.clone(), Arc::clone(&action.system))).collect();
        let limits = Limits::load(bundle, |name| actions.contains_key(name), &mut findings);
        let catalogue = Self { actions, systems, limits };
        check::references(&catalogue, &places, &mut findings);
        if findings.is_empty() { Ok(catalogue) } else { Err(findings) }
    }

    /// The action of this name.
    pub fn action(&self, name: &str) -> Result<&Arc<Action>> {
        self.actions.get(name).ok_or_else(|| Error::not_found(format!("action {name}")))
    }

    /// The connected system of this name.
    pub fn system(&self, name: &str) -> Result<&Arc<System>> {
        self.systems.get(name).ok_or_else(|| Error::not_found(format!("connector {name}")))
    }

    /// Connected systems with at least one action, by name.
    pub fn systems(&self) -> impl Iterator<Item = &Arc<System>> {
        self.systems.values()
    }

    /// How often and how much.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All actions, by name.
    pub fn actions(&self) -> impl Iterator<Item = &Arc<Action>> {
        self.actions.values()
    }

    /// What policies and screens need to know of each action.
    pub fn infos(&self) -> Vec<ActionInfo> {
        self.actions.values().map(|action| info(action)).collect()
    }
}

fn info(action: &Action) -> ActionInfo {
    ActionInfo {
        name: action.name.clone(),
        title: action.title.clone(),
        writes: action.writes,
        risk: action.risk,
        schema: action.schema().clone(),
        confirm: action.confirm,
        facts: Some(action.facts.iter().map(|fact| (fact.name.clone(), !fact.optional)).collect()),
        derived: Some(action.derived.iter().map(|(name, _)| (name.clone(), true)).collect()),
        table: action.table.clone(),
    }
}
