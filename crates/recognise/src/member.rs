//! What a recogniser is made of: one linear model for few examples; for many, two of them with a network each. Where there is
//! an encoder, each also has a linear model of what messages mean, and all of them ask the examples that mean nearly the same.

use super::calibrated::Sides;
use super::features::Sparse;
use super::meaning::{Meaning, Neighbours};
use super::network::{self, Network, Plan};
use super::train::{self, Linear, softmax};
use baton_encode::DIMENSIONS;

/// From so many examples a network learns more than a linear model.
const NETWORK_EXAMPLES_MIN: usize = 2_000;
/// Few examples are held out in so many turns.
const FOLDS_FEW: usize = 4;
/// Of many, each of two members holds one part in so many out.
const FOLDS_MANY: usize = 10;
/// Found by cross-validation on BANKING77's train split.
const PLAN: Plan = Plan { hidden: 256, epochs: 12, rate: 0.002, drop_input: 0.5, drop_hidden: 0.5, batch: 64 };
/// What an example takes from the weights of words; found likewise.
const SHRINK_WORDS: f32 = 2e-5;
/// What all examples together take from the weights of meaning: the fewer they are, the less each may say.
const SHRINK_MEANING_ALL: f32 = 0.8;
/// How much the neighbours say beside the linear model; found likewise, on held-out examples.
const NEIGHBOURS: f32 = 1.5;
/// A probability whose logarithm can be taken.
const TINY: f32 = 1e-9;

/// A message as members see it.
pub(super) struct Seen {
    /// Its words; empty if none of them was seen in training.
    pub words: Sparse,
    /// What it means, where there is an encoder.
    pub meaning: Option<Meaning>,
}

/// An example `(message, label)`.
type Example<'a> = (&'a Seen, usize);
/// What is made of an example that was not trained on, and its label.
pub(super) type Held = (Sides, usize);

/// What members are trained from.
#[derive(Clone, Copy)]
pub(super) struct Lesson<'a> {
    /// Messages with their labels.
    pub examples: &'a [Example<'a>],
    /// What labels are called, read as examples of what they mean: never held out.
    pub names: &'a [(Meaning, usize)],
    /// Features that words have.
    pub features: usize,
    pub labels: usize,
}

impl<'a> Lesson<'a> {
    /// What the examples mean, and then what the names do.
    fn meanings(self) -> impl Iterator<Item = (&'a Meaning, usize)> {
        let examples = self.examples.iter().filter_map(|(seen, label)| Some((seen.meaning.as_ref()?, *label)));
        examples.chain(self.names.iter().map(|(meaning, label)| (meaning, *label)))
    }
}

/// All that judge a message.
pub(super) struct Team {
    members: Vec<Member>,
    neighbours: Option<Neighbours>,
}

struct Member {
    linear: Linear,
    network: Option<Network>,
    meaning: Option<Linear>,
}

impl Member {
    fn fit(lesson: Lesson<'_>, seed: Option<u64>) -> Self {
        let words: Vec<(&Sparse, usize)> = lesson.examples.iter().map(|(seen, label)| (&seen.words, *label)).collect();
        let linear = train::fit(&words, lesson.features, lesson.labels, SHRINK_WORDS);
        let network = seed.map(|seed| network::fit(&words, lesson.features, lesson.labels, PLAN, seed));
        let told: Vec<(&Sparse, usize)> =
            lesson.meanings().map(|(meaning, label)| (&meaning.features, label)).collect();
        let shrink = SHRINK_MEANING_ALL / told.len().max(1) as f32;
        let meaning = (!told.is_empty()).then(|| train::fit(&told, DIMENSIONS, lesson.labels, shrink));
        Self { linear, network, meaning }
    }

    /// Adds the probabilities of words to `sum`; how many it added.
    fn add_probabilities(&self, x: &Sparse, sum: &mut [f32]) -> usize {
        let all = std::iter::once(self.linear.scores(x)).chain(self.network.as_ref().map(|n| n.scores(x)));
        all.map(|mut scores| add_probabilities(&mut scores, sum)).count()
    }
}

fn add_probabilities(scores: &mut [f32], sum: &mut [f32]) {
    softmax(scores, 1.0);
    sum.iter_mut().zip(scores).for_each(|(s, p)| *s += *p);
}

