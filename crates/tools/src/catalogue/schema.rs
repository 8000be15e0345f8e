//! Schemas of OpenAPI 3.0 and 3.1 as self-contained JSON Schema 2020-12.

use super::document::Document;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most schemas that one operation may reach through references, count.
const DEFINITIONS_MAX: usize = 2_000;
/// Deepest nesting of a schema, levels.
const DEPTH_MAX: usize = 64;

/// Schemas reached through references: name in `$defs` → reference, and what has been converted.
#[derive(Default)]
pub(super) struct Definitions {
    open: Vec<(String, String)>,
    names: BTreeMap<String, String>,
}

impl Definitions {
    fn name_of(&mut self, reference: &str) -> String {
        if let Some(name) = self.names.get(reference) {
            return name.clone();
        }
        let last = reference.rsplit('/').next().unwrap_or_default();
        let mut name: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
        if name.is_empty() || self.names.values().any(|known| *known == name) {
            name = format!("{name}.{}", self.names.len());
        }
        self.names.insert(reference.to_owned(), name.clone());
        self.open.push((name.clone(), reference.to_owned()));
        name
    }

    /// Converts what is still open, and what that reaches.
    pub(super) fn close(mut self, doc: &Document) -> Result<Map<String, Value>, String> {
        let mut done = Map::new();
        while let Some((name, reference)) = self.open.pop() {
            if done.len() >= DEFINITIONS_MAX {
                return Err(format!("the operation's schemas reach more than {DEFINITIONS_MAX} others"));
            }
            let target = doc.resolve(&reference)?.clone();
            let schema = convert(doc, &target, &mut self)?;
            done.insert(name, schema);
        }
        Ok(done)
    }
}

/// The schema in 2020-12, references to other schemas pointing into `$defs`.
pub(super) fn convert(doc: &Document, schema: &Value, definitions: &mut Definitions) -> Result<Value, String> {
    walk(doc, schema, definitions, 0)
}

fn walk(doc: &Document, schema: &Value, definitions: &mut Definitions, depth: usize) -> Result<Value, String> {
    if depth > DEPTH_MAX {
        return Err(format!("a schema is nested deeper than {DEPTH_MAX}"));
    }
    let Some(map) = schema.as_object() else { return Ok(schema.clone()) };
    let mut out = Map::new();
    for (key, value) in map {
        let converted = match key.as_str() {
            "$ref" => reference(doc, value, definitions)?,
            "properties" | "patternProperties" | "$defs" | "dependentSchemas" => {
                each_value(doc, value, definitions, depth)?
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => each_item(doc, value, definitions, depth)?,
            "items"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedProperties"
            | "unevaluatedItems" => walk(doc, value, definitions, depth + 1)?,
            // Of no use to a validator, and large in real descriptions.
            "example" | "examples" | "externalDocs" | "xml" | "discriminator" => continue,
            "x-nullable" if value == &Value::Bool(true) => {
                out.insert("nullable".to_owned(), value.clone());
                continue;
            }
            other if other.starts_with("x-") => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), converted);
    }
    if let Some(discriminator) = map.get("discriminator") {
        tell_apart(discriminator, map, &mut out);
    }
    if doc.is_legacy() {
        modernise(&mut out);
    }
    Ok(Value::Object(out))
}

/// Branches of a choice that the description tells apart by a field hold for their own values of it only. Branches that are
/// alike otherwise would both fit, and a `oneOf` of them nothing.
fn tell_apart(discriminator: &Value, raw: &Map<String, Value>, out: &mut Map<String, Value>) {
    let Some(field) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    for key in ["oneOf", "anyOf"] {
        let Some(branches) = raw.get(key).and_then(Value::as_array) else { continue };
        let names: Option<Vec<Vec<Value>>> = branches.iter().map(|branch| values_of(branch, mapping)).collect();
        let (Some(names), Some(Value::Array(converted))) = (names, out.get_mut(key)) else { continue };
        for (branch, names) in converted.iter_mut().zip(names) {
            let own = json!({"required": [field], "properties": {field: {"enum": names}}});
            *branch = json!({"allOf": [std::mem::take(branch), own]});
        }
    }
}

