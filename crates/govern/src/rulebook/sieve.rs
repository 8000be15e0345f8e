//! Which policies certainly say nothing about a call, told without Cedar: a comparison of two numbers costs a fraction of what
//! Cedar's evaluator takes for it, and of a hundred policies a call meets two or three.
//!
//! What is read here is a part of Cedar, read as Cedar reads it (conditions in order, `&&` and `||` stop early, an error is an
//! error). A policy is left out only where one of its conditions is certainly false and none before it may be an error; of
//! everything else Cedar decides. Source: the semantics of <https://docs.cedarpolicy.com/policies/syntax-operators.html>; the
//! test compares both on random policies and calls.

use super::context::whole;
use super::policy::Asked;
use cedar_policy::{Policy, PrincipalConstraint};
use serde_json::Value;
use std::ops::Range;

/// What can be told of the policies of one action. Their expressions lie behind each other, so that to read all of them is
/// one walk through memory; a place of the context that many ask about is looked up once a call.
#[derive(Default)]
pub(super) struct Sieve {
    policies: Vec<(Who, Range<usize>)>,
    /// Where the conditions of the policies begin, policy by policy.
    conditions: Vec<usize>,
    nodes: Vec<Node>,
    places: Vec<Vec<String>>,
}

enum Who {
    Anyone,
    Kind(String),
    Role(String),
    Unknown,
}

/// An expression; others are named by where they stand.
enum Node {
    Literal(Literal),
    /// A place in the context.
    Place(usize),
    Has(usize, String),
    /// Whether the context has it.
    HasRoot(String),
    Not(usize),
    Both(usize, usize),
    Either(usize, usize),
    Equal(usize, usize),
    Less(usize, usize),
    LessOrEqual(usize, usize),
    OneOf(Vec<Literal>, usize),
    Unknown,
}

#[derive(Clone, PartialEq)]
enum Literal {
    Bool(bool),
    Long(i64),
    Text(String),
}

/// What an expression certainly is.
#[derive(Clone, Copy, PartialEq)]
enum Known<'a> {
    Bool(bool),
    Long(i64),
    Text(&'a str),
}

impl Sieve {
    /// Takes in the next policy.
    pub(super) fn add(&mut self, policy: &Policy) {
        let written = policy.to_json().unwrap_or_default();
        let begin = self.conditions.len();
        match written.get("conditions").and_then(Value::as_array) {
            Some(all) => {
                for one in all {
                    let at = self.condition(one);
                    self.conditions.push(at);
                }
            }
            None => {
                let at = self.push(Node::Unknown);
                self.conditions.push(at);
            }
        }
        self.policies.push((who(policy), begin..self.conditions.len()));
    }

    /// The policies, by number from 0, that may have something to say: that they apply, or that they cannot be evaluated.
    pub(super) fn speaking<'a>(&'a self, asked: &'a Asked<'_>) -> impl Iterator<Item = usize> + 'a {
        let places: Vec<_> = self.places.iter().map(|path| at(path, asked)).collect();
        let told = Told { nodes: &self.nodes, places, asked };
        let may = move |(who, conditions): &(Who, Range<usize>)| {
            who.is(asked) && !told.certainly_not(self.conditions.get(conditions.clone()).unwrap_or_default())
        };
        self.policies.iter().enumerate().filter(move |(_, one)| may(one)).map(|(at, _)| at)
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn condition(&mut self, written: &Value) -> usize {
        let body = self.expr(&written["body"]);
        match written["kind"].as_str() {
            Some("when") => body,
            Some("unless") => self.push(Node::Not(body)),
            _ => self.push(Node::Unknown),
        }
    }

    /// Reads Cedar's JSON form of an expression.
    fn expr(&mut self, written: &Value) -> usize {
        let node = self.node(written).unwrap_or(Node::Unknown);
        self.push(node)
    }

    fn node(&mut self, written: &Value) -> Option<Node> {
        if let Some(path) = place(written) {
            return Some(Node::Place(self.place(path)));
        }
        let (operator, inner) = written.as_object()?.iter().next()?;
        let mut side = |name: &str| self.expr(&inner[name]);
        Some(match operator.as_str() {
            "Value" => Node::Literal(literal(inner)?),
            "!" => Node::Not(side("arg")),
            "&&" => Node::Both(side("left"), side("right")),
            "||" => Node::Either(side("left"), side("right")),
            "==" => Node::Equal(side("left"), side("right")),
            "!=" => {
                let equal = Node::Equal(side("left"), side("right"));
                Node::Not(self.push(equal))
            }
            "<" => Node::Less(side("left"), side("right")),
            "<=" => Node::LessOrEqual(side("left"), side("right")),
            // Both sides are read; which first matters to an error alone, and where there may be one nothing is told.
            ">" => Node::Less(side("right"), side("left")),
            ">=" => Node::LessOrEqual(side("right"), side("left")),
            "has" => {
                let (path, attr) = (place_or_root(&inner["left"])?, inner["attr"].as_str()?.to_owned());
                if path.is_empty() { Node::HasRoot(attr) } else { Node::Has(self.place(path), attr) }
            }
            "contains" => Node::OneOf(literals(&inner["left"])?, side("right")),
            _ => return None,
        })
    }

    fn place(&mut self, path: Vec<String>) -> usize {
        self.places.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.places.push(path);
            self.places.len() - 1
        })
    }
}

