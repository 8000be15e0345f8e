//! Parameters put where an operation's description wants them.

use super::document::Operation;
use super::exchange::{Exchange, url};
use super::{Fault, Told, answer};
use baton_engine::ErrorKind;
use reqwest::Url;
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The request for an operation.
pub(crate) fn request(operation: &Operation, given: &Map<String, Value>) -> Told<Exchange> {
    let mut left = given.clone();
    let mut path = operation.path.clone();
    let mut query: Vec<(String, String)> = Vec::new();
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut cookies: Vec<String> = Vec::new();
    let mut form: Vec<(String, Value)> = Vec::new();
    let mut body = None;
    for param in &operation.params {
        let (name, place) = (text_of(param, "name"), text_of(param, "in"));
        let Some(value) = left.remove(name).filter(|value| !value.is_null()) else {
            if param.get("required") == Some(&Value::Bool(true)) {
                return Err(missing(name));
            }
            continue;
        };
        match place {
            "path" => path = path.replace(&format!("{{{name}}}"), &segment(name, &joined(param, &value, operation))?),
            "query" => query.extend(pairs(param, name, &value, operation)),
            "header" => headers.push((name.to_owned(), joined(param, &value, operation))),
            "cookie" => cookies.push(format!("{name}={}", joined(param, &value, operation))),
            "formData" => form.push((name.to_owned(), value)),
            _ => body = Some(value),
        }
    }
    let mut target = address(operation, &path)?;
    if !query.is_empty() {
        target.query_pairs_mut().extend_pairs(&query);
    }
    let mut exchange = Exchange::of(&operation.method, url(target.as_str())?);
    for (name, value) in &headers {
        exchange.header(name, value, false)?;
    }
    if !cookies.is_empty() {
        exchange.header("cookie", &cookies.join("; "), false)?;
    }
    exchange.body = match operation.is_old() {
        true => old_body(operation, body, form, left)?,
        false => new_body(operation, left)?,
    };
    Ok(exchange)
}

fn text_of<'a>(param: &'a Value, name: &str) -> &'a str {
    param.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn missing(name: &str) -> Fault {
    Fault::of(ErrorKind::Validation, format!("the operation needs the parameter '{name}'"))
}

fn unknown(left: &Map<String, Value>) -> Fault {
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    Fault::of(ErrorKind::Validation, format!("the operation has no parameter '{}'", names.join("', '")))
}

fn address(operation: &Operation, path: &str) -> Told<Url> {
    let mut base = operation.base()?;
    let above = base.path().trim_end_matches('/').to_owned();
    base.set_path(&format!("{above}/{}", path.trim_start_matches('/')));
    Ok(base)
}

/// A value as one step of a path; it cannot become more steps, or none.
fn segment(name: &str, text: &str) -> Told<String> {
    if text.is_empty() || text.chars().all(|c| c == '.') || text.chars().any(char::is_control) {
        let detail = format!("'{name}' cannot stand in an address; give the id of one thing");
        return Err(Fault::of(ErrorKind::Validation, detail));
    }
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,;=@:!$&'()*+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(out)
}

/// How several values in one text are told apart.
fn separator(param: &Value, operation: &Operation) -> &'static str {
    let style = if operation.is_old() { text_of(param, "collectionFormat") } else { text_of(param, "style") };
    match style {
        "ssv" | "spaceDelimited" => " ",
        "tsv" => "\t",
        "pipes" | "pipeDelimited" => "|",
        _ => ",",
    }
}

fn joined(param: &Value, value: &Value, operation: &Operation) -> String {
    match value {
        Value::Array(items) if param.get("content").is_none() => {
            let texts: Vec<String> = items.iter().map(answer::text).collect();
            texts.join(separator(param, operation))
        }
        value => answer::text(value),
    }
}

fn pairs(param: &Value, name: &str, value: &Value, operation: &Operation) -> Vec<(String, String)> {
    let explode = match operation.is_old() {
        true => text_of(param, "collectionFormat") == "multi",
        false => {
            param.get("explode").and_then(Value::as_bool).unwrap_or(matches!(text_of(param, "style"), "" | "form"))
        }
    };
    match value {
        Value::Array(items) if explode && param.get("content").is_none() => {
            items.iter().map(|item| (name.to_owned(), answer::text(item))).collect()
        }
        Value::Object(map) if text_of(param, "style") == "deepObject" => {
            map.iter().map(|(key, item)| (format!("{name}[{key}]"), answer::text(item))).collect()
        }
        Value::Object(map) if explode && param.get("content").is_none() => {
            map.iter().map(|(key, item)| (key.clone(), answer::text(item))).collect()
        }
        value => vec![(name.to_owned(), joined(param, value, operation))],
    }
}

