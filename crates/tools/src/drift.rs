//! SQL of the table `connector_drift`, and how connectors are used: what effects say of them.

use baton_base::{ClientId, EffectId, IdSource, Result};
use baton_db::{Tx, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// An action whose system no longer is what was pinned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The action.
    pub action: String,
    /// Its connector.
    pub connector: String,
    /// What was pinned.
    pub pinned: String,
    /// What was seen; empty where nothing was.
    pub seen: String,
    /// In words.
    pub why: String,
    /// When.
    pub found_ms: i64,
}

/// Takes note; false where it was known.
pub fn note(tx: &mut Tx, client: &ClientId, drift: &Drift) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO connector_drift (client_id, action, pinned, connector, seen, why, found_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (client_id, action, pinned) DO NOTHING",
        params![client, drift.action, drift.pinned, drift.connector, drift.seen, drift.why, drift.found_ms],
    )?;
    Ok(changed == 1)
}

/// The system is again what was pinned.
pub fn clear(tx: &mut Tx, client: &ClientId, action: &str, pinned: &str) -> Result<bool> {
    let sql = "DELETE FROM connector_drift WHERE client_id = $1 AND action = $2 AND pinned = $3";
    Ok(tx.execute(sql, params![client, action, pinned])? == 1)
}

/// Why an action is not to be called.
pub fn why(tx: &mut Tx, client: &ClientId, action: &str, pinned: &str) -> Result<Option<String>> {
    let sql = "SELECT why FROM connector_drift WHERE client_id = $1 AND action = $2 AND pinned = $3";
    tx.query_opt(sql, params![client, action, pinned], |r| r.text(0))
}

/// All drift of a client.
pub fn all(tx: &mut Tx, client: &ClientId) -> Result<Vec<Drift>> {
    let sql = "SELECT action, connector, pinned, seen, why, found_ms FROM connector_drift WHERE client_id = $1 \
               ORDER BY found_ms DESC, action";
    tx.query(sql, params![client], |r| {
        Ok(Drift {
            action: r.text(0)?,
            connector: r.text(1)?,
            pinned: r.text(2)?,
            seen: r.text(3)?,
            why: r.text(4)?,
            found_ms: r.int(5)?,
        })
    })
}

/// How one action was used in a time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Use {
    /// Calls.
    pub calls: i64,
    /// The system did it.
    pub done: i64,
    /// The system said no.
    pub refused: i64,
    /// It could not be reached, or did nothing.
    pub lost: i64,
    /// Nobody can say what came of it.
    pub unknown: i64,
    /// Mean time of a call that was answered, attempts and pauses included, milliseconds.
    pub mean_ms: i64,
    /// Half of these calls took no longer, milliseconds; rounded down, from 100 ms on to 10 ms and from a second on to 100 ms.
    pub p50_ms: i64,
    /// The same for 95 of a hundred.
    pub p95_ms: i64,
    /// The last call.
    pub last_ms: i64,
    #[serde(skip)]
    took_ms: i64,
    /// How many of these calls took how long.
    #[serde(skip)]
    times: BTreeMap<i64, i64>,
}

impl Use {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.count(other);
        let answered = self.done + self.refused;
        self.mean_ms = if answered > 0 { self.took_ms / answered } else { 0 };
        (self.p50_ms, self.p95_ms) = (self.within(50), self.within(95));
    }

    fn count(&mut self, other: &Self) {
        self.calls += other.calls;
        self.done += other.done;
        self.refused += other.refused;
        self.lost += other.lost;
        self.unknown += other.unknown;
        self.took_ms += other.took_ms;
        self.last_ms = self.last_ms.max(other.last_ms);
        for (time, calls) in &other.times {
            *self.times.entry(*time).or_default() += calls;
        }
    }

    /// The time within which so many of a hundred calls were answered, by nearest rank; zero of none.
    fn within(&self, percent: i64) -> i64 {
        let rank = (self.times.values().sum::<i64>() * percent + 99) / 100;
        let mut seen = 0;
        let reached = self.times.iter().find(|(_, calls)| {
            seen += **calls;
            seen >= rank
        });
        reached.map_or(0, |(time, _)| *time)
    }

    /// Answered calls of those that ended, percent; none where nothing ended.
    pub fn success_percent(&self) -> Option<i64> {
        let ended = self.done + self.refused + self.lost + self.unknown;
        (ended > 0).then(|| (self.done + self.refused) * 100 / ended)
    }
}

