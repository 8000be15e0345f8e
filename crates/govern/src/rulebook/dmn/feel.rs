//! FEEL, as far as tables can say it: simple unary tests, literals, and names that stand for facts.

use super::super::cell::{Cell, Op, compare};
use super::super::date::day_start_ms;
use super::names;
use baton_engine::expr;
use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

/// Deepest list or context of an output.
const DEPTH_MAX: usize = 16;
/// Most significant digits of a number that is no whole number of 64 bits.
const DIGITS_MAX: usize = 17;
/// Most characters of what is repeated in an error.
const SHOWN_MAX: usize = 40;

/// Why something has no equal in a table, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub why: String,
    pub remedy: &'static str,
}

const SIMPLE: &str = "write '-', a value, < <= > >=, a range such as [1..5], several of them with commas, or not(...)";
const FIXED: &str = "write text in double quotes; where it means another fact, add an input that compares the two, and test it for true";
const DAYS: &str =
    "compare days, date(\"2026-03-31\"); or add an input that gives the time as a number, and compare that";
const ORDERED: &str = "use numbers, texts or days; test a truth value by true or false";
const VALUES: &str =
    "write a value, a list or a context of values, or the name of a fact; work out the rest in an input or a process";

pub(super) fn refused(why: impl Into<String>, remedy: &'static str) -> Refused {
    Refused { why: why.into(), remedy }
}

/// A cell of an input; an empty one matches anything, as dmn-js writes it.
pub(super) fn unary_tests(text: &str) -> Result<Cell, Refused> {
    let text = text.trim();
    if text.is_empty() || text == "-" {
        return Ok(Cell::Any);
    }
    let mut reader = Reader { text, at: 0 };
    let cell = if reader.negated() {
        let inside = reader.tests()?;
        reader.expect(")", SIMPLE)?;
        Cell::Not(Box::new(inside))
    } else {
        reader.tests()?
    };
    reader.end(SIMPLE)?;
    Ok(cell)
}

/// A cell of an output: a value, or the name of a fact; an empty one is null.
pub(super) fn output(text: &str) -> Result<Value, Refused> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if let Some(jq) = names::to_jq(text) {
        return Ok(Value::from(format!("${{ {jq} }}")));
    }
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.end(VALUES)?;
    if value.as_str().is_some_and(|text| expr::unwrapped(text).is_some()) {
        return Err(refused("text between ${ and } would be an expression here", "write it otherwise"));
    }
    Ok(value)
}

