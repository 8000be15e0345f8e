//! Articles that are searched by what they mean too: what is found, what may answer, what is encoded. With an encoder of these tests'
//! own, for which texts with one phrase of a list mean the same.

use baton_base::{Bundle, Result};
use baton_encode::{DIMENSIONS, Encode, Vector};
use baton_knowledge::{Audience, Hit, Learner, Query, Shelf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// 22 November 2026.
const NOW_MS: i64 = 1_795_305_600_000;
const WAIT: Duration = Duration::from_secs(20);

/// Phrases by what they mean.
const PHRASES: &[(&str, usize)] = &[("reimburse", 1), ("what you paid", 1), ("broken kettle?", 2), ("second shop", 2)];

const REFUND: &str =
    "---\nid: refund\ntitle: Refund\nlocale: en\n---\n# Where it goes\nUsually what you paid comes to your card.\n";
const KETTLE: &str = "---\nid: kettle\ntitle: Repairs\nlocale: en\n---\n# Broken kettle\nBroken kettle, broken kettle lid: the first shop.\n# Elsewhere\nA broken kettle of another make is for the second shop.\n";
const INTERNAL: &str =
    "---\nid: tricks\ntitle: Tricks\nlocale: en\naudience: internal\n---\nHow to keep what you paid.\n";
const OVER: &str =
    "---\nid: over\ntitle: Spring\nlocale: en\nvalid_until: 2026-03-31\n---\nIn spring what you paid doubles.\n";
const GERMAN: &str = "---\nid: refund\ntitle: Erstattung\nlocale: de\n---\nGeld, what you paid.\n";

#[derive(Default)]
struct Phrases {
    encoded: AtomicUsize,
}

impl Encode for Phrases {
    fn asked(&self, text: &str) -> Result<Vector> {
        let mut vector = [0.0; DIMENSIONS];
        vector[PHRASES.iter().find(|(phrase, _)| text.contains(phrase)).map_or(0, |(_, axis)| *axis)] = 1.0;
        Ok(vector)
    }

    fn aside(&self, text: &str) -> Result<Vector> {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        self.asked(text)
    }

    fn knows(&self, language: &str) -> bool {
        language == "en"
    }
}

fn shelf(articles: &[&str]) -> Shelf {
    let mut bundle = Bundle::default();
    for (number, text) in articles.iter().enumerate() {
        bundle.files.insert(format!("knowledge/{number}.md"), (*text).to_owned());
    }
    Shelf::load(&bundle).unwrap()
}

fn query(text: &str) -> Query<'_> {
    Query { text, locale: "en", audience: Audience::Customer, at_ms: NOW_MS, only: &[] }
}

fn found(hits: &[Hit]) -> Vec<(&str, &str)> {
    hits.iter().map(|hit| (hit.source.article.as_str(), hit.source.section.as_str())).collect()
}

#[test]
fn a_section_that_shares_no_word_with_a_question_is_found_by_what_it_means() {
    let shelf = shelf(&[REFUND, KETTLE, INTERNAL, OVER]);
    let asked = query("will someone reimburse me?");
    assert!(shelf.search(&asked, 5).is_empty() && !shelf.means("en"));
    assert_eq!(shelf.learn(&Arc::new(Phrases::default())).unwrap(), 5);
    assert!(shelf.means("en-GB"));
    let hits = shelf.search(&asked, 5);
    assert_eq!(found(&hits), [("refund", "where-it-goes")], "not what is internal, nor what holds no more");
    assert!(hits[0].coverage < 0.01, "{hits:?}");
    let internal = shelf.search(&Query { audience: Audience::Internal, ..asked }, 5);
    assert!(found(&internal).iter().any(|(article, _)| *article == "tricks"), "{internal:?}");
    let only = [baton_base::ArticleId::known("kettle")];
    assert!(shelf.search(&Query { only: &only, ..asked }, 5).is_empty());
    assert!(shelf.search(&query("?!"), 5).is_empty(), "nothing is asked");
}

#[test]
fn what_means_the_same_decides_between_sections_that_may_answer_and_makes_none_of_others() {
    let (plain, learned) = (shelf(&[REFUND, KETTLE]), shelf(&[REFUND, KETTLE]));
    learned.learn(&Arc::new(Phrases::default())).unwrap();
    let answer = |shelf: &Shelf, text: &str| {
        shelf.answer(&query(text), 3, 0.55).map(|hit| (hit.source.article.to_string(), hit.source.section))
    };
    let of = |article: &str, section: &str| Some((article.to_owned(), section.to_owned()));
    let kettle = "what about a broken kettle?";
    assert_eq!(answer(&plain, kettle), of("kettle", "broken-kettle"));
    assert_eq!(answer(&learned, kettle), of("kettle", "elsewhere"));
    let other_words = "will someone reimburse me?";
    assert!(!learned.search(&query(other_words), 3).is_empty(), "it is found");
    assert_eq!(answer(&learned, other_words), None, "its words say nothing of the question, and it answers nothing");
    for text in [kettle, other_words, "where does a refund go", "the second shop", "reimburse my card", "lids", ""] {
        assert_eq!(answer(&plain, text).is_some(), answer(&learned, text).is_some(), "{text}");
    }
}

#[test]
fn a_language_that_the_encoder_does_not_know_is_searched_by_its_words() {
    let shelf = shelf(&[GERMAN]);
    assert_eq!(shelf.learn(&Arc::new(Phrases::default())).unwrap(), 0);
    let german = |text| Query { locale: "de", ..query(text) };
    assert!(shelf.search(&german("reimburse"), 5).is_empty() && !shelf.means("de"));
    assert_eq!(shelf.search(&german("Geld"), 5).len(), 1);
}

fn wait_until_learned(shelf: &Shelf) {
    let begin = Instant::now();
    while !shelf.means("en") {
        assert!(begin.elapsed() < WAIT, "the sections were not encoded");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_next_release_encodes_only_what_is_new_in_it() {
    let encoder = Arc::new(Phrases::default());
    let learner = Learner::start(&encoder).unwrap();
    let first = Arc::new(shelf(&[REFUND, KETTLE]));
    learner.learn(Arc::clone(&first));
    wait_until_learned(&first);
    assert_eq!(encoder.encoded.load(Ordering::Relaxed), 3);
    let next = Arc::new(shelf(&[REFUND, KETTLE, INTERNAL]));
    learner.learn(Arc::clone(&next));
    wait_until_learned(&next);
    assert_eq!(encoder.encoded.load(Ordering::Relaxed), 4);
    assert_eq!(found(&next.search(&query("will someone reimburse me?"), 5)), [("refund", "where-it-goes")]);
}
