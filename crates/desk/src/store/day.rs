//! What came into the queues today, hour by hour.

use crate::Desk;
use baton_base::{ClientId, Result};
use baton_cases::zone_of;
use baton_db::{Tx, params};
use serde::Serialize;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// One queue's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueDay {
    /// Whose.
    pub client: ClientId,
    /// Queue.
    pub queue: String,
    /// For people.
    pub title: String,
    /// IANA name of the zone whose day it is: the client's.
    pub time_zone: String,
    /// When it began, milliseconds since the epoch.
    pub day_start_ms: i64,
    /// Work items that came since then by the hour that clocks showed there, from 0 on; the one that goes on last.
    pub hours: Vec<i64>,
}

/// What came into every queue of these clients since their day began, queues without work included. Its cost grows with what came
/// today only.
pub fn queue_days(tx: &mut Tx, desk: &Desk, clients: &[ClientId], now_ms: i64) -> Result<Vec<QueueDay>> {
    let mut days: Vec<QueueDay> = Vec::new();
    for client in clients {
        let (intake, zone) = (desk.live(client)?, zone_of(tx, client)?);
        let day_start_ms = zone.day_start_ms(now_ms);
        let hours = vec![0; usize::try_from(zone.hour(now_ms)).unwrap_or_default() + 1];
        let empty = |queue: &str, title: &str| QueueDay {
            client: client.clone(),
            queue: queue.to_owned(),
            title: title.to_owned(),
            time_zone: zone.name().to_owned(),
            day_start_ms,
            hours: hours.clone(),
        };
        let first = days.len();
        days.extend(intake.queues().iter().map(|queue| empty(&queue.name, &queue.title)));
        for (queue, nth, items) in came(tx, client, day_start_ms, now_ms)? {
            let at = days[first..].iter().position(|day| day.queue == queue).map(|at| first + at);
            // A queue of an older release may have had work today.
            let at = at.unwrap_or_else(|| {
                days.push(empty(&queue, &queue));
                days.len() - 1
            });
            let hour = zone.hour(day_start_ms + nth * HOUR_MS);
            if let Some(counted) = usize::try_from(hour).ok().and_then(|hour| days[at].hours.get_mut(hour)) {
                *counted += items;
            }
        }
    }
    Ok(days)
}

/// Items by queue and hour since a time.
fn came(tx: &mut Tx, client: &ClientId, since_ms: i64, now_ms: i64) -> Result<Vec<(String, i64, i64)>> {
    tx.query(
        "SELECT queue, nth, COUNT(*) FROM (SELECT queue, (opened_ms - $2) / 3600000 AS nth FROM work_item \
         WHERE client_id = $1 AND opened_ms >= $2 AND opened_ms <= $3) AS came GROUP BY queue, nth ORDER BY queue, nth",
        params![client, since_ms, now_ms],
        |r| Ok((r.text(0)?, r.int(1)?, r.int(2)?)),
    )
}
