//! One run against its journal, its open rows, its ledger, and the books of the world.

use super::fold::Folded;
use super::{Told, Wrong};
use crate::load::{House, Kept};
use crate::world::Deed;
use baton_base::{CallId, RunId};
use baton_engine::Status;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Checks a run; `spread_ms` is how far clocks were apart.
pub(super) fn run(kept: &Kept, folded: &Folded, spread_ms: i64, wrongs: &mut Vec<Wrong>) {
    let mut wrong = |what: String| wrongs.push(Wrong::of(kept, what));
    state(kept, folded, &mut wrong);
    open_rows(kept, folded, &mut wrong);
    timers(folded, spread_ms, &mut wrong);
    ledger(kept, folded, &mut wrong);
    if kept.status == "suspended" && kept.error.is_some() {
        wrong(format!("was suspended by a fault of ours: {:?}", kept.error));
    }
}

fn state(kept: &Kept, folded: &Folded, wrong: &mut impl FnMut(String)) {
    let lines: Vec<i64> = kept.journal.iter().map(|(seq, _, _)| *seq).collect();
    if lines.iter().zip(1..).any(|(seq, expected)| *seq != expected) {
        wrong(format!("its journal has gaps or repeats: {lines:?}"));
    }
    if kept.state["journal"].as_u64() != Some(lines.len() as u64) {
        wrong(format!("its state counts {} events, its journal {}", kept.state["journal"], lines.len()));
    }
    let told = serde_json::to_value(&folded.state).unwrap_or_default();
    let stored = if lines.is_empty() { told.clone() } else { kept.state["engine"].clone() };
    if told != stored {
        wrong(format!("folding its journal does not give its state: {told} and not {stored}"));
    }
    let fits = match folded.state.status {
        Status::New | Status::Running | Status::Compensating => {
            matches!(kept.status.as_str(), "running" | "waiting" | "suspended")
        }
        Status::Suspended => kept.status == "suspended",
        Status::Completed => kept.status == "completed",
        // A failed run that is to be tried again waits for the turn that does so.
        Status::Faulted => kept.status == "faulted" || kept.inbox.iter().any(|input| input["kind"] == "retry"),
        Status::Cancelled => kept.status == "cancelled",
    };
    if !fits {
        wrong(format!("is {} and its journal says {:?}", kept.status, folded.state.status));
    }
    if kept.is_final() && kept.output != folded.state.output {
        wrong(format!("has output {:?} and its journal says {:?}", kept.output, folded.state.output));
    }
    let error = folded.state.error.as_ref().and_then(|error| serde_json::to_value(error).ok());
    if kept.is_final() && kept.error != error {
        wrong(format!("has error {:?} and its journal says {error:?}", kept.error));
    }
}

/// What the run waits for, and what is kept open for it.
fn open_rows(kept: &Kept, folded: &Folded, wrong: &mut impl FnMut(String)) {
    let wanted: BTreeSet<CallId> = folded.state.open_calls().into_iter().collect();
    let mut there: BTreeSet<CallId> = kept.calls.keys().chain(kept.timers.keys()).cloned().collect();
    there.extend(kept.listens.iter().cloned());
    for call in there.difference(&wanted) {
        wrong(format!("{call} is kept open and nothing waits for it"));
    }
    // What has come but was not taken in yet.
    let mut known: BTreeSet<&str> = there.iter().map(CallId::as_str).collect();
    known.extend(kept.children.iter().map(CallId::as_str));
    known.extend(kept.inbox.iter().filter_map(|input| input["call"].as_str()));
    for call in wanted.iter().filter(|call| !known.contains(call.as_str())) {
        wrong(format!("waits for {call}, of which nobody knows"));
    }
    // A run that has failed keeps what it had not read for when it is tried again.
    let may_keep =
        |input: &&Value| kept.status == "faulted" && matches!(input["kind"].as_str(), Some("message" | "event"));
    let left = kept.inbox.iter().filter(|input| !may_keep(input)).count();
    if kept.is_final() && left > 0 {
        wrong(format!("has ended and keeps {left} inputs"));
    }
}