/// Values of the field that stand for a branch: those that the mapping gives it, else the name of its schema.
fn values_of(branch: &Value, mapping: Option<&Map<String, Value>>) -> Option<Vec<Value>> {
    let reference = branch.get("$ref")?.as_str()?;
    let name = reference.rsplit('/').next()?;
    let mapped = mapping.into_iter().flatten().filter(|(_, to)| *to == reference || *to == name);
    let values: Vec<Value> = mapped.map(|(value, _)| json!(value)).collect();
    Some(if values.is_empty() { vec![json!(name)] } else { values })
}

fn reference(doc: &Document, value: &Value, definitions: &mut Definitions) -> Result<Value, String> {
    let reference = value.as_str().ok_or("a $ref is not text")?;
    doc.resolve(reference)?;
    Ok(json!(format!("#/$defs/{}", definitions.name_of(reference))))
}

fn each_value(doc: &Document, value: &Value, definitions: &mut Definitions, depth: usize) -> Result<Value, String> {
    let Some(map) = value.as_object() else { return Ok(value.clone()) };
    let mut out = Map::new();
    for (name, schema) in map {
        out.insert(name.clone(), walk(doc, schema, definitions, depth + 1)?);
    }
    Ok(Value::Object(out))
}

fn each_item(doc: &Document, value: &Value, definitions: &mut Definitions, depth: usize) -> Result<Value, String> {
    let Some(items) = value.as_array() else { return Ok(value.clone()) };
    let mut out = Vec::with_capacity(items.len());
    for schema in items {
        out.push(walk(doc, schema, definitions, depth + 1)?);
    }
    Ok(Value::Array(out))
}

// OpenAPI 3.0 has its own words for what JSON Schema says otherwise since draft 6.
fn modernise(schema: &mut Map<String, Value>) {
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match schema.get(flag) {
            Some(Value::Bool(true)) => {
                let limit = schema.remove(bound);
                schema.remove(flag);
                if let Some(limit) = limit {
                    schema.insert(flag.to_owned(), limit);
                }
            }
            Some(Value::Bool(false)) => {
                schema.remove(flag);
            }
            _ => {}
        }
    }
    if schema.remove("nullable") == Some(Value::Bool(true)) {
        allow_null(schema);
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
        Some(_) => {}
        None => {
            let inner = std::mem::take(schema);
            schema.insert("anyOf".to_owned(), json!([Value::Object(inner), {"type": "null"}]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(legacy: bool, input: Value, expect: Value) {
        let version = if legacy { "3.0.3" } else { "3.1.0" };
        let doc = Document::new(json!({"openapi": version, "components": {"schemas": {"Name": {"type": "string"}}}}));
        let got = convert(&doc.unwrap(), &input, &mut Definitions::default()).unwrap();
        assert_eq!(got, expect);
    }

    #[test]
    fn words_of_3_0_become_json_schema() {
        check(true, json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]}));
        check(true, json!({"minimum": 0, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 0}));
        check(
            true,
            json!({"type": "string", "enum": ["a"], "nullable": true}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        );
        check(
            true,
            json!({"$ref": "#/components/schemas/Name", "nullable": true}),
            json!({"anyOf": [{"$ref": "#/$defs/Name"}, {"type": "null"}]}),
        );
        check(false, json!({"exclusiveMinimum": 3}), json!({"exclusiveMinimum": 3}));
    }

    #[test]
    fn branches_that_a_field_tells_apart_hold_for_their_own_values() {
        check(
            false,
            json!({"oneOf": [{"$ref": "#/components/schemas/Name"}],
                "discriminator": {"propertyName": "kind", "mapping": {"n": "#/components/schemas/Name"}}}),
            json!({"oneOf": [{"allOf": [{"$ref": "#/$defs/Name"},
                {"required": ["kind"], "properties": {"kind": {"enum": ["n"]}}}]}]}),
        );
    }

    #[test]
    fn a_property_called_like_a_keyword_is_still_a_property() {
        check(
            true,
            json!({"properties": {"nullable": {"type": "boolean"}, "example": {"type": "string"}}}),
            json!({"properties": {"nullable": {"type": "boolean"}, "example": {"type": "string"}}}),
        );
    }
}
