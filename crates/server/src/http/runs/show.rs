//! One run: where it stands, what it did, what it waits for and whom.

use super::{definition, live};
use crate::House;
use crate::http::auth::Caller;
use crate::http::page::{Page, limit};
use crate::http::problem::{Answer, Ids, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{CallId, ClientId, MemberId, Problem, RunId, WorkItemId};
use baton_desk::{Owner, WorkItem};
use baton_engine::Graph;
use baton_govern::Right;
use baton_runs::{JournalRow, RunDetail, TraceRow, Wait};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// One run.
#[derive(Serialize, ToSchema)]
pub struct RunView {
    /// The run: its row, path, waits, children and what people did to it.
    #[serde(flatten)]
    detail: RunDetail,
    /// Whom it waits for, in the order of `waits`.
    waits_for: Vec<WaitsFor>,
    /// Title of its process.
    title: Option<String>,
    /// Version of its definition.
    version: Option<String>,
    /// Whether its definition is the one that new runs start on.
    live: bool,
    /// Version that new runs start on; null if the process is not live any more.
    live_version: Option<String>,
    /// Who has what its fault left, if it cannot go on.
    owner: Option<Owner>,
    /// The graph of its definition.
    #[schema(value_type = Object)]
    graph: Option<Graph>,
}

/// Whom a run waits for.
#[derive(Serialize, ToSchema)]
pub struct WaitsFor {
    /// `person`, `customer`, `system`, `time`, `event`, `process` or `unknown`.
    kind: &'static str,
    /// In words.
    whom: String,
    /// The work item that a person has to decide.
    work_item: Option<WorkItemId>,
    /// Its queue.
    queue: Option<String>,
    /// The member who has claimed it.
    claimed_by: Option<MemberId>,
    /// When it should be decided, or when the time comes, ms.
    due_ms: Option<i64>,
}

impl WaitsFor {
    fn of(wait: &Wait, items: &[(Option<CallId>, WorkItem)]) -> Self {
        let item = items.iter().find(|(call, _)| call.as_ref().is_some_and(|call| wait.call.covers(call.as_str())));
        let item = item.map(|(_, item)| item);
        let words = |kind, whom: String| Self {
            kind,
            whom,
            work_item: None,
            queue: None,
            claimed_by: None,
            due_ms: wait.due_ms,
        };
        if let Some(item) = item {
            return Self {
                work_item: Some(item.id.clone()),
                queue: Some(item.queue.clone()),
                claimed_by: item.claimed_by.clone(),
                due_ms: Some(item.due_ms),
                ..words("person", person(item))
            };
        }
        match wait.state.as_str() {
            "timer" => words("time", "the clock".to_owned()),
            "listen" => words("event", format!("an event {}", events(wait))),
            "child" => words("process", wait.child.as_ref().map(|run| format!("run {run}")).unwrap_or_default()),
            "requested" => {
                let function = &wait.function;
                words("system", format!("the system behind {function} (asked {} times)", wait.attempts.max(1)))
            }
            _ if wait.wakes_on.as_deref() == Some("message") => words("customer", "the customer's message".to_owned()),
            _ => words("unknown", format!("whoever answers {}", wait.function)),
        }
    }
}

fn person(item: &WorkItem) -> String {
    match &item.claimed_by {
        Some(member) => format!("{member}, of queue {}", item.queue),
        None if item.needs.roles.is_empty() => format!("anyone of queue {}", item.queue),
        None => {
            let roles: Vec<_> = item.needs.roles.iter().map(|role| role.title()).collect();
            format!("a {} of queue {}", roles.join(" or "), item.queue)
        }
    }
}

fn events(wait: &Wait) -> String {
    if wait.events.is_empty() {
        return "of any type".to_owned();
    }
    format!("of type {}", wait.events.join(" or "))
}

/// One run: where it stands, its path with the data before and after each task, what it waits for and whom.
#[utoipa::path(get, path = "/clients/{client}/runs/{run}", tag = "runs",
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "The run", body = RunView), (status = 404, description = "No such run", body = Problem)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, run)): Ids<(ClientId, RunId)>,
) -> Answer<Json<RunView>> {
    let ctx = caller.ctx(&house, &client, Right::RunRead)?;
    let (mut detail, items, owner) = house
        .db
        .read(move |tx| {
            let detail = baton_runs::detail(tx, &ctx.client, &run)?;
            let items = baton_desk::items_of_run(tx, &ctx.client, &run)?;
            let mut owner = items.iter().find(|(call, _)| call.is_none()).map(|(_, item)| owner_of(&run, item));
            let has_stopped =
                detail.row.error.is_some() && matches!(detail.row.status.as_str(), "faulted" | "suspended");
            if owner.is_none()
                && has_stopped
                && let Some(case) = &detail.row.case
            {
                owner = baton_desk::owners_by_case(tx, &ctx.client, &[(run.clone(), case.clone())])?.pop();
            }
            Ok((detail, items, owner))
        })
        .await?;
    let definition = definition(&house, &detail.row).await?;
    if let Some(definition) = &definition {
        detail.place_waits(definition);
    }
    let live = live(&house, &client, &detail.row.process);
    let waits_for = detail.waits.iter().map(|wait| WaitsFor::of(wait, &items)).collect();
    Ok(Json(RunView {
        waits_for,
        title: definition.as_ref().and_then(|definition| definition.title().map(str::to_owned)),
        version: definition.as_ref().map(|definition| definition.version().to_owned()),
        live: live.as_ref().is_some_and(|live| live.digest() == detail.row.digest),
        live_version: live.map(|live| live.version().to_owned()),
        owner,
        graph: definition.map(|definition| definition.graph()),
        detail,
    }))
}

