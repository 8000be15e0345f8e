//! Named statements on databases: parameters are bound, never written into the text; reads cannot change anything; rows,
//! bytes and time have limits.

mod idle;
mod mysql;
mod names;
mod places;
mod postgres;
mod sqlite;
mod tables;

pub(crate) use names::{Statement, parse};
pub use tables::{Column, Table, Tables, is_of_machine, tables};

use crate::catalogue::{Action, Kind};
use crate::http::Attempt;
use baton_base::{Error, Result};
use places::Reach;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Name of the parameter that the door fills with the effect's key.
pub const KEY_PARAMETER: &str = "idempotency_key";

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
    /// SQLite.
    Sqlite,
}

/// A database, as the release describes it.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its kind.
    pub dialect: Dialect,
    /// Most rows of one answer, count.
    pub rows_max: usize,
    /// Largest answer, bytes of JSON.
    pub bytes_max: usize,
}

/// A statement with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// With `$1`, `$2` in the place of names; for MySQL with `?`.
    pub sql: String,
    /// Values in order; `None` is the effect's key.
    pub values: Vec<Option<Value>>,
    /// Whether it may change something.
    pub writes: bool,
    /// The answer is one row, or null.
    pub one: bool,
}

impl Bound {
    /// Binds arguments; those that are not given are null.
    pub(crate) fn of(statement: &Statement, args: &Value, writes: bool) -> Self {
        let value = |name: &String| (name != KEY_PARAMETER).then(|| args.get(name).cloned().unwrap_or(Value::Null));
        let values = statement.names.iter().map(value).collect();
        Self { sql: statement.sql.clone(), values, writes, one: statement.one }
    }

    fn with_key(&self, key: &str) -> Vec<Value> {
        self.values.iter().map(|value| value.clone().unwrap_or_else(|| json!(key))).collect()
    }
}

/// Makes the calls.
#[derive(Default)]
pub(crate) struct Sql {
    postgres: postgres::Pool,
    mysql: mysql::Pool,
}

#[derive(Clone, Copy)]
struct Limits {
    rows_max: usize,
    bytes_max: usize,
    time: Duration,
    reach: Reach,
}

impl Sql {
    /// One attempt; never fails.
    pub(crate) async fn send(&self, action: &Action, bound: &Bound, key: &str, secret: Option<&str>) -> Attempt {
        let Kind::Sql(database) = &action.system.kind else {
            return Attempt::Refused { status: 0, detail: json!("this is no database") };
        };
        let (rows_max, bytes_max) = (database.rows_max, database.bytes_max);
        let limits = Limits { rows_max, bytes_max, time: action.system.timeout, reach: Reach::Anywhere };
        let Some(address) = secret else {
            let why = format!("the setting with the address of {} is missing", action.system.name);
            return Attempt::Nothing { why, status: None, wait_ms: None };
        };
        let values = bound.with_key(key);
        let sent = match database.dialect {
            Dialect::Postgres => postgres::call(&self.postgres, address, bound, values, &limits).await,
            Dialect::Mysql => mysql::call(&self.mysql, address, bound, values, limits).await,
            Dialect::Sqlite => sqlite::call(address, bound, values, &limits).await,
        };
        match sent {
            Ok(rows) => Attempt::Done(rows),
            Err(Sent::Refused(why)) => Attempt::Refused { status: 400, detail: Value::from(why) },
            Err(Sent::Nothing(why)) => {
                Attempt::Nothing { why: format!("{}: {why}", action.system.name), status: None, wait_ms: None }
            }
            Err(Sent::Unclear(why)) => Attempt::Unclear { why: format!("{}: {why}", action.system.name), status: None },
        }
    }
}

/// What came of a statement; `None` where the one row that it asks for is larger than an answer may be.
type Answered = std::result::Result<Option<Value>, Sent>;

/// Why there are no rows.
#[derive(Debug)]
enum Sent {
    /// The database says no.
    Refused(String),
    /// Nothing was changed.
    Nothing(String),
    /// It may have been done.
    Unclear(String),
}

/// What is known where an answer was lost.
fn lost(bound: &Bound, why: &str) -> Sent {
    if bound.writes { Sent::Unclear(why.to_owned()) } else { Sent::Nothing(why.to_owned()) }
}

