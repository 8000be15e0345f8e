//! An operation's arguments, collected from its parameters and its body into one closed schema.

use super::document::{Document, Entry};
use super::operation::{BodyShape, Field, Media, Operation, Param, Place, Style};
use super::schema::{self, Definitions};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Name of the argument that is a whole body.
const BODY: &str = "body";

/// Collects an operation's input while its parameters and body are read.
pub(super) struct Input<'a> {
    doc: &'a Document,
    key_header: &'a str,
    filled: &'a [(Option<Place>, String)],
    definitions: Definitions,
    params: Vec<Param>,
    properties: Map<String, Value>,
    required: Vec<Value>,
    additional: Value,
    body: BodyShape,
    media: Media,
    fields: BTreeMap<String, Field>,
    takes_key: Option<String>,
    notes: Vec<String>,
}

impl<'a> Input<'a> {
    pub(super) fn new(doc: &'a Document, key_header: &'a str, filled: &'a [(Option<Place>, String)]) -> Self {
        Self {
            doc,
            key_header,
            filled,
            definitions: Definitions::default(),
            params: Vec::new(),
            properties: Map::new(),
            required: Vec::new(),
            additional: json!(false),
            body: BodyShape::None,
            media: Media::Json("application/json".to_owned()),
            fields: BTreeMap::new(),
            takes_key: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn parameter(&mut self, raw: &Value) -> Result<(), String> {
        let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, place) = (text("name"), text("in"));
        if name.is_empty() {
            return Err("a parameter has no name".to_owned());
        }
        let required = place == "path" || raw.get("required").and_then(Value::as_bool).unwrap_or(false);
        let place = match place {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            other => return Err(format!("parameter '{name}' is in '{other}', which OpenAPI does not know")),
        };
        if self.is_filled(place, name) {
            return Ok(());
        }
        let content = raw.get("content").and_then(Value::as_object).and_then(|content| content.iter().next());
        let style = style_of(place, text("style"), content.map(|(media, _)| media.as_str()));
        let style = style.map_err(|problem| format!("parameter '{name}' {problem}"))?;
        let schema = content.map_or(raw, |(_, of)| of).get("schema").cloned().unwrap_or_else(|| json!({}));
        let explode = raw.get("explode").and_then(Value::as_bool).unwrap_or(style == Style::Form);
        let arg = self.free_name(name, place);
        let reserved = raw.get("allowReserved") == Some(&json!(true));
        self.params.push(Param { name: name.to_owned(), arg: arg.clone(), place, style, explode, reserved });
        let mut schema = schema::convert(self.doc, &schema, &mut self.definitions)?;
        describe(&mut schema, raw.get("description"));
        self.property(&arg, schema, required);
        Ok(())
    }

    // Headers that the client itself writes, the effect's key, and what authentication fills are no arguments.
    fn is_filled(&mut self, place: Place, name: &str) -> bool {
        if place == Place::Header && is_key_header(name) {
            self.takes_key = Some(name.to_owned());
        }
        let by_door =
            place == Place::Header && (name.eq_ignore_ascii_case(self.key_header) || is_reserved_header(name));
        // A place in the path is no credential unless somebody says so.
        let fits = |at: Option<Place>| at.map_or(place != Place::Path, |at| at == place);
        let is = |(at, known): &(Option<Place>, String)| fits(*at) && known.eq_ignore_ascii_case(name);
        by_door || self.filled.iter().any(is)
    }

    fn free_name(&self, name: &str, place: Place) -> String {
        if !self.properties.contains_key(name) {
            return name.to_owned();
        }
        let place = match place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Cookie => "cookie",
        };
        self.unused(format!("{place}_{name}"))
    }

    fn unused(&self, mut name: String) -> String {
        while self.properties.contains_key(&name) {
            name.push('_');
        }
        name
    }

    /// A place in the path that no parameter describes takes a text.
    pub(super) fn missing_places(&mut self, names: &[String]) -> Result<(), String> {
        for name in names {
            if self.params.iter().any(|p| p.place == Place::Path && p.name == *name) {
                continue;
            }
            if name.is_empty() {
                return Err("the path has a place without a name".to_owned());
            }
            self.notes.push(format!("no parameter describes {{{name}}} in the path; it is taken as text"));
            self.parameter(&json!({"name": name, "in": "path", "schema": {"type": "string"}}))?;
        }
        Ok(())
    }