fn owner_of(run: &RunId, item: &WorkItem) -> Owner {
    Owner {
        run: run.clone(),
        work_item: item.id.clone(),
        queue: item.queue.clone(),
        claimed_by: item.claimed_by.clone(),
        due_ms: item.due_ms,
    }
}

/// From which turn on.
#[derive(Deserialize, IntoParams)]
pub struct From {
    /// The `next` of the page before.
    after: Option<i64>,
    /// Turns on a page: a turn is all that a run did at one moment.
    limit: Option<u32>,
}

/// The path of a run from its beginning: each task with when it began and ended, its input, output and error, and where
/// they differ.
#[utoipa::path(get, path = "/clients/{client}/runs/{run}/timeline", tag = "runs",
    params(("client" = String, Path), ("run" = String, Path), From),
    responses((status = 200, description = "Tasks in the order in which they ended", body = Page<TraceRow>)))]
pub async fn timeline(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, run)): Ids<(ClientId, RunId)>,
    Query(from): Query<From>,
) -> Answer<Json<Page<TraceRow>>> {
    let ctx = caller.ctx(&house, &client, Right::RunRead)?;
    let (limit, after) = (limit(from.limit)?, from.after.unwrap_or(0));
    let (items, next) = house.db.read(move |tx| baton_runs::timeline(tx, &ctx.client, &run, after, limit)).await?;
    Ok(Json(Page { items, next: next.map(|seq| seq.to_string()) }))
}

/// What a run took in, in order: its journal, of which its state is the sum.
#[utoipa::path(get, path = "/clients/{client}/runs/{run}/journal", tag = "runs",
    params(("client" = String, Path), ("run" = String, Path), From),
    responses((status = 200, description = "Events in the order in which they were taken in", body = Page<JournalRow>)))]
pub async fn journal(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, run)): Ids<(ClientId, RunId)>,
    Query(from): Query<From>,
) -> Answer<Json<Page<JournalRow>>> {
    let ctx = caller.ctx(&house, &client, Right::RunRead)?;
    let (limit, after) = (limit(from.limit)?, from.after.unwrap_or(0));
    let (items, next) = house.db.read(move |tx| baton_runs::journal_page(tx, &ctx.client, &run, after, limit)).await?;
    Ok(Json(Page { items, next: next.map(|seq| seq.to_string()) }))
}
