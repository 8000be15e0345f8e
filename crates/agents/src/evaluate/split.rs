//! Parts of a set of examples, the same at every run.

use super::Example;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;

const SEED: u64 = 77;

/// A fold for every example, 0 to `count` − 1, so that every label is spread evenly over the folds.
pub fn folds(examples: &[Example], count: usize) -> Vec<usize> {
    let mut fold_of = vec![0; examples.len()];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for i in shuffled(examples.len()) {
        let next = seen.entry(&examples[i].label).or_default();
        fold_of[i] = *next % count.max(1);
        *next += 1;
    }
    fold_of
}

/// At most `count` examples of every label, chosen by chance.
pub fn few(examples: &[Example], count: usize) -> Vec<Example> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept: Vec<usize> = shuffled(examples.len())
        .into_iter()
        .filter(|i| {
            let n = taken.entry(&examples[*i].label).or_default();
            *n += 1;
            *n <= count
        })
        .collect();
    kept.sort_unstable();
    kept.into_iter().map(|i| examples[i].clone()).collect()
}

fn shuffled(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for i in (1..count).rev() {
        order.swap(i, (random.next_u64() % (i as u64 + 1)) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_share_every_label_and_few_takes_no_more_than_asked() {
        let example =
            |i: usize| Example { text: i.to_string(), label: if i.is_multiple_of(3) { "a" } else { "b" }.into() };
        let all: Vec<Example> = (0..90).map(example).collect();
        let folds = folds(&all, 5);
        for fold in 0..5 {
            let of = |label: &str| all.iter().zip(&folds).filter(|(e, f)| e.label == label && **f == fold).count();
            assert_eq!((of("a"), of("b")), (6, 12));
        }
        let chosen = few(&all, 10);
        assert_eq!(chosen.len(), 20);
        assert_eq!(chosen, few(&all, 10));
        assert_eq!(few(&all, 100), all);
    }
}
