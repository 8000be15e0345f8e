//! JSON values in and out of jq.

use super::{EXPR_OUTPUT_BYTES_MAX, ExprError};
use baton_base::limits::JSON_DEPTH_MAX;
use jaq_json::{Map, Num, Rc, Val};
use serde_json::{Number, Value};

/// Bytes of text that count as one node of work.
const TEXT_BYTES_PER_NODE: usize = 32;

/// A JSON value as jq's.
pub(super) fn to_val(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(b) => Val::Bool(*b),
        Value::Number(n) => Val::Num(to_num(n)),
        Value::String(s) => Val::utf8_str(s.clone().into_bytes()),
        Value::Array(items) => Val::Arr(Rc::new(items.iter().map(to_val).collect())),
        Value::Object(map) => {
            let entries: Map = map.iter().map(|(k, v)| (Val::utf8_str(k.clone().into_bytes()), to_val(v))).collect();
            Val::Obj(Rc::new(entries))
        }
    }
}

/// An object of some of another's values.
pub(super) fn to_object(parts: &[(&String, &Value)]) -> Val {
    let entries: Map =
        parts.iter().map(|(key, value)| (Val::utf8_str(key.as_bytes().to_vec()), to_val(value))).collect();
    Val::Obj(Rc::new(entries))
}

fn to_num(n: &Number) -> Num {
    if let Some(i) = n.as_i64() {
        return Num::from_integral(i);
    }
    if let Some(u) = n.as_u64() {
        return Num::from_integral(u);
    }
    Num::Float(n.as_f64().unwrap_or(f64::NAN))
}

/// jq's value as JSON, within the limits of size and depth.
pub(super) fn to_json(val: &Val) -> Result<Value, ExprError> {
    let mut left = EXPR_OUTPUT_BYTES_MAX;
    json_within(val, &mut left, JSON_DEPTH_MAX)
}

fn json_within(val: &Val, left: &mut usize, depth: usize) -> Result<Value, ExprError> {
    if depth == 0 {
        return Err(ExprError::new(format!("the result is nested deeper than {JSON_DEPTH_MAX} levels")));
    }
    spend(left, 4)?;
    Ok(match val {
        Val::Null => Value::Null,
        Val::Bool(b) => Value::Bool(*b),
        Val::Num(n) => from_num(n, val),
        Val::TStr(bytes) | Val::BStr(bytes) => Value::String(text(bytes, left)?),
        Val::Arr(items) => {
            let items: Result<_, _> = items.iter().map(|item| json_within(item, left, depth - 1)).collect();
            Value::Array(items?)
        }
        Val::Obj(map) => {
            let mut out = serde_json::Map::with_capacity(map.len());
            for (key, value) in map.iter() {
                let (Val::TStr(bytes) | Val::BStr(bytes)) = key else {
                    return Err(ExprError::new("a key of the result is not text"));
                };
                out.insert(text(bytes, left)?, json_within(value, left, depth - 1)?);
            }
            Value::Object(out)
        }
    })
}

fn text(bytes: &[u8], left: &mut usize) -> Result<String, ExprError> {
    spend(left, bytes.len())?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn spend(left: &mut usize, bytes: usize) -> Result<(), ExprError> {
    *left = left
        .checked_sub(bytes)
        .ok_or_else(|| ExprError::new(format!("the result is larger than {EXPR_OUTPUT_BYTES_MAX} bytes")))?;
    Ok(())
}

fn from_num(n: &Num, val: &Val) -> Value {
    if let Some(i) = n.as_isize() {
        return Value::from(i as i64);
    }
    if let Ok(u) = n.to_string().parse::<u64>() {
        return Value::from(u);
    }
    // As in jq: what is too large becomes the largest number that JSON holds, and what is no number becomes null.
    let finite =
        jaq_std::ValT::as_f64(val).map(|float| if float.is_nan() { float } else { float.clamp(f64::MIN, f64::MAX) });
    finite.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// The name of the secret whose absence an error of jq tells, as [`super::guard`] raises it.
pub(super) fn missing_secret(error: &Val) -> Option<String> {
    let Val::Obj(map) = error else { return None };
    let Val::TStr(name) = map.get(&Val::utf8_str(super::guard::MISSING_SECRET.as_bytes().to_vec()))? else {
        return None;
    };
    Some(String::from_utf8_lossy(name).into_owned())
}

/// How much there is to visit in a value.
pub(super) fn size(value: &Value) -> u64 {
    let text_nodes = |s: &str| (s.len() / TEXT_BYTES_PER_NODE) as u64;
    match value {
        Value::String(s) => 1 + text_nodes(s),
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Object(map) => 1 + map.iter().map(|(k, v)| text_nodes(k) + size(v)).sum::<u64>(),
        _ => 1,
    }
}
