//! JSON as Cedar values, built natively.
//!
//! Cedar has integers, text, truth values, sets and records. `null` is left out, so that a policy asks with `has`. A
//! number that is no 64-bit integer becomes text: comparing it is an evaluation error, and an error means no. Money
//! therefore comes in minor units.

use cedar_policy::{EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use serde_json::{Map, Number, Value};
use std::str::FromStr;
use std::sync::LazyLock;

/// A value; `None` for null.
pub(super) fn expression(value: &Value) -> Option<RestrictedExpression> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(RestrictedExpression::new_bool(*truth)),
        Value::Number(number) => Some(number_expression(number)),
        Value::String(text) => Some(RestrictedExpression::new_string(text.clone())),
        Value::Array(items) => Some(RestrictedExpression::new_set(items.iter().filter_map(expression))),
        Value::Object(map) => Some(record(fields(map))),
    }
}

fn number_expression(number: &Number) -> RestrictedExpression {
    match number.as_i64().or_else(|| whole(number.as_f64()?)) {
        Some(whole) => RestrictedExpression::new_long(whole),
        None => RestrictedExpression::new_string(number.to_string()),
    }
}

// 12.0 from another system is the integer 12; 2^53 bounds what a float says exactly.
#[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53")]
pub(super) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

fn fields(map: &Map<String, Value>) -> Vec<(String, RestrictedExpression)> {
    map.iter().filter_map(|(key, value)| Some((key.clone(), expression(value)?))).collect()
}

/// A record of distinct keys.
pub(super) fn record(fields: Vec<(String, RestrictedExpression)>) -> RestrictedExpression {
    // Only a key that stands twice is an error, and a JSON object has none.
    RestrictedExpression::new_record(fields).unwrap_or_else(|_| RestrictedExpression::new_bool(false))
}

/// The entity types there are. To read a name is a parse, which a judgement has no time for.
static TYPES: LazyLock<Vec<(&str, EntityTypeName)>> = LazyLock::new(|| {
    let names = ["Action", "Agent", "Case", "Client", "Member", "Role", "System"];
    names.into_iter().filter_map(|name| Some((name, EntityTypeName::from_str(name).ok()?))).collect()
});

/// `Type::"id"`; `None` where there is no such type.
pub(super) fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let (_, name) = TYPES.iter().find(|(name, _)| *name == kind)?;
    Some(EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fractions_become_text_and_null_is_left_out() {
        let value = json!({"a": 1.5, "b": null, "c": 3.0, "d": [1, null]});
        let text = format!("{:?}", expression(&value));
        assert!(text.contains("1.5"), "{text}");
        assert_eq!(fields(value.as_object().unwrap()).len(), 3);
    }
}
