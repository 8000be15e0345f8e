//! Between two fits: a threshold follows what audits find (adaptive conformal inference, Gibbs and Candès 2021).

/// Furthest that a threshold moves within one week without a new fit.
pub const WEEK_MOVE_MAX: f64 = 0.05;

/// The threshold after one audited answer: up if it was wrong, a little down if it was right. `audited` is the probability
/// with which this answer was chosen for audit, so that a sample speaks for all; `risk` is the share of errors allowed.
pub fn nudge(threshold: f64, wrong: bool, audited: f64, rate: f64, risk: f64) -> f64 {
    let error = if wrong { 1.0 / audited.max(f64::MIN_POSITIVE) } else { 0.0 };
    (threshold + rate * (error - risk)).clamp(0.0, 1.0)
}

/// `threshold` held within what a week allows around `at_fit`, the threshold of the last fit.
pub fn within_week(threshold: f64, at_fit: f64) -> f64 {
    threshold.clamp(at_fit - WEEK_MOVE_MAX, at_fit + WEEK_MOVE_MAX).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_of_one_in_ten_counts_tenfold_and_a_week_is_bounded() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(nudge(0.7, true, 0.1, 0.02, 0.1), 0.898));
        assert!(close(nudge(0.7, false, 0.1, 0.02, 0.1), 0.698));
        assert!(close(within_week(0.898, 0.7), 0.75));
        assert!(close(within_week(0.6, 0.7), 0.65));
    }
}
