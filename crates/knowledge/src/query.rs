//! A question as the index is asked: the things it names, and the ways in which a section may say each.

use crate::index::Index;
use crate::words::Words;

/// Words of a question that are looked at.
const WORDS_MAX: usize = 48;
/// How much a part of a compound counts, and a word that means the same.
const PART: f32 = 0.6;
const SAME: f32 = 0.8;
/// A word of several that together mean the same.
const SAME_PART: f32 = 0.5;

/// One thing that is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Concept {
    /// How telling it is.
    pub rarity: f32,
    /// Words that say it, each with how well.
    pub ways: Vec<(u32, f32)>,
}

/// Groups of words that mean the same, each as stems.
pub(crate) type Groups = Vec<Vec<Vec<String>>>;

/// The question's concepts in its order, each word once.
pub(crate) fn concepts(text: &str, words: &Words, index: &Index, groups: &Groups) -> Vec<Concept> {
    let told: Vec<String> = words.told(text).into_iter().take(WORDS_MAX).collect();
    let stems: Vec<String> = told.iter().map(|word| words.stem(word)).collect();
    let mut concepts: Vec<Concept> = Vec::with_capacity(stems.len());
    for (at, stem) in stems.iter().enumerate() {
        if stems[..at].contains(stem) {
            continue;
        }
        let mut ways: Vec<(u32, f32)> = index.known(stem).map(|id| (id, 1.0)).into_iter().collect();
        let known = |part: &str| index.known(part).is_some();
        if let Some((first, last)) = words.parts(&told[at], known) {
            let parts = [first, last].into_iter().filter_map(|part| index.known(&words.stem(part)));
            ways.extend(parts.map(|id| (id, PART)));
        }
        ways.extend(same(&stems, at, index, groups));
        if ways.is_empty() {
            ways = index.near(stem);
        }
        let rarity = index.rarity(ways.get(..1).unwrap_or_default());
        concepts.push(Concept { rarity, ways });
    }
    concepts
}

/// Words that mean the same as the phrase of the question that begins here.
fn same(stems: &[String], at: usize, index: &Index, groups: &Groups) -> Vec<(u32, f32)> {
    let mut ways = Vec::new();
    for group in groups {
        if !group.iter().any(|phrase| !phrase.is_empty() && stems[at..].starts_with(phrase)) {
            continue;
        }
        for phrase in group.iter().filter(|phrase| !stems[at..].starts_with(phrase)) {
            let likely = if phrase.len() == 1 { SAME } else { SAME_PART };
            ways.extend(phrase.iter().filter_map(|stem| index.known(stem)).map(|id| (id, likely)));
        }
    }
    ways
}
