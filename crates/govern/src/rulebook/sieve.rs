//! What the policies of an action say of a call, told without Cedar: a comparison of two numbers costs a fraction of what Cedar's
//! evaluator takes for it, and of a hundred policies a call meets two or three.
//!
//! What is read here is a part of Cedar, read as Cedar reads it (conditions in order, `&&` and `||` stop early, an error is an
//! error). A policy says nothing where its scope or one of its conditions is certainly false and no condition before it may be an
//! error; it applies where all of them are certainly true; of everything else Cedar decides. Source: the semantics of
//! <https://docs.cedarpolicy.com/policies/syntax-operators.html>; the tests compare both on random policies and calls.

use super::context::whole;
use super::gate::{Gate, Order};
use super::policy::Asked;
use super::reads::{place, place_or_root};
use super::scope::{Scope, What, Who};
use cedar_policy::Policy;
use serde_json::Value;
use std::ops::Range;

/// What can be told of the policies of one action. Their expressions lie behind each other, so that to read all of them is
/// one walk through memory; a place of the context that many ask about is looked up once a call.
#[derive(Default)]
pub(super) struct Sieve {
    policies: Vec<(Scope, Range<usize>)>,
    /// What each policy asks first.
    gates: Vec<Option<Gate>>,
    /// Where the conditions of the policies begin, policy by policy.
    conditions: Vec<usize>,
    nodes: Vec<Node>,
    places: Vec<Vec<String>>,
}

/// What a policy says of a call that it has something to say about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It certainly applies.
    Applies,
    /// It may apply, say nothing, or be an error.
    Unclear,
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
    /// Whether what stands at a place is a set with this in it.
    Among(usize, usize),
    Empty(usize),
    Who(Who),
    What(What),
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
    pub(super) fn add(&mut self, policy: &Policy, scope: Scope) {
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
        self.gates.push(self.conditions.get(begin).and_then(|first| self.gate(*first)));
        self.policies.push((scope, begin..self.conditions.len()));
    }

    /// The policies, by number from 0, that have something to say of a call, or may have.
    pub(super) fn says<'a>(&'a self, asked: &'a Asked<'_>) -> impl Iterator<Item = (usize, Says)> + 'a {
        let places: Vec<_> = self.places.iter().map(|path| at(path, asked)).collect();
        let numbers: Vec<_> = places.iter().map(|place| place.and_then(number)).collect();
        let told = Told { nodes: &self.nodes, places, asked };
        let gates = self.gates.iter().enumerate();
        let open = gates.filter(move |(_, gate)| !gate.as_ref().is_some_and(|gate| gate.is_closed(&numbers)));
        open.filter_map(move |(at, _)| {
            let (scope, conditions) = self.policies.get(at)?;
            let within = scope.has(asked);
            if within == Some(false) {
                return None;
            }
            let all = told.all(self.conditions.get(conditions.clone()).unwrap_or_default());
            match (within, all) {
                (_, Some(false)) => None,
                (Some(true), Some(true)) => Some((at, Says::Applies)),
                _ => Some((at, Says::Unclear)),
            }
        })
    }

    /// What is asked first in a condition.
    fn gate(&self, condition: usize) -> Option<Gate> {
        let node = |at: &usize| self.nodes.get(*at);
        let (order, first, second) = match node(&condition)? {
            Node::Both(first, _) => return self.gate(*first),
            Node::Less(first, second) => (Order::Less, node(first)?, node(second)?),
            Node::LessOrEqual(first, second) => (Order::LessOrEqual, node(first)?, node(second)?),
            Node::Equal(first, second) => (Order::Equal, node(first)?, node(second)?),
            _ => return None,
        };
        match (first, second) {
            (Node::Place(place), Node::Literal(Literal::Long(number))) => {
                Some(Gate { place: *place, order, number: *number })
            }
            (Node::Literal(Literal::Long(number)), Node::Place(place)) => {
                Some(Gate { place: *place, order: order.turned(), number: *number })
            }
            _ => None,
        }
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
            "==" if inner["left"]["Var"] == "principal" => Node::Who(Who::equal(entity(&inner["right"])?)),
            "==" => Node::Equal(side("left"), side("right")),
            "in" if inner["left"]["Var"] == "principal" => Node::Who(Who::within(None, entity(&inner["right"])?)),
            "in" if inner["left"]["Var"] == "resource" => Node::What(What::within(entity(&inner["right"])?)),
            "is" if inner["left"]["Var"] == "principal" && inner["in"].is_null() => {
                Node::Who(Who::Kind(inner["entity_type"].as_str()?.to_owned()))
            }
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
            "contains" => match place(&inner["left"]) {
                Some(path) if path == ["roles"] => {
                    let name = inner["right"]["Value"].as_str()?.to_owned();
                    Node::Who(Who::Role { kind: None, name })
                }
                Some(path) => Node::Among(self.place(path), self.expr(&inner["right"])),
                None => Node::OneOf(literals(&inner["left"])?, side("right")),
            },
            "isEmpty" => Node::Empty(self.place(place(&inner["arg"])?)),
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

fn literal(written: &Value) -> Option<Literal> {
    match written {
        Value::Bool(truth) => Some(Literal::Bool(*truth)),
        Value::Number(number) => number.as_i64().map(Literal::Long),
        Value::String(text) => Some(Literal::Text(text.clone())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Type and id of an entity that is written out.
fn entity(written: &Value) -> Option<(String, String)> {
    let named = written["Value"].get("__entity")?;
    Some((named["type"].as_str()?.to_owned(), named["id"].as_str()?.to_owned()))
}

fn literals(written: &Value) -> Option<Vec<Literal>> {
    if let Some(all) = written["Value"].as_array() {
        return all.iter().map(literal).collect();
    }
    written["Set"].as_array()?.iter().map(|one| literal(one.get("Value")?)).collect()
}

/// A call before the expressions of an action.
struct Told<'a> {
    nodes: &'a [Node],
    places: Vec<Option<&'a Value>>,
    asked: &'a Asked<'a>,
}

impl<'a> Told<'a> {
    /// Whether all of these conditions are true; false where one is and none before it may be an error.
    fn all(&self, conditions: &[usize]) -> Option<bool> {
        for one in conditions {
            if !self.truth(*one)? {
                return Some(false);
            }
        }
        Some(true)
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
            Node::Among(place, inner) => among(self.at(*place)?.as_array()?, self.known(*inner)?)?,
            Node::Empty(place) => self.at(*place)?.as_array()?.iter().all(Value::is_null),
            Node::Who(who) => who.is(self.asked)?,
            Node::What(what) => what.is(self.asked)?,
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

/// Whether a set has it. Null is in no set, and a set or a record in it is no text, number or truth value.
fn among(items: &[Value], one: Known<'_>) -> Option<bool> {
    let plain = || items.iter().filter(|item| !item.is_null() && !item.is_array() && !item.is_object());
    if plain().any(|item| primitive(item) == Some(one)) {
        return Some(true);
    }
    plain().all(|item| primitive(item).is_some()).then_some(false)
}

fn number(value: &Value) -> Option<i64> {
    match primitive(value)? {
        Known::Long(number) => Some(number),
        Known::Bool(_) | Known::Text(_) => None,
    }
}