fn timers(folded: &Folded, spread_ms: i64, wrong: &mut impl FnMut(String)) {
    for (call, at_ms) in &folded.fired {
        match folded.timers.get(call) {
            None => wrong(format!("timer {call} fired and was never set")),
            Some(due_ms) if *at_ms + spread_ms < *due_ms => {
                wrong(format!("timer {call} was due at {due_ms} and fired at {at_ms}"));
            }
            Some(_) => {}
        }
    }
}

fn ledger(kept: &Kept, folded: &Folded, wrong: &mut impl FnMut(String)) {
    let count = |kind: &str| kept.ledger.iter().filter(|k| *k == kind).count();
    if count("run.started") != 1 {
        wrong(format!("is in the ledger as started {} times", count("run.started")));
    }
    for status in ["completed", "faulted", "cancelled"] {
        // A run that has failed may have been tried again, and may have failed again.
        let expected = if status == "faulted" { folded.faults } else { usize::from(kept.status == status) };
        let entries = count(&format!("run.{status}"));
        if entries != expected {
            wrong(format!("is {} and in the ledger {entries} times as {status}", kept.status));
        }
    }
    let expected = if kept.parent.is_none() { folded.faults as u64 } else { 0 };
    let stopped_by_fault = kept.status == "suspended" && kept.error.is_some();
    if !stopped_by_fault && kept.owners != expected {
        wrong(format!("is {} and {} owners were found for it", kept.status, kept.owners));
    }
}

/// The world's books against what runs asked for and were told.
pub(super) fn books(books: &BTreeMap<String, Deed>, house: &House, told: &Told, wrongs: &mut Vec<Wrong>) {
    for (key, deed) in books {
        let call = key.split('/').next().unwrap_or_default();
        let run = call.rsplit_once('.').map(|(run, _)| RunId::known(run));
        let folded = run.as_ref().and_then(|run| told.get(run));
        let asked = folded.and_then(|folded| folded.asked.get(&CallId::known(call)));
        match (asked, run.as_ref().and_then(|run| house.get(run))) {
            (None, Some(kept)) => wrongs.push(Wrong::of(kept, format!("{key} was done and never asked for"))),
            (None, None) => {
                wrongs.push(Wrong { run: None, what: format!("{key} was done for a run that is not there") })
            }
            (Some((function, args)), Some(kept)) if function == "act" && *args != deed.args => {
                wrongs.push(Wrong::of(kept, format!("{key} was asked {args} and the system was told {}", deed.args)));
            }
            (Some(_), _) => {}
        }
    }
    for (kept, folded) in house.values().filter_map(|kept| Some((kept, told.get(&kept.run)?))) {
        results(kept, folded, books, wrongs);
    }
}

/// Each call has one result, and it is what the system said.
fn results(kept: &Kept, folded: &Folded, books: &BTreeMap<String, Deed>, wrongs: &mut Vec<Wrong>) {
    let mut seen = BTreeSet::new();
    for (call, result) in &folded.results {
        let Some((function, _)) = folded.asked.get(call) else {
            wrongs.push(Wrong::of(kept, format!("{call} has a result and was never asked for")));
            continue;
        };
        if !seen.insert(call) && function != "ask" {
            wrongs.push(Wrong::of(kept, format!("{call} ({function}) has two results")));
        }
        let said = books.get(&format!("{call}/2")).or_else(|| books.get(call.as_str()));
        let fits = match (function.as_str(), result, said) {
            ("act", Ok(output), Some(Deed { outcome: Ok(said), .. })) => output == said,
            ("act", Ok(_), _) => false,
            ("talk", Ok(output), Some(Deed { outcome: Ok(said), .. })) => output["answer"] == *said,
            ("talk", Ok(_), _) => false,
            (_, Err(_) | Ok(_), _) => true,
        };
        if !fits {
            let said = said.map(|deed| deed.outcome.clone());
            wrongs.push(Wrong::of(kept, format!("{call} ({function}) has {result:?} and the system said {said:?}")));
        }
    }
}

/// The answers that a run got from people, by call.
pub(super) fn answers(folded: &Folded) -> impl Iterator<Item = (&CallId, &str)> {
    let answered = folded.results.iter().filter_map(|(call, result)| Some((call, result.as_ref().ok()?)));
    answered.filter_map(|(call, output)| Some((call, answer(output)?)))
}

fn answer(output: &Value) -> Option<&str> {
    output["answer"].as_str()
}
