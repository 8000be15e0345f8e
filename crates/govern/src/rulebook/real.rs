//! What is true of every call that reaches the policies, as Cedar conditions: without them a call could be found that the
//! door never makes, such as one of an agent with a role, or with a policy fact of another release.

use super::ActionInfo;
use super::fact::Facts;
use super::shape::Shape;
use super::table::{Hit, Table};
use crate::judge::DOOR;
use crate::tokens::ACCOUNT;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names of entities in policies: type and id.
pub(super) type Named = BTreeSet<(String, String)>;

/// One kind of call: an action by a kind of principal about a case or about none.
pub(super) struct Kind<'a> {
    pub info: &'a ActionInfo,
    /// `Agent`, `Member` or `System`.
    pub principal: &'static str,
    /// `Case` or `Client`.
    pub resource: &'static str,
}

/// The conditions for one kind of call, given the entities that policies name.
pub(super) fn conditions(
    kind: &Kind<'_>,
    tables: &BTreeMap<String, Table>,
    facts: &Facts,
    named: &Named,
    even_with_approval: bool,
) -> Vec<String> {
    let mut all = Vec::new();
    let not = if kind.resource == "Case" { "" } else { "!" };
    all.push(format!("{not}(context has case)"));
    if !even_with_approval {
        all.push("!context.approved".to_owned());
    }
    who(kind, named, &mut all);
    rules(kind, tables, &mut all);
    facts.possible().for_each(|(name, always, values)| all.extend(fact(name, always, &values)));
    arguments(&kind.info.schema, &mut all);
    all
}

