//! SCIM 2.0 for the house's directory (RFC 7644), under `/scim/v2`. It describes itself, so it stands in no other
//! description; its errors have the protocol's form.

mod bulk;

use crate::House;
use crate::http::auth::bearer;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use baton_base::limits::{BODY_BYTES_MAX, JSON_DEPTH_MAX};
use baton_base::{ClientId, Error};
use baton_db::Tx;
use baton_govern::scim::{self, Fault, Filter, Part, Told, groups, schemas, users};
use baton_govern::{Ctx, Right, tokens};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

const MEDIA: &str = "application/scim+json";

/// The routes, for whoever has a token for them.
pub fn routes(house: &Arc<House>) -> Router<Arc<House>> {
    Router::new()
        .route("/ServiceProviderConfig", get(|| async { answer(StatusCode::OK, &schemas::config()) }))
        .route("/ResourceTypes", get(|| async { listed(schemas::resource_types()) }))
        .route(
            "/ResourceTypes/{id}",
            get(|Path(id): Path<String>| async move { named(schemas::resource_types(), &id) }),
        )
        .route("/Schemas", get(|| async { listed(schemas::schemas()) }))
        .route("/Schemas/{id}", get(|Path(id): Path<String>| async move { named(schemas::schemas(), &id) }))
        .route("/Users", get(list_users).post(create_user))
        .route("/Users/{id}", get(get_user).put(put_user).patch(patch_user).delete(delete_user))
        .route("/Groups", get(list_groups).post(create_group))
        .route("/Groups/{id}", get(get_group).put(put_group).patch(patch_group).delete(delete_group))
        .route("/Bulk", post(bulk::bulk))
        .fallback(|| async { refused(&Error::not_found("this address of SCIM").into()) })
        .method_not_allowed_fallback(|| async {
            refused(&Fault::of(405, "", "this address does not take that method"))
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(house), sign_in))
}

/// Who asks, once for all routes: a token of this audience, with the right.
async fn sign_in(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    match caller(&house, request.headers()).await {
        Ok(ctx) => {
            request.extensions_mut().insert(ctx);
            next.run(request).await
        }
        Err(error) => refused(&error.into()),
    }
}

async fn caller(house: &Arc<House>, headers: &HeaderMap) -> Result<Ctx, Error> {
    let token = bearer(headers).map(str::to_owned);
    let token = token.ok_or_else(|| Error::Unauthenticated("send a token for SCIM as a bearer token".to_owned()))?;
    let env = Arc::clone(&house.env);
    let signed = house.db.read(move |tx| tokens::directory(tx, &env, &token)).await?;
    let ctx = signed.ctx_for(&ClientId::house())?;
    ctx.allow(Right::Provision)?;
    Ok(ctx)
}

type Who = axum::Extension<Ctx>;

fn answer(status: StatusCode, resource: &Value) -> Response {
    let mut response = (status, resource.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    let text = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse().ok());
    if let Some(version) = text("/meta/version") {
        headers.insert(header::ETAG, version);
    }
    if let Some(place) = text("/meta/location").filter(|_| status == StatusCode::CREATED) {
        headers.insert(header::LOCATION, place);
    }
    response
}

/// A fault of Baton itself is said in the log.
fn said(fault: &Fault) {
    if fault.status >= 500 {
        tracing::error!(cause = fault.cause.as_ref().unwrap_or(&fault.detail), "a SCIM request failed");
    }
}

fn refused(fault: &Fault) -> Response {
    said(fault);
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer(status, &fault.document());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scim\""));
    }
    response
}

fn told(status: StatusCode, told: Told<Value>) -> Response {
    match told {
        Ok(resource) => answer(status, &resource),
        Err(fault) => refused(&fault),
    }
}

fn listed(items: Vec<Value>) -> Response {
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    answer(StatusCode::OK, &scim::page(total, 1, items))
}

fn named(items: Vec<Value>, id: &str) -> Response {
    let found = items.into_iter().find(|item| item["id"] == *id);
    told(StatusCode::OK, found.ok_or_else(|| Error::not_found(format!("'{id}'")).into()))
}

/// Does a piece of work in one transaction. A refusal of the protocol gives the transaction up like an error.
async fn work<T: Send + 'static>(
    house: &Arc<House>,
    writes: bool,
    f: impl FnOnce(&mut Tx) -> Told<T> + Send + 'static,
) -> Told<T> {
    let (told, hears) = std::sync::mpsc::channel();
    let run = move |tx: &mut Tx| match f(tx) {
        Ok(value) => Ok(value),
        Err(fault) => {
            let error = Error::Conflict(fault.detail.clone());
            let _ = told.send(fault);
            Err(error)
        }
    };
    let done = if writes { house.db.write(run).await } else { house.db.read(run).await };
    done.map_err(|error| hears.try_recv().unwrap_or_else(|_| error.into()))
}