/// Values with commas between them, as columns list what may stand in them.
pub(super) fn values(text: &str) -> Option<Vec<Value>> {
    let cells = match unary_tests(text).ok()? {
        Cell::OneOf(cells) => cells,
        one => vec![one],
    };
    let value = |cell: Cell| if let Cell::Equal(value) = cell { Some(value) } else { None };
    cells.into_iter().map(value).collect()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What comes next after white space.
    fn next(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn take(&mut self, token: &str) -> bool {
        let there = self.next().is_some() && self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn expect(&mut self, token: &str, remedy: &'static str) -> Result<(), Refused> {
        if self.take(token) {
            return Ok(());
        }
        let stands = if self.rest().is_empty() { "nothing".to_owned() } else { format!("'{}'", self.shown()) };
        Err(refused(format!("'{token}' is expected where {stands} stands"), remedy))
    }

    fn end(&mut self, remedy: &'static str) -> Result<(), Refused> {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(refused(format!("'{}' has no equal in a table", self.shown()), remedy)),
        }
    }

    fn shown(&self) -> String {
        self.rest().chars().take(SHOWN_MAX).collect()
    }

    fn negated(&mut self) -> bool {
        let Some(after) = self.rest().strip_prefix("not") else { return false };
        let there = after.trim_start().starts_with('(');
        if there {
            self.at = self.text.len() - after.trim_start().len() + 1;
        }
        there
    }

    fn tests(&mut self) -> Result<Cell, Refused> {
        let mut cells = vec![self.test()?];
        while self.take(",") {
            cells.push(self.test()?);
        }
        Ok(if cells.len() == 1 { cells.swap_remove(0) } else { Cell::OneOf(cells) })
    }

    fn test(&mut self) -> Result<Cell, Refused> {
        for op in [Op::LessEqual, Op::GreaterEqual, Op::Less, Op::Greater] {
            if self.take(op.sign()) {
                let bound = self.plain()?;
                return Ok(Cell::Compare(op, ordered(bound)?));
            }
        }
        if self.take("!=") {
            return Ok(Cell::Not(Box::new(Cell::Equal(self.plain()?))));
        }
        if self.take("=") {
            return Ok(Cell::Equal(self.plain()?));
        }
        match self.next() {
            Some('(' | ']') => {
                self.at += 1;
                let low = self.plain()?;
                self.range(low, false)
            }
            Some('[') => {
                self.at += 1;
                let first = self.plain()?;
                if self.next().is_some() && self.rest().starts_with("..") {
                    self.range(first, true)
                } else {
                    self.list(first)
                }
            }
            _ => self.plain().map(Cell::Equal),
        }
    }

    /// The rest of a range, from `..` on.
    fn range(&mut self, low: Value, low_in: bool) -> Result<Cell, Refused> {
        self.expect("..", SIMPLE)?;
        let (low, high) = (ordered(low)?, ordered(self.plain()?)?);
        let high_in = match self.next() {
            Some(']') => true,
            Some(')' | '[') => false,
            _ => return Err(refused("a range ends with ']' or ')'", SIMPLE)),
        };
        self.at += 1;
        match compare(&low, &high) {
            Some(Ordering::Less | Ordering::Equal) => Ok(Cell::Range { low, low_in, high, high_in }),
            Some(Ordering::Greater) => Err(refused("the range ends before it begins, so it never matches", SIMPLE)),
            None => Err(refused("the ends of the range are of two kinds", ORDERED)),
        }
    }

    /// The rest of a list of values, from behind its first.
    fn list(&mut self, first: Value) -> Result<Cell, Refused> {
        let mut cells = vec![Cell::Equal(first)];
        while self.take(",") {
            cells.push(Cell::Equal(self.plain()?));
        }
        self.expect("]", SIMPLE)?;
        Ok(if cells.len() == 1 { cells.swap_remove(0) } else { Cell::OneOf(cells) })
    }

    /// A value, a list or a context.
    fn value(&mut self, depth: usize) -> Result<Value, Refused> {
        if depth == DEPTH_MAX {
            return Err(refused("it is nested too deeply", VALUES));
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                if !items.is_empty() {
                    self.expect(",", VALUES)?;
                }
                items.push(self.value(depth + 1)?);
            }
            return Ok(Value::Array(items));
        }
        if self.take("{") {
            let mut map = Map::new();
            while !self.take("}") {
                if !map.is_empty() {
                    self.expect(",", VALUES)?;
                }
                let key = self.key()?;
                self.expect(":", VALUES)?;
                map.insert(key, self.value(depth + 1)?);
            }
            return Ok(Value::Object(map));
        }
        self.plain()
    }

    fn key(&mut self) -> Result<String, Refused> {
        if self.next() == Some('"') {
            return self.string();
        }
        let rest = self.rest();
        let name = rest.split([':', ',', '}', '"', '{']).next().unwrap_or_default();
        self.at += name.len();
        let name = name.trim();
        if name.is_empty() { Err(refused("a name is missing in a context", VALUES)) } else { Ok(name.to_owned()) }
    }

    /// Text, a number, a truth value, null or a day.
    fn plain(&mut self) -> Result<Value, Refused> {
        match self.next() {
            None => Err(refused("a value is missing", SIMPLE)),
            Some('"') => self.string().map(Value::from),
            Some('@') => {
                self.at += 1;
                let text = self.text_argument()?;
                day(&text)
            }
            Some(c) if c.is_ascii_digit() || c == '-' || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            Some(_) => Err(refused(format!("'{}' has no equal in a table", self.shown()), SIMPLE)),
        }
    }

    fn text_argument(&mut self) -> Result<String, Refused> {
        if self.next() == Some('"') { self.string() } else { Err(refused("a text in double quotes is expected", DAYS)) }
    }

    fn word(&mut self) -> Result<Value, Refused> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = (&rest[..length], rest[length..].trim_start());
        let call = after.starts_with('(');
        match word {
            "true" | "false" | "null" if !call => {
                self.at += length;
                Ok(if word == "null" { Value::Null } else { Value::from(word == "true") })
            }
            "date" if call => {
                self.at += length;
                self.expect("(", DAYS)?;
                let text = self.text_argument()?;
                self.expect(")", DAYS)?;
                day(&text)
            }
            "date" | "time" | "duration" | "years" => {
                Err(refused(format!("'{}' has no equal in a table", self.shown()), DAYS))
            }
            _ if call => Err(refused(format!("the function {word} has no equal in a table"), SIMPLE)),
            _ => Err(refused(format!("'{word}' is the name of something else"), FIXED)),
        }
    }

    fn number(&mut self) -> Result<Value, Refused> {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| from + at);
        let begins = usize::from(rest.starts_with('-'));
        let mut end = digits(begins);
        // Two dots are a range's.
        if rest[end..].starts_with('.') && digits(end + 1) > end + 1 {
            end = digits(end + 1);
        }
        if end > begins && rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let power = end + 1 + sign;
            end = if digits(power) > power { digits(power) } else { end };
        }
        let written = &rest[..end];
        let Some(value) = number(written).filter(|_| end > begins) else {
            let why = format!("'{}' is no number that a table holds exactly", self.shown());
            return Err(refused(why, "use at most 17 digits, or whole numbers of 64 bits"));
        };
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, Refused> {
        let mut out = String::new();
        let rest = self.rest();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(out);
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('t') => out.push('\t'),
                    Some(c @ ('"' | '\'' | '\\')) => out.push(c),
                    Some(c @ ('u' | 'U')) => {
                        let length = if c == 'u' { 4 } else { 6 };
                        let code: String = chars.by_ref().take(length).map(|(_, c)| c).collect();
                        let known = u32::from_str_radix(&code, 16).ok().filter(|_| code.len() == length);
                        let Some(c) = known.and_then(char::from_u32) else {
                            return Err(refused(format!("\\{c}{code} is no character"), "write the character itself"));
                        };
                        out.push(c);
                    }
                    Some(c) => out.extend(['\\', c]),
                    None => break,
                },
                c => out.push(c),
            }
        }
        Err(refused(format!("{} has no closing quote", self.shown()), "close it"))
    }
}

