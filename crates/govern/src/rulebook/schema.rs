//! The Cedar schema of a release, made from its actions, and every policy checked by it at load.
//!
//! Arguments have the shape that the system's description gives them, `rules` that of the action's decision table,
//! `facts` and `derived` the names that the action gives them, `policy` that of the policy facts. What is inside facts, a
//! case or an identity is described nowhere: there the policies of the action have to agree with each other.

use super::fact::Facts;
use super::shape::{Fields, Shape};
use super::table::{Hit, Table};
use super::{ActionInfo, Risk, stops, usage};
use cedar_policy::{Policy, PolicySet, Schema, ValidationMode, Validator};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is wrong with a policy: its id, and the words.
pub(super) type Wrong = (String, String);

/// What a release says that a schema is made of.
pub(super) struct Source<'a> {
    pub actions: &'a BTreeMap<String, ActionInfo>,
    pub tables: &'a BTreeMap<String, Table>,
    pub facts: &'a Facts,
}

impl Source<'_> {
    /// Checks the policies that concern an action.
    pub(super) fn check(&self, info: &ActionInfo, policies: &PolicySet) -> Vec<Wrong> {
        let all: Vec<&Policy> = policies.policies().collect();
        if all.is_empty() {
            return Vec::new();
        }
        check_by(self.schema(info, &all), policies)
    }

    /// Checks the policies about the stop switch.
    pub(super) fn check_stops(&self, policies: &PolicySet) -> Vec<Wrong> {
        let args = Fields::default().with("level", Shape::Text, true).with("target", Shape::Text, true);
        let args = args.with("own", Shape::Bool, true);
        let context = Fields::default()
            .with("args", Shape::Record(args), true)
            .with("client_id", Shape::Text, true)
            .with("roles", Shape::Set(Box::new(Shape::Text)), true);
        let mut actions = self.names();
        for name in [stops::PRESS, stops::RELEASE] {
            let used = json!({
                "memberOf": [{"id": stops::GROUP}],
                "appliesTo": {
                    "principalTypes": ["Member", "System"],
                    "resourceTypes": ["Client"],
                    "context": Shape::Record(context.clone()).cedar(),
                },
            });
            actions.insert(name.to_owned(), used);
        }
        check_by(schema_of(actions), policies)
    }

    /// The schema of requests for one action, in Cedar's JSON format.
    fn schema(&self, info: &ActionInfo, policies: &[&Policy]) -> Value {
        self.written(info, policies, false)
    }

    /// The same for proofs: a fact or a derived value of which somebody asks whether it is there may be missing, since systems
    /// answer null and expressions come to nothing.
    pub(super) fn schema_of_calls(&self, info: &ActionInfo, policies: &[&Policy]) -> Value {
        self.written(info, policies, true)
    }

    fn written(&self, info: &ActionInfo, policies: &[&Policy], may_lack: bool) -> Value {
        let mut context = self.context(info, may_lack);
        let conditions: Vec<_> = policies.iter().filter_map(|policy| policy.to_json().ok()).collect();
        usage::learn(&mut context, &conditions);
        let mut actions = self.names();
        actions.insert(info.name.clone(), action(info, &context));
        schema_of(actions)
    }

    /// Every name that a policy may call an action or a group of actions, with nothing said of it.
    fn names(&self) -> Map<String, Value> {
        let groups = ["reads", "writes", "risk_low", "risk_medium", "risk_high"].into_iter().chain(stops::NAMES);
        let names = self.actions.keys().map(String::as_str).chain(groups);
        names.map(|name| (name.to_owned(), json!({}))).collect()
    }

    fn context(&self, info: &ActionInfo, may_lack: bool) -> Shape {
        let args = match Shape::of_schema(&info.schema, 0) {
            Shape::Unknown => Shape::open(),
            known => known,
        };
        let names = |all: &Option<Vec<(String, bool)>>| match all {
            None => Shape::open(),
            Some(all) => {
                let none = Fields { open: may_lack, ..Fields::default() };
                let add = |fields: Fields, (name, always): &(String, bool)| fields.with(name, Shape::Unknown, *always);
                Shape::Record(all.iter().fold(none, add))
            }
        };
        let fields = Fields::default()
            .with("args", args, true)
            .with("facts", names(&info.facts), true)
            .with("derived", names(&info.derived), true)
            .with("policy", self.facts.shape(), true)
            .with("case", Shape::open(), false)
            .with("identity", Shape::open(), false)
            .with("intent", Shape::Text, false)
            .with("confirmed", Shape::Bool, true)
            .with("approved", Shape::Bool, true)
            .with("client_id", Shape::Text, true)
            .with("roles", Shape::Set(Box::new(Shape::Text)), true)
            .with("rules", self.rules(info), false);
        Shape::Record(fields)
    }

    fn rules(&self, info: &ActionInfo) -> Shape {
        let table = info.table.as_ref().and_then(|name| self.tables.get(name));
        table.map_or_else(Shape::open, outputs)
    }
}

/// What a schema finds wrong with policies.
fn check_by(schema: Value, policies: &PolicySet) -> Vec<Wrong> {
    let Some(first) = policies.policies().next() else { return Vec::new() };
    let schema = match Schema::from_json_value(schema) {
        Ok(schema) => schema,
        Err(error) => return vec![(first.id().to_string(), format!("no schema can be made: {error}"))],
    };
    let result = Validator::new(schema).validate(policies, ValidationMode::Strict);
    let words = |text: String| text.lines().next().unwrap_or_default().to_owned();
    result.validation_errors().map(|e| (e.policy_id().to_string(), words(e.to_string()))).collect()
}

/// A schema of these actions.
fn schema_of(actions: Map<String, Value>) -> Value {
    let who = json!({"memberOfTypes": ["Role"],
        "shape": {"type": "Record", "attributes": {"name": {"type": "String"}}}});
    json!({"": {"entityTypes": {"Role": {}, "Client": {}, "Case": {"memberOfTypes": ["Client"]},
        "Agent": who, "Member": who, "System": who}, "actions": actions}})
}

fn outputs(table: &Table) -> Shape {
    let mut fields = Fields::default();
    for (column, name) in table.outputs.iter().enumerate() {
        let values = || table.rules.iter().filter_map(move |rule| rule.then.get(column));
        let known = values().find(|value| !value.is_null() && !is_expression(value));
        let shape = known.map_or(Shape::Unknown, Shape::of_value);
        let always = !values().any(|value| value.is_null() || is_expression(value));
        let shape = if table.hit == Hit::Collect { Shape::Set(Box::new(shape)) } else { shape };
        fields = fields.with(name, shape, always || table.hit == Hit::Collect);
    }
    Shape::Record(fields)
}

fn is_expression(value: &Value) -> bool {
    value.as_str().is_some_and(|text| baton_engine::expr::unwrapped(text).is_some())
}

fn action(info: &ActionInfo, context: &Shape) -> Value {
    let kind = if info.writes { "writes" } else { "reads" };
    let risk: Risk = info.risk;
    json!({
        "memberOf": [{"id": kind}, {"id": format!("risk_{}", risk.name())}],
        "appliesTo": {
            "principalTypes": ["Agent", "Member", "System"],
            "resourceTypes": ["Case", "Client"],
            "context": context.cedar(),
        },
    })
}
