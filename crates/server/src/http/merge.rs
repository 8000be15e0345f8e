//! Cases that are one, and cases that are two: merge, undo, split off.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId, MessageId, Result};
use baton_cases::merged::{Merge, Split};
use baton_channels::mail;
use baton_db::Tx;
use baton_desk as desk;
use baton_govern::{Ctx, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Files of split-off messages that a process is told of, count.
const FILES_TOLD_MAX: usize = 50;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(merge)).routes(routes!(unmerge)).routes(routes!(split))
}

/// Into which case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInto {
    /// The case that goes on.
    #[schema(value_type = String)]
    into: CaseId,
    /// The caller says that the two cases' customers belong together: what is answered from then on reaches both.
    #[serde(default)]
    other_customer: bool,
    /// Why, in words.
    #[serde(default)]
    reason: String,
}

/// Merges a case into another one that is worked on. It is closed with a link; what its customer writes reaches the other.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/merge", tag = "cases", request_body = MergeInto,
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "Both cases: the one that was closed, and the one that goes on", body = Value),
        (status = 409, description = "They cannot be merged now, and why")))]
pub async fn merge(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(body): Body<MergeInto>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseTake)?;
    let order = Merge { case, into: body.into, other_customer: body.other_customer, reason: body.reason };
    let (source, target) = house.db.write(move |tx| desk::merge_cases(tx, &ctx, &order)).await?;
    Ok(Json(json!({ "merged": source, "into": target })))
}

/// Undoes a merge, as long as nothing was written through it: the case waits for a person.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/unmerge", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "Both cases: the one that is open again, and the one that it was in", body = Value),
        (status = 409, description = "It cannot be undone, and why")))]
pub async fn unmerge(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseTake)?;
    let parts = house.desk();
    let (source, target) = house.db.write(move |tx| desk::unmerge_case(tx, &ctx, &parts, &case)).await?;
    Ok(Json(json!({ "unmerged": source, "from": target })))
}

/// Who takes a new case on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SplitThen {
    /// It waits in the default queue for a person.
    #[default]
    Queue,
    /// The channel's process begins, as if it had just come in.
    Process,
}

/// What is split off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitMessages {
    /// Messages of the case; at least one of them its customer's.
    #[schema(value_type = Vec<String>)]
    messages: Vec<MessageId>,
    /// What the new case is called; by its first message, if left out.
    #[serde(default)]
    subject: String,
    /// `queue` (default) or `process`.
    #[serde(default)]
    then: SplitThen,
}

/// Makes a case of its own out of messages, which stay readable where they are. Their files are the new case's too.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/split", tag = "cases", request_body = SplitMessages,
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 201, description = "The new case", body = Value), (status = 409, description = "They cannot be split off, and why")))]
pub async fn split(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(body): Body<SplitMessages>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseTake)?;
    let parts = house.desk();
    let start = body.then == SplitThen::Process;
    let mut order = Split { case, messages: body.messages, subject: body.subject, start, data: Value::Null };
    let row = house
        .db
        .write(move |tx| {
            order.data = came_with(tx, &ctx, &order)?;
            let made = desk::split_case(tx, &ctx, &parts, &order)?;
            baton_cases::row(tx, &ctx, &made.case)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(json!(row))))
}

/// The files of the messages, as a process is told of those that come with a contact.
fn came_with(tx: &mut Tx, ctx: &Ctx, order: &Split) -> Result<Value> {
    let all = mail::of_family(tx, &ctx.as_system("split"), &order.case)?.into_iter();
    let theirs = all.filter(|file| file.kept && order.messages.contains(&file.message)).take(FILES_TOLD_MAX);
    let files: Vec<Value> =
        theirs.map(|file| json!({"name": file.name, "media": file.media, "bytes": file.bytes})).collect();
    Ok(if files.is_empty() { Value::Null } else { json!({ "files": files }) })
}
