//! From what a model says to how often it is right: the map is chosen by how many labels there are.

use super::Answer;
use std::collections::BTreeMap;

/// From so many labels the curve is left to the data (isotonic).
pub const ISOTONIC_MIN: usize = 1_000;
/// From so many labels a line through the log odds is fitted (Platt); with fewer, all intents share one.
pub const PLATT_MIN: usize = 100;
/// Furthest that an intent with few labels moves from what all intents share, in log odds.
pub const BY_INTENT_MAX: f64 = 2.0;

const STEPS_MAX: usize = 100;
/// How strongly an intent of few labels is held to what all share: as many labels as these speak against it.
const SHARED_LABELS: f64 = 4.0;
const EDGE: f64 = 1e-6;

/// A map from stated to true probability; never falling.
#[derive(Debug, Clone, PartialEq)]
pub enum Calibration {
    /// Steps that the data give.
    Isotonic(Isotonic),
    /// A line in log odds.
    Platt(Platt),
    /// A line that all intents share, moved by what this intent shows.
    Shared {
        /// The line of all.
        line: Platt,
        /// This intent's distance from it, log odds.
        offset: f64,
    },
}

impl Calibration {
    /// The map for one intent. `others` are labels of the other intents; they count where there are fewer than
    /// `PLATT_MIN` of its own.
    pub fn fit(own: &[Answer], others: &[Answer]) -> Self {
        match own.len() {
            n if n >= ISOTONIC_MIN => Self::Isotonic(Isotonic::fit(own)),
            n if n >= PLATT_MIN => Self::Platt(Platt::fit(own)),
            _ => {
                let all: Vec<Answer> = own.iter().chain(others).copied().collect();
                let line = Platt::fit(&all);
                Self::Shared { line, offset: offset(own, line) }
            }
        }
    }

    /// How often an answer of stated probability `p` is right.
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Self::Isotonic(steps) => steps.apply(p),
            Self::Platt(line) => line.apply(p),
            Self::Shared { line, offset } => sigmoid(line.log_odds(p) + offset),
        }
    }

    /// The method's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Isotonic(_) => "isotonic",
            Self::Platt(_) => "Platt",
            Self::Shared { .. } => "Platt, shared by all intents",
        }
    }
}

/// A curve of steps that never falls, by pooling neighbours that do (pool adjacent violators).
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// (stated probability, true probability), rising; between two of them it is a straight line.
    pub knots: Vec<(f64, f64)>,
}

impl Isotonic {
    /// Fits the steps; with no answers everything stays as it is.
    pub fn fit(answers: &[Answer]) -> Self {
        let mut at: BTreeMap<u64, (f64, f64, f64)> = BTreeMap::new();
        for answer in answers.iter().filter(|a| a.p >= 0.0) {
            // The bits of a number that is not negative sort as the number does; -0.0 is 0.0.
            let entry = at.entry((answer.p + 0.0).to_bits()).or_insert((answer.p, 0.0, 0.0));
            entry.1 += answer.truth();
            entry.2 += 1.0;
        }
        // (sum of truths, labels, first p, last p)
        let mut pools: Vec<(f64, f64, f64, f64)> = Vec::new();
        for (p, right, count) in at.into_values() {
            let mut pool = (right, count, p, p);
            while let Some(last) = pools.last().filter(|last| last.0 * pool.1 >= pool.0 * last.1) {
                pool = (last.0 + pool.0, last.1 + pool.1, last.2, pool.3);
                pools.pop();
            }
            pools.push(pool);
        }
        let ends = |pool: (f64, f64, f64, f64)| [(pool.2, pool.0 / pool.1), (pool.3, pool.0 / pool.1)];
        let mut knots: Vec<(f64, f64)> = pools.into_iter().flat_map(ends).collect();
        knots.dedup();
        Self { knots }
    }

    /// The curve at `p`; flat beyond its ends.
    pub fn apply(&self, p: f64) -> f64 {
        let after = self.knots.partition_point(|(x, _)| *x < p);
        match (after.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(after)) {
            (None, None) => p,
            (Some((_, y)), None) | (None, Some((_, y))) => *y,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (p - x0) / (x1 - x0),
        }
    }
}

/// A line in log odds (Platt 1999).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    /// Its slope, never below 0.
    pub slope: f64,
    /// Its height where stated odds are even.
    pub height: f64,
}

