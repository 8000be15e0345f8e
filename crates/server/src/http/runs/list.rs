//! Lists of runs and their counts.

use super::RunLine;
use crate::House;
use crate::http::auth::Caller;
use crate::http::page::{Page, limit};
use crate::http::problem::{Answer, Query};
use crate::versions as released;
use axum::Json;
use axum::extract::State;
use baton_base::limits::PAGE_MAX;
use baton_base::{CaseId, ClientId, CustomerId, Problem, Result, RunId};
use baton_cases::CaseFilter;
use baton_govern::Right;
use baton_runs::{RunCount, RunFilter, RunStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How far back runs that have ended are counted, ms: a day.
const COUNTED_MS: i64 = 24 * 60 * 60 * 1000;

/// Which runs. Everything that is given narrows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// One client; all that the caller may see if left out.
    pub client: Option<ClientId>,
    /// Name of the process.
    pub process: Option<String>,
    /// Version of the definition, as written in it.
    pub version: Option<String>,
    /// Digest of the definition.
    pub digest: Option<String>,
    /// `running`, `waiting`, `suspended`, `faulted`, `completed` or `cancelled`, or several with commas.
    pub status: Option<String>,
    /// Only runs that cannot go on: `1`.
    pub dead: Option<u8>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// Of a case of this customer.
    pub customer: Option<CustomerId>,
    /// Started by this run, which waits for it.
    pub parent: Option<RunId>,
    /// Started at this time or later, ms.
    pub from_ms: Option<i64>,
    /// Started before this time, ms.
    pub to_ms: Option<i64>,
    /// Part of the error's type or text.
    pub error: Option<String>,
    /// Path of the task that failed, such as `/do/3/plan`.
    pub failed_at: Option<String>,
    /// A value that the event must have which it waits for, where its listen correlates by one value: found by an index.
    pub correlation: Option<String>,
    /// `person`, `timer`, `message`, `child`, `event`, `event:TYPE` or `function:NAME`.
    pub waits_on: Option<String>,
    /// Part of the run's data: a business key, any value.
    pub q: Option<String>,
    /// The `next` of the page before, or of the call before.
    pub after: Option<RunId>,
    /// Size of the page; only in lists.
    pub limit: Option<u32>,
}

impl Which {
    /// The filter of the room; for one client and process, the digests behind a version are looked up.
    pub async fn filter(self, house: &House, clients: Vec<ClientId>) -> Result<RunFilter> {
        let mut digests: Vec<String> = self.digest.into_iter().collect();
        if let Some(version) = &self.version {
            digests.extend(digests_of(house, &clients, self.process.as_deref(), version).await?);
        }
        let cases = match (self.case, self.customer) {
            (Some(case), _) => Some(vec![case]),
            (None, Some(customer)) => Some(cases_of(house, &clients, customer).await?),
            (None, None) => None,
        };
        let statuses = self.status.as_deref().unwrap_or_default().split(',').filter(|text| !text.is_empty());
        Ok(RunFilter {
            clients,
            process: self.process,
            digests,
            statuses: statuses.map(str::parse::<RunStatus>).collect::<Result<_>>()?,
            cases,
            parent: self.parent,
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            dead: self.dead == Some(1),
            error: self.error,
            failed_at: self.failed_at,
            correlation: self.correlation,
            waits_on: self.waits_on.as_deref().map(str::parse).transpose()?,
            text: self.q,
        })
    }
}

/// A version that no release has fits no run.
async fn digests_of(house: &House, clients: &[ClientId], process: Option<&str>, version: &str) -> Result<Vec<String>> {
    let mut digests = vec![String::new()];
    for client in clients {
        let all = released::of_client(house, client).await?.into_iter();
        let fits = all.filter(|one| one.version == version && process.is_none_or(|process| process == one.process));
        digests.extend(fits.map(|one| one.digest));
    }
    digests.sort();
    digests.dedup();
    Ok(digests)
}

async fn cases_of(house: &House, clients: &[ClientId], customer: CustomerId) -> Result<Vec<CaseId>> {
    let filter = CaseFilter { clients: clients.to_vec(), customer: Some(customer), ..CaseFilter::default() };
    let page = baton_cases::Page { after: None, limit: Some(PAGE_MAX) };
    let found = house.db.read(move |tx| baton_cases::list(tx, &filter, &page)).await?;
    Ok(found.items.into_iter().map(|case| case.id).collect())
}

/// Runs, newest first. A page may be short, even empty, and still have a `next`: conditions without an index look at
/// 5,000 runs of each status a call.
#[utoipa::path(get, path = "/runs", tag = "runs", params(Which),
    responses((status = 200, description = "Runs of the clients that the caller may see", body = Page<RunLine>),
        (status = 400, description = "A filter cannot be read", body = Problem)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Json<Page<RunLine>>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::RunRead)?;
    let (limit, after) = (limit(which.limit)?, which.after.clone());
    let filter = which.filter(&house, clients).await?;
    let found = house.db.read(move |tx| baton_runs::list(tx, &filter, after.as_ref(), limit)).await?;
    let items = found.rows.into_iter().map(|row| RunLine::of(&house, row)).collect();
    Ok(Json(Page { items, next: found.next.map(|id| id.to_string()) }))
}

/// Of which client.
#[derive(Deserialize, IntoParams)]
pub struct Of {
    client: Option<ClientId>,
}

/// Of which client and process.
#[derive(Deserialize, IntoParams)]
pub struct OfProcess {
    client: Option<ClientId>,
    /// Name of the process; all of them if left out.
    process: Option<String>,
}

/// Versions of processes.
#[derive(Serialize, ToSchema)]
pub struct VersionsOf {
    /// As written in the definitions, each once, in the order of their text.
    items: Vec<String>,
}

/// Versions of processes that were ever released to the clients that the caller may see, also those of which only runs are left that
/// have ended: at most 200 releases of each client are looked through.
#[utoipa::path(get, path = "/runs/versions", tag = "runs", params(OfProcess),
    responses((status = 200, description = "Versions, by which runs can be listed", body = VersionsOf)))]
pub async fn versions(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(of): Query<OfProcess>,
) -> Answer<Json<VersionsOf>> {
    let mut items = BTreeSet::new();
    for client in caller.clients(&house, of.client.as_ref(), Right::RunRead)? {
        let all = released::of_client(&house, &client).await?.into_iter();
        let fits = all.filter(|one| of.process.as_ref().is_none_or(|process| *process == one.process));
        items.extend(fits.map(|one| one.version));
    }
    Ok(Json(VersionsOf { items: items.into_iter().collect() }))
}

/// Counts of runs by process and status.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    items: Vec<RunCount>,
    /// Runs that have ended are counted if they started since then, ms; open and faulted ones all are.
    since_ms: i64,
}

/// How many runs stand where.
#[utoipa::path(get, path = "/runs/counts", tag = "runs", params(Of),
    responses((status = 200, description = "Counts by client, process and status", body = Counts)))]
pub async fn counts(State(house): State<Arc<House>>, caller: Caller, Query(of): Query<Of>) -> Answer<Json<Counts>> {
    let clients = caller.clients(&house, of.client.as_ref(), Right::RunRead)?;
    let since_ms = house.env.now_ms() - COUNTED_MS;
    let items = house.db.read(move |tx| baton_runs::counts(tx, &clients, since_ms)).await?;
    Ok(Json(Counts { items, since_ms }))
}
