//! The ledger: who did what, why it was allowed, and whether it is whole.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::limit;
use crate::http::problem::{Answer, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use baton_base::{CaseId, ClientId, Event};
use baton_govern::{Right, ledger};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;

/// Which entries to list.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    case: Option<CaseId>,
    /// Name of an actor: a member id, an agent's or a system's name.
    actor: Option<String>,
    /// Kind, or the beginning of one, such as `action.`.
    kind: Option<String>,
    subject: Option<String>,
    /// Text within the facts.
    q: Option<String>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Entries, newest first.
#[utoipa::path(get, path = "/ledger", tag = "ledger", params(Which),
    responses((status = 200, description = "Entries of the clients that the caller may see", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::LedgerRead)?;
    let limit = limit(which.limit)?;
    let filter = ledger::Filter {
        clients,
        case: which.case,
        actor: which.actor,
        kind: which.kind,
        subject: which.subject,
        q: which.q,
        from_ms: which.from_ms,
        to_ms: which.to_ms,
    };
    let page = house.db.read(move |tx| ledger::list(tx, &filter, which.after.as_deref(), limit)).await?;
    Ok(Json(json!({ "items": page.items, "next": page.next })))
}

/// What was set up at the client while a case went on, oldest first: releases, changes, stops, autonomy, roles and connectors; before
/// them the release that it began on.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/configuration", tag = "ledger",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "Entries, at most 500", body = Value)))]
pub async fn around(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::LedgerRead)?;
    let now_ms = house.env.now_ms();
    let read = move |tx: &mut baton_db::Tx| {
        let found = baton_cases::get(tx, &ctx.as_system("ledger"), &case)?;
        ledger::around(tx, &ctx.client, found.row.opened_ms, found.closed_ms.unwrap_or(now_ms))
    };
    let items = house.db.read(read).await?;
    Ok(Json(json!({ "items": items })))
}

/// The latest signed checkpoint of a client's ledger.
#[utoipa::path(get, path = "/clients/{client}/ledger/checkpoint", tag = "ledger", params(("client" = String, Path)),
    responses((status = 200, description = "Checkpoint (C2SP tlog-checkpoint) and public key", body = Value)))]
pub async fn checkpoint(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::LedgerRead)?;
    let key = house.ledger_key.public_text();
    let found = house.db.read(move |tx| ledger::latest_checkpoint(tx, &ctx.client)).await?;
    Ok(Json(json!({ "checkpoint": found, "public_key": key })))
}

/// Recomputes the whole ledger of a client from its rows and checks it against every checkpoint.
#[utoipa::path(get, path = "/clients/{client}/ledger/verify", tag = "ledger", params(("client" = String, Path)),
    responses((status = 200, description = "Whether it is whole, and the first bad entry if not", body = Value)))]
pub async fn verify(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::LedgerRead)?;
    let key = house.ledger_key.verifying_key();
    let verified = house.db.read(move |tx| ledger::verify(tx, &ctx.client, &key)).await?;
    Ok(Json(json!(verified)))
}

/// How much of the ledger one answer holds: 20,000 entries, 32 MiB of their texts, or what one sealing has sealed.
const EXPORT_MOST: ledger::Most = ledger::Most { entries: 20_000, bytes: 32 << 20 };

/// Which part of the ledger to export.
#[derive(Deserialize, IntoParams)]
pub struct Part {
    /// Only entries from this number on: the size that an earlier export ended with.
    #[serde(default)]
    since: u64,
}

/// The sealed ledger of a client with its checkpoints and proofs, as `baton audit export` writes it, as one file: names of files
/// and their texts. `baton audit verify FILE --key KEY` checks it without the installation. That it was taken is noted. One
/// answer ends with a signed head; `manifest.json` has its `size`, and `sealed`, the size of the whole: the next answer goes on
/// with `since=size`.
#[utoipa::path(get, path = "/clients/{client}/ledger/export", tag = "ledger", params(("client" = String, Path), Part),
    responses((status = 200, description = "File names and texts; at most 20,000 entries, and 32 MiB of them", body = Value)))]
pub async fn export(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(part): Query<Part>,
) -> Answer<Response> {
    let ctx = caller.ctx(&house, &client, Right::LedgerExport)?;
    let of = client.clone();
    let exported = house.db.read(move |tx| ledger::export(tx, &of, part.since, EXPORT_MOST)).await?;
    let taken = json!({"since": part.since, "size": exported.size});
    let noted = move |tx: &mut baton_db::Tx| {
        ledger::append(tx, &ctx, Event::new(&ctx.client, "ledger.exported", &ctx.client).with(taken))
    };
    house.db.write(noted).await?;
    let name = format!("attachment; filename=\"ledger-{client}-{}.json\"", exported.size);
    Ok(([(CONTENT_DISPOSITION, name)], Json(exported.files)).into_response())
}
