//! A small view of an OpenAPI 3.0 or 3.1 document: its operations, and local references.
//!
//! Only what a call needs is read; what is not understood is refused where an action uses it, and ignored elsewhere.

use super::schema::{self, Definitions};
use serde_json::{Map, Value, json};

/// Longest chain of references followed, count.
const REFERENCES_MAX: usize = 32;
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Where a parameter travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// One parameter of an operation.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name, which is also the argument's.
    pub name: String,
    /// Where it travels.
    pub place: Place,
    /// Arrays in the query: one `name=value` for each element, instead of one with commas.
    pub explode: bool,
    /// The value is sent as JSON text.
    pub as_json: bool,
}

/// How the body is made from the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// There is none.
    None,
    /// An object of all arguments that are no parameters.
    Fields,
    /// The argument `body` as it is.
    Whole,
}

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// One operation, ready to be called.
#[derive(Debug, Clone)]
pub struct Operation {
    /// HTTP method, upper case.
    pub method: String,
    /// Path with `{name}` for path parameters.
    pub path: String,
    /// From the description, if it says.
    pub summary: String,
    /// Parameters.
    pub params: Vec<Param>,
    /// How the body is made.
    pub body: BodyShape,
    /// How the body is written.
    pub media: Media,
    /// JSON Schema (2020-12, self-contained) of all arguments together.
    pub schema: Value,
}

/// An OpenAPI document.
pub struct Document {
    root: Value,
    legacy: bool,
}

impl Document {
    /// Takes a parsed document; the error says what is wrong.
    pub fn new(root: Value) -> Result<Self, String> {
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
        if !(version.starts_with("3.0") || version.starts_with("3.1") || version.starts_with("3.2")) {
            let found = root.get("swagger").and_then(Value::as_str).map_or("none", |_| "Swagger 2.0");
            return Err(format!("an OpenAPI 3.0 or 3.1 document is needed, found version {found} {version}"));
        }
        let legacy = version.starts_with("3.0");
        Ok(Self { root, legacy })
    }

    /// Names under which operations can be used: operation ids, or `GET /path` where there is none.
    pub fn names(&self) -> Vec<String> {
        self.each_operation().map(|(method, path, op)| name_of(method, path, op)).collect()
    }

    /// The operation with this id, or this `GET /path`; `skip_header` is filled in by the door and no argument.
    pub fn operation(&self, wanted: &str, skip_header: &str) -> Result<Operation, String> {
        let plain = |m: &str, p: &str| format!("{} {p}", m.to_uppercase());
        let mut found = self.each_operation().filter(|(m, p, op)| name_of(m, p, op) == wanted || plain(m, p) == wanted);
        let (method, path, op) =
            found.next().ok_or_else(|| format!("there is no operation '{wanted}' in the description"))?;
        if found.next().is_some() {
            return Err(format!("the description has two operations called '{wanted}'"));
        }
        self.build(method, path, op, skip_header)
    }

