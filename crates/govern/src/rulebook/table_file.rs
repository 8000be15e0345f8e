//! `tables/*.yaml`: how a decision table is written.
//!
//! ```yaml
//! title: Refund
//! hit: first                          # unique (default) | first | collect
//! inputs:
//!   - { name: days, expr: .facts.order.days_since_delivery }
//!   - { name: tier, expr: .facts.customer.tier }
//! outputs: [verdict, reason]
//! rules:
//!   - id: in-window
//!     note: agreed with finance         # for whoever reads the table
//!     when: { days: "<= 30" }         # an input left out matches anything
//!     then: { verdict: allow, reason: "within the refund window" }
//!   - id: late
//!     then: { verdict: refuse, reason: "the refund window has passed" }
//! ```
//! An input may say more, for finding gaps: `whole: true` (its numbers are whole) and `values: [a, b]` (all that it can be).
//! Expressions are jq, over what the door gives: `.args`, `.facts`, `.derived`, `.case`, `.policy` (policy facts).

use super::cell::Cell;
use super::table::{Hit, Input, Rule, Table};
use baton_base::{Bundle, Finding, digest_of_text};
use baton_engine::expr;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most rules of one table.
pub(super) const TABLE_RULES_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default = "unique")]
    hit: Hit,
    inputs: Vec<InputFile>,
    outputs: Vec<String>,
    rules: Vec<RuleFile>,
}

fn unique() -> Hit {
    Hit::Unique
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputFile {
    name: String,
    expr: String,
    #[serde(default)]
    whole: bool,
    #[serde(default)]
    values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    id: String,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    when: Map<String, Value>,
    then: Map<String, Value>,
}

/// Every table of the bundle, by the name of its file.
pub(super) fn load(bundle: &Bundle, findings: &mut Vec<Finding>) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for (path, stem, text) in bundle.in_folder("tables", "yaml") {
        if let Some(table) = read(path, stem, text, findings) {
            tables.insert(stem.to_owned(), table);
        }
    }
    tables
}

