//! The articles of one release, and the search over their sections.

use crate::article::{Article, Audience, Section, language};
use crate::facts::{self, Lacking, fill_for_search};
use crate::meaning::{Kept, Meant, Near};
use crate::pool::{Found, Pool};
use crate::synonyms::Synonyms;
use baton_base::{ArticleId, Bundle, Citation, Finding};
use baton_encode::Encode;
use baton_govern::PolicyFacts;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

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
    /// What the sections mean, once an encoder has read them.
    meant: OnceLock<Meant>,
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
    /// Ids of the articles that may answer; all where there are none.
    pub only: &'a [ArticleId],
}

/// One section that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What an answer from it cites.
    pub source: Citation,
    /// Who may be answered from it.
    pub audience: Audience,
    /// Text of the section, with the policy facts that hold.
    pub text: Result<String, Lacking>,
    /// How well it fits; comparable within one search only.
    pub score: f64,
    /// Share of the question's meaning (by word rarity) that the section speaks of, 0 to 1.
    pub coverage: f64,
}

/// A section that was looked at for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Considered {
    /// What an answer from it would cite.
    pub source: Citation,
    /// How well its words fit; comparable within one search only.
    pub score: f64,
    /// Share of the question's meaning (by word rarity) that the section speaks of, 0 to 1.
    pub coverage: f64,
}

