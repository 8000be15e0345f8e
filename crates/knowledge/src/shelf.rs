//! The articles of one release, and the search over their sections.

use crate::article::{Article, Audience, Section, language};
use crate::facts::{self, Lacking};
use crate::pool::Pool;
use crate::synonyms::Synonyms;
use baton_base::{Bundle, Citation, Finding};
use baton_govern::PolicyFacts;
use std::collections::BTreeMap;

/// Most articles of a release, count.
pub const ARTICLES_MAX: usize = 20_000;
/// Name of the parameter that says whose release a bundle is.
const CLIENT: &str = "client";

/// The articles of one release.
#[derive(Debug, Default)]
pub struct Shelf {
    articles: Vec<Article>,
    facts: PolicyFacts,
    pools: BTreeMap<String, Pool>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The question, in the customer's words.
    pub text: &'a str,
    /// Its language tag; `de-DE` finds `de`.
    pub locale: &'a str,
    /// Who asks: customers are never answered from what is internal.
    pub audience: Audience,
    /// When it is asked: an article or a policy fact of another time does not answer.
    pub at_ms: i64,
}

/// One section that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What an answer from it cites.
    pub source: Citation,
    /// Text of the section, with the policy facts that hold.
    pub text: Result<String, Lacking>,
    /// How well it fits; comparable within one search only.
    pub score: f64,
    /// Share of the question's meaning (by word rarity) that the section speaks of, 0 to 1.
    pub coverage: f64,
}

impl Shelf {
    /// Reads `knowledge/*.md`, `knowledge/<locale>/*.md`, `knowledge/synonyms.yaml` and `facts.yaml`. Articles of other clients
    /// stay out.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let client = bundle.parameters.get(CLIENT).and_then(|value| value.as_str());
        let (mut articles, mut findings): (Vec<Article>, Vec<Finding>) = (Vec::new(), Vec::new());
        // What is wrong in the facts themselves is told by whoever owns them.
        let facts = PolicyFacts::load(bundle, &mut Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for (path, _, text) in bundle.in_folder("knowledge", "md") {
            match Article::parse(path, text) {
                Ok(article) => {
                    findings.extend(article.unknown_facts(path, &facts));
                    let own = article.clients.is_empty() || article.clients.iter().any(|c| Some(c.as_str()) == client);
                    if own && !seen.insert((article.id.clone(), article.locale.clone())) {
                        let message = format!("article {} exists twice in {}", article.id, article.locale);
                        findings.push(Finding::error(path, "article-twice", message, "give it an id of its own"));
                    }
                    articles.extend(own.then_some(article));
                }
                Err(finding) => findings.push(finding),
            }
        }
        if articles.len() > ARTICLES_MAX {
            let message = format!("more than {ARTICLES_MAX} articles");
            findings.push(Finding::error("knowledge", "articles", message, "leave out what nobody asks for"));
        }
        let synonyms = Synonyms::load(bundle, client, &mut findings);
        if findings.is_empty() { Ok(Self::of(articles, facts, &synonyms)) } else { Err(findings) }
    }

    /// A shelf of these articles.
    pub fn of(articles: Vec<Article>, facts: PolicyFacts, synonyms: &[Synonyms]) -> Self {
        let mut by_language: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (a, article) in articles.iter().enumerate() {
            let places = by_language.entry(article.language().to_owned()).or_default();
            places.extend((0..article.sections.len()).map(|s| (a, s)));
        }
        let pool = |(language, places): (String, Vec<(usize, usize)>)| {
            let pool = Pool::of(&language, &articles, places, &facts, synonyms);
            (language, pool)
        };
        let pools = by_language.into_iter().map(pool).collect();
        Self { articles, facts, pools }
    }

    /// All articles, those included that do not hold now.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The best sections, best first, at most `k`.
    pub fn search(&self, query: &Query<'_>, k: usize) -> Vec<Hit> {
        let Some(pool) = self.pools.get(language(query.locale)) else { return Vec::new() };
        let open = |article: usize| {
            let article = &self.articles[article];
            (query.audience == Audience::Internal || article.audience == Audience::Customer)
                && article.holds(query.at_ms)
        };
        let found = pool.search(query.text, k, &open);
        let hit = |place: crate::pool::Found| {
            let article = &self.articles[place.article];
            let section = &article.sections[place.section];
            Hit {
                source: article.cite(section),
                text: self.text(section, query.at_ms),
                score: place.score,
                coverage: place.coverage,
            }
        };
        found.into_iter().map(hit).collect()
    }

    /// A section's text with the policy facts that hold at a time.
    pub fn text(&self, section: &Section, at_ms: i64) -> Result<String, Lacking> {
        facts::fill(&section.text, &self.facts, at_ms)
    }

    /// What the words of a question have in common with another way to ask it: its telling words, cut to stems, in order of
    /// the alphabet, once each.
    pub fn gist(text: &str, locale: &str) -> Vec<String> {
        let mut stems = crate::words::Words::of(language(locale)).stems(text);
        stems.sort();
        stems.dedup();
        stems
    }
}
