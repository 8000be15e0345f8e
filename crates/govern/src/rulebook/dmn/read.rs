//! The decisions of a DMN file.

use super::super::cell::Cell;
use super::super::table::{Hit, Input, Rule, Table};
use super::super::table_file::TABLE_RULES_MAX;
use super::clause::{self, Output, Types};
use super::feel::{self, Refused, refused};
use super::hits::{self, Policy};
use super::xml::Element;
use super::{CELL, JQ, OWN, TABLES_MAX, names, words};
use baton_base::{Error, Finding, Result, Severity};
use baton_engine::expr;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Namespaces of the editions that are read: 1.3, 1.4 and 1.5.
const EDITIONS: [&str; 3] = [
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];
/// What a decision may hold instead of a table.
const LOGIC: [&str; 11] = [
    "literalExpression",
    "context",
    "invocation",
    "list",
    "relation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "every",
    "some",
];
/// Most findings that are told of one file.
const FINDINGS_MAX: usize = 200;
/// Longest name of a table, bytes.
const NAME_BYTES_MAX: usize = 100;

const CELLS: &str = "give it one inputEntry for each input and one outputEntry for each output";

/// Every decision that is a table, with its line, and what is found.
type Tables = (Vec<(Table, u32)>, Vec<Finding>);

/// Reads a file's decisions; an error: it is no DMN.
pub(super) fn tables(file: &str, root: &Element<'_>) -> Result<Tables> {
    let (name, space) = (root.name(), root.space());
    if name != "definitions" || !EDITIONS.contains(&space) {
        let detail = format!("the root is '{name}' of '{space}'; save the file as DMN 1.3, 1.4 or 1.5");
        return Err(Error::invalid("This is no DMN that is read", detail));
    }
    let mut found = Found { file, decision: String::new(), findings: Vec::new(), errors: 0 };
    let types = Types::of(root);
    let (mut tables, mut names) = (Vec::new(), BTreeSet::new());
    for decision in root.all("decision") {
        let named =
            [decision.attr("name"), decision.attr("id")].into_iter().flatten().find(|name| !name.trim().is_empty());
        found.decision = named.unwrap_or("without a name").to_owned();
        let Some(table) = found.decision(root, decision, &types) else { continue };
        if tables.len() == TABLES_MAX {
            return Err(Error::Limit(format!("a DMN file has at most {TABLES_MAX} decision tables")));
        }
        if names.insert(table.name.clone()) {
            tables.push((table, decision.line));
        } else {
            let why = refused(format!("another decision is called {} too", table.name), "give it another id");
            found.wrong(decision.line, "", &why);
        }
    }
    if tables.is_empty() && found.findings.is_empty() {
        let finding =
            Finding::error(file, "dmn-decision", "there is no decision in it", "send a file with decision tables");
        found.findings.push(finding.at(root.line, 1));
    }
    Ok((tables, found.findings))
}

/// What is found about one decision after the other.
pub(super) struct Found<'a> {
    file: &'a str,
    decision: String,
    findings: Vec<Finding>,
    /// How many errors there are, told or not.
    errors: usize,
}

