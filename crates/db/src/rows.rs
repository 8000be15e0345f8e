//! One statement for many rows: what a batch of runs leaves behind costs one round trip, not one a row.
//!
//! The statement's text says `{rows}` once, where a table may stand. On PostgreSQL that is an `UNNEST` of one array a
//! column; on SQLite, where a call costs next to nothing, the statement runs once for each row.

use crate::Value;
use baton_base::{Error, Result};
use std::fmt::Write as _;

/// Type of a column of `{rows}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
}

/// Rows for one statement, known in it as table `r` with these columns.
#[derive(Debug, Clone)]
pub struct Rows {
    columns: &'static [(&'static str, Column)],
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// No rows yet.
    pub fn of(columns: &'static [(&'static str, Column)]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row: one value for each column.
    pub fn push(&mut self, row: &[Value]) {
        self.rows.push(row.to_vec());
    }

    /// Adds a row without copying it.
    pub fn add(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// Adds all rows of another set with the same columns.
    pub fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
    }

    /// Keeps the rows for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Vec<Value>) -> bool) {
        self.rows.retain(keep);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// The statement for one row, as SQLite runs it.
    pub(crate) fn text_for_one(&self, sql: &str) -> String {
        let mut table = String::from("(SELECT ");
        for (index, (name, _)) in self.columns.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(table, "{comma}${} AS {name}", index + 1);
        }
        table.push_str(") AS r");
        sql.replacen("{rows}", &table, 1)
    }

    /// The statement for all rows, as PostgreSQL runs it.
    pub(crate) fn text_for_all(&self, sql: &str) -> String {
        let mut table = String::from("UNNEST(");
        let mut names = String::new();
        for (index, (name, column)) in self.columns.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let kind = match column {
                Column::Text => "text",
                Column::Int => "bigint",
            };
            let _ = write!(table, "{comma}${}::{kind}[]", index + 1);
            let _ = write!(names, "{comma}{name}");
        }
        let _ = write!(table, ") AS r({names})");
        sql.replacen("{rows}", &table, 1)
    }

    /// The cells of each column, in its type.
    pub(crate) fn arrays(&self) -> Result<Vec<Cells<'_>>> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(at, (name, column))| {
                let cells = self.rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
                match column {
                    Column::Text => cells.map(|cell| text(name, cell)).collect::<Result<_>>().map(Cells::Text),
                    Column::Int => cells.map(|cell| int(name, cell)).collect::<Result<_>>().map(Cells::Int),
                }
            })
            .collect()
    }
}

/// One column of all rows.
pub(crate) enum Cells<'a> {
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
}

fn text<'a>(name: &str, cell: &'a Value) -> Result<Option<&'a str>> {
    match cell {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        Value::Int(_) | Value::Real(_) | Value::Blob(_) => Err(mismatch(name)),
    }
}

fn int(name: &str, cell: &Value) -> Result<Option<i64>> {
    match cell {
        Value::Null => Ok(None),
        Value::Int(number) => Ok(Some(*number)),
        Value::Real(_) | Value::Text(_) | Value::Blob(_) => Err(mismatch(name)),
    }
}

fn mismatch(name: &str) -> Error {
    Error::broken(format!("a value of column {name} of {{rows}} is not of its type"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn the_table_is_one_row_or_arrays_of_all() {
        let mut rows = Rows::of(&[("client_id", Column::Text), ("seq", Column::Int)]);
        rows.push(params!["acme", 1_i64]);
        let sql = "DELETE FROM t WHERE (client_id, seq) IN (SELECT client_id, seq FROM {rows})";
        let one = "DELETE FROM t WHERE (client_id, seq) IN (SELECT client_id, seq FROM (SELECT $1 AS client_id, $2 AS seq) AS r)";
        let all = "DELETE FROM t WHERE (client_id, seq) IN (SELECT client_id, seq FROM UNNEST($1::text[], $2::bigint[]) AS r(client_id, seq))";
        assert_eq!(rows.text_for_one(sql), one);
        assert_eq!(rows.text_for_all(sql), all);
        assert!(rows.arrays().is_ok());
        rows.push(params![2_i64, 1_i64]);
        assert!(rows.arrays().is_err(), "a number in a text column");
    }
}
