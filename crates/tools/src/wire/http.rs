//! `call: http`.

use super::exchange::{Exchange, url};
use super::going::Going;
use super::secrets::Known;
use super::{Fault, Told, answer, auth};
use baton_engine::HttpCall;
use reqwest::Url;
use serde_json::{Map, Value};

pub(crate) async fn call(going: &mut Going, call: &HttpCall) -> Told {
    let mut target = url(&call.endpoint.uri)?;
    query(&mut target, &call.query);
    let mut exchange = Exchange::of(&call.method, target);
    headers(going, &mut exchange, &call.headers).await?;
    if let Some(body) = call.body.as_ref().filter(|body| !body.is_null()) {
        exchange.body = Some(body_of(&exchange, body)?);
    }
    auth::authorize(going, &mut exchange, call.endpoint.authentication.as_ref()).await?;
    let (exchange, answered) = going.follow(exchange, call.redirect).await?;
    auth::heard(going, call.endpoint.authentication.as_ref(), answered.status).await?;
    answer::output(&exchange, &answered, call.output, call.redirect)
}

/// Header fields as a process gives them; a value that names a secret becomes that secret.
pub(crate) async fn headers(going: &mut Going, exchange: &mut Exchange, headers: &Map<String, Value>) -> Told<()> {
    for (name, value) in headers {
        match Known::named(value) {
            Some(secret) => match going.secrets().await?.value(secret)? {
                Value::String(text) => exchange.header(name, &text, true)?,
                _ => return Err(Fault::configuration(format!("the secret '{secret}' is not a text"))),
            },
            None if value.is_null() => {}
            None if value.is_object() || value.is_array() => {
                return Err(Fault::configuration(format!("the header '{name}' is not a text")));
            }
            None => exchange.header(name, &answer::text(value), false)?,
        }
    }
    Ok(())
}

fn query(url: &mut Url, query: &Map<String, Value>) {
    for (name, value) in query {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                for item in items {
                    url.query_pairs_mut().append_pair(name, &answer::text(item));
                }
            }
            value => {
                url.query_pairs_mut().append_pair(name, &answer::text(value));
            }
        }
    }
}

/// The body in the form that its media type asks for; JSON where the process does not say, plain text for a text.
fn body_of(exchange: &Exchange, body: &Value) -> Told<(String, Vec<u8>)> {
    let said = exchange.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let media = said.split(';').next().unwrap_or_default().trim().to_lowercase();
    let plain = match body {
        Value::String(text) => Some(text.clone().into_bytes()),
        _ => None,
    };
    if media.is_empty() {
        return Ok(match plain {
            Some(bytes) => ("text/plain; charset=utf-8".to_owned(), bytes),
            None => ("application/json".to_owned(), body.to_string().into_bytes()),
        });
    }
    if media == "application/x-www-form-urlencoded" && body.is_object() {
        let mut form = Url::parse("form:").map_err(|e| Fault::configuration(e.to_string()))?;
        query(&mut form, body.as_object().unwrap_or(&Map::new()));
        return Ok((said, form.query().unwrap_or_default().to_owned().into_bytes()));
    }
    let is_json = media == "application/json" || media.ends_with("+json");
    match plain {
        Some(bytes) if !is_json => Ok((said, bytes)),
        None if !is_json => Err(Fault::configuration(format!("a body of type {media} has to be a text"))),
        _ => Ok((said, body.to_string().into_bytes())),
    }
}
