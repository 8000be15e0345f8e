//! The same operation on many runs.

use super::migrate::one_of_many;
use super::{Move, Operated, cancel, reason, resume, retry, suspend};
use crate::Processes;
use crate::read::{RunFilter, RunRow, list};
use baton_base::limits::PAGE_MAX;
use baton_base::{Error, ReleaseId, Result, RunId, Versions};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Most runs of one call.
pub const BULK_MAX: usize = 1_000;
/// Most pages that one call looks through: runs that fit may be few among many, and others wait for its transaction.
const PAGES_MAX: usize = 10;
/// Refusals told of one call.
const REFUSALS_MAX: usize = 50;

/// What is done to each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bulk {
    /// See [`suspend()`].
    Suspend,
    /// See [`resume()`].
    Resume,
    /// See [`cancel()`].
    Cancel {
        /// Whether what was done is undone.
        compensate: bool,
    },
    /// See [`retry()`], with the input that the failed task had.
    Retry,
    /// See [`Move`]; in a dry run, `changed` counts those that fit.
    Migrate(Box<Move>),
}

/// A run that the operation was not for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Refusal {
    /// Which.
    pub run: RunId,
    /// Why.
    pub why: String,
}

/// What an operation on many runs led to.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct BulkDone {
    /// Runs that fit the filter, at most 1,000.
    pub matched: usize,
    /// Whether there may be more that fit than one call takes.
    pub more: bool,
    /// Where the next call goes on: its `after`; null if all were looked at.
    pub next: Option<RunId>,
    /// Runs that were changed; 0 in a preview.
    pub changed: usize,
    /// Runs that stood so already.
    pub unchanged: usize,
    /// Runs that could not be changed, with why; at most 50 are told.
    pub refused: Vec<Refusal>,
    /// How many could not be changed.
    pub refusals: usize,
}

/// Does one thing to all runs of this client that fit the filter, newest first from `after` on, at most 1,000, in one
/// transaction; one that cannot be changed holds up none of the others. `then` belongs to each run's own part of the
/// transaction. A preview only counts.
pub fn bulk(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    (filter, after): (&RunFilter, Option<&RunId>),
    (what, why, preview): (&Bulk, &str, bool),
    then: impl Fn(&mut Tx, &Operated) -> Result<()>,
) -> Result<BulkDone> {
    ctx.allow(Right::RunOperate)?;
    let filter = RunFilter { clients: vec![ctx.client.clone()], ..filter.clone() };
    let (rows, next) = matching(tx, &filter, after)?;
    let mut done = BulkDone { matched: rows.len(), more: next.is_some(), next, ..BulkDone::default() };
    if preview {
        return Ok(done);
    }
    if !matches!(what, Bulk::Migrate(to) if to.dry_run) {
        reason(why)?;
    }
    let mut runs: Vec<RunId> = rows.into_iter().map(|row| row.id).collect();
    // Oldest first: locks are taken in the order in which workers take them.
    runs.sort();
    for run in runs {
        let operated = tx.attempt(|tx| {
            let operated = one(tx, ctx, processes, &run, (what, why))?;
            then(tx, &operated)?;
            Ok(operated)
        });
        match operated {
            Ok(operated) if operated.changed => done.changed += 1,
            Ok(_) => done.unchanged += 1,
            Err(error @ (Error::Unavailable(_) | Error::Broken(_))) => return Err(error),
            Err(error) => {
                done.refusals += 1;
                if done.refused.len() < REFUSALS_MAX {
                    done.refused.push(Refusal { run, why: error.problem().detail });
                }
            }
        }
    }
    Ok(done)
}

fn one(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    run: &RunId,
    (what, why): (&Bulk, &str),
) -> Result<Operated> {
    match what {
        Bulk::Suspend => suspend(tx, ctx, processes, run, why),
        Bulk::Resume => resume(tx, ctx, processes, run, why),
        Bulk::Cancel { compensate } => cancel(tx, ctx, processes, run, why, *compensate),
        Bulk::Retry => retry(tx, ctx, processes, run, why, None),
        Bulk::Migrate(to) => one_of_many(tx, ctx, processes, run, why, to),
    }
}

/// The releases to which the runs of one call are pinned: an operation that asks the engine needs them loaded.
///
/// # Errors
/// Those of the database.
pub fn bulk_releases(tx: &mut Tx, filter: &RunFilter, after: Option<&RunId>) -> Result<BTreeSet<ReleaseId>> {
    let (rows, _) = matching(tx, filter, after)?;
    Ok(rows.into_iter().map(|row| row.release).collect())
}

/// The runs of one call, newest first, and where the next one goes on.
fn matching(tx: &mut Tx, filter: &RunFilter, after: Option<&RunId>) -> Result<(Vec<RunRow>, Option<RunId>)> {
    let mut rows: Vec<RunRow> = Vec::new();
    let mut after = after.cloned();
    for _ in 0..PAGES_MAX {
        let left = u32::try_from(BULK_MAX - rows.len()).unwrap_or(PAGE_MAX);
        let page = list(tx, filter, after.as_ref(), left.min(PAGE_MAX))?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() || rows.len() >= BULK_MAX {
            break;
        }
    }
    Ok((rows, after))
}
