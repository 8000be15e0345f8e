//! Who was there when: each change of where somebody is, kept for a while, for days that are played again.

use super::presence::Here;
use baton_base::{ClientId, MemberId, Result};
use baton_db::{Tx, params};
use std::collections::BTreeMap;

/// How long it is kept, milliseconds: 90 days.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// From when until when, milliseconds.
pub(crate) type Span = (i64, i64);

/// Keeps that somebody is in a state from a time on.
pub(crate) fn note(tx: &mut Tx, member: &MemberId, state: Here, since_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO presence_history (client_id, member_id, since_ms, state) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, member_id, since_ms) DO UPDATE SET state = excluded.state",
        params![ClientId::house(), member, since_ms, state.as_str()],
    )?;
    Ok(())
}

/// Lets go of what is too old, also of those who have left; where somebody was when the time that is kept begins stays known. Whoever
/// was off then needs no row to be.
pub(crate) fn let_go(tx: &mut Tx, now_ms: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM presence_history WHERE client_id = $1 AND since_ms < $2 AND (state = 'off' OR EXISTS \
         (SELECT 1 FROM presence_history n WHERE n.client_id = $1 AND n.member_id = presence_history.member_id \
         AND n.since_ms > presence_history.since_ms AND n.since_ms <= $2))",
        params![ClientId::house(), now_ms - KEPT_MS],
    )
}

/// From when on it is known who was there, milliseconds; none where nobody has come or gone since it is kept.
pub(crate) fn known_from_ms(tx: &mut Tx, now_ms: i64) -> Result<Option<i64>> {
    let sql = "SELECT MIN(since_ms) FROM presence_history WHERE client_id = $1";
    let first = tx.query_one(sql, params![ClientId::house()], |r| r.int_opt(0))?;
    Ok(first.map(|first| first.max(now_ms - KEPT_MS)))
}

/// When each member was available within a time, in order; who never was is left out.
pub(crate) fn available(tx: &mut Tx, within: Span) -> Result<BTreeMap<MemberId, Vec<Span>>> {
    let rows: Vec<(MemberId, i64, Here)> = tx.query(
        "SELECT h.member_id, h.since_ms, h.state FROM presence_history h WHERE h.client_id = $1 AND h.since_ms < $3 \
         AND h.since_ms >= COALESCE((SELECT MAX(n.since_ms) FROM presence_history n WHERE n.client_id = h.client_id \
         AND n.member_id = h.member_id AND n.since_ms <= $2), $2) ORDER BY h.member_id, h.since_ms",
        params![ClientId::house(), within.0, within.1],
        |r| Ok((r.id(0)?, r.int(1)?, r.id(2)?)),
    )?;
    let mut changes: BTreeMap<MemberId, Vec<(i64, Here)>> = BTreeMap::new();
    for (member, since_ms, state) in rows {
        changes.entry(member).or_default().push((since_ms, state));
    }
    let spans = changes.into_iter().map(|(member, changes)| (member, spans(&changes, within)));
    Ok(spans.filter(|(_, spans)| !spans.is_empty()).collect())
}

/// When somebody was available, of the changes of where they were.
fn spans(changes: &[(i64, Here)], (from_ms, to_ms): Span) -> Vec<Span> {
    let ends = changes.iter().skip(1).map(|(since_ms, _)| *since_ms).chain([to_ms]);
    let there = changes.iter().zip(ends).filter(|((_, state), _)| *state == Here::Available);
    there.map(|((since_ms, _), end_ms)| ((*since_ms).max(from_ms), end_ms.min(to_ms))).filter(|(a, b)| a < b).collect()
}

/// What lies within spans of both, each in order.
pub(crate) fn both(one: &[Span], other: &[Span]) -> Vec<Span> {
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
    pairs.filter(|(from, to)| from < to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_there_from_a_change_to_the_next_within_the_time_asked_for() {
        let changes = [(0, Here::Available), (50, Here::Break), (60, Here::Available), (90, Here::Off)];
        assert_eq!(spans(&changes, (10, 100)), [(10, 50), (60, 90)]);
        assert_eq!(spans(&changes[..3], (55, 80)), [(60, 80)], "and still is at its end");
        assert!(spans(&[], (0, 10)).is_empty());
    }

    #[test]
    fn only_what_is_in_both_is_kept() {
        assert_eq!(both(&[(0, 10), (20, 30)], &[(5, 25)]), [(5, 10), (20, 25)]);
        assert!(both(&[(0, 10)], &[(10, 20)]).is_empty());
    }
}
