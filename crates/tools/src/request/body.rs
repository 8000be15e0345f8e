//! The body of a request: JSON, forms, parts, text, bytes.

use super::style::{Pairs, plain};
use crate::catalogue::{BodyShape, Field, Media, Operation, Style};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_base::{Error, Result, digest_of};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

const FORM: &str = "application/x-www-form-urlencoded";
const OCTETS: &str = "application/octet-stream";

/// Media type and bytes of the body.
pub(super) fn of(operation: &Operation, args: &Map<String, Value>) -> Result<Option<(String, Vec<u8>)>> {
    let Some(value) = value_of(operation, args) else { return Ok(None) };
    let fields =
        || value.as_object().ok_or_else(|| Error::invalid_at("/body", "a form is made of fields", "give an object"));
    Ok(Some(match &operation.media {
        Media::Json(media) => (media.clone(), value.to_string().into_bytes()),
        Media::Form => (FORM.to_owned(), form(operation, fields()?).into_bytes()),
        Media::Multipart => multipart(operation, fields()?)?,
        Media::Text(media) => (format!("{media}; charset=utf-8"), plain(&value).into_bytes()),
        Media::Binary(media) => {
            let file = File::of("/body", &value)?;
            (file.media.filter(|_| media == OCTETS || media.contains('*')).unwrap_or(media).to_owned(), file.bytes)
        }
    }))
}

fn value_of<'a>(operation: &Operation, args: &'a Map<String, Value>) -> Option<Cow<'a, Value>> {
    match &operation.body {
        BodyShape::None => None,
        BodyShape::Whole(name) => args.get(name).map(Cow::Borrowed),
        BodyShape::Fields => {
            let is_param = |name: &String| operation.params.iter().any(|p| p.arg == *name);
            let fields = args.iter().filter(|(name, _)| !is_param(name));
            let object: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
            Some(Cow::Owned(Value::Object(object)))
        }
    }
}

fn form(operation: &Operation, fields: &Map<String, Value>) -> String {
    let usual = Field::default();
    let mut pairs = Pairs::default();
    for (name, value) in fields {
        let field = operation.fields.get(name).unwrap_or(&usual);
        let nested = |value: &Value| value.is_array() || value.is_object();
        let style = match (field.style, value) {
            (Some(style), _) => style,
            // What the description does not say how to write: lists by element, anything deeper as JSON.
            (None, Value::Object(_)) => Style::Json,
            (None, Value::Array(items)) if items.iter().any(nested) => Style::Json,
            (None, _) => Style::Form,
        };
        pairs.add(name, value, style, field.explode, false);
    }
    pairs.text
}

/// A file among arguments.
struct File<'a> {
    name: Option<&'a str>,
    media: Option<&'a str>,
    bytes: Vec<u8>,
}

impl<'a> File<'a> {
    fn of(place: &str, value: &'a Value) -> Result<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let wrong = |what: &str| {
            Error::invalid_at(place, what.to_owned(), "give {filename, content_type, base64} or {…, text}")
        };
        let bytes = match (text("base64"), text("text")) {
            (Some(encoded), None) => STANDARD.decode(encoded).map_err(|_| wrong("this is not base64"))?,
            (None, Some(text)) => text.as_bytes().to_vec(),
            _ => return Err(wrong("a file has either base64 or text")),
        };
        let head = |name: &str| text(name).filter(|text| !text.is_empty());
        for part in [head("filename"), head("content_type")].into_iter().flatten() {
            if part.contains(['"', '\r', '\n', '\0', '\\']) {
                return Err(wrong("the name or type of a file has characters that cannot be sent"));
            }
        }
        Ok(Self { name: head("filename"), media: head("content_type"), bytes })
    }
}

fn multipart(operation: &Operation, fields: &Map<String, Value>) -> Result<(String, Vec<u8>)> {
    // The boundary comes from the content, so that the same call is the same request.
    let boundary = format!("baton-{}", &digest_of(&json!(fields))[..32]);
    let usual = Field::default();
    let mut out = Vec::new();
    for (name, value) in fields {
        if name.contains(['"', '\r', '\n']) {
            return Err(Error::invalid_at(format!("/{name}"), "a field's name cannot be sent", "rename it"));
        }
        let field = operation.fields.get(name).unwrap_or(&usual);
        let each = match value {
            Value::Array(items) if field.media.as_deref().is_none_or(|media| !media.contains("json")) => {
                items.as_slice()
            }
            one => std::slice::from_ref(one),
        };
        for item in each {
            part(&mut out, &boundary, name, field, item)?;
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), out))
}

fn part(out: &mut Vec<u8>, boundary: &str, name: &str, field: &Field, value: &Value) -> Result<()> {
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
    let bytes = if field.file {
        let file = File::of(&format!("/{name}"), value)?;
        head.push_str(&format!("; filename=\"{}\"", file.name.unwrap_or(name)));
        let said = field.media.as_deref().filter(|media| !media.contains([',', '*']));
        head.push_str(&format!("\r\nContent-Type: {}", file.media.or(said).unwrap_or(OCTETS)));
        file.bytes
    } else {
        let nested = value.is_object() || value.is_array();
        if let Some(media) = field.media.as_deref().or(nested.then_some("application/json")) {
            head.push_str(&format!("\r\nContent-Type: {media}"));
        }
        plain(value).into_bytes()
    };
    out.extend_from_slice(format!("{head}\r\n\r\n").as_bytes());
    out.extend_from_slice(&bytes);
    out.extend_from_slice(b"\r\n");
    Ok(())
}
