//! What a recogniser is made of: one linear model for few examples; for many, two of them with a network each.

use super::features::Sparse;
use super::network::{self, Network, Plan};
use super::train::{self, Linear, softmax};

/// From so many examples a network learns more than a linear model.
const NETWORK_EXAMPLES_MIN: usize = 2_000;
/// Few examples are held out in so many turns.
const FOLDS_FEW: usize = 4;
/// Of many, each of two members holds one part in so many out.
const FOLDS_MANY: usize = 10;
/// Found by cross-validation on BANKING77's train split.
const PLAN: Plan = Plan { hidden: 256, epochs: 12, rate: 0.002, drop_input: 0.5, drop_hidden: 0.5, batch: 64 };
/// A probability whose logarithm can be taken.
const TINY: f32 = 1e-9;

/// An example `(vector, label)`.
type Example<'a> = (&'a Sparse, usize);
/// Scores of an example that was not trained on, and its label.
pub(super) type Held = (Vec<f32>, usize);

pub(super) struct Member {
    linear: Linear,
    network: Option<Network>,
}

impl Member {
    fn fit(examples: &[Example<'_>], features: usize, labels: usize, seed: Option<u64>) -> Self {
        let linear = train::fit(examples, features, labels);
        let network = seed.map(|seed| network::fit(examples, features, labels, PLAN, seed));
        Self { linear, network }
    }

    /// Adds its probabilities to `sum`; how many it added.
    fn add_probabilities(&self, x: &Sparse, sum: &mut [f32]) -> usize {
        let all = std::iter::once(self.linear.scores(x)).chain(self.network.as_ref().map(|n| n.scores(x)));
        all.map(|mut scores| {
            softmax(&mut scores, 1.0);
            sum.iter_mut().zip(&scores).for_each(|(s, p)| *s += p);
        })
        .count()
    }
}

/// Logarithms of the mean of all members' probabilities, per label.
pub(super) fn scores(members: &[Member], x: &Sparse) -> Vec<f32> {
    let labels = members.first().map_or(0, |m| m.linear.labels());
    let mut sum = vec![0.0; labels];
    let count = members.iter().map(|m| m.add_probabilities(x, &mut sum)).sum::<usize>().max(1) as f32;
    sum.iter_mut().for_each(|s| *s = (*s / count).max(TINY).ln());
    sum
}

/// The members, and what they make of examples that they were not trained on.
pub(super) fn train(examples: &[Example<'_>], features: usize, labels: usize) -> (Vec<Member>, Vec<Held>) {
    if examples.len() < NETWORK_EXAMPLES_MIN {
        let all = Member::fit(examples, features, labels, None);
        let held = (0..FOLDS_FEW).flat_map(|fold| without(examples, fold, FOLDS_FEW, features, labels, None).1);
        return (vec![all], held.collect());
    }
    let fit = |fold: usize| without(examples, fold, FOLDS_MANY, features, labels, Some(fold as u64));
    let ((first, mut held), (second, more)) = std::thread::scope(|scope| {
        let second = scope.spawn(|| fit(1));
        (fit(0), second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    held.extend(more);
    (vec![first, second], held)
}

/// A member trained without one fold, and what it makes of that fold. Without anything to train on, nothing is held out.
fn without(
    examples: &[Example<'_>],
    fold: usize,
    folds: usize,
    features: usize,
    labels: usize,
    seed: Option<u64>,
) -> (Member, Vec<Held>) {
    let part =
        |out: bool| examples.iter().enumerate().filter(move |(i, _)| (i % folds == fold) == out).map(|(_, e)| *e);
    let kept: Vec<Example<'_>> = part(false).collect();
    let member = Member::fit(&kept, features, labels, seed);
    let held = if kept.is_empty() { Vec::new() } else { part(true).collect() };
    let members = [member];
    let held = held.into_iter().map(|(x, label): Example<'_>| (scores(&members, x), label)).collect();
    let [member] = members;
    (member, held)
}
