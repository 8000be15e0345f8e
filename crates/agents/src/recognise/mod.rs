//! Local intent recognition: trained at load from the intents' own examples, deterministic, no network.
//!
//! Features are hashed word and character n-grams, the model is a multinomial logistic regression, and its
//! probabilities are calibrated by a temperature found on held-out folds, so that a threshold means something.

mod features;
mod train;

use crate::text::sentences;
use features::{Sparse, Vocabulary};
use train::Linear;

/// Label of what no intent covers.
pub const OUT_OF_SCOPE: &str = "out_of_scope";
/// Sentences of one message that are looked at one by one.
const SENTENCES_MAX: usize = 12;
/// A sentence must have this many words to be looked at alone.
const SENTENCE_WORDS_MIN: usize = 3;

/// A trained recogniser. Cheap to ask, immutable.
pub struct Recogniser {
    labels: Vec<String>,
    vocabulary: Vocabulary,
    model: Linear,
    temperature: f32,
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
        let model = train::fit(&by_ref, vocabulary.len(), labels.len());
        let temperature = train::temperature(&by_ref, vocabulary.len(), labels.len());
        Self { labels, vocabulary, model, temperature }
    }

    /// Labels with calibrated probabilities, likeliest first; they sum to 1. Empty if nothing was trained.
    pub fn recognise(&self, text: &str) -> Vec<(String, f32)> {
        let probabilities = self.probabilities(text);
        let mut found: Vec<(String, f32)> = self.labels.iter().cloned().zip(probabilities).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found
    }

    /// The likeliest label with its probability.
    pub fn best(&self, text: &str) -> Option<(String, f32)> {
        self.recognise(text).into_iter().next()
    }

    /// As `recognise`, for a whole message: an intent that one sentence states clearly counts although the rest of
    /// the message is about the weather. Per label the larger of both probabilities, so they need not sum to 1.
    pub fn recognise_message(&self, text: &str) -> Vec<(String, f32)> {
        let mut best = self.probabilities(text);
        let parts = sentences(text);
        if parts.len() > 1 {
            for part in parts.iter().take(SENTENCES_MAX).filter(|p| p.split_whitespace().count() >= SENTENCE_WORDS_MIN)
            {
                for (b, p) in best.iter_mut().zip(self.probabilities(part)) {
                    *b = b.max(p);
                }
            }
        }
        let mut found: Vec<(String, f32)> = self.labels.iter().cloned().zip(best).collect();
        // An idle remark is out of scope; it must not hide the sentence beside it that is not.
        found.sort_by(|a, b| {
            let demoted = |x: &(String, f32)| if x.0 == OUT_OF_SCOPE && parts.len() > 1 { x.1 * 0.6 } else { x.1 };
            demoted(b).total_cmp(&demoted(a)).then_with(|| a.0.cmp(&b.0))
        });
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
        let mut scores = self.model.scores(&vector);
        train::softmax(&mut scores, self.temperature);
        scores
    }
}
