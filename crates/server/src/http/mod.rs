//! The HTTP API: one thin handler per use case. Sign-in and composition live here, rules live in the rooms.

pub mod access;
pub(crate) mod addresses;
pub mod admin;
pub mod auth;
pub mod cases;
pub mod changes;
pub mod channels;
pub mod chat;
pub mod connectors;
pub mod console;
pub mod customers;
pub mod files;
pub mod fixes;
pub mod floor;
mod floor_costs;
pub mod handoffs;
pub mod hooks;
pub mod intents;
pub mod knowledge;
pub mod ledger;
pub mod live;
pub mod members;
pub mod merge;
pub mod names;
pub mod notes;
pub mod page;
pub mod passkeys;
pub mod performance;
pub mod problem;
pub mod processes;
pub mod queues;
pub mod reasons;
pub mod rules;
pub mod runs;
pub mod safety;
pub mod scim;
pub mod session;
pub mod sso;
pub mod stops;
pub mod suggest;
mod talk;
pub mod team;
pub mod tools;
pub mod translate;
pub mod views;
pub mod voice;
pub mod wall;
pub mod ways;
pub mod webhooks;
pub mod work;
pub mod writing;

use crate::{House, a2a, mcp};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use baton_base::limits::BODY_BYTES_MAX;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Baton",
    description = "Customer operations in which AI agents and people work the same cases. \
        Sign in at /api/v1/session, or send an API token as a bearer token. \
        Errors are problem documents (RFC 9457); lists are paged by key. Whoever has not shown who they are is limited by \
        address: 429, with Retry-After in seconds."
))]
struct Description;

fn api() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::show, session::sign_out))
        .merge(sso::routes())
        .merge(passkeys::routes())
        .routes(routes!(access::standing, access::begin, access::confirm, access::give_up))
        .routes(routes!(access::sessions))
        .routes(routes!(access::end))
        .routes(routes!(access::remove))
        .routes(routes!(access::end_all))
        .routes(routes!(access::rotate))
        .routes(routes!(access::revoke))
        .routes(routes!(access::review))
        .routes(routes!(admin::clients))
        .routes(routes!(admin::list_members, members::add))
        .merge(members::routes())
        .routes(routes!(admin::create_token, admin::list_tokens))
        .merge(stops::routes())
        .merge(contacts())
        .routes(routes!(tools::actions))
        .routes(routes!(tools::call))
        .routes(routes!(tools::answer))
        .routes(routes!(tools::effects))
        .routes(routes!(tools::why))
        .merge(people())
        .routes(routes!(processes::list))
        .routes(routes!(processes::show))
        .routes(routes!(processes::lint))
        .routes(routes!(rules::policies))
        .routes(routes!(rules::tables))
        .routes(routes!(rules::import_tables))
        .routes(routes!(rules::export_tables))
        .routes(routes!(rules::proven, rules::require_proofs))
        .routes(routes!(rules::explain))
        .routes(routes!(changes::list, changes::propose))
        .routes(routes!(changes::show))
        .routes(routes!(changes::blueprint))
        .routes(routes!(changes::check))
        .routes(routes!(changes::decide))
        .routes(routes!(changes::approvals))
        .routes(routes!(safety::levels))
        .routes(routes!(safety::critical))
        .routes(routes!(safety::mode))
        .routes(routes!(safety::stop))
        .merge(runs::routes())
        .merge(connectors::routes())
        .merge(channels::routes())
        .merge(files::case_routes())
        .merge(webhooks::routes())
        .routes(routes!(ledger::list))
        .routes(routes!(ledger::around))
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(ledger::verify))
        .routes(routes!(ledger::export))
        .routes(routes!(live::events))
}

