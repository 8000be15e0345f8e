//! A run goes on under another version of its process.

use super::{Operated, Operating, reason, store};
use crate::Processes;
use crate::read::RunStatus;
use crate::store::Kept;
use baton_base::{Error, ReleaseId, Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::{Definition, MigrationMap, RunEvent, RunState, migrate as fit};
use baton_govern::Ctx;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

/// Where a run is to go on, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Move {
    /// The release with the version that it goes on with; the live one if `None`. It must be loaded.
    pub release: Option<ReleaseId>,
    /// Which task is which.
    pub map: MigrationMap,
    /// Only say whether it fits.
    pub dry_run: bool,
}

/// Why a run does not fit a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Misfit {
    /// Path of the task in the version that the run is on; `/` for the run as a whole.
    pub place: String,
    /// What does not fit.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// What moving a run led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Migrated {
    /// The run.
    pub run: RunId,
    /// Digest of the definition that it was on.
    pub from: String,
    /// Digest of the definition that it was to go on with.
    pub to: String,
    /// Version of that definition.
    pub version: String,
    /// The release that holds it.
    pub release: ReleaseId,
    /// Whether the run was moved; never in a dry run.
    pub changed: bool,
    /// All that does not fit; then nothing was changed.
    pub misfits: Vec<Misfit>,
}

/// Moves a run to a version of its process, if its position and data have a place there: what is done stays done, what is
/// open on the outside stays open. A run that has failed can be moved and then retried.
pub fn migrate(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    run: &RunId,
    why: &str,
    to: &Move,
) -> Result<Migrated> {
    let why = if to.dry_run { "dry run".to_owned() } else { reason(why)? };
    let found = Operating::open(tx, ctx, run, &why)?;
    if matches!(found.status, RunStatus::Completed | RunStatus::Cancelled) {
        return found.conflict("a run that has ended is not moved");
    }
    let loaded = &found.loaded;
    let (live, _) = processes.live(&ctx.client)?;
    let release = to.release.clone().unwrap_or(live);
    let old = definition(processes, ctx, &loaded.release, &loaded.process)?;
    let new = definition(processes, ctx, &release, &loaded.process)?;
    let mut migrated = Migrated {
        run: run.clone(),
        from: old.digest().to_owned(),
        to: new.digest().to_owned(),
        version: new.version().to_owned(),
        release: release.clone(),
        changed: false,
        misfits: Vec::new(),
    };
    if loaded.release == release {
        return Ok(migrated);
    }
    let mut kept: Kept<RunState> = serde_json::from_str(&loaded.state).map_err(Error::broken)?;
    let Some(state) = &kept.engine else { return found.conflict("it has not begun; try again in a moment") };
    match fit(&old, &new, state, &to.map) {
        Err(misfits) => {
            let told = misfits.into_iter().map(|m| Misfit { place: m.task, why: m.why, remedy: m.remedy });
            migrated.misfits = told.collect();
        }
        Ok(_) if to.dry_run => {}
        Ok(moved) => {
            let (from, definition) = (old.digest().into(), new.digest().into());
            let event = RunEvent::Migrated { from, definition, map: to.map.clone() };
            let events = serde_json::to_string(&[event]).map_err(Error::broken)?;
            kept.journal += 1;
            store::insert_turn(tx, ctx, run, (kept.journal, kept.trace + 1), &events)?;
            for wait in moved.waits(&new) {
                store::place_call(tx, &ctx.client, run, &wait.call, &wait.task)?;
            }
            kept.engine = Some(moved);
            let state = serde_json::to_string(&kept).map_err(Error::broken)?;
            store::set_version(tx, ctx, run, &state, (new.digest(), &release))?;
            let detail = json!({"from": migrated.from, "to": migrated.to, "version": migrated.version,
                "release": release, "map": to.map});
            found.record(tx, ctx, "migrated", detail)?;
            migrated.changed = true;
        }
    }
    Ok(migrated)
}

/// The same as one of many: a run that does not fit is a conflict that says why.
pub(super) fn one_of_many(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    run: &RunId,
    why: &str,
    to: &Move,
) -> Result<Operated> {
    let migrated = migrate(tx, ctx, processes, run, why, to)?;
    if let Some(misfit) = migrated.misfits.first() {
        let more = migrated.misfits.len() - 1;
        let rest = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return Err(Error::Conflict(format!("{}: {}; {}{rest}", misfit.place, misfit.why, misfit.remedy)));
    }
    let found = Operating::open(tx, ctx, run, "read again")?;
    let fits = migrated.changed || (to.dry_run && found.loaded.release != migrated.release);
    Ok(Operated { changed: fits, ..found.unchanged() })
}

fn definition(
    processes: &Versions<Processes>,
    ctx: &Ctx,
    release: &ReleaseId,
    process: &str,
) -> Result<Arc<Definition>> {
    let part = processes.at(&ctx.client, release)?;
    let found = part.get(process).cloned();
    found.ok_or_else(|| Error::Conflict(format!("release {release} has no process {process}")))
}
