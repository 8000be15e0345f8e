//! Multinomial logistic regression, trained by AdaGrad (Duchi, Hazan and Singer 2011), and its temperature.

use super::features::Sparse;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SEED: u64 = 0x5EED_BA70;
const RATE: f32 = 0.5;
const SHRINK: f32 = 2e-5;
/// Updates to make over all epochs: small sets take more passes, within the epochs below.
const UPDATES_WANTED: usize = 24_000;
const EPOCHS_MIN: usize = 10;
const EPOCHS_MAX: usize = 40;
const FOLDS: usize = 4;

/// Weights, feature by feature: `weights[feature * labels + label]`, and one bias per label.
pub(super) struct Linear {
    labels: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Raw scores per label.
    pub(super) fn scores(&self, x: &Sparse) -> Vec<f32> {
        let mut out = self.bias.clone();
        for (feature, value) in x {
            let from = *feature as usize * self.labels;
            for (o, w) in out.iter_mut().zip(&self.weights[from..from + self.labels]) {
                *o += w * value;
            }
        }
        out
    }
}

/// Turns raw scores into probabilities at a temperature.
pub(super) fn softmax(scores: &mut [f32], temperature: f32) {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|s| *s = ((*s - top) / temperature).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
}

/// Fits the examples `(vector, label)`.
pub(super) fn fit(examples: &[(&Sparse, usize)], features: usize, labels: usize) -> Linear {
    let mut model = Linear { labels, weights: vec![0.0; features * labels], bias: vec![0.0; labels] };
    let mut seen = vec![0.01_f32; features * labels];
    let mut seen_bias = vec![0.01_f32; labels];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let epochs = (UPDATES_WANTED / examples.len().max(1)).clamp(EPOCHS_MIN, EPOCHS_MAX);
    for _ in 0..epochs {
        shuffle(&mut order, &mut random);
        for &i in &order {
            let (x, label) = examples[i];
            let mut slope = model.scores(x);
            softmax(&mut slope, 1.0);
            slope[label] -= 1.0;
            step(&mut model, &mut seen, x, &slope);
            for (l, g) in slope.iter().enumerate() {
                seen_bias[l] += g * g;
                model.bias[l] -= 0.1 * RATE * g / seen_bias[l].sqrt();
            }
        }
    }
    model
}

fn step(model: &mut Linear, seen: &mut [f32], x: &Sparse, slope: &[f32]) {
    for (feature, value) in x {
        let from = *feature as usize * model.labels;
        let weights = &mut model.weights[from..from + model.labels];
        let seen = &mut seen[from..from + model.labels];
        for ((w, s), g) in weights.iter_mut().zip(seen).zip(slope) {
            let g = g * value + SHRINK * *w;
            *s += g * g;
            *w -= RATE * g / s.sqrt();
        }
    }
}

fn shuffle(order: &mut [usize], random: &mut ChaCha8Rng) {
    for i in (1..order.len()).rev() {
        let j = (random.next_u64() % (i as u64 + 1)) as usize;
        order.swap(i, j);
    }
}

/// The temperature at which held-out probabilities are most likely right (Guo et al. 2017), by folds.
pub(super) fn temperature(examples: &[(&Sparse, usize)], features: usize, labels: usize) -> f32 {
    let mut held: Vec<(Vec<f32>, usize)> = Vec::with_capacity(examples.len());
    let folds = if examples.len() > 2_000 { 1 } else { FOLDS };
    for fold in 0..folds {
        let train: Vec<_> = examples.iter().enumerate().filter(|(i, _)| i % FOLDS != fold).map(|(_, e)| *e).collect();
        if train.is_empty() {
            return 1.0;
        }
        let model = fit(&train, features, labels);
        let out = examples.iter().enumerate().filter(|(i, _)| i % FOLDS == fold);
        held.extend(out.map(|(_, (x, label))| (model.scores(x), *label)));
    }
    let loss = |t: f32| -> f64 {
        held.iter().map(|(scores, label)| negative_log(scores, *label, t)).sum::<f64>() / held.len().max(1) as f64
    };
    (1..=40).map(|i| i as f32 * 0.05).map(|t| (t, loss(t))).min_by(|a, b| a.1.total_cmp(&b.1)).map_or(1.0, |(t, _)| t)
}

fn negative_log(scores: &[f32], label: usize, t: f32) -> f64 {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let sum: f64 = scores.iter().map(|s| f64::from((s - top) / t).exp()).sum();
    sum.ln() - f64::from((scores[label] - top) / t)
}
