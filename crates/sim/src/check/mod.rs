//! What must always be true, checked over everything that the database and the world's books hold.

mod fold;
mod matter;
mod sends;

use crate::load::{self, House, Kept};
use crate::play::{Sim, lock};
use baton_base::{ClientId, Result, RunId, digest_of};
use fold::{Folded, fold};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of a trace, at most; a violation says the essential in its first line.
const TRACE_LINES_MAX: usize = 400;
/// Characters of a line.
const LINE_CHARS_MAX: usize = 400;
/// Violations with a whole trace; more of the same kind help nobody.
const TRACES_MAX: usize = 8;

/// A finding about a run.
pub(crate) struct Wrong {
    pub run: Option<(ClientId, RunId)>,
    pub what: String,
}

impl Wrong {
    fn of(kept: &Kept, what: impl Into<String>) -> Self {
        Self { run: Some((kept.client.clone(), kept.run.clone())), what: what.into() }
    }
}

/// Runs as their journals tell them.
pub(crate) type Told = BTreeMap<RunId, Folded>;

/// Checks everything that holds at any moment.
pub(crate) async fn standing(sim: &mut Sim) -> Result<()> {
    look(sim).await.map(|_| ())
}

async fn look(sim: &mut Sim) -> Result<(House, Told)> {
    let house = sim.storage.front().db.read(load::house).await?;
    let mut wrongs = Vec::new();
    let mut told = Told::new();
    for kept in house.values() {
        let found = sim.common.versions.at(&kept.client, &kept.release).ok();
        let Some(definition) = found.and_then(|processes| processes.get(&kept.process).cloned()) else {
            wrongs.push(Wrong::of(kept, "its process is not known"));
            continue;
        };
        let versions = [&sim.library.processes, &sim.library.reworded];
        let known = |digest: &str| {
            let mut all = versions.iter().filter_map(|processes| processes.get(&kept.process));
            all.find(|definition| definition.digest() == digest).cloned()
        };
        let folded = match fold(&known, definition.digest(), kept) {
            Ok(folded) => folded,
            Err(what) => {
                wrongs.push(Wrong::of(kept, what));
                continue;
            }
        };
        matter::run(kept, &folded, sim.spread_ms.1 - sim.spread_ms.0, &mut wrongs);
        told.insert(kept.run.clone(), folded);
    }
    sends::deliveries(sim, &house, &told, &mut wrongs);
    matter::books(&lock(&sim.common.world).books, &house, &told, &mut wrongs);
    report(sim, wrongs).await?;
    Ok((house, told))
}

async fn report(sim: &mut Sim, wrongs: Vec<Wrong>) -> Result<()> {
    for wrong in wrongs {
        let about = wrong.run.as_ref().map_or_else(String::new, |(client, run)| format!("{run} ({client}): "));
        let what = format!("{about}{}", wrong.what);
        if sim.totals.violations.iter().any(|violation| violation.what == what) {
            continue;
        }
        let trace = match &wrong.run {
            Some((client, run)) if sim.totals.violations.len() < TRACES_MAX => trace(sim, client, run).await?,
            _ => Vec::new(),
        };
        sim.violated(what, trace);
    }
    Ok(())
}

/// In the calm, after a while: nothing that could be done is left. Whether that is so.
pub(crate) async fn calm(sim: &mut Sim) -> Result<bool> {
    let (house, _) = look(sim).await?;
    let mut wrongs = Vec::new();
    for kept in house.values().filter(|kept| !kept.is_final()) {
        if kept.ready {
            wrongs.push(Wrong::of(kept, "is ready and nobody takes it, in the calm"));
        }
        let waits_for_message = kept.calls.values().any(|(_, _, wakes)| wakes.as_deref() == Some("message"));
        for input in &kept.inbox {
            if input["kind"] != "message" || (waits_for_message && input["event"]["call"].is_null()) {
                wrongs.push(Wrong::of(kept, format!("does not take {input}, in the calm")));
            }
        }
        for (call, (function, state, _)) in &kept.calls {
            if state == "requested" {
                wrongs.push(Wrong::of(kept, format!("nobody makes call {call} ({function}), in the calm")));
            }
        }
        for (call, due_ms) in &kept.timers {
            if *due_ms + 1_000 < sim.now_ms {
                wrongs.push(Wrong::of(kept, format!("timer {call} was due at {due_ms} and has not fired")));
            }
        }
        let waits = kept.calls.len() + kept.timers.len() + kept.listens.len() + kept.children.len();
        if waits == 0 && kept.status != "suspended" {
            wrongs.push(Wrong::of(kept, "waits for nothing and does not end"));
        }
    }
    let fine = wrongs.is_empty();
    report(sim, wrongs).await?;
    Ok(fine)
}

/// Everything, at the end of a world; the digest of its final state.
pub(crate) async fn whole(sim: &mut Sim) -> Result<String> {
    let (house, _) = look(sim).await?;
    let mut state: Vec<Value> = Vec::new();
    for kept in house.values() {
        sim.totals.events += kept.journal.len() as u64;
        *sim.totals.ended.entry(kept.status.clone()).or_default() += 1;
        let journal: Vec<_> = kept.journal.iter().map(|(_, event, at_ms)| json!([event, at_ms])).collect();
        state.push(json!([kept.client, kept.run, kept.process, kept.status, kept.output, kept.error, journal]));
    }
    let books: Vec<Value> = lock(&sim.common.world)
        .books
        .iter()
        .map(|(key, deed)| json!([key, deed.args, deed.outcome.clone().ok()]))
        .collect();
    Ok(digest_of(&json!([state, books, sim.totals.steps])))
}

/// Journal, path and books of a run and of the runs around it.
pub(crate) async fn trace(sim: &Sim, client: &ClientId, run: &RunId) -> Result<Vec<String>> {
    let house = sim.storage.front().db.read(load::house).await?;
    let Some(kept) = house.get(run) else { return Ok(vec![format!("{run} of {client} is not there")]) };
    let mut lines = vec![format!(
        "{} of {} is {} (ready: {}), parent {:?}, worker's calls {:?}, timers {:?}, listens {:?}, children {:?}",
        kept.process,
        kept.client,
        kept.status,
        kept.ready,
        kept.parent,
        kept.calls,
        kept.timers,
        kept.listens,
        kept.children
    )];
    lines.extend(kept.error.iter().map(|error| format!("error {error}")));
    lines.extend(kept.journal.iter().map(|(seq, event, at_ms)| format!("journal {seq} at {at_ms}: {}", json!(event))));
    lines.extend(kept.inbox.iter().map(|input| format!("inbox {input}")));
    let prefix = format!("{run}.");
    for (key, deed) in lock(&sim.common.world).books.range(prefix.clone()..).take_while(|(k, _)| k.starts_with(&prefix))
    {
        lines.push(format!("book {key}: {} -> {:?}, asked {} times", deed.args, deed.outcome, deed.times));
    }
    lines.extend(kept.ledger.iter().map(|kind| format!("ledger {kind}")));
    for other in house.values().filter(|other| other.parent.as_ref() == Some(run)) {
        lines.push(format!("child {} {} {}", other.run, other.process, other.status));
    }
    lines.truncate(TRACE_LINES_MAX);
    lines.iter_mut().for_each(shorten);
    Ok(lines)
}

fn shorten(line: &mut String) {
    if line.chars().count() > LINE_CHARS_MAX {
        *line = line.chars().take(LINE_CHARS_MAX).chain("…".chars()).collect();
    }
}
