//! What differs between two JSON values, by path.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Changes listed of one task; whoever wants more compares the values.
const CHANGES_MAX: usize = 50;

/// One place that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// JSON pointer (RFC 6901); empty for the whole value.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub how: &'static str,
}

/// The places where `after` differs from `before`, at most 50. Arrays are compared place by place.
pub fn changed(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    walk(before, after, &mut String::new(), &mut found);
    found
}

fn walk(before: &Value, after: &Value, path: &mut String, found: &mut Vec<Change>) {
    if found.len() >= CHANGES_MAX || before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                match new.get(name) {
                    Some(other) => below(path, name, |path| walk(value, other, path, found)),
                    None => below(path, name, |path| tell(path, "removed", found)),
                }
            }
            for name in new.keys().filter(|name| !old.contains_key(*name)) {
                below(path, name, |path| tell(path, "added", found));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (at, pair) in old.iter().zip(new).enumerate() {
                below(path, &at.to_string(), |path| walk(pair.0, pair.1, path, found));
            }
            for at in new.len()..old.len() {
                below(path, &at.to_string(), |path| tell(path, "removed", found));
            }
            for at in old.len()..new.len() {
                below(path, &at.to_string(), |path| tell(path, "added", found));
            }
        }
        _ => tell(path, "changed", found),
    }
}

fn below(path: &mut String, name: &str, then: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    then(path);
    path.truncate(length);
}

fn tell(path: &str, how: &'static str, found: &mut Vec<Change>) {
    if found.len() < CHANGES_MAX {
        found.push(Change { path: path.to_owned(), how });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(before: Value, after: Value, expect: &[(&str, &str)]) {
        let found = changed(&before, &after);
        let found: Vec<_> = found.iter().map(|change| (change.path.as_str(), change.how)).collect();
        assert_eq!(found, expect, "{before} and {after}");
    }

    #[test]
    fn the_places_that_differ_are_named_and_the_rest_is_not() {
        check(json!({"a": 1, "b": {"c": 2}}), json!({"a": 1, "b": {"c": 3}}), &[("/b/c", "changed")]);
        check(json!({"a": 1}), json!({"b/c": 1}), &[("/a", "removed"), ("/b~1c", "added")]);
        check(json!([1, 2]), json!([1, 3, 4]), &[("/1", "changed"), ("/2", "added")]);
        check(json!([1, 2]), json!([1]), &[("/1", "removed")]);
        check(json!({"a": 1}), json!("text"), &[("", "changed")]);
        check(json!({"a": [1]}), json!({"a": [1]}), &[]);
    }

    #[test]
    fn a_list_of_changes_has_an_end() {
        let many: Value = (0..500).map(|n| (n.to_string(), json!(n))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(changed(&json!({}), &many).len(), CHANGES_MAX);
    }
}
