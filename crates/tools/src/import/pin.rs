//! The part of a description that a connector needs, to be pinned in the blueprint: the picked operations and all that
//! they refer to.

use super::Suggested;
use crate::catalogue::{Document, decoded};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The description with these operations and no others.
pub(super) fn pinned(doc: &Document, operations: &[Suggested]) -> Value {
    let root = doc.root();
    let mut out = Map::new();
    for key in ["openapi", "info", "servers", "security"] {
        if let Some(value) = root.get(key) {
            out.insert(key.to_owned(), lean(value, false));
        }
    }
    out.insert("paths".to_owned(), paths(doc, operations));
    let mut out = Value::Object(out);
    if let Some(schemes) = root.pointer("/components/securitySchemes") {
        out["components"] = json!({"securitySchemes": schemes});
    }
    let (mut seen, mut open) = (BTreeSet::new(), references(&out));
    while let Some(reference) = open.pop_first() {
        if !seen.insert(reference.clone()) {
            continue;
        }
        if let Some(value) = bring(root, &mut out, &reference) {
            open.extend(references(&value));
        }
    }
    out
}

fn paths(doc: &Document, operations: &[Suggested]) -> Value {
    let mut out = Map::new();
    for suggested in operations {
        let Ok(entry) = doc.entry(&suggested.operation) else { continue };
        let item = doc.root().get("paths").and_then(|paths| paths.get(&entry.path));
        let Some(item) = item.and_then(|item| doc.follow(item).ok()) else { continue };
        let place = out.entry(entry.path.clone()).or_insert_with(|| json!({}));
        for key in ["parameters", "servers"] {
            if let Some(value) = item.get(key) {
                place[key] = lean(value, false);
            }
        }
        let mut operation = lean(doc.value(entry), false);
        if let Some(map) = operation.as_object_mut() {
            map.shift_remove("callbacks");
            map.shift_remove("tags");
        }
        place[&entry.method] = operation;
    }
    Value::Object(out)
}

/// Without examples and extensions, which are of no use to a call.
fn lean(value: &Value, names: bool) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| {
                let useless = matches!(key.as_str(), "example" | "examples" | "externalDocs");
                names || !(useless || (key.starts_with("x-") && *key != "x-nullable"))
            });
            let below =
                |key: &str| !names && matches!(key, "properties" | "patternProperties" | "headers" | "encoding");
            kept.map(|(key, value)| (key.clone(), lean(value, below(key)))).collect()
        }
        Value::Array(items) => items.iter().map(|item| lean(item, false)).collect(),
        other => other.clone(),
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![value];
    while let Some(at) = open.pop() {
        match at {
            Value::Object(map) => {
                if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                    found.insert(reference.to_owned());
                }
                let mapping = map.get("mapping").and_then(Value::as_object).into_iter().flatten();
                found.extend(
                    mapping.filter_map(|(_, to)| to.as_str()).filter(|to| to.starts_with('#')).map(str::to_owned),
                );
                open.extend(map.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// Copies what a reference names to the same place; a list on the way comes whole.
fn bring(root: &Value, out: &mut Value, reference: &str) -> Option<Value> {
    let plain = reference.strip_prefix("#/")?;
    // As `Document` reads it: as it stands, else with its percent signs decoded.
    let decoded = if root.pointer(&format!("/{plain}")).is_some() { plain.to_owned() } else { decoded(plain) };
    let pointer = decoded.as_str();
    let (mut from, mut to) = (root, out);
    let steps: Vec<String> = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    for (at, step) in steps.iter().enumerate() {
        let next = from.get(step)?;
        let last = at + 1 == steps.len() || next.is_array();
        let place = to.as_object_mut()?.entry(step.clone()).or_insert(Value::Null);
        if last {
            *place = lean(next, false);
            return Some(place.clone());
        }
        if place.is_null() {
            *place = json!({});
        }
        (from, to) = (next, place);
    }
    None
}
