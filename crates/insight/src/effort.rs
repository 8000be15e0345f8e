//! How much effort a conversation asks of a customer, 0 to 1, by the baseline of its need.
//!
//! What customers say again within a conversation is not recorded, so no report shows it; the definition is here for those
//! who measure it.

/// The parts of the effort of one conversation, or the baseline of each: the 90th percentile of its need.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// Messages of the customer.
    pub turns: f64,
    /// Of these, those that say again what was said.
    pub again: f64,
    /// Times that the AI side asked what was meant.
    pub clarifications: f64,
    /// Time to the outcome, seconds.
    pub time_s: f64,
}

const TURNS_WEIGHT: f64 = 0.4;
const AGAIN_WEIGHT: f64 = 0.3;
const CLARIFICATIONS_WEIGHT: f64 = 0.2;
const TIME_WEIGHT: f64 = 0.1;
/// Percentile of a baseline, hundredths.
const BASELINE_PERCENT: usize = 90;

/// The effort: each part by its baseline, at most 1, weighted. Against a baseline of nothing, anything is all of it.
pub fn effort(parts: Parts, baseline: Parts) -> f64 {
    let of = |value: f64, most: f64| match (value <= 0.0, most <= 0.0) {
        (true, _) => 0.0,
        (false, true) => 1.0,
        (false, false) => (value / most).min(1.0),
    };
    TURNS_WEIGHT * of(parts.turns, baseline.turns)
        + AGAIN_WEIGHT * of(parts.again, baseline.again)
        + CLARIFICATIONS_WEIGHT * of(parts.clarifications, baseline.clarifications)
        + TIME_WEIGHT * of(parts.time_s, baseline.time_s)
}

/// The 90th percentile of each part, by nearest rank; zero of none.
pub fn baseline(all: &[Parts]) -> Parts {
    let high = |part: fn(&Parts) -> f64| {
        let mut values: Vec<f64> = all.iter().map(part).collect();
        values.sort_by(f64::total_cmp);
        let rank = (values.len() * BASELINE_PERCENT).div_ceil(100);
        rank.checked_sub(1).and_then(|at| values.get(at)).copied().unwrap_or_default()
    };
    Parts {
        turns: high(|p| p.turns),
        again: high(|p| p.again),
        clarifications: high(|p| p.clarifications),
        time_s: high(|p| p.time_s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_counts_at_most_once_by_its_weight() {
        let usual = Parts { turns: 4.0, again: 1.0, clarifications: 2.0, time_s: 600.0 };
        let easy = Parts { turns: 1.0, time_s: 60.0, ..Parts::default() };
        assert!((effort(easy, usual) - (0.4 * 0.25 + 0.1 * 0.1)).abs() < 1e-12);
        let hard = Parts { turns: 40.0, again: 9.0, clarifications: 9.0, time_s: 9e9 };
        assert!((effort(hard, usual) - 1.0).abs() < 1e-12);
        assert!((effort(Parts { again: 1.0, ..Parts::default() }, Parts::default()) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn the_baseline_is_the_ninetieth_of_a_hundred() {
        let all: Vec<Parts> = (1..=100).map(|n| Parts { turns: f64::from(n), ..Parts::default() }).collect();
        assert!((baseline(&all).turns - 90.0).abs() < 1e-12);
        assert_eq!(baseline(&[]), Parts::default());
    }
}