fn number(written: &str) -> Option<Value> {
    if let Ok(whole) = written.parse::<i64>() {
        return Some(Value::from(whole));
    }
    if let Ok(whole) = written.parse::<u64>() {
        return Some(Value::from(whole));
    }
    let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.chars().filter(char::is_ascii_digit).skip_while(|c| *c == '0').count();
    // What is too small for any is not nothing.
    let held = |float: &f64| float.is_finite() && digits <= DIGITS_MAX && (*float != 0.0 || digits == 0);
    let float = written.parse::<f64>().ok().filter(held)?;
    Number::from_f64(float).map(Value::Number)
}

fn day(text: &str) -> Result<Value, Refused> {
    if day_start_ms(text).is_some() {
        return Ok(Value::from(text));
    }
    Err(refused(format!("'{text}' is no day of the form 2026-03-31"), DAYS))
}

fn ordered(value: Value) -> Result<Value, Refused> {
    match value {
        Value::Number(_) | Value::String(_) => Ok(value),
        other => Err(refused(format!("{other} has no order"), ORDERED)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::feel_write::of_cell;
    use super::*;
    use serde_json::json;

    #[test]
    fn unary_tests_are_read_and_written_again() {
        for (feel, again) in [
            ("-", "-"),
            ("", "-"),
            ("\"gold\"", "\"gold\""),
            ("\"a\",\"b, c\"", "\"a\", \"b, c\""),
            ("[\"a\", \"b\"]", "\"a\", \"b\""),
            ("<5", "< 5"),
            (">= -.5", ">= -0.5"),
            ("= 5", "5"),
            ("[1..5]", "[1..5]"),
            ("]1 .. 5[", "(1..5)"),
            ("(1..5], > 9", "(1..5], > 9"),
            ("not(\"a\", [1..2.5))", "not(\"a\", [1..2.5))"),
            ("!= 3", "not(3)"),
            ("true", "true"),
            ("null", "null"),
            ("\"say \\\"hi\\\" \\u00e9\\n\"", "\"say \\\"hi\\\" é\\n\""),
        ] {
            let cell = unary_tests(feel).unwrap_or_else(|refused| panic!("{feel}: {refused:?}"));
            assert_eq!(of_cell(&cell, false).as_deref(), Some(again), "{feel}");
        }
        let days = unary_tests("[date(\"2026-01-01\")..@\"2026-03-31\"]").unwrap();
        assert_eq!(of_cell(&days, true).unwrap(), "[date(\"2026-01-01\")..date(\"2026-03-31\")]");
        assert_eq!(days.test(&json!("2026-02-28")), super::super::super::cell::Match::Yes);
    }

    #[test]
    fn what_has_no_equal_is_refused_by_name() {
        for (feel, why) in [
            ("gold", "'gold' is the name"),
            ("> limit", "'limit' is the name"),
            ("date and time(\"2026-01-01T00:00:00Z\")", "date and time"),
            ("duration(\"P1D\")", "duration"),
            ("date(\"2026-02-30\")", "no day"),
            ("@\"P1D\"", "no day"),
            ("contains(?, \"a\")", "function contains"),
            ("? > 5", "'? > 5'"),
            ("5 + 1", "'+ 1'"),
            ("< true", "no order"),
            ("[5..1]", "before it begins"),
            ("[1..\"b\"]", "two kinds"),
            ("[1..", "missing"),
            ("not(5", "')' is expected"),
            ("not(not(5))", "function not"),
            ("not(-)", "no number"),
            ("\"a", "closing quote"),
            ("[]", "']'"),
            ("1.23456789012345678901", "17 digits"),
            ("< 1e-400", "17 digits"),
            ("\"\\ud800\"", "no character"),
        ] {
            let refused = unary_tests(feel).unwrap_err();
            let said = format!("{} {}", refused.why, refused.remedy);
            assert!(said.contains(why), "{feel}: {said}");
        }
    }

    #[test]
    fn outputs_are_values_or_facts() {
        for (feel, value) in [
            ("", json!(null)),
            ("\"allow\"", json!("allow")),
            ("-1.5e3", json!(-1500.0)),
            ("[1, [true], {a b: null, \"c\": \"x\"}]", json!([1, [true], {"a b": null, "c": "x"}])),
            ("[]", json!([])),
            ("date(\"2026-01-01\")", json!("2026-01-01")),
            ("facts.order.total", json!("${ .facts.order.total }")),
            ("order.monthly income", json!("${ .order[\"monthly income\"] }")),
        ] {
            assert_eq!(output(feel), Ok(value), "{feel}");
        }
        for bad in ["a + 1", "if a then 1 else 2", "[1", "{a 1}", "\"${ .x }\"", "sum(a)", "\"a\" \"b\"", "[1 2]"] {
            assert!(output(bad).is_err(), "{bad}");
        }
        assert!(output(&"[".repeat(5000)).is_err());
        assert_eq!(values("\"a\", \"b\""), Some(vec![json!("a"), json!("b")]));
        assert_eq!(values("[1..5]"), None);
    }
}