impl Who {
    /// False where certainly somebody else is meant.
    fn is(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::Anyone | Self::Unknown => true,
            Self::Kind(kind) => kind == asked.kind,
            Self::Role(name) => asked.roles.iter().any(|role| role.name() == name),
        }
    }
}

fn who(policy: &Policy) -> Who {
    match policy.principal_constraint() {
        PrincipalConstraint::Any => Who::Anyone,
        PrincipalConstraint::Is(kind) => Who::Kind(kind.to_string()),
        PrincipalConstraint::In(of) if of.type_name().to_string() == "Role" => {
            Who::Role(of.id().unescaped().to_owned())
        }
        _ => Who::Unknown,
    }
}

fn literal(written: &Value) -> Option<Literal> {
    match written {
        Value::Bool(truth) => Some(Literal::Bool(*truth)),
        Value::Number(number) => number.as_i64().map(Literal::Long),
        Value::String(text) => Some(Literal::Text(text.clone())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn literals(written: &Value) -> Option<Vec<Literal>> {
    if let Some(all) = written["Value"].as_array() {
        return all.iter().map(literal).collect();
    }
    written["Set"].as_array()?.iter().map(|one| literal(one.get("Value")?)).collect()
}

/// `context.a.b` as `["a", "b"]`.
fn place(written: &Value) -> Option<Vec<String>> {
    let access = written.get(".")?;
    let mut path = place_or_root(&access["left"])?;
    path.push(access["attr"].as_str()?.to_owned());
    Some(path)
}

fn place_or_root(written: &Value) -> Option<Vec<String>> {
    if written["Var"] == "context" { Some(Vec::new()) } else { place(written) }
}

/// A call before the expressions of an action.
struct Told<'a> {
    nodes: &'a [Node],
    places: Vec<Option<&'a Value>>,
    asked: &'a Asked<'a>,
}

impl<'a> Told<'a> {
    /// Whether one of these conditions, in order, is false and none before it may be an error.
    fn certainly_not(&self, conditions: &[usize]) -> bool {
        let mut all = conditions.iter().map(|one| self.known(*one));
        all.find(|one| *one != Some(Known::Bool(true))) == Some(Some(Known::Bool(false)))
    }

    /// What an expression certainly is; `None` where that cannot be told here, or where it may be an error.
    fn known(&self, node: usize) -> Option<Known<'a>> {
        let both = |left: &usize, right: &usize| Some((self.known(*left)?, self.known(*right)?));
        let told = match self.nodes.get(node)? {
            Node::Unknown => return None,
            Node::Literal(literal) => return Some(literal.known()),
            Node::Place(place) => return primitive(self.at(*place)?),
            Node::Has(place, attr) => self.at(*place)?.as_object()?.get(attr).is_some_and(|value| !value.is_null()),
            // Roles are no part of what was asked, and are always there.
            Node::HasRoot(attr) => attr == "roles" || root(attr, self.asked).is_some_and(|value| !value.is_null()),
            Node::Not(inner) => !self.truth(*inner)?,
            Node::Both(left, right) => self.truth(*left)? && self.truth(*right)?,
            Node::Either(left, right) => self.truth(*left)? || self.truth(*right)?,
            Node::Equal(left, right) => both(left, right).map(|(left, right)| left == right)?,
            Node::Less(left, right) => numbers(both(left, right)?).map(|(left, right)| left < right)?,
            Node::LessOrEqual(left, right) => numbers(both(left, right)?).map(|(left, right)| left <= right)?,
            Node::OneOf(all, inner) => {
                let one = self.known(*inner)?;
                all.iter().any(|literal| literal.known() == one)
            }
        };
        Some(Known::Bool(told))
    }

    fn truth(&self, node: usize) -> Option<bool> {
        match self.known(node)? {
            Known::Bool(truth) => Some(truth),
            Known::Long(_) | Known::Text(_) => None,
        }
    }

    fn at(&self, place: usize) -> Option<&'a Value> {
        self.places.get(place).copied().flatten()
    }
}

impl Literal {
    fn known(&self) -> Known<'_> {
        match self {
            Self::Bool(truth) => Known::Bool(*truth),
            Self::Long(number) => Known::Long(*number),
            Self::Text(text) => Known::Text(text),
        }
    }
}

fn numbers(pair: (Known<'_>, Known<'_>)) -> Option<(i64, i64)> {
    match pair {
        (Known::Long(left), Known::Long(right)) => Some((left, right)),
        _ => None,
    }
}

fn at<'a>(path: &[String], asked: &'a Asked<'_>) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(root(first, asked)?, |value, key| value.as_object()?.get(key))
}

fn root<'a>(name: &str, asked: &'a Asked<'_>) -> Option<&'a Value> {
    asked.context.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
}

