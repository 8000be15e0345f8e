//! Actions through the door, by a person's button, and the effects of all.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::limit;
use crate::http::problem::{Answer, Body, Failure, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId, EffectId, Error, RunId};
use baton_govern::Right;
use baton_tools::{Call, Called, store};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The actions that this client's systems offer, with the schema of their arguments.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/actions", tag = "tools",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "Actions", body = Value)))]
pub async fn actions(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ActionCall)?;
    let looked = ctx.clone();
    house.db.read(move |tx| baton_cases::row(tx, &looked, &case)).await?;
    let catalogue = house.door.catalogue(&ctx.client)?;
    let items: Vec<Value> = catalogue
        .actions()
        .map(|a| json!({"name": a.name, "title": a.title, "writes": a.writes, "risk": a.risk, "schema": a.schema()}))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// Arguments of a call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    #[serde(default)]
    args: Value,
    /// Tells this call from another of the same action and arguments: sending it again repeats nothing.
    key: Option<String>,
    /// The approval that was given to exactly this call.
    approval: Option<baton_base::WorkItemId>,
}

fn call_of(body: Args, action: String, case: CaseId, fresh: impl FnOnce() -> String) -> Call {
    Call {
        action,
        args: if body.args.is_null() { json!({}) } else { body.args },
        case: Some(case),
        step_key: body.key.unwrap_or_else(fresh),
        approval: body.approval,
        ..Call::default()
    }
}

/// What policy would say to a call, before it is made.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/actions/{action}/answer", tag = "tools", request_body = Args,
    params(("client" = String, Path), ("case" = String, Path), ("action" = String, Path)),
    responses((status = 200, description = "Allowed, needs approval, or why not", body = Value)))]
pub async fn answer(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case, action)): Ids<(ClientId, CaseId, String)>,
    Body(body): Body<Args>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ActionCall)?;
    // What does not exist is not a matter of policy.
    house.door.catalogue(&ctx.client)?.action(&action)?;
    let (looked, about) = (ctx.clone(), case.clone());
    house.db.read(move |tx| baton_cases::row(tx, &looked, &about)).await?;
    let call = call_of(body, action, case, || ctx.id("press"));
    Ok(Json(json!(house.door.answer_before(&ctx, call).await?)))
}

/// Makes a call through the door.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/actions/{action}", tag = "tools", request_body = Args,
    params(("client" = String, Path), ("case" = String, Path), ("action" = String, Path)),
    responses((status = 200, description = "Done", body = Value), (status = 202, description = "A person has been asked", body = Value),
        (status = 403, description = "Refused by policy")))]
pub async fn call(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case, action)): Ids<(ClientId, CaseId, String)>,
    Body(body): Body<Args>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::ActionCall)?;
    let call = call_of(body, action, case, || ctx.id("press"));
    match house.door.call(&ctx, call).await? {
        Called::Done { effect, result } => Ok((StatusCode::OK, Json(json!({"effect": effect, "result": result})))),
        Called::NeedsApproval { work_item, role, reason, policies } => {
            let asked = json!({"work_item": work_item, "role": role, "reason": reason, "policies": policies});
            Ok((StatusCode::ACCEPTED, Json(asked)))
        }
        other => Err(Failure(error_of(other))),
    }
}

/// What came of a call that did not go through, as an error.
pub fn error_of(called: Called) -> Error {
    match called {
        Called::Invalid(error) => error,
        Called::Refused { reason, policies } => Error::refused(reason, policies),
        Called::Undecided { reason } => Error::refused(reason, vec!["door:table".into()]),
        Called::Failed { status, detail, .. } => Error::Conflict(format!("the system answered {status}: {detail}")),
        Called::Unreachable { why } => Error::Unavailable(why),
        Called::Unknown { effect, why } => Error::Conflict(format!("effect {effect}: {why}")),
        Called::Done { .. } | Called::NeedsApproval { .. } => Error::broken("a call that went through is no error"),
    }
}

/// Which effects to list.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// Of this case, and of cases merged into it.
    case: Option<CaseId>,
    run: Option<RunId>,
    state: Option<String>,
    /// 1: only effects that change something.
    writes: Option<u8>,
    after: Option<EffectId>,
    limit: Option<u32>,
}

/// The room reads states back from the database, where an unknown one is a fault of ours; here it is the caller's.
fn state(text: &str) -> Result<store::State, Error> {
    let unknown = || {
        Error::invalid_at("state", format!("there is no state '{text}'"), "use requested, finished, failed or unknown")
    };
    text.parse().map_err(|_| unknown())
}

/// Effects of a client, newest first, each with its permit.
#[utoipa::path(get, path = "/clients/{client}/effects", tag = "tools", params(("client" = String, Path), Which),
    responses((status = 200, description = "Effects", body = Value)))]
pub async fn effects(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(which): Query<Which>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::EffectRead)?;
    let limit = limit(which.limit)?;
    let filter = store::Filter {
        case: which.case,
        run: which.run,
        state: which.state.as_deref().map(state).transpose()?,
        writes_only: which.writes == Some(1),
    };
    let mut rows = house
        .db
        .read(move |tx| {
            let Some(case) = &filter.case else {
                return store::list(tx, &ctx.client, &filter, which.after.as_ref(), limit + 1);
            };
            let mut rows = Vec::new();
            for case in baton_cases::merged::family(tx, &ctx.client, case)? {
                let of_one = store::Filter { case: Some(case), ..filter.clone() };
                rows.extend(store::list(tx, &ctx.client, &of_one, which.after.as_ref(), limit + 1)?);
            }
            rows.sort_by(|a, b| b.id.cmp(&a.id));
            Ok(rows)
        })
        .await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
    Ok(Json(json!({ "items": rows, "next": next })))
}

/// Why an effect was allowed: who asked, on which facts, rules, policies and approval, with the ledger's entries and proofs.
#[utoipa::path(get, path = "/clients/{client}/effects/{effect}/why", tag = "tools",
    params(("client" = String, Path), ("effect" = String, Path)), responses((status = 200, description = "The reasons", body = Value)))]
pub async fn why(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, effect)): Ids<(ClientId, EffectId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::EffectRead)?;
    Ok(Json(house.db.read(move |tx| crate::allowed::why(tx, &ctx.client, &effect)).await?))
}
