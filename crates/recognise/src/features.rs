//! Messages as sparse vectors: hashed words, word pairs and character n-grams, weighted by tf·idf, each kind of one length.

use crate::text::{fold, head, pattern, words};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Longest text the recogniser reads, bytes: an intent shows in the first few sentences or not at all.
const RECOGNISE_BYTES_MAX: usize = 2_000;
/// Above this many examples, a feature must be seen twice to count, unless it is a word.
const RARE_EXAMPLES_MIN: usize = 2_000;
/// Of fewer examples, pairs of words are noise and letters carry more: cross-validated on the blueprints' own examples.
const PAIR_EXAMPLES_MIN: usize = 500;
/// Two words further apart than this are no pair.
const PAIR_WORDS_MAX: usize = 12;

/// Kinds of features, with their weights against each other; found by cross-validation on BANKING77's train split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A word, or two that follow each other.
    Word,
    /// Three to five letters of a word.
    Letters,
    /// Two words of one message in any order, without their endings.
    Pair,
}

const KINDS: usize = 3;

impl Kind {
    fn weight(self) -> f32 {
        match self {
            Self::Word => 1.0,
            Self::Letters => 0.8,
            Self::Pair => 0.7,
        }
    }
}

/// (feature, weight) pairs in feature order; unit length.
pub(super) type Sparse = Vec<(u32, f32)>;

/// Which features exist, and how rare each is.
pub(super) struct Vocabulary {
    index: HashMap<u64, u32>,
    idf: Vec<f32>,
    /// Few examples: no pairs, and all kinds of features share one length.
    few: bool,
}

impl Vocabulary {
    /// Features of the examples, with inverse document frequencies.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut seen: HashMap<u64, (u32, Kind)> = HashMap::new();
        let mut examples = 0_usize;
        for text in texts {
            examples += 1;
            for (hash, (_, kind)) in counts(text) {
                seen.entry(hash).or_insert((0, kind)).0 += 1;
            }
        }
        let (few, many) = (examples < PAIR_EXAMPLES_MIN, examples > RARE_EXAMPLES_MIN);
        let telling = |n: u32, kind: Kind| match kind {
            Kind::Word => true,
            Kind::Letters => n > 1 || !many,
            Kind::Pair => (n > 1 || !many) && !few,
        };
        let mut kept: Vec<(u64, u32)> =
            seen.into_iter().filter(|(_, (n, kind))| telling(*n, *kind)).map(|(hash, (n, _))| (hash, n)).collect();
        kept.sort_unstable();
        let total = examples as f32;
        let idf = kept.iter().map(|(_, n)| ((1.0 + total) / (1.0 + *n as f32)).ln() + 1.0).collect();
        let index = (0_u32..).zip(&kept).map(|(i, (hash, _))| (*hash, i)).collect();
        Self { index, idf, few }
    }

    pub(super) fn len(&self) -> usize {
        self.idf.len()
    }

    /// The message's vector; features never seen in training are left out.
    pub(super) fn vector(&self, text: &str) -> Sparse {
        let mut found: Vec<(u32, f32, Kind)> = Vec::new();
        let mut lengths = [0.0_f32; KINDS];
        for (hash, (count, kind)) in counts(text) {
            if let Some(&i) = self.index.get(&hash) {
                let weight = (1.0 + (count as f32).ln()) * self.idf[i as usize];
                lengths[kind as usize] += weight * weight;
                found.push((i, weight, kind));
            }
        }
        found.sort_unstable_by_key(|(i, _, _)| *i);
        let part = |kind: Kind| match lengths[kind as usize] {
            length if length <= 0.0 => 0.0,
            length if self.few => kind.weight() * kind.weight() * length,
            _ => kind.weight() * kind.weight(),
        };
        let whole = [Kind::Word, Kind::Letters, Kind::Pair].map(part).iter().sum::<f32>().sqrt();
        let scale = |kind: Kind| {
            let own = if self.few { 1.0 } else { lengths[kind as usize].sqrt() };
            kind.weight() / (own * whole)
        };
        found.into_iter().map(|(i, weight, kind)| (i, weight * scale(kind))).collect()
    }
}

/// As much of the text as is read.
pub(super) fn legible(text: &str) -> &str {
    head(text, RECOGNISE_BYTES_MAX)
}

/// The text as features are taken from it: ids, addresses and numbers say nothing about the intent.
pub(super) fn masked(text: &str) -> String {
    static MASK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\S+@\S+\.\S+|#?\b[a-z]{0,4}-?\d[\d\-.,/]*\d\b|\d"));
    MASK.replace_all(&fold(legible(text)), " 0 ").into_owned()
}

fn counts(text: &str) -> HashMap<u64, (u32, Kind)> {
    let masked = masked(text);
    let tokens: Vec<&str> = words(&masked).filter(|w| *w != "0").collect();
    let mut found: HashMap<u64, (u32, Kind)> = HashMap::with_capacity(tokens.len() * 20);
    let mut add = |hash: u64, kind: Kind| found.entry(hash).or_insert((0, kind)).0 += 1;
    for (i, word) in tokens.iter().enumerate() {
        add(hash(1, word.as_bytes(), b""), Kind::Word);
        if let Some(next) = tokens.get(i + 1) {
            add(hash(2, word.as_bytes(), next.as_bytes()), Kind::Word);
        }
        let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        for size in 3..=5 {
            for gram in padded.windows(size) {
                add(hash_chars(gram), Kind::Letters);
            }
        }
        for other in tokens.iter().skip(i + 1).take(PAIR_WORDS_MAX) {
            let (a, b) = (stem(word).min(stem(other)), stem(word).max(stem(other)));
            if a != b {
                add(hash(3, a.as_bytes(), b.as_bytes()), Kind::Pair);
            }
        }
    }
    found
}

/// The word without its ending, where enough is left of it.
fn stem(word: &str) -> &str {
    const ENDINGS: &[&str] = &["ings", "ing", "edly", "ed", "es", "en", "ly", "s", "e", "n"];
    let cut = ENDINGS.iter().filter_map(|e| word.strip_suffix(e)).find(|rest| rest.len() >= 3);
    cut.unwrap_or(word)
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
