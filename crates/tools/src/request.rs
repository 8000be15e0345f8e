//! The HTTP request of a call: pure, and unable to leave the system's own address.

use crate::catalogue::{Action, BodyShape, Media, Param, Place};
use baton_base::{Error, Result};
use reqwest::Url;
use serde_json::{Map, Value};

/// Longest address called, bytes.
const URL_BYTES_MAX: usize = 8 * 1024;

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Whole address, always at the system's base address.
    pub url: Url,
    /// Headers from the arguments.
    pub headers: Vec<(String, String)>,
    /// Body and its media type.
    pub body: Option<(&'static str, String)>,
}

/// Builds the request from valid arguments.
pub fn build(action: &Action, args: &Value) -> Result<Request> {
    let empty = Map::new();
    let args = args.as_object().unwrap_or(&empty);
    let operation = &action.operation;
    let mut url = address(action, args)?;
    let mut headers = Vec::new();
    for param in &operation.params {
        let Some(value) = args.get(&param.name).filter(|v| !v.is_null()) else { continue };
        match param.place {
            Place::Path => {}
            Place::Query => add_query(&mut url, param, value)?,
            Place::Header => headers.push((param.name.clone(), header_text(param, value)?)),
        }
    }
    if url.as_str().len() > URL_BYTES_MAX {
        return Err(Error::Limit(format!("an address has at most {URL_BYTES_MAX} bytes")));
    }
    let body = body(action, args)?;
    Ok(Request { method: operation.method.clone(), url, headers, body })
}

fn address(action: &Action, args: &Map<String, Value>) -> Result<Url> {
    let base = &action.system.base_url;
    let mut url = base.clone();
    {
        let fixed = || Error::broken(format!("{base} cannot have a path"));
        let mut segments = url.path_segments_mut().map_err(|()| fixed())?;
        segments.pop_if_empty();
        for template in action.operation.path.split('/').skip(1) {
            segments.push(&segment(action, template, args)?);
        }
    }
    let same_place = url.origin() == base.origin() && url.username().is_empty() && url.query().is_none();
    if same_place { Ok(url) } else { Err(Error::broken(format!("{url} is not at {base}"))) }
}

/// One segment of the path with its parameters filled in; the address encodes what must be encoded.
fn segment(action: &Action, template: &str, args: &Map<String, Value>) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        let (name, after) = tail.split_once('}').ok_or_else(|| Error::broken("a path brace without its partner"))?;
        out.push_str(before);
        out.push_str(&path_text(action, name, args)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

// Pushing a segment onto an address encodes what would end it, but silently drops `.` and `..`.
fn path_text(action: &Action, name: &str, args: &Map<String, Value>) -> Result<String> {
    let param = action.operation.params.iter().find(|p| p.place == Place::Path && p.name == name);
    let param = param.ok_or_else(|| Error::broken(format!("no path parameter {name}")))?;
    let text = plain_text(param, args.get(name).unwrap_or(&Value::Null))?;
    if text.is_empty() || text.chars().all(|c| c == '.') || text.chars().any(char::is_control) {
        let detail = "give the id of one thing: not empty, not only dots, no control characters";
        return Err(Error::invalid_at(format!("/{name}"), format!("'{name}' cannot stand in an address"), detail));
    }
    Ok(text)
}

fn add_query(url: &mut Url, param: &Param, value: &Value) -> Result<()> {
    match value {
        Value::Array(items) if param.explode && !param.as_json => {
            for item in items {
                let text = plain_text(param, item)?;
                url.query_pairs_mut().append_pair(&param.name, &text);
            }
        }
        _ => {
            let text = plain_text(param, value)?;
            url.query_pairs_mut().append_pair(&param.name, &text);
        }
    }
    Ok(())
}

fn header_text(param: &Param, value: &Value) -> Result<String> {
    let text = plain_text(param, value)?;
    if reqwest::header::HeaderValue::from_str(&text).is_ok() {
        return Ok(text);
    }
    let detail = "use visible ASCII characters";
    Err(Error::invalid_at(format!("/{}", param.name), format!("'{}' cannot stand in a header", param.name), detail))
}

fn plain_text(param: &Param, value: &Value) -> Result<String> {
    if param.as_json {
        return Ok(value.to_string());
    }
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            let texts: Result<Vec<_>> = items.iter().map(|item| plain_text(param, item)).collect();
            Ok(texts?.join(","))
        }
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => Err(Error::invalid_at(
            format!("/{}", param.name),
            format!("'{}' is not a plain value", param.name),
            "give text, a number, true or false, or a list of them",
        )),
    }
}

fn body(action: &Action, args: &Map<String, Value>) -> Result<Option<(&'static str, String)>> {
    let operation = &action.operation;
    if operation.body == BodyShape::None {
        return Ok(None);
    }
    if operation.body == BodyShape::Whole {
        return Ok(args.get("body").map(|body| ("application/json", body.to_string())));
    }
    let is_param = |name: &String| operation.params.iter().any(|p| p.name == *name);
    let fields = args.iter().filter(|(name, _)| !is_param(name));
    match operation.media {
        Media::Json => {
            let object: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
            Ok(Some(("application/json", Value::Object(object).to_string())))
        }
        Media::Form => {
            let mut form = Url::parse("form:").map_err(Error::broken)?;
            for (name, value) in fields {
                let param = Param { name: name.clone(), place: Place::Query, explode: true, as_json: false };
                add_query(&mut form, &param, value)?;
            }
            let text = form.query().unwrap_or_default().to_owned();
            Ok(Some(("application/x-www-form-urlencoded", text)))
        }
    }
}

#[cfg(test)]
mod tests;
