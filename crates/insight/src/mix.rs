//! What changed between two windows: the rates of the parts, or their mix (Kitagawa, Journal of the American Statistical
//! Association 50, 1955).

use crate::tally::{Share, real};
use serde::Serialize;

/// One part of the whole, in two windows: an intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<K> {
    /// Which.
    pub key: K,
    /// Hits and cases of the window before.
    pub before: Share,
    /// Hits and cases of this window.
    pub now: Share,
}

/// What one part does to the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartEffect<K> {
    /// Which.
    #[serde(flatten)]
    pub key: K,
    /// Its rate before; `None` where it had no case.
    pub rate_before: Option<f64>,
    /// Its rate now; `None` where it has no case.
    pub rate_now: Option<f64>,
    /// Its share of all cases before.
    pub share_before: f64,
    /// Its share of all cases now.
    pub share_now: f64,
    /// What the change of its rate adds to the rate of the whole.
    pub rate_effect: f64,
    /// What the change of its share adds.
    pub mix_effect: f64,
}

/// How the rate of the whole changed, and why. `delta` is the sum of both effects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change<K> {
    /// Rate of the whole before.
    pub before: f64,
    /// Rate of the whole now.
    pub now: f64,
    /// One less the other.
    pub delta: f64,
    /// Of this: because the parts do better or worse.
    pub rate_effect: f64,
    /// Of this: because other parts come in more or less often.
    pub mix_effect: f64,
    /// The rate now if the parts came in as often as before; a part that is gone counts with its rate of before.
    pub at_the_mix_before: f64,
    /// Part by part.
    pub parts: Vec<PartEffect<K>>,
}

/// Takes a change apart; `None` where one of the windows has no case. A part with no case in one window has the rate of the
/// other there: what it does is mix alone.
pub fn change<K: Clone>(parts: &[Part<K>]) -> Option<Change<K>> {
    let total = |of: fn(&Part<K>) -> Share| {
        parts.iter().map(of).fold(Share::default(), |all, one| Share { hits: all.hits + one.hits, of: all.of + one.of })
    };
    let (all_before, all_now) = (total(|part| part.before), total(|part| part.now));
    let (before, now) = (rate(all_before)?, rate(all_now)?);
    let mut found = Change {
        before,
        now,
        delta: now - before,
        rate_effect: 0.0,
        mix_effect: 0.0,
        at_the_mix_before: 0.0,
        parts: Vec::with_capacity(parts.len()),
    };
    for part in parts {
        let (rate_before, rate_now) = (rate(part.before), rate(part.now));
        let (Some(then), Some(today)) = (rate_before.or(rate_now), rate_now.or(rate_before)) else { continue };
        let (share_before, share_now) =
            (real(part.before.of) / real(all_before.of), real(part.now.of) / real(all_now.of));
        let rate_effect = f64::midpoint(share_before, share_now) * (today - then);
        let mix_effect = f64::midpoint(then, today) * (share_now - share_before);
        found.rate_effect += rate_effect;
        found.mix_effect += mix_effect;
        found.at_the_mix_before += share_before * today;
        let key = part.key.clone();
        found.parts.push(PartEffect { key, rate_before, rate_now, share_before, share_now, rate_effect, mix_effect });
    }
    Some(found)
}

fn rate(share: Share) -> Option<f64> {
    (share.of > 0).then(|| real(share.hits) / real(share.of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(key: &'static str, before: (i64, i64), now: (i64, i64)) -> Part<&'static str> {
        let share = |(hits, of)| Share { hits, of };
        Part { key, before: share(before), now: share(now) }
    }

    #[test]
    fn a_part_that_is_new_or_gone_is_mix_alone_and_the_effects_add_up() {
        let parts = [part("kept", (60, 100), (30, 50)), part("gone", (10, 100), (0, 0)), part("new", (0, 0), (5, 50))];
        let found = change(&parts).unwrap();
        assert!(found.rate_effect.abs() < 1e-12, "{found:?}");
        assert!((found.delta - (found.rate_effect + found.mix_effect)).abs() < 1e-12);
        assert_eq!((found.parts[1].rate_now, found.parts[2].rate_before), (None, None));
    }

    #[test]
    fn a_window_without_cases_has_nothing_to_compare() {
        assert_eq!(change(&[part("a", (0, 0), (1, 2))]), None);
        assert_eq!(change::<&str>(&[]), None);
    }
}
