//! A network with one hidden layer over sparse vectors, trained by Adam (Kingma and Ba 2015), with dropout on
//! input and hidden layer (Srivastava et al. 2014). What a linear model adds up, it can combine.

use super::features::Sparse;
use super::packed::Packed;
use super::train::{shuffle, softmax};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How a network is trained.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Hidden units.
    pub hidden: usize,
    /// Passes over the examples.
    pub epochs: usize,
    /// First step size; it falls to nothing in a straight line.
    pub rate: f32,
    /// Share of the message's features that are left out of a pass.
    pub drop_input: f32,
    /// Share of hidden units that are left out of a pass.
    pub drop_hidden: f32,
    /// Examples of one step.
    pub batch: usize,
}

const DECAY_MEAN: f32 = 0.9;
const DECAY_SQUARE: f32 = 0.999;
const TINY: f32 = 1e-8;
const SPREAD_INPUT: f32 = 0.1;

/// A trained network.
pub(super) struct Network {
    input: Packed,
    input_bias: Vec<f32>,
    output: Packed,
    output_bias: Vec<f32>,
}

impl Network {
    /// Raw scores per label.
    pub(super) fn scores(&self, x: &Sparse) -> Vec<f32> {
        let mut units = self.input_bias.clone();
        for (feature, value) in x {
            self.input.add(*feature as usize, *value, &mut units);
        }
        let mut out = self.output_bias.clone();
        for (unit, value) in units.into_iter().enumerate().filter(|(_, value)| *value > 0.0) {
            self.output.add(unit, value, &mut out);
        }
        out
    }
}

/// The same while it learns: `input[feature * hidden + unit]`, `output[unit * labels + label]`.
struct Weights {
    hidden: usize,
    labels: usize,
    input: Vec<f32>,
    input_bias: Vec<f32>,
    output: Vec<f32>,
    output_bias: Vec<f32>,
}

impl Weights {
    fn random(features: usize, labels: usize, hidden: usize, random: &mut ChaCha8Rng) -> Self {
        let spread = 1.0 / (hidden as f32).sqrt();
        Self {
            hidden,
            labels,
            input: (0..features * hidden).map(|_| SPREAD_INPUT * normal(random)).collect(),
            input_bias: vec![0.0; hidden],
            output: (0..hidden * labels).map(|_| spread * normal(random)).collect(),
            output_bias: vec![0.0; labels],
        }
    }

    fn row(&self, feature: u32) -> &[f32] {
        &self.input[feature as usize * self.hidden..][..self.hidden]
    }

    fn packed(self) -> Network {
        Network {
            input: Packed::of(&self.input, self.hidden),
            input_bias: self.input_bias,
            output: Packed::of(&self.output, self.labels),
            output_bias: self.output_bias,
        }
    }
}

/// Roughly normal: the sum of twelve even numbers from 0 to 1, less 6.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    let mut sum = 0;
    for _ in 0..6 {
        let bits = random.next_u32();
        sum += (bits & 0xffff) + (bits >> 16);
    }
    sum as f32 / 65_536.0 - 6.0
}

fn add_scaled(to: &mut [f32], from: &[f32], by: f32) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += by * f;
    }
}

/// Fits the examples `(vector, label)`.
pub(super) fn fit(examples: &[(&Sparse, usize)], features: usize, labels: usize, plan: Plan, seed: u64) -> Network {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut trainer = Trainer::new(Weights::random(features, labels, plan.hidden, &mut random), plan);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for epoch in 0..plan.epochs {
        shuffle(&mut order, &mut random);
        let rate = plan.rate * (1.02 - epoch as f32 / plan.epochs as f32);
        for batch in order.chunks(plan.batch) {
            trainer.step(batch.iter().map(|i| examples[*i]), rate, &mut random);
        }
    }
    trainer.weights.packed()
}

/// Running means beside one group of weights: of every slope, and of the squares of a row's slopes. One mean square a row
/// does as well as one a weight, and takes neither its memory nor its square roots.
struct Moments {
    width: usize,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Moments {
    fn new(rows: usize, width: usize) -> Self {
        Self { width, mean: vec![0.0; rows * width], square: vec![0.0; rows] }
    }

    /// Moves a row of weights by one step; `rate` has the correction for the first steps in it.
    fn step(&mut self, weights: &mut [f32], row: usize, slope: &[f32], rate: f32) {
        let at = row * self.width..(row + 1) * self.width;
        let square = &mut self.square[row];
        *square += (1.0 - DECAY_SQUARE) * (dot(slope, slope) / self.width as f32 - *square);
        let rate = rate / (square.sqrt() + TINY);
        for ((w, m), g) in weights[at.clone()].iter_mut().zip(&mut self.mean[at]).zip(slope) {
            *m += (1.0 - DECAY_MEAN) * (g - *m);
            *w -= rate * *m;
        }
    }
}

struct Trainer {
    weights: Weights,
    plan: Plan,
    steps: i32,
    input: Moments,
    input_bias: Moments,
    output: Moments,
    output_bias: Moments,
    /// Where a feature's slope stands in this step, plus one; 0 = not in it.
    place: Vec<u32>,
}

/// Slopes of one step. Those of the input hold only the features that occur in it, in `touched` order.
struct Slopes {
    touched: Vec<u32>,
    input: Vec<f32>,
    input_bias: Vec<f32>,
    output: Vec<f32>,
    output_bias: Vec<f32>,
}

impl Trainer {
    fn new(weights: Weights, plan: Plan) -> Self {
        Self {
            plan,
            steps: 0,
            input: Moments::new(weights.input.len() / weights.hidden, weights.hidden),
            input_bias: Moments::new(1, weights.hidden),
            output: Moments::new(weights.hidden, weights.labels),
            output_bias: Moments::new(1, weights.labels),
            place: vec![0; weights.input.len() / weights.hidden],
            weights,
        }
    }

