//! What held-out examples say of probabilities: how warm they must be, and from where they can be believed.

use super::member::Held;
use super::train::softmax;

/// Share of the messages in scope whose right answer a threshold may give up.
const GIVEN_UP: f64 = 0.01;

/// The temperature at which held-out probabilities are most likely right (Guo et al. 2017).
pub(super) fn temperature(held: &[Held]) -> f32 {
    if held.is_empty() {
        return 1.0;
    }
    let loss = |t: f32| -> f64 { held.iter().map(|(scores, label)| negative_log(scores, *label, t)).sum() };
    (1..=60).map(|i| i as f32 * 0.05).map(|t| (t, loss(t))).min_by(|a, b| a.1.total_cmp(&b.1)).map_or(1.0, |(t, _)| t)
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
        assert!(temperature(&held) > 2.0);
    }
}
