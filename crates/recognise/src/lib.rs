//! Local intent recognition: trained at load from the intents' own examples, deterministic, nothing asked of other machines.
//!
//! Features are words, word pairs and character n-grams; the model is a multinomial logistic regression, joined by a network
//! with one hidden layer where there are examples enough for it. Where the installation has an encoder, what messages mean
//! counts beside their words, as much as held-out examples say. Probabilities are calibrated by a temperature found on the same
//! examples, so that a threshold means something.

mod calibrated;
mod features;
mod meaning;
mod member;
mod network;
mod packed;
pub mod text;
mod train;

pub use baton_encode::Encoder;

use crate::text::sentences;
use baton_base::Result;
use features::{Vocabulary, legible};
use meaning::Meaning;
use member::{Lesson, Seen, Team};
use std::sync::Arc;

/// Label of what no intent covers.
pub const OUT_OF_SCOPE: &str = "out_of_scope";
/// Label of remarks and of messages that state no need.
pub const UNCLEAR: &str = "unclear";
/// From this probability a sentence counts by itself.
const SENTENCE_PROBABILITY_MIN: f32 = 0.5;
/// Sentences of one message that are looked at one by one.
const SENTENCES_MAX: usize = 12;
/// A sentence must have this many words to be looked at alone.
const SENTENCE_WORDS_MIN: usize = 3;

/// A trained recogniser. Cheap to ask, immutable.
pub struct Recogniser {
    labels: Vec<String>,
    vocabulary: Vocabulary,
    encoder: Option<Arc<Encoder>>,
    team: Team,
    share: f32,
    temperature: f32,
    threshold: f32,
}

impl Recogniser {
    /// Trains from (text, label) examples. The same examples always give the same recogniser.
    pub fn train(examples: &[(String, String)]) -> Self {
        Self::of(examples, None, Vec::new(), &[])
    }

    /// The same with an encoder's help. An error is the encoder's.
    pub fn train_with(examples: &[(String, String)], encoder: Option<&Arc<Encoder>>) -> Result<Self> {
        let Some(encoder) = encoder else { return Ok(Self::train(examples)) };
        let texts: Vec<&str> = examples.iter().map(|(text, _)| legible(text)).collect();
        let meanings: Vec<Meaning> = encoder.examples(&texts)?.iter().map(Meaning::of).collect();
        let labels = labels(examples);
        let (names, of): (Vec<String>, Vec<usize>) =
            labels.iter().enumerate().filter_map(|(i, label)| Some((meaning::name(label)?, i))).unzip();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let names: Vec<(Meaning, usize)> = encoder.examples(&names)?.iter().map(Meaning::of).zip(of).collect();
        Ok(Self::of(examples, Some(Arc::clone(encoder)), meanings, &names))
    }

    fn of(
        examples: &[(String, String)],
        encoder: Option<Arc<Encoder>>,
        meanings: Vec<Meaning>,
        names: &[(Meaning, usize)],
    ) -> Self {
        let labels = labels(examples);
        let vocabulary = Vocabulary::of(examples.iter().map(|(text, _)| text.as_str()));
        let mut meanings = meanings.into_iter();
        let seen: Vec<(Seen, usize)> = examples
            .iter()
            .map(|(text, label)| {
                let seen = Seen { words: vocabulary.vector(text), meaning: meanings.next() };
                (seen, labels.binary_search(label).unwrap_or_default())
            })
            .collect();
        let by_ref: Vec<(&Seen, usize)> = seen.iter().map(|(seen, label)| (seen, *label)).collect();
        let lesson = Lesson { examples: &by_ref, names, features: vocabulary.len(), labels: labels.len() };
        let (team, held) = member::train(lesson);
        let share = calibrated::share(&held);
        let held: Vec<_> = held.into_iter().map(|(sides, label)| (sides.joined(share), label)).collect();
        let temperature = calibrated::temperature(&held, share > 0.0);
        let no_need = |label: usize| labels.get(label).is_some_and(|l| l == OUT_OF_SCOPE);
        let threshold = calibrated::threshold(&held, temperature, no_need);
        Self { labels, vocabulary, encoder, team, share, temperature, threshold }
    }

    /// The probability from which an intent may be believed, as the examples show: below it lie one in a hundred of the
    /// right answers, and most of what no intent covers.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Labels with calibrated probabilities, likeliest first; they sum to 1. Empty if nothing was trained.
    pub fn recognise(&self, text: &str) -> Vec<(String, f32)> {
        self.ranked(self.probabilities(text))
    }

    /// The likeliest label with its probability.
    pub fn best(&self, text: &str) -> Option<(String, f32)> {
        self.recognise(text).into_iter().next()
    }

