//! A customer: who they are on each channel, whom they are linked with, and their own data: export, erasure, holds.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use crate::privacy::{self, Kept};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId, CustomerId, Result};
use baton_cases::people::{self, Linking};
use baton_db::Tx;
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// A customer: by which addresses they write, who is linked to them, their cases, and who else looks the same.
#[utoipa::path(get, path = "/clients/{client}/customers/{customer}", tag = "customers",
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 200, description = "The customer", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    Ok(Json(json!(house.db.read(move |tx| people::person(tx, &ctx, &customer)).await?)))
}

/// Who is the same customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The other customer.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// Why; it goes into the ledger.
    reason: String,
    /// The case in which it was found.
    #[schema(value_type = Option<String>)]
    case: Option<CaseId>,
}

/// Links another customer into this one: all that is theirs is this one's, and whoever writes from any of the addresses is this
/// customer. Nothing is linked by itself.
#[utoipa::path(post, path = "/clients/{client}/customers/{customer}/links", tag = "customers", request_body = NewLink,
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 200, description = "The customer that both are now", body = Value)))]
pub async fn link(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
    Body(new): Body<NewLink>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CustomerLink)?;
    let work = move |tx: &mut Tx| {
        let NewLink { customer: other, reason, case } = &new;
        let asked = Linking { customer: &customer, other, reason, case: case.as_ref() };
        let one = people::link(tx, &ctx, &asked)?;
        people::person(tx, &ctx.as_system("people"), &one)
    };
    Ok(Json(json!(house.db.write(work).await?)))
}

/// Why a link is undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoLink {
    reason: String,
    /// The case in which it was found.
    #[schema(value_type = Option<String>)]
    case: Option<CaseId>,
}

/// Undoes a link: the other customer has their addresses and cases again.
#[utoipa::path(delete, path = "/clients/{client}/customers/{customer}/links/{other}", tag = "customers", request_body = NoLink,
    params(("client" = String, Path), ("customer" = String, Path), ("other" = String, Path)), responses((status = 204, description = "They are two again")))]
pub async fn unlink(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer, other)): Ids<(ClientId, CustomerId, CustomerId)>,
    Body(NoLink { reason, case }): Body<NoLink>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CustomerLink)?;
    let work = move |tx: &mut Tx| {
        let asked = Linking { customer: &customer, other: &other, reason: &reason, case: case.as_ref() };
        people::unlink(tx, &ctx, &asked)
    };
    house.db.write(work).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All that is kept of a customer, as JSON. That it was asked for is in the ledger.
#[utoipa::path(get, path = "/clients/{client}/customers/{customer}/export", tag = "customers",
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 200, description = "Everything", body = Value)))]
pub async fn export(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CustomerExport)?;
    Ok(Json(house.db.write(move |tx| privacy::export_noted(tx, &ctx, &customer)).await?))
}

/// Erases a customer whose cases have ended. The answer is the certificate; its salt is given this once.
#[utoipa::path(delete, path = "/clients/{client}/customers/{customer}", tag = "customers",
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 200, description = "Certificate of erasure", body = Value)))]
pub async fn erase(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CustomerErase)?;
    let salt = privacy::salt()?;
    Ok(Json(house.db.write(move |tx| privacy::erase(tx, &ctx, &customer, &salt)).await?))
}

/// Why a customer's data must stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    reason: String,
}

/// Holds a customer's data: it cannot be erased, by anybody or by retention.
#[utoipa::path(put, path = "/clients/{client}/customers/{customer}/hold", tag = "customers", request_body = Hold,
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 204, description = "Held")))]
pub async fn hold(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
    Body(hold): Body<Hold>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CustomerErase)?;
    house.db.write(move |tx| baton_cases::hold(tx, &ctx, &customer, &hold.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts a hold.
#[utoipa::path(delete, path = "/clients/{client}/customers/{customer}/hold", tag = "customers",
    params(("client" = String, Path), ("customer" = String, Path)), responses((status = 204, description = "Lifted")))]
pub async fn lift(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, customer)): Ids<(ClientId, CustomerId)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CustomerErase)?;
    house.db.write(move |tx| baton_cases::lift(tx, &ctx, &customer)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For how long what is kept at a client.
#[utoipa::path(get, path = "/clients/{client}/retention", tag = "customers", operation_id = "retention",
    params(("client" = String, Path)), responses((status = 200, description = "Days by class; null is without end", body = Value)))]
pub async fn kept(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ClientRead)?;
    let read = move |tx: &mut Tx| {
        let kept = |class: &Kept| -> Result<Value> {
            Ok(json!({"class": class.name(), "days": privacy::kept_days(tx, &ctx.client, *class)?}))
        };
        Kept::ALL.iter().map(kept).collect::<Result<Vec<_>>>()
    };
    Ok(Json(json!({"items": house.db.read(read).await?})))
}

/// How long a class is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// `customers` (after the end of their last case), `model-exchanges`, `mails` or `files` (both after the end of their case), or `runs`
    /// (for no case, after their end).
    class: String,
    /// 0 is without end.
    days: u32,
}

/// Sets for how many days a class is kept. Servers erase what is older within a minute; a customer who is held keeps everything.
#[utoipa::path(put, path = "/clients/{client}/retention", tag = "customers", operation_id = "keep_class", request_body = Retention,
    params(("client" = String, Path)), responses((status = 204, description = "Set")))]
pub async fn keep(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(wanted): Body<Retention>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CustomerErase)?;
    let class: Kept = wanted.class.parse()?;
    house.db.write(move |tx| privacy::keep(tx, &ctx, class, wanted.days)).await?;
    Ok(StatusCode::NO_CONTENT)
}
