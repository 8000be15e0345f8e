//! Somebody signs in at a connected system: out to its authorization server, and back.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::response::Html;
use baton_base::{ClientId, Error, Result};
use baton_govern::Right;
use baton_tools::mcp::access::Back;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Where authorization servers send browsers back to.
const CALLBACK: &str = "/connectors/callback";

/// A text that nobody can guess: 256 bits in hexadecimal.
pub fn secret_text() -> Result<String> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::broken("the machine gives no random bytes"))?;
    Ok(hex::encode(bytes))
}

/// Where Baton is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// Scheme, host and port under which the browser reaches Baton, such as `https://baton.example`; the address
    /// `/connectors/callback` there must be registered at the authorization server.
    origin: String,
}

/// Begins a sign-in; send the browser to `url`.
#[utoipa::path(post, path = "/clients/{client}/connectors/{connector}/sign-in", tag = "connectors", request_body = Begin,
    params(("client" = String, Path), ("connector" = String, Path)),
    responses((status = 200, description = "Where the browser goes", body = Value)))]
pub async fn begin(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, connector)): Ids<(ClientId, String)>,
    Body(body): Body<Begin>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let origin = reqwest::Url::parse(&body.origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let origin = origin.ok_or_else(|| {
        Error::invalid_at("/origin", "this is no address of Baton", "write it like https://baton.example")
    })?;
    let redirect = format!("{}{CALLBACK}", origin.origin().ascii_serialization());
    let url = house.door.begin_sign_in(&ctx, &connector, &redirect, [secret_text()?, secret_text()?]).await?;
    Ok(Json(json!({ "url": url })))
}

/// What the authorization server sends the browser back with.
#[derive(Deserialize)]
pub struct Said {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
    /// Who sent it, where they say so (RFC 9207).
    iss: Option<String>,
}

/// The browser comes back. What proves that it is the one that left is the state, which nobody can guess.
pub async fn callback(State(house): State<Arc<House>>, Query(said): Query<Said>) -> Html<String> {
    let told = match (said.error.is_empty(), said.code.is_empty()) {
        (true, false) => {
            let back = Back { state: said.state, code: said.code, issuer: said.iss };
            house.door.finish_sign_in(&house.env, &back).await
        }
        _ => Err(Error::invalid("the sign-in was not finished", said.error)),
    };
    let (head, words) = match told {
        Ok(title) => (format!("Signed in at {title}"), "You can close this page.".to_owned()),
        Err(error) => ("Not signed in".to_owned(), error.problem().detail),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><body><main><h1>{0}</h1><p>{1}</p></main></body></html>",
        escaped(&head),
        escaped(&words)
    );
    Html(page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
