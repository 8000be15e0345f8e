//! Changes of a resource (RFC 7644, section 3.5.2): operations on its JSON, which is then read like a whole one.

use super::{Fault, Told};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Most operations of one request.
const OPERATIONS_MAX: usize = 1_000;

#[derive(Deserialize)]
struct Operation {
    op: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    value: Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation acts: attribute, and which of its values, and which part of them.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Schema that the attribute is of, if it is an extension's.
    schema: Option<String>,
    attribute: String,
    /// Sub-attribute and text that a value must have.
    filter: Option<(String, String)>,
    part: Option<String>,
}

/// Applies a PatchOp document to a resource.
pub fn apply(resource: &mut Value, document: &Value) -> Told<()> {
    let listed = find(document.as_object(), "Operations").and_then(|(_, value)| value.as_array());
    let listed = listed.ok_or_else(|| Fault::wrong("invalidSyntax", "the patch has no list of Operations"))?;
    if listed.len() > OPERATIONS_MAX {
        return Err(Fault::of(413, "", format!("a patch has at most {OPERATIONS_MAX} operations")));
    }
    for one in listed {
        let operation = Operation::deserialize(one)
            .map_err(|_| Fault::wrong("invalidSyntax", "an operation is {op, path, value}"))?;
        let verb = match operation.op.to_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            other => return Err(Fault::wrong("invalidSyntax", format!("'{other}' is no operation"))),
        };
        one_operation(resource, verb, operation.path.as_deref(), operation.value)?;
    }
    Ok(())
}

fn one_operation(resource: &mut Value, verb: Verb, path: Option<&str>, value: Value) -> Told<()> {
    if let Some(path) = path.filter(|path| !path.trim().is_empty()) {
        return at(resource, verb, &place(path.trim())?, value);
    }
    let Value::Object(fields) = value else {
        return Err(Fault::wrong("noTarget", "without a path the value is an object of attributes"));
    };
    if verb == Verb::Remove {
        return Err(Fault::wrong("noTarget", "what is removed has a path"));
    }
    for (name, value) in fields {
        if name.eq_ignore_ascii_case("schemas") {
            continue;
        }
        if let (true, Value::Object(inner)) =
            (name.to_lowercase().starts_with("urn:") && !name.contains(".0:User:"), &value)
        {
            for (part, value) in inner {
                let place = Place { schema: Some(name.clone()), attribute: part.clone(), filter: None, part: None };
                at(resource, verb, &place, value.clone())?;
            }
            continue;
        }
        at(resource, verb, &place(&name)?, value)?;
    }
    Ok(())
}

/// Reads a path: `name.familyName`, `emails[type eq "work"].value`, `urn:…:User:active`.
fn place(path: &str) -> Told<Place> {
    let wrong = || Fault::wrong("invalidPath", format!("the path '{path}' cannot be read"));
    // The URN of a schema ends at the last colon before the attribute.
    let end = path.find('[').unwrap_or(path.len());
    let (schema, rest) = match path.get(..end).and_then(|head| head.rfind(':')) {
        Some(at) if path.to_lowercase().starts_with("urn:") => (path.get(..at).map(str::to_owned), path.get(at + 1..)),
        _ => (None, Some(path)),
    };
    let schema = schema.filter(|schema| !schema.to_lowercase().starts_with("urn:ietf:params:scim:schemas:core:"));
    let rest = rest.ok_or_else(wrong)?;
    let (attribute, filter, part) = match rest.split_once('[') {
        Some((attribute, after)) => {
            let (inner, after) = after.rsplit_once(']').ok_or_else(wrong)?;
            let read = super::Filter::read(inner).map_err(|_| wrong())?;
            let [(name, value)] = read.0.as_slice() else { return Err(wrong()) };
            (attribute, Some((name.clone(), value.clone())), after.strip_prefix('.'))
        }
        None => match rest.split_once('.') {
            Some((attribute, part)) => (attribute, None, Some(part)),
            None => (rest, None, None),
        },
    };
    let clean = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"$-_".contains(&b));
    if !clean(attribute) || part.is_some_and(|part| !clean(part)) {
        return Err(wrong());
    }
    Ok(Place { schema, attribute: attribute.to_owned(), filter, part: part.map(str::to_owned) })
}

