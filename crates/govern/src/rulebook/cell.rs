//! Cells of a decision table: one test of one input.
//!
//! | cell | matches |
//! |---|---|
//! | `-` | anything, a missing value too |
//! | `5`, `true`, `null`, `gold`, `"'-'"` | that value (text in quotes of its own is never an operator) |
//! | `< 5`, `<= 5`, `> 5`, `>= 5`, `!= x` | numbers; dates and other text by their order |
//! | `[1..5]`, `(1..5]`, `[1..5)`, `(1..5)` | a range; a round bracket leaves the end out |
//! | `[a, b]` (a YAML list) | any of them |
//! | `not(...)` | whatever the inside does not match; the inside may be a list with commas |

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// One compiled test.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Any,
    Equal(Value),
    Compare(Op, Value),
    Range { low: Value, low_in: bool, high: Value, high_in: bool },
    OneOf(Vec<Cell>),
    Not(Box<Cell>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Outcome of one test; what cannot be compared is neither yes nor no.
#[derive(Debug, PartialEq)]
pub(super) enum Match {
    Yes,
    No,
    Cannot(String),
}

impl From<bool> for Match {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

const OPERATORS: [(&str, Op); 4] =
    [("<=", Op::LessEqual), (">=", Op::GreaterEqual), ("<", Op::Less), (">", Op::Greater)];

impl Cell {
    /// Reads a cell as it stands in YAML; the error says what is wrong with it.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Self::read_text(text.trim()),
            Value::Array(items) if items.is_empty() => Err("an empty list matches nothing".to_owned()),
            Value::Array(items) => items.iter().map(Self::read).collect::<Result<_, _>>().map(Self::OneOf),
            Value::Object(_) => Err("an object is no cell".to_owned()),
            plain => Ok(Self::Equal(plain.clone())),
        }
    }

    fn read_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty cell says nothing; write '-' for anything".to_owned());
        }
        if text == "-" {
            return Ok(Self::Any);
        }
        if let Some(inside) = text.strip_prefix("not(") {
            let inside = inside.strip_suffix(')').ok_or_else(|| format!("'{text}' has no closing bracket"))?;
            return Self::read_list(inside).map(|cell| Self::Not(Box::new(cell)));
        }
        if let Some(rest) = text.strip_prefix("!=") {
            return operand(rest).map(|value| Self::Not(Box::new(Self::Equal(value))));
        }
        for (sign, op) in OPERATORS {
            if let Some(rest) = text.strip_prefix(sign) {
                return ordered(operand(rest)?).map(|value| Self::Compare(op, value));
            }
        }
        if text.contains("..") && text.starts_with(['[', '(']) {
            return Self::read_range(text);
        }
        operand(text).map(Self::Equal)
    }

    fn read_list(text: &str) -> Result<Self, String> {
        // A range inside has no comma, so that commas part the alternatives, unless they stand in quotes.
        let cells = parts(text).into_iter().map(Self::read_text).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::OneOf(cells))
    }

    fn read_range(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no range; write [1..5], with ( or ) where the end is left out");
        let inside = text.get(1..text.len() - 1).ok_or_else(wrong)?;
        let (low, high) = inside.split_once("..").ok_or_else(wrong)?;
        let (low_in, high_in) = match (text.as_bytes().first(), text.as_bytes().last()) {
            (Some(open), Some(close @ (b']' | b')'))) => (*open == b'[', *close == b']'),
            _ => return Err(wrong()),
        };
        let (low, high) = (ordered(operand(low)?)?, ordered(operand(high)?)?);
        match compare(&low, &high) {
            Some(Ordering::Less | Ordering::Equal) => Ok(Self::Range { low, low_in, high, high_in }),
            Some(Ordering::Greater) => Err(format!("'{text}' ends before it begins")),
            None => Err(wrong()),
        }
    }

    /// Tests a value.
    pub(super) fn test(&self, value: &Value) -> Match {
        match self {
            Self::Any => Match::Yes,
            Self::Equal(wanted) => same(wanted, value).into(),
            Self::Compare(op, bound) => order(value, bound, |order| op.holds(order)),
            Self::Range { low, low_in, high, high_in } => {
                let above = order(value, low, |o| o == Ordering::Greater || (*low_in && o == Ordering::Equal));
                let below = order(value, high, |o| o == Ordering::Less || (*high_in && o == Ordering::Equal));
                if above == Match::Yes { below } else { above }
            }
            Self::OneOf(cells) => any_of(cells, value),
            Self::Not(cell) => match cell.test(value) {
                Match::Yes => Match::No,
                Match::No => Match::Yes,
                cannot @ Match::Cannot(_) => cannot,
            },
        }
    }
}

/// What stands between commas, trimmed; a comma in quotes that open a part is no end of it.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let part = rest.trim_start();
        let quote = part.chars().next().filter(|c| ['\'', '"'].contains(c));
        // The quotes close before the next comma or the end.
        let closes = |(at, _): &(usize, &str)| {
            let after = part[at + 1..].trim_start();
            *at > 0 && (after.is_empty() || after.starts_with(','))
        };
        let closed = quote.and_then(|quote| part.match_indices(quote).find(closes)).map_or(0, |(at, _)| at + 1);
        let Some(comma) = part[closed..].find(',') else {
            parts.push(part.trim());
            return parts;
        };
        parts.push(part[..closed + comma].trim());
        rest = &part[closed + comma + 1..];
    }
}

