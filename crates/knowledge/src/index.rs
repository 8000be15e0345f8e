//! An inverted index of sections with weighted fields: BM25F (Robertson and Zaragoza 2009, section 3.6), in memory.
//!
//! A section is short and a release has some ten thousand of them, so that a word's sections with their finished weights are
//! a plain list, and a question is a few walks over such lists.

use crate::words::within;
use std::collections::HashMap;
use std::ops::Range;

const K1: f32 = 1.2;
/// How much a field counts, and how much its length counts against it: title, heading, body.
const FIELDS: [(f32, f32); 3] = [(1.0, 0.3), (2.0, 0.3), (1.0, 0.75)];
/// Words that are near to one that is not known, at most this many.
const NEAR_MAX: usize = 3;

/// Words of one section by field, as stems: title of its article, heading, body.
pub(crate) type Fields = [Vec<String>; 3];

/// The index of one language.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ids: HashMap<String, u32>,
    names: Vec<String>,
    /// Sections of each word with the part of the score that does not depend on the question.
    postings: Vec<Vec<(u32, f32)>>,
    /// Words of each section in their order: title, heading, body.
    texts: Vec<Box<[u32]>>,
    /// Where the title of each section's text ends.
    titles: Vec<u32>,
    /// Words by their first letter, each with its letters as bits.
    by_first: HashMap<char, Vec<(u32, u32)>>,
}

impl Index {
    /// Indexes sections; the place in the list is a section's number.
    pub(crate) fn of(sections: &[Fields]) -> Self {
        let mut index = Self::default();
        let mean = |field: usize| {
            let words: usize = sections.iter().map(|section| section[field].len()).sum();
            (words as f32 / sections.len().max(1) as f32).max(1.0)
        };
        let means = [mean(0), mean(1), mean(2)];
        for (number, section) in sections.iter().enumerate() {
            index.add(number as u32, section, &means);
        }
        for (id, name) in index.names.iter().enumerate() {
            let first = name.chars().next().unwrap_or_default();
            index.by_first.entry(first).or_default().push((id as u32, letters(name)));
        }
        index
    }

    fn add(&mut self, number: u32, section: &Fields, means: &[f32; 3]) {
        let mut weights: HashMap<u32, f32> = HashMap::new();
        let mut text = Vec::with_capacity(section.iter().map(Vec::len).sum());
        for (field, words) in section.iter().enumerate() {
            let (boost, b) = FIELDS[field];
            let norm = 1.0 - b + b * words.len() as f32 / means[field];
            for word in words {
                let id = self.id(word);
                text.push(id);
                *weights.entry(id).or_default() += boost / norm;
            }
        }
        for (id, weight) in weights {
            self.postings[id as usize].push((number, weight * (K1 + 1.0) / (weight + K1)));
        }
        self.titles.push(section[0].len() as u32);
        self.texts.push(text.into());
    }

    fn id(&mut self, word: &str) -> u32 {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        let id = self.names.len() as u32;
        self.ids.insert(word.to_owned(), id);
        self.names.push(word.to_owned());
        self.postings.push(Vec::new());
        id
    }

    /// Number of a word; none where no section has it.
    pub(crate) fn known(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// How telling it is that a section has one of these words: the rarer, the more. What no section has is as telling as
    /// the rarest.
    pub(crate) fn rarity(&self, words: &[(u32, f32)]) -> f32 {
        let all = self.texts.len() as f32;
        let with = words.iter().map(|(id, _)| self.postings[*id as usize].len()).max().unwrap_or(0) as f32;
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    /// Known words that a word may have been meant for, commonest first, each with how likely that is.
    pub(crate) fn near(&self, word: &str) -> Vec<(u32, f32)> {
        let length = word.chars().count();
        let (most, one, two) = match length {
            0..4 => return Vec::new(),
            4..8 => (1, 0.7, 0.0),
            _ => (2, 0.8, 0.6),
        };
        if word.bytes().any(|b| b.is_ascii_digit()) {
            return Vec::new();
        }
        let first = word.chars().next().unwrap_or_default();
        let own = letters(word);
        let mut found: Vec<(u32, f32, usize)> = Vec::new();
        for (id, its) in self.by_first.get(&first).into_iter().flatten() {
            // A slip changes at most two letters: most words are passed over by this alone.
            if (own ^ its).count_ones() > 2 * most as u32 {
                continue;
            }
            let name = &self.names[*id as usize];
            if name.len().abs_diff(word.len()) > most + 2 || !within(word, name, most) {
                continue;
            }
            let likely = if within(word, name, 1) { one } else { two };
            found.push((*id, likely, self.postings[*id as usize].len()));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.cmp(&a.2)));
        let best = found.first().map_or(0.0, |(_, likely, _)| *likely);
        found
            .into_iter()
            .filter(|(_, likely, _)| *likely == best)
            .take(NEAR_MAX)
            .map(|(id, likely, _)| (id, likely))
            .collect()
    }

    /// Scores of the sections that say any of what is asked for. Of the ways to say one thing only the best counts.
    pub(crate) fn scores(&self, asked: &[(f32, &[(u32, f32)])]) -> Vec<(u32, f32)> {
        let mut total = vec![0.0_f32; self.texts.len()];
        let mut best = vec![0.0_f32; if asked.iter().any(|(_, ways)| ways.len() > 1) { self.texts.len() } else { 0 }];
        for (rarity, ways) in asked {
            match ways {
                [(id, likely)] => {
                    for (section, weight) in &self.postings[*id as usize] {
                        total[*section as usize] += rarity * likely * weight;
                    }
                }
                ways => {
                    for (id, likely) in *ways {
                        for (section, weight) in &self.postings[*id as usize] {
                            let at = &mut best[*section as usize];
                            *at = at.max(likely * weight);
                        }
                    }
                    for (id, _) in *ways {
                        for (section, _) in &self.postings[*id as usize] {
                            total[*section as usize] += rarity * std::mem::take(&mut best[*section as usize]);
                        }
                    }
                }
            }
        }
        let said = total.into_iter().enumerate().filter(|(_, score)| *score > 0.0);
        said.map(|(section, score)| (section as u32, score)).collect()
    }

    /// Whether one of these sections, which stand one after the other, has a word.
    pub(crate) fn says(&self, id: u32, sections: &Range<u32>) -> bool {
        let with = &self.postings[id as usize];
        let at = with.partition_point(|(section, _)| *section < sections.start);
        with.get(at).is_some_and(|(section, _)| *section < sections.end)
    }

    /// Words of a section without those of its article's title, in order.
    pub(crate) fn text(&self, section: u32) -> &[u32] {
        &self.texts[section as usize][self.titles[section as usize] as usize..]
    }
}

/// Which letters a word has; letters of other scripts share six bits.
fn letters(word: &str) -> u32 {
    let bit = |c: char| if c.is_ascii_lowercase() { c as u32 - 'a' as u32 } else { 26 + c as u32 % 6 };
    word.chars().fold(0, |all, c| all | 1 << bit(c))
}
