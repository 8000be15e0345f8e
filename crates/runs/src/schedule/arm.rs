//! A release goes live: what its processes say of schedules holds from now on.

use super::SchedulePart;
use super::events::Trigger;
use super::store::{self, Armed};
use crate::Processes;
use baton_base::{ClientId, Event, ReleaseId, Result};
use baton_db::Tx;
use baton_engine::{Definition, RunState, Schedule};
use baton_govern::{Ctx, ledger};
use serde_json::json;

/// Makes the schedules of a client those of its live release. The caller has made sure that the release is live and stays
/// so until the commit. Doing it twice changes nothing, so every node may do it.
///
/// A part whose rule is the same keeps its beat, its last run and whether it is paused; one with another rule begins to
/// count now. Events that `on` has heard and that did not suffice yet are put before the new definition.
///
/// # Errors
/// Those of the database.
pub fn arm(tx: &mut Tx, ctx: &Ctx, release: &ReleaseId, processes: &Processes) -> Result<()> {
    let mut known = store::take(tx, &ctx.client, None)?;
    for (process, definition) in processes.all() {
        let Some(schedule) = definition.schedule() else { continue };
        for part in SchedulePart::ALL {
            let Some(rule) = part.rule(schedule) else { continue };
            let at = known.iter().position(|row| row.process == process && row.part == part);
            let before = at.map(|at| known.swap_remove(at));
            if before.as_ref().is_some_and(|row| row.release == *release && row.digest == definition.digest()) {
                continue;
            }
            let wanted = Wanted { process, definition, schedule, part, rule, release };
            wanted.put(tx, ctx, before)?;
        }
    }
    for gone in known {
        store::remove(tx, &gone)?;
        if gone.part == SchedulePart::On {
            store::subscribe(tx, &ctx.client, &gone.process, &[])?;
            store::drop_events(tx, &ctx.client, &gone.process)?;
        }
        note(tx, ctx, "schedule.removed", &gone)?;
    }
    Ok(())
}

/// A part of a schedule as a release has it.
struct Wanted<'a> {
    process: &'a str,
    definition: &'a Definition,
    schedule: &'a Schedule,
    part: SchedulePart,
    rule: String,
    release: &'a ReleaseId,
}

impl Wanted<'_> {
    fn put(self, tx: &mut Tx, ctx: &Ctx, before: Option<Armed>) -> Result<()> {
        let now_ms = ctx.now_ms();
        let (rule, state, error) = match self.part {
            SchedulePart::On => self.listen(tx, ctx, before.as_ref())?,
            SchedulePart::Every | SchedulePart::Cron | SchedulePart::After => (self.rule.clone(), None, None),
        };
        let paused = before.as_ref().is_some_and(|row| row.paused);
        let last_run = before.as_ref().and_then(|row| row.last_run.clone());
        let kept = before.as_ref().filter(|row| row.rule == rule);
        let due_ms = match (paused, kept) {
            (true, _) => None,
            (false, Some(row)) => row.due_ms,
            (false, None) => self.part.first_ms(self.schedule, last_run.is_some(), now_ms),
        };
        let row = Armed {
            client: ctx.client.clone(),
            process: self.process.to_owned(),
            part: self.part,
            release: self.release.clone(),
            digest: self.definition.digest().to_owned(),
            rule,
            paused,
            due_ms,
            last_run,
            state,
        };
        store::put(tx, &row, error.as_deref())?;
        if kept.is_none() { note(tx, ctx, "schedule.armed", &row) } else { Ok(()) }
    }

    /// Listens by the new definition; what was heard by the one before is put before it.
    fn listen(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        before: Option<&Armed>,
    ) -> Result<(String, Option<String>, Option<String>)> {
        let now_ms = ctx.now_ms();
        let Some((trigger, filters)) = Trigger::begin(self.definition, self.process, now_ms) else {
            return Ok((String::new(), None, None));
        };
        let mut types: Vec<&str> = filters.iter().map(|(_, filter)| filter.event_type.as_str()).collect();
        types.sort_unstable();
        types.dedup();
        let any = |name: &&str| if name.is_empty() { "any event".to_owned() } else { (*name).to_owned() };
        let rule = types.iter().map(any).collect::<Vec<_>>().join(", ");
        if before.is_none_or(|row| !row.paused) {
            store::subscribe(tx, &ctx.client, self.process, &filters)?;
        }
        if let Some(same) = before.filter(|row| row.digest == self.definition.digest()) {
            return Ok((rule, same.state.clone(), trigger.error));
        }
        let kept = before.and_then(|row| row.state.as_deref());
        let kept = kept.and_then(|text| serde_json::from_str::<RunState>(text).ok());
        let heard = kept.as_ref().map_or(&[][..], store::heard);
        put_back(tx, &ctx.client, self.process, heard)?;
        let text = trigger.text()?;
        Ok((rule, Some(text), trigger.error))
    }
}

/// Events that were heard before wait again, before those that came since.
fn put_back(tx: &mut Tx, client: &ClientId, process: &str, heard: &[serde_json::Value]) -> Result<()> {
    for (at, event) in heard.iter().enumerate() {
        let id = format!("again_{at:06}");
        store::insert_events(tx, client, &[process.to_owned()], (&id, &event.to_string(), 0))?;
    }
    Ok(())
}

fn note(tx: &mut Tx, ctx: &Ctx, kind: &str, row: &Armed) -> Result<()> {
    let data = json!({"part": row.part, "rule": row.rule, "release": row.release, "due_ms": row.due_ms});
    ledger::append(tx, ctx, Event::new(&ctx.client, kind, &row.process).with(data))?;
    Ok(())
}
