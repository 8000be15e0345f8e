//! Cells as a table's file writes them.

use super::super::cell::Cell;
use super::feel::{Refused, refused};
use serde_json::Value;

/// Cells that say the same: lists inside lists are one, and a list of one is what is in it.
pub(super) fn plain(cell: &Cell) -> Cell {
    match cell {
        Cell::OneOf(cells) => {
            let mut flat = Vec::new();
            for cell in cells {
                match plain(cell) {
                    Cell::OneOf(more) => flat.extend(more),
                    one => flat.push(one),
                }
            }
            if flat.len() == 1 { flat.swap_remove(0) } else { Cell::OneOf(flat) }
        }
        Cell::Not(inside) => Cell::Not(Box::new(plain(inside))),
        other => other.clone(),
    }
}

/// The cell as a file has it: what is read from it is this very cell.
pub(super) fn of_cell(cell: &Cell) -> Result<Value, Refused> {
    let cell = plain(cell);
    let found = match &cell {
        Cell::OneOf(cells) => cells.iter().map(of_cell).collect::<Result<Vec<_>, _>>().map(Value::Array).ok(),
        Cell::Equal(value) if !value.is_string() => Some(value.clone()),
        other => [None, Some('"'), Some('\'')]
            .into_iter()
            .flat_map(|quote| texts(other, quote))
            .find(|text| reads(text, &cell)),
    };
    found.filter(|value| reads(value, &cell)).ok_or_else(|| {
        refused(
            "quotes, commas and dots in its texts stand so that a table cannot hold them together",
            "make a rule of each",
        )
    })
}

fn reads(value: &Value, cell: &Cell) -> bool {
    Cell::read(value).is_ok_and(|read| plain(&read) == *cell)
}

/// What could be written for it, with texts in these quotes.
fn texts(cell: &Cell, quote: Option<char>) -> Vec<Value> {
    let of = |value: &Value| match (value, quote) {
        (Value::String(text), Some(quote)) => format!("{quote}{text}{quote}"),
        (Value::String(text), None) => text.clone(),
        (plain, _) => plain.to_string(),
    };
    let one = |cell: &Cell| match cell {
        Cell::Equal(value) => Some(of(value)),
        Cell::Compare(op, bound) => Some(format!("{} {}", op.sign(), of(bound))),
        Cell::Range { low, low_in, high, high_in } => {
            let (open, close) = (if *low_in { '[' } else { '(' }, if *high_in { ']' } else { ')' });
            Some(format!("{open}{}..{}{close}", of(low), of(high)))
        }
        Cell::Any | Cell::OneOf(_) | Cell::Not(_) => None,
    };
    let all = match cell {
        Cell::Any => vec![Some("-".to_owned())],
        Cell::Not(inside) => {
            let inside: &Cell = inside;
            let inner = match inside {
                Cell::OneOf(cells) => cells.iter().map(one).collect::<Option<Vec<_>>>().map(|cells| cells.join(", ")),
                single => one(single),
            };
            let unequal = if let Cell::Equal(value) = inside { Some(format!("!= {}", of(value))) } else { None };
            vec![inner.map(|inner| format!("not({inner})")), unequal]
        }
        other => vec![one(other)],
    };
    all.into_iter().flatten().map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::dmn::feel::unary_tests;
    use serde_json::json;

    #[test]
    fn cells_are_written_as_people_write_them() {
        for (feel, cell) in [
            ("\"gold\"", json!("gold")),
            ("\"5\"", json!("\"5\"")),
            ("\"-\"", json!("\"-\"")),
            ("\"\"", json!("\"\"")),
            ("\"< 5\"", json!("\"< 5\"")),
            ("\"a\", 5, < 3", json!(["a", 5, "< 3"])),
            ("not(\"a\", \"b\")", json!("not(a, b)")),
            ("not(\"a, b\", \"c\")", json!("not(\"a, b\", \"c\")")),
            ("not(\"a\\\", b\", \"c\")", json!("not('a\", b', 'c')")),
            ("not(\"true\")", json!("not(\"true\")")),
            ("[date(\"2026-01-01\")..date(\"2026-02-01\"))", json!("[2026-01-01..2026-02-01)")),
            ("<= 5.5", json!("<= 5.5")),
            ("true", json!(true)),
            ("-", json!("-")),
        ] {
            assert_eq!(of_cell(&unary_tests(feel).unwrap()), Ok(cell), "{feel}");
        }
        for none in ["[\"a..b\"..\"c\"]", "not(\"a\\\", 'b\", \"c', \\\"d\")"] {
            assert!(of_cell(&unary_tests(none).unwrap()).is_err(), "{none}");
        }
    }
}
