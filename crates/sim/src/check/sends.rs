//! Everything that was sent and accepted is there, as often as it was sent, and in order.

use super::{Told, Wrong, matter};
use crate::deliver::{Sent, What};
use crate::load::{House, Kept};
use crate::play::Sim;
use baton_base::RunId;
use std::collections::BTreeMap;

/// Where messages, events and answers were found: id → run → how often; runs do not matter for messages, which go
/// from a run to the one that it waits for, and back.
#[derive(Default)]
struct Found {
    taken: BTreeMap<String, BTreeMap<RunId, u32>>,
}

impl Found {
    fn note(&mut self, id: &str, run: &RunId) {
        *self.taken.entry(id.to_owned()).or_default().entry(run.clone()).or_default() += 1;
    }

    fn at(&self, id: &str, run: &RunId) -> u32 {
        self.taken.get(id).and_then(|runs| runs.get(run)).copied().unwrap_or(0)
    }

    fn anywhere(&self, id: &str) -> u32 {
        self.taken.get(id).map_or(0, |runs| runs.values().sum())
    }
}

/// Checks all deliveries.
pub(super) fn deliveries(sim: &Sim, house: &House, told: &Told, wrongs: &mut Vec<Wrong>) {
    let found = find(house, told);
    for (id, sent) in &sim.register.sent {
        delivery(id, sent, (house, told), &found, wrongs);
    }
    let emitted: BTreeMap<&str, &RunId> =
        told.iter().flat_map(|(run, folded)| folded.emitted.iter().map(move |id| (id.as_str(), run))).collect();
    for (run, folded) in told {
        let mut seen = BTreeMap::<&str, u32>::new();
        for id in &folded.events {
            *seen.entry(id).or_default() += 1;
        }
        for (id, count) in seen.into_iter().filter(|(id, _)| !sim.register.sent.contains_key(*id)) {
            if !emitted.contains_key(id) {
                wrongs.push(Wrong { run: None, what: format!("{run} heard event {id}, which nobody sent") });
            } else if count > 1 {
                wrongs
                    .push(Wrong { run: None, what: format!("{run} heard event {id} {count} times; it was sent once") });
            }
        }
    }
    house.values().for_each(|kept| order(sim, kept, wrongs));
}

fn find(house: &House, told: &Told) -> Found {
    let mut found = Found::default();
    for kept in house.values() {
        for (message, _) in &kept.heard {
            found.note(message, &kept.run);
        }
        for input in &kept.inbox {
            let places = [&input["event"]["id"], &input["output"]["answer"], &input["reason"]];
            places.into_iter().filter_map(|place| place.as_str()).for_each(|id| found.note(id, &kept.run));
        }
        let Some(folded) = told.get(&kept.run) else { continue };
        folded.events.iter().for_each(|id| found.note(id, &kept.run));
        matter::answers(folded).for_each(|(_, id)| found.note(id, &kept.run));
    }
    found
}

fn delivery(id: &str, sent: &Sent, (house, told): (&House, &Told), found: &Found, wrongs: &mut Vec<Wrong>) {
    for (run, sure) in &sent.sure {
        let Some(kept) = house.get(run) else {
            wrongs.push(Wrong { run: None, what: format!("{run} was started ({id}) and is not there") });
            continue;
        };
        let (count, what) = match &sent.delivery.what {
            What::Message { .. } => (found.anywhere(id), "message"),
            What::Event { .. } => (found.at(id, run), "event"),
            What::Answer { .. } => (found.at(id, run), "answer"),
            What::Cancel { .. } => {
                if !kept.is_final() && found.at(id, run) == 0 {
                    wrongs.push(Wrong::of(kept, format!("was cancelled ({id}) and goes on")));
                }
                continue;
            }
            What::Start { .. } | What::Timer { .. } | What::Order { .. } => continue,
        };
        // A run that has ended takes nothing more; what came before may have found it open. One that has failed takes
        // nothing either until it is tried again.
        let has_failed = told.get(run).is_some_and(|folded| folded.faults > 0);
        let least = if kept.is_final() || has_failed { 0 } else { *sure };
        if !(least..=sure + sent.maybe).contains(&count) {
            let wanted = format!("{least} to {}", sure + sent.maybe);
            wrongs.push(Wrong::of(kept, format!("{what} {id} is there {count} times, and should be {wanted}")));
        }
    }
}

/// Messages that were sent once are taken in the order in which they were accepted.
fn order(sim: &Sim, kept: &Kept, wrongs: &mut Vec<Wrong>) {
    let once = |sent: &&Sent| sent.maybe == 0 && sent.sure.values().sum::<u32>() == 1;
    let mut last: Option<(u64, &str)> = None;
    for (message, _) in &kept.heard {
        let Some(sent) = sim.register.sent.get(message).filter(once) else { continue };
        if let Some((before, id)) = last
            && before > sent.nth
        {
            wrongs.push(Wrong::of(kept, format!("took message {id} before {message}, which was accepted earlier")));
        }
        last = Some((sent.nth, message));
    }
}