type Body = Option<(String, Vec<u8>)>;

fn old_body(
    operation: &Operation,
    body: Option<Value>,
    form: Vec<(String, Value)>,
    left: Map<String, Value>,
) -> Told<Body> {
    if !left.is_empty() {
        return Err(unknown(&left));
    }
    let consumes = operation.value.get("consumes").or_else(|| operation.document.get("consumes"));
    let offered: Vec<&str> =
        consumes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(body) = body {
        let media = chosen(&offered).unwrap_or(JSON);
        return encoded(media, &body).map(Some);
    }
    if form.is_empty() {
        return Ok(None);
    }
    let media = if offered.contains(&MULTIPART) && !offered.contains(&FORM) { MULTIPART } else { FORM };
    encoded(media, &Value::Object(form.into_iter().collect())).map(Some)
}

fn new_body(operation: &Operation, mut left: Map<String, Value>) -> Told<Body> {
    let Some(wanted) = operation.value.get("requestBody").map(|body| operation.resolved(body)) else {
        return if left.is_empty() { Ok(None) } else { Err(unknown(&left)) };
    };
    let content = wanted.get("content").and_then(Value::as_object);
    let offered: Vec<&str> = content.into_iter().flatten().map(|(media, _)| media.as_str()).collect();
    let media = chosen(&offered).unwrap_or(JSON);
    let schema = content.and_then(|map| map.get(media)).and_then(|m| m.get("schema")).map(|s| operation.resolved(s));
    let has_own = schema.and_then(|s| s.pointer("/properties/body")).is_some();
    // `body` is the whole body, unless the body has a field of that name; otherwise its fields stand side by side.
    let body = match left.remove("body") {
        Some(whole) if !has_own && left.is_empty() => whole,
        Some(_) if !has_own => return Err(unknown(&left)),
        Some(field) => {
            left.insert("body".to_owned(), field);
            Value::Object(left)
        }
        None if left.is_empty() && wanted.get("required") != Some(&Value::Bool(true)) => return Ok(None),
        None => Value::Object(left),
    };
    encoded(media, &body).map(Some)
}

/// The media type to send, of those that are offered.
fn chosen<'a>(offered: &[&'a str]) -> Option<&'a str> {
    let json = offered.iter().find(|media| **media == JSON || media.ends_with("+json"));
    let plain = [FORM, MULTIPART];
    let form = plain.iter().find_map(|wanted| offered.iter().find(|media| *media == wanted));
    json.or(form).or(offered.first()).copied()
}

fn encoded(media: &str, body: &Value) -> Told<(String, Vec<u8>)> {
    let fields =
        || body.as_object().ok_or_else(|| Fault::of(ErrorKind::Validation, format!("a {media} body has fields")));
    match media {
        FORM => {
            let mut form = Url::parse("form:").map_err(|e| Fault::configuration(e.to_string()))?;
            for (name, value) in fields()? {
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                for value in &values {
                    form.query_pairs_mut().append_pair(name, &answer::text(value));
                }
            }
            Ok((media.to_owned(), form.query().unwrap_or_default().to_owned().into_bytes()))
        }
        MULTIPART => multipart(fields()?),
        _ if media == JSON || media.ends_with("+json") || !body.is_string() => {
            let media = if body.is_string() || media.contains("json") { media } else { JSON };
            Ok((media.to_owned(), body.to_string().into_bytes()))
        }
        _ => Ok((media.to_owned(), answer::text(body).into_bytes())),
    }
}

fn multipart(fields: &Map<String, Value>) -> Told<(String, Vec<u8>)> {
    // The boundary comes from the content, so that the same call is the same request; it must not occur in it.
    let boundary = format!("baton-{}", &baton_base::digest_of(&json!(fields))[..32]);
    let mut out = String::new();
    for (name, value) in fields {
        if name.contains(['"', '\r', '\n']) {
            return Err(Fault::of(ErrorKind::Validation, "a form field has a name that cannot be sent"));
        }
        out.push_str(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n"));
        if value.is_object() || value.is_array() {
            out.push_str("Content-Type: application/json\r\n");
        }
        out.push_str(&format!("\r\n{}\r\n", answer::text(value)));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    Ok((format!("{MULTIPART}; boundary={boundary}"), out.into_bytes()))
}

#[cfg(test)]
mod tests;