/// Cases, and the customers whose they are.
fn contacts() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(cases::list))
        .routes(routes!(intents::list))
        .routes(routes!(cases::open))
        .routes(routes!(cases::show))
        .routes(routes!(cases::timeline))
        .routes(routes!(reasons::list))
        .routes(routes!(cases::export))
        .routes(routes!(cases::write))
        .routes(routes!(cases::take))
        .routes(routes!(cases::give_back))
        .routes(routes!(customers::show))
        .routes(routes!(customers::link))
        .routes(routes!(customers::unlink))
        .routes(routes!(writing::tell))
        .routes(routes!(ways::list, ways::choose))
        .routes(routes!(customers::export))
        .routes(routes!(customers::erase))
        .routes(routes!(customers::hold, customers::lift))
        .routes(routes!(customers::kept, customers::keep))
}

/// People's work.
fn people() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(work::list))
        .routes(routes!(work::show))
        .routes(routes!(work::seen))
        .routes(routes!(work::claim))
        .routes(routes!(work::release))
        .routes(routes!(work::complete))
        .routes(routes!(work::queues))
        .routes(routes!(work::queues_today))
        .merge(queues::routes())
        .routes(routes!(floor::floor))
        .routes(routes!(views::list, views::keep, views::forget))
        .merge(team::routes())
        .routes(routes!(names::list))
        .merge(notes::routes())
        .merge(merge::routes())
        .merge(suggest::routes())
        .merge(translate::routes())
        .merge(handoffs::routes())
        .merge(fixes::routes())
        .merge(performance::routes())
}

fn chat() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(chat::start))
        .routes(routes!(chat::send, chat::messages))
        .routes(routes!(chat::events))
        .routes(routes!(chat::person))
        .routes(routes!(writing::from_chat))
        .merge(files::chat_routes())
        // The chat also runs on pages of the clients' own; its calls carry a token of their own and no cookie.
        .layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers(Any))
}

fn hooks() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(hooks::receive))
        .layer(DefaultBodyLimit::max(baton_tools::webhook::DELIVERY_BYTES_MAX))
}

fn described() -> (Router<Arc<House>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", api().merge(knowledge::routes()))
        .merge(chat())
        .merge(hooks())
        .merge(OpenApiRouter::new().routes(routes!(voice::relay)))
        .split_for_parts()
}

/// The API's description (OpenAPI 3.1), as served at `/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().1
}

const SECURITY: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "SAMEORIGIN"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; object-src 'none'; form-action 'self'",
    ),
];

/// Everything that is served: API, chat, console.
pub fn router(house: Arc<House>) -> Router {
    let (routes, description) = described();
    let description = Arc::new(description);
    let mut router = routes
        .route("/openapi.json", get(move || async move { Json((*description).clone()) }))
        .route("/docs", get(|| async { Html(include_str!("docs.html")) }))
        .route("/docs.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], include_str!("docs.js")) }))
        .route("/docs.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], include_str!("docs.css")) }))
        .route("/connectors/callback", get(connectors::callback))
        .route("/sso/callback", get(sso::callback))
        .nest("/scim/v2", scim::routes(&house))
        .route("/healthz", get(|| async { "ok" }))
        .route("/mcp/{client}", any(mcp::serve))
        .route("/.well-known/oauth-protected-resource/mcp/{client}", get(mcp::metadata))
        .route("/a2a/{client}", post(a2a::rpc))
        .route("/a2a/{client}/.well-known/agent-card.json", get(a2a::card))
        .route("/a2a/{client}/{*path}", any(a2a::rest))
        .route("/chat/embed.js", get(console::chat_script))
        .route("/chat/{client}", get(console::chat_page))
        .fallback(console::console)
        .method_not_allowed_fallback(|| async { problem::wrong_method() })
        .layer(axum::middleware::from_fn(wall::stand))
        .layer(axum::middleware::from_fn(chat::preflight))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&house), addresses::guard));
    for (name, value) in SECURITY {
        let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    router
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(house)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    problem::Failure(baton_base::Error::broken("a handler panicked")).into_response()
}
