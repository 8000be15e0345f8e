//! How values are written into addresses, headers, cookies and forms (OpenAPI 3.1 style values, RFC 6570).

use crate::catalogue::{Param, Style};
use baton_base::{Error, Result};
use serde_json::Value;

/// Deepest nesting written as `name[a][b]`, levels.
const DEEP_MAX: usize = 16;

/// Pairs of a query or a form, encoded.
#[derive(Default)]
pub(super) struct Pairs {
    pub text: String,
}

impl Pairs {
    /// Adds a named value in a style.
    pub(super) fn add(&mut self, name: &str, value: &Value, style: Style, explode: bool, reserved: bool) {
        match (value, style) {
            (_, Style::Json) => self.pair(name, &encoded(&value.to_string(), reserved)),
            (_, Style::Deep) => self.deep(name, value, reserved, 0),
            (Value::Array(items), _) if explode => {
                items.iter().for_each(|item| self.pair(name, &encoded(&plain(item), reserved)));
            }
            (Value::Object(map), Style::Form | Style::Simple) if explode => {
                map.iter().for_each(|(key, item)| self.pair(key, &encoded(&plain(item), reserved)));
            }
            (Value::Array(_) | Value::Object(_), _) => {
                let parts: Vec<String> = flat(value).iter().map(|part| encoded(part, reserved)).collect();
                self.pair(name, &parts.join(separator(style)));
            }
            _ => self.pair(name, &encoded(&plain(value), reserved)),
        }
    }

    fn deep(&mut self, name: &str, value: &Value, reserved: bool, depth: usize) {
        match value {
            Value::Object(map) if depth < DEEP_MAX => {
                map.iter().for_each(|(key, item)| self.deep(&format!("{name}[{key}]"), item, reserved, depth + 1));
            }
            Value::Array(items) if depth < DEEP_MAX => {
                let each = items.iter().enumerate();
                each.for_each(|(at, item)| self.deep(&format!("{name}[{at}]"), item, reserved, depth + 1));
            }
            _ => self.pair(name, &encoded(&plain(value), reserved)),
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.push_str(&encoded(name, false));
        self.text.push('=');
        self.text.push_str(value);
    }
}

fn separator(style: Style) -> &'static str {
    match style {
        Style::Space => "%20",
        Style::Pipe => "%7C",
        Style::Tab => "%09",
        _ => ",",
    }
}

/// As forms are encoded; with `reserved`, what means nothing inside a query stays as it is.
fn encoded(text: &str, reserved: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._*[]".contains(&byte) => out.push(char::from(byte)),
            _ if reserved && b":/?@!$'(),;~".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A plain value as text; what is nested is JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Elements, or names and values in turn.
fn flat(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(map) => map.iter().flat_map(|(key, item)| [key.clone(), plain(item)]).collect(),
        other => vec![plain(other)],
    }
}

/// A value in one text, as it stands in paths and headers. What has no such form is refused; so is a part that holds
/// what the style tells parts apart by, since it would arrive as several.
pub(super) fn in_line(param: &Param, value: &Value) -> Result<String> {
    let parts = match value {
        _ if param.style == Style::Json => Vec::new(),
        Value::Array(_) | Value::Object(_) => flat(value),
        _ if matches!(param.style, Style::Label | Style::Matrix) => vec![plain(value)],
        _ => Vec::new(),
    };
    if let Some(c) = parts.iter().find_map(|part| part.chars().find(|c| apart_by(param, value).contains(*c))) {
        return Err(Error::invalid_at(
            format!("/{}", param.arg),
            format!("a part of '{}' holds '{c}'", param.name),
            "it would arrive as several; leave it out, or give one value",
        ));
    }
    let nested = |item: &Value| item.is_array() || item.is_object();
    Ok(match value {
        _ if param.style == Style::Json => value.to_string(),
        Value::Array(items) if items.iter().any(nested) => return Err(nested_value(param)),
        Value::Object(map) if map.values().any(nested) => return Err(nested_value(param)),
        Value::Object(map) if param.explode => {
            map.iter().map(|(key, item)| format!("{key}={}", plain(item))).collect::<Vec<_>>().join(",")
        }
        Value::Array(_) | Value::Object(_) => flat(value).join(","),
        _ => plain(value),
    })
}

/// What tells the parts of a value apart.
fn apart_by(param: &Param, value: &Value) -> &'static str {
    match param.style {
        Style::Label => ".,=",
        Style::Matrix => ";,=",
        _ if param.explode && value.is_object() => ",=",
        _ => ",",
    }
}

fn nested_value(param: &Param) -> Error {
    Error::invalid_at(
        format!("/{}", param.arg),
        format!("'{}' is not a plain value", param.name),
        "give text, a number, true or false, or a list of them",
    )
}

/// `;name=value` of a path.
pub(super) fn matrix(param: &Param, value: &Value, text: String) -> String {
    match value {
        Value::Array(items) if param.explode => {
            items.iter().map(|item| format!(";{}={}", param.name, plain(item))).collect()
        }
        Value::Object(map) if param.explode => {
            map.iter().map(|(key, item)| format!(";{key}={}", plain(item))).collect()
        }
        _ => format!(";{}={text}", param.name),
    }
}

/// `name=value` of the header `Cookie`, without anything that would end one.
pub(super) fn cookies(param: &Param, value: &Value) -> Vec<String> {
    let mut pairs = Pairs::default();
    pairs.add(&param.name, value, param.style, param.explode, false);
    pairs.text.split('&').map(|pair| pair.replace('+', "%20")).collect()
}
