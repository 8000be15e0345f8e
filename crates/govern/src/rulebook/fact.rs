//! `facts.yaml`: policy facts, the typed, dated values that articles and rules share.
//!
//! ```yaml
//! facts:
//!   - key: refund.window
//!     scope: gold             # for whom this value holds; absent: for everyone else
//!     value: 30
//!     unit: days
//!     from: 2026-01-01        # first day, UTC; absent: always
//!     to: 2026-12-31          # last day, included; absent: for good
//!     owner: returns team
//!     source: Returns policy, section 2
//! ```

use super::date::{day_end_ms, day_start_ms};
use super::shape::Shape;
use baton_base::{Bundle, Finding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const FILE: &str = "facts.yaml";

/// A typed, dated value that articles and rules share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFact {
    /// Dotted name.
    pub key: String,
    /// For whom or what this value holds, such as `gold` or `de`; absent: wherever no scope is asked for.
    #[serde(default)]
    pub scope: Option<String>,
    /// The value: a number, text or truth value, or a list of these.
    pub value: Value,
    /// Its unit, such as `days` or `EUR minor`.
    #[serde(default)]
    pub unit: Option<String>,
    /// First day it holds, `YYYY-MM-DD`, UTC.
    #[serde(default)]
    pub from: Option<String>,
    /// Last day it holds, included.
    #[serde(default)]
    pub to: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it stands written.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    facts: Vec<PolicyFact>,
}

#[derive(Debug, Clone)]
struct Dated {
    from_ms: i64,
    /// First millisecond after it.
    to_ms: i64,
    fact: PolicyFact,
}

impl PolicyFact {
    /// The name by which it is asked for: `refund.window`, or `refund.window@gold` with its scope.
    pub fn name(&self) -> String {
        self.scope.as_ref().map_or_else(|| self.key.clone(), |scope| format!("{}@{scope}", self.key))
    }
}

/// The policy facts of a release.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    by_key: BTreeMap<String, Vec<Dated>>,
}

impl Facts {
    /// Reads `facts.yaml`; what is wrong in it is added to the findings.
    pub fn load(bundle: &Bundle, findings: &mut Vec<Finding>) -> Self {
        let mut facts = Self::default();
        let Some(text) = bundle.file(FILE) else { return facts };
        match Bundle::yaml::<File>(FILE, text) {
            Ok(file) => file.facts.into_iter().for_each(|fact| facts.add(fact, text, findings)),
            Err(finding) => findings.push(finding),
        }
        facts.check_prefixes(text, findings);
        facts
    }

    fn add(&mut self, fact: PolicyFact, text: &str, findings: &mut Vec<Finding>) {
        let line = line_of(text, &fact.key);
        let mut wrong = |message: String, remedy: &str| {
            findings.push(Finding::error(FILE, "policy-fact", message, remedy).at(line, 1));
        };
        let from_ms = fact.from.as_deref().map_or(Some(i64::MIN), day_start_ms);
        let to_ms = fact.to.as_deref().map_or(Some(i64::MAX), day_end_ms);
        let (Some(from_ms), Some(to_ms)) = (from_ms, to_ms) else {
            return wrong(format!("'{}' has a date that is none", fact.key), "write dates as YYYY-MM-DD");
        };
        if from_ms >= to_ms {
            return wrong(format!("'{}' ends before it begins", fact.key), "correct from and to");
        }
        if fact.key.split('.').any(str::is_empty) {
            return wrong(format!("'{}' is no dotted name", fact.key), "write names such as refund.window");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if fact.scope.as_ref().is_some_and(|scope| scope.is_empty() || !scope.chars().all(plain)) {
            return wrong(format!("'{}' has a scope that is no name", fact.key), "use letters, digits, '-' and '_'");
        }
        let all = self.by_key.entry(fact.name()).or_default();
        if all.iter().any(|other| from_ms < other.to_ms && other.from_ms < to_ms) {
            return wrong(format!("'{}' has two values at one time", fact.key), "let one end before the other begins");
        }
        all.push(Dated { from_ms, to_ms, fact });
    }

    // `a` and `a.b` cannot both stand in one object.
    fn check_prefixes(&self, text: &str, findings: &mut Vec<Finding>) {
        for key in self.by_key.keys() {
            let under = format!("{key}.");
            if let Some(other) = self.by_key.keys().find(|other| other.starts_with(&under)) {
                let message = format!("'{key}' is a value, so '{other}' cannot stand under it");
                let finding = Finding::error(FILE, "policy-fact", message, "rename one of them");
                findings.push(finding.at(line_of(text, key), 1));
            }
        }
    }

    /// The value that holds at a time, by name: `refund.window`, `refund.window@gold`.
    pub fn at(&self, key: &str, at_ms: i64) -> Option<&PolicyFact> {
        let all = self.by_key.get(key)?;
        all.iter().find(|dated| dated.from_ms <= at_ms && at_ms < dated.to_ms).map(|dated| &dated.fact)
    }

    /// The shape of all policy facts; one that holds for a time only may be absent.
    pub(super) fn shape(&self) -> Shape {
        let mut root = Shape::open();
        for (key, all) in &self.by_key {
            let path: Vec<_> = key.split('.').map(str::to_owned).collect();
            let always = all.iter().any(|dated| dated.from_ms == i64::MIN && dated.to_ms == i64::MAX);
            if let (Some(attr), Some(dated)) = (root.at(&path), all.first()) {
                (attr.shape, attr.always) = (Shape::of_value(&dated.fact.value), always);
            }
        }
        root.closed()
    }

    /// Every name with the values that it may have, and whether it always has one.
    pub(super) fn possible(&self) -> impl Iterator<Item = (&str, bool, Vec<&Value>)> {
        self.by_key.iter().map(|(name, all)| {
            let always = all.iter().any(|dated| dated.from_ms == i64::MIN && dated.to_ms == i64::MAX);
            (name.as_str(), always, all.iter().map(|dated| &dated.fact.value).collect())
        })
    }

    /// Every value that a name has at some time, earliest first; empty where there is no such name.
    pub fn ever<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a PolicyFact> {
        self.by_key.get(name).into_iter().flatten().map(|dated| &dated.fact)
    }

    /// Names of all facts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_key.keys().map(String::as_str)
    }

    /// All that hold at a time, as one object: `refund.window` stands at `.refund.window`, with a scope at
    /// `.refund["window@gold"]`.
    pub fn tree_at(&self, at_ms: i64) -> Value {
        let mut root = Map::new();
        for (name, fact) in self.by_key.keys().filter_map(|name| self.at(name, at_ms).map(|fact| (name, fact))) {
            place(&mut root, name, fact.value.clone());
        }
        Value::Object(root)
    }
}

fn place(into: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            into.insert(key.to_owned(), value);
        }
        Some((head, rest)) => {
            let under = into.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = under {
                place(map, rest, value);
            }
        }
    }
}

fn line_of(text: &str, key: &str) -> u32 {
    let at = text.lines().position(|line| line.contains("key:") && line.contains(key));
    at.map_or(0, |index| u32::try_from(index + 1).unwrap_or(0))
}
