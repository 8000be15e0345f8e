//! One row of a result, read by column number from 0.

use crate::Value;
use baton_base::{Error, Result};
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;

/// One row of a result. A column of another type than asked for is a fault of Baton's own SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    cells: Vec<Value>,
}

impl Row {
    pub(crate) fn new(cells: Vec<Value>) -> Self {
        Self { cells }
    }

    /// The value as it is.
    pub fn value(&self, column: usize) -> Result<&Value> {
        let count = self.cells.len();
        self.cells.get(column).ok_or_else(|| Error::broken(format!("column {column} of a row of {count}")))
    }

    /// Text that is not NULL.
    pub fn text(&self, column: usize) -> Result<String> {
        self.text_ref(column).map(str::to_owned)
    }

    /// Text, or `None` for NULL.
    pub fn text_opt(&self, column: usize) -> Result<Option<String>> {
        self.opt(column, Self::text)
    }

    /// An integer that is not NULL.
    pub fn int(&self, column: usize) -> Result<i64> {
        match self.value(column)? {
            Value::Int(number) => Ok(*number),
            other => Err(mismatch(column, "an integer", other)),
        }
    }

    /// An integer, or `None` for NULL.
    pub fn int_opt(&self, column: usize) -> Result<Option<i64>> {
        self.opt(column, Self::int)
    }

    /// A real number that is not NULL; an integer is read as one.
    pub fn real(&self, column: usize) -> Result<f64> {
        match self.value(column)? {
            Value::Real(number) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "sums and counts below 2^53")]
            Value::Int(number) => Ok(*number as f64),
            other => Err(mismatch(column, "a number", other)),
        }
    }

    /// A real number, or `None` for NULL.
    pub fn real_opt(&self, column: usize) -> Result<Option<f64>> {
        self.opt(column, Self::real)
    }

    /// Bytes that are not NULL.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>> {
        match self.value(column)? {
            Value::Blob(bytes) => Ok(bytes.clone()),
            other => Err(mismatch(column, "bytes", other)),
        }
    }

    /// A truth value stored as 0 or 1.
    pub fn bool(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// JSON stored as text.
    pub fn json(&self, column: usize) -> Result<serde_json::Value> {
        self.json_as(column)
    }

    /// JSON stored as text, or `None` for NULL.
    pub fn json_opt(&self, column: usize) -> Result<Option<serde_json::Value>> {
        self.opt(column, Self::json)
    }

    /// JSON stored as text, as a type of the caller's.
    pub fn json_as<T: DeserializeOwned>(&self, column: usize) -> Result<T> {
        serde_json::from_str(self.text_ref(column)?).map_err(|e| Error::broken(format!("stored JSON: {e}")))
    }

    /// The same, or `None` for NULL.
    pub fn json_as_opt<T: DeserializeOwned>(&self, column: usize) -> Result<Option<T>> {
        self.opt(column, Self::json_as)
    }

    /// An id, a currency or anything else that is parsed from text.
    pub fn id<T>(&self, column: usize) -> Result<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text_ref(column)?.parse().map_err(|e: T::Err| Error::broken(format!("stored id: {e}")))
    }

    /// The same, or `None` for NULL.
    pub fn id_opt<T>(&self, column: usize) -> Result<Option<T>>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.opt(column, Self::id)
    }

    fn text_ref(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            other => Err(mismatch(column, "text", other)),
        }
    }

    fn opt<T>(&self, column: usize, read: impl FnOnce(&Self, usize) -> Result<T>) -> Result<Option<T>> {
        if *self.value(column)? == Value::Null { Ok(None) } else { read(self, column).map(Some) }
    }
}

// The value itself may be personal data and stays out of the message.
fn mismatch(column: usize, wanted: &str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "NULL",
        Value::Int(_) => "an integer",
        Value::Real(_) => "a real number",
        Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
    };
    Error::broken(format!("column {column}: wanted {wanted}, found {found}"))
}
