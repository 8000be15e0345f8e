//! A server that wants somebody to sign in says itself where: found out, done once, and pinned in the connector's file.

use super::echo::World;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use baton_tools::mcp::access::{Access, Back, Looked, discover, look, tools_with};
use baton_tools::mcp::pinned::files;
use reqwest::Url;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TIME: Duration = Duration::from_secs(5);
const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// A server and its authorization server, in one.
#[derive(Default)]
struct Guarded {
    here: String,
    /// What it says of itself.
    resource: String,
    /// What its authorization server says of itself.
    metadata: Value,
    asked: Vec<String>,
    registered: Value,
    /// Form and header of the last question for a token.
    token: (String, String),
}

type Shared = Arc<Mutex<Guarded>>;

async fn mcp(State(guarded): State<Shared>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    let here = guarded.lock().unwrap().here.clone();
    if headers.get("authorization").is_none_or(|who| who != "Bearer good") {
        let challenge = format!("Bearer realm=\"a, b\", resource_metadata=\"{here}/about\", scope=\"read write\"");
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response();
    }
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}),
        "tools/list" => json!({"tools": [{"name": "find", "inputSchema": {"type": "object"}}]}),
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

async fn about(State(guarded): State<Shared>) -> Json<Value> {
    let guarded = guarded.lock().unwrap();
    let issuer = format!("{}/tenant", guarded.here);
    Json(json!({"resource": guarded.resource, "authorization_servers": [issuer], "scopes_supported": ["all"]}))
}

