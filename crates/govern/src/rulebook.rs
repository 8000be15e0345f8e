//! The rulebook of a release: policies (`policies/*.cedar`), what they must never let through
//! (`policies/properties/*.yaml`), decision tables (`tables/*.yaml`; from and to DMN: [`dmn`]), policy facts (`facts.yaml`) and autonomy defaults
//! (`autonomy.yaml`), compiled at load; anything wrong in them is a finding.

mod autonomy_file;
mod cell;
mod context;
mod date;
pub mod dmn;
mod ever;
mod fact;
mod gaps;
mod gate;
mod pieces;
mod policy;
mod property;
mod query;
mod reads;
mod real;
mod schema;
mod scope;
mod shape;
mod sieve;
mod slice;
mod stops;
mod table;
mod table_file;
mod table_view;
mod told;
mod usage;

pub use date::{day_end_ms, day_start_ms};
pub use fact::{Facts as PolicyFacts, PolicyFact};
pub use gaps::{Gap, GapKind};
pub(crate) use policy::{Asked, Verdict, rank};
pub use policy::{SLICE_POLICIES_MAX, Written};
pub(crate) use property::Claim;
pub use property::{PROPERTIES_MAX, Property};
pub(crate) use query::Query;
pub(crate) use stops::{PRESS, RELEASE, StopSaid};
pub use table::{Decided, Hit, Table, Undecided};
pub use table_view::{Grid, GridRule};

use crate::{Ctx, Level};
use autonomy_file::Defaults;
use baton_base::{Bundle, Finding};
use fact::Facts;
use policy::Policies;
use schema::Source;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How much harm a wrong call can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little.
    #[default]
    Low,
    /// Some.
    Medium,
    /// Money or a promise.
    High,
}

impl Risk {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the rooms need to know of an action; the catalogue (tools) makes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionInfo {
    /// Its name, unique in the release.
    pub name: String,
    /// In words.
    pub title: String,
    /// Whether it changes something outside.
    pub writes: bool,
    /// How much harm a wrong call can do.
    pub risk: Risk,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// Whether the customer has to say yes to the exact arguments first.
    pub confirm: bool,
    /// Names of the facts that are read for it, and whether each is always there; `None` where that is not known.
    pub facts: Option<Vec<(String, bool)>>,
    /// Names of what is worked out for it, as `facts`.
    pub derived: Option<Vec<(String, bool)>>,
    /// Its decision table.
    pub table: Option<String>,
}

/// The compiled rules of one release.
pub struct Rulebook {
    actions: BTreeMap<String, ActionInfo>,
    policies: Policies,
    tables: BTreeMap<String, Table>,
    facts: Facts,
    defaults: Defaults,
    claims: Vec<Claim>,
    client: Option<String>,
}

impl Rulebook {
    /// Compiles the rules of a release, for these actions; every error is reported, nothing is half-loaded.
    pub fn load(bundle: &Bundle, actions: &[ActionInfo]) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let actions: BTreeMap<_, _> = actions.iter().map(|a| (a.name.clone(), a.clone())).collect();
        let tables = table_file::load(bundle, &mut findings);
        let facts = Facts::load(bundle, &mut findings);
        let source = Source { actions: &actions, tables: &tables, facts: &facts };
        let policies = Policies::load(bundle, &source, &mut findings);
        let claims = property::load(bundle, &source, &policies, &mut findings);
        let defaults = Defaults::load(bundle, &actions, &mut findings);
        let client = bundle.parameters.get("client").and_then(Value::as_str).map(str::to_owned);
        if findings.is_empty() {
            Ok(Self { actions, policies, tables, facts, defaults, claims, client })
        } else {
            Err(findings)
        }
    }

    /// The client whose release it is, where that is known.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// What the policies must never let through, in the order of the files.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.claims.iter().map(|claim| &claim.property)
    }

    pub(crate) fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// A decision table by its file's name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Every table, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// A policy as it is written.
    pub fn policy(&self, id: &str) -> Option<&Written> {
        self.policies.written(id)
    }

    /// Every policy, by id.
    pub fn policies(&self) -> impl Iterator<Item = &Written> {
        self.policies.all_written()
    }

    /// Every action, by name.
    pub fn actions(&self) -> impl Iterator<Item = &ActionInfo> {
        self.actions.values()
    }

    /// The policy fact that holds at a time.
    pub fn fact(&self, key: &str, at_ms: i64) -> Option<&PolicyFact> {
        self.facts.at(key, at_ms)
    }

    /// All policy facts that hold at a time, as one object: `refund.window` stands at `.refund.window`.
    pub fn facts_at(&self, at_ms: i64) -> Value {
        self.facts.tree_at(at_ms)
    }

    /// The same where a policy of the action reads any of them; otherwise null.
    pub(crate) fn facts_read(&self, action: &str, at_ms: i64) -> Value {
        if self.policies.reads(action, "policy") { self.facts_at(at_ms) } else { Value::Null }
    }

    /// The release's autonomy level for an intent and action. Where the file says nothing: AI reads by itself, and
    /// writes with approval.
    pub fn autonomy_default(&self, intent: &str, action: &str) -> Level {
        let writes = self.actions.get(action).is_none_or(|info| info.writes);
        self.defaults.level(intent, action, writes)
    }

    /// Intents for which the release has a level of their own for an action.
    pub fn autonomy_intents<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a str> {
        self.defaults.intents(action)
    }

    /// An action by name.
    pub fn action(&self, name: &str) -> Option<&ActionInfo> {
        self.actions.get(name)
    }

    /// Whether this actor could ever be let through to the action, whatever the arguments and facts: what is not
    /// offered to them at all. A yes is no promise; every call is judged on its own.
    pub fn may_ever(&self, ctx: &Ctx, action: &str) -> bool {
        self.policies.may_ever(ctx, action)
    }

    pub(crate) fn ask(&self, asked: &Asked<'_>) -> Verdict {
        self.policies.ask(asked)
    }

    pub(crate) fn ask_stop(&self, asked: &Asked<'_>) -> StopSaid {
        self.policies.ask_stop(asked)
    }

    pub(crate) fn ask_approved(&self, asked: &Asked<'_>) -> Verdict {
        self.policies.ask_approved(asked)
    }
}
