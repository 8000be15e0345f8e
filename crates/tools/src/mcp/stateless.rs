//! What each request of the stateless revision says of itself (MCP 2026-07-28): in `_meta`, and over HTTP in headers too,
//! with the arguments that a tool wants there (`x-mcp-header`). And what its results say of themselves.

use super::revision::STATELESS;
use super::{Trouble, WORDS_CHARS_MAX, left_open};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The mark of an argument that is repeated in a header.
const MARK: &str = "x-mcp-header";

/// Parameters with what the request says of itself. Baton declares no capabilities: nobody answers a server in the middle
/// of a call.
pub(crate) fn dressed(params: Value) -> Value {
    let mut params = match params {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let mut meta = match params.remove("_meta") {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let info = json!({"name": "baton", "version": env!("CARGO_PKG_VERSION")});
    meta.insert("io.modelcontextprotocol/protocolVersion".to_owned(), json!(STATELESS));
    meta.insert("io.modelcontextprotocol/clientInfo".to_owned(), info);
    meta.insert("io.modelcontextprotocol/clientCapabilities".to_owned(), json!({}));
    params.insert("_meta".to_owned(), Value::Object(meta));
    Value::Object(params)
}

/// The headers of a request: its revision, its method, and what it names.
pub(crate) fn headers(method: &str, params: &Value) -> Vec<(&'static str, String)> {
    let mut headers = vec![("mcp-protocol-version", STATELESS.to_owned()), ("mcp-method", encoded(method))];
    let named = match method {
        "tools/call" | "prompts/get" => params["name"].as_str(),
        "resources/read" => params["uri"].as_str(),
        "tasks/get" | "tasks/update" | "tasks/cancel" => params["taskId"].as_str(),
        _ => None,
    };
    headers.extend(named.map(|name| ("mcp-name", encoded(name))));
    headers
}

/// The headers in which a tool wants some of its arguments; what is wrong with its schema where they cannot be told.
pub(crate) fn mirrored(schema: &Value, args: &Value) -> Result<Vec<(String, String)>, String> {
    let mut marked = Vec::new();
    walk(schema, &mut Vec::new(), true, &mut marked)?;
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (name, path) in marked {
        let lower = name.to_ascii_lowercase();
        if names.contains(&lower) {
            return Err(format!("two arguments are to stand in the header '{lower}'"));
        }
        names.push(lower);
        let given = path.iter().try_fold(args, |at, key| at.get(key)).and_then(text);
        headers.extend(given.map(|value| (format!("mcp-param-{name}"), encoded(&value))));
    }
    Ok(headers)
}

/// Collects the marks of a schema. `open` says whether only `properties` lead here from its root.
fn walk(
    schema: &Value,
    path: &mut Vec<String>,
    open: bool,
    marked: &mut Vec<(String, Vec<String>)>,
) -> Result<(), String> {
    if let Value::Array(schemas) = schema {
        return schemas.iter().try_for_each(|one| walk(one, path, false, marked));
    }
    let Some(keywords) = schema.as_object() else { return Ok(()) };
    if let Some(mark) = keywords.get(MARK) {
        let name = mark.as_str().filter(|name| is_token(name)).ok_or("a header that it wants has no proper name")?;
        if !open || path.is_empty() {
            return Err(format!("what is to stand in the header '{name}' is no argument that is always in one place"));
        }
        if !is_primitive(&schema["type"]) {
            return Err(format!("what is to stand in the header '{name}' is neither text, integer nor boolean"));
        }
        marked.push((name.to_owned(), path.clone()));
    }
    for (keyword, inner) in keywords {
        match (keyword.as_str(), inner) {
            // Values, in which nothing is a schema.
            ("const" | "default" | "enum" | "examples", _) => {}
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    path.push(name.clone());
                    walk(property, path, open, marked)?;
                    path.pop();
                }
            }
            ("$defs" | "definitions" | "dependentSchemas" | "patternProperties", Value::Object(schemas)) => {
                schemas.values().try_for_each(|one| walk(one, path, false, marked))?;
            }
            (_, inner) => walk(inner, path, false, marked)?,
        }
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Text, integer or boolean, with null or without.
fn is_primitive(kind: &Value) -> bool {
    let fits = |kind: &Value| matches!(kind.as_str(), Some("string" | "integer" | "boolean"));
    match kind {
        Value::Array(kinds) => {
            kinds.iter().any(fits) && kinds.iter().all(|kind| fits(kind) || kind.as_str() == Some("null"))
        }
        kind => fits(kind),
    }
}

/// A value as a header has it; none for null and for what is not primitive.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::Number(number) => number.as_f64().filter(|n| n.fract() == 0.0).map(|n| format!("{n:.0}")),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value that any header can carry (streamable HTTP, value encoding).
fn encoded(value: &str) -> String {
    let plain = value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) && value.trim() == value;
    let looks_encoded = value.starts_with("=?base64?") && value.ends_with("?=");
    match plain && !looks_encoded {
        true => value.to_owned(),
        false => format!("=?base64?{}?=", STANDARD.encode(value)),
    }
}

/// The result, if it is one. A server that asks for input instead is told no by being told nothing: no capability was
/// declared. A result of another type is none.
pub(super) fn complete(result: Value, acts: bool) -> Result<Value, Trouble> {
    match result.get("resultType").and_then(Value::as_str) {
        None | Some("complete") => Ok(result),
        Some("input_required") => {
            let asked = result["inputRequests"].as_object().into_iter().flat_map(Map::values);
            let methods: Vec<&str> = asked.filter_map(|one| one["method"].as_str()).collect();
            let words: String = methods.join(", ").chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect();
            let what = if words.is_empty() { "something".to_owned() } else { format!("something ({words})") };
            let why = format!("it asks for {what} before it goes on; Baton answers nothing that a tool asks");
            Err(Trouble::Refused(422, json!(why)))
        }
        Some(_) => Err(left_open("its result is of a type that Baton does not know", acts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_its_revision_and_who_asks_and_keeps_what_it_says_besides() {
        let params = dressed(json!({"name": "find", "_meta": {"baton/key": "k"}}));
        let meta = &params["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "baton");
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}));
        assert_eq!((&params["name"], &meta["baton/key"]), (&json!("find"), &json!("k")));
        assert!(dressed(Value::Null)["_meta"].is_object());
    }

    #[test]
    fn headers_name_method_and_tool_so_that_any_name_can_stand_there() {
        let check = |method: &str, params: Value, expect: Option<&str>| {
            let headers = headers(method, &params);
            assert_eq!(headers[0], ("mcp-protocol-version", STATELESS.to_owned()));
            assert_eq!(headers[1], ("mcp-method", method.to_owned()));
            assert_eq!(headers.get(2).map(|(_, value)| value.as_str()), expect, "{method}");
        };
        check("tools/list", json!({"name": "find"}), None);
        check("tools/call", json!({"name": "find"}), Some("find"));
        check("resources/read", json!({"uri": "file:///a"}), Some("file:///a"));
        // The specification's own examples.
        check("tools/call", json!({"name": "Hello, 世界"}), Some("=?base64?SGVsbG8sIOS4lueVjA==?="));
        check("tools/call", json!({"name": " padded "}), Some("=?base64?IHBhZGRlZCA=?="));
        check("tools/call", json!({"name": "line1\nline2"}), Some("=?base64?bGluZTEKbGluZTI=?="));
        check("tools/call", json!({"name": "=?base64?literal?="}), Some("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="));
    }

    #[test]
    fn arguments_stand_in_the_headers_that_their_schema_names() {
        let schema = json!({"type": "object", "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "of": {"type": "object", "properties": {"size": {"type": ["integer", "null"], "x-mcp-header": "Size"}}},
            "dry": {"type": "boolean", "x-mcp-header": "Dry"},
            // A property may be called like the mark.
            "x-mcp-header": {"type": "string"},
        }});
        let check = |args: Value, expect: &[(&str, &str)]| {
            let mut headers = mirrored(&schema, &args).unwrap();
            headers.sort();
            let expect: Vec<(String, String)> =
                expect.iter().map(|(name, value)| (format!("mcp-param-{name}"), (*value).to_owned())).collect();
            assert_eq!(headers, expect, "{args}");
        };
        check(json!({}), &[]);
        check(json!({"region": null, "of": {"size": null}, "dry": [true]}), &[]);
        let all = json!({"region": "süd", "of": {"size": 42.0}, "dry": false});
        check(all, &[("Dry", "false"), ("Region", "=?base64?c8O8ZA==?="), ("Size", "42")]);
        check(json!({"of": {"size": -7}}), &[("Size", "-7")]);
    }

    #[test]
    fn a_schema_whose_headers_cannot_be_told_is_refused() {
        let text = |name: &str| json!({"type": "string", "x-mcp-header": name});
        let property = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
        for wrong in [
            property(text("")),
            property(text("a b")),
            property(text("a\r\nb: c")),
            property(json!({"type": "string", "x-mcp-header": 7})),
            property(json!({"type": "number", "x-mcp-header": "A"})),
            property(json!({"type": "array", "x-mcp-header": "A"})),
            property(json!({"type": "array", "items": text("A")})),
            property(json!({"anyOf": [text("A")]})),
            json!({"type": "object", "x-mcp-header": "A"}),
            json!({"type": "object", "$defs": {"a": text("A")}}),
            json!({"type": "object", "if": {"properties": {"a": text("A")}}}),
            json!({"type": "object", "properties": {"a": text("Same"), "b": text("same")}}),
        ] {
            assert!(mirrored(&wrong, &json!({})).is_err(), "{wrong}");
        }
        assert!(mirrored(&property(json!({"type": "string", "default": {"x-mcp-header": 7}})), &json!({})).is_ok());
    }

    #[test]
    fn a_result_that_is_none_is_not_taken_for_one() {
        let check = |result: Value, acts: bool| match complete(result, acts) {
            Ok(_) => "done".to_owned(),
            Err(Trouble::Refused(_, detail)) => detail.as_str().unwrap().to_owned(),
            Err(Trouble::Unclear(_)) => "unclear".to_owned(),
            Err(Trouble::Nothing(_)) => "nothing".to_owned(),
        };
        assert_eq!(check(json!({"content": []}), true), "done");
        assert_eq!(check(json!({"resultType": "complete"}), true), "done");
        assert_eq!(check(json!({"resultType": "task"}), true), "unclear");
        assert_eq!(check(json!({"resultType": "task"}), false), "nothing");
        let asks = json!({"resultType": "input_required", "inputRequests": {"a": {"method": "elicitation/create"}}});
        assert!(check(asks, true).contains("elicitation/create"));
    }
}
