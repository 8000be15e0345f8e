//! Runs that cannot go on, gathered by what stopped them.

use super::filter::{RunFilter, RunStatus};
use super::list::{RunRow, list};
use baton_base::{CaseId, ClientId, Result, RunId, limits::PAGE_MAX};
use baton_db::Tx;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Dead letters of one client that are looked at to make groups.
const LOOKED_AT_MAX: usize = 5_000;

/// Runs of one process that stopped at one task with one kind of error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadGroup {
    /// Whose.
    pub client: ClientId,
    /// Name of the process.
    pub process: String,
    /// Path of the task that failed; empty if the run stopped outside of any.
    pub task: String,
    /// Type of the error, a URI.
    pub error_type: String,
    /// The newest error's title and detail.
    pub example: String,
    /// `faulted`, or `suspended` after a fault of Baton itself.
    pub status: RunStatus,
    /// How many.
    pub runs: i64,
    /// When the oldest of them last moved, ms.
    pub oldest_ms: i64,
    /// The newest of them.
    pub newest: RunId,
    /// Ids of all of them that were looked at, newest first.
    #[serde(skip)]
    pub ids: Vec<RunId>,
    /// Those of them that are of a case, with it.
    #[serde(skip)]
    pub cases: Vec<(RunId, CaseId)>,
}

/// The groups, the most frequent first.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DeadLetters {
    /// Groups.
    pub items: Vec<DeadGroup>,
    /// Whether a client has more dead letters than were looked at (the newest 5,000).
    pub more: bool,
}

/// Faulted runs, and those that Baton suspended after a fault of its own, in groups.
pub fn dead_letters(tx: &mut Tx, clients: &[ClientId], process: Option<&str>) -> Result<DeadLetters> {
    let mut groups: BTreeMap<(ClientId, String, String, String), DeadGroup> = BTreeMap::new();
    let mut more = false;
    for client in clients {
        let filter = RunFilter {
            clients: vec![client.clone()],
            process: process.map(str::to_owned),
            dead: true,
            ..RunFilter::default()
        };
        let mut after = None;
        let mut seen = 0;
        loop {
            let page = list(tx, &filter, after.as_ref(), PAGE_MAX)?;
            seen += page.rows.len();
            page.rows.into_iter().for_each(|row| put(&mut groups, row));
            after = page.next;
            if after.is_none() || seen >= LOOKED_AT_MAX {
                break;
            }
        }
        more |= after.is_some();
    }
    let mut items: Vec<_> = groups.into_values().collect();
    items.sort_by(|a, b| b.runs.cmp(&a.runs).then(a.oldest_ms.cmp(&b.oldest_ms)));
    Ok(DeadLetters { items, more })
}

fn put(groups: &mut BTreeMap<(ClientId, String, String, String), DeadGroup>, row: RunRow) {
    let text = |name: &str| row.error.as_ref().and_then(|error| error[name].as_str()).unwrap_or_default().to_owned();
    let (kind, task) = (text("type"), text("instance"));
    let key = (row.client.clone(), row.process.clone(), task.clone(), kind.clone());
    let group = groups.entry(key).or_insert_with(|| DeadGroup {
        client: row.client.clone(),
        process: row.process.clone(),
        task,
        error_type: kind,
        example: [text("title"), text("detail")].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(": "),
        status: if row.status == "faulted" { RunStatus::Faulted } else { RunStatus::Suspended },
        runs: 0,
        oldest_ms: row.changed_ms,
        newest: row.id.clone(),
        ids: Vec::new(),
        cases: Vec::new(),
    });
    group.runs += 1;
    group.oldest_ms = group.oldest_ms.min(row.changed_ms);
    group.cases.extend(row.case.map(|case| (row.id.clone(), case)));
    group.ids.push(row.id);
}