    fn each_operation(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        paths.into_iter().flatten().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| Some((*method, path.as_str(), item.get(*method)?)))
        })
    }

    fn build(&self, method: &str, path: &str, op: &Value, skip_header: &str) -> Result<Operation, String> {
        let mut input = Input::new(self);
        for raw in self.parameters_of(path, op)? {
            input.parameter(raw, skip_header)?;
        }
        if let Some(body) = op.get("requestBody") {
            input.body(self.follow(body)?)?;
        }
        for name in placeholders(path)? {
            if !input.params.iter().any(|p| p.place == Place::Path && p.name == name) {
                return Err(format!("the path {path} names {{{name}}}, but no path parameter describes it"));
            }
        }
        let words = |key: &str| op.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Operation {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: words("summary").or_else(|| words("description")).unwrap_or_default(),
            body: input.body,
            media: input.media,
            schema: input.schema()?,
            params: input.params,
        })
    }

    // An operation's own parameter replaces the path's of the same name and place.
    fn parameters_of<'a>(&'a self, path: &str, op: &'a Value) -> Result<Vec<&'a Value>, String> {
        let shared = self.root["paths"][path].get("parameters").and_then(Value::as_array);
        let own = op.get("parameters").and_then(Value::as_array);
        let mut all: Vec<&Value> = Vec::new();
        for raw in shared.into_iter().flatten().chain(own.into_iter().flatten()) {
            let param = self.follow(raw)?;
            all.retain(|known| known.get("name") != param.get("name") || known.get("in") != param.get("in"));
            all.push(param);
        }
        Ok(all)
    }

    /// What a local reference stands for; other values as they are.
    fn follow<'a>(&'a self, value: &'a Value) -> Result<&'a Value, String> {
        let mut at = value;
        for _ in 0..REFERENCES_MAX {
            match at.get("$ref").and_then(Value::as_str) {
                None => return Ok(at),
                Some(reference) => at = self.resolve(reference)?,
            }
        }
        Err(format!("references go in a circle or deeper than {REFERENCES_MAX}"))
    }

    /// The value at a local reference. Remote references are not followed.
    pub(super) fn resolve(&self, reference: &str) -> Result<&Value, String> {
        let pointer = reference
            .strip_prefix('#')
            .ok_or_else(|| format!("'{reference}' points out of the file; only local references are read"))?;
        self.root.pointer(pointer).ok_or_else(|| format!("'{reference}' points at nothing"))
    }

    pub(super) fn is_legacy(&self) -> bool {
        self.legacy
    }
}

fn name_of(method: &str, path: &str, op: &Value) -> String {
    let id = op.get("operationId").and_then(Value::as_str);
    id.map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned)
}

/// Names between braces in a path template.
pub(crate) fn placeholders(path: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let tail = &rest[open + 1..];
        let close = tail.find('}').ok_or_else(|| format!("the path {path} has a brace without its partner"))?;
        names.push(tail[..close].to_owned());
        rest = &tail[close + 1..];
    }
    Ok(names)
}

/// Collects an operation's input while its parameters and body are read.
struct Input<'a> {
    doc: &'a Document,
    definitions: Definitions,
    params: Vec<Param>,
    properties: Map<String, Value>,
    required: Vec<Value>,
    additional: Value,
    body: BodyShape,
    media: Media,
}

impl<'a> Input<'a> {
    fn new(doc: &'a Document) -> Self {
        Self {
            doc,
            definitions: Definitions::default(),
            params: Vec::new(),
            properties: Map::new(),
            required: Vec::new(),
            additional: json!(false),
            body: BodyShape::None,
            media: Media::Json,
        }
    }

