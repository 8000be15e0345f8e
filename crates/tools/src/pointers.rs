//! Places in a JSON value: JSON pointers (RFC 6901) in which `*` stands for every element or member.

use baton_base::{Currency, Money};
use serde_json::{Number, Value};

/// What a withheld value is replaced by.
pub const REDACTED: &str = "[redacted]";

/// Whether a text is such a pointer.
pub fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
}

/// Calls `change` on every value the pointer names; places that are not there are skipped.
pub fn each_at(value: &mut Value, pointer: &str, change: &mut dyn FnMut(&mut Value)) {
    let Some(rest) = pointer.strip_prefix('/') else {
        if pointer.is_empty() {
            change(value);
        }
        return;
    };
    let (step, tail) = rest.find('/').map_or((rest, ""), |at| (&rest[..at], &rest[at..]));
    let step = step.replace("~1", "/").replace("~0", "~");
    match value {
        Value::Array(items) if step == "*" => items.iter_mut().for_each(|item| each_at(item, tail, change)),
        Value::Object(map) if step == "*" => map.values_mut().for_each(|item| each_at(item, tail, change)),
        Value::Array(items) => {
            if let Some(item) = step.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                each_at(item, tail, change);
            }
        }
        Value::Object(map) => {
            if let Some(item) = map.get_mut(&step) {
                each_at(item, tail, change);
            }
        }
        _ => {}
    }
}

/// A copy of `{name: value}`'s value in which the pointers below `/name` are withheld.
pub fn redacted(value: &Value, name: &str, pointers: &[String]) -> Value {
    let mut copy = value.clone();
    for pointer in pointers {
        let below = pointer.strip_prefix('/').and_then(|p| p.strip_prefix(name));
        if let Some(below) = below.filter(|b| b.is_empty() || b.starts_with('/')) {
            each_at(&mut copy, below, &mut |place| *place = Value::from(REDACTED));
        }
    }
    copy
}

/// The same copy, or why it cannot be made: a pointer that leads through something it cannot lead through says that the
/// value is not what was described, and then nobody can say where what is to be withheld stands.
pub fn redacted_or_not(value: &Value, name: &str, pointers: &[String]) -> Result<Value, String> {
    for pointer in pointers {
        let below = pointer.strip_prefix('/').and_then(|p| p.strip_prefix(name));
        let Some(below) = below.filter(|b| b.is_empty() || b.starts_with('/')) else { continue };
        if !leads(value, below) {
            return Err(format!("it could not be redacted: {pointer} does not lead anywhere in it"));
        }
    }
    Ok(redacted(value, name, pointers))
}

/// Whether a pointer can be followed to its last step; what is null or not there on the way is nothing to withhold.
fn leads(value: &Value, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix('/') else { return pointer.is_empty() };
    let (step, tail) = rest.find('/').map_or((rest, ""), |at| (&rest[..at], &rest[at..]));
    let step = step.replace("~1", "/").replace("~0", "~");
    match value {
        Value::Null => true,
        Value::Array(items) if step == "*" => items.iter().all(|item| leads(item, tail)),
        Value::Object(map) if step == "*" => map.values().all(|item| leads(item, tail)),
        Value::Object(map) => map.get(&step).is_none_or(|item| leads(item, tail)),
        Value::Array(items) => step.parse::<usize>().is_ok_and(|at| items.get(at).is_none_or(|item| leads(item, tail))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Amounts in major units (`12.5`, `"12.50"`) at these places become integers in minor units of the currency.
/// What is no amount of that currency stays as it is, and is then no integer that a policy could compare.
pub fn to_minor_units(value: &mut Value, pointers: &[String], currency: Currency) {
    for pointer in pointers {
        each_at(value, pointer, &mut |place| {
            if let Some(minor) = minor_of(place, currency) {
                *place = Value::from(minor);
            }
        });
    }
}

fn minor_of(value: &Value, currency: Currency) -> Option<i64> {
    let text = match value {
        Value::Number(number) => decimal_text(number, currency)?,
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    Money::parse(&text, currency).ok().map(|money| money.minor)
}

// Floats in JSON are decimals that somebody rounded: 152.99 may have come out of a sum as 152.98999999999998.
fn decimal_text(number: &Number, currency: Currency) -> Option<String> {
    const ROUNDING_MAX: f64 = 1e-6;
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let digits = currency.minor_digits() as usize;
    let (exact, text) = (number.as_f64()?, format!("{:.digits$}", number.as_f64()?));
    let close = (text.parse::<f64>().ok()? - exact).abs() <= ROUNDING_MAX;
    close.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_become_minor_units_wherever_the_star_points() {
        let mut value =
            json!({"items": [{"price": 150.94}, {"price": "3"}, {"price": 152.989_999_999_999_98}], "n": 2});
        to_minor_units(&mut value, &["/items/*/price".into(), "/missing/0".into()], Currency::USD);
        assert_eq!(value, json!({"items": [{"price": 15094}, {"price": 300}, {"price": 15299}], "n": 2}));
    }

    #[test]
    fn what_is_no_amount_is_left_alone() {
        let mut value = json!([1.234, "12,50", null]);
        to_minor_units(&mut value, &["/*".into()], Currency::USD);
        assert_eq!(value, json!([1.234, "12,50", null]));
    }

    #[test]
    fn what_is_not_as_described_cannot_be_redacted() {
        let check = |value: Value, expect: bool| {
            let told = redacted_or_not(&value, "result", &["/result/cards/*/number".to_owned()]);
            assert_eq!(told.is_ok(), expect, "{value}: {told:?}");
            assert!(!told.is_ok_and(|told| told.to_string().contains("4111")));
        };
        check(json!({"cards": [{"number": "4111"}, {}]}), true);
        check(json!({"cards": null, "x": 1}), true);
        check(json!({}), true);
        check(json!("4111"), false);
        check(json!({"cards": ["4111"]}), false);
        check(json!([{"cards": [{"number": "4111"}]}]), false);
    }

    #[test]
    fn withholds_only_below_the_named_part() {
        let args = json!({"card": "4111", "order": 1});
        let pointers = vec!["/args/card".to_owned(), "/result/card".to_owned(), "/argsx".to_owned()];
        assert_eq!(redacted(&args, "args", &pointers), json!({"card": REDACTED, "order": 1}));
        assert_eq!(redacted(&args, "result", &["/result".to_owned()]), json!(REDACTED));
    }
}