fn at(resource: &mut Value, verb: Verb, place: &Place, value: Value) -> Told<()> {
    let mut object =
        resource.as_object_mut().ok_or_else(|| Fault::wrong("invalidSyntax", "the resource is no object"))?;
    if let Some(schema) = &place.schema {
        let name = name_of(object, schema);
        let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
        object = inner.as_object_mut().ok_or_else(|| Fault::wrong("invalidPath", "the schema's part is no object"))?;
    }
    let name = name_of(object, &place.attribute);
    match (&place.filter, &place.part) {
        (Some(filter), part) => among(object, verb, &name, (filter, part.as_deref()), value),
        (None, Some(part)) => {
            let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            match inner {
                Value::Object(inner) => whole(inner, verb, part, value),
                Value::Array(items) => items
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .try_for_each(|item| whole(item, verb, part, value.clone())),
                _ => Err(Fault::wrong("invalidPath", format!("'{}' has no parts", place.attribute))),
            }
        }
        (None, None) => whole(object, verb, &name, value),
    }
}

/// One attribute of an object.
fn whole(object: &mut Map<String, Value>, verb: Verb, name: &str, value: Value) -> Told<()> {
    let name = name_of(object, name);
    if verb == Verb::Remove {
        take(object, &name, &value);
        return Ok(());
    }
    match object.get_mut(&name) {
        Some(Value::Array(there)) if verb == Verb::Add => {
            let new = match value {
                Value::Array(items) => items,
                one => vec![one],
            };
            let mut known: BTreeSet<String> = there.iter().map(identity).collect();
            there.extend(new.into_iter().filter(|item| known.insert(identity(item))));
        }
        Some(Value::Object(there)) if value.is_object() => {
            let Value::Object(new) = value else { return Ok(()) };
            for (part, value) in new {
                let part = name_of(there, &part);
                there.insert(part, value);
            }
        }
        _ => {
            object.insert(name, value);
        }
    }
    Ok(())
}

/// Takes an attribute away, or of a list the values that are named: some directories write them so.
fn take(object: &mut Map<String, Value>, name: &str, named: &Value) {
    let named = match named {
        Value::Null => &[],
        Value::Array(named) => named.as_slice(),
        one => std::slice::from_ref(one),
    };
    match object.get_mut(name) {
        Some(Value::Array(there)) if !named.is_empty() => {
            let named: BTreeSet<String> = named.iter().map(identity).collect();
            there.retain(|item| !named.contains(&identity(item)));
        }
        _ => {
            object.remove(name);
        }
    }
}

/// Values of a list that a filter picks.
fn among(
    object: &mut Map<String, Value>,
    verb: Verb,
    name: &str,
    ((key, wanted), part): (&(String, String), Option<&str>),
    value: Value,
) -> Told<()> {
    let list = object.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    let items = list.as_array_mut().ok_or_else(|| Fault::wrong("invalidPath", format!("'{name}' is no list")))?;
    let picked = |item: &Value| {
        let found = find(item.as_object(), key).map(|(_, value)| value);
        found.is_some_and(|found| match found {
            Value::String(text) => text.eq_ignore_ascii_case(wanted),
            other => other.to_string().eq_ignore_ascii_case(wanted),
        })
    };
    if verb == Verb::Remove && part.is_none() {
        items.retain(|item| !picked(item));
        return Ok(());
    }
    if !items.iter().any(picked) {
        if verb != Verb::Add && part.is_none() {
            return Err(Fault::wrong("noTarget", format!("no value of '{name}' has {key} eq \"{wanted}\"")));
        }
        if verb == Verb::Remove {
            return Ok(());
        }
        // A value that is not there yet is made, as directories expect.
        items.push(Value::Object(Map::from_iter([(key.clone(), Value::from(wanted.clone()))])));
    }
    for item in items.iter_mut().filter(|item| picked(item)).filter_map(Value::as_object_mut) {
        match (part, &value) {
            (Some(part), value) => whole(item, verb, part, value.clone())?,
            (None, Value::Object(new)) => item.extend(new.clone()),
            (None, _) => return Err(Fault::wrong("invalidValue", "a value of a list is an object")),
        }
    }
    Ok(())
}

