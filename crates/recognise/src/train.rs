//! Multinomial logistic regression, trained by AdaGrad (Duchi, Hazan and Singer 2011).

use super::features::Sparse;
use super::packed::Packed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SEED: u64 = 0x5EED_BA70;
const RATE: f32 = 0.5;
/// Updates to make over all epochs: small sets take more passes, within the epochs below.
const UPDATES_WANTED: usize = 24_000;
const EPOCHS_MIN: usize = 10;
const EPOCHS_MAX: usize = 40;
/// A smaller slope changes nothing that shows.
const SLOPE_MIN: f32 = 1e-3;

/// Weights of each feature for every label, and one bias per label.
pub(super) struct Linear {
    weights: Packed,
    bias: Vec<f32>,
}

impl Linear {
    pub(super) fn labels(&self) -> usize {
        self.bias.len()
    }

    /// Raw scores per label.
    pub(super) fn scores(&self, x: &Sparse) -> Vec<f32> {
        let mut out = self.bias.clone();
        for (feature, value) in x {
            self.weights.add(*feature as usize, *value, &mut out);
        }
        out
    }
}

/// The same while it learns: `weights[feature * labels + label]`.
struct Learner {
    labels: usize,
    shrink: f32,
    weights: Vec<f32>,
    seen: Vec<f32>,
    bias: Vec<f32>,
    seen_bias: Vec<f32>,
}

/// Turns raw scores into probabilities at a temperature.
pub(super) fn softmax(scores: &mut [f32], temperature: f32) {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|s| *s = ((*s - top) / temperature).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// Fits the examples `(vector, label)`. `shrink` is the share of a weight that each example takes from it, as far as it sees it.
pub(super) fn fit(examples: &[(&Sparse, usize)], features: usize, labels: usize, shrink: f32) -> Linear {
    let mut learner = Learner {
        labels,
        shrink,
        weights: vec![0.0; features * labels],
        seen: vec![0.01; features * labels],
        bias: vec![0.0; labels],
        seen_bias: vec![0.01; labels],
    };
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let epochs = (UPDATES_WANTED / examples.len().max(1)).clamp(EPOCHS_MIN, EPOCHS_MAX);
    for _ in 0..epochs {
        shuffle(&mut order, &mut random);
        for &i in &order {
            learner.learn(examples[i].0, examples[i].1);
        }
    }
    Linear { weights: Packed::of(&learner.weights, labels), bias: learner.bias }
}

impl Learner {
    fn learn(&mut self, x: &Sparse, label: usize) {
        let mut slope = self.bias.clone();
        for (feature, value) in x {
            let from = *feature as usize * self.labels;
            for (s, w) in slope.iter_mut().zip(&self.weights[from..from + self.labels]) {
                *s += w * value;
            }
        }
        softmax(&mut slope, 1.0);
        slope[label] -= 1.0;
        // Most labels are ruled out soon, and nothing is learned about them any more.
        let told: Vec<(usize, f32)> = slope.into_iter().enumerate().filter(|(_, g)| g.abs() >= SLOPE_MIN).collect();
        for (feature, value) in x {
            let from = *feature as usize * self.labels;
            for (label, g) in &told {
                let (w, s) = (&mut self.weights[from + label], &mut self.seen[from + label]);
                let g = g * value + self.shrink * *w;
                *s += g * g;
                *w -= RATE * g / s.sqrt();
            }
        }
        for (label, g) in told {
            self.seen_bias[label] += g * g;
            self.bias[label] -= 0.1 * RATE * g / self.seen_bias[label].sqrt();
        }
    }
}

pub(super) fn shuffle(order: &mut [usize], random: &mut ChaCha8Rng) {
    for i in (1..order.len()).rev() {
        let j = (random.next_u64() % (i as u64 + 1)) as usize;
        order.swap(i, j);
    }
}
