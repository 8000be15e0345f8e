//! Tables as a DMN file.

use super::super::cell::Cell;
use super::super::date::day_start_ms;
use super::super::table::{Hit, Input, Rule, Table};
use super::feel::unary_tests;
use super::feel_write::{literal, of_cell};
use super::read::free;
use super::xml_write::Writer;
use super::{CELL, JQ, OWN, names, words};
use baton_base::{Error, Result};
use baton_engine::expr;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Which edition of DMN a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edition {
    /// 1.3, which dmn-js and Camunda Modeler edit.
    V1_3,
    /// 1.5.
    #[default]
    V1_5,
}

impl Edition {
    /// By its number: `1.3` or `1.5`.
    pub fn named(number: &str) -> Option<Self> {
        match number {
            "1.3" => Some(Self::V1_3),
            "1.5" => Some(Self::V1_5),
            _ => None,
        }
    }

    fn space(self, of: &str) -> String {
        let date = match self {
            Self::V1_3 => "20191111",
            Self::V1_5 => "20230324",
        };
        format!("https://www.omg.org/spec/DMN/{date}/{of}/")
    }
}

/// Tables as one file, a decision each, with the ids of their rules. An error: a text holds what XML cannot, or a column lists
/// what is no single value.
pub fn export(tables: &[&Table], edition: Edition) -> Result<String> {
    let listed = tables.iter().flat_map(|table| &table.inputs).find(|input| !input.values.iter().all(single));
    if let Some(input) = listed {
        let detail = format!("the values of input '{}' hold a list or an object; list single values", input.name);
        return Err(Error::invalid("This cannot be written as DMN", detail));
    }
    let mut file =
        File { xml: Writer::new(), taken: BTreeSet::from(["definitions".to_owned()]), facts: BTreeMap::new() };
    let ids: Vec<String> = tables.iter().map(|table| file.id(&table.name)).collect();
    // Before any id that is made here: a rule keeps its own.
    let rules: Vec<Vec<String>> =
        tables.iter().map(|table| table.rules.iter().map(|rule| file.id(&rule.id)).collect()).collect();
    file.begin(tables, edition);
    for ((table, id), rules) in tables.iter().zip(&ids).zip(&rules) {
        file.decision(table, id, rules);
    }
    file.end(&ids);
    file.xml.done().map_err(|c| {
        let detail = format!("the character U+{:04X} cannot stand in XML; take it out of the table", u32::from(c));
        Error::invalid("This cannot be written as DMN", detail)
    })
}

struct File {
    xml: Writer,
    /// Ids of the file.
    taken: BTreeSet<String>,
    /// What the tables read: the name of a fact and the id of its element.
    facts: BTreeMap<String, String>,
}

