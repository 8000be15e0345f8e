//! Messages as sparse vectors: hashed word 1–2-grams and character 3–5-grams, weighted by tf·idf.

use crate::text::{fold, head, pattern, words};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Longest text the recogniser reads, bytes: an intent shows in the first few sentences or not at all.
const RECOGNISE_BYTES_MAX: usize = 2_000;
/// Above this many examples, a feature must be seen twice to count.
const RARE_EXAMPLES_MIN: usize = 2_000;
/// Weight of character n-grams against words; found by cross-validation on BANKING77's train split.
const CHAR_WEIGHT: f32 = 0.8;

/// (feature, weight) pairs in feature order; unit length.
pub(super) type Sparse = Vec<(u32, f32)>;

/// Which features exist, and how rare each is.
pub(super) struct Vocabulary {
    index: HashMap<u64, u32>,
    idf: Vec<f32>,
}

impl Vocabulary {
    /// Features of the examples, with inverse document frequencies.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let mut examples = 0_usize;
        for text in texts {
            examples += 1;
            for (hash, _) in counts(text) {
                *seen.entry(hash).or_default() += 1;
            }
        }
        let least = if examples > RARE_EXAMPLES_MIN { 2 } else { 1 };
        let mut kept: Vec<(u64, u32)> = seen.into_iter().filter(|(_, n)| *n >= least).collect();
        kept.sort_unstable();
        let total = examples as f32;
        let idf = kept.iter().map(|(_, n)| ((1.0 + total) / (1.0 + *n as f32)).ln() + 1.0).collect();
        let index = (0_u32..).zip(&kept).map(|(i, (hash, _))| (*hash, i)).collect();
        Self { index, idf }
    }

    pub(super) fn len(&self) -> usize {
        self.idf.len()
    }

    /// The message's vector; features never seen in training are left out.
    pub(super) fn vector(&self, text: &str) -> Sparse {
        let mut found: Sparse = Vec::new();
        for (hash, (count, weight)) in counts(text) {
            if let Some(&i) = self.index.get(&hash) {
                found.push((i, weight * (1.0 + (count as f32).ln()) * self.idf[i as usize]));
            }
        }
        found.sort_unstable_by_key(|(i, _)| *i);
        let norm = found.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if norm > 0.0 {
            found.iter_mut().for_each(|(_, w)| *w /= norm);
        }
        found
    }
}

/// The text as features are taken from it: ids, addresses and numbers say nothing about the intent.
pub(super) fn masked(text: &str) -> String {
    static MASK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\S+@\S+\.\S+|#?\b[a-z]{0,4}-?\d[\d\-.,/]*\d\b|\d"));
    MASK.replace_all(&fold(head(text, RECOGNISE_BYTES_MAX)), " 0 ").into_owned()
}

fn counts(text: &str) -> HashMap<u64, (u32, f32)> {
    let masked = masked(text);
    let tokens: Vec<&str> = words(&masked).filter(|w| *w != "0").collect();
    let mut found: HashMap<u64, (u32, f32)> = HashMap::with_capacity(tokens.len() * 12);
    let mut add = |hash: u64, weight: f32| found.entry(hash).or_insert((0, weight)).0 += 1;
    for (i, word) in tokens.iter().enumerate() {
        add(hash(1, word.as_bytes(), b""), 1.0);
        if let Some(next) = tokens.get(i + 1) {
            add(hash(2, word.as_bytes(), next.as_bytes()), 1.0);
        }
        let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        for size in 3..=5 {
            for gram in padded.windows(size) {
                add(hash_chars(gram), CHAR_WEIGHT);
            }
        }
    }
    found
}

/// FNV-1a over a kind byte and two parts.
fn hash(kind: u8, a: &[u8], b: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let step = |h: u64, byte: &u8| (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    [kind].iter().chain(a).chain(&[0]).chain(b).fold(start, step)
}

fn hash_chars(gram: &[char]) -> u64 {
    let start = 0x9ae1_6a3b_2f90_404f_u64;
    gram.iter().fold(start, |h, c| (h ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3).rotate_left(7))
}
