//! The Agent Card: what a client's A2A server is, and what it may be asked (A2A 1.0, sections 4.4 and 8).

use super::VERSION;
use super::gate::Caller;
use super::message::{INPUT_MODES, OUTPUT_MODES};
use super::no::{Kind, No, Told};
use crate::House;
use crate::http::problem::Failure;
use crate::mcp::base;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_base::{ClientId, Error, Result, digest_of};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a card may be kept, as HTTP says it.
const FRESH: &str = "public, max-age=60";
/// Examples of one skill in the extended card.
const EXAMPLES_MAX: usize = 3;

/// The public card. There is none of a client whose live release takes nothing in from outside agents.
pub async fn card(State(house): State<Arc<House>>, Path(client): Path<String>, headers: HeaderMap) -> Response {
    let made = match client.parse::<ClientId>() {
        Ok(client) => of(&house, &client, &base(&house, &headers), false).await,
        Err(_) => Err(none()),
    };
    let card = match made {
        Ok(card) => card,
        Err(error) => return Failure(error).into_response(),
    };
    let tag = format!("\"{}\"", digest_of(&card));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => axum::Json(&card).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FRESH));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The card for a caller who has shown a token: with examples of what may be asked.
pub(super) async fn extended(caller: &Caller) -> Told<Value> {
    match of(&caller.house, &caller.ctx.client, &caller.base, true).await {
        Err(Error::NotFound(what)) => Err(No::new(Kind::Unsupported, format!("{what} does not exist here"))),
        made => Ok(made?),
    }
}

fn none() -> Error {
    Error::not_found("the agent that the address names")
}

async fn of(house: &Arc<House>, client: &ClientId, base: &str, extended: bool) -> Result<Value> {
    let (release, processes) = house.parts.processes.live(client).map_err(|_| none())?;
    if processes.entry("a2a").is_none() {
        return Err(none());
    }
    let rows = house.db.read(baton_clients::clients).await?;
    let name = rows.into_iter().find(|row| row.id == *client).map(|row| row.name).ok_or_else(none)?;
    let url = format!("{base}/a2a/{client}");
    let interface = |binding: &str| json!({"url": url, "protocolBinding": binding, "protocolVersion": VERSION});
    Ok(json!({
        "name": name,
        "description": format!("Customer operations of {name}: AI agents and people work what is asked, as one case each."),
        "version": release,
        "supportedInterfaces": [interface("JSONRPC"), interface("HTTP+JSON")],
        "documentationUrl": format!("{base}/docs"),
        "capabilities": {"streaming": true, "pushNotifications": false, "extendedAgentCard": true},
        "securitySchemes": {"bearer": {"httpAuthSecurityScheme": {
            "scheme": "Bearer", "description": "A token that the operator makes for you"}}},
        "securityRequirements": [{"schemes": {"bearer": {"list": []}}}],
        "defaultInputModes": INPUT_MODES,
        "defaultOutputModes": OUTPUT_MODES,
        "skills": skills(house, client, &name, extended)?,
    }))
}

/// One skill for each need that the client's agents serve; one for all, where they tell none apart.
fn skills(house: &House, client: &ClientId, name: &str, extended: bool) -> Result<Vec<Value>> {
    let (_, roster) = house.parts.rosters.live(client)?;
    let served = roster.intents.values().filter(|intent| intent.process.is_some() || intent.id == "question");
    let mut skills: Vec<Value> = served
        .map(|intent| {
            let mut skill = json!({"id": intent.id, "name": intent.title, "tags": ["customer-operations"],
                "description": format!("{} at {name}, by the rules of {name}.", intent.title)});
            if extended {
                let texts = intent.examples.values().flatten().take(EXAMPLES_MAX);
                skill["examples"] = texts.cloned().collect();
            }
            skill
        })
        .collect();
    if skills.is_empty() {
        skills.push(json!({"id": "ask", "name": "Ask", "tags": ["customer-operations"],
            "description": format!("Say what you need of {name} in your own words.")}));
    }
    Ok(skills)
}
