//! What a stop would do, said before it is pressed.

use super::{covered, hold};
use crate::team::shared::{Load, Waiting, waiting, waiting_in};
use crate::{Desk, Intake, Queue, team};
use baton_base::{ClientId, Result};
use baton_db::Tx;
use baton_govern::Ctx;
use baton_govern::stop::{Scope, Stop};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What pressing a stop would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Cases that would go to people at once.
    pub cases: i64,
    /// Cases that would go on until they come to the action: only where one action is stopped.
    pub on_the_way: i64,
    /// Cases of the same clients that people have already; they stay where they are.
    pub with_people: i64,
    /// Where the cases would go.
    pub queues: Vec<QueueEffect>,
    /// Who is there to take them.
    pub staff: Staff,
    /// Whether those who are there have room for all of them at once.
    pub carried: bool,
    /// In words.
    pub words: String,
}

/// What would come to one queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueEffect {
    /// Whose.
    pub client: ClientId,
    /// Which.
    pub queue: String,
    /// For people.
    pub title: String,
    /// Cases that would come.
    pub cases: i64,
    /// Items that wait there already.
    pub waiting: i64,
    /// Whether it is staffed now, by its calendar.
    pub open: bool,
    /// When it is staffed next, where it is not now.
    pub opens_ms: Option<i64>,
    /// Pieces of work that those who are available and may have the queue's work could take now.
    pub free: i64,
    /// How long the last of them would wait, milliseconds; none where nobody who may have it is available.
    pub wait_ms: Option<i64>,
}

/// People of the clients who are available now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Staff {
    /// How many.
    pub people: i64,
    /// Pieces of work that they take at once.
    pub places: i64,
    /// Of these, not taken.
    pub free: i64,
}

/// What a stop would do at these clients. The caller of this function has checked that they may be seen, and that whoever asks
/// may press it ([`baton_govern::stop::judge`]).
pub fn preview(tx: &mut Tx, ctx: &Ctx, desk: &Desk, stop: &Stop, clients: &[ClientId]) -> Result<Effect> {
    let staff = staff(tx, ctx.now_ms(), clients)?;
    let mut effect = Effect {
        cases: 0,
        on_the_way: 0,
        with_people: 0,
        queues: Vec::new(),
        staff,
        carried: true,
        words: String::new(),
    };
    for client in clients {
        let there = ctx.for_client(client)?;
        let intake = desk.live(client)?;
        let mut to: BTreeMap<String, i64> = BTreeMap::new();
        for (process, cases) in covered::by_process(tx, client, stop)? {
            let queue = hold::queue_of_process(desk, &there, &intake, &process);
            *to.entry(queue.name.clone()).or_default() += cases;
            effect.cases += cases;
        }
        effect.with_people += covered::with_people(tx, client)?;
        effect.on_the_way += on_the_way(tx, desk, client, stop)?;
        effect.queues.extend(coming(tx, ctx.now_ms(), client, &intake, &to)?);
    }
    // Somebody may be counted for several queues, so that room in each is not yet room for all.
    let room = effect.queues.iter().all(|queue| queue.open && queue.free >= queue.cases);
    effect.carried = effect.cases == 0 || (room && effect.staff.free >= effect.cases);
    effect.words = words(&effect);
    Ok(effect)
}

