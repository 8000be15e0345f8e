//! The sections of one language: found by their words, then put in order by what they say of the whole question.
//!
//! Two steps. BM25F over title, heading and body finds the sections that speak of what was asked. Of the best of them, those
//! come first that speak of more of the question, and in which words that stand together in the question stand together.
//!
//! Where sections have vectors, there is a third: those that mean what was asked are a second list, and each section is placed by
//! its ranks in both. What may answer is still what its words say.

use crate::article::Article;
use crate::facts::fill_for_search;
use crate::index::{Fields, Index};
use crate::meaning::Near;
use crate::query::{Concept, Groups, concepts};
use crate::synonyms::Synonyms;
use crate::words::Words;
use baton_govern::PolicyFacts;
use std::collections::{HashMap, HashSet};

/// Sections that are looked at closely.
const CLOSE_MAX: usize = 60;
/// How far apart two words may be that count as standing together.
const TOGETHER_WORDS_MAX: usize = 3;
/// What a pair of words that stand together adds, as a share of its rarity.
const PAIR: f32 = 0.35;
/// Share of the score that depends on how much of the question a section speaks of.
const WHOLE: f32 = 0.5;
/// What it adds, as a share of the score, that the article as a whole speaks of all of the question.
const AROUND: f32 = 0.4;

/// How little the first rank of a list counts more than the next: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
const FUSED_K: f64 = 60.0;

/// A section that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub article: usize,
    pub section: usize,
    pub score: f64,
    pub coverage: f64,
}

impl Found {
    fn place(&self) -> (usize, usize) {
        (self.article, self.section)
    }
}

/// Whether an article is open to whoever asks, by its place.
type Open<'a> = &'a dyn Fn(usize) -> bool;

/// The sections of one language.
#[derive(Debug)]
pub(crate) struct Pool {
    words: Words,
    index: Index,
    places: Vec<(usize, usize)>,
    groups: Groups,
}

impl Pool {
    /// Indexes these sections, each by the places of its article and of itself in it.
    pub(crate) fn of(
        language: &str,
        articles: &[Article],
        places: Vec<(usize, usize)>,
        facts: &PolicyFacts,
        synonyms: &[Synonyms],
    ) -> Self {
        let words = Words::of(language);
        let told: Vec<[Vec<String>; 3]> = places
            .iter()
            .map(|(article, section)| {
                let article = &articles[*article];
                let section = &article.sections[*section];
                let heading = if section.heading == article.title { "" } else { section.heading.as_str() };
                [words.told(&article.title), words.told(heading), words.told(&fill_for_search(&section.text, facts))]
            })
            .collect();
        let sections: Vec<Fields> = stemmed(&words, told);
        let groups = synonyms.iter().filter(|group| group.of(language));
        let groups = groups.map(|group| group.words.iter().map(|text| words.stems(text)).collect()).collect();
        Self { index: Index::of(&sections), words, places, groups }
    }

    /// Places of the sections, in the order of their numbers.
    pub(crate) fn places(&self) -> &[(usize, usize)] {
        &self.places
    }

