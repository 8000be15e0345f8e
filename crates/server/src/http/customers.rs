//! A customer's own data: export, erasure, holds.

use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use crate::{House, privacy};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, CustomerId};
use baton_govern::Right;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

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