/// Rows as they come in, as far as limits allow.
struct Rows {
    rows: Vec<Value>,
    bytes: usize,
    more: bool,
}

impl Rows {
    fn new() -> Self {
        Self { rows: Vec::new(), bytes: 0, more: false }
    }

    /// False once there is no room for more.
    fn take(&mut self, row: Value, limits: &Limits) -> bool {
        let bytes = row.to_string().len();
        // Once one had no room, none that comes later stands in its place.
        if self.more || self.rows.len() >= limits.rows_max || self.bytes + bytes > limits.bytes_max {
            self.more = true;
            return false;
        }
        self.bytes += bytes;
        self.rows.push(row);
        true
    }

    /// Null says that there is no such row: one that there was no room for is withheld.
    fn answer(self, one: bool) -> Option<Value> {
        if !one {
            return Some(json!({"rows": self.rows, "more": self.more}));
        }
        match self.rows.into_iter().next() {
            None if self.more => None,
            first => Some(first.unwrap_or(Value::Null)),
        }
    }
}

fn changed(count: u64) -> Value {
    json!({"changed": count})
}

/// The schema of a statement's arguments: as given, closed, and with a place for each name.
pub(crate) fn schema(dialect: Dialect, args: Option<&Value>, statement: &Statement) -> Result<Value, String> {
    let mut schema = args.cloned().unwrap_or_else(|| json!({}));
    let map: &mut Map<String, Value> = schema.as_object_mut().ok_or("args is a JSON Schema of an object")?;
    map.entry("type").or_insert_with(|| json!("object"));
    map.entry("additionalProperties").or_insert_with(|| json!(false));
    let properties = map.entry("properties").or_insert_with(|| json!({}));
    let known = properties.as_object().ok_or("args.properties is an object")?;
    let unknown = statement.names.iter().find(|name| *name != KEY_PARAMETER && !known.contains_key(*name));
    if let Some(name) = unknown {
        return Err(format!("the statement uses :{name}, which args.properties does not describe"));
    }
    if let Some(name) = known.keys().find(|name| !statement.names.contains(name)) {
        return Err(format!("args.properties describes '{name}', which the statement does not use"));
    }
    if let Some((name, _)) = known.iter().find(|(_, schema)| dialect == Dialect::Mysql && !is_of_one_type(schema)) {
        return Err(format!(
            "args.properties.{name} names no type, or several: MySQL compares a text with a number as numbers"
        ));
    }
    Ok(schema)
}

/// Whether values are texts, or numbers, or of one other type. MySQL takes a text that begins with no digit for 0, so that
/// `token = 0` is true of nearly every token: an argument that may be either could say more than it seems to.
fn is_of_one_type(schema: &Value) -> bool {
    let said = schema.get("type").cloned().unwrap_or_default();
    let said = said.as_array().cloned().unwrap_or_else(|| vec![said]);
    let mut types: Vec<&str> = said.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
    types.iter_mut().filter(|name| **name == "integer").for_each(|name| *name = "number");
    types.dedup();
    types.len() == 1
}

impl Dialect {
    /// By its name in a connector file.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "postgresql" => Ok(Self::Postgres),
            "mysql" | "mariadb" => Ok(Self::Mysql),
            "sqlite" => Ok(Self::Sqlite),
            other => Err(Error::invalid(
                format!("dialect '{other}' is not offered"),
                "use postgresql, mysql, mariadb or sqlite",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_come_after_one_without_room_are_left_out() {
        let limits = Limits { rows_max: 3, bytes_max: 20, time: Duration::from_secs(1), reach: Reach::Anywhere };
        let answer = |rows: &[&str], one: bool| {
            let mut taken = Rows::new();
            rows.iter().for_each(|row| {
                taken.take(json!(row), &limits);
            });
            taken.answer(one)
        };
        let long = "a text that is too long";
        assert_eq!(answer(&["a", long, "b"], false), Some(json!({"rows": ["a"], "more": true})));
        assert_eq!(answer(&["a", "b", "c", "d"], false), Some(json!({"rows": ["a", "b", "c"], "more": true})));
        assert_eq!(answer(&[], true), Some(Value::Null));
        assert_eq!(answer(&["a", long], true), Some(json!("a")));
        // Neither "there is none" nor the second for the first.
        assert_eq!(answer(&[long, "b"], true), None);
    }
}
