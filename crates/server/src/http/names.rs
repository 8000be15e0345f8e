//! Names of colleagues for whoever works with them: few at once, by their ids or by a part of the name.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::limit;
use crate::http::problem::{Answer, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error, MemberId, Result};
use baton_govern::Right;
use baton_govern::names::{self, Seen, Wanted};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;

/// Ids that are looked up at once.
const IDS_MAX: usize = 200;
/// Longest text that a name is found by, bytes.
const TEXT_BYTES_MAX: usize = 200;

/// Which names.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// Ids of members with commas between, at most 200: their names, and nothing is searched.
    ids: Option<String>,
    /// A part of the name; all who are active, if it is left out.
    q: Option<String>,
    /// Only who works at this client; wherever the caller sees people, if left out.
    client: Option<ClientId>,
    limit: Option<u32>,
}

/// Names of colleagues, in order: everybody with a role at a client whose members the caller may see, and whoever takes work where
/// they may see the floor. `more`: there are others than these.
#[utoipa::path(get, path = "/names", tag = "desk", params(Which),
    responses((status = 200, description = "`items` of `id` and `name`, and `more`", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let seen = seen(&house, &caller, which.client.as_ref())?;
    let (wanted, limit) = match which.ids.as_deref() {
        Some(ids) => (Wanted::Ids(read_ids(ids)?), u32::try_from(IDS_MAX).unwrap_or(u32::MAX)),
        None => (Wanted::Holding(text(which.q)?), limit(which.limit)?),
    };
    let mut items = house.db.read(move |tx| names::names(tx, &seen, &wanted, limit + 1)).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    Ok(Json(json!({"items": items, "more": more})))
}

/// Whose names the caller may see; refused where it is nobody's.
fn seen(house: &House, caller: &Caller, client: Option<&ClientId>) -> Result<Seen> {
    if client.is_none() && caller.ctx(house, &ClientId::house(), Right::MemberRead).is_ok() {
        return Ok(Seen::Everybody);
    }
    let all = caller.clients(house, client, Right::MemberRead);
    match (all, caller.clients(house, client, Right::FloorRead)) {
        (Err(_), Err(refused)) => Err(refused),
        (all, workers) => Ok(Seen::At { all: all.unwrap_or_default(), workers: workers.unwrap_or_default() }),
    }
}

fn read_ids(ids: &str) -> Result<Vec<MemberId>> {
    let ids: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.len() > IDS_MAX {
        return Err(Error::invalid_at("ids", format!("{} ids", ids.len()), format!("ask for at most {IDS_MAX}")));
    }
    ids.into_iter().map(str::parse).collect()
}

fn text(q: Option<String>) -> Result<String> {
    let text = q.unwrap_or_default().trim().to_owned();
    if text.len() > TEXT_BYTES_MAX || text.contains('\0') {
        let how = format!("give a part of the name, at most {TEXT_BYTES_MAX} bytes");
        return Err(Error::invalid_at("q", "nobody can be found by this", how));
    }
    Ok(text)
}