impl Found<'_> {
    /// Something that a table cannot say: the decision is left out.
    pub fn wrong(&mut self, line: u32, place: &str, why: &Refused) {
        self.add("dmn-unlike", Severity::Error, line, place, why);
    }

    /// Something that is otherwise than it may seem.
    pub fn note(&mut self, line: u32, place: &str, why: &Refused) {
        self.add("dmn-changed", Severity::Warning, line, place, why);
    }

    fn add(&mut self, rule: &str, severity: Severity, line: u32, place: &str, why: &Refused) {
        let place = if place.is_empty() { String::new() } else { format!(", {place}") };
        let message = format!("decision '{}'{place}: {}", self.decision, why.why);
        let finding = Finding::error(self.file, rule, message, why.remedy).at(line, 1);
        self.errors += usize::from(severity == Severity::Error);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { severity, ..finding });
        } else if self.findings.len() == FINDINGS_MAX {
            let message = format!("there is more; {FINDINGS_MAX} are told at once");
            self.findings.push(Finding::error(self.file, rule, message, "see to these first").at(line, 1));
        }
    }

    /// The value, or what is wrong with it.
    pub fn keep<T>(&mut self, line: u32, place: &str, read: std::result::Result<T, Refused>) -> Option<T> {
        read.map_err(|why| self.wrong(line, place, &why)).ok()
    }

    fn decision(&mut self, root: &Element<'_>, decision: &Element<'_>, types: &Types<'_>) -> Option<Table> {
        let before = self.errors;
        let Some(grid) = decision.child("decisionTable") else {
            let holds = LOGIC.into_iter().find(|logic| decision.child(logic).is_some()).unwrap_or("nothing");
            let why = refused(
                format!("it holds {holds}, not a decision table"),
                "work it out in a process, or make a table of it",
            );
            self.wrong(decision.line, "", &why);
            return None;
        };
        let policy = self.keep(grid.line, "", Policy::of(grid));
        let name = self.keep(decision.line, "", name_of(decision));
        if decision.all("informationRequirement").any(|needs| needs.child("requiredDecision").is_some()) {
            let why = refused(
                "it reads what another decision says",
                "ask that table first, and give its outputs among the facts",
            );
            self.note(decision.line, "", &why);
        }
        let inputs = clause::inputs(self, root, grid, types);
        let given = given(root, &inputs);
        let outputs = clause::outputs(self, grid, &given);
        let rules = self.rules(grid, &inputs, &outputs, &given);
        let description = decision.child("description").map(|said| said.text.trim().to_owned());
        let table = Table {
            name: name?,
            title: self.decision.clone(),
            description: description.filter(|said| !said.is_empty()),
            hit: Hit::Unique,
            inputs,
            outputs: outputs.iter().map(|output| output.name.clone()).collect(),
            rules,
            digest: String::new(),
        };
        // What is wrong with a cell would make the whole table look otherwise than it is.
        let policy = policy.filter(|_| self.errors == before)?;
        let table = hits::apply(self, grid.line, policy, table, &outputs);
        (self.errors == before).then_some(table)
    }

    /// A result; where it is the name of a fact that nothing in the file gives, that is told: mostly it is text without quotes.
    pub fn result(&mut self, entry: &Element<'_>, place: &str, given: &Given) -> Option<Value> {
        let value = self.keep(entry.line, place, result(entry))?;
        let name = value.as_str().and_then(expr::unwrapped).and_then(names::to_feel);
        let is_feel = matches!(clause::language(entry), Ok(None));
        if let Some(name) = name.filter(|name| is_feel && !given.contains(names::root(name))) {
            let why = format!("it reads the fact '{name}', which nothing in the file gives");
            self.note(entry.line, place, &refused(why, "write text in double quotes; else give the fact to the table"));
        }
        Some(value)
    }

    fn rules(&mut self, grid: &Element<'_>, inputs: &[Input], outputs: &[Output], given: &Given) -> Vec<Rule> {
        let count = grid.all("rule").count();
        if count == 0 || count > TABLE_RULES_MAX {
            let why = format!("a table has 1 to {TABLE_RULES_MAX} rules, this one {count}");
            self.wrong(grid.line, "", &refused(why, "add rules, or split the table"));
            return Vec::new();
        }
        let written = |rule: &Element<'_>| {
            let given = rule.attr("id").unwrap_or_default().trim();
            rule.attr_in(OWN, "id").unwrap_or(given).to_owned()
        };
        let mut taken: BTreeSet<String> = grid.all("rule").map(written).collect();
        let mut seen = BTreeSet::new();
        let mut rules = Vec::with_capacity(count);
        for (at, element) in grid.all("rule").enumerate() {
            let mut id = written(element);
            if id.is_empty() {
                id = free(&mut taken, &format!("rule-{}", at + 1));
            }
            if !seen.insert(id.clone()) {
                let why = refused(format!("the rule id '{id}' stands twice"), "give every rule an id of its own");
                self.wrong(element.line, "", &why);
            }
            rules.extend(self.rule(id, element, (inputs, outputs), given));
        }
        rules
    }

    fn rule(
        &mut self,
        id: String,
        rule: &Element<'_>,
        (inputs, outputs): (&[Input], &[Output]),
        given: &Given,
    ) -> Option<Rule> {
        let (whens, thens): (Vec<_>, Vec<_>) = (rule.all("inputEntry").collect(), rule.all("outputEntry").collect());
        if (whens.len(), thens.len()) != (inputs.len(), outputs.len()) {
            let why = format!("it has {} conditions and {} results", whens.len(), thens.len());
            self.wrong(rule.line, &format!("rule '{id}'"), &refused(why, CELLS));
            return None;
        }
        let (mut cells, mut when) = (Vec::new(), Map::new());
        for (entry, input) in whens.into_iter().zip(inputs) {
            let place = format!("rule '{id}', column '{}'", input.name);
            let (cell, value) =
                self.keep(entry.line, &place, condition(entry)).unwrap_or((Cell::Any, Value::from("-")));
            cells.push(cell);
            if value != "-" {
                when.insert(input.name.clone(), value);
            }
        }
        let mut then = Vec::new();
        for (entry, output) in thens.into_iter().zip(outputs) {
            let place = format!("rule '{id}', column '{}'", output.name);
            then.push(self.result(entry, &place, given).unwrap_or_default());
        }
        Some(Rule { id, note: note(rule), when, cells, then })
    }
}

