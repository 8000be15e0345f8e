//! Queues and hours of a client: how they stand, and settings that become a proposal.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use crate::queues;
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, ReleaseId};
use baton_desk::QueueSettings;
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(settings)).routes(routes!(check))
}

/// Queues of a client: live counts, hours, needs, targets, and whether each is open now or when it opens.
#[utoipa::path(get, path = "/clients/{client}/queues", tag = "desk", params(("client" = String, Path)),
    responses((status = 200, description = "Queues as they stand", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::FloorRead)?;
    let items = queues::states(&house, &ctx).await?;
    Ok(Json(json!({"at_ms": ctx.now_ms(), "items": items})))
}

/// What is set of a client's queues, hours, service targets and words to whoever waits, as the files of its live release
/// say it.
#[utoipa::path(get, path = "/clients/{client}/queue-settings", tag = "changes", params(("client" = String, Path)),
    responses((status = 200, description = "Release and settings", body = Value)))]
pub async fn settings(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ReleaseRead)?;
    let (release, settings) = queues::settings(&house, &ctx).await?;
    Ok(Json(json!({"release": release, "settings": settings})))
}

/// Settings to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// As `GET queue-settings` gives them, all of them.
    #[schema(value_type = Object)]
    settings: QueueSettings,
    /// The release whose settings they change.
    #[schema(value_type = String)]
    base: ReleaseId,
}

/// Turns settings into edits of files, to be sent as a proposal, and checks that they load. Each finding names its file and,
/// as `at`, its field; without findings each queue's hours are told as they would stand now. Keeps nothing.
#[utoipa::path(post, path = "/clients/{client}/queue-settings/check", tag = "changes", params(("client" = String, Path)),
    request_body = Wanted, responses((status = 200, description = "Edits, or findings", body = Value),
        (status = 409, description = "Another release has gone live since")))]
pub async fn check(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(wanted): Body<Wanted>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ChangePropose)?;
    Ok(Json(queues::check(&house, &ctx, &wanted.base, &wanted.settings).await?))
}
