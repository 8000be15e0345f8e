//! Expressions of a connector file: jq over `{args, facts, derived, case, identity, intent, confirmed, policy, now}`;
//! for a fact that is read for each of a list also `each`, for reconciling also `key` and `result`.

use baton_base::{Error, Result};
use baton_engine::expr;
use serde_json::{Map, Value};

/// A value, or how to get it.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// As it stands in the file.
    Literal(Value),
    /// jq.
    Jq(String),
}

impl Expr {
    /// Text is jq, with or without `${ }`; anything else stands for itself. The error is what is wrong with the jq.
    pub fn read(value: &Value) -> std::result::Result<Self, String> {
        match value {
            Value::String(text) => {
                expr::check(text)?;
                Ok(Self::Jq(text.clone()))
            }
            other => Ok(Self::Literal(other.clone())),
        }
    }

    /// The jq text, if it is one.
    pub fn text(&self) -> &str {
        match self {
            Self::Literal(_) => "",
            Self::Jq(text) => text,
        }
    }

    /// The value for this input. What cannot be worked out is unknown, and unknown means refused.
    pub fn value(&self, what: &str, input: &Value) -> Result<Value> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Jq(text) => expr::evaluate(text, input, &[])
                .map_err(|e| Error::refused(format!("{what} could not be worked out: {e}"), vec!["door:facts".into()])),
        }
    }
}

/// Named expressions, in the order of the file.
pub type Exprs = Vec<(String, Expr)>;

/// Reads a map of expressions; the error names the key.
pub fn read_all(map: &Map<String, Value>) -> std::result::Result<Exprs, (String, String)> {
    let read = |(name, value): (&String, &Value)| {
        Expr::read(value).map(|e| (name.clone(), e)).map_err(|problem| (name.clone(), problem))
    };
    map.iter().map(read).collect()
}

/// An object of all values; arguments whose value is null are left out.
pub fn object_of(exprs: &Exprs, what: &str, input: &Value) -> Result<Value> {
    let mut out = Map::new();
    for (name, expr) in exprs {
        let value = expr.value(&format!("{what} {name}"), input)?;
        if !value.is_null() {
            out.insert(name.clone(), value);
        }
    }
    Ok(Value::Object(out))
}
