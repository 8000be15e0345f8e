//! One statement for many rows: what a batch of runs leaves behind costs one round trip, not one a row.
//!
//! The statement's text names a column of the rows `{column}`, and says once where the rows stand:
//!
//! | place | for each row | PostgreSQL, for all rows |
//! |---|---|---|
//! | `INSERT INTO t (a, b) {values}` | `VALUES ($1, $2)` | `SELECT r.a, r.b FROM UNNEST(…) AS r(a, b) WHERE TRUE` |
//! | `UPDATE t SET b = {b} {from} WHERE t.a = {a}` | nothing | `FROM UNNEST(…) AS r(a, b)` |
//! | `DELETE FROM t {using} WHERE t.a = {a}` | nothing | `USING UNNEST(…) AS r(a)` |
//! | `SELECT … FROM t {join} WHERE t.a = {a}` | nothing | `, UNNEST(…) AS r(a)` |
//!
//! On SQLite, where a call costs next to nothing, the statement runs once for each row, in a form that needs no journal
//! of its own. So it does on PostgreSQL for a few rows, all sent together: that form is planned once and for all.

use crate::Value;
use baton_base::{Error, Result};

/// Type of a column of [`Rows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
}

/// Rows for one statement, with named columns; their values in the order of the columns.
#[derive(Debug, Clone)]
pub struct Rows {
    columns: &'static [(&'static str, Column)],
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// Rows up to which a statement runs once for each on PostgreSQL, all sent together: it plans that form once and keeps the
    /// plan, where it plans the form for many rows anew each time.
    pub(crate) const FEW: usize = 4;

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

    /// All rows, which are no longer here.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self { columns: self.columns, rows: std::mem::take(&mut self.rows) }
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

    /// Types of the columns, in order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().map(|(_, column)| *column)
    }

    pub(crate) fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// The statement for one row, as SQLite runs it.
    pub(crate) fn text_for_one(&self, sql: &str) -> String {
        self.text_from(sql, 1)
    }

    /// The same with parameters from this number on.
    fn text_from(&self, sql: &str, first: usize) -> String {
        let places: Vec<String> = (first..first + self.columns.len()).map(|at| format!("${at}")).collect();
        let mut text = sql.replacen("{values}", &format!("VALUES ({})", places.join(", ")), 1);
        for place in ["{from}", "{using}", "{join}"] {
            text = text.replacen(place, "", 1);
        }
        for ((name, _), place) in self.columns.iter().zip(&places) {
            text = text.replace(&format!("{{{name}}}"), place);
        }
        text
    }

    /// The statement for all rows, as PostgreSQL runs it.
    pub(crate) fn text_for_all(&self, sql: &str) -> String {
        let arrays = self.columns.iter().enumerate().map(|(index, (_, column))| match column {
            Column::Text => format!("${}::text[]", index + 1),
            Column::Int => format!("${}::bigint[]", index + 1),
        });
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let table = format!("UNNEST({}) AS r({})", arrays.collect::<Vec<_>>().join(", "), names.join(", "));
        let cells: Vec<String> = names.iter().map(|name| format!("r.{name}")).collect();
        let mut text = sql.replacen("{values}", &format!("SELECT {} FROM {table} WHERE TRUE", cells.join(", ")), 1);
        for (place, before) in [("{from}", "FROM "), ("{using}", "USING "), ("{join}", ", ")] {
            text = text.replacen(place, &format!("{before}{table}"), 1);
        }
        for (name, cell) in names.iter().zip(&cells) {
            text = text.replace(&format!("{{{name}}}"), cell);
        }
        text
    }

    /// The cells of each column, in its type.
    pub(crate) fn arrays(&self) -> Result<Vec<Cells<'_>>> {
        if self.rows.iter().any(|row| row.len() != self.columns.len()) {
            return Err(Error::broken("a row has not one value for each column"));
        }
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

/// Statements for one row each, as one: all but the last stand before it, and none sees what another does (PostgreSQL).
pub(crate) fn text_together(parts: &[(String, Rows)]) -> String {
    let mut first = 1;
    let mut texts = Vec::with_capacity(parts.len());
    for (sql, rows) in parts {
        texts.push(rows.text_from(sql, first));
        first += rows.columns.len();
    }
    let last = texts.pop().unwrap_or_default();
    let before: Vec<String> = texts.iter().enumerate().map(|(at, text)| format!("part_{at} AS ({text})")).collect();
    format!("WITH {} {last}", before.join(", "))
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
    Error::broken(format!("a value of column {name} of a row is not of its type"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn the_table_is_one_row_or_arrays_of_all() {
        let mut rows = Rows::of(&[("client_id", Column::Text), ("seq", Column::Int)]);
        rows.push(params!["acme", 1_i64]);
        let check = |sql: &str, one: &str, all: &str| {
            assert_eq!((rows.text_for_one(sql).as_str(), rows.text_for_all(sql).as_str()), (one, all));
        };
        let table = "UNNEST($1::text[], $2::bigint[]) AS r(client_id, seq)";
        check(
            "INSERT INTO t (client_id, seq) {values}",
            "INSERT INTO t (client_id, seq) VALUES ($1, $2)",
            &format!("INSERT INTO t (client_id, seq) SELECT r.client_id, r.seq FROM {table} WHERE TRUE"),
        );
        check(
            "UPDATE t SET seq = {seq} {from} WHERE t.client_id = {client_id}",
            "UPDATE t SET seq = $2  WHERE t.client_id = $1",
            &format!("UPDATE t SET seq = r.seq FROM {table} WHERE t.client_id = r.client_id"),
        );
        check(
            "DELETE FROM t {using} WHERE t.client_id = {client_id} AND t.seq = {seq}",
            "DELETE FROM t  WHERE t.client_id = $1 AND t.seq = $2",
            &format!("DELETE FROM t USING {table} WHERE t.client_id = r.client_id AND t.seq = r.seq"),
        );
        check(
            "SELECT x FROM t {join} WHERE t.seq = {seq}",
            "SELECT x FROM t  WHERE t.seq = $2",
            &format!("SELECT x FROM t , {table} WHERE t.seq = r.seq"),
        );
        let key = Rows::of(&[("client_id", Column::Text)]);
        let parts = [
            ("DELETE FROM t {using} WHERE t.client_id = {client_id}".to_owned(), key.clone()),
            ("INSERT INTO u (client_id, seq) {values}".to_owned(), rows.clone()),
            ("UPDATE v SET x = x {from} WHERE v.client_id = {client_id}".to_owned(), key),
        ];
        assert_eq!(
            text_together(&parts),
            "WITH part_0 AS (DELETE FROM t  WHERE t.client_id = $1), \
             part_1 AS (INSERT INTO u (client_id, seq) VALUES ($2, $3)) UPDATE v SET x = x  WHERE v.client_id = $4"
        );
        assert!(rows.arrays().is_ok());
        rows.push(params![2_i64, 1_i64]);
        assert!(rows.arrays().is_err(), "a number in a text column");
    }
}