/// Entities named in the conditions and scopes of policies, in Cedar's JSON format.
pub(super) fn names_in(policy: &Value, named: &mut Named) {
    match policy {
        Value::Object(map) => {
            if let (Some(kind), Some(id)) =
                (map.get("type").and_then(Value::as_str), map.get("id").and_then(Value::as_str))
            {
                named.insert((kind.to_owned(), id.to_owned()));
            }
            map.values().for_each(|inner| names_in(inner, named));
        }
        Value::Array(items) => items.iter().for_each(|inner| names_in(inner, named)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An entity and what the context says of it are the same one; roles are held by people and by service accounts, whose names
/// say what they are.
fn who(kind: &Kind<'_>, named: &Named, all: &mut Vec<String>) {
    match kind.principal {
        "Member" => {}
        "System" => all.push(format!("context.roles.isEmpty() || principal.name like \"{ACCOUNT}*\"")),
        _ => all.push("context.roles.isEmpty()".to_owned()),
    }
    let may_hold = kind.principal != "Agent";
    for (of, id) in named {
        let id = quoted(id);
        match of.as_str() {
            "Role" if may_hold => {
                all.push(format!("(principal in Role::{id}) == context.roles.contains({id})"));
            }
            "Role" => all.push(format!("!(principal in Role::{id})")),
            "Client" => all.push(format!("(resource in Client::{id}) == (context.client_id == {id})")),
            same if same == kind.principal => {
                all.push(format!("(principal == {same}::{id}) == (principal.name == {id})"));
            }
            _ => {}
        }
    }
}

/// Where an action has a decision table, it has spoken, and has not refused; but for facts the door reads without asking one.
fn rules(kind: &Kind<'_>, tables: &BTreeMap<String, Table>, all: &mut Vec<String>) {
    let info = kind.info;
    let Some(table) = info.table.as_ref().and_then(|name| tables.get(name)) else {
        if info.table.is_none() {
            all.push("!(context has rules)".to_owned());
        }
        return;
    };
    let mut spoken = "context has rules".to_owned();
    if table.hit != Hit::Collect && table.outputs.iter().any(|name| name == "verdict") {
        spoken.push_str(r#" && context.rules has verdict && ["allow", "approve"].contains(context.rules.verdict)"#);
    }
    if kind.principal == "System" && !info.writes {
        spoken = format!("principal.name == \"{DOOR}\" || ({spoken})");
    }
    all.push(spoken);
}

/// A policy fact has one of the values that the release gives it.
fn fact(name: &str, always: bool, values: &[&Value]) -> Option<String> {
    let shape = Shape::of_value(values.first()?);
    let mut known = Vec::new();
    for value in values {
        if Shape::of_value(value) != shape {
            return None;
        }
        known.push(literal(value)?);
    }
    let (mut place, mut above) = ("context.policy".to_owned(), String::new());
    for part in name.split('.') {
        above = format!("{place} has {}", quoted(part));
        place = format!("{place}[{}]", quoted(part));
    }
    let is = known.iter().map(|value| format!("{place} == {value}")).collect::<Vec<_>>().join(" || ");
    Some(if always { is } else { format!("if {above} then {is} else true") })
}

/// Arguments are what the action's description lets through, as far as it speaks of bounds and of values.
fn arguments(schema: &Value, all: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, own) in properties {
        let (place, name) = (format!("context.args[{}]", quoted(name)), quoted(name));
        for is in bounds(&place, own) {
            all.push(format!("if context.args has {name} then {is} else true"));
        }
    }
}

fn bounds(place: &str, schema: &Value) -> Vec<String> {
    let number = |key: &str| schema.get(key).and_then(Value::as_i64);
    match Shape::of_schema(schema, 0) {
        Shape::Long => {
            let pairs = [("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<")];
            let given = pairs.into_iter().filter_map(|(key, sign)| Some((number(key)?, sign)));
            given.map(|(bound, sign)| format!("{place} {sign} {bound}")).collect()
        }
        Shape::Text => {
            let several = schema.get("enum").and_then(Value::as_array);
            let values: Option<Vec<_>> = several.map(|all| all.iter().filter_map(Value::as_str).map(quoted).collect());
            let one_of = values.map(|values| format!("[{}].contains({place})", values.join(", ")));
            let not_empty = number("minLength").filter(|least| *least > 0).map(|_| format!("{place} != \"\""));
            one_of.into_iter().chain(not_empty).collect()
        }
        Shape::Unknown | Shape::Bool | Shape::Set(_) | Shape::Record(_) => Vec::new(),
    }
}

/// A value that Cedar has as a literal.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        Value::String(text) => Some(quoted(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_named_in_policies_is_collected_once_with_its_type() {
        let text = "permit (principal == Agent::\"intake\", action, resource in Client::\"acme\") \
                    when { principal in Role::\"supervisor\" || principal == Agent::\"intake\" };";
        let policy = cedar_policy::Policy::parse(None, text).unwrap();
        let mut named = Named::new();
        names_in(&policy.to_json().unwrap(), &mut named);
        let pair = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
        assert_eq!(named, [pair("Agent", "intake"), pair("Client", "acme"), pair("Role", "supervisor")].into());
    }

    #[test]
    fn facts_and_bounds_are_written_as_cedar_reads_them() {
        assert_eq!(fact("a.b", true, &[&json!(5)]).unwrap(), r#"context.policy["a"]["b"] == 5"#);
        assert_eq!(
            fact("a@x", false, &[&json!("it's"), &json!("y")]).unwrap(),
            r#"if context.policy has "a@x" then context.policy["a@x"] == "it\'s" || context.policy["a@x"] == "y" else true"#
        );
        assert_eq!(fact("a", true, &[&json!([1])]), None);
        assert_eq!(fact("a", true, &[&json!(1.5)]), None);
        let schema =
            json!({"properties": {"n": {"type": "integer", "minimum": 1}, "s": {"enum": ["x"], "type": "string"}}});
        let mut all = Vec::new();
        arguments(&schema, &mut all);
        assert_eq!(
            all,
            [
                r#"if context.args has "n" then context.args["n"] >= 1 else true"#,
                r#"if context.args has "s" then ["x"].contains(context.args["s"]) else true"#
            ]
        );
        for text in all {
            let policy = format!("permit (principal, action, resource) when {{ {text} }};");
            assert!(cedar_policy::Policy::parse(None, &policy).is_ok(), "{policy}");
        }
    }
}
