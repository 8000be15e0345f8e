//! The lower tail of the binomial distribution.

/// Probability of at most `errors` errors in `trials` trials that each go wrong with probability `risk`.
pub(super) fn at_most(errors: usize, trials: usize, risk: f64) -> f64 {
    if errors >= trials || risk <= 0.0 {
        return 1.0;
    }
    if risk >= 1.0 {
        return 0.0;
    }
    // Terms by their logarithms: a thousand trials would underflow.
    let odds = (risk / (1.0 - risk)).ln();
    let mut term = trials as f64 * (-risk).ln_1p();
    let mut sum = term.exp();
    for k in 1..=errors {
        term += odds + ((trials - k + 1) as f64 / k as f64).ln();
        sum += term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::at_most;

    #[test]
    fn the_tail_is_that_of_a_coin() {
        assert!((at_most(0, 3, 0.5) - 0.125).abs() < 1e-12);
        assert!((at_most(1, 3, 0.5) - 0.5).abs() < 1e-12);
        assert_eq!(
            (at_most(3, 3, 0.5), at_most(0, 0, 0.5), at_most(1, 9, 0.0), at_most(1, 9, 1.0)),
            (1.0, 1.0, 1.0, 0.0)
        );
        assert!(at_most(40, 4_000, 0.05) < 1e-40);
    }
}
