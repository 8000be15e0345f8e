//! What a value has otherwise than expected, in lines for people.

use serde_json::Value;

/// Longest value shown, characters.
const SHOWN_CHARS_MAX: usize = 160;
/// Most lines, count.
const LINES_MAX: usize = 12;

/// How the expected parts of a value differ; `exact`: and what is there besides.
pub(crate) fn lines(expected: &Value, found: &Value, exact: bool) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", expected, found, exact, &mut lines);
    if lines.len() > LINES_MAX {
        let more = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// Whether a value has all the expected parts.
pub(crate) fn has(expected: &Value, found: &Value) -> bool {
    lines(expected, found, false).is_empty()
}

fn compare(at: &str, expected: &Value, found: &Value, exact: bool, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(there)) => {
            for (key, value) in wanted {
                let at = format!("{at}/{key}");
                match there.get(key) {
                    Some(found) => compare(&at, value, found, exact, lines),
                    None => lines.push(format!("{at}: expected {}, found nothing", shown(value))),
                }
            }
            let more = there.iter().filter(|(key, _)| exact && !wanted.contains_key(*key));
            lines.extend(more.map(|(key, value)| format!("{at}/{key}: expected nothing, found {}", shown(value))));
        }
        (Value::Array(wanted), Value::Array(there)) if wanted.len() == there.len() => {
            for (index, (value, found)) in wanted.iter().zip(there).enumerate() {
                compare(&format!("{at}/{index}"), value, found, exact, lines);
            }
        }
        _ if same(expected, found) => {}
        _ => {
            let place = if at.is_empty() { String::new() } else { format!("{at}: ") };
            lines.push(format!("{place}expected {}, found {}", shown(expected), shown(found)));
        }
    }
}

/// Numbers are the same where their values are: 1 and 1.0.
fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a.total_cmp(&b).is_eq())
}

pub(crate) fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    text.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
}

/// Two lists of names side by side from where they part.
pub(crate) fn paths(expected: &[String], found: &[String]) -> Vec<String> {
    let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let rest = |names: &[String]| match names.get(same..).unwrap_or_default() {
        [] => "(the end)".to_owned(),
        names => names.join(" → "),
    };
    let before = if same == 0 { "at once".to_owned() } else { format!("after {}", expected[..same].join(" → ")) };
    vec![before, format!("  expected {}", rest(expected)), format!("  found    {}", rest(found))]
}

/// Whether names come in this order, others between them or not.
pub(crate) fn in_order(expected: &[String], found: &[String]) -> Option<String> {
    let mut left = found.iter();
    expected.iter().find(|name| !left.any(|found| found == *name)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_name_their_place() {
        let found = json!({"a": 1, "b": {"c": [1, 2]}, "d": true});
        assert_eq!(lines(&json!({"a": 1.0, "b": {"c": [1, 2]}}), &found, false), [""; 0]);
        assert_eq!(lines(&json!({"a": 1, "b": {"c": [1, 2]}}), &found, true), ["/d: expected nothing, found true"]);
        let wrong = lines(&json!({"b": {"c": [1, 3]}, "e": "x"}), &found, false);
        assert_eq!(wrong, ["/b/c/1: expected 3, found 2", "/e: expected \"x\", found nothing"]);
    }

    #[test]
    fn paths_are_told_from_where_they_part() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let told = paths(&names("a b c"), &names("a x"));
        assert_eq!(told, ["after a", "  expected b → c", "  found    x"]);
        assert_eq!(in_order(&names("a c"), &names("a b c")), None);
        assert_eq!(in_order(&names("c a"), &names("a b c")), Some("a".to_owned()));
    }
}