impl File {
    /// An id like this one that nothing else in the file has.
    fn id(&mut self, wanted: &str) -> String {
        let inside = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        let mut id: String = wanted.chars().map(|c| if inside(c) { c } else { '_' }).collect();
        if !id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            id.insert(0, '_');
        }
        free(&mut self.taken, &id)
    }

    fn begin(&mut self, tables: &[&Table], edition: Edition) {
        let (model, boxes) = (edition.space("MODEL"), edition.space("DMNDI"));
        self.xml.open(
            "definitions",
            &[
                ("xmlns", model.as_str()),
                ("xmlns:dmndi", boxes.as_str()),
                ("xmlns:dc", "http://www.omg.org/spec/DMN/20180521/DC/"),
                ("xmlns:baton", OWN),
                ("id", "definitions"),
                ("name", "Decision tables"),
                ("namespace", "urn:baton:tables"),
            ],
        );
        let facts: BTreeSet<String> = tables.iter().flat_map(|table| read_by(table)).collect();
        for fact in facts {
            let id = self.id(&format!("fact_{fact}"));
            let variable = self.id(&format!("{id}_variable"));
            self.xml.open("inputData", &[("id", id.as_str()), ("name", fact.as_str())]);
            self.xml.empty("variable", &[("id", variable.as_str()), ("name", fact.as_str())]);
            self.xml.close();
            self.facts.insert(fact, id);
        }
    }

    fn decision(&mut self, table: &Table, id: &str, rules: &[String]) {
        let mut attrs = vec![("id", id), ("name", table.title.as_str())];
        if id != table.name {
            attrs.push(("baton:name", table.name.as_str()));
        }
        self.xml.open("decision", &attrs);
        if let Some(description) = &table.description {
            self.xml.text("description", description);
        }
        let variable = self.id(&format!("{id}_variable"));
        self.xml.empty("variable", &[("id", variable.as_str()), ("name", table.title.as_str())]);
        for fact in read_by(table) {
            let needs = self.id(&format!("{id}_reads"));
            let href = self.facts.get(&fact).map(|fact| format!("#{fact}")).unwrap_or_default();
            self.xml.open("informationRequirement", &[("id", needs.as_str())]);
            self.xml.empty("requiredInput", &[("href", href.as_str())]);
            self.xml.close();
        }
        let grid = self.id(&format!("{id}_table"));
        // All that match, in the order of the rules.
        let hit = match table.hit {
            Hit::Unique => "UNIQUE",
            Hit::First => "FIRST",
            Hit::Collect => "RULE ORDER",
        };
        self.xml.open("decisionTable", &[("id", grid.as_str()), ("hitPolicy", hit)]);
        let days: Vec<bool> =
            table.inputs.iter().enumerate().map(|(at, input)| self.input(table, id, at, input)).collect();
        for (at, output) in table.outputs.iter().enumerate() {
            self.output(table, id, at, output);
        }
        for (rule, id) in table.rules.iter().zip(rules) {
            self.rule(table, rule, id, &days);
        }
        self.xml.close();
        self.xml.close();
    }

    /// Writes a column; whether its texts are days.
    fn input(&mut self, table: &Table, decision: &str, at: usize, input: &Input) -> bool {
        let mut tested: Vec<&Value> = input.values.iter().collect();
        table.rules.iter().for_each(|rule| gather(&rule.cells[at], &mut tested));
        let kind = if input.whole { Some("number") } else { kind(&tested, true) };
        let id = self.id(&format!("{decision}_input_{}", at + 1));
        let mut attrs = vec![("id", id.as_str()), ("label", input.name.as_str())];
        if input.whole {
            attrs.push(("baton:whole", "true"));
        }
        self.xml.open("input", &attrs);
        let inner = self.id(&format!("{id}_expression"));
        let mut attrs = vec![("id", inner.as_str())];
        attrs.extend(kind.map(|kind| ("typeRef", kind)));
        let name = names::to_feel(input.expr.trim());
        if name.is_none() {
            attrs.push(("expressionLanguage", JQ));
        }
        self.xml.open("inputExpression", &attrs);
        self.xml.text("text", name.as_deref().unwrap_or(input.expr.trim()));
        self.xml.close();
        let days = kind == Some("date");
        if !input.values.is_empty() {
            let values = Cell::OneOf(input.values.iter().cloned().map(Cell::Equal).collect());
            let listed = self.id(&format!("{id}_values"));
            self.xml.open("inputValues", &[("id", listed.as_str())]);
            self.xml.text("text", &of_cell(&values, days).unwrap_or_default());
            self.xml.close();
        }
        self.xml.close();
        days
    }

    fn output(&mut self, table: &Table, decision: &str, at: usize, name: &str) {
        let id = self.id(&format!("{decision}_output_{}", at + 1));
        let said: Vec<&Value> = table.rules.iter().filter_map(|rule| rule.then.get(at)).collect();
        let worked_out = said.iter().any(|value| value.as_str().is_some_and(|text| expr::unwrapped(text).is_some()));
        let mut attrs = vec![("id", id.as_str()), ("name", name)];
        attrs.extend(kind(&said, false).filter(|_| !worked_out).map(|kind| ("typeRef", kind)));
        self.xml.empty("output", &attrs);
    }

    fn rule(&mut self, table: &Table, rule: &Rule, id: &str, days: &[bool]) {
        let mut attrs = vec![("id", id)];
        if id != rule.id {
            attrs.push(("baton:id", rule.id.as_str()));
        }
        self.xml.open("rule", &attrs);
        if let Some(note) = &rule.note {
            self.xml.text("description", note);
        }
        for ((cell, input), days) in rule.cells.iter().zip(&table.inputs).zip(days) {
            let (text, language) = condition(cell, rule.when.get(&input.name), *days);
            self.entry("inputEntry", &format!("{id}_if"), language, &text);
        }
        for value in &rule.then {
            let (text, language) = result(value);
            self.entry("outputEntry", &format!("{id}_then"), language, &text);
        }
        self.xml.close();
    }

    fn entry(&mut self, name: &'static str, wanted: &str, language: Option<&str>, text: &str) {
        let id = self.id(wanted);
        let mut attrs = vec![("id", id.as_str())];
        attrs.extend(language.map(|language| ("expressionLanguage", language)));
        self.xml.open(name, &attrs);
        self.xml.text("text", text);
        self.xml.close();
    }

    /// A box for each decision, so that editors which draw the file show them.
    fn end(&mut self, decisions: &[String]) {
        self.xml.open("dmndi:DMNDI", &[]);
        self.xml.open("dmndi:DMNDiagram", &[("id", "diagram")]);
        for (at, decision) in decisions.iter().enumerate() {
            let (id, y) = (self.id(&format!("{decision}_shape")), (80 + at * 120).to_string());
            self.xml.open("dmndi:DMNShape", &[("id", id.as_str()), ("dmnElementRef", decision.as_str())]);
            self.xml.empty("dc:Bounds", &[("height", "80"), ("width", "180"), ("x", "160"), ("y", y.as_str())]);
            self.xml.close();
        }
        self.xml.close();
        self.xml.close();
        self.xml.close();
    }
}

