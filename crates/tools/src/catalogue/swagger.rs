//! Swagger 2.0 in the words of OpenAPI 3.0: one shape for all that reads descriptions.

use serde_json::{Map, Value, json};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
/// Members of a parameter that are not its schema.
const NOT_SCHEMA: [&str; 7] =
    ["name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "schema"];
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The description as OpenAPI 3.0. Definitions stay where references find them.
pub(super) fn upgraded(root: Value) -> Result<Value, String> {
    let Value::Object(mut root) = root else { return Err("a description is an object".to_owned()) };
    let defaults = Defaults { consumes: list(root.get("consumes")), produces: list(root.get("produces")) };
    let servers = servers(&root);
    let schemes = security_schemes(root.get("securityDefinitions"));
    let paths = root.shift_remove("paths").unwrap_or_else(|| json!({}));
    let mut converted = Map::new();
    for (path, item) in paths.as_object().into_iter().flatten() {
        converted.insert(path.clone(), path_item(&root, &defaults, item)?);
    }
    root.shift_remove("swagger");
    root.insert("openapi".to_owned(), json!("3.0.3"));
    root.insert("servers".to_owned(), servers);
    root.insert("paths".to_owned(), Value::Object(converted));
    root.insert("components".to_owned(), json!({"securitySchemes": schemes}));
    Ok(Value::Object(root))
}

struct Defaults {
    consumes: Vec<String>,
    produces: Vec<String>,
}

fn list(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn servers(root: &Map<String, Value>) -> Value {
    let text = |key: &str| root.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = text("basePath").trim_end_matches('/');
    if text("host").is_empty() {
        return if path.is_empty() { json!([]) } else { json!([{"url": path}]) };
    }
    let mut schemes = list(root.get("schemes"));
    schemes.sort_by_key(|scheme| scheme != "https");
    let scheme = schemes.first().map_or("https", String::as_str);
    json!([{"url": format!("{scheme}://{}{path}", text("host"))}])
}

fn path_item(root: &Map<String, Value>, defaults: &Defaults, item: &Value) -> Result<Value, String> {
    let item = follow(root, item)?;
    let shared = item.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut out = Map::new();
    for (key, value) in item.as_object().into_iter().flatten() {
        if METHODS.contains(&key.as_str()) {
            out.insert(key.clone(), operation(root, defaults, &shared, value)?);
        } else if key.starts_with("x-") {
            out.insert(key.clone(), value.clone());
        }
    }
    Ok(Value::Object(out))
}

fn operation(root: &Map<String, Value>, defaults: &Defaults, shared: &[Value], op: &Value) -> Result<Value, String> {
    let Some(map) = op.as_object() else { return Err("an operation is an object".to_owned()) };
    let mut params: Vec<Value> = Vec::new();
    for raw in shared.iter().chain(op.get("parameters").and_then(Value::as_array).into_iter().flatten()) {
        let param = follow(root, raw)?;
        params.retain(|known| known.get("name") != param.get("name") || known.get("in") != param.get("in"));
        params.push(param.clone());
    }
    let mut out = map.clone();
    for gone in ["consumes", "produces", "schemes", "parameters"] {
        out.shift_remove(gone);
    }
    let own = |key: &str, default: &[String]| match op.get(key) {
        Some(said) => list(Some(said)),
        None => default.to_vec(),
    };
    let is = |param: &Value, place: &str| param.get("in").and_then(Value::as_str) == Some(place);
    let plain: Vec<Value> = params.iter().filter(|p| !is(p, "body") && !is(p, "formData")).map(parameter).collect();
    let consumes = own("consumes", &defaults.consumes);
    if let Some(body) = params.iter().find(|p| is(p, "body")) {
        out.insert("requestBody".to_owned(), body_of(body, &consumes));
    } else if params.iter().any(|p| is(p, "formData")) {
        let fields: Vec<&Value> = params.iter().filter(|p| is(p, "formData")).collect();
        out.insert("requestBody".to_owned(), form_of(&fields, &consumes));
    }
    out.insert("parameters".to_owned(), Value::Array(plain));
    out.insert("responses".to_owned(), responses(root, op, &own("produces", &defaults.produces))?);
    Ok(Value::Object(out))
}

/// A parameter's members that are its schema.
fn schema_of(param: &Value) -> Value {
    let members = param.as_object().into_iter().flatten();
    let mut schema: Map<String, Value> = members
        .filter(|(key, _)| !NOT_SCHEMA.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if schema.get("type").is_some_and(|kind| kind == "file") {
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("format".to_owned(), json!("binary"));
    }
    Value::Object(schema)
}

/// Style and explode for a collection format.
fn style_of(param: &Value, place: &str) -> (&'static str, bool) {
    let in_line = if matches!(place, "path" | "header") { "simple" } else { "form" };
    match param.get("collectionFormat").and_then(Value::as_str).unwrap_or("csv") {
        "multi" => ("form", true),
        "ssv" => ("spaceDelimited", false),
        "tsv" => ("tabDelimited", false),
        "pipes" => ("pipeDelimited", false),
        _ => (in_line, false),
    }
}

fn parameter(param: &Value) -> Value {
    let place = param.get("in").and_then(Value::as_str).unwrap_or_default();
    let mut out = Map::new();
    for key in ["name", "in", "required", "description"] {
        if let Some(value) = param.get(key) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    if param.get("type").is_some_and(|kind| kind == "array") {
        let (style, explode) = style_of(param, place);
        out.insert("style".to_owned(), json!(style));
        out.insert("explode".to_owned(), json!(explode));
    }
    out.insert("schema".to_owned(), schema_of(param));
    Value::Object(out)
}

fn body_of(body: &Value, consumes: &[String]) -> Value {
    let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
    let kinds = if consumes.is_empty() { vec!["application/json".to_owned()] } else { consumes.to_vec() };
    let content: Map<String, Value> = kinds.into_iter().map(|media| (media, json!({"schema": schema}))).collect();
    json!({"required": body.get("required") == Some(&json!(true)), "content": content})
}

fn form_of(fields: &[&Value], consumes: &[String]) -> Value {
    let file = fields.iter().any(|field| field.get("type").is_some_and(|kind| kind == "file"));
    let offers = |media: &str| consumes.iter().any(|known| known == media);
    let media = if file || (offers(MULTIPART) && !offers(FORM)) { MULTIPART } else { FORM };
    let (mut properties, mut encoding, mut required) = (Map::new(), Map::new(), Vec::new());
    for field in fields {
        let name = field.get("name").and_then(Value::as_str).unwrap_or_default();
        let mut schema = schema_of(field);
        if let Some(words) = field.get("description") {
            schema["description"] = words.clone();
        }
        if field.get("type").is_some_and(|kind| kind == "array") {
            let (style, explode) = style_of(field, "formData");
            encoding.insert(name.to_owned(), json!({"style": style, "explode": explode}));
        }
        if field.get("required") == Some(&json!(true)) {
            required.push(json!(name));
        }
        properties.insert(name.to_owned(), schema);
    }
    let schema = json!({"type": "object", "properties": properties, "required": required});
    let must = !required.is_empty();
    json!({"required": must, "content": {media: {"schema": schema, "encoding": encoding}}})
}

fn responses(root: &Map<String, Value>, op: &Value, produces: &[String]) -> Result<Value, String> {
    let mut out = Map::new();
    for (code, raw) in op.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let response = follow(root, raw)?;
        let mut said = json!({"description": response.get("description").cloned().unwrap_or_else(|| json!(""))});
        if let Some(schema) = response.get("schema") {
            let json_only = ["application/json".to_owned()];
            let kinds = if produces.is_empty() { &json_only[..] } else { produces };
            let content = kinds.iter().map(|media| (media.clone(), json!({"schema": schema})));
            said["content"] = Value::Object(content.collect());
        }
        out.insert(code.clone(), said);
    }
    Ok(Value::Object(out))
}

fn security_schemes(definitions: Option<&Value>) -> Value {
    let mut out = Map::new();
    for (name, said) in definitions.and_then(Value::as_object).into_iter().flatten() {
        let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
        let scheme = match text("type") {
            "basic" => json!({"type": "http", "scheme": "basic"}),
            "oauth2" => {
                let flow = match text("flow") {
                    "application" => "clientCredentials",
                    "accessCode" => "authorizationCode",
                    other => other,
                };
                let mut of = json!({"scopes": said.get("scopes").cloned().unwrap_or_else(|| json!({}))});
                for key in ["authorizationUrl", "tokenUrl"] {
                    if let Some(url) = said.get(key) {
                        of[key] = url.clone();
                    }
                }
                json!({"type": "oauth2", "flows": {flow: of}})
            }
            _ => said.clone(),
        };
        out.insert(name.clone(), scheme);
    }
    Value::Object(out)
}

fn follow<'a>(root: &'a Map<String, Value>, value: &'a Value) -> Result<&'a Value, String> {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
    let nothing = || format!("'{reference}' points at nothing");
    let mut steps = reference.strip_prefix("#/").ok_or_else(nothing)?.split('/');
    let first = steps.next().and_then(|step| root.get(step)).ok_or_else(nothing)?;
    steps.try_fold(first, |at, step| at.get(step.replace("~1", "/").replace("~0", "~"))).ok_or_else(nothing)
}
