//! Decision tables: which way the business rule goes for these facts (DMN 1.5's unique, first and collect).
//!
//! A gap, an overlap in a unique table, or any error is *undecided*: a person decides. Nothing is guessed.

use super::cell::{Cell, Match};
use baton_base::Digest;
use baton_engine::expr;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which of the rules that match count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// Exactly one may match.
    Unique,
    /// The first that matches.
    First,
    /// All that match; each output is a list.
    Collect,
}

/// A compiled decision table.
#[derive(Debug)]
pub struct Table {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) hit: Hit,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<String>,
    pub(super) rules: Vec<Rule>,
    pub(super) digest: Digest,
}

#[derive(Debug)]
pub(super) struct Input {
    pub name: String,
    pub expr: String,
    /// Whether numbers are whole.
    pub whole: bool,
    /// All that it can be, where the file says so.
    pub values: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub id: String,
    /// In words, for whoever reads the table.
    pub note: Option<String>,
    /// As written: input → cell.
    pub when: Map<String, Value>,
    /// One per input.
    pub cells: Vec<Cell>,
    /// One per output; text in `${ }` is evaluated on the facts.
    pub then: Vec<Value>,
}

/// What a table says for some facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Output name → value; with `collect`, → list of values.
    pub outputs: Value,
    /// Ids of the rules that matched.
    pub rules: Vec<String>,
    /// The table's name.
    pub table: String,
    /// Digest of its text.
    pub digest: Digest,
}

/// The table does not say; a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// In words.
    pub reason: String,
}

impl Table {
    /// Its name: the file's.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// In words.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// SHA-256 of its text.
    pub fn digest(&self) -> &str {
        &self.digest
    }
    /// Names of its outputs.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// Decides for these facts, which every input expression reads.
    pub fn decide(&self, facts: &Value) -> Result<Decided, Undecided> {
        let inputs = self.inputs.iter().map(|input| self.read(input, facts)).collect::<Result<Vec<_>, _>>()?;
        let mut matched: Vec<&Rule> = Vec::new();
        for rule in &self.rules {
            if self.matches(rule, &inputs)? {
                matched.push(rule);
                if self.hit == Hit::First {
                    break;
                }
            }
        }
        if matched.is_empty() {
            return Err(self.undecided("no rule covers these facts"));
        }
        if self.hit == Hit::Unique && matched.len() > 1 {
            let ids: Vec<_> = matched.iter().map(|rule| rule.id.as_str()).collect();
            return Err(self.undecided(&format!("rules {} all match, where one may", ids.join(", "))));
        }
        Ok(Decided {
            outputs: self.outputs_of(&matched, facts)?,
            rules: matched.iter().map(|rule| rule.id.clone()).collect(),
            table: self.name.clone(),
            digest: self.digest.clone(),
        })
    }

    fn read(&self, input: &Input, facts: &Value) -> Result<Value, Undecided> {
        expr::evaluate(&input.expr, facts, &[]).map_err(|e| self.undecided(&format!("input '{}': {e}", input.name)))
    }

    // A rule that another cell rules out is out, whatever an input in error would say; else the error counts.
    fn matches(&self, rule: &Rule, inputs: &[Value]) -> Result<bool, Undecided> {
        let mut trouble = None;
        for ((cell, value), input) in rule.cells.iter().zip(inputs).zip(&self.inputs) {
            match cell.test(value) {
                Match::Yes => {}
                Match::No => return Ok(false),
                Match::Cannot(why) => {
                    trouble.get_or_insert_with(|| format!("rule {}, input '{}': {why}", rule.id, input.name));
                }
            }
        }
        trouble.map_or(Ok(true), |why| Err(self.undecided(&why)))
    }

    fn outputs_of(&self, matched: &[&Rule], facts: &Value) -> Result<Value, Undecided> {
        let mut outputs = Map::new();
        for (column, name) in self.outputs.iter().enumerate() {
            let values = matched.iter().map(|rule| self.output(rule, column, facts)).collect::<Result<Vec<_>, _>>()?;
            let value = match self.hit {
                Hit::Collect => Value::Array(values),
                Hit::Unique | Hit::First => values.into_iter().next().unwrap_or(Value::Null),
            };
            outputs.insert(name.clone(), value);
        }
        Ok(Value::Object(outputs))
    }

    fn output(&self, rule: &Rule, column: usize, facts: &Value) -> Result<Value, Undecided> {
        match rule.then.get(column) {
            Some(Value::String(text)) if expr::unwrapped(text).is_some() => expr::evaluate(text, facts, &[])
                .map_err(|e| self.undecided(&format!("rule {}, output '{}': {e}", rule.id, self.outputs[column]))),
            Some(value) => Ok(value.clone()),
            None => Ok(Value::Null),
        }
    }

    fn undecided(&self, why: &str) -> Undecided {
        Undecided { reason: format!("table {} does not decide: {why}", self.name) }
    }
}
