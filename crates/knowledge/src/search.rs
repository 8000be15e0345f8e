//! Search over sections by BM25 (Robertson and Zaragoza 2009), in memory.

use crate::article::Article;
use crate::words::stems;
use baton_base::{ArticleId, Bundle, Finding};
use std::collections::HashMap;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// A heading says what its section is about: its words count this often.
const HEADING_WEIGHT: usize = 3;
/// Words of a question that are looked at.
const QUESTION_WORDS_MAX: usize = 64;

/// The articles of one release.
#[derive(Debug, Default)]
pub struct Shelf {
    articles: Vec<Article>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    article: usize,
    section: usize,
    words: HashMap<String, f64>,
    length: f64,
}

/// One section that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The article to cite.
    pub article: ArticleId,
    /// Its title.
    pub title: String,
    /// Heading of the section.
    pub heading: String,
    /// Text of the section.
    pub text: String,
    /// BM25 score; comparable within one search only.
    pub score: f64,
    /// Share of the question's meaning (by word rarity) that the section speaks of, 0 to 1.
    pub coverage: f64,
}

impl Shelf {
    /// Reads `knowledge/*.md`, and `knowledge/<locale>/*.md`.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let (mut articles, mut findings): (Vec<Article>, Vec<Finding>) = (Vec::new(), Vec::new());
        for (path, _, text) in bundle.in_folder("knowledge", "md") {
            match Article::parse(path, text) {
                Ok(article) => {
                    if articles.iter().any(|a| a.id == article.id && a.locale == article.locale) {
                        let message = format!("article {} exists twice in {}", article.id, article.locale);
                        findings.push(Finding::error(path, "article-twice", message, "give it an id of its own"));
                    }
                    articles.push(article);
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(Self::of(articles)) } else { Err(findings) }
    }

    /// A shelf of these articles.
    pub fn of(articles: Vec<Article>) -> Self {
        let mut entries = Vec::new();
        for (a, article) in articles.iter().enumerate() {
            for (s, section) in article.sections.iter().enumerate() {
                let mut words: HashMap<String, f64> = HashMap::new();
                let heading = format!("{} {}", article.title, section.heading);
                for (text, weight) in [(heading.as_str(), HEADING_WEIGHT), (section.text.as_str(), 1)] {
                    for word in stems(text) {
                        *words.entry(word).or_default() += weight as f64;
                    }
                }
                let length = words.values().sum();
                entries.push(Entry { article: a, section: s, words, length });
            }
        }
        Self { articles, entries }
    }

    /// All articles.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The `k` best sections for a customer's question in a language (`de-DE` finds `de`), best first.
    pub fn search(&self, locale: &str, text: &str, k: usize) -> Vec<Hit> {
        let language = locale.split(['-', '_']).next().unwrap_or(locale);
        let mut question = stems(text);
        question.truncate(QUESTION_WORDS_MAX);
        question.sort();
        question.dedup();
        let pool: Vec<&Entry> = self.entries.iter().filter(|e| self.readable(e, language)).collect();
        let mean = pool.iter().map(|e| e.length).sum::<f64>() / (pool.len().max(1) as f64);
        let rarity: Vec<f64> = question.iter().map(|w| rarity(&pool, w)).collect();
        let whole: f64 = rarity.iter().sum();
        let mut hits: Vec<Hit> = pool
            .iter()
            .filter_map(|entry| {
                let (mut score, mut covered) = (0.0, 0.0);
                for (word, idf) in question.iter().zip(&rarity) {
                    let Some(count) = entry.words.get(word) else { continue };
                    score += idf * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * entry.length / mean));
                    covered += idf;
                }
                (score > 0.0).then(|| self.hit(entry, score, covered / whole))
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.article.cmp(&b.article)));
        hits.truncate(k);
        hits
    }

    fn readable(&self, entry: &Entry, language: &str) -> bool {
        let article = &self.articles[entry.article];
        article.audience == "customer" && article.locale.split(['-', '_']).next() == Some(language)
    }

    fn hit(&self, entry: &Entry, score: f64, coverage: f64) -> Hit {
        let article = &self.articles[entry.article];
        let section = &article.sections[entry.section];
        Hit {
            article: article.id.clone(),
            title: article.title.clone(),
            heading: section.heading.clone(),
            text: section.text.clone(),
            score,
            coverage,
        }
    }
}

/// How rare a word is among the sections. A word that none has is as telling as the rarest.
fn rarity(pool: &[&Entry], word: &str) -> f64 {
    let with = pool.iter().filter(|e| e.words.contains_key(word)).count() as f64;
    let all = pool.len() as f64;
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURNS: &str = "---\nid: returns\ntitle: Returns\nlocale: en\n---\n# How long do I have\nYou can return items of a delivered order.\n# Where the refund goes\nRefunds go to the original payment method or a gift card.\n";
    const SHIPPING: &str =
        "---\nid: shipping\ntitle: Shipping\nlocale: en\n---\nParcels are sent from our warehouse.\n";
    const INTERNAL: &str =
        "---\nid: secret\ntitle: Refund tricks\nlocale: en\naudience: member\n---\nRefund refund refund.\n";

    fn shelf() -> Shelf {
        let mut bundle = Bundle::default();
        for (name, text) in [("returns", RETURNS), ("shipping", SHIPPING), ("secret", INTERNAL)] {
            bundle.files.insert(format!("knowledge/{name}.md"), text.to_owned());
        }
        Shelf::load(&bundle).unwrap()
    }

    #[test]
    fn finds_the_section_that_speaks_of_it() {
        let hits = shelf().search("en-US", "Where does my refund go?", 3);
        assert_eq!((hits[0].article.as_str(), hits[0].heading.as_str()), ("returns", "Where the refund goes"));
        assert!(hits[0].coverage > 0.5, "{hits:?}");
    }

    #[test]
    fn never_answers_a_customer_from_what_is_not_for_customers() {
        let hits = shelf().search("en", "refund tricks", 9);
        assert!(hits.iter().all(|h| h.article.as_str() != "secret"), "{hits:?}");
    }

    #[test]
    fn another_language_or_an_unknown_topic_finds_nothing() {
        assert!(shelf().search("de", "refund", 3).is_empty());
        let hits = shelf().search("en", "quantum chromodynamics of parcels", 3);
        assert!(hits[0].coverage < 0.5, "{hits:?}");
    }

    #[test]
    fn a_broken_article_is_refused_with_its_place() {
        let mut bundle = Bundle::default();
        bundle.files.insert("knowledge/a.md".into(), "no front matter".into());
        bundle
            .files
            .insert("knowledge/b.md".into(), "---\nid: b\ntitle: B\nlocale: en\ncolour: red\n---\ntext\n".into());
        let findings = Shelf::load(&bundle).unwrap_err();
        assert_eq!(findings.iter().map(|f| f.file.as_str()).collect::<Vec<_>>(), ["knowledge/a.md", "knowledge/b.md"]);
        assert!(findings[1].message.contains("colour"), "{}", findings[1].message);
    }
}