/// How actions were used since a moment, by action.
pub fn uses(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<(String, Use)>> {
    // Ids begin with their time, so that the range is one of the primary key.
    let from = IdSource::floor(EffectId::PREFIX, since_ms);
    let sql = "SELECT action, state, CASE WHEN state = 'failed' AND result LIKE '%\"status\":%' THEN 1 ELSE 0 END AS told, \
               COUNT(*), CAST(COALESCE(SUM(finished_ms - requested_ms), 0) AS BIGINT), MAX(requested_ms), \
               CASE WHEN finished_ms - requested_ms < 100 THEN finished_ms - requested_ms \
               WHEN finished_ms - requested_ms < 1000 THEN (finished_ms - requested_ms) / 10 * 10 \
               ELSE COALESCE((finished_ms - requested_ms) / 100 * 100, 0) END AS step_ms \
               FROM effect WHERE client_id = $1 AND effect_id >= $2 GROUP BY action, state, told, step_ms ORDER BY action";
    let rows = tx.query(sql, params![client, from], |r| {
        let (action, state, told) = (r.text(0)?, r.text(1)?, r.int(2)? == 1);
        let (calls, took_ms, last_ms, step_ms) = (r.int(3)?, r.int(4)?, r.int(5)?, r.int(6)?);
        let mut used = Use { calls, last_ms, ..Use::default() };
        if state == "finished" || state == "failed" && told {
            (used.took_ms, used.times) = (took_ms, BTreeMap::from([(step_ms, calls)]));
        }
        match (state.as_str(), told) {
            ("finished", _) => used.done = calls,
            ("failed", true) => used.refused = calls,
            ("failed", false) => used.lost = calls,
            ("unknown", _) => used.unknown = calls,
            _ => {}
        }
        Ok((action, used))
    })?;
    let mut out: Vec<(String, Use)> = Vec::new();
    for (action, used) in rows {
        match out.last_mut().filter(|(known, _)| *known == action) {
            Some((_, sum)) => sum.count(&used),
            None => out.push((action, used)),
        }
    }
    out.iter_mut().for_each(|(_, sum)| sum.add(&Use::default()));
    Ok(out)
}

/// Who called which action how often since a moment: action, actor, calls, last call.
pub fn users(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<(String, String, i64, i64)>> {
    let from = IdSource::floor(EffectId::PREFIX, since_ms);
    let sql = "SELECT action, actor, COUNT(*), MAX(requested_ms) FROM effect WHERE client_id = $1 AND effect_id >= $2 \
               GROUP BY action, actor ORDER BY action, actor";
    tx.query(sql, params![client, from], |r| Ok((r.text(0)?, r.text(1)?, r.int(2)?, r.int(3)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_nearest_rank_over_all_actions() {
        let of = |times: &[(i64, i64)]| {
            let calls = times.iter().map(|(_, calls)| calls).sum();
            Use { calls, done: calls, times: times.iter().copied().collect(), ..Use::default() }
        };
        let check = |parts: &[&[(i64, i64)]], expect: (i64, i64)| {
            let mut sum = Use::default();
            parts.iter().for_each(|part| sum.add(&of(part)));
            assert_eq!((sum.p50_ms, sum.p95_ms), expect, "{parts:?}");
        };
        check(&[], (0, 0));
        check(&[&[(7, 1)]], (7, 7));
        check(&[&[(10, 50), (900, 50)]], (10, 900));
        check(&[&[(10, 95), (900, 5)]], (10, 10));
        check(&[&[(10, 94), (900, 6)]], (10, 900));
        // One slow action among fast ones, whichever comes first.
        check(&[&[(5, 18)], &[(2_000, 2)]], (5, 2_000));
        check(&[&[(2_000, 2)], &[(5, 18)]], (5, 2_000));
    }
}