impl Platt {
    /// The likeliest line, with targets drawn in from 0 and 1 as Platt does, so that few labels do not make it certain.
    pub fn fit(answers: &[Answer]) -> Self {
        let mut line = Self { slope: 1.0, height: 0.0 };
        let right = answers.iter().filter(|a| a.right).count() as f64;
        let wrong = answers.len() as f64 - right;
        let target = |a: &Answer| if a.right { (right + 1.0) / (right + 2.0) } else { 1.0 / (wrong + 2.0) };
        for _ in 0..STEPS_MAX {
            // Newton's method; the small ridge keeps it defined where all stated probabilities are the same.
            let (mut g, mut h) = ([0.0; 2], [EDGE, 0.0, EDGE]);
            for answer in answers {
                let (x, p) = (logit(answer.p), line.apply(answer.p));
                let (e, w) = (p - target(answer), p * (1.0 - p));
                g = [g[0] + e * x, g[1] + e];
                h = [h[0] + w * x * x, h[1] + w * x, h[2] + w];
            }
            let whole = h[0] * h[2] - h[1] * h[1];
            let step = [(h[2] * g[0] - h[1] * g[1]) / whole, (h[0] * g[1] - h[1] * g[0]) / whole];
            if !step.iter().all(|s| s.is_finite()) {
                break;
            }
            line.slope -= step[0].clamp(-1.0, 1.0);
            line.height -= step[1].clamp(-1.0, 1.0);
            if step.iter().all(|s| s.abs() < EDGE) {
                break;
            }
        }
        if line.slope > 0.0 { line } else { Self::flat(right, wrong) }
    }

    /// Stated probabilities say nothing: the share that was right.
    fn flat(right: f64, wrong: f64) -> Self {
        Self { slope: 0.0, height: ((right + 1.0) / (wrong + 1.0)).ln() }
    }

    fn log_odds(&self, p: f64) -> f64 {
        self.slope * logit(p) + self.height
    }

    /// The line at `p`.
    pub fn apply(&self, p: f64) -> f64 {
        sigmoid(self.log_odds(p))
    }
}

/// How far one intent lies from the line of all: likeliest under a normal prior, so that few labels move it little.
fn offset(own: &[Answer], line: Platt) -> f64 {
    let mut offset = 0.0;
    for _ in 0..STEPS_MAX {
        let (mut g, mut h) = (offset * SHARED_LABELS / 4.0, SHARED_LABELS / 4.0);
        for answer in own {
            let p = sigmoid(line.log_odds(answer.p) + offset);
            g += p - answer.truth();
            h += p * (1.0 - p);
        }
        let step: f64 = g / h;
        offset = (offset - step.clamp(-1.0, 1.0)).clamp(-BY_INTENT_MAX, BY_INTENT_MAX);
        if step.abs() < EDGE {
            break;
        }
    }
    offset
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(count: usize, said: f64, right_in_ten: usize) -> Vec<Answer> {
        (0..count).map(|i| Answer::new(said, i % 10 < right_in_ten)).collect()
    }

    #[test]
    fn the_method_follows_the_number_of_labels() {
        let check = |own: usize, name: &str| {
            let found = Calibration::fit(&answers(own, 0.9, 7), &answers(500, 0.9, 7));
            assert_eq!(found.name(), name);
            assert!((found.apply(0.9) - 0.7).abs() < 0.02, "{name}: {}", found.apply(0.9));
        };
        check(1_000, "isotonic");
        check(100, "Platt");
        check(20, "Platt, shared by all intents");
        check(0, "Platt, shared by all intents");
    }

    #[test]
    fn few_labels_of_an_intent_move_it_a_little_and_many_a_lot() {
        let others = answers(500, 0.9, 9);
        let at = |own: usize| Calibration::fit(&answers(own, 0.9, 3), &others).apply(0.9);
        assert!(at(0) > 0.85 && at(10) < at(0) && at(50) < at(10) && at(90) < 0.45, "{} {} {}", at(0), at(10), at(50));
    }

    #[test]
    fn a_map_never_falls_and_stays_a_probability() {
        let mixed: Vec<Answer> = (0..300).map(|i| Answer::new(f64::from(i) / 299.0, i * 7919 % 300 < i)).collect();
        let upside_down: Vec<Answer> = mixed.iter().map(|a| Answer::new(a.p, !a.right)).collect();
        for own in [&mixed[..], &upside_down[..], &mixed[..40], &[]] {
            for map in [Calibration::fit(own, &[]), Calibration::Isotonic(Isotonic::fit(own))] {
                let curve: Vec<f64> = (0..=100).map(|i| map.apply(f64::from(i) / 100.0)).collect();
                assert!(curve.iter().all(|p| (0.0..=1.0).contains(p)), "{curve:?}");
                assert!(curve.windows(2).all(|w| w[0] <= w[1] + 1e-12), "{curve:?}");
            }
        }
    }
}