impl Team {
    /// What is made of a message.
    pub(super) fn sides(&self, seen: &Seen) -> Sides {
        let labels = self.members.first().map_or(0, |m| m.linear.labels());
        let neighbours = self.neighbours.as_ref();
        sides(&self.members, seen, |meaning| neighbours.map(|all| all.scores(meaning, labels, |_| true)))
    }
}

/// Logarithms of the mean of all members' probabilities, per label, for words and for meaning; `near` gives the neighbours'.
fn sides(members: &[Member], seen: &Seen, near: impl Fn(&Meaning) -> Option<Vec<f32>>) -> Sides {
    let labels = members.first().map_or(0, |m| m.linear.labels());
    let mut words = vec![0.0; labels];
    // Words that were never seen say nothing.
    if !seen.words.is_empty() {
        let count: usize = members.iter().map(|m| m.add_probabilities(&seen.words, &mut words)).sum();
        logarithms(&mut words, count);
    }
    let meaning = seen.meaning.as_ref().map(|said| {
        let mut meaning = vec![0.0; labels];
        let models = members.iter().filter_map(|m| m.meaning.as_ref());
        let count = models.map(|model| add_probabilities(&mut model.scores(&said.features), &mut meaning)).count();
        logarithms(&mut meaning, count);
        for (m, n) in meaning.iter_mut().zip(near(said).into_iter().flatten()) {
            *m += NEIGHBOURS * n;
        }
        meaning
    });
    Sides { words, meaning }
}

fn logarithms(sum: &mut [f32], count: usize) {
    let count = count.max(1) as f32;
    sum.iter_mut().for_each(|s| *s = (*s / count).max(TINY).ln());
}

/// The team, and what it makes of examples that were held out.
pub(super) fn train(lesson: Lesson<'_>) -> (Team, Vec<Held>) {
    let all = Neighbours::of(lesson.meanings());
    let told = lesson.examples.iter().any(|(seen, _)| seen.meaning.is_some());
    let neighbours = told.then_some(all);
    let near = neighbours.as_ref();
    if lesson.examples.len() < NETWORK_EXAMPLES_MIN {
        let all = Member::fit(lesson, None);
        let held = (0..FOLDS_FEW).flat_map(|fold| without(lesson, Fold { fold, of: FOLDS_FEW }, None, near).1);
        let held = held.collect();
        return (Team { members: vec![all], neighbours }, held);
    }
    let fit = |fold: usize| without(lesson, Fold { fold, of: FOLDS_MANY }, Some(fold as u64), near);
    let ((first, mut held), (second, more)) = std::thread::scope(|scope| {
        let second = scope.spawn(|| fit(1));
        (fit(0), second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    held.extend(more);
    (Team { members: vec![first, second], neighbours }, held)
}

/// One part of the examples.
#[derive(Clone, Copy)]
struct Fold {
    fold: usize,
    of: usize,
}

impl Fold {
    fn holds(self, i: usize) -> bool {
        i % self.of == self.fold
    }
}

/// A member trained without one fold, and what is made of that fold without it. Without anything to train on, nothing is held
/// out.
fn without(lesson: Lesson<'_>, fold: Fold, seed: Option<u64>, near: Option<&Neighbours>) -> (Member, Vec<Held>) {
    let examples = lesson.examples;
    let part = |out: bool| examples.iter().enumerate().filter(move |(i, _)| fold.holds(*i) == out).map(|(_, e)| *e);
    let kept: Vec<Example<'_>> = part(false).collect();
    let member = Member::fit(Lesson { examples: &kept, ..lesson }, seed);
    let held = if kept.is_empty() { Vec::new() } else { part(true).collect() };
    // Neighbours stand in the examples' order, and then come the names.
    let counts = |i: usize| i >= examples.len() || !fold.holds(i);
    let ask = |meaning: &Meaning| near.map(|all| all.scores(meaning, lesson.labels, counts));
    let members = [member];
    let held = held.into_iter().map(|(seen, label): Example<'_>| (sides(&members, seen, ask), label)).collect();
    let [member] = members;
    (member, held)
}
