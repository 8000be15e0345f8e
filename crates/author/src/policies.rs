//! Table tests of policies and decision tables: calls with all that is known of them, and what the rules should say.
//!
//! ```yaml
//! # payments.test.yaml, beside payments.cedar
//! parameters: { limit_minor: 500000 }     # of the blueprint
//! defaults:                               # under every test; a test's own values come over them
//!   principal: agent:intake               # agent:NAME, member:ROLE or system:NAME
//!   action: create_payment
//!   args: { claim_id: case_1, amount_minor: 20000 }
//!   facts: { policy: { status: active } }
//! tests:
//!   - name: above the limit an adjuster decides
//!     args: { amount_minor: 900000 }
//!     expect: refuse                      # allow, approve, refuse, undecided or invalid
//!     by: [create_payment#pay-above-limit]
//! ```
//! A test may also give `derived` (else worked out), `case`, `identity`, `intent`, `confirmed`, `autonomy` (else the
//! release's), `approved_by` (a role), `client` (else the release's), and with `approve` the `role` that is asked. Calls are
//! judged by the code of the door.
//!
//! Who may use the stop switch is tested as well: `action: press_stop` or `release_stop`, with `args: { level: action, target: refund,
//! own: false }`.

use baton_base::{AgentName, Bundle, ClientId, Error, IdSource, ManualClock, MemberId, Result};
use baton_govern::{Approved, Ctx, Env, Level, Role, Rulebook};
use baton_tools::{Catalogue, Said, Trial, Tried, try_call};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most tests in one file.
const TESTS_MAX: usize = 10_000;

/// A file of tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTests {
    /// Values for the blueprint's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    #[serde(default)]
    defaults: Map<String, Value>,
    tests: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    name: String,
    principal: String,
    /// The client that it is called for; without one, whose release it is.
    #[serde(default)]
    client: Option<ClientId>,
    action: String,
    #[serde(default)]
    args: Value,
    #[serde(default = "nothing")]
    facts: Value,
    #[serde(default)]
    derived: Option<Value>,
    #[serde(default)]
    case: Value,
    #[serde(default)]
    identity: Value,
    #[serde(default)]
    intent: Option<String>,
    #[serde(default)]
    confirmed: bool,
    #[serde(default)]
    autonomy: Option<Level>,
    #[serde(default)]
    approved_by: Option<Role>,
    expect: Said,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    by: Vec<String>,
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

/// What came of one test.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What was said otherwise than expected; empty where it passed.
    pub wrong: Vec<String>,
}

/// What came of a file.
#[derive(Debug, Serialize)]
pub struct PolicyReport {
    /// One line a test.
    pub tests: Vec<Checked>,
    /// Ids of policies and rules that decided something.
    pub reached: BTreeSet<String>,
}

impl PolicyReport {
    /// Tests that did not pass, count.
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.wrong.is_empty()).count()
    }
}

impl PolicyTests {
    /// Reads a file's text.
    pub fn read(path: &str, text: &str) -> Result<Self> {
        let file: Self =
            Bundle::yaml(path, text).map_err(|f| Error::invalid("the tests cannot be read", f.to_string()))?;
        if file.tests.is_empty() || file.tests.len() > TESTS_MAX {
            let detail = format!("a file has 1 to {TESTS_MAX} tests, {path} has {}", file.tests.len());
            return Err(Error::invalid("the tests cannot be played", detail));
        }
        Ok(file)
    }

    /// Tries one call, written as a test without what is expected. Returns the action's name and what comes of it.
    pub fn try_one(call: &Value, catalogue: &Catalogue, rulebook: &Rulebook) -> Result<(String, Tried)> {
        let mut whole = serde_json::json!({"name": "call", "expect": "allow"});
        lay_over(&mut whole, call);
        let test: Test =
            serde_json::from_value(whole).map_err(|e| Error::invalid("the call cannot be read", e.to_string()))?;
        let tried = try_call(catalogue, rulebook, &test.ctx(rulebook)?, &test.trial())?;
        Ok((test.action, tried))
    }

