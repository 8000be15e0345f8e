//! How far probabilities can be believed: expected calibration error, Brier score, risk by coverage.

use super::{Answer, surest_first};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const BOOTSTRAP_SEED: u64 = 0xB007;

/// How answers are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bins {
    /// So many bins of one width.
    EqualWidth(usize),
    /// So many bins of (nearly) as many answers each.
    EqualMass(usize),
}

/// Expected calibration error: the mean distance between what was said and what came true, bin by bin (Naeini et al. 2015).
/// 0 where there are no answers.
pub fn calibration_error(answers: &[Answer], bins: Bins) -> f64 {
    let mut sorted = surest_first(answers);
    sorted.reverse();
    let groups: Vec<Vec<Answer>> = match bins {
        Bins::EqualWidth(count) => {
            let mut groups = vec![Vec::new(); count.max(1)];
            for answer in sorted {
                groups[((answer.p * count as f64) as usize).min(count.max(1) - 1)].push(answer);
            }
            groups
        }
        Bins::EqualMass(count) => {
            let cut = |i: usize| i * sorted.len() / count.max(1);
            (0..count.max(1)).map(|i| sorted[cut(i)..cut(i + 1)].to_vec()).collect()
        }
    };
    let gap = |group: &Vec<Answer>| {
        let (said, true_): (f64, f64) = (group.iter().map(|a| a.p).sum(), group.iter().map(|a| a.truth()).sum());
        (said - true_).abs()
    };
    groups.iter().map(gap).sum::<f64>() / answers.len().max(1) as f64
}

/// Brier score: mean squared distance between probability and truth.
pub fn brier(answers: &[Answer]) -> f64 {
    answers.iter().map(|a| (a.p - a.truth()).powi(2)).sum::<f64>() / answers.len().max(1) as f64
}

/// (coverage, share of wrong ones among the answered), if the surest 1, 2, 3 … are answered.
pub fn risk_by_coverage(answers: &[Answer]) -> Vec<(f64, f64)> {
    let mut wrong = 0.0;
    let all = answers.len() as f64;
    let each = surest_first(answers).into_iter().enumerate();
    each.map(|(i, answer)| {
        wrong += 1.0 - answer.truth();
        ((i + 1) as f64 / all, wrong / (i + 1) as f64)
    })
    .collect()
}

/// Area under risk by coverage: the mean risk over all coverages (Geifman and El-Yaniv 2017).
pub fn area_under_risk(answers: &[Answer]) -> f64 {
    risk_by_coverage(answers).iter().map(|(_, risk)| risk).sum::<f64>() / answers.len().max(1) as f64
}

/// Where a figure lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Interval that holds a figure with 95 % confidence, by drawing the answers again `draws` times (percentile bootstrap).
/// The same answers always give the same interval.
pub fn bootstrap(answers: &[Answer], draws: usize, figure: impl Fn(&[Answer]) -> f64) -> Interval {
    let mut random = ChaCha8Rng::seed_from_u64(BOOTSTRAP_SEED);
    let count = answers.len() as u64;
    let mut figures: Vec<f64> = (0..draws.max(1))
        .map(|_| {
            let drawn: Vec<Answer> = (0..count).map(|_| answers[(random.next_u64() % count) as usize]).collect();
            figure(&drawn)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_measured_without_complaint() {
        assert_eq!(calibration_error(&[], Bins::EqualMass(10)), 0.0);
        assert_eq!((brier(&[]), area_under_risk(&[])), (0.0, 0.0));
        let interval = bootstrap(&[], 10, brier);
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }

    #[test]
    fn the_interval_holds_the_figure() {
        let answers: Vec<Answer> = (0..200).map(|i| Answer::new(0.8, i % 5 != 0)).collect();
        let interval = bootstrap(&answers, 200, brier);
        let figure = brier(&answers);
        assert!(interval.low < figure && figure < interval.high && interval.high - interval.low < 0.1, "{interval:?}");
    }
}
