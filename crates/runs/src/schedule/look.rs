//! A look at what is due: runs begin, and it is written down when the next do, in one transaction.

use super::events::Trigger;
use super::store::{self, Armed, Away, Begun};
use crate::input::insert_started;
use crate::limits;
use crate::store::NewRun;
use crate::worker::Inner;
use baton_base::{Error, Result, RunId};
use baton_db::Tx;
use baton_engine::Definition;
use baton_govern::Ctx;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a look led to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Looked {
    /// Runs that began.
    pub begun: usize,
    /// There may be more to do at once.
    pub more: bool,
}

/// Whether a look would find something, and when the next run is due by the clock; reads only.
pub(crate) fn would_look(tx: &mut Tx, inner: &Inner, now_ms: i64) -> Result<(bool, Option<i64>)> {
    let all = store::releases(tx)?;
    if all.is_empty() {
        // Nobody has a schedule: there is nothing else to ask.
        return Ok((false, None));
    }
    let (next_ms, now) = store::outlook(tx, now_ms, &not_loaded(inner, all))?;
    Ok((now || next_ms.is_some_and(|due_ms| due_ms <= now_ms), next_ms))
}

/// Begins what is due. What belongs to a release that is not loaded here is left to other nodes, and for later.
pub(crate) fn look(tx: &mut Tx, inner: &Inner) -> Result<Looked> {
    let now_ms = inner.env.clock.now_ms();
    let away = not_here(tx, inner)?;
    for (row, ended_ms) in store::ended(tx, &away)? {
        let definition = definition(inner, &row);
        let due_ms = definition.and_then(|found| found.schedule()?.again_ms(ended_ms));
        due_ms.map_or(Ok(()), |due_ms| store::set_due_after(tx, &row, due_ms))?;
    }
    let mut looked = Looked::default();
    let due = store::take_due(tx, now_ms, &away)?;
    for row in &due {
        looked.begun += guarded(tx, row, now_ms, |tx| begin_due(tx, inner, row, now_ms))?;
    }
    let told = store::take_told(tx, now_ms, &away)?;
    for row in &told {
        let (begun, more) = guarded(tx, row, now_ms, |tx| take_in(tx, inner, row, now_ms))?;
        looked.begun += begun;
        looked.more |= more;
    }
    looked.more |= looked.begun > 0 && is_full(due.len());
    Ok(looked)
}

/// The releases with active schedules that are not loaded here: what is theirs keeps nothing else from its turn.
fn not_here(tx: &mut Tx, inner: &Inner) -> Result<Vec<Away>> {
    Ok(not_loaded(inner, store::releases(tx)?))
}

fn not_loaded(inner: &Inner, all: Vec<Away>) -> Vec<Away> {
    all.into_iter().filter(|away| inner.processes.at(&away.client, &away.release).is_err()).collect()
}

fn is_full(taken: usize) -> bool {
    i64::try_from(taken).unwrap_or(i64::MAX) >= limits::SCHEDULES_PER_LOOK_MAX
}

fn definition(inner: &Inner, row: &Armed) -> Option<Arc<Definition>> {
    inner.processes.at(&row.client, &row.release).ok()?.get(&row.process).cloned()
}

/// A run that cannot be begun holds up none of the others: why stands beside its schedule, and it is tried again.
fn guarded<T: Default>(tx: &mut Tx, row: &Armed, now_ms: i64, work: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    match tx.attempt(work) {
        Ok(begun) => Ok(begun),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => {
            tracing::error!(client = %row.client, process = %row.process, %error, "a scheduled run could not begin");
            let failed = Begun {
                run: None,
                runs: 0,
                missed: 0,
                due_ms: row.due_ms,
                state: row.state.clone(),
                error: Some(error.to_string()),
                now_ms,
            };
            store::begun(tx, row, &failed)?;
            // Its own time stays, and with it the beat.
            store::set_retry(tx, row, now_ms.saturating_add(limits::SCHEDULE_AGAIN_MS)).map(|()| T::default())
        }
    }
}

fn begin_due(tx: &mut Tx, inner: &Inner, row: &Armed, now_ms: i64) -> Result<usize> {
    let Some(definition) = definition(inner, row) else { return Ok(0) };
    let Some((schedule, due_ms)) = definition.schedule().zip(row.due_ms) else { return Ok(0) };
    let runs = begin(tx, inner, row, &definition, vec![json!({})])?;
    let (due_ms, missed) = match row.part.next_ms(schedule, due_ms, now_ms) {
        Some((next_ms, missed)) => (Some(next_ms), missed),
        None => (None, 0),
    };
    let begun = Begun { run: runs.last(), runs: count(runs.len()), missed, due_ms, state: None, error: None, now_ms };
    store::begun(tx, row, &begun)?;
    Ok(runs.len())
}

/// Takes in the events that wait for an `on`; how many runs they began, and whether more wait.
fn take_in(tx: &mut Tx, inner: &Inner, row: &Armed, now_ms: i64) -> Result<(usize, bool)> {
    let Some(definition) = definition(inner, row) else { return Ok((0, false)) };
    let trigger = Trigger::go_on(&definition, &row.process, row.state.as_deref(), now_ms);
    let Some(mut trigger) = trigger else { return Ok((0, false)) };
    let events = store::take_events(tx, row, limits::SCHEDULE_EVENTS_PER_LOOK_MAX)?;
    let full = count(events.len()) >= limits::SCHEDULE_EVENTS_PER_LOOK_MAX;
    events.into_iter().for_each(|event| trigger.hear(event, now_ms));
    let inputs = std::mem::take(&mut trigger.inputs);
    let runs = begin(tx, inner, row, &definition, inputs)?;
    let begun = Begun {
        run: runs.last(),
        runs: count(runs.len()),
        missed: 0,
        due_ms: None,
        state: Some(trigger.text()?),
        error: trigger.error,
        now_ms,
    };
    store::begun(tx, row, &begun)?;
    Ok((runs.len(), full))
}

fn begin(tx: &mut Tx, inner: &Inner, row: &Armed, definition: &Definition, inputs: Vec<Value>) -> Result<Vec<RunId>> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let ctx = Ctx::system(&inner.env, &row.client, &format!("schedule:{}", row.process));
    let one = |input: Value| {
        let new = NewRun {
            run: RunId::known(ctx.id(RunId::PREFIX)),
            process: &row.process,
            digest: definition.digest(),
            release: &row.release,
            case: None,
            parent: None,
            depth: 0,
            now_ms: ctx.now_ms(),
        };
        (new, input)
    };
    insert_started(tx, &ctx, inputs.into_iter().map(one).collect())
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
