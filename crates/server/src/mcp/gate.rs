//! Who may ask, and what may be sent: host and origin, token, size and depth, before anything is read as a call.

use super::handler::Desk;
use crate::House;
use crate::http::auth::bearer;
use crate::http::problem::Failure;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_base::limits::JSON_DEPTH_MAX;
use baton_base::{AgentName, ClientId, Error, Result};
use baton_db::Wall;
use baton_govern::{Ctx, Right, tokens};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use std::sync::Arc;

/// Largest request, bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Whoever asks, with a token for this client's MCP server.
pub(super) struct Asker {
    pub ctx: Ctx,
    pub agent: Option<AgentName>,
    /// The way the call came, for the ledger.
    pub via: String,
}

/// One request to a client's MCP server.
pub async fn serve(State(house): State<Arc<House>>, Path(client): Path<String>, request: Request) -> Response {
    let config = config(&house);
    let asker = match admit(&house, &client, request.headers()).await {
        Ok(asker) => asker,
        Err(error) => return refusal(&house, &client, request.headers(), error),
    };
    let request = match read(request).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let desk = match Desk::open(&house, asker) {
        Ok(desk) => desk,
        Err(error) => return Failure(error).into_response(),
    };
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(desk.clone()), sessions, config);
    service.handle(request).await.map(Body::new)
}

/// Without sessions, and with JSON unless a call tells of its progress: a stream of events costs a timer per answer.
fn config(house: &House) -> StreamableHttpServerConfig {
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = false;
    config.json_response = true;
    config.max_request_body_bytes = BODY_BYTES_MAX;
    let hosts = house.hosts();
    let origins = hosts.iter().flat_map(|host| match host.parse::<std::net::Ipv6Addr>() {
        Ok(_) => vec![format!("http://[{host}]:*"), format!("https://[{host}]:*")],
        Err(_) => vec![format!("http://{host}:*"), format!("https://{host}:*")],
    });
    let origins: Vec<_> = origins.collect();
    config.with_allowed_hosts(hosts.iter().cloned()).with_allowed_origins(origins).enforce_origin_validation()
}

async fn admit(house: &Arc<House>, client: &str, headers: &HeaderMap) -> Result<Asker> {
    let unknown = || Error::Unauthenticated("send a token for this MCP server as a bearer token".to_owned());
    let token = bearer(headers).ok_or_else(unknown)?.to_owned();
    // Whether a client exists is told to nobody who has no token for it.
    let client: ClientId = client.parse().map_err(|_| unknown())?;
    let (env, at) = (Arc::clone(&house.env), client.clone());
    // Whose token it is, is found out before it is known where it opens: without a wall.
    let asked = house.db.read(move |tx| tokens::outsider(tx, &env, &token, &at, tokens::Audience::Mcp));
    let outsider = Wall::none().around(asked).await?;
    let ctx = outsider.signed.ctx_for(&client)?;
    ctx.allow(Right::ActionCall)?;
    if let Some(agent) = &outsider.agent {
        let (_, roster) = house.parts.rosters.live(&client)?;
        if !roster.agents.contains_key(agent.as_str()) {
            let reason = format!("the live release has no agent '{agent}', whose token this is");
            return Err(Error::refused(reason, vec!["door:agent".to_owned()]));
        }
    }
    let via = format!("mcp:{}", ctx.actor.name());
    Ok(Asker { ctx, agent: outsider.agent, via })
}

/// RFC 9728: a 401 says where the protected resource is described.
fn refusal(house: &House, client: &str, headers: &HeaderMap, error: Error) -> Response {
    let unauthenticated = matches!(error, Error::Unauthenticated(_));
    let mut response = Failure(error).into_response();
    if unauthenticated {
        let place = format!("{}/.well-known/oauth-protected-resource/mcp/{client}", base(house, headers));
        let challenge = format!("Bearer resource_metadata=\"{place}\", error=\"invalid_token\"");
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
    }
    response
}

/// Address of this server as the caller knows it: the host they asked for, if it is one of ours.
pub(crate) fn base(house: &House, headers: &HeaderMap) -> String {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = text(header::HOST).unwrap_or_default();
    let name = asked.rsplit_once(':').map_or(asked, |(name, _)| name).trim_matches(['[', ']']);
    let host = if house.hosts().iter().any(|known| known == name) { asked } else { "localhost" };
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
    format!("{}://{host}", if secure { "https" } else { "http" })
}

/// The protected resource's metadata (RFC 9728). Tokens are made by an administrator of Baton; no authorization server
/// is named.
pub async fn metadata(
    State(house): State<Arc<House>>,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    let client: ClientId = client.parse().map_err(|_| Error::not_found("what the address names"))?;
    Ok(Json(json!({
        "resource": format!("{}/mcp/{client}", base(&house, &headers)),
        "resource_name": "Baton",
        "bearer_methods_supported": ["header"],
        "resource_documentation": format!("{}/docs", base(&house, &headers)),
    })))
}

/// The request with its body, within the caps on size and depth.
async fn read(request: Request) -> std::result::Result<axum::http::Request<Body>, Response> {
    let (parts, body) = request.into_parts();
    let bytes: Bytes = match axum::body::to_bytes(body, BODY_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(_) => {
            let error = Error::Limit(format!("a request has at most {BODY_BYTES_MAX} bytes"));
            return Err(Failure(error).into_response());
        }
    };
    if nested(&bytes) > JSON_DEPTH_MAX {
        let error = json!({"jsonrpc": "2.0", "id": null,
            "error": {"code": -32600, "message": format!("nest JSON at most {JSON_DEPTH_MAX} deep")}});
        return Err((StatusCode::BAD_REQUEST, Json(error)).into_response());
    }
    Ok(axum::http::Request::from_parts(parts, Body::from(bytes)))
}

/// Deepest nesting of a JSON text, without reading it as JSON.
pub(crate) fn nested(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::nested;

    #[test]
    fn depth_is_counted_outside_of_text() {
        for (text, expect) in [
            ("", 0),
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[{"b":1}]}"#, 3),
            (r#"{"a":"[[[[{{{{"}"#, 1),
            (r#"{"a":"\"[[[["}"#, 1),
            (r#"{"a":"\\","b":[1]}"#, 2),
            ("]]]][", 1),
        ] {
            assert_eq!(nested(text.as_bytes()), expect, "{text}");
        }
        assert_eq!(nested("[".repeat(100_000).as_bytes()), 100_000);
    }
}