/// Each queue that cases come to, as it stands when all have come.
fn coming(
    tx: &mut Tx,
    now_ms: i64,
    client: &ClientId,
    intake: &Intake,
    to: &BTreeMap<String, i64>,
) -> Result<Vec<QueueEffect>> {
    if to.is_empty() {
        return Ok(Vec::new());
    }
    let there = team::store::there(tx, client, now_ms)?;
    let waiting = waiting(tx, client)?;
    let come = to.iter().map(|(name, cases)| Waiting { queue: name.clone(), needs: None, items: *cases });
    let then: Vec<Waiting> = come.chain(waiting.iter().cloned()).collect();
    let load = Load::of(&there, intake, &then, now_ms);
    let effect = |(name, cases): (&String, &i64)| {
        let queue: &Queue = intake.queue(name).unwrap_or(intake.default_queue());
        let before = waiting_in(&waiting, &queue.name);
        QueueEffect {
            client: client.clone(),
            queue: queue.name.clone(),
            title: queue.title.clone(),
            cases: *cases,
            waiting: before,
            open: queue.is_open(now_ms),
            opens_ms: queue.next_open_ms(now_ms).filter(|ms| *ms > now_ms),
            free: team::store::places(&there, &queue.needs).1,
            wait_ms: load.wait_ms((queue, &queue.needs), before + cases - 1),
        }
    };
    Ok(to.iter().map(effect).collect())
}

/// Everybody counts once, whomever they work for.
fn staff(tx: &mut Tx, now_ms: i64, clients: &[ClientId]) -> Result<Staff> {
    let mut seen = BTreeSet::new();
    let mut staff = Staff::default();
    for client in clients {
        for one in team::store::there(tx, client, now_ms)? {
            if seen.insert(one.member.clone()) {
                staff.people += 1;
                staff.places += one.places;
                staff.free += one.free();
            }
        }
    }
    Ok(staff)
}

/// Cases whose processes come to the action that would be stopped, beside those that stand at it.
fn on_the_way(tx: &mut Tx, desk: &Desk, client: &ClientId, stop: &Stop) -> Result<i64> {
    if stop.scope != Scope::Action {
        return Ok(0);
    }
    let (_, processes) = desk.cases.processes.live(client)?;
    let reaches = |process: &str| {
        processes.get(process).is_some_and(|definition| {
            definition
                .calls()
                .iter()
                .any(|(_, with)| with.get("action").and_then(|a| a.as_str()) == Some(stop.target.as_str()))
        })
    };
    let cases: BTreeSet<_> = covered::open_processes(tx, client)?
        .into_iter()
        .filter(|(_, process)| reaches(process))
        .map(|(case, _)| case)
        .collect();
    let at_it = covered::count(tx, client, stop)?;
    Ok((i64::try_from(cases.len()).unwrap_or(i64::MAX) - at_it).max(0))
}

const MINUTE_MS: i64 = 60_000;

fn words(effect: &Effect) -> String {
    let later = match effect.on_the_way {
        0 => String::new(),
        n => format!(" {n} more go to people when they come to the action."),
    };
    if effect.cases == 0 {
        return format!("No open case is with what would be stopped.{later}");
    }
    let to: Vec<_> = effect.queues.iter().map(|queue| format!("{} to {}", queue.cases, queue.title)).collect();
    let carry = carry(effect);
    format!("{} open cases go to people at once: {}. {carry}{later}", effect.cases, to.join(", "))
}

/// Whether people can carry it, in words.
fn carry(effect: &Effect) -> String {
    let staff = &effect.staff;
    if effect.carried {
        return format!("The {} people who are there have room for all of them now.", staff.people);
    }
    if effect.queues.iter().any(|queue| !queue.open) {
        return "A queue is closed: customers are told so, and when it opens.".to_owned();
    }
    let Some(longest_ms) = effect.queues.iter().filter_map(|queue| queue.wait_ms).max() else {
        return "Nobody is there now: customers are told so.".to_owned();
    };
    let room: i64 = effect.queues.iter().map(|queue| queue.free.min(queue.cases)).sum();
    let alone: Vec<_> =
        effect.queues.iter().filter(|queue| queue.wait_ms.is_none()).map(|queue| &*queue.title).collect();
    let nobody = match alone.as_slice() {
        [] => String::new(),
        some => format!(" Nobody who may have the work of {} is there: its customers are told so.", some.join(", ")),
    };
    format!(
        "The {} people who are there have room for {} now; the last one waits about {} minutes, and customers are told.{nobody}",
        staff.people,
        room.min(staff.free),
        (longest_ms + MINUTE_MS - 1) / MINUTE_MS
    )
}