/// A cell's text and language: simple unary tests where they are read as this very cell, else as it is written.
fn condition(cell: &Cell, written: Option<&Value>, days: bool) -> (String, Option<&'static str>) {
    let wanted = words::plain(cell);
    let same = |read: &Cell| words::plain(read) == wanted && words::of_cell(read).is_ok();
    let reads = |text: &String| unary_tests(text).is_ok_and(|read| same(&read));
    match of_cell(&wanted, days).filter(reads) {
        Some(text) => (text, None),
        None => (written.map_or_else(|| "\"-\"".to_owned(), Value::to_string), Some(CELL)),
    }
}

/// A result's text and language.
fn result(value: &Value) -> (String, Option<&'static str>) {
    let Some(jq) = value.as_str().and_then(expr::unwrapped) else { return (literal(value), None) };
    match names::to_feel(jq) {
        Some(name) => (name, None),
        None => (jq.to_owned(), Some(JQ)),
    }
}

fn single(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// First names of the facts that a table reads by FEEL.
fn read_by(table: &Table) -> BTreeSet<String> {
    let inputs = table.inputs.iter().filter_map(|input| names::to_feel(input.expr.trim()));
    let results = table.rules.iter().flat_map(|rule| &rule.then).filter_map(Value::as_str);
    let results = results.filter_map(expr::unwrapped).filter_map(names::to_feel);
    inputs.chain(results).map(|name| names::root(&name).to_owned()).collect()
}

fn gather<'a>(cell: &'a Cell, tested: &mut Vec<&'a Value>) {
    match cell {
        Cell::Any => {}
        Cell::Equal(value) | Cell::Compare(_, value) => tested.push(value),
        Cell::Range { low, high, .. } => tested.extend([low, high]),
        Cell::OneOf(cells) => cells.iter().for_each(|cell| gather(cell, tested)),
        Cell::Not(cell) => gather(cell, tested),
    }
}

/// FEEL's type of values that are all of one kind.
fn kind(values: &[&Value], days: bool) -> Option<&'static str> {
    let mut values = values.iter().filter(|value| !value.is_null()).peekable();
    values.peek()?;
    let known: BTreeSet<_> = values
        .map(|value| match value {
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(text) if days && day_start_ms(text).is_some() => "date",
            Value::String(_) => "string",
            Value::Null | Value::Array(_) | Value::Object(_) => "",
        })
        .collect();
    let one = known.first().copied().filter(|kind| known.len() == 1 && !kind.is_empty());
    // Days beside other texts are texts.
    one.or_else(|| (known == BTreeSet::from(["date", "string"])).then_some("string"))
}