impl Op {
    /// As it is written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order == Ordering::Less,
            Self::LessEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterEqual => order != Ordering::Less,
        }
    }
}

fn any_of(cells: &[Cell], value: &Value) -> Match {
    let mut answer = Match::No;
    for cell in cells {
        match cell.test(value) {
            Match::Yes => return Match::Yes,
            Match::No => {}
            cannot @ Match::Cannot(_) => answer = cannot,
        }
    }
    answer
}

fn order(value: &Value, bound: &Value, holds: impl Fn(Ordering) -> bool) -> Match {
    match compare(value, bound) {
        Some(order) => holds(order).into(),
        None if value.is_null() => Match::Cannot("there is no value".to_owned()),
        None => Match::Cannot(format!("{value} cannot be compared with {bound}")),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => compare(a, b) == Some(Ordering::Equal),
        _ => a == b,
    }
}

/// Numbers with numbers, text with text (ISO dates order as text); anything else has no order.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn ordered(value: Value) -> Result<Value, String> {
    match value {
        Value::Number(_) | Value::String(_) => Ok(value),
        other => Err(format!("{other} has no order")),
    }
}

/// A number, `true`, `false`, `null`, text in quotes of its own, or plain text.
fn operand(text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the value after the operator is missing".to_owned());
    }
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let inner = inner.strip_suffix(quote).ok_or_else(|| format!("{text} has no closing quote"))?;
            return Ok(Value::from(inner));
        }
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => Ok(value),
        _ if text.starts_with(['<', '>', '=', '(', '[', '!']) => Err(format!("'{text}' is not understood as a value")),
        _ => Ok(Value::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(cell: Value, yes: &[Value], no: &[Value]) {
        let read = Cell::read(&cell).unwrap_or_else(|e| panic!("{cell}: {e}"));
        for value in yes {
            assert_eq!(read.test(value), Match::Yes, "{cell} on {value}");
        }
        for value in no {
            assert_eq!(read.test(value), Match::No, "{cell} on {value}");
        }
    }

    #[test]
    fn cells_match_what_they_say() {
        check(json!("-"), &[json!(1), json!(null), json!("x")], &[]);
        check(json!(5), &[json!(5), json!(5.0)], &[json!(6), json!("5"), json!(null)]);
        check(json!("gold"), &[json!("gold")], &[json!("Gold"), json!(null)]);
        check(json!(true), &[json!(true)], &[json!(false), json!("true")]);
        check(json!("< 5"), &[json!(4), json!(4.99)], &[json!(5)]);
        check(json!(">=5"), &[json!(5), json!(9)], &[json!(4.5)]);
        check(json!("[1..5]"), &[json!(1), json!(5)], &[json!(0), json!(6)]);
        check(json!("(1..5)"), &[json!(2)], &[json!(1), json!(5)]);
        check(json!(["a", "b"]), &[json!("a"), json!("b")], &[json!("c")]);
        check(json!("not(a, b)"), &[json!("c")], &[json!("a"), json!("b")]);
        check(json!("not([1..5])"), &[json!(6)], &[json!(3)]);
        check(
            json!("not('a, b', \"c\" , it's)"),
            &[json!("a"), json!("b"), json!("'a")],
            &[json!("a, b"), json!("c"), json!("it's")],
        );
        check(json!("!= x"), &[json!("y"), json!(null)], &[json!("x")]);
        check(json!("<= 2026-03-31"), &[json!("2026-03-31")], &[json!("2026-04-01")]);
        check(json!("'-'"), &[json!("-")], &[json!("x")]);
        check(json!("'< 5'"), &[json!("< 5")], &[json!("4")]);
        check(json!(null), &[json!(null)], &[json!(0)]);
    }

    #[test]
    fn what_cannot_be_compared_is_no_answer() {
        for (cell, value) in
            [("< 5", json!(null)), ("< 5", json!("4")), ("[1..5]", json!(true)), ("not(< 5)", json!({}))]
        {
            let read = Cell::read(&json!(cell)).unwrap();
            assert!(matches!(read.test(&value), Match::Cannot(_)), "{cell} on {value}");
        }
    }

    #[test]
    fn big_integers_are_compared_exactly() {
        check(json!("> 9007199254740992"), &[json!(9_007_199_254_740_993_i64)], &[json!(9_007_199_254_740_992_i64)]);
    }

    #[test]
    fn bad_cells_are_refused_with_words() {
        for bad in ["", "<", "< true", "[5..1]", "[1..5", "not(1", "'a", "=> 5", "[1..x]", "<< 5"] {
            assert!(Cell::read(&json!(bad)).is_err(), "{bad}");
        }
        assert!(Cell::read(&json!([])).is_err());
        assert!(Cell::read(&json!({"a": 1})).is_err());
    }
}
