//! Local intent recognition: trained at load from the intents' own examples, deterministic, no network.
//!
//! Features are words, word pairs and character n-grams; the model is a multinomial logistic regression, joined by a network
//! with one hidden layer where there are examples enough for it. Probabilities are calibrated by a temperature found on
//! held-out examples, so that a threshold means something.

mod calibrated;
mod features;
mod member;
mod network;
mod packed;
mod train;

use crate::text::sentences;
use features::{Sparse, Vocabulary};
use member::Member;

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
    members: Vec<Member>,
    temperature: f32,
    threshold: f32,
}

impl Recogniser {
    /// Trains from (text, label) examples. The same examples always give the same recogniser.
    pub fn train(examples: &[(String, String)]) -> Self {
        let mut labels: Vec<String> = examples.iter().map(|(_, label)| label.clone()).collect();
        labels.sort();
        labels.dedup();
        let vocabulary = Vocabulary::of(examples.iter().map(|(text, _)| text.as_str()));
        let vectors: Vec<(Sparse, usize)> = examples
            .iter()
            .map(|(text, label)| (vocabulary.vector(text), labels.binary_search(label).unwrap_or_default()))
            .collect();
        let by_ref: Vec<(&Sparse, usize)> = vectors.iter().map(|(x, label)| (x, *label)).collect();
        let (members, held) = member::train(&by_ref, vocabulary.len(), labels.len());
        let temperature = calibrated::temperature(&held);
        let no_need = |label: usize| labels.get(label).is_some_and(|l| l == OUT_OF_SCOPE);
        let threshold = calibrated::threshold(&held, temperature, no_need);
        Self { labels, vocabulary, members, temperature, threshold }
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
        let long = |p: &&&str| p.split_whitespace().count() >= SENTENCE_WORDS_MIN;
        let read: Vec<(&str, Vec<f32>)> =
            parts.iter().take(SENTENCES_MAX).filter(long).map(|p| (*p, self.probabilities(p))).collect();
        if read.len() < 2 {
            return self.ranked(self.probabilities(text));
        }
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
        if self.labels.is_empty() {
            return Vec::new();
        }
        let vector = self.vocabulary.vector(text);
        if vector.is_empty() {
            // Nothing in it was ever seen: all labels alike, so that no threshold is passed.
            return vec![1.0 / self.labels.len() as f32; self.labels.len()];
        }
        let mut scores = member::scores(&self.members, &vector);
        train::softmax(&mut scores, self.temperature);
        scores
    }
}