    /// As `recognise`, for a whole message: remarks about the weather and who the customer is are left aside, and an
    /// intent that one sentence states clearly counts. Per label the largest probability, so they need not sum to 1.
    pub fn recognise_message(&self, text: &str) -> Vec<(String, f32)> {
        let parts = sentences(text);
        let long = |p: &&str| p.split_whitespace().count() >= SENTENCE_WORDS_MIN;
        let long: Vec<&str> = parts.into_iter().take(SENTENCES_MAX).filter(long).collect();
        if long.len() < 2 {
            return self.ranked(self.probabilities(text));
        }
        let read: Vec<(&str, Vec<f32>)> = long.iter().copied().zip(self.probabilities_of(&long)).collect();
        let telling: Vec<&(&str, Vec<f32>)> = read.iter().filter(|(_, p)| !self.is_idle(p)).collect();
        if telling.is_empty() {
            return self.ranked(self.probabilities(text));
        }
        let joined = telling.iter().map(|(part, _)| *part).collect::<Vec<_>>().join(". ");
        let mut best = self.probabilities(&joined);
        for (_, probabilities) in &telling {
            for (b, p) in best.iter_mut().zip(probabilities) {
                if *p >= SENTENCE_PROBABILITY_MIN {
                    *b = b.max(*p);
                }
            }
        }
        self.ranked(best)
    }

    /// Whether an encoder helps, which takes its time with a message.
    pub fn encodes(&self) -> bool {
        self.encoder.is_some()
    }

    /// Has the encoder read a text as a whole, as it is compared with articles, where nobody else waits for that. As of all that it reads,
    /// it remembers the last few hundred.
    pub fn read_whole(&self, text: &str) {
        if self.encodes() {
            let _ = self.meanings(&[text]);
        }
    }

    /// Whether a sentence says nothing of a need.
    fn is_idle(&self, probabilities: &[f32]) -> bool {
        let idle = |label: &String| label == OUT_OF_SCOPE || label == UNCLEAR;
        let share: f32 = self.labels.iter().zip(probabilities).filter(|(l, _)| idle(l)).map(|(_, p)| p).sum();
        share >= SENTENCE_PROBABILITY_MIN
    }

    fn ranked(&self, probabilities: Vec<f32>) -> Vec<(String, f32)> {
        let mut found: Vec<(String, f32)> = self.labels.iter().cloned().zip(probabilities).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found
    }

    fn probabilities(&self, text: &str) -> Vec<f32> {
        self.probabilities_of(&[text]).pop().unwrap_or_default()
    }

    /// Of each of the texts, which an encoder reads together.
    fn probabilities_of(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let meanings = self.meanings(texts);
        texts.iter().zip(meanings).map(|(text, meaning)| self.judged(text, meaning)).collect()
    }

    fn judged(&self, text: &str, meaning: Option<Meaning>) -> Vec<f32> {
        if self.labels.is_empty() {
            return Vec::new();
        }
        let seen = Seen { words: self.vocabulary.vector(text), meaning };
        if seen.words.is_empty() && seen.meaning.is_none() {
            // Nothing in it was ever seen: all labels alike, so that no threshold is passed.
            return vec![1.0 / self.labels.len() as f32; self.labels.len()];
        }
        let mut scores = self.team.sides(&seen).joined(self.share);
        train::softmax(&mut scores, self.temperature);
        scores
    }

    /// What each of the texts means, where there is an encoder and a word. One that fails leaves the words to speak alone.
    fn meanings(&self, texts: &[&str]) -> Vec<Option<Meaning>> {
        let none = || -> Vec<Option<Meaning>> { texts.iter().map(|_| None).collect() };
        let Some(encoder) = self.encoder.as_ref().filter(|_| !self.labels.is_empty()) else { return none() };
        let tells = |text: &&str| text.contains(char::is_alphabetic);
        let telling: Vec<&str> = texts.iter().copied().filter(tells).map(legible).collect();
        match encoder.several(&telling) {
            Ok(vectors) => {
                let mut vectors = vectors.iter().map(Meaning::of);
                texts.iter().map(|text| if tells(text) { vectors.next() } else { None }).collect()
            }
            Err(error) => {
                tracing::warn!(%error, "a message is recognised by its words alone");
                none()
            }
        }
    }
}

/// All labels, once each, in their order.
fn labels(examples: &[(String, String)]) -> Vec<String> {
    let mut labels: Vec<String> = examples.iter().map(|(_, label)| label.clone()).collect();
    labels.sort();
    labels.dedup();
    labels
}
