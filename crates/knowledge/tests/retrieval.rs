//! How well the search finds what answers a question, on questions of our own with known answers, beside plain BM25; by words, and
//! where an encoder is by what sections mean too.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may")]

use baton_base::{ArticleId, Bundle};
use baton_encode::Encoder;
use baton_govern::PolicyFacts;
use baton_knowledge::measure::{Figures, Labelled, figures, questions};
use baton_knowledge::{Article, Audience, Plain, Query, Shelf, import};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 22 November 2026.
const NOW_MS: i64 = 1_795_305_600_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The articles of a blueprint, with its list of words that mean the same or without.
fn shelf(blueprint: &str, synonyms: bool) -> Shelf {
    let folder = root().join("blueprints").join(blueprint);
    let mut bundle = Bundle::default();
    for entry in fs::read_dir(folder.join("knowledge")).unwrap() {
        let path = entry.unwrap().path();
        if synonyms || path.extension().is_some_and(|ending| ending == "md") {
            let name = format!("knowledge/{}", path.file_name().unwrap().to_str().unwrap());
            bundle.files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    let facts = fs::read_to_string(folder.join("facts.yaml")).unwrap();
    let facts = facts.replace("{{param.limit_minor}}", "250000").replace("{{param.currency}}", "USD");
    bundle.files.insert("facts.yaml".into(), facts);
    Shelf::load(&bundle).unwrap()
}

fn labelled(file: &str) -> Vec<Labelled> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/questions").join(file);
    questions(file, &fs::read_to_string(path).unwrap()).unwrap()
}

struct Measured {
    ours: Figures,
    sections: Figures,
    plain: Figures,
}

/// Figures by article, for both searches, and by section for ours.
fn measure(name: &str, shelf: &Shelf, locale: &str, asked: &[Labelled]) -> Measured {
    let own: Vec<Article> = shelf.articles().iter().filter(|a| a.locale == locale).cloned().collect();
    let plain = Plain::of(&own);
    let (mut ours, mut sections, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for one in asked {
        let right: Vec<(ArticleId, f64)> = one.articles.iter().map(|(id, g)| (ArticleId::known(id), *g)).collect();
        let query = Query { text: &one.question, locale, audience: Audience::Internal, at_ms: NOW_MS, only: &[] };
        let hits = shelf.search(&query, 40);
        let mut articles: Vec<ArticleId> = Vec::new();
        for hit in &hits {
            if !articles.contains(&hit.source.article) {
                articles.push(hit.source.article.clone());
            }
        }
        if let Some(section) = &one.section {
            let known = own.iter().flat_map(|a| &a.sections).any(|s| s.anchor == *section);
            assert!(known, "{name}: no section is called {section}");
            let found: Vec<String> = hits.iter().map(|hit| hit.source.section.clone()).collect();
            if found.first() != Some(section) {
                eprintln!(
                    "{name}: '{}' found {:?}, not {section}",
                    one.question,
                    found.iter().take(3).collect::<Vec<_>>()
                );
            }
            sections.push((found, vec![(section.clone(), 1.0)]));
        } else if articles.first().is_none_or(|first| !right.iter().any(|(id, _)| id == first)) {
            eprintln!(
                "{name}: '{}' found {:?}, not {:?}",
                one.question,
                articles.iter().take(2).collect::<Vec<_>>(),
                one.articles
            );
        }
        ours.push((articles, right.clone()));
        others.push((plain.search(&one.question, 40).into_iter().map(|n| own[n].id.clone()).collect(), right));
    }
    let found = Measured { ours: figures(&ours), sections: figures(&sections), plain: figures(&others) };
    eprintln!(
        "{name}, {} questions\n  plain BM25 {:?}\n  ours       {:?}\n  sections   {:?}",
        asked.len(),
        found.plain,
        found.ours,
        found.sections
    );
    found
}

fn check(name: &str, found: &Measured, first_min: f64) {
    assert!(found.ours.recall_at_1 >= first_min, "{name}: {:?}", found.ours);
    assert!(found.ours.recall_at_1 > found.plain.recall_at_1, "{name}: not better than plain BM25");
    assert!(found.ours.ndcg_at_10 > found.plain.ndcg_at_10, "{name}: not better than plain BM25");
}

#[test]
fn the_demo_articles_answer_the_questions_of_their_customers() {
    for (synonyms, first_min, fifth_min) in [(false, 0.80, 0.88), (true, 0.84, 0.90)] {
        for (name, blueprint, locale) in [
            ("retail-support.en", "retail-support", "en"),
            ("insurance-claims.en", "insurance-claims", "en"),
            ("insurance-claims.de", "insurance-claims", "de"),
        ] {
            let shelf = shelf(blueprint, synonyms);
            let found = measure(name, &shelf, locale, &labelled(&format!("{name}.jsonl")));
            check(name, &found, first_min);
            assert!(found.sections.recall_at_5 >= fifth_min, "{name}: {:?}", found.sections);
        }
    }
}

#[test]
fn documents_of_a_bank_are_found_by_questions_about_them() {
    let folder = root().join("../shared/data/knowledge/bank_docs");
    if !folder.is_dir() {
        eprintln!("left out: {} is not there", folder.display());
        return;
    }
    let read = import::read(&folder).unwrap();
    let articles =
        read.drafts.iter().map(|draft| Article::plain(ArticleId::known(&draft.id), &draft.title, "en", &draft.body));
    let shelf = Shelf::of(articles.collect(), PolicyFacts::default(), &[]);
    let found = measure("bank", &shelf, "en", &labelled("bank.jsonl"));
    check("bank", &found, 0.7);
}

/// The encoder that `cargo xtask test` fetches.
fn encoder() -> Option<Arc<Encoder>> {
    let named = std::env::var_os("BATON_TEST_ENCODER").map(PathBuf::from);
    let skips = std::env::var("BATON_SKIP_ENCODER").is_ok_and(|value| value == "1");
    let usual = root().join("target/encoder");
    let found = named.or_else(|| usual.is_dir().then_some(usual)).filter(|_| !skips);
    if found.is_none() {
        eprintln!("skipped: no encoder is here (cargo xtask test --only tools fetches it)");
    }
    found.map(|folder| Arc::new(Encoder::load(&folder).unwrap()))
}

#[test]
fn with_an_encoder_no_article_is_lost_that_words_find_and_other_words_find_it_too() {
    let Some(encoder) = encoder() else { return };
    for (name, blueprint) in [("retail-support.en", "retail-support"), ("insurance-claims.en", "insurance-claims")] {
        let shelf = shelf(blueprint, false);
        let asked = labelled(&format!("{name}.jsonl"));
        let words = measure(name, &shelf, "en", &asked);
        assert!(shelf.learn(&encoder).unwrap() > 0 && shelf.means("en") && !shelf.means("de"));
        let both = measure(&format!("{name} with an encoder"), &shelf, "en", &asked);
        check(name, &both, 0.84);
        assert!(both.ours.recall_at_5 >= words.ours.recall_at_5, "{name}: {:?} {:?}", words.ours, both.ours);
    }
    let shelf = shelf("retail-support", false);
    let text = "will somebody reimburse the money for these shoes to my Visa";
    let asked = Query { text, locale: "en", audience: Audience::Customer, at_ms: NOW_MS, only: &[] };
    let answered = shelf.answer(&asked, 3, 0.55).is_some();
    shelf.learn(&encoder).unwrap();
    assert!(!shelf.search(&asked, 3).is_empty());
    assert_eq!(shelf.answer(&asked, 3, 0.55).is_some(), answered, "what may answer is what words say");
}
