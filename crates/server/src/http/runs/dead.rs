//! Dead letters: runs that cannot go on, in groups, with who has to see to them.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{CaseId, ClientId, Result, RunId};
use baton_db::Tx;
use baton_desk::Owner;
use baton_govern::Right;
use baton_runs::DeadGroup;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Owners named with a group.
const OWNERS_NAMED_MAX: usize = 5;

/// Of which client and process.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    process: Option<String>,
}

/// One group.
#[derive(Serialize, ToSchema)]
pub struct Letters {
    /// What stopped them, and how many.
    #[serde(flatten)]
    group: DeadGroup,
    /// Runs of the group for which a work item is open.
    owned: usize,
    /// Queues where those items are.
    queues: Vec<String>,
    /// The first of those items.
    owners: Vec<Owner>,
}

/// All groups.
#[derive(Serialize, ToSchema)]
pub struct AllLetters {
    /// The most frequent first.
    items: Vec<Letters>,
    /// Whether a client has more dead letters than were looked at (the newest 5,000).
    more: bool,
}

/// Runs that cannot go on, by process, task and kind of error, each group with its owners.
#[utoipa::path(get, path = "/dead-letters", tag = "runs", params(Which),
    responses((status = 200, description = "Groups", body = AllLetters)))]
pub async fn letters(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Json<AllLetters>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::RunRead)?;
    let found = house.db.read(move |tx| gather(tx, &clients, which.process.as_deref())).await?;
    Ok(Json(found))
}

fn gather(tx: &mut Tx, clients: &[ClientId], process: Option<&str>) -> Result<AllLetters> {
    let found = baton_runs::dead_letters(tx, clients, process)?;
    let mut owners: HashMap<RunId, Owner> = HashMap::new();
    for client in clients {
        owners.extend(baton_desk::owners(tx, client)?.into_iter().map(|owner| (owner.run.clone(), owner)));
        let of_client = found.items.iter().filter(|group| group.client == *client).flat_map(|group| &group.cases);
        let without: Vec<(RunId, CaseId)> = of_client.filter(|(run, _)| !owners.contains_key(run)).cloned().collect();
        let by_case = baton_desk::owners_by_case(tx, client, &without)?;
        owners.extend(by_case.into_iter().map(|owner| (owner.run.clone(), owner)));
    }
    let with_owners = |group: DeadGroup| {
        let own: Vec<_> = group.ids.iter().filter_map(|run| owners.get(run)).cloned().collect();
        let mut queues: Vec<_> = own.iter().map(|owner| owner.queue.clone()).collect();
        queues.sort();
        queues.dedup();
        Letters { group, owned: own.len(), queues, owners: own.into_iter().take(OWNERS_NAMED_MAX).collect() }
    };
    Ok(AllLetters { items: found.items.into_iter().map(with_owners).collect(), more: found.more })
}
