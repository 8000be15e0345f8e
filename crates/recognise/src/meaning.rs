//! What messages mean, as far as an encoder knows: their vectors, in the shapes that they are compared and learned in; and the
//! examples that lie nearest to one.

use super::features::Sparse;
use super::{OUT_OF_SCOPE, UNCLEAR};
use baton_encode::{DIMENSIONS, Vector};

/// Numbers of a vector are this much larger where they are learned from, so that steps suit them that suit words.
const SCALE: f32 = 4.0;
/// Neighbours that are asked.
const NEAR: usize = 20;
/// How much more a neighbour says that lies nearer: the exponent at a cosine of 1.
const NEARER: f32 = 20.0;
/// Part of the neighbours' say that all labels share.
const DOUBT: f32 = 0.01;
/// Letters that a label must hold to be a name for people.
const NAME_LETTERS_MIN: usize = 3;

/// One message's vector.
pub(super) struct Meaning {
    /// All of its numbers, in their order.
    pub features: Sparse,
    /// The same in two bytes each.
    short: Vec<i16>,
}

impl Meaning {
    pub(super) fn of(vector: &Vector) -> Self {
        let features = (0_u32..).zip(vector).map(|(i, number)| (i, SCALE * number)).collect();
        let short = vector.iter().map(|number| (number * f32::from(i16::MAX)).round() as i16).collect();
        Self { features, short }
    }
}

/// A label as words, where people named it for what it stands for: `lost_card` is one more example of what it means.
pub(super) fn name(label: &str) -> Option<String> {
    let stands_for_nothing = [OUT_OF_SCOPE, UNCLEAR].contains(&label);
    let letters = label.chars().filter(|c| c.is_alphabetic()).count();
    let words = label.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    (!stands_for_nothing && letters >= NAME_LETTERS_MIN).then_some(words)
}

/// Examples, to find those that mean nearly the same.
pub(super) struct Neighbours {
    labels: Vec<usize>,
    rows: Vec<i16>,
}

impl Neighbours {
    pub(super) fn of<'a>(examples: impl Iterator<Item = (&'a Meaning, usize)>) -> Self {
        let mut all = Self { labels: Vec::new(), rows: Vec::new() };
        for (meaning, label) in examples {
            all.labels.push(label);
            all.rows.extend(&meaning.short);
        }
        all
    }

    /// Logarithms of the shares of `labels` labels among the nearest examples, the nearer the more. Rows that `counts` does not
    /// want are passed over.
    pub(super) fn scores(&self, meaning: &Meaning, labels: usize, counts: impl Fn(usize) -> bool) -> Vec<f32> {
        let rows = self.rows.chunks_exact(DIMENSIONS).zip(&self.labels).enumerate().filter(|(i, _)| counts(*i));
        let mut near: Vec<(i64, usize)> =
            rows.map(|(_, (row, label))| (product(row, &meaning.short), *label)).collect();
        if near.len() > NEAR {
            near.select_nth_unstable_by(NEAR - 1, |a, b| b.cmp(a));
            near.truncate(NEAR);
        }
        let unit = f32::from(i16::MAX) * f32::from(i16::MAX);
        let mut shares = vec![0.0_f32; labels];
        for (product, label) in near {
            shares[label] += (NEARER * (product as f32 / unit - 1.0)).exp();
        }
        let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        shares.iter().map(|share| (share / sum + DOUBT).ln()).collect()
    }
}

/// In parts that a sum of four bytes holds: of vectors of length 1, no two numbers' products add up to more than that.
fn product(a: &[i16], b: &[i16]) -> i64 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_people_named_is_read_as_words() {
        assert_eq!(name("Lost_card").as_deref(), Some("lost card"));
        assert_eq!(name("report-claim").as_deref(), Some("report claim"));
        assert_eq!((name("17"), name("q1"), name(OUT_OF_SCOPE)), (None, None, None));
    }

    fn toward(at: usize, lean: f32) -> Meaning {
        let mut vector = [0.0; DIMENSIONS];
        vector[at] = (1.0 - lean * lean).sqrt();
        vector[at + 1] = lean;
        Meaning::of(&vector)
    }

    #[test]
    fn the_nearest_examples_say_most_and_those_that_do_not_count_say_nothing() {
        let examples = [(toward(0, 0.1), 0), (toward(0, 0.3), 1), (toward(9, 0.0), 2)];
        let all = Neighbours::of(examples.iter().map(|(meaning, label)| (meaning, *label)));
        let scores = all.scores(&toward(0, 0.0), 4, |_| true);
        assert!(scores[0] > scores[1] && scores[1] > scores[2], "{scores:?}");
        assert_eq!(scores[3], DOUBT.ln());
        let without = all.scores(&toward(0, 0.0), 4, |i| i != 0);
        assert!(without[1] > without[0] && without[0] == without[3], "{without:?}");
    }

    #[test]
    fn the_product_of_a_vector_with_itself_is_one() {
        let even = [(DIMENSIONS as f32).sqrt().recip(); DIMENSIONS];
        let alone = toward(0, 0.0);
        for meaning in [Meaning::of(&even), alone] {
            let unit = f64::from(i16::MAX) * f64::from(i16::MAX);
            let cosine = product(&meaning.short, &meaning.short) as f64 / unit;
            assert!((cosine - 1.0).abs() < 0.01, "{cosine}");
        }
    }
}