/// One table; what is wrong with it is added to the findings.
pub(super) fn read(path: &str, name: &str, text: &str, findings: &mut Vec<Finding>) -> Option<Table> {
    match Bundle::yaml::<File>(path, text) {
        Ok(file) => Some(Reader { path, text, findings }.table(name, file)),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

/// What somebody wrote, or nothing where that is nothing but blanks.
fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn table(&mut self, name: &str, file: File) -> Table {
        self.check_shape(&file);
        for input in &file.inputs {
            if let Err(why) = expr::check(&input.expr) {
                let message = format!("input '{}': {why}", input.name);
                self.wrong("table-input", message, "write a jq expression over the facts", &[&input.expr]);
            }
        }
        let rules = file.rules.iter().map(|rule| self.rule(rule, &file.inputs, &file.outputs)).collect();
        Table {
            name: name.to_owned(),
            title: file.title.or_else(|| file.description.clone()).unwrap_or_else(|| name.to_owned()),
            description: said(file.description),
            hit: file.hit,
            inputs: file
                .inputs
                .into_iter()
                .map(|i| Input { name: i.name, expr: i.expr, whole: i.whole, values: i.values })
                .collect(),
            outputs: file.outputs,
            rules,
            digest: digest_of_text(self.text),
        }
    }

    fn check_shape(&mut self, file: &File) {
        if file.rules.is_empty() || file.rules.len() > TABLE_RULES_MAX {
            let message = format!("a table has 1 to {TABLE_RULES_MAX} rules, this one {}", file.rules.len());
            self.wrong("table-rules", message, "add rules, or split the table", &["rules:"]);
        }
        if file.outputs.is_empty() {
            self.wrong("table-outputs", "a table without outputs says nothing".into(), "name one", &["outputs:"]);
        }
        let mut seen = BTreeSet::new();
        for rule in &file.rules {
            if rule.id.trim().is_empty() || !seen.insert(&rule.id) {
                let message = format!("rule id '{}' is empty or stands twice", rule.id);
                let finding = Finding::error(self.path, "table-rule-id", message, "give every rule an id of its own");
                self.findings.push(finding.at(rule_line(self.text, &rule.id), 1));
            }
        }
        let mut seen = BTreeSet::new();
        for name in file.inputs.iter().map(|i| &i.name).chain(&file.outputs) {
            if !seen.insert(name) {
                let message = format!("'{name}' names two columns");
                self.wrong("table-column", message, "rename one of them", &[name]);
            }
        }
    }

    fn rule(&mut self, rule: &RuleFile, inputs: &[InputFile], outputs: &[String]) -> Rule {
        let known: BTreeSet<_> = inputs.iter().map(|input| &input.name).collect();
        for name in rule.when.keys().filter(|name| !known.contains(name)) {
            let message = format!("rule {}: there is no input '{name}'", rule.id);
            self.wrong_cell(rule, name, message, "name one of the inputs");
        }
        for name in rule.then.keys().filter(|name| !outputs.contains(name)) {
            let message = format!("rule {}: there is no output '{name}'", rule.id);
            self.wrong_cell(rule, name, message, "name one of the outputs");
        }
        let cells = inputs.iter().map(|input| self.cell(rule, &input.name)).collect();
        let then = outputs.iter().map(|output| self.output(rule, output)).collect();
        Rule { id: rule.id.clone(), note: said(rule.note.clone()), when: rule.when.clone(), cells, then }
    }

    fn cell(&mut self, rule: &RuleFile, input: &str) -> Cell {
        let Some(value) = rule.when.get(input) else { return Cell::Any };
        Cell::read(value).unwrap_or_else(|why| {
            let message = format!("rule {}, input '{input}': {why}", rule.id);
            let remedy = "use '-', a value, < <= > >= !=, [low..high], a list, or not(...)";
            self.wrong_cell(rule, input, message, remedy);
            Cell::Any
        })
    }

    fn output(&mut self, rule: &RuleFile, output: &str) -> Value {
        let Some(value) = rule.then.get(output) else {
            let message = format!("rule {} does not say '{output}'", rule.id);
            self.wrong_cell(rule, &rule.id, message, "give every output a value; null is one");
            return Value::Null;
        };
        if let Some(inner) = value.as_str().and_then(expr::unwrapped)
            && let Err(why) = expr::check(inner)
        {
            let message = format!("rule {}, output '{output}': {why}", rule.id);
            self.wrong_cell(rule, output, message, "correct the expression in ${ }");
        }
        value.clone()
    }

    /// Adds a finding about a cell: at the line of the word, searched from where the rule begins.
    fn wrong_cell(&mut self, rule: &RuleFile, word: &str, message: String, remedy: &str) {
        let begins = rule_line(self.text, &rule.id).max(1);
        let from_rule: Vec<_> = self.text.lines().skip(begins as usize - 1).collect();
        let ahead = from_rule.iter().position(|line| line.contains(word)).unwrap_or(0);
        let line = begins + u32::try_from(ahead).unwrap_or(0);
        self.findings.push(Finding::error(self.path, "table-cell", message, remedy).at(line, 1));
    }

    /// Adds a finding at the line where the words stand, one after the other.
    fn wrong(&mut self, rule: &str, message: String, remedy: &str, words: &[&str]) {
        let line = find_line(self.text, words);
        self.findings.push(Finding::error(self.path, rule, message, remedy).at(line, 1));
    }
}

/// The 1-based line of the last word, searched from the line of the word before it; 0 where not found.
fn find_line(text: &str, words: &[&str]) -> u32 {
    let lines: Vec<_> = text.lines().collect();
    let mut at = 0;
    for word in words {
        match lines.iter().skip(at).position(|line| line.contains(word)) {
            Some(ahead) => at += ahead,
            None => return 0,
        }
    }
    u32::try_from(at + 1).unwrap_or(0)
}

/// The 1-based line where a rule begins: its first, or its last where the id stands twice.
fn rule_line(text: &str, id: &str) -> u32 {
    let begins = |line: &str| line.contains("id:") && line.contains(id);
    text.lines()
        .enumerate()
        .filter(|(_, line)| begins(line))
        .last()
        .map_or(0, |(at, _)| u32::try_from(at + 1).unwrap_or(0))
}
