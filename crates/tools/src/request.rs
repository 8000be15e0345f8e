//! The HTTP request of a call: pure, and unable to leave the system's own address.

mod body;
mod style;

use crate::catalogue::{Action, Does, Operation, Param, Place, Style};
use crate::sql::Bound;
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
    pub body: Option<(String, Vec<u8>)>,
}

/// What is sent for a call, whatever its system is.
#[derive(Debug, Clone, PartialEq)]
pub enum Prepared {
    /// To an HTTP API.
    Http(Request),
    /// To a database.
    Sql(Bound),
    /// To an MCP server: the arguments as they are.
    Mcp(Value),
    /// To an outside agent: the same.
    A2a(Value),
}

/// What is sent for valid arguments.
pub fn prepare(action: &Action, args: &Value) -> Result<Prepared> {
    match &action.does {
        Does::Http { operation, base_url } => build(base_url, operation, args).map(Prepared::Http),
        Does::Mcp(_) => Ok(Prepared::Mcp(args.clone())),
        Does::A2a(_) => Ok(Prepared::A2a(args.clone())),
        Does::Sql(statement) => Ok(Prepared::Sql(Bound::of(statement, args, action.writes))),
    }
}

/// Builds the request from valid arguments.
pub fn build(base: &Url, operation: &Operation, args: &Value) -> Result<Request> {
    let empty = Map::new();
    let args = args.as_object().unwrap_or(&empty);
    let mut url = address(base, operation, args)?;
    let mut headers = vec![("accept".to_owned(), operation.accept.clone())];
    let (mut query, mut cookies) = (style::Pairs::default(), Vec::new());
    for param in &operation.params {
        let Some(value) = args.get(&param.arg).filter(|v| !v.is_null()) else { continue };
        match param.place {
            Place::Path => {}
            Place::Query => query.add(&param.name, value, param.style, param.explode, param.reserved),
            Place::Header => headers.push((param.name.clone(), header_text(param, value)?)),
            Place::Cookie => cookies.extend(style::cookies(param, value)),
        }
    }
    if !cookies.is_empty() {
        headers.push(("cookie".to_owned(), cookies.join("; ")));
    }
    if !query.text.is_empty() {
        url.set_query(Some(&query.text));
    }
    if url.as_str().len() > URL_BYTES_MAX {
        return Err(Error::Limit(format!("an address has at most {URL_BYTES_MAX} bytes")));
    }
    let body = body::of(operation, args)?;
    Ok(Request { method: operation.method.clone(), url, headers, body })
}

fn address(base: &Url, operation: &Operation, args: &Map<String, Value>) -> Result<Url> {
    let mut url = base.clone();
    {
        let fixed = || Error::broken(format!("{base} cannot have a path"));
        let mut segments = url.path_segments_mut().map_err(|()| fixed())?;
        segments.pop_if_empty();
        for template in operation.path.split('/').skip(1) {
            segments.push(&segment(operation, template, args)?);
        }
    }
    let same_place = url.origin() == base.origin() && url.username().is_empty() && url.query().is_none();
    if same_place { Ok(url) } else { Err(Error::broken(format!("{url} is not at {base}"))) }
}

/// One segment of the path with its parameters filled in; the address encodes what must be encoded.
fn segment(operation: &Operation, template: &str, args: &Map<String, Value>) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        let (name, after) = tail.split_once('}').ok_or_else(|| Error::broken("a path brace without its partner"))?;
        out.push_str(before);
        out.push_str(&path_text(operation, name, args)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

// Pushing a segment onto an address encodes what would end it, but silently drops `.` and `..`.
fn path_text(operation: &Operation, name: &str, args: &Map<String, Value>) -> Result<String> {
    let param = operation.params.iter().find(|p| p.place == Place::Path && p.name == name);
    let param = param.ok_or_else(|| Error::broken(format!("no path parameter {name}")))?;
    let text = style::in_line(param, args.get(&param.arg).unwrap_or(&Value::Null))?;
    if text.is_empty() || text.chars().all(|c| c == '.') || text.chars().any(char::is_control) {
        let detail = "give the id of one thing: not empty, not only dots, no control characters";
        return Err(Error::invalid_at(
            format!("/{}", param.arg),
            format!("'{name}' cannot stand in an address"),
            detail,
        ));
    }
    Ok(match param.style {
        Style::Label => format!(".{}", text.replace(',', if param.explode { "." } else { "," })),
        Style::Matrix => style::matrix(param, args.get(&param.arg).unwrap_or(&Value::Null), text),
        _ => text,
    })
}

fn header_text(param: &Param, value: &Value) -> Result<String> {
    let text = style::in_line(param, value)?;
    if reqwest::header::HeaderValue::from_str(&text).is_ok() {
        return Ok(text);
    }
    let detail = "use visible ASCII characters";
    Err(Error::invalid_at(format!("/{}", param.arg), format!("'{}' cannot stand in a header", param.name), detail))
}

#[cfg(test)]
mod tests;