    fn parameter(&mut self, raw: &Value, skip_header: &str) -> Result<(), String> {
        let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, place) = (text("name"), text("in"));
        let required = place == "path" || raw.get("required").and_then(Value::as_bool).unwrap_or(false);
        let place = match place {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if name.eq_ignore_ascii_case(skip_header) || is_reserved_header(name) => return Ok(()),
            "header" => Place::Header,
            _ if !required => return Ok(()),
            other => return Err(format!("parameter '{name}' is in '{other}', which is not offered")),
        };
        let style = text("style");
        if !matches!(style, "" | "simple" | "form") {
            let problem = format!("parameter '{name}' has style '{style}', which is not offered");
            return if required { Err(problem) } else { Ok(()) };
        }
        let content = raw.get("content").and_then(|c| c.get("application/json"));
        let schema = content.unwrap_or(raw).get("schema").cloned().unwrap_or_else(|| json!({}));
        self.params.push(Param {
            name: name.to_owned(),
            place,
            explode: raw.get("explode").and_then(Value::as_bool).unwrap_or(place == Place::Query),
            as_json: content.is_some(),
        });
        let mut schema = schema::convert(self.doc, &schema, &mut self.definitions)?;
        describe(&mut schema, raw.get("description"));
        self.property(name, schema, required)
    }

    fn body(&mut self, raw: &Value) -> Result<(), String> {
        let content = raw.get("content").and_then(Value::as_object);
        let (media, schema) = body_schema(content)?;
        self.media = media;
        let required = raw.get("required").and_then(Value::as_bool).unwrap_or(false);
        let plain = self.doc.follow(schema)?;
        let fields = plain.get("properties").and_then(Value::as_object);
        let composed = ["allOf", "anyOf", "oneOf", "not", "if"].iter().any(|key| plain.get(*key).is_some());
        let clash = fields.is_some_and(|f| f.keys().any(|name| self.properties.contains_key(name)));
        match fields {
            Some(fields) if !composed && !clash => self.body_fields(plain, fields, required),
            _ if media == Media::Form => Err("a form body must be a plain object of fields".to_owned()),
            _ => {
                self.body = BodyShape::Whole;
                let schema = schema::convert(self.doc, schema, &mut self.definitions)?;
                self.property("body", schema, required)
            }
        }
    }

    fn body_fields(&mut self, plain: &Value, fields: &Map<String, Value>, required: bool) -> Result<(), String> {
        self.body = BodyShape::Fields;
        let wanted = plain.get("required").and_then(Value::as_array);
        for (name, field) in fields {
            if self.doc.follow(field)?.get("readOnly") == Some(&Value::Bool(true)) {
                continue;
            }
            let must = required && wanted.is_some_and(|w| w.iter().any(|n| n == name.as_str()));
            let schema = schema::convert(self.doc, field, &mut self.definitions)?;
            self.property(name, schema, must)?;
        }
        // Arguments that the description does not name are refused, unless it says that there are some.
        if let Some(more) = plain.get("additionalProperties") {
            self.additional = schema::convert(self.doc, more, &mut self.definitions)?;
        }
        Ok(())
    }

    fn property(&mut self, name: &str, schema: Value, required: bool) -> Result<(), String> {
        if name.is_empty() {
            return Err("a parameter has no name".to_owned());
        }
        if self.properties.insert(name.to_owned(), schema).is_some() {
            return Err(format!("two parameters are called '{name}'"));
        }
        if required {
            self.required.push(json!(name));
        }
        Ok(())
    }

    fn schema(&mut self) -> Result<Value, String> {
        let definitions = std::mem::take(&mut self.definitions).close(self.doc)?;
        let mut schema = json!({
            "type": "object",
            "properties": std::mem::take(&mut self.properties),
            "required": std::mem::take(&mut self.required),
            "additionalProperties": std::mem::take(&mut self.additional),
        });
        if !definitions.is_empty() {
            schema["$defs"] = Value::Object(definitions);
        }
        Ok(schema)
    }
}

fn body_schema(content: Option<&Map<String, Value>>) -> Result<(Media, &Value), String> {
    static ANY: Value = Value::Bool(true);
    let content = content.ok_or("the body has no content")?;
    let kind = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = content.iter().find(|(name, _)| kind(name) == "application/json" || kind(name).ends_with("+json"));
    let form = content.iter().find(|(name, _)| kind(name) == "application/x-www-form-urlencoded");
    let (media, body) = match (json, form) {
        (Some((_, body)), _) => (Media::Json, body),
        (None, Some((_, body))) => (Media::Form, body),
        (None, None) => {
            let found: Vec<_> = content.keys().cloned().collect();
            return Err(format!("the body is {}; JSON or a form is needed", found.join(", ")));
        }
    };
    Ok((media, body.get("schema").unwrap_or(&ANY)))
}

fn describe(schema: &mut Value, description: Option<&Value>) {
    if let (Some(map), Some(words)) = (schema.as_object_mut(), description) {
        map.entry("description").or_insert_with(|| words.clone());
    }
}

/// Headers that the client itself writes, or that OpenAPI says are not parameters.
fn is_reserved_header(name: &str) -> bool {
    const RESERVED: [&str; 8] =
        ["accept", "authorization", "connection", "content-length", "content-type", "host", "te", "transfer-encoding"];
    RESERVED.iter().any(|known| name.eq_ignore_ascii_case(known))
}
