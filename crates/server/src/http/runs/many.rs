//! The same operation on many runs of a client.

use super::list::Which;
use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error, Problem, ReleaseId, Result, RunId};
use baton_engine::MigrationMap;
use baton_govern::Right;
use baton_runs::{Bulk, BulkDone, Move, RunFilter};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to do with each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It takes no step until it is resumed.
    Suspend,
    /// It goes on.
    Resume,
    /// It ends; a failed one is set aside.
    Cancel,
    /// It is taken up again from the task that failed.
    Retry,
    /// It goes on under another version of its process.
    Migrate,
}

/// One operation on many runs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// What to do.
    operation: What,
    /// Which runs: as in the list of runs; `client` stands in the address, and `after` is the `next` of the call before.
    #[serde(rename = "where")]
    which: Which,
    /// For those who read the ledger later; not needed for a preview.
    #[serde(default)]
    reason: String,
    /// With `cancel`: whether what was done so far is undone by the process's own compensation.
    #[serde(default)]
    compensate: bool,
    /// With `migrate`: the release to go on with; the live one if left out.
    release: Option<ReleaseId>,
    /// With `migrate`: which task is which.
    #[serde(default)]
    #[schema(value_type = Object)]
    map: MigrationMap,
    /// With `migrate`: only say which runs fit the version.
    #[serde(default)]
    dry_run: bool,
    /// Only count the runs that fit the filter.
    #[serde(default)]
    preview: bool,
}

/// Does one thing to all runs that fit, newest first, at most 1,000, in one transaction. A run that it is not for is told with
/// its reason and holds up none of the others. Where there may be more, `next` says where the next call goes on.
#[utoipa::path(post, path = "/clients/{client}/run-operations", tag = "runs", request_body = Many,
    params(("client" = String, Path)),
    responses((status = 200, description = "What was done", body = BulkDone), (status = 400, description = "Nothing was done", body = Problem)))]
pub async fn operate(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<Many>,
) -> Answer<Json<BulkDone>> {
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    if body.which.limit.is_some() {
        return Err(Error::invalid_at("where/limit", "an operation takes as many as it can", "leave out limit").into());
    }
    if body.which.client.as_ref().is_some_and(|other| *other != client) {
        return Err(Error::invalid_at("where/client", "another client", "runs of one client at a time").into());
    }
    if body.dry_run && !matches!(body.operation, What::Migrate) {
        return Err(Error::invalid_at("dry_run", "only a migration is tried", "count the runs with preview").into());
    }
    let after = body.which.after.clone();
    let filter = body.which.filter(&house, vec![client.clone()]).await?;
    let needs_release = matches!(body.operation, What::Retry | What::Migrate) || body.compensate;
    if needs_release && !body.preview {
        pin_all(&house, &client, &filter, after.clone()).await?;
    }
    let what = match body.operation {
        What::Suspend => Bulk::Suspend,
        What::Resume => Bulk::Resume,
        What::Cancel => Bulk::Cancel { compensate: body.compensate },
        What::Retry => Bulk::Retry,
        What::Migrate => {
            if let Some(release) = &body.release {
                house.pin(&client, release).await?;
            }
            Bulk::Migrate(Box::new(Move { release: body.release, map: body.map, dry_run: body.dry_run }))
        }
    };
    let processes = Arc::clone(&house.parts.processes);
    let done = house
        .db
        .write(move |tx| {
            let order = (&what, body.reason.as_str(), body.preview);
            baton_runs::bulk(tx, &ctx, &processes, (&filter, after.as_ref()), order, |tx, operated| match &what {
                Bulk::Retry => baton_desk::run_retried(tx, &ctx, &operated.run),
                Bulk::Cancel { .. } => baton_desk::run_set_aside(tx, &ctx, &operated.run),
                Bulk::Suspend | Bulk::Resume | Bulk::Migrate(_) => Ok(()),
            })
        })
        .await?;
    Ok(Json(done))
}

/// Loads the releases that the runs are pinned to.
async fn pin_all(house: &House, client: &ClientId, filter: &RunFilter, after: Option<RunId>) -> Result<()> {
    let filter = filter.clone();
    let releases = house.db.read(move |tx| baton_runs::bulk_releases(tx, &filter, after.as_ref())).await?;
    for release in releases {
        house.pin(client, &release).await?;
    }
    Ok(())
}