    /// The best sections of articles that are open to whoever asks. `near` is asked for the question's vector, where it says
    /// anything.
    pub(crate) fn search<'n>(
        &self,
        text: &str,
        k: usize,
        open: Open<'_>,
        near: impl FnOnce() -> Option<Near<'n>>,
    ) -> Vec<Found> {
        let concepts = concepts(text, &self.words, &self.index, &self.groups);
        let words = self.by_words(&concepts, k, open);
        let near = if concepts.is_empty() { None } else { near() };
        let mut found = match near {
            Some(near) => self.fused(words, &near, &concepts, open),
            None => words,
        };
        found.truncate(k);
        found
    }

    /// The `k` best sections by words, and which of them may answer: one that speaks of at least this much of the question. What means
    /// the same decides between several, and never makes an answer of a section that words do not.
    pub(crate) fn look<'n>(
        &self,
        text: &str,
        (k, least): (usize, f64),
        open: Open<'_>,
        near: impl FnOnce() -> Option<Near<'n>>,
    ) -> (Vec<Found>, Option<usize>) {
        let concepts = concepts(text, &self.words, &self.index, &self.groups);
        let words = self.by_words(&concepts, k, open);
        let best: Vec<Found> = words.iter().take(k).copied().collect();
        let fits = |found: &Found| found.coverage >= least;
        let first = best.iter().position(fits);
        let near = if best.iter().filter(|found| fits(found)).count() > 1 { near() } else { None };
        let Some(near) = near else { return (best, first) };
        let place = |found: Found| best.iter().position(|one| fits(one) && one.place() == found.place());
        let answers = self.fused(words, &near, &concepts, open).into_iter().find_map(place);
        (best, answers)
    }

    /// The sections that say what was asked, best first: at least `k`, where so many do.
    fn by_words(&self, concepts: &[Concept], k: usize, open: Open<'_>) -> Vec<Found> {
        let asked: Vec<(f32, &[(u32, f32)])> = concepts.iter().map(|c| (c.rarity, c.ways.as_slice())).collect();
        let mut scored = self.index.scores(&asked);
        let close = CLOSE_MAX.max(k);
        // What is not open is dropped late: few of the many that share a word are ever looked at.
        while !scored.is_empty() {
            let best = take_best(&mut scored, close);
            let mut around: HashMap<usize, f32> = HashMap::new();
            let mut found: Vec<Found> = best
                .into_iter()
                .filter(|(number, _)| open(self.places[*number as usize].0))
                .map(|(number, score)| {
                    let article = self.places[number as usize].0;
                    let around = *around.entry(article).or_insert_with(|| self.around(number, concepts));
                    self.seen(number, score * (1.0 + AROUND * around), concepts)
                })
                .collect();
            if found.is_empty() {
                continue;
            }
            found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place().cmp(&b.place())));
            return found;
        }
        Vec::new()
    }

    /// Both lists as one, best first: the more the higher a section stands in either, the most where it stands high in both. The
    /// scores are sums of shares of ranks.
    fn fused(&self, words: Vec<Found>, near: &Near<'_>, concepts: &[Concept], open: Open<'_>) -> Vec<Found> {
        let share = |rank: usize| 1.0 / (FUSED_K + 1.0 + rank as f64);
        let ranked = words.into_iter().enumerate();
        let mut all: Vec<Found> = ranked.map(|(rank, found)| Found { score: share(rank), ..found }).collect();
        for (rank, number) in near.sections(|number| open(self.places[number as usize].0)).into_iter().enumerate() {
            let place = self.places[number as usize];
            match all.iter_mut().find(|found| found.place() == place) {
                Some(found) => found.score += share(rank),
                None => all.push(Found { score: share(rank), ..self.seen(number, 0.0, concepts) }),
            }
        }
        // Where both lists have a first of their own, the one that says more of the question.
        let order = |a: &Found, b: &Found| {
            b.score.total_cmp(&a.score).then(b.coverage.total_cmp(&a.coverage)).then(a.place().cmp(&b.place()))
        };
        all.sort_by(order);
        all
    }

    /// How much of the question the article of a section speaks of.
    fn around(&self, number: u32, concepts: &[Concept]) -> f32 {
        let article = self.places[number as usize].0;
        let first = self.places.partition_point(|(a, _)| *a < article);
        let behind = self.places.partition_point(|(a, _)| *a <= article);
        let sections = first as u32..behind as u32;
        coverage(concepts, |id| self.index.says(id, &sections))
    }

    fn seen(&self, number: u32, score: f32, concepts: &[Concept]) -> Found {
        let coverage = coverage(concepts, |id| self.index.says(id, &(number..number + 1)));
        let text = self.index.text(number);
        let pairs: f32 = concepts.windows(2).map(|pair| together(text, &pair[0], &pair[1])).sum();
        let score = score * (1.0 - WHOLE + WHOLE * coverage) + PAIR * pairs;
        let (article, section) = self.places[number as usize];
        Found { article, section, score: f64::from(score), coverage: f64::from(coverage) }
    }
}

/// Share of the question, by rarity, that a text with these words speaks of.
fn coverage(concepts: &[Concept], has: impl Fn(u32) -> bool) -> f32 {
    let (mut whole, mut covered) = (0.0, 0.0);
    for concept in concepts {
        let said = |(id, likely): &(u32, f32)| if has(*id) { *likely } else { 0.0 };
        whole += concept.rarity;
        covered += concept.rarity * concept.ways.iter().map(said).fold(0.0, f32::max);
    }
    if whole > 0.0 { covered / whole } else { 0.0 }
}

/// The rarity of a pair of which some words stand together.
fn together(text: &[u32], one: &Concept, other: &Concept) -> f32 {
    let is = |concept: &Concept, id: &u32| concept.ways.iter().any(|(way, _)| way == id);
    let near = text.iter().enumerate().filter(|(_, id)| is(one, id)).any(|(at, _)| {
        let from = at.saturating_sub(TOGETHER_WORDS_MAX - 1);
        let to = (at + TOGETHER_WORDS_MAX).min(text.len());
        text[from..to].iter().any(|id| is(other, id))
    });
    if near { one.rarity.min(other.rarity) } else { 0.0 }
}

/// Takes the best out of a list, in no order.
fn take_best(scored: &mut Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    if scored.len() <= most {
        return std::mem::take(scored);
    }
    scored.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let rest = scored.split_off(most);
    std::mem::replace(scored, rest)
}

/// Stems of every field; parts of compounds are added where the parts are words that stand in some article by themselves.
fn stemmed(words: &Words, told: Vec<Fields>) -> Vec<Fields> {
    let alone: HashSet<&str> = match words.compounds() {
        true => told.iter().flatten().flatten().map(String::as_str).collect(),
        false => HashSet::new(),
    };
    let known = |part: &str| alone.contains(part);
    let field = |told: &Vec<String>| -> Vec<String> {
        let parts = told.iter().filter_map(|word| words.parts(word, known)).flat_map(|(first, last)| [first, last]);
        told.iter().map(String::as_str).chain(parts).map(|word| words.stem(word)).collect()
    };
    told.iter().map(|fields| fields.each_ref().map(field)).collect()
}