/// Two values of a list are the same when their `value` is, or, without one, they are. Lists are long: each is told once.
fn identity(of: &Value) -> String {
    match find(of.as_object(), "value") {
        Some((_, value)) => format!("value {value}"),
        None => of.to_string(),
    }
}

fn find<'a>(object: Option<&'a Map<String, Value>>, name: &str) -> Option<(&'a String, &'a Value)> {
    object?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The name as the object writes it: names of attributes are the same in every case.
fn name_of(object: &Map<String, Value>, name: &str) -> String {
    find(Some(object), name).map_or_else(|| name.to_owned(), |(known, _)| known.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user() -> Value {
        json!({
            "userName": "ada@example.org", "active": true, "name": {"givenName": "Ada", "familyName": "Jensen"},
            "emails": [{"value": "ada@example.org", "type": "work", "primary": true}],
            "members": [{"value": "mem_1"}, {"value": "mem_2"}],
        })
    }

    #[track_caller]
    fn check(operations: Value, pointer: &str, expect: Value) {
        let mut resource = user();
        apply(&mut resource, &json!({"schemas": [super::super::PATCH], "Operations": operations})).unwrap();
        assert_eq!(resource.pointer(pointer).cloned().unwrap_or(Value::Null), expect, "{resource}");
    }

    #[test]
    fn operations_do_what_the_protocol_says() {
        check(json!([{"op": "replace", "path": "active", "value": false}]), "/active", json!(false));
        check(json!([{"op": "Replace", "value": {"active": "False"}}]), "/active", json!("False"));
        check(
            json!([{"op": "add", "path": "name.familyName", "value": "Berg"}]),
            "/name",
            json!({"givenName": "Ada", "familyName": "Berg"}),
        );
        check(
            json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.org"}]),
            "/emails/0/value",
            json!("new@example.org"),
        );
        check(
            json!([{"op": "add", "path": "emails[type eq \"home\"].value", "value": "h@example.org"}]),
            "/emails/1",
            json!({"type": "home", "value": "h@example.org"}),
        );
        check(
            json!([{"op": "add", "path": "members", "value": [{"value": "mem_2"}, {"value": "mem_3"}]}]),
            "/members",
            json!([{"value": "mem_1"}, {"value": "mem_2"}, {"value": "mem_3"}]),
        );
        check(
            json!([{"op": "remove", "path": "members[value eq \"mem_1\"]"}]),
            "/members",
            json!([{"value": "mem_2"}]),
        );
        check(
            json!([{"op": "remove", "path": "members", "value": [{"value": "mem_2"}]}]),
            "/members",
            json!([{"value": "mem_1"}]),
        );
        check(json!([{"op": "remove", "path": "members"}]), "/members", Value::Null);
        check(json!([{"op": "replace", "path": "members", "value": []}]), "/members", json!([]));
        check(
            json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "value": "A"}]),
            "/displayName",
            json!("A"),
        );
        check(
            json!([{"op": "add", "path": "urn:baton:scim:schemas:1.0:Member:skills", "value": ["x"]}]),
            "/urn:baton:scim:schemas:1.0:Member/skills",
            json!(["x"]),
        );
        check(
            json!([{"op": "replace", "value": {"urn:baton:scim:schemas:1.0:Member": {"skills": ["y"]}, "name.givenName": "B"}}]),
            "/urn:baton:scim:schemas:1.0:Member/skills",
            json!(["y"]),
        );
    }

    #[test]
    fn what_cannot_be_done_is_said_in_the_protocols_words() {
        for (operations, kind) in [
            (json!([{"op": "move", "path": "active"}]), "invalidSyntax"),
            (json!([{"op": "remove"}]), "noTarget"),
            (json!([{"op": "add", "value": "x"}]), "noTarget"),
            (json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "x"}}]), "noTarget"),
            (json!([{"op": "add", "path": "emails[type", "value": 1}]), "invalidPath"),
            (json!([{"op": "add", "path": "a b", "value": 1}]), "invalidPath"),
            (json!([{"op": "add", "path": "active.part", "value": 1}]), "invalidPath"),
        ] {
            let fault = apply(&mut user(), &json!({"Operations": operations})).unwrap_err();
            assert_eq!(fault.kind, kind, "{operations}: {}", fault.detail);
        }
        assert!(apply(&mut user(), &json!({})).is_err());
    }
}