/// A value as Cedar is told it: a number that is no whole one is text there, and of that nothing is told here.
fn primitive(value: &Value) -> Option<Known<'_>> {
    match value {
        Value::Bool(truth) => Some(Known::Bool(*truth)),
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)).map(Known::Long),
        Value::String(text) => Some(Known::Text(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::Role;
    use crate::rulebook::policy::request;
    use cedar_policy::{Authorizer, PolicySet};
    use proptest::prelude::*;
    use serde_json::json;
    use std::borrow::Cow;
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn asked(context: &Value, supervisor: bool) -> Asked<'_> {
        const ROLES: [Role; 1] = [Role::Supervisor];
        let keys = ["args", "facts", "confirmed"];
        Asked {
            kind: "Member",
            name: "mem_1",
            roles: if supervisor { &ROLES } else { &[] },
            client: "acme",
            action: "pay",
            case: None,
            context: keys.into_iter().filter_map(|key| Some((key, Cow::Borrowed(context.get(key)?)))).collect(),
        }
    }

    fn speaks(policy: &PolicySet, asked: &Asked<'_>) -> bool {
        let (request, entities) = request(asked, &HashSet::new()).unwrap();
        let response = Authorizer::new().is_authorized(&request, policy, &entities);
        response.diagnostics().reason().next().is_some() || response.diagnostics().errors().next().is_some()
    }

    fn operand() -> impl Strategy<Value = String> {
        let places = [
            "context.args.n",
            "context.args.s",
            "context.facts.o.n",
            "context.confirmed",
            "context.args",
            "context.no",
        ];
        prop_oneof![
            6 => proptest::sample::select(places.to_vec()).prop_map(str::to_owned),
            2 => (-2..3_i64).prop_map(|n| format!("({n})")),
            1 => proptest::sample::select(&["\"a\"", "\"b\"", "true"][..]).prop_map(str::to_owned),
        ]
    }

    fn condition() -> impl Strategy<Value = String> {
        let tests = [
            "context has no",
            "context has args",
            "context.args has n",
            "context.facts.o has n",
            "context.args.n has n",
        ];
        let leaf = prop_oneof![
            4 => (operand(), proptest::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]), operand())
                .prop_map(|(left, op, right)| format!("({left} {op} {right})")),
            1 => proptest::sample::select(tests.to_vec()).prop_map(|text| format!("({text})")),
            1 => operand().prop_map(|one| format!("([\"a\", \"c\"].contains({one}))")),
            1 => operand(),
        ];
        leaf.prop_recursive(3, 12, 2, |inner| {
            prop_oneof![
                (inner.clone(), proptest::sample::select(&["&&", "||"][..]), inner.clone())
                    .prop_map(|(left, op, right)| format!("({left} {op} {right})")),
                inner.prop_map(|one| format!("(!{one})")),
            ]
        })
    }

    fn number() -> impl Strategy<Value = Value> {
        prop_oneof![
            (-2..3_i64).prop_map(|n| json!(n)),
            Just(json!(1.0)),
            Just(json!(1.5)),
            Just(json!("a")),
            Just(Value::Null)
        ]
    }

    fn context() -> impl Strategy<Value = Value> {
        let text = proptest::sample::select(&["a", "b", "c"][..]);
        (number(), text, number(), proptest::option::of(any::<bool>())).prop_map(|(n, s, inner, confirmed)| {
            let mut made = json!({"args": {"n": n, "s": s}, "facts": {"o": {"n": inner}}});
            if let Some(confirmed) = confirmed {
                made["confirmed"] = json!(confirmed);
            }
            made
        })
    }

    #[test]
    fn nothing_is_left_out_of_which_cedar_says_anything() {
        const CASES: u32 = 4_000;
        let (quiet, told) = (AtomicU32::new(0), AtomicU32::new(0));
        let whos = ["principal", "principal is Agent", "principal is Member", "principal in Role::\"supervisor\""];
        let policies =
            (proptest::sample::select(whos.to_vec()), proptest::collection::vec((any::<bool>(), condition()), 0..3));
        let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |((who, conditions) in policies, context in context(), supervisor in any::<bool>())| {
            let word = |when: bool| if when { "when" } else { "unless" };
            let all: String = conditions.iter().map(|(when, c)| format!(" {} {{ {c} }}", word(*when))).collect();
            let text = format!("permit ({who}, action, resource){all};");
            let set: PolicySet = text.parse().unwrap();
            let asked = asked(&context, supervisor);
            let mut sieve = Sieve::default();
            sieve.add(set.policies().next().unwrap());
            let may = sieve.speaking(&asked).next().is_some();
            let does = speaks(&set, &asked);
            prop_assert!(may || !does, "{text}\n{context}");
            quiet.fetch_add(u32::from(!does), Ordering::Relaxed);
            told.fetch_add(u32::from(!may), Ordering::Relaxed);
        });
        let (quiet, told) = (quiet.into_inner(), told.into_inner());
        assert!(told > quiet / 2, "of {quiet} that say nothing {told} were told");
    }
}
