//! An answer as a process sees it: its content, its bytes, or the whole of it; or the error that it is.

use super::exchange::{Answer, Exchange, place, shown};
use super::{Fault, Told, limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_engine::{ErrorDoc, ErrorKind, HttpOutput};
use serde_json::{Value, json};

/// The output of a call, or the error that the server's status stands for.
pub(crate) fn output(exchange: &Exchange, answer: &Answer, how: HttpOutput, redirect: bool) -> Told {
    let good = (200..300).contains(&answer.status) || (redirect && (300..400).contains(&answer.status));
    if !good {
        return Err(error(exchange, answer));
    }
    Ok(match how {
        HttpOutput::Content => content(answer)?,
        HttpOutput::Raw => Value::from(STANDARD.encode(&answer.body)),
        HttpOutput::Response => json!({
            "request": exchange.shown(),
            "statusCode": answer.status,
            "headers": shown(&answer.headers),
            "content": content(answer)?,
        }),
    })
}

/// The body by its media type: JSON decoded, text as text, the rest as base64.
pub(crate) fn content(answer: &Answer) -> Told {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    let media = answer.media();
    let is_json = media == "application/json" || media.ends_with("+json");
    if is_json {
        return serde_json::from_slice(&answer.body)
            .map_err(|e| Fault::garbled(format!("the answer says it is JSON and is not: {e}")));
    }
    let textual = media.starts_with("text/")
        || media.ends_with("+xml")
        || media.ends_with("+yaml")
        || matches!(
            media.as_str(),
            "" | "application/xml"
                | "application/yaml"
                | "application/x-www-form-urlencoded"
                | "application/javascript"
        );
    match std::str::from_utf8(&answer.body) {
        Ok(text) if textual => Ok(Value::from(text)),
        _ => Ok(Value::from(STANDARD.encode(&answer.body))),
    }
}

/// The error that an answer stands for: the specification's communication error with the server's status.
pub(crate) fn error(exchange: &Exchange, answer: &Answer) -> Fault {
    let said = content(answer).unwrap_or(Value::Null);
    let mut detail = format!("{} {} answered {}", exchange.method, place(&exchange.url), answer.status);
    let words = words(&said);
    if !words.is_empty() {
        detail.push_str(": ");
        detail.push_str(&words);
    }
    ErrorDoc::standard(ErrorKind::Communication, detail).with_status(answer.status).into()
}

/// What a server said, in few words.
pub(crate) fn words(said: &Value) -> String {
    let part = |name: &str| said.get(name).and_then(Value::as_str);
    let found = part("detail").or_else(|| part("title")).or_else(|| part("message")).or_else(|| said.as_str());
    let text = found.map_or_else(|| if said.is_null() { String::new() } else { said.to_string() }, str::to_owned);
    text.trim().chars().take(limits::ERROR_CHARS_MAX).collect()
}

/// A value as text: texts as they are, the rest as JSON.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