/// What was looked at for an answer, and what answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looked {
    /// The best sections by their words, best first.
    pub considered: Vec<Considered>,
    /// Which of them answers, by its place there, and what it says.
    pub answer: Option<(usize, Hit)>,
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
        Self { articles, facts, pools, meant: OnceLock::new() }
    }

    /// All articles, those included that do not hold now.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// Has an encoder read all sections, in this thread, and searches by what they mean too from then on. How many it read: none
    /// in languages that it does not know.
    pub fn learn<E: Encode + 'static>(&self, encoder: &Arc<E>) -> baton_base::Result<usize> {
        let encoder: Arc<dyn Encode> = Arc::<E>::clone(encoder);
        self.learn_while(&encoder, &mut Kept::default(), &|| true)
    }

    /// The same for as long as it is to go on.
    pub(crate) fn learn_while(
        &self,
        encoder: &Arc<dyn Encode>,
        kept: &mut Kept,
        goes_on: &dyn Fn() -> bool,
    ) -> baton_base::Result<usize> {
        let places = self.pools.iter().flat_map(|(language, pool)| pool.places().iter().map(move |at| (language, *at)));
        let texts = places.map(|(language, at)| (language.as_str(), self.meaning_text(at)));
        let Some(meant) = Meant::of(texts, encoder, kept, goes_on)? else { return Ok(0) };
        let sections = meant.len();
        // A shelf never changes: what an earlier reading gave is as good.
        let _ = self.meant.set(meant);
        Ok(sections)
    }

    /// Whether sections of a language are searched by what they mean too.
    pub fn means(&self, locale: &str) -> bool {
        self.meant.get().is_some_and(|meant| meant.knows(&language(locale).to_ascii_lowercase()))
    }

    /// A section as an encoder reads it.
    fn meaning_text(&self, (article, section): (usize, usize)) -> String {
        let article = &self.articles[article];
        let section = &article.sections[section];
        let text = fill_for_search(&section.text, &self.facts);
        let title = &article.title;
        if section.heading == *title {
            format!("{title}. {text}")
        } else {
            format!("{title}. {}. {text}", section.heading)
        }
    }

    /// The best sections, best first, at most `k`: by their words, and where an encoder has read them by what they mean.
    pub fn search(&self, query: &Query<'_>, k: usize) -> Vec<Hit> {
        let language = language(query.locale).to_ascii_lowercase();
        let Some(pool) = self.pools.get(&language) else { return Vec::new() };
        let open = |article: usize| self.is_open(article, query);
        let found = pool.search(query.text, k, &open, || self.near(&language, query));
        found.into_iter().map(|found| self.hit(&found, query)).collect()
    }

    /// The section that answers: of the `k` best by words, one that speaks of at least the share `least` of the question. Where several
    /// do and an encoder has read them, the one that also means most nearly what was asked; it never answers what words leave open.
    pub fn answer(&self, query: &Query<'_>, k: usize, least: f64) -> Option<Hit> {
        self.look(query, k, least).answer.map(|(_, hit)| hit)
    }

    /// The same with the sections that were looked at, whether or not one answers.
    pub fn look(&self, query: &Query<'_>, k: usize, least: f64) -> Looked {
        let language = language(query.locale).to_ascii_lowercase();
        let Some(pool) = self.pools.get(&language) else { return Looked::default() };
        let open = |article: usize| self.is_open(article, query);
        let (best, answers) = pool.look(query.text, (k, least), &open, || self.near(&language, query));
        let considered = best.iter().map(|found| self.considered(found)).collect();
        Looked { considered, answer: answers.map(|at| (at, self.hit(&best[at], query))) }
    }

    fn considered(&self, found: &Found) -> Considered {
        let article = &self.articles[found.article];
        let source = article.cite(&article.sections[found.section]);
        Considered { source, score: found.score, coverage: found.coverage }
    }

    fn near(&self, language: &str, query: &Query<'_>) -> Option<Near<'_>> {
        self.meant.get()?.near(language, query.text)
    }

    fn is_open(&self, article: usize, query: &Query<'_>) -> bool {
        let article = &self.articles[article];
        (query.audience == Audience::Internal || article.audience == Audience::Customer)
            && (query.only.is_empty() || query.only.contains(&article.id))
            && article.holds(query.at_ms)
    }

    fn hit(&self, found: &Found, query: &Query<'_>) -> Hit {
        let article = &self.articles[found.article];
        let section = &article.sections[found.section];
        Hit {
            source: article.cite(section),
            audience: article.audience,
            text: self.text(section, query.at_ms),
            score: found.score,
            coverage: found.coverage,
        }
    }

    /// A section's text with the policy facts that hold at a time.
    pub fn text(&self, section: &Section, at_ms: i64) -> Result<String, Lacking> {
        facts::fill(&section.text, &self.facts, at_ms)
    }

    /// What the words of a question have in common with another way to ask it: its telling words, cut to stems, in order of
    /// the alphabet, once each.
    pub fn gist(text: &str, locale: &str) -> Vec<String> {
        let mut stems = crate::words::Words::of(&language(locale).to_ascii_lowercase()).stems(text);
        stems.sort();
        stems.dedup();
        stems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_govern::day_start_ms;

    const RETURNS: &str = "---\nid: returns\ntitle: Returns\nlocale: en\n---\n# How long do I have\nYou can return items for {{fact.window}} days.\n# Where the refund goes\nRefunds go to the original payment method or a gift card.\n";
    const SHIPPING: &str =
        "---\nid: shipping\ntitle: Shipping\nlocale: en\n---\nParcels are sent from our warehouse.\n";
    const INTERNAL: &str =
        "---\nid: secret\ntitle: Refund tricks\nlocale: en\naudience: member\n---\nRefund refund refund.\n";
    const SALE: &str = "---\nid: sale\ntitle: Winter sale\nlocale: en\nvalid_from: 2026-01-01\nvalid_until: 2026-01-31\nclients: [acme]\n---\nEverything in the winter sale costs half.\n";
    const FACTS: &str = "facts:\n  - { key: window, value: 30, to: 2026-06-30, owner: o, source: s }\n";
    const SYNONYMS: &str = "synonyms:\n  - { words: [parcel, consignment], locale: en }\n";

    fn bundle() -> Bundle {
        let mut bundle = Bundle::default();
        bundle.parameters.insert("client".into(), "acme".into());
        for (name, text) in [
            ("knowledge/returns.md", RETURNS),
            ("knowledge/en/shipping.md", SHIPPING),
            ("knowledge/secret.md", INTERNAL),
            ("knowledge/sale.md", SALE),
            ("knowledge/synonyms.yaml", SYNONYMS),
            ("facts.yaml", FACTS),
        ] {
            bundle.files.insert(name.to_owned(), text.to_owned());
        }
        bundle
    }

    fn ask(shelf: &Shelf, locale: &str, text: &str, day: &str, audience: Audience) -> Vec<Hit> {
        shelf.search(&Query { text, locale, audience, at_ms: day_start_ms(day).unwrap(), only: &[] }, 5)
    }

    fn customer(text: &str) -> Vec<Hit> {
        ask(&Shelf::load(&bundle()).unwrap(), "en-US", text, "2026-01-15", Audience::Customer)
    }

    fn found(hits: &[Hit]) -> Vec<&str> {
        hits.iter().map(|hit| hit.source.article.as_str()).collect()
    }

    #[test]
    fn finds_the_section_that_speaks_of_it_in_other_words_and_with_slips() {
        for text in ["Where does my refund go?", "where do refnuds go"] {
            let hits = customer(text);
            assert_eq!(
                (found(&hits)[0], hits[0].source.section.as_str()),
                ("returns", "where-the-refund-goes"),
                "{text}"
            );
            assert!(hits[0].coverage > 0.5, "{hits:?}");
        }
        assert_eq!(found(&customer("where does the consignment come from")), ["shipping"]);
    }

    #[test]
    fn a_customer_is_answered_only_from_what_is_for_customers_of_this_client_and_holds_today() {
        let shelf = Shelf::load(&bundle()).unwrap();
        assert!(!found(&customer("refund tricks")).contains(&"secret"));
        let hits = ask(&shelf, "en", "refund tricks", "2026-01-15", Audience::Internal);
        assert_eq!((found(&hits)[0], hits[0].audience), ("secret", Audience::Internal));
        assert!(hits.iter().any(|hit| hit.audience == Audience::Customer), "each says for whom it is");
        assert_eq!(found(&customer("winter sale")), ["sale"]);
        assert!(ask(&shelf, "en", "winter sale", "2026-02-01", Audience::Customer).is_empty());
        let mut other = bundle();
        other.parameters.insert("client".into(), "other".into());
        assert!(Shelf::load(&other).unwrap().articles().iter().all(|article| article.id.as_str() != "sale"));
    }

    #[test]
    fn a_fact_without_a_value_today_is_told_and_not_made_up() {
        let shelf = Shelf::load(&bundle()).unwrap();
        let on = |day: &str| ask(&shelf, "en", "how long can I return items", day, Audience::Customer).remove(0).text;
        assert!(on("2026-06-30").unwrap().contains("30 days"));
        assert_eq!(on("2026-07-01").unwrap_err().fact, "window");
    }

    #[test]
    fn another_language_or_an_unknown_topic_is_not_answered() {
        let shelf = Shelf::load(&bundle()).unwrap();
        assert!(ask(&shelf, "de", "refund", "2026-01-15", Audience::Customer).is_empty());
        assert!(!ask(&shelf, "EN-us", "refund", "2026-01-15", Audience::Customer).is_empty());
        let hits = customer("quantum chromodynamics of parcels");
        assert!(hits[0].coverage < 0.5, "{hits:?}");
        assert!(customer("").is_empty() && customer("?!").is_empty());
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        let mut wrong = bundle();
        for (name, text) in [
            ("knowledge/a.md", "no front matter"),
            ("knowledge/b.md", "---\nid: b\ntitle: B\nlocale: en\ncolour: red\n---\ntext\n"),
            ("knowledge/c.md", "---\nid: c\ntitle: C\nlocale: en\n---\none\n{{fact.nothing}}\n"),
            ("knowledge/returns2.md", RETURNS),
        ] {
            wrong.files.insert(name.into(), text.into());
        }
        let findings = Shelf::load(&wrong).unwrap_err();
        let seen: Vec<_> = findings.iter().map(|f| (f.file.as_str(), f.rule.as_str(), f.line)).collect();
        let expect = [
            ("knowledge/a.md", "front-matter", 1),
            ("knowledge/b.md", "yaml", 5),
            ("knowledge/c.md", "policy-fact", 7),
            ("knowledge/returns2.md", "article-twice", 0),
        ];
        assert_eq!(seen, expect);
        let mut alone = bundle();
        alone.files.insert("knowledge/synonyms.yaml".into(), "synonyms: [{ words: [one] }]".into());
        assert_eq!(Shelf::load(&alone).unwrap_err()[0].rule, "synonyms");
    }
}
