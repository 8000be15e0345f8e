//! Articles of the live release, a try of their search, and questions that none of them answers.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::limit;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use baton_agents::roster::Thresholds;
use baton_base::{ClientId, Error};
use baton_govern::Right;
use baton_knowledge::gaps::{self, rules};
use baton_knowledge::{Article, Audience, Query as Search};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Sections that a try of the search shows.
const TRY_MAX: usize = 10;
/// Of these, how many an agent looks at for an answer.
const ANSWERS_MAX: usize = 3;
/// Longest question that is tried, bytes.
const TRY_BYTES_MAX: usize = 2_000;

/// The routes.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(settle)).routes(routes!(articles)).routes(routes!(search))
}

/// Which gaps to list.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    /// `open`, `planned`, `answered` or `dismissed`; open and planned if left out.
    state: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Questions that no article answers, most asked first.
#[utoipa::path(get, path = "/knowledge/gaps", tag = "knowledge", params(Which),
    responses((status = 200, description = "Gaps of the clients that the caller may see", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::KnowledgeRead)?;
    let filter = gaps::Filter { clients, state: which.state.as_deref().map(str::parse).transpose()? };
    let limit = limit(which.limit)?;
    let page = house.db.read(move |tx| gaps::list(tx, &filter, which.after.as_deref(), Some(limit))).await?;
    Ok(Json(json!(page)))
}

/// What becomes of a gap.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// `open`, `planned`, `answered` or `dismissed`.
    #[schema(value_type = String)]
    state: rules::State,
    /// A remark for whoever reads it later.
    #[serde(default)]
    note: String,
}

/// Moves a gap on. A question that was answered and is asked again without an answer is open again by itself.
#[utoipa::path(post, path = "/clients/{client}/knowledge/gaps/{gap}/settle", tag = "knowledge", request_body = Settled,
    params(("client" = String, Path), ("gap" = String, Path)), responses((status = 200, description = "The gap", body = Value)))]
pub async fn settle(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, gap)): Ids<(ClientId, String)>,
    Body(settled): Body<Settled>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::KnowledgeWrite)?;
    if gap.contains('\0') {
        return Err(Error::not_found("this gap").into());
    }
    let done = house.db.write(move |tx| gaps::settle(tx, &ctx, &gap, settled.state, &settled.note)).await?;
    Ok(Json(json!(done)))
}

fn shown(article: &Article, now_ms: i64) -> Value {
    json!({
        "id": article.id, "title": article.title, "locale": article.locale, "audience": article.audience,
        "version": article.version, "owner": article.owner, "valid_from": article.valid_from,
        "valid_until": article.valid_until, "holds": article.holds(now_ms),
        "source": article.origin.as_ref().map(|origin| json!({"name": origin.source, "url": origin.url})),
        "sections": article.sections.iter().map(|s| json!({"section": s.anchor, "heading": s.heading})).collect::<Vec<_>>(),
    })
}

/// Articles of the live release.
#[utoipa::path(get, path = "/clients/{client}/articles", tag = "knowledge", params(("client" = String, Path)),
    responses((status = 200, description = "Articles, without their texts", body = Value)))]
pub async fn articles(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::KnowledgeRead)?;
    let (release, shelf) = house.parts.shelves.live(&client)?;
    let now_ms = house.env.now_ms();
    let items: Vec<Value> = shelf.articles().iter().map(|article| shown(article, now_ms)).collect();
    Ok(Json(json!({ "release": release, "items": items })))
}

/// A question to try.
#[derive(Deserialize, IntoParams)]
pub struct Tried {
    /// The question.
    #[serde(default)]
    q: String,
    /// Its language; the client's if left out.
    locale: Option<String>,
    /// 1: also what is internal.
    internal: Option<u8>,
}

/// Tries a question on the live release: what an answer would be taken from, and how much of the question each section
/// speaks of. `answers` marks the section that an agent would answer a customer from, by the first agent's threshold and articles;
/// `meaning` says whether an encoder has read the articles of that language. Nothing is kept.
#[utoipa::path(get, path = "/clients/{client}/knowledge/search", tag = "knowledge", params(("client" = String, Path), Tried),
    responses((status = 200, description = "Sections, best first", body = Value)))]
pub async fn search(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(tried): Query<Tried>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::KnowledgeRead)?;
    if tried.q.len() > TRY_BYTES_MAX {
        let most = format!("ask in at most {TRY_BYTES_MAX} bytes");
        return Err(Error::invalid_at("q", "the question is too long", most).into());
    }
    let (_, shelf) = house.parts.shelves.live(&client)?;
    let locale = tried.locale.or_else(|| house.locale(&client)).unwrap_or_else(|| "en".to_owned());
    let audience = if tried.internal == Some(1) { Audience::Internal } else { Audience::Customer };
    let (_, roster) = house.parts.rosters.live(&client)?;
    let agent = roster.agents.values().next();
    let least = agent.map_or(Thresholds::default(), |agent| agent.thresholds).answer;
    let own = agent.map(|agent| agent.knowledge.clone()).unwrap_or_default();
    let (at_ms, meaning) = (house.env.now_ms(), shelf.means(&locale));
    // An encoder takes its time with a question, in which others are served.
    let search = tokio::task::spawn_blocking(move || {
        let query = Search { text: &tried.q, locale: &locale, audience, at_ms, only: &[] };
        let answer = shelf.answer(&Search { audience: Audience::Customer, only: &own, ..query }, ANSWERS_MAX, least);
        (shelf.search(&query, TRY_MAX), answer.map(|hit| hit.source))
    });
    let (found, answer) = search.await.map_err(Error::broken)?;
    let items: Vec<Value> = found
        .into_iter()
        .map(|hit| {
            let (text, lacks) = match hit.text {
                Ok(text) => (Some(text), None),
                Err(lacking) => (None, Some(lacking.to_string())),
            };
            json!({
                "source": hit.source, "audience": hit.audience, "text": text, "lacks": lacks, "score": hit.score,
                "coverage": hit.coverage, "answers": Some(&hit.source) == answer.as_ref(),
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "meaning": meaning })))
}
