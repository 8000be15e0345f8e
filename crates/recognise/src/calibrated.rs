//! What held-out examples say of probabilities: how warm they must be, and from where they can be believed.

use super::train::softmax;

/// Scores of an example that was not trained on, and its label.
pub(super) type Held = (Vec<f32>, usize);

/// Share of the messages in scope whose right answer a threshold may give up.
const GIVEN_UP: f64 = 0.01;

/// How much what a message means is tried to count, beside its words.
const SHARES: [f32; 8] = [0.0, 0.15, 0.35, 0.5, 0.7, 1.0, 2.0, 4.0];
/// Temperatures that a share is tried at.
const TRIED: [f32; 8] = [0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0];

/// What the words of a message say of each label, and what its meaning says: logarithms of probabilities.
pub(super) struct Sides {
    pub words: Vec<f32>,
    pub meaning: Option<Vec<f32>>,
}

impl Sides {
    /// Both together, one score per label; `share` is how much the meaning counts for each part of the words.
    pub(super) fn joined(&self, share: f32) -> Vec<f32> {
        let Self { words, meaning } = self;
        let meaning = meaning.as_ref().unwrap_or(words);
        words.iter().zip(meaning).map(|(word, meaning)| (word + share * meaning) / (1.0 + share)).collect()
    }
}

/// How much the meaning counts where held-out labels are likeliest: nothing, if the encoder does not know their language.
pub(super) fn share(held: &[(Sides, usize)]) -> f32 {
    if held.iter().all(|(sides, _)| sides.meaning.is_none()) {
        return 0.0;
    }
    let loss = |share: f32| {
        let joined: Vec<Held> = held.iter().map(|(sides, label)| (sides.joined(share), *label)).collect();
        TRIED.iter().map(|t| total_loss(&joined, *t)).min_by(f64::total_cmp).unwrap_or(f64::MAX)
    };
    SHARES.iter().map(|s| (*s, loss(*s))).min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |(share, _)| share)
}

fn total_loss(held: &[Held], t: f32) -> f64 {
    held.iter().map(|(scores, label)| negative_log(scores, *label, t)).sum()
}

/// The temperature at which held-out probabilities are most likely right (Guo et al. 2017). With `doubt`, as if one more example
/// had been taken for its likeliest wrong label: where all are right, as a few examples can be, no probability is then certain.
pub(super) fn temperature(held: &[Held], doubt: bool) -> f32 {
    if held.is_empty() {
        return 1.0;
    }
    (1..=60)
        .map(|i| i as f32 * 0.05)
        .map(|t| (t, total_loss(held, t) + if doubt { doubtful_loss(held, t) } else { 0.0 }))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(1.0, |(t, _)| t)
}

/// The loss of one example that is wrong, as the mean over all.
fn doubtful_loss(held: &[Held], t: f32) -> f64 {
    let of = |(scores, label): &Held| {
        let others = (0..scores.len()).filter(|i| i != label);
        others.max_by(|a, b| scores[*a].total_cmp(&scores[*b])).map_or(0.0, |wrong| negative_log(scores, wrong, t))
    };
    held.iter().map(of).sum::<f64>() / held.len().max(1) as f64
}

fn negative_log(scores: &[f32], label: usize, t: f32) -> f64 {
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let sum: f64 = scores.iter().map(|s| f64::from((s - top) / t).exp()).sum();
    sum.ln() - f64::from((scores[label] - top) / t)
}

/// The highest threshold that gives up no more than its share of right answers. `outside` tells the label out of scope.
pub(super) fn threshold(held: &[Held], temperature: f32, outside: impl Fn(usize) -> bool) -> f32 {
    let inside: Vec<&Held> = held.iter().filter(|(_, label)| !outside(*label)).collect();
    let mut right: Vec<f32> = inside.iter().filter_map(|(scores, label)| right(scores, *label, temperature)).collect();
    right.sort_by(f32::total_cmp);
    right.get((inside.len() as f64 * GIVEN_UP) as usize).copied().unwrap_or(0.5)
}

/// The likeliest label's probability, if it is the right one.
fn right(scores: &[f32], label: usize, temperature: f32) -> Option<f32> {
    let mut p = scores.to_vec();
    softmax(&mut p, temperature);
    let stated = p[label];
    p.iter().all(|other| *other <= stated).then_some(stated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_gives_up_one_right_answer_in_a_hundred() {
        // 200 messages of label 0, surer and surer; 50 of label 1, which is out of scope.
        let sure = |i: u16| (vec![f32::from(i) / 20.0, 0.0], 0);
        let mut held: Vec<Held> = (1..=200).map(sure).collect();
        held.extend((0..50).map(|_| (vec![0.0, 9.0], 1)));
        let found = threshold(&held, 1.0, |label| label == 1);
        let below = held.iter().filter(|(s, l)| *l == 0 && right(s, 0, 1.0).is_some_and(|p| p < found)).count();
        assert_eq!(below, 2);
        assert_eq!(threshold(&[], 1.0, |_| false), 0.5);
    }

    #[test]
    fn what_is_too_sure_is_made_cooler() {
        let say = |i: usize| (vec![4.0, 0.0], usize::from(i.is_multiple_of(4)));
        let held: Vec<Held> = (0..100).map(say).collect();
        assert!(temperature(&held, false) > 2.0);
    }

    #[test]
    fn a_few_that_are_all_right_make_nothing_certain_where_there_is_doubt() {
        let held: Vec<Held> = (0..20).map(|_| (vec![1.0, 0.0], 0)).collect();
        let sure = |doubt: bool| right(&held[0].0, 0, temperature(&held, doubt)).unwrap();
        assert!(sure(false) > 0.999, "{}", sure(false));
        assert!((0.93..0.97).contains(&sure(true)), "{}", sure(true));
    }

    #[test]
    fn meaning_counts_as_much_as_it_is_right() {
        let held = |meaning: [f32; 2]| -> Vec<(Sides, usize)> {
            let wrong = |i: usize| i.is_multiple_of(4);
            let words = |i: usize| if wrong(i) { vec![-1.0, -0.5] } else { vec![-0.5, -1.0] };
            (0..40).map(|i| (Sides { words: words(i), meaning: Some(meaning.to_vec()) }, 0)).collect()
        };
        assert!(share(&held([-0.1, -2.4])) > 1.0);
        assert_eq!(share(&held([-2.4, -0.1])), 0.0);
        let without: Vec<(Sides, usize)> = vec![(Sides { words: vec![-0.1, -2.4], meaning: None }, 0)];
        assert_eq!((share(&without), without[0].0.joined(0.0)), (0.0, vec![-0.1, -2.4]));
    }
}
