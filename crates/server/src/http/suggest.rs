//! A reply drafted for whoever has a case: they read it, change it and send it, or do not.

use crate::House;
use crate::http::auth::Caller;
use crate::http::cases::note_listening;
use crate::http::problem::{Answer, Ids};
use axum::Json;
use axum::extract::State;
use baton_agents::Drafting;
use baton_agents::roster::Thresholds;
use baton_base::{CaseId, Citation, ClientId, Error, Result};
use baton_cases::{CaseRow, MessageRow};
use baton_db::{Tx, Wall};
use baton_govern::{Ctx, Right};
use baton_knowledge::{Audience, Hit, Query as Search};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Messages of a case that are read for a draft: the newest.
const READ_MAX: i64 = 12;
/// Of these, most that are read beside an older one of the customer.
const NEWEST_BESIDE_MAX: usize = 11;
/// Sections of articles that a draft is made from.
const SECTIONS_MAX: usize = 3;
/// A section that speaks of less of the question than this is not shown to a model.
const COVERAGE_MIN: f64 = 0.2;
/// The template in which agents send an article's words.
const ANSWER: &str = "answer_article";
/// Why there is no draft.
const NOTHING: &str =
    "no article speaks of what the customer wrote last, and no language model is configured that drafts without one";

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(suggest))
}

/// Drafts the next reply of a case: by the language model that is configured, from the newest messages and the articles that
/// speak of them; without one, or where it fails, the words in which an agent would answer from the best article. `text` is null
/// and `why` says so where there is nothing to say. Nothing is sent. An exchange with a model is kept with its cost.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/suggestion", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "The draft, what it stands on, and the model that wrote it", body = Value),
        (status = 409, description = "The customer has written nothing"), (status = 503, description = "The model is away")))]
pub async fn suggest(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    note_listening(&house, &ctx, &case).await?;
    let (reads, of) = (ctx.clone(), case.clone());
    let heard = house.db.read(move |tx| heard(tx, &reads, &of)).await?;
    let (found, best) = sections(&house, &ctx, &heard).await?;
    let answer = best.map(|best| worded(&house, &ctx, &heard, best)).transpose()?;
    let Some(model) = house.translator(&client) else { return Ok(Json(shown(answer))) };
    let want = Drafting {
        said: heard.said,
        sections: found.iter().map(|one| (one.source.heading.clone(), one.text.clone())).collect(),
        language: heard.row.language,
    };
    let label = model.label();
    let asked = Wall::here().around(async move {
        let drafted = baton_agents::draft(house.models(), &model, &ctx, &want).await;
        let kept = house.db.write(move |tx| {
            drafted.keep(tx, &ctx, &case)?;
            Ok(drafted.text.clone())
        });
        kept.await
    });
    // In a task of its own: whoever asked may go away meanwhile, and what it cost is kept all the same.
    match (tokio::spawn(asked).await.map_err(Error::broken)??, answer) {
        (Ok(text), _) => {
            let sources: Vec<Citation> = found.into_iter().map(|one| one.source).collect();
            Ok(Json(json!({"text": text, "sources": sources, "model": label, "why": null})))
        }
        // A model that is away keeps nobody from what the articles say.
        (Err(_), answer @ Some(_)) => Ok(Json(shown(answer))),
        (Err(error), None) => Err(error.into()),
    }
}

/// The words of an article, or that there are none.
fn shown(answer: Option<(String, Citation)>) -> Value {
    match answer {
        Some((text, source)) => json!({"text": text, "sources": [source], "model": null, "why": null}),
        None => json!({"text": null, "sources": [], "model": null, "why": NOTHING}),
    }
}

/// What a draft answers.
struct Heard {
    row: CaseRow,
    /// The newest messages, oldest first; none that another customer wrote.
    said: Vec<(&'static str, String)>,
    /// What the customer wrote last.
    last: String,
}

fn heard(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Heard> {
    let row = baton_cases::row(tx, ctx, case)?;
    let mut messages = baton_cases::messages(tx, ctx, case, (row.message_count - READ_MAX).max(0))?;
    messages.retain(|message| !message.is_of_other(&row.customer.id));
    let theirs = |kind: &str| kind == "customer";
    if !messages.iter().any(|message| theirs(&message.author.kind)) {
        // We have written all of the newest: what the customer asked stands before them.
        let at = messages.len().saturating_sub(NEWEST_BESIDE_MAX);
        messages.drain(..at);
        if let Some(asked) = earlier(tx, ctx, &row)? {
            messages.insert(0, asked);
        }
    }
    let last = messages.iter().rfind(|message| theirs(&message.author.kind)).map(|message| message.text.clone());
    let last = last.ok_or_else(|| Error::Conflict("the customer has written nothing that could be answered".into()))?;
    let who = |kind: &str| if theirs(kind) { "customer" } else { "us" };
    let said = messages.into_iter().map(|message| (who(&message.author.kind), message.text)).collect();
    Ok(Heard { row, said, last })
}

/// What the customer wrote last, however long ago.
fn earlier(tx: &mut Tx, ctx: &Ctx, row: &CaseRow) -> Result<Option<MessageRow>> {
    let Some(id) = baton_cases::last_message_id(tx, &ctx.client, &row.id)? else { return Ok(None) };
    let found = baton_cases::message_of(tx, ctx, std::slice::from_ref(&row.id), &id)?;
    Ok(found.filter(|message| !message.is_of_other(&row.customer.id)))
}

/// A section that speaks of what the customer wrote.
struct Section {
    source: Citation,
    text: String,
}

impl Section {
    /// None where it lacks a value today.
    fn of(hit: Hit) -> Option<Self> {
        Some(Self { text: hit.text.ok()?, source: hit.source })
    }
}

/// What customers may be told, best first, and what an agent would answer from, by the same threshold. A section that lacks a value
/// today is left out.
async fn sections(house: &House, ctx: &Ctx, heard: &Heard) -> Result<(Vec<Section>, Option<Section>)> {
    let (_, shelf) = house.parts.shelves.live(&ctx.client)?;
    let (_, roster) = house.parts.rosters.live(&ctx.client)?;
    let agent = roster.agents.values().next();
    let least = agent.map_or(Thresholds::default().answer, |agent| agent.thresholds.answer);
    let (text, locale, at_ms) = (heard.last.clone(), heard.row.language.clone(), ctx.now_ms());
    // An encoder takes its time with a question, in which others are served.
    let search = tokio::task::spawn_blocking(move || {
        let query = Search { text: &text, locale: &locale, audience: Audience::Customer, at_ms, only: &[] };
        let hits = shelf.search(&query, SECTIONS_MAX).into_iter().filter(|hit| hit.coverage >= COVERAGE_MIN);
        let sections: Vec<Section> = hits.filter_map(Section::of).collect();
        (sections, shelf.answer(&query, SECTIONS_MAX, least).and_then(Section::of))
    });
    search.await.map_err(Error::broken)
}

/// The words in which an agent would answer from a section.
fn worded(house: &House, ctx: &Ctx, heard: &Heard, best: Section) -> Result<(String, Citation)> {
    let (_, config) = house.parts.cases.live(&ctx.client)?;
    let name = heard.row.customer.name.split_whitespace().next().unwrap_or_default();
    let data = json!({
        "text": best.text, "title": best.source.title, "heading": best.source.heading, "customer": name,
    });
    let text = if config.templates.has(ANSWER) {
        config.render(&heard.row.language, ANSWER, &data, ctx.now_ms())?
    } else {
        best.text
    };
    Ok((text.trim().to_owned(), best.source))
}