async fn known(State(guarded): State<Shared>, Path(place): Path<String>) -> Response {
    let mut guarded = guarded.lock().unwrap();
    guarded.asked.push(place.clone());
    // As OpenID Connect has it, behind what RFC 8414 has first.
    match place.as_str() {
        "openid-configuration/tenant" => Json(guarded.metadata.clone()).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn register(State(guarded): State<Shared>, Json(about): Json<Value>) -> Response {
    guarded.lock().unwrap().registered = about;
    let made =
        json!({"client_id": "baton-1", "client_secret": "s3", "token_endpoint_auth_method": "client_secret_post"});
    (StatusCode::CREATED, Json(made)).into_response()
}

async fn token(State(guarded): State<Shared>, headers: HeaderMap, form: String) -> Json<Value> {
    let header = headers.get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    guarded.lock().unwrap().token = (form, header);
    Json(json!({"access_token": "good", "token_type": "Bearer", "expires_in": 60}))
}

async fn serve() -> (Url, Shared) {
    let guarded = Shared::default();
    let app = Router::new()
        .route("/mcp", post(mcp))
        .route("/about", get(about))
        .route("/.well-known/{*place}", get(known))
        .route("/register", post(register))
        .route("/token", post(token))
        .with_state(Arc::clone(&guarded));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    {
        let mut guarded = guarded.lock().unwrap();
        guarded.resource = format!("{here}/mcp");
        guarded.metadata = json!({
            "issuer": format!("{here}/tenant"), "authorization_endpoint": format!("{here}/go"),
            "token_endpoint": format!("{here}/token"), "registration_endpoint": format!("{here}/register"),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        });
        guarded.here.clone_from(&here);
    }
    (format!("{here}/mcp").parse().unwrap(), guarded)
}

async fn found(url: &Url) -> Result<Access, String> {
    let Looked::Asks(challenge) = look(url, None, TIME).await.unwrap() else { panic!("it lets strangers in") };
    discover(url, &challenge, TIME).await
}

#[tokio::test]
async fn where_one_signs_in_is_found_out_and_stands_in_the_file() {
    let (url, guarded) = serve().await;
    let access = found(&url).await.unwrap();
    assert_eq!(guarded.lock().unwrap().asked, ["oauth-authorization-server/tenant", "openid-configuration/tenant"]);
    assert_eq!(access.scopes, ["read", "write"], "what the refusal asks for, and no more");
    let known = access.register(CALLBACK, TIME).await.unwrap();
    assert_eq!(guarded.lock().unwrap().registered["redirect_uris"], json!([CALLBACK]));
    assert_eq!(guarded.lock().unwrap().registered["application_type"], "native");

    let (begun, go) = access.begin(&known, CALLBACK, ["state".to_owned(), "v".repeat(43)]).unwrap();
    let said = |name: &str| go.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!((said("resource"), said("client_id")), (url.to_string(), "baton-1".to_owned()));
    assert_eq!((said("scope"), said("code_challenge_method")), ("read write".to_owned(), "S256".to_owned()));
    let back = |state: &str, issuer: Option<String>| Back { state: state.to_owned(), code: "c".to_owned(), issuer };
    assert!(access.finish(&known, &begun, &back("other", None)).await.is_err());
    let evil = Some("https://evil.example".to_owned());
    assert!(access.finish(&known, &begun, &back("state", evil)).await.is_err());
    assert!(guarded.lock().unwrap().token.0.is_empty(), "nothing was sent for either");
    let token = access.finish(&known, &begun, &back("state", Some(access.issuer.clone()))).await.unwrap();
    let (form, header) = guarded.lock().unwrap().token.clone();
    assert!(
        form.contains("client_secret=s3") && form.contains("resource=http") && header.is_empty(),
        "{form} {header}"
    );

    let tools = tools_with(&url, None, &token, TIME).await.unwrap();
    let place = format!("base_url: {url}\n{}", access.lines("wiki", &known));
    assert!(!place.contains("s3") && !place.contains("baton-1"), "{place}");
    let files = files("wiki", &place, &tools);
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let world = World::new(&files).await;
    world.secret("wiki.client", &known.secret_text()).await;
    let ctx = world.ctx().as_system("test");
    let random = ["state".to_owned(), "v".repeat(43)];
    let again = world.door.begin_sign_in(&ctx, "wiki", "https://baton.example/connectors/callback", random).await;
    let again: Url = again.unwrap().parse().unwrap();
    let same = |key: &str| again.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned());
    assert_eq!(again.path(), "/go");
    assert_eq!((same("resource"), same("client_id")), (Some(url.to_string()), Some("baton-1".to_owned())));
}

#[tokio::test]
async fn a_sign_in_asks_to_be_renewable_where_its_authorization_server_knows_that() {
    let (url, guarded) = serve().await;
    let asked = async |knows: Value| {
        guarded.lock().unwrap().metadata["scopes_supported"] = knows;
        found(&url).await.unwrap().scopes
    };
    assert_eq!(asked(json!(["read", "offline_access"])).await, ["read", "write", "offline_access"]);
    assert_eq!(asked(json!(["read", "write"])).await, ["read", "write"]);
    assert_eq!(asked(Value::Null).await, ["read", "write"]);
}

#[tokio::test]
async fn who_speaks_for_somebody_else_is_not_believed() {
    let (url, guarded) = serve().await;
    let here = guarded.lock().unwrap().here.clone();
    guarded.lock().unwrap().resource = "https://evil.example/mcp".to_owned();
    assert!(found(&url).await.unwrap_err().contains("evil.example"));
    guarded.lock().unwrap().resource = here.clone();
    assert!(found(&url).await.is_ok(), "of all below it");
    for (key, value) in [
        ("issuer", json!("https://evil.example/tenant")),
        ("issuer", json!(here)),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("token_endpoint", json!("http://evil.example/token")),
    ] {
        let before = guarded.lock().unwrap().metadata.clone();
        guarded.lock().unwrap().metadata[key] = value.clone();
        assert!(found(&url).await.is_err(), "{key} {value}");
        guarded.lock().unwrap().metadata = before;
    }
    // Whose answers name it means all of them, here and when somebody signs in later.
    guarded.lock().unwrap().metadata["authorization_response_iss_parameter_supported"] = json!(true);
    let access = found(&url).await.unwrap();
    let known = access.known("id", "pw");
    let (begun, _) = access.begin(&known, CALLBACK, ["state".to_owned(), "v".repeat(43)]).unwrap();
    let back = |issuer: Option<String>| Back { state: "state".to_owned(), code: "c".to_owned(), issuer };
    assert!(access.finish(&known, &begun, &back(None)).await.is_err());
    assert!(access.finish(&known, &begun, &back(Some(access.issuer.clone()))).await.is_ok());
    assert!(access.lines("wiki", &known).contains(&format!("issuer: \"{}\"", access.issuer)));
    // A name that could not be told from its secret again.
    let known = access.known("urn:baton", "pw");
    assert!(access.begin(&known, CALLBACK, ["state".to_owned(), "v".repeat(43)]).is_err());
    // Known by hand: nothing is registered.
    guarded.lock().unwrap().metadata["registration_endpoint"] = Value::Null;
    let access = found(&url).await.unwrap();
    assert!(access.register(CALLBACK, TIME).await.is_err_and(|why| why.contains("by hand")));
    assert_eq!(access.known("id", "pw").secret_text(), "id:pw");
    assert_eq!(access.known("https://baton.example/about.json", "").secret_text(), "https://baton.example/about.json");
}
