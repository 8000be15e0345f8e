//! Decision tables from and to DMN, the OMG's notation that other tools read and write: 1.3, 1.4 and 1.5.
//!
//! What a file says and a table cannot is refused with the place, never read as something near it. Two things are stricter on
//! purpose: where DMN lets a rule not match because its input is missing or of another kind than it is compared with, and where
//! DMN says null because no rule matches, a table does not decide. Two are wider, as tables are: what is denied is matched by
//! whatever is of another kind, and days are compared with texts; DMN lets such a rule not match.

mod clause;
mod feel;
mod feel_write;
mod hits;
mod names;
mod read;
mod words;
mod write;
mod xml;
mod xml_write;
mod yaml;

pub use write::{Edition, export};

use super::table::{Hit, Rule, Table};
use super::table_file;
use baton_base::{Error, Finding, Result};
use baton_engine::expr;
use serde::Serialize;
use serde_json::Value;

/// Largest file, bytes.
pub const DMN_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most decision tables of one file.
const TABLES_MAX: usize = 200;

/// Namespace of what only Baton's files say.
const OWN: &str = "urn:baton:dmn:1";
/// Language of expressions in jq.
const JQ: &str = "urn:baton:jq";
/// Language of cells that simple unary tests cannot say: a cell of a table's file, as JSON.
const CELL: &str = "urn:baton:cell";

/// What became of a file.
#[derive(Debug, Serialize)]
pub struct Import {
    /// The tables, in the order of the file.
    pub tables: Vec<Imported>,
    /// What has no equal, with line and remedy (an error: that decision is left out), and what is otherwise than it may seem
    /// (a warning).
    pub findings: Vec<Finding>,
}

/// One decision as a table.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Its name.
    pub name: String,
    /// Its file below the blueprint's folder.
    pub file: String,
    /// In words.
    pub title: String,
    /// Which of the rules that match count.
    pub hit: Hit,
    /// How many rules it has.
    pub rules: usize,
    /// The file's text.
    pub text: String,
}

/// Reads a DMN file. `file` is what findings call it. An error: the text is no DMN at all, or too large.
pub fn import(file: &str, text: &str) -> Result<Import> {
    if text.len() > DMN_BYTES_MAX {
        return Err(Error::Limit(format!("a DMN file has at most {DMN_BYTES_MAX} bytes")));
    }
    let document = xml::parse(text)?;
    let (read, mut findings) = read::tables(file, &xml::Element::root(&document)?)?;
    let tables = read.iter().filter_map(|(table, line)| written(file, table, *line, &mut findings)).collect();
    Ok(Import { tables, findings })
}

/// The table's file, once it has been read back and says the same.
fn written(file: &str, table: &Table, line: u32, findings: &mut Vec<Finding>) -> Option<Imported> {
    let (name, text) = (table.name.clone(), yaml::text(table));
    let path = format!("tables/{name}.yaml");
    let mut wrong = Vec::new();
    let back = table_file::read(&path, &name, &text, &mut wrong);
    let why = match (back, wrong.first()) {
        (Some(back), None) if back.says_as(table) => {
            let (title, rules) = (table.title.clone(), table.rules.len());
            return Some(Imported { name, file: path, title, hit: table.hit, rules, text });
        }
        (_, Some(first)) => format!("{}; {}", first.message, first.remedy),
        _ => "a text in it cannot be written in a table's file".to_owned(),
    };
    let message = format!("decision '{}' cannot be written as a table: {why}", table.title);
    findings.push(Finding::error(file, "dmn-table", message, "change it in the DMN file").at(line, 1));
    None
}

impl Table {
    /// Whether another table says the same: names, columns, rules with their ids and notes, whatever the files look like.
    pub fn says_as(&self, other: &Self) -> bool {
        let columns =
            self.inputs.iter().zip(&other.inputs).all(|(a, b)| {
                (&a.name, a.whole, &a.values, a.expr.trim()) == (&b.name, b.whole, &b.values, b.expr.trim())
            });
        let rules = self.rules.iter().zip(&other.rules).all(|(a, b)| a.says_as(b));
        let lengths = (self.inputs.len(), self.rules.len()) == (other.inputs.len(), other.rules.len());
        let head = (&self.name, &self.title, &self.description, self.hit, &self.outputs);
        let heads = head == (&other.name, &other.title, &other.description, other.hit, &other.outputs);
        columns && rules && lengths && heads
    }
}

impl Rule {
    fn says_as(&self, other: &Self) -> bool {
        let inside = |value: &Value| value.as_str().and_then(expr::unwrapped).map(str::to_owned);
        let alike = |(a, b): (&Value, &Value)| a == b || (inside(a).is_some() && inside(a) == inside(b));
        let cells = self.cells.iter().map(words::plain).eq(other.cells.iter().map(words::plain));
        let then = self.then.len() == other.then.len() && self.then.iter().zip(&other.then).all(alike);
        cells && then && (&self.id, &self.note) == (&other.id, &other.note)
    }
}
