//! What waits for whom: whoever may have the work of several queues has for each the part that its work is of all that waits for
//! them. So a queue's wait is not told as if its people did nothing else.

use super::store::There;
use crate::route::queueing::{Shared, predicted_wait_ms};
use crate::{Intake, Needs, Queue};
use baton_base::{ClientId, Result};
use baton_db::{Tx, params};

/// Kinds of waiting work whose own needs are looked at, the largest; of others it is what their queue asks for.
const KINDS_MAX: usize = 100;

/// Items that wait in a queue and need the same.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub queue: String,
    pub needs: Needs,
    pub items: i64,
}

/// What waits in the open queues of a client, and of it for each of those who are there.
pub(crate) struct Load {
    /// Queue, needs, and milliseconds of work.
    kinds: Vec<(String, Needs, i64)>,
    /// As those who are there stand, milliseconds of work that they may have.
    by_person: Vec<i64>,
}

impl Load {
    /// Of what waits, the largest kind first. What waits under the name of a queue that is no more takes as long as the default
    /// queue's does.
    pub(crate) fn of(there: &[There], intake: &Intake, waiting: &[Waiting], now_ms: i64) -> Self {
        let mut load = Self { kinds: Vec::new(), by_person: vec![0; there.len()] };
        for (at, one) in waiting.iter().enumerate() {
            let queue = intake.queue(&one.queue).unwrap_or(intake.default_queue());
            if !queue.is_open(now_ms) {
                continue;
            }
            let needs = if at < KINDS_MAX { &one.needs } else { &queue.needs };
            let work_ms = one.items.saturating_mul(queue.handling_ms);
            for (sum, _) in load.by_person.iter_mut().zip(there).filter(|(_, person)| person.may_have(needs)) {
                *sum = sum.saturating_add(work_ms);
            }
            load.kinds.push((one.queue.clone(), needs.clone(), work_ms));
        }
        load
    }

    /// How long the next item of a queue waits that needs this, behind so many others of it, milliseconds; none where nobody who
    /// may have it is there.
    pub(crate) fn wait_ms(&self, there: &[There], (queue, needs): (&Queue, &Needs), ahead: i64) -> Option<i64> {
        let own: Vec<_> = self.kinds.iter().filter(|(name, _, _)| *name == queue.name).collect();
        let own_ms = |one: &There| -> i64 {
            own.iter().filter(|(_, needs, _)| one.may_have(needs)).map(|(_, _, work_ms)| *work_ms).sum()
        };
        let able = there.iter().zip(&self.by_person).filter(|(one, _)| one.may_have(needs));
        let shared = able.map(|(one, all_ms)| {
            let elsewhere_ms = (all_ms - own_ms(one)).max(0);
            Shared { places: one.places, free: one.free(), elsewhere_ms }
        });
        predicted_wait_ms(ahead, queue.handling_ms, &shared.collect::<Vec<_>>())
    }
}

/// What waits at a client, the largest kind first.
pub(crate) fn waiting(tx: &mut Tx, client: &ClientId) -> Result<Vec<Waiting>> {
    let sql = "SELECT queue, needs, COUNT(*) FROM work_item WHERE client_id = $1 AND state = 'waiting' \
               GROUP BY queue, needs ORDER BY COUNT(*) DESC, queue, needs";
    tx.query(sql, params![client], |r| Ok(Waiting { queue: r.text(0)?, needs: r.json_as(1)?, items: r.int(2)? }))
}

/// How many of these are in one queue.
pub(crate) fn waiting_in(waiting: &[Waiting], queue: &str) -> i64 {
    waiting.iter().filter(|one| one.queue == queue).map(|one| one.items).sum()
}