    pub(super) fn body(&mut self, raw: &Value) -> Result<(), String> {
        let Some((media, of)) = raw.get("content").and_then(Value::as_object).and_then(|c| chosen(self.doc, c)) else {
            self.notes.push("the body has no content; none is sent".to_owned());
            return Ok(());
        };
        static ANY: Value = Value::Bool(true);
        let schema = of.get("schema").unwrap_or(&ANY);
        let required = raw.get("required").and_then(Value::as_bool).unwrap_or(false);
        let plain = self.doc.follow(schema)?;
        self.media = media;
        self.encoding(plain, of)?;
        let fields = plain.get("properties").and_then(Value::as_object);
        let composed = ["allOf", "anyOf", "oneOf", "not", "if"].iter().any(|key| plain.get(*key).is_some());
        let clash = fields.is_some_and(|f| f.keys().any(|name| self.properties.contains_key(name)));
        match (&self.media, fields) {
            (Media::Binary(_), _) => self.whole(file_schema(), required),
            (Media::Text(_), _) => self.whole(json!({"type": "string"}), required),
            (_, Some(fields)) if !composed && !clash => self.body_fields(plain, fields, required)?,
            _ => {
                let converted = schema::convert(self.doc, schema, &mut self.definitions)?;
                let converted = match self.fields.values().any(|field| field.file) {
                    true => self.with_files(plain)?,
                    false => converted,
                };
                self.whole(converted, required);
            }
        }
        Ok(())
    }

    fn whole(&mut self, schema: Value, required: bool) {
        let name = self.unused(BODY.to_owned());
        self.body = BodyShape::Whole(name.clone());
        self.property(&name, schema, required);
    }

    /// What is special about the fields of a form.
    fn encoding(&mut self, plain: &Value, of: &Value) -> Result<(), String> {
        if !matches!(self.media, Media::Form | Media::Multipart) {
            return Ok(());
        }
        let encoding = of.get("encoding").and_then(Value::as_object);
        for (name, schema) in plain.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let said = encoding.and_then(|map| map.get(name)).unwrap_or(&Value::Null);
            let style = said.get("style").and_then(Value::as_str);
            let explode = said.get("explode").and_then(Value::as_bool);
            let media = said.get("contentType").and_then(Value::as_str).map(str::to_owned);
            let file = self.media == Media::Multipart && self.is_file(schema, media.as_deref())?;
            let style = match (style, explode) {
                (Some(style), _) => {
                    Some(style_of(Place::Query, style, None).map_err(|p| format!("field '{name}' {p}"))?)
                }
                (None, Some(_)) => Some(Style::Form),
                (None, None) => None,
            };
            let explode = explode.unwrap_or(style.is_none_or(|style| style == Style::Form));
            let field = Field { style, explode, media, file };
            if field != Field::default() {
                self.fields.insert(name.clone(), field);
            }
        }
        Ok(())
    }

    fn is_file(&self, schema: &Value, media: Option<&str>) -> Result<bool, String> {
        let mut plain = self.doc.follow(schema)?;
        if let Some(items) = plain.get("items") {
            plain = self.doc.follow(items)?;
        }
        let is = |key: &str, value: &str| plain.get(key).and_then(Value::as_str) == Some(value);
        let encoded = plain.get("contentEncoding").is_some();
        let bytes =
            plain.get("contentMediaType").and_then(Value::as_str).or(media).is_some_and(|media| !is_text(media));
        let untyped = plain.get("type").is_none() && plain.get("properties").is_none();
        Ok(is("type", "file") || is("format", "binary") || (!encoded && bytes && (is("type", "string") || untyped)))
    }

    fn body_fields(&mut self, plain: &Value, fields: &Map<String, Value>, required: bool) -> Result<(), String> {
        self.body = BodyShape::Fields;
        let wanted = plain.get("required").and_then(Value::as_array);
        for (name, field) in fields {
            if self.doc.follow(field)?.get("readOnly") == Some(&Value::Bool(true)) {
                continue;
            }
            let must = required && wanted.is_some_and(|w| w.iter().any(|n| n == name.as_str()));
            let schema = self.field_schema(name, field)?;
            self.property(name, schema, must);
        }
        // Arguments that the description does not name are refused, unless it says that there are some.
        if let Some(more) = plain.get("additionalProperties") {
            self.additional = schema::convert(self.doc, more, &mut self.definitions)?;
        }
        Ok(())
    }

    fn field_schema(&mut self, name: &str, field: &Value) -> Result<Value, String> {
        if !self.fields.get(name).is_some_and(|field| field.file) {
            return schema::convert(self.doc, field, &mut self.definitions);
        }
        let plain = self.doc.follow(field)?;
        let mut schema = match plain.get("items") {
            Some(_) => json!({"type": "array", "items": file_schema()}),
            None => file_schema(),
        };
        describe(&mut schema, plain.get("description"));
        Ok(schema)
    }

    /// A form that is one argument, its files in the place of their bytes.
    fn with_files(&mut self, plain: &Value) -> Result<Value, String> {
        let mut properties = Map::new();
        for (name, field) in plain.get("properties").and_then(Value::as_object).into_iter().flatten() {
            properties.insert(name.clone(), self.field_schema(name, field)?);
        }
        let required = plain.get("required").cloned().unwrap_or_else(|| json!([]));
        Ok(json!({"type": "object", "properties": properties, "required": required}))
    }

    fn property(&mut self, name: &str, schema: Value, required: bool) {
        self.properties.insert(name.to_owned(), schema);
        if required {
            self.required.push(json!(name));
        }
    }

    pub(super) fn finish(mut self, entry: &Entry, summary: String, accept: String) -> Result<Operation, String> {
        Ok(Operation {
            method: entry.method.to_uppercase(),
            path: entry.path.clone(),
            summary,
            schema: self.schema()?,
            params: self.params,
            body: self.body,
            media: self.media,
            fields: self.fields,
            accept,
            takes_key: self.takes_key,
            notes: self.notes,
        })
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

fn style_of(place: Place, style: &str, content: Option<&str>) -> Result<Style, String> {
    if content.is_some_and(|media| media.contains("json")) {
        return Ok(Style::Json);
    }
    Ok(match (style, place) {
        ("", Place::Path | Place::Header) | ("simple", _) => Style::Simple,
        ("", Place::Query | Place::Cookie) | ("form" | "cookie", _) => Style::Form,
        ("label", Place::Path) => Style::Label,
        ("matrix", Place::Path) => Style::Matrix,
        ("spaceDelimited", _) => Style::Space,
        ("pipeDelimited", _) => Style::Pipe,
        ("tabDelimited", _) => Style::Tab,
        ("deepObject", Place::Query) => Style::Deep,
        (other, _) => return Err(format!("has style '{other}', which is not offered there")),
    })
}

/// The media type to send, of those that are offered: JSON, then forms, then text, then bytes.
fn chosen<'a>(doc: &Document, content: &'a Map<String, Value>) -> Option<(Media, &'a Value)> {
    let plain = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let find = |fits: &dyn Fn(&str) -> bool| content.iter().find(|(name, _)| fits(&plain(name)));
    let json = find(&|m| m == "application/json").or_else(|| find(&|m| m.ends_with("+json") || m.ends_with("/json")));
    if let Some((name, of)) = json {
        return Some((Media::Json(plain(name)), of));
    }
    let any = find(&|m| m == "*/*" || m == "application/*");
    let form = find(&|m| m == "application/x-www-form-urlencoded");
    if let Some((_, of)) = form {
        return Some((Media::Form, of));
    }
    if let Some((_, of)) = find(&|m| m.starts_with("multipart/")) {
        return Some((Media::Multipart, of));
    }
    if let Some((name, of)) = find(&is_text) {
        return Some((Media::Text(plain(name)), of));
    }
    if let Some((_, of)) = any {
        let schema = of.get("schema").and_then(|schema| doc.follow(schema).ok());
        let bytes = schema.is_some_and(|s| s.get("format").is_some_and(|format| format == "binary"));
        let octets = || Media::Binary("application/octet-stream".to_owned());
        return Some((if bytes { octets() } else { Media::Json("application/json".to_owned()) }, of));
    }
    content.iter().next().map(|(name, of)| (Media::Binary(plain(name)), of))
}