/// First names of facts that are given to a table.
pub(super) type Given = BTreeSet<String>;

/// What the file calls its input data and its decisions, and what the table's inputs read.
fn given(root: &Element<'_>, inputs: &[Input]) -> Given {
    let named =
        ["inputData", "decision"].into_iter().flat_map(|kind| root.all(kind)).filter_map(|one| one.attr("name"));
    let named = named.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
    let read = inputs.iter().filter_map(|input| names::to_feel(input.expr.trim()));
    named.chain(read.map(|name| names::root(&name).to_owned())).collect()
}

/// A name that is not taken: this one, or with a number behind it.
pub(super) fn free(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut numbered = std::iter::once(wanted.to_owned()).chain((2_u64..).map(|n| format!("{wanted}-{n}")));
    let name = numbered.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// The table's name: what Baton's own files say, else the decision's id, else its name.
fn name_of(decision: &Element<'_>) -> std::result::Result<String, Refused> {
    let own = decision.attr_in(OWN, "name").map(str::to_owned);
    let given = [decision.attr("id"), decision.attr("name")].map(|given| given.map(flat));
    let part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric()) && !part.ends_with('.');
    let plain = |name: &str| name.split('/').all(|one| part(one) && flat(one) == one);
    let good = |name: &String| plain(name) && name.len() <= NAME_BYTES_MAX;
    own.into_iter().chain(given.into_iter().flatten()).find(good).ok_or_else(|| {
        refused("neither its id nor its name can name a table's file", "give it an id of letters, digits, '-' and '_'")
    })
}

/// With a hyphen for whatever has no place in the name of a file.
fn flat(name: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
    name.trim().chars().map(|c| if inside(c) { c } else { '-' }).collect()
}

fn condition(entry: &Element<'_>) -> std::result::Result<(Cell, Value), Refused> {
    match clause::language(entry)? {
        Some(CELL) => {
            let value: Value =
                serde_json::from_str(entry.says()).map_err(|e| refused(e.to_string(), "write the cell as JSON"))?;
            let cell = Cell::read(&value).map_err(|why| refused(why, "write the cell as tables have it"))?;
            Ok((cell, value))
        }
        Some(_) => Err(refused("a condition cannot be written in jq", "write it as simple unary tests of FEEL")),
        None => {
            let cell = feel::unary_tests(entry.says())?;
            let value = words::of_cell(&cell)?;
            Ok((cell, value))
        }
    }
}

/// What a rule, or a column by default, says.
fn result(entry: &Element<'_>) -> std::result::Result<Value, Refused> {
    match clause::language(entry)? {
        Some(JQ) => clause::jq(entry.says()).map(|jq| Value::from(format!("${{ {jq} }}"))),
        Some(_) => Err(refused("a result cannot be written as a cell", "write a value of FEEL")),
        None => feel::output(entry.says()),
    }
}

/// What is said of a rule: its description and its annotations, a line each.
fn note(rule: &Element<'_>) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    let description = rule.child("description").map(|said| said.text.trim());
    for text in description.into_iter().chain(rule.all("annotationEntry").map(Element::says)) {
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    (!said.is_empty()).then(|| said.join("\n"))
}
