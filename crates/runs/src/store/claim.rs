//! What there is to do: ready runs, shared out fairly between clients, and when the next timer is due.

use super::run::{LOADED, Loaded, loaded};
use crate::limits;
use baton_base::{ClientId, Result};
use baton_db::{Column, Kind, Row, Rows, Tx, params};

/// Types of events about runs that somebody of a client has listened for.
pub(crate) type Lives = Vec<(ClientId, String)>;

/// What there may be to do, as it was committed when it was asked for.
#[derive(Default)]
pub(crate) struct Pulse {
    /// Clients that have a ready run.
    pub clients: Vec<ClientId>,
    /// Of every client.
    pub lives: Lives,
    /// When the next timer of any client is due.
    pub next_timer_ms: Option<i64>,
    /// Some event has not reached all of its listeners.
    pub has_deliveries: bool,
}

/// What was taken of what is ready.
#[derive(Default)]
pub(crate) struct ReadyRuns {
    pub runs: Vec<Loaded>,
    /// A client may have more than was taken.
    pub cut: bool,
    /// One whose calls wait for room here may have more, which is left for a while to nodes that have room.
    pub held_back: bool,
}

const SHARE: &[(&str, Column)] = &[("client_id", Column::Text), ("share", Column::Int)];

/// Takes ready runs of these clients: each its share by weight, and within a client those first that have waited longest.
/// On PostgreSQL their rows stay locked until the commit, and rows that another node has are passed over; all clients are asked
/// for in one wait.
///
/// A client with less to do than its share leaves the rest to the next turn, which follows at once. `standing` says of a client its
/// weight, and whether its calls wait for room here: then only a few of its runs are taken, since another node may have room.
pub(crate) fn take_ready(
    tx: &mut Tx,
    mut clients: Vec<ClientId>,
    standing: &dyn Fn(&ClientId) -> (u32, bool),
    turn: u64,
    max: u32,
) -> Result<ReadyRuns> {
    if let Some(offset) = usize::try_from(turn).ok().and_then(|turn| turn.checked_rem(clients.len())) {
        // More clients than places: everyone comes first in turn.
        clients.rotate_left(offset);
    }
    let (weights, are_full): (Vec<u32>, Vec<bool>) = clients.iter().map(standing).unzip();
    let weights: Vec<u32> = weights.into_iter().map(|weight| weight.max(1)).collect();
    let mut shares = shares(&weights, max);
    for (share, _) in shares.iter_mut().zip(&are_full).filter(|(_, is_full)| **is_full) {
        *share = (*share).min(limits::RUNS_BESIDE_FULL_MAX);
    }
    let of_clients = clients.iter().zip(&shares).zip(are_full).filter(|((_, share), _)| **share > 0);
    let each = of_clients.map(|((client, share), is_full)| {
        let mut one = Rows::of(SHARE);
        one.push(params![client, *share]);
        (one, *share as usize, is_full)
    });
    let each: Vec<(Rows, usize, bool)> = each.collect();
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE OF run SKIP LOCKED" } else { "" };
    let sql = format!(
        "SELECT {LOADED} FROM run {{join}} WHERE run.client_id = {{client_id}} AND run.ready = 1 \
         ORDER BY run.ready_ms LIMIT {{share}} {lock}"
    );
    let asked: Vec<(&str, &Rows)> = each.iter().map(|(one, _, _)| (sql.as_str(), one)).collect();
    let found = tx.query_rows_of(&asked)?;
    // A client that got nothing of what there is to take has more.
    let mut ready = ReadyRuns { cut: each.len() < clients.len(), ..ReadyRuns::default() };
    for (rows, (_, share, is_full)) in found.iter().zip(&each) {
        let is_cut = rows.len() == *share;
        ready.cut |= is_cut && !is_full;
        ready.held_back |= is_cut && *is_full;
        ready.runs.extend(rows.iter().map(loaded).collect::<Result<Vec<_>>>()?);
    }
    Ok(ready)
}

/// What each client gets of `max`: in proportion to its weight, at least one while there is any left.
fn shares(weights: &[u32], max: u32) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    let mut left = max;
    let share = |weight: &u32| {
        let share = u64::from(max) * u64::from(*weight) / sum.max(1);
        let share = u32::try_from(share).unwrap_or(max).max(1).min(left);
        left -= share;
        share
    };
    weights.iter().map(share).collect()
}

/// Looks for what there is to do: one step in the index for each client, however many runs it has.
pub(crate) fn pulse(tx: &mut Tx) -> Result<Pulse> {
    // every client: a worker advances the runs and fires the timers of the whole installation
    let sql = "WITH RECURSIVE found(client_id) AS (SELECT MIN(client_id) FROM run WHERE ready = 1 \
               UNION ALL SELECT (SELECT MIN(run.client_id) FROM run WHERE run.ready = 1 \
               AND run.client_id > found.client_id) FROM found WHERE found.client_id IS NOT NULL) \
               SELECT client_id, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), 0 FROM found WHERE client_id IS NOT NULL \
               UNION ALL SELECT client_id, event_type, NULL, 0 FROM run_correlation WHERE expressions = '[]' \
               UNION ALL SELECT NULL, NULL, (SELECT due_ms FROM run_timer ORDER BY due_ms LIMIT 1), \
               CASE WHEN EXISTS (SELECT 1 FROM event_delivery) THEN 1 ELSE 0 END";
    let mut pulse = Pulse::default();
    let row = |r: &Row| Ok((r.id_opt(0)?, r.text_opt(1)?, r.int_opt(2)?, r.bool(3)?));
    for (client, kind, due_ms, has_deliveries) in tx.query(sql, params![], row)? {
        match (client, kind) {
            (Some(client), None) => pulse.clients.push(client),
            (Some(client), Some(kind)) => pulse.lives.push((client, kind)),
            (None, _) => (pulse.next_timer_ms, pulse.has_deliveries) = (due_ms, has_deliveries),
        }
    }
    Ok(pulse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_weights_and_leave_nobody_out() {
        for (weights, max, expect) in [
            (vec![1], 10, vec![10]),
            (vec![1, 1], 10, vec![5, 5]),
            (vec![3, 1], 8, vec![6, 2]),
            (vec![100, 1], 10, vec![9, 1]),
            (vec![1, 1, 1], 2, vec![1, 1, 0]),
            (vec![], 4, vec![]),
        ] {
            assert_eq!(shares(&weights, max), expect, "{weights:?} of {max}");
        }
    }
}
