//! What waits for whom: whoever may have the work of several queues has for each the part that its work is of all that waits for
//! them. So a queue's wait is not told as if its people did nothing else.

use super::store::There;
use crate::route::queueing::{Shared, predicted_wait_ms};
use crate::{Intake, Needs, Queue};
use baton_base::{ClientId, Result};
use baton_db::{Tx, params};
use std::collections::HashMap;

/// Waiting items whose own needs are read, since each customer who comes is told a wait; of others it is what their queue asks for.
const LOOKED_MAX: i64 = 2_000;
/// Kinds of these that are told apart, the largest.
const KINDS_MAX: i64 = 100;

/// Items that wait in a queue and need the same.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub queue: String,
    /// None: what their queue asks for.
    pub needs: Option<Needs>,
    pub items: i64,
}

/// Those of whom each may have what the others may.
struct Alike<'a> {
    one: &'a There,
    places: i64,
    free: i64,
    /// Work that waits and that they may have, milliseconds.
    work_ms: i64,
}

/// What waits in the open queues of a client, and of it for those who are there.
pub(crate) struct Load<'a> {
    /// Queue, needs, and milliseconds of work.
    kinds: Vec<(String, Needs, i64)>,
    people: Vec<Alike<'a>>,
}

impl<'a> Load<'a> {
    /// What waits under the name of a queue that is no more takes as long as the default queue's does.
    pub(crate) fn of(there: &'a [There], intake: &Intake, waiting: &[Waiting], now_ms: i64) -> Self {
        let mut load = Self { kinds: Vec::new(), people: alike(there) };
        for one in waiting {
            let queue = intake.queue(&one.queue).unwrap_or(intake.default_queue());
            if !queue.is_open(now_ms) {
                continue;
            }
            let needs = one.needs.as_ref().unwrap_or(&queue.needs);
            let work_ms = one.items.saturating_mul(queue.handling_ms);
            for group in load.people.iter_mut().filter(|group| group.one.may_have(needs)) {
                group.work_ms = group.work_ms.saturating_add(work_ms);
            }
            load.kinds.push((one.queue.clone(), needs.clone(), work_ms));
        }
        load
    }

    /// How long the next item of a queue waits that needs this, behind so many others of it, milliseconds; none where nobody who
    /// may have it is there.
    pub(crate) fn wait_ms(&self, (queue, needs): (&Queue, &Needs), ahead: i64) -> Option<i64> {
        let own: Vec<_> = self.kinds.iter().filter(|(name, _, _)| *name == queue.name).collect();
        let own_ms = |one: &There| -> i64 {
            own.iter().filter(|(_, needs, _)| one.may_have(needs)).map(|(_, _, work_ms)| *work_ms).sum()
        };
        let able = self.people.iter().filter(|group| group.one.may_have(needs));
        let shared = able.map(|group| {
            let elsewhere_ms = (group.work_ms - own_ms(group.one)).max(0);
            Shared { places: group.places, free: group.free, elsewhere_ms }
        });
        predicted_wait_ms(ahead, queue.handling_ms, &shared.collect::<Vec<_>>())
    }
}

/// People of a kind together: thousands differ in a few ways, and each way is looked at once.
fn alike(there: &[There]) -> Vec<Alike<'_>> {
    let mut known = HashMap::new();
    let mut all: Vec<Alike<'_>> = Vec::new();
    for one in there {
        let at = *known.entry(one.brings()).or_insert(all.len());
        if at == all.len() {
            all.push(Alike { one, places: 0, free: 0, work_ms: 0 });
        }
        let group = &mut all[at];
        group.places += one.places;
        group.free += one.free();
    }
    all
}

/// What waits at a client, by queue and needs.
pub(crate) fn waiting(tx: &mut Tx, client: &ClientId) -> Result<Vec<Waiting>> {
    let kinds = "SELECT queue, needs, COUNT(*) FROM (SELECT queue, needs FROM work_item WHERE client_id = $1 \
                 AND state = 'waiting' ORDER BY queue, priority, due_ms LIMIT $2) AS looked GROUP BY queue, needs \
                 ORDER BY COUNT(*) DESC, queue, needs LIMIT $3";
    let mut found = tx.query(kinds, params![client, LOOKED_MAX, KINDS_MAX], |r| {
        Ok(Waiting { queue: r.text(0)?, needs: Some(r.json_as(1)?), items: r.int(2)? })
    })?;
    let all = "SELECT queue, COUNT(*) FROM work_item WHERE client_id = $1 AND state = 'waiting' GROUP BY queue ORDER BY queue";
    for (queue, items) in tx.query(all, params![client], |r| Ok((r.text(0)?, r.int(1)?)))? {
        let items = items - waiting_in(&found, &queue);
        if items > 0 {
            found.push(Waiting { queue, needs: None, items });
        }
    }
    Ok(found)
}

/// How many of these are in one queue.
pub(crate) fn waiting_in(waiting: &[Waiting], queue: &str) -> i64 {
    waiting.iter().filter(|one| one.queue == queue).map(|one| one.items).sum()
}
