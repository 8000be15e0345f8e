//! The pieces of a column: values on which every cell of it says the same.

use super::cell::{Cell, compare};
use super::date::{day_after, day_before, day_start_ms};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// One piece, by a value in it.
pub(super) struct Piece {
    pub value: Value,
    /// Whether it stands for all that no cell names.
    pub other: bool,
}

impl Piece {
    /// As an example shows it.
    pub(super) fn shown(&self) -> Value {
        if self.other { Value::from("anything else") } else { self.value.clone() }
    }
}

fn piece(value: Value) -> Piece {
    Piece { value, other: false }
}

/// The pieces of a column; why not, where its cells are of more than one form.
pub(super) fn pieces(cells: &[&Cell], whole: bool, values: &[Value]) -> Result<Vec<Piece>, String> {
    if !values.is_empty() {
        return Ok(values.iter().cloned().map(piece).collect());
    }
    let mut named = Vec::new();
    let mut ordered = false;
    cells.iter().for_each(|cell| gather(cell, &mut named, &mut ordered));
    let null = named.contains(&Value::Null);
    named.retain(|value| !value.is_null());
    let mut found = match kinds(&named) {
        (0, 0, 0) => vec![Piece { value: json!("anything"), other: true }],
        (_, 0, 0) => vec![piece(json!(true)), piece(json!(false))],
        (0, _, 0) => numbers(named, whole),
        (0, 0, _) if ordered && named.iter().all(is_day) => days(named),
        (0, 0, _) if ordered => texts(named),
        (0, 0, _) => words(named),
        _ => return Err("is tested for values of different kinds".to_owned()),
    };
    if null {
        found.push(piece(Value::Null));
    }
    Ok(found)
}

fn gather(cell: &Cell, named: &mut Vec<Value>, ordered: &mut bool) {
    match cell {
        Cell::Any => {}
        Cell::Equal(value) => named.push(value.clone()),
        Cell::Compare(_, bound) => {
            *ordered = true;
            named.push(bound.clone());
        }
        Cell::Range { low, high, .. } => {
            *ordered = true;
            named.extend([low.clone(), high.clone()]);
        }
        Cell::OneOf(cells) => cells.iter().for_each(|cell| gather(cell, named, ordered)),
        Cell::Not(cell) => gather(cell, named, ordered),
    }
}

/// How many truth values, numbers and texts.
fn kinds(named: &[Value]) -> (usize, usize, usize) {
    let count = |is: fn(&Value) -> bool| named.iter().filter(|value| is(value)).count();
    let others = count(|v| v.is_array() || v.is_object());
    // What is of none of these kinds makes the column mixed.
    (count(Value::is_boolean) + others, count(Value::is_number) + others, count(Value::is_string) + others)
}

fn sorted(mut named: Vec<Value>) -> Vec<Value> {
    named.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
    named.dedup_by(|a, b| compare(a, b) == Some(Ordering::Equal));
    named
}

fn numbers(named: Vec<Value>, whole: bool) -> Vec<Piece> {
    let named = sorted(named);
    let near = |value: &Value, step: i64| match value.as_i64() {
        Some(whole) => json!(whole.saturating_add(step)),
        #[expect(clippy::cast_precision_loss, reason = "one below or above")]
        None => json!(value.as_f64().unwrap_or_default() + step as f64),
    };
    let mut found: Vec<Piece> = named.first().map(|first| piece(near(first, -1))).into_iter().collect();
    for (at, value) in named.iter().enumerate() {
        found.push(piece(value.clone()));
        match named.get(at + 1) {
            None => found.push(piece(near(value, 1))),
            Some(next) => found.extend(between(value, next, whole).map(piece)),
        }
    }
    found
}

fn between(low: &Value, high: &Value, whole: bool) -> Option<Value> {
    if let (Some(a), Some(b)) = (low.as_i64(), high.as_i64())
        && (whole || b.saturating_sub(a) > 1)
    {
        return (b.saturating_sub(a) > 1).then(|| json!(a + 1));
    }
    let middle = f64::midpoint(low.as_f64()?, high.as_f64()?);
    let value = json!(middle);
    let inside = compare(low, &value) == Some(Ordering::Less) && compare(&value, high) == Some(Ordering::Less);
    inside.then_some(value)
}

fn is_day(value: &Value) -> bool {
    value.as_str().and_then(day_start_ms).is_some()
}

fn days(named: Vec<Value>) -> Vec<Piece> {
    let named: Vec<String> = sorted(named).iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    let mut found: Vec<Piece> =
        named.first().and_then(|day| day_before(day)).map(|d| piece(d.into())).into_iter().collect();
    for (at, day) in named.iter().enumerate() {
        found.push(piece(day.as_str().into()));
        let after = day_after(day).filter(|after| named.get(at + 1) != Some(after));
        found.extend(after.map(|after| piece(after.into())));
    }
    found
}

fn texts(named: Vec<Value>) -> Vec<Piece> {
    let named = sorted(named);
    let mut found = vec![piece(json!(""))];
    for (at, value) in named.iter().enumerate() {
        found.push(piece(value.clone()));
        let after = json!(format!("{} ", value.as_str().unwrap_or_default()));
        let fits = named.get(at + 1).is_none_or(|next| compare(&after, next) == Some(Ordering::Less));
        found.extend(fits.then(|| piece(after)));
    }
    found
}

fn words(named: Vec<Value>) -> Vec<Piece> {
    let mut found: Vec<Piece> = sorted(named).into_iter().map(piece).collect();
    // Longer than any of them, so equal to none.
    let longest = found.iter().filter_map(|p| p.value.as_str()).map(str::len).max().unwrap_or_default();
    found.push(Piece { value: json!("~".repeat(longest + 1)), other: true });
    found
}