/// Whether a media type is text that people read.
pub(crate) fn is_text(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    media.starts_with("text/")
        || media.ends_with("+xml")
        || media.ends_with("+yaml")
        || ["xml", "yaml", "x-yaml", "graphql", "javascript", "x-ndjson", "jsonl"]
            .iter()
            .any(|kind| media.strip_prefix("application/") == Some(kind))
}

/// What an argument that is a file looks like.
pub(super) fn file_schema() -> Value {
    json!({
        "type": "object",
        "description": "a file: its bytes as base64, or its text",
        "properties": {
            "filename": {"type": "string", "maxLength": 255},
            "content_type": {"type": "string", "maxLength": 255},
            "base64": {"type": "string"},
            "text": {"type": "string"},
        },
        "additionalProperties": false,
        "oneOf": [{"required": ["base64"]}, {"required": ["text"]}],
    })
}

fn describe(schema: &mut Value, description: Option<&Value>) {
    if let (Some(map), Some(words)) = (schema.as_object_mut(), description) {
        map.entry("description").or_insert_with(|| words.clone());
    }
}

/// Headers that carry a key by which a system knows a repeated call.
fn is_key_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "idempotency-key" | "x-idempotency-key" | "idempotency_key" | "x-request-idempotency-key")
}

/// Headers that the client itself writes, or that OpenAPI says are not parameters.
fn is_reserved_header(name: &str) -> bool {
    const RESERVED: [&str; 8] =
        ["accept", "authorization", "connection", "content-length", "content-type", "host", "te", "transfer-encoding"];
    RESERVED.iter().any(|known| name.eq_ignore_ascii_case(known))
}