    /// Tries every call of the file.
    pub fn play(&self, catalogue: &Catalogue, rulebook: &Rulebook) -> Result<PolicyReport> {
        let mut report = PolicyReport { tests: Vec::with_capacity(self.tests.len()), reached: BTreeSet::new() };
        for (at, own) in self.tests.iter().enumerate() {
            let mut whole = Value::Object(self.defaults.clone());
            lay_over(&mut whole, &Value::Object(own.clone()));
            let test: Test = serde_json::from_value(whole)
                .map_err(|e| Error::invalid(format!("test {} cannot be read", at + 1), e.to_string()))?;
            let tried = try_call(catalogue, rulebook, &test.ctx(rulebook)?, &test.trial())?;
            let ids = deciders(&tried);
            report.tests.push(Checked { wrong: test.wrong(&tried, &ids), name: test.name });
            report.reached.extend(ids);
        }
        Ok(report)
    }
}

/// Objects are joined, anything else is replaced.
fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(under.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// Ids of all that decided: policies, and rules as `table#rule`.
fn deciders(tried: &Tried) -> BTreeSet<String> {
    let rules = tried.rules.iter().flat_map(|used| used.rules.iter().map(|rule| format!("{}#{rule}", used.table)));
    tried.policies.iter().cloned().chain(rules).collect()
}

impl Test {
    fn ctx(&self, rulebook: &Rulebook) -> Result<Ctx> {
        let env = Env::new(ManualClock::at(crate::suite::FROM_MS), Arc::new(IdSource::seeded(1)));
        let client = match &self.client {
            Some(client) => client.clone(),
            None => rulebook.client().unwrap_or("client").parse()?,
        };
        let bad = || {
            Error::invalid_at(
                "principal",
                format!("'{}' is no principal", self.principal),
                "write agent:NAME, member:ROLE or system:NAME",
            )
        };
        let (kind, name) = self.principal.split_once(':').ok_or_else(bad)?;
        match kind {
            "agent" => Ok(Ctx::agent(&env, &client, &name.parse::<AgentName>()?, "test")),
            "member" => Ok(Ctx::member(&env, &client, &MemberId::known("mem_test"), &[name.parse()?])),
            "system" => Ok(Ctx::system(&env, &client, name)),
            _ => Err(bad()),
        }
    }

    fn trial(&self) -> Trial {
        Trial {
            action: self.action.clone(),
            args: self.args.clone(),
            facts: self.facts.clone(),
            derived: self.derived.clone(),
            case: self.case.clone(),
            identity: self.identity.clone(),
            intent: self.intent.clone(),
            confirmed: self.confirmed,
            approved: self.approved_by.map(|role| Approved { by: MemberId::known("mem_approver"), roles: vec![role] }),
            level: self.autonomy,
            stop: None,
        }
    }

    fn wrong(&self, tried: &Tried, ids: &BTreeSet<String>) -> Vec<String> {
        let mut wrong = Vec::new();
        if tried.said != self.expect {
            let by = tried.policies.join(", ");
            wrong.push(format!("expected {}, got {}: {} [{by}]", word(self.expect), word(tried.said), tried.reason));
        }
        if let Some(role) = self.role.filter(|role| tried.role != Some(*role)) {
            let got = tried.role.map_or("nobody", Role::name);
            wrong.push(format!("expected the approval of {role}, got {got}"));
        }
        let missing: Vec<_> = self.by.iter().filter(|id| !ids.contains(*id)).cloned().collect();
        if !missing.is_empty() {
            let got: Vec<_> = ids.iter().cloned().collect();
            wrong.push(format!("expected by {}, got {}", missing.join(", "), got.join(", ")));
        }
        wrong
    }
}

/// As it stands in files.
pub fn word(said: Said) -> &'static str {
    match said {
        Said::Allow => "allow",
        Said::Approve => "approve",
        Said::Refuse => "refuse",
        Said::Undecided => "undecided",
        Said::Invalid => "invalid",
    }
}

/// Ids of a rulebook's policies, and of the rules of its actions' tables, that these did not reach.
pub fn not_reached(rulebook: &Rulebook, reached: &BTreeSet<String>) -> Vec<String> {
    let tables: BTreeSet<_> = rulebook.actions().filter_map(|info| info.table.as_deref()).collect();
    let rules = tables.iter().filter_map(|name| rulebook.table(name)).flat_map(|table| {
        let grid = table.grid();
        grid.rules.into_iter().map(move |rule| format!("{}#{}", grid.name, rule.id))
    });
    let policies = rulebook.policies().map(|policy| policy.id.clone());
    policies.chain(rules).filter(|id| !reached.contains(id)).collect()
}