/// A body in JSON, whichever of the two names its type has.
struct Body(Value);

impl FromRequest<Arc<House>> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, house: &Arc<House>) -> Result<Self, Response> {
        let bytes = Bytes::from_request(request, house).await.map_err(|rejection| {
            let detail = format!("the body cannot be read, or has more than {BODY_BYTES_MAX} bytes");
            refused(&Fault::of(rejection.status().as_u16(), "", detail))
        })?;
        let read: Value = serde_json::from_slice(&bytes)
            .map_err(|error| refused(&Fault::wrong("invalidSyntax", format!("the body is not JSON: {error}"))))?;
        match depth(&read) > JSON_DEPTH_MAX {
            true => Err(refused(&Fault::wrong("invalidSyntax", "the body is nested too deeply"))),
            false => Ok(Self(read)),
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Parameters of lists and reads (RFC 7644, section 3.4.2).
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Asked {
    filter: String,
    start_index: String,
    count: String,
    attributes: String,
    excluded_attributes: String,
}

impl FromRequestParts<Arc<House>> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Response> {
        let read = Query::from_request_parts(parts, house).await;
        let wrong = |detail: String| refused(&Fault::wrong("invalidValue", detail));
        read.map(|Query(asked)| asked).map_err(|rejection| wrong(rejection.body_text()))
    }
}

impl Asked {
    fn filter(&self) -> Told<Filter> {
        if self.filter.trim().is_empty() { Ok(Filter::default()) } else { Filter::read(&self.filter) }
    }

    fn part(&self) -> Part {
        Part::of(self.start_index.parse().ok(), self.count.parse().ok())
    }

    fn names(text: &str) -> impl Iterator<Item = &str> {
        text.split(',').map(|name| name.trim().rsplit(':').next().unwrap_or_default()).filter(|name| !name.is_empty())
    }

    fn leaves_out(&self, name: &str) -> bool {
        Self::names(&self.excluded_attributes).any(|out| out.eq_ignore_ascii_case(name))
            || (!self.attributes.is_empty() && !Self::names(&self.attributes).any(|of| of.eq_ignore_ascii_case(name)))
    }

    /// Only what was asked for; `id`, `schemas` and `meta` always.
    fn cut(&self, mut resource: Value) -> Value {
        if let Some(fields) = resource.as_object_mut() {
            fields.retain(|name, _| matches!(name.as_str(), "id" | "schemas" | "meta") || !self.leaves_out(name));
        }
        resource
    }

    fn page(&self, (total, items): (i64, Vec<Value>)) -> Value {
        let items = items.into_iter().map(|item| self.cut(item)).collect();
        scim::page(total, self.part().start, items)
    }
}

/// What the resource must be now, if the caller says so.
fn check(wanted: Option<&str>, now: &Value) -> Told<()> {
    match wanted.filter(|wanted| *wanted != "*" && Some(*wanted) != now["meta"]["version"].as_str()) {
        Some(_) => Err(Fault::of(412, "", "the resource has changed since")),
        None => Ok(()),
    }
}

/// One resource, who asks for it, and what they say in their headers.
struct One {
    house: Arc<House>,
    ctx: Ctx,
    id: String,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<House>> for One {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Response> {
        let id = Path::<String>::from_request_parts(parts, house).await;
        let ctx = Who::from_request_parts(parts, house).await;
        let (Ok(Path(id)), Ok(axum::Extension(ctx))) = (id, ctx) else {
            return Err(refused(&Error::not_found("what the address names").into()));
        };
        Ok(Self { house: Arc::clone(house), ctx, id, headers: parts.headers.clone() })
    }
}

/// How a resource is read.
type Read = fn(&mut Tx, &Ctx, &str) -> Told<Value>;

impl One {
    async fn read(self, asked: &Asked, read: Read) -> Response {
        let Self { house, ctx, id, headers } = self;
        let found = work(&house, false, move |tx| read(tx, &ctx, &id)).await;
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        match found {
            Ok(resource) if known.is_some() && known == resource["meta"]["version"].as_str() => {
                StatusCode::NOT_MODIFIED.into_response()
            }
            found => told(StatusCode::OK, found.map(|resource| asked.cut(resource))),
        }
    }

