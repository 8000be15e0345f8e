//! Runs: list and search, read one, operate them, the dead letters, and what begins by itself.

pub mod dead;
pub mod list;
pub mod many;
pub mod operate;
pub mod schedules;
pub mod show;

use crate::House;
use baton_base::{ClientId, Result};
use baton_engine::Definition;
use baton_runs::{Processes, RunRow};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of this resource.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::counts))
        .routes(routes!(list::versions))
        .routes(routes!(dead::letters))
        .routes(routes!(show::show))
        .routes(routes!(show::timeline))
        .routes(routes!(show::journal))
        .routes(routes!(operate::suspend))
        .routes(routes!(operate::resume))
        .routes(routes!(operate::cancel))
        .routes(routes!(operate::retry))
        .routes(routes!(operate::migrate))
        .routes(routes!(operate::send_to_run))
        .routes(routes!(operate::send))
        .routes(routes!(many::operate))
        .routes(routes!(schedules::all))
        .routes(routes!(schedules::of_client))
        .routes(routes!(schedules::pause))
        .routes(routes!(schedules::resume))
}

/// A run as lists show it, with what its definition is called.
#[derive(Serialize, ToSchema)]
pub struct RunLine {
    /// The run.
    #[serde(flatten)]
    row: RunRow,
    /// Version of its definition; null if the release was not read here, as may be of runs that ended long ago.
    version: Option<String>,
    /// Whether its definition is the one that new runs start on.
    live: bool,
}

impl RunLine {
    fn of(house: &House, row: RunRow) -> Self {
        let here = pinned(house, &row).map(|definition| definition.version().to_owned());
        let of = (&row.client, &row.release);
        let version = here.or_else(|| crate::versions::known(house, of, &row.process, &row.digest));
        let live = live(house, &row.client, &row.process).is_some_and(|live| live.digest() == row.digest);
        Self { row, version, live }
    }
}

fn live(house: &House, client: &ClientId, process: &str) -> Option<Arc<Definition>> {
    let (_, processes) = house.parts.processes.live(client).ok()?;
    processes.get(process).cloned()
}

/// The definition that a run is pinned to, if its release is loaded.
fn pinned(house: &House, row: &RunRow) -> Option<Arc<Definition>> {
    let here = live(house, &row.client, &row.process).filter(|live| live.digest() == row.digest);
    here.or_else(|| house.parts.processes.at(&row.client, &row.release).ok()?.get(&row.process).cloned())
}

/// The same, read from the stored release where it is not loaded.
async fn definition(house: &House, row: &RunRow) -> Result<Option<Arc<Definition>>> {
    if let Some(found) = pinned(house, row) {
        return Ok(Some(found));
    }
    let (client, release) = (row.client.clone(), row.release.clone());
    let stored = house.db.read(move |tx| baton_clients::release(tx, &client, &release)).await?;
    let processes = Processes::load(&stored.bundle, crate::functions::KNOWN).ok();
    Ok(processes.and_then(|processes| processes.get(&row.process).cloned()))
}