    fn step<'a>(
        &mut self,
        batch: impl ExactSizeIterator<Item = (&'a Sparse, usize)>,
        rate: f32,
        random: &mut ChaCha8Rng,
    ) {
        let share = 1.0 / batch.len() as f32;
        let mut slopes = Slopes {
            touched: Vec::new(),
            input: Vec::new(),
            input_bias: vec![0.0; self.weights.hidden],
            output: vec![0.0; self.weights.output.len()],
            output_bias: vec![0.0; self.weights.labels],
        };
        for (x, label) in batch {
            let kept = thinned(x, self.plan.drop_input, random);
            self.learn(&kept, label, share, &mut slopes, random);
        }
        self.apply(&slopes, rate);
    }

    /// Adds one example's slopes.
    fn learn(&mut self, x: &Sparse, label: usize, share: f32, slopes: &mut Slopes, random: &mut ChaCha8Rng) {
        let net = &self.weights;
        let mut units = net.input_bias.clone();
        for (feature, value) in x {
            add_scaled(&mut units, net.row(*feature), *value);
        }
        let keep = 1.0 - self.plan.drop_hidden;
        for unit in &mut units {
            // What is left out of this pass, or below zero, passes nothing on.
            *unit = if *unit > 0.0 && chance(random) < keep { *unit / keep } else { 0.0 };
        }
        let mut error = net.output_bias.clone();
        for (unit, weights) in units.iter().zip(net.output.chunks_exact(net.labels)).filter(|(u, _)| **u > 0.0) {
            add_scaled(&mut error, weights, *unit);
        }
        softmax(&mut error, 1.0);
        error[label] -= 1.0;
        error.iter_mut().for_each(|e| *e *= share);
        add_scaled(&mut slopes.output_bias, &error, 1.0);
        let rows = net.output.chunks_exact(net.labels).zip(slopes.output.chunks_exact_mut(net.labels));
        for (unit, (weights, slope)) in units.iter_mut().zip(rows) {
            if *unit > 0.0 {
                add_scaled(slope, &error, *unit);
                *unit = dot(weights, &error) / keep;
            }
        }
        add_scaled(&mut slopes.input_bias, &units, 1.0);
        for (feature, value) in x {
            add_scaled(slopes.input_row(&mut self.place, *feature, net.hidden), &units, *value);
        }
    }

    fn apply(&mut self, slopes: &Slopes, rate: f32) {
        self.steps += 1;
        let rate = rate * (1.0 - DECAY_SQUARE.powi(self.steps)).sqrt() / (1.0 - DECAY_MEAN.powi(self.steps));
        let net = &mut self.weights;
        for (feature, slope) in slopes.touched.iter().zip(slopes.input.chunks_exact(net.hidden)) {
            self.place[*feature as usize] = 0;
            self.input.step(&mut net.input, *feature as usize, slope, rate);
        }
        self.input_bias.step(&mut net.input_bias, 0, &slopes.input_bias, rate);
        for (unit, slope) in slopes.output.chunks_exact(net.labels).enumerate() {
            self.output.step(&mut net.output, unit, slope, rate);
        }
        self.output_bias.step(&mut net.output_bias, 0, &slopes.output_bias, rate);
    }
}

impl Slopes {
    fn input_row(&mut self, place: &mut [u32], feature: u32, hidden: usize) -> &mut [f32] {
        let at = &mut place[feature as usize];
        if *at == 0 {
            self.touched.push(feature);
            self.input.resize(self.input.len() + hidden, 0.0);
            *at = self.touched.len() as u32;
        }
        &mut self.input[(*at as usize - 1) * hidden..][..hidden]
    }
}

/// The vector without a random share of its features, the rest made larger for it.
fn thinned(x: &Sparse, drop: f32, random: &mut ChaCha8Rng) -> Sparse {
    let keep = 1.0 - drop;
    x.iter().filter(|_| chance(random) < keep).map(|(feature, value)| (*feature, value / keep)).collect()
}

fn chance(random: &mut ChaCha8Rng) -> f32 {
    (random.next_u32() >> 8) as f32 / 16_777_216.0
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
