//! `/Bulk`: the operations of one request, one after the other, each as if it had been sent by itself.

use super::{Body, answer, caller, check, refused, said, settle, settle_group, work};
use crate::House;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use baton_db::Tx;
use baton_govern::Ctx;
use baton_govern::scim::bulk::{Bulk, Kind, Verb, Work, answer as whole};
use baton_govern::scim::{Told, groups, users};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Does them until there are as many errors as the caller bears; what was done stays done.
pub(super) async fn bulk(State(house): State<Arc<House>>, headers: HeaderMap, Body(document): Body) -> Response {
    let bulk = match Bulk::read(&document) {
        Ok(bulk) => bulk,
        Err(fault) => return refused(&fault),
    };
    let (mut made, mut entries, mut errors) = (BTreeMap::new(), BTreeMap::new(), 0);
    for at in bulk.order() {
        let Some(operation) = bulk.operations.get(at).filter(|_| errors < bulk.errors_max) else { break };
        let wanted = bulk.work(operation, &made).map(Arc::new);
        let (wanted, told) = match wanted {
            Ok(wanted) => (Some(Arc::clone(&wanted)), done(&house, &headers, wanted).await),
            Err(fault) => (None, Err(fault)),
        };
        match &told {
            Ok(resource) => {
                let id = resource["id"].as_str().map(str::to_owned);
                made.extend(operation.name.clone().zip(id));
            }
            Err(fault) => {
                said(fault);
                errors += 1;
            }
        }
        entries.insert(at, operation.told(wanted.as_deref(), &told));
    }
    answer(StatusCode::OK, &whole(entries.into_values().collect()))
}

/// One of them. Who asks is looked at anew: a token that is revoked meanwhile does no more.
async fn done(house: &Arc<House>, headers: &HeaderMap, wanted: Arc<Work>) -> Told<Value> {
    let ctx = caller(house, headers).await?;
    work(house, true, move |tx| one(tx, &ctx, &wanted)).await
}

fn one(tx: &mut Tx, ctx: &Ctx, wanted: &Work) -> Told<Value> {
    let (id, version) = (wanted.id.as_str(), wanted.version.as_deref());
    match wanted.kind {
        Kind::User => {
            if version.is_some() && !id.is_empty() {
                check(version, &users::get(tx, ctx, id)?)?;
            }
            let saved = match &wanted.verb {
                Verb::Create(user) => users::create(tx, ctx, user)?,
                Verb::Replace(user) => users::replace(tx, ctx, id, user)?,
                Verb::Change(patch) => users::change(tx, ctx, id, patch)?,
                Verb::Remove => users::remove(tx, ctx, id)?,
            };
            let resource = settle(tx, ctx, saved)?;
            Ok(if wanted.verb == Verb::Remove { Value::Null } else { resource })
        }
        Kind::Group => {
            if version.is_some() && !id.is_empty() {
                check(version, &groups::get(tx, ctx, id)?)?;
            }
            let saved = match &wanted.verb {
                Verb::Create(group) => groups::create(tx, ctx, group)?,
                Verb::Replace(group) => groups::replace(tx, ctx, id, group)?,
                Verb::Change(patch) => groups::change(tx, ctx, id, patch)?,
                Verb::Remove => groups::remove(tx, ctx, id)?,
            };
            settle_group(tx, ctx, saved)
        }
    }
}
