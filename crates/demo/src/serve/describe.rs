//! Small helpers with which a system describes its operations in OpenAPI 3.1.

use serde_json::{Map, Value, json};

/// One operation of a description.
pub struct Described {
    /// `get` or `post`.
    pub method: &'static str,
    /// With `{parameters}`.
    pub path: &'static str,
    /// The operation object.
    pub operation: Value,
}

/// A path parameter.
pub fn path_parameter(name: &str, description: &str) -> Value {
    parameter("path", name, true, description)
}

/// A query parameter.
pub fn query_parameter(name: &str, required: bool, description: &str) -> Value {
    parameter("query", name, required, description)
}

fn parameter(place: &str, name: &str, required: bool, description: &str) -> Value {
    json!({ "name": name, "in": place, "required": required, "description": description,
            "schema": { "type": "string", "minLength": 1, "maxLength": 200 } })
}

/// A strict object schema: every property required except the names in `optional`.
pub fn object(properties: Value, optional: &[&str]) -> Value {
    let names: Vec<&String> = properties.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    let required: Vec<&&String> = names.iter().filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

/// An operation: id, summary, parameters, body schema (of a writing operation) and answer schema.
pub fn operation(id: &str, summary: &str, parameters: Vec<Value>, body: Option<Value>, answer: Value) -> Value {
    let mut parameters = parameters;
    let mut responses = json!({
        "200": { "description": "Done.", "content": { "application/json": { "schema": answer } } },
        "404": problem_response("There is no such thing."),
        "422": problem_response("What was sent is wrong; nothing was changed."),
        "503": problem_response("Not available now; nothing was done."),
    });
    let mut out = json!({ "operationId": id, "summary": summary });
    if let Some(schema) = body {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key gets the same answer again, with no second effect.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200 },
        }));
        responses["409"] = problem_response("The present state does not allow it; nothing was changed.");
        out["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        out["x-idempotent-by-key"] = Value::Bool(true);
    }
    out["parameters"] = Value::Array(parameters);
    out["responses"] = responses;
    out
}

fn problem_response(description: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": description, "content": { "application/problem+json": { "schema": schema } } })
}

/// An operation at its path.
pub fn described(method: &'static str, path: &'static str, operation: Value) -> Described {
    Described { method, path, operation }
}

/// The whole document.
pub fn document(title: &str, description: &str, operations: Vec<Described>, schemas: Value) -> Value {
    let mut paths = Map::new();
    for Described { method, path, operation } in operations {
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[method] = operation;
    }
    let mut schemas = schemas;
    schemas["Problem"] = json!({
        "type": "object", "description": "RFC 9457.",
        "properties": {
            "type": { "type": "string" }, "status": { "type": "integer" },
            "title": { "type": "string" }, "detail": { "type": "string" },
        },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": "1.0.0", "description": description },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}