    /// Changes the resource, if it is what the caller says that it is, in one transaction.
    async fn changed<T: Send + 'static>(
        self,
        read: Read,
        change: impl FnOnce(&mut Tx, &Ctx, &str) -> Told<T> + Send + 'static,
    ) -> Told<T> {
        let Self { house, ctx, id, headers } = self;
        let done = work(&house, true, move |tx| {
            let wanted = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
            check(wanted, &read(tx, &ctx, &id)?)?;
            change(tx, &ctx, &id)
        });
        done.await
    }
}

async fn list_users(State(house): State<Arc<House>>, ctx: Who, asked: Asked) -> Response {
    let wanted = asked.clone();
    let found = work(&house, false, move |tx| users::list(tx, &ctx, &wanted.filter()?, wanted.part())).await;
    told(StatusCode::OK, found.map(|found| asked.page(found)))
}

async fn get_user(one: One, asked: Asked) -> Response {
    one.read(&asked, users::get).await
}

/// What becomes of the work of whoever may no longer sign in: it goes back, in the same transaction.
fn settle(tx: &mut Tx, ctx: &Ctx, saved: users::Saved) -> Told<Value> {
    if saved.left {
        baton_desk::leave(tx, ctx, &saved.member, "is disabled")?;
    }
    Ok(saved.resource)
}

/// What becomes of the work of whoever has lost a role with a group: what they may no longer have goes back, in the same transaction.
fn settle_group(tx: &mut Tx, ctx: &Ctx, saved: groups::Saved) -> Told<Value> {
    baton_desk::take_back_lost(tx, ctx, &saved.lost)?;
    Ok(saved.resource)
}

async fn create_user(State(house): State<Arc<House>>, ctx: Who, Body(user): Body) -> Response {
    let made = work(&house, true, move |tx| {
        let saved = users::create(tx, &ctx, &user)?;
        settle(tx, &ctx, saved)
    });
    told(StatusCode::CREATED, made.await)
}

async fn put_user(one: One, Body(user): Body) -> Response {
    let put = move |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = users::replace(tx, ctx, id, &user)?;
        settle(tx, ctx, saved)
    };
    told(StatusCode::OK, one.changed(users::get, put).await)
}

async fn patch_user(one: One, Body(patch): Body) -> Response {
    let patched = move |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = users::change(tx, ctx, id, &patch)?;
        settle(tx, ctx, saved)
    };
    told(StatusCode::OK, one.changed(users::get, patched).await)
}

async fn delete_user(one: One) -> Response {
    let removed = |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = users::remove(tx, ctx, id)?;
        settle(tx, ctx, saved)
    };
    gone(one.changed(users::get, removed).await.map(|_| ()))
}

fn gone(done: Told<()>) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(fault) => refused(&fault),
    }
}

async fn list_groups(State(house): State<Arc<House>>, ctx: Who, asked: Asked) -> Response {
    let wanted = asked.clone();
    let found = work(&house, false, move |tx| {
        let with_members = !wanted.leaves_out("members");
        groups::list(tx, &ctx, &wanted.filter()?, wanted.part(), with_members)
    });
    told(StatusCode::OK, found.await.map(|found| asked.page(found)))
}

async fn get_group(one: One, asked: Asked) -> Response {
    one.read(&asked, groups::get).await
}

async fn create_group(State(house): State<Arc<House>>, ctx: Who, Body(group): Body) -> Response {
    let made = work(&house, true, move |tx| {
        let saved = groups::create(tx, &ctx, &group)?;
        settle_group(tx, &ctx, saved)
    });
    told(StatusCode::CREATED, made.await)
}

async fn put_group(one: One, Body(group): Body) -> Response {
    let put = move |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = groups::replace(tx, ctx, id, &group)?;
        settle_group(tx, ctx, saved)
    };
    told(StatusCode::OK, one.changed(groups::get, put).await)
}

async fn patch_group(one: One, Body(patch): Body) -> Response {
    let patched = move |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = groups::change(tx, ctx, id, &patch)?;
        settle_group(tx, ctx, saved)
    };
    told(StatusCode::OK, one.changed(groups::get, patched).await)
}

async fn delete_group(one: One) -> Response {
    let removed = |tx: &mut Tx, ctx: &Ctx, id: &str| {
        let saved = groups::remove(tx, ctx, id)?;
        settle_group(tx, ctx, saved)
    };
    gone(one.changed(groups::get, removed).await.map(|_| ()))
}
