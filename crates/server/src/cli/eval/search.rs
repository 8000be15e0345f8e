//! `baton eval search`: how well the right articles are found, and how fast, beside plain BM25 in the same run; with an encoder too,
//! where one is named.

use super::super::{Outcome, encoder, say, say_error};
use baton_base::{ArticleId, Bundle, Error, Finding, digest_of_text};
use baton_govern::PolicyFacts;
use baton_knowledge::import::{self, Draft};
use baton_knowledge::measure::{Figures, Labelled, Ranking, figures, questions};
use baton_knowledge::{Article, Audience, Plain, Query, Shelf, Synonyms};
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Sections that are looked at, to have enough different articles.
const SECTIONS: usize = 60;
/// Articles of a ranking that count.
const ARTICLES: usize = 10;
/// Times that every question is timed; with an encoder once, since it remembers what it was asked lately.
const ROUNDS: usize = 3;
const ROUNDS_ENCODED: usize = 1;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Folder (or file) of articles: .md, .html, .txt, .json, .jsonl, .csv.
    #[arg(long)]
    articles: PathBuf,
    /// Questions: JSON lines {"question", "articles": [id, file or title]}, a JSON list, or CSV with such columns. Grades:
    /// {"article", "grade"}.
    #[arg(long)]
    questions: PathBuf,
    /// Language of articles and questions that name none.
    #[arg(long, default_value = "en")]
    locale: String,
    /// A file of synonyms, as `knowledge/synonyms.yaml` of a blueprint.
    #[arg(long)]
    synonyms: Option<PathBuf>,
    #[command(flatten)]
    encoder: encoder::Given,
    /// Also print each question whose first article is none of the right ones.
    #[arg(long)]
    misses: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

struct Run {
    name: &'static str,
    rankings: Vec<Ranking<usize>>,
    took_us: Vec<f64>,
}

/// What an encoder took to read the articles.
struct Encoded {
    by: String,
    sections: usize,
    took_s: f64,
}

pub fn run(options: &Options) -> Outcome {
    let read = import::read(&options.articles).map_err(|f| told(&f))?;
    for skipped in &read.skipped {
        say_error(&format!("left out {}: {}", skipped.what, skipped.why));
    }
    if read.drafts.is_empty() {
        return Err(Error::invalid("no article could be read", "see above what was left out, and why"));
    }
    let name = options.questions.display().to_string();
    let text = fs::read_to_string(&options.questions)
        .map_err(|e| Error::invalid(format!("{name} cannot be read"), e.to_string()))?;
    let asked = questions(&name, &text).map_err(|f| told(&f))?;
    let articles = articles(&read.drafts, &options.locale);
    let right = resolved(&name, &asked, &read.drafts)?;
    let synonyms = synonyms(options)?;
    let encoder = options.encoder.load()?;
    let mut runs = vec![measure_plain(&articles, &asked, &right)];
    let shelf = Shelf::of(articles, PolicyFacts::default(), &synonyms);
    runs.push(measure_ours(("baton", ROUNDS), options, &shelf, &asked, &right));
    let mut encoded = None;
    if let Some(encoder) = encoder {
        let begin = Instant::now();
        let sections = shelf.learn(&encoder)?;
        encoded = Some(Encoded { by: encoder.to_string(), sections, took_s: begin.elapsed().as_secs_f64() });
        runs.push(measure_ours(("baton, encoder", ROUNDS_ENCODED), options, &shelf, &asked, &right));
    }
    match options.json {
        true => say(&report(&read.drafts, &asked, &runs, encoded.as_ref()).to_string()),
        false => table(&read.drafts, &asked, &runs, encoded.as_ref()),
    }
    if let Some(ours) = runs.last().filter(|_| options.misses && !options.json) {
        misses(&asked, ours, &read.drafts);
    }
    Ok(ExitCode::SUCCESS)
}

fn told(finding: &Finding) -> Error {
    let place = if finding.line > 0 { format!("{}:{}", finding.file, finding.line) } else { finding.file.clone() };
    Error::invalid(format!("{place}: {}", finding.message), finding.remedy.clone())
}

/// Every article under a number of its own: ids of strangers need not be ids of ours, and may stand twice.
fn articles(drafts: &[Draft], locale: &str) -> Vec<Article> {
    let one = |(number, draft): (usize, &Draft)| {
        let locale = draft.locale.as_deref().unwrap_or(locale);
        Article::plain(ArticleId::known(number.to_string()), &draft.title, locale, &draft.body)
    };
    drafts.iter().enumerate().map(one).collect()
}

/// The numbers of the articles that each question names, by id, file, file without its ending, or title.
fn resolved(file: &str, asked: &[Labelled], drafts: &[Draft]) -> Result<Vec<Vec<(usize, f64)>>, Error> {
    let mut names: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, draft) in drafts.iter().enumerate() {
        let base = draft.file.rsplit('/').next().unwrap_or_default();
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        for name in [draft.id.as_str(), draft.file.as_str(), base, stem, draft.title.as_str()] {
            let known = names.entry(name.trim().to_lowercase()).or_default();
            if !known.contains(&number) {
                known.push(number);
            }
        }
    }
    let of = |one: &Labelled| -> Result<Vec<(usize, f64)>, Error> {
        let mut right = Vec::new();
        for (name, grade) in &one.articles {
            let numbers = names.get(&name.to_lowercase()).ok_or_else(|| {
                let what = format!("{file}:{}: no article is called '{name}'", one.line);
                let example = drafts.first().map_or("", |draft| draft.id.as_str());
                Error::invalid(what, format!("use an id, a file name or a title of the articles, such as '{example}'"))
            })?;
            let locale = |number: &&usize| {
                one.locale.is_none() || drafts[**number].locale.is_none() || drafts[**number].locale == one.locale
            };
            right.extend(numbers.iter().filter(locale).map(|number| (*number, *grade)));
        }
        Ok(right)
    };
    asked.iter().map(of).collect()
}

fn synonyms(options: &Options) -> Result<Vec<Synonyms>, Error> {
    let Some(path) = &options.synonyms else { return Ok(Vec::new()) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|e| Error::invalid(format!("{name} cannot be read"), e.to_string()))?;
    let mut bundle = Bundle::default();
    bundle.files.insert("knowledge/synonyms.yaml".to_owned(), text);
    let mut findings = Vec::new();
    let read = Synonyms::load(&bundle, None, &mut findings);
    findings.first().map_or(Ok(read), |finding| Err(told(&Finding { file: name, ..finding.clone() })))
}

fn timed(
    (name, rounds): (&'static str, usize),
    asked: &[Labelled],
    right: &[Vec<(usize, f64)>],
    search: impl Fn(&Labelled) -> Vec<usize>,
) -> Run {
    let mut run = Run { name, rankings: Vec::with_capacity(asked.len()), took_us: Vec::new() };
    for round in 0..rounds {
        for (one, right) in asked.iter().zip(right) {
            let begin = Instant::now();
            let found = search(one);
            run.took_us.push(begin.elapsed().as_secs_f64() * 1e6);
            if round == 0 {
                run.rankings.push((found, right.clone()));
            }
        }
    }
    run.took_us.sort_by(f64::total_cmp);
    run
}

fn measure_plain(articles: &[Article], asked: &[Labelled], right: &[Vec<(usize, f64)>]) -> Run {
    let plain = Plain::of(articles);
    timed(("plain BM25", ROUNDS), asked, right, |one| plain.search(&one.question, ARTICLES))
}

fn measure_ours(
    run: (&'static str, usize),
    options: &Options,
    shelf: &Shelf,
    asked: &[Labelled],
    right: &[Vec<(usize, f64)>],
) -> Run {
    timed(run, asked, right, |one| {
        let locale = one.locale.as_deref().unwrap_or(&options.locale);
        let query = Query { text: &one.question, locale, audience: Audience::Internal, at_ms: 0, only: &[] };
        let mut found: Vec<usize> = Vec::new();
        for hit in shelf.search(&query, SECTIONS) {
            let number = hit.source.article.as_str().parse().unwrap_or(usize::MAX);
            if !found.contains(&number) && found.len() < ARTICLES {
                found.push(number);
            }
        }
        found
    })
}

impl Run {
    fn figures(&self) -> Figures {
        figures(&self.rankings)
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.took_us.len().saturating_sub(1);
        self.took_us.get((last as f64 * share).round() as usize).copied().unwrap_or(0.0) / 1_000.0
    }
}

fn report(drafts: &[Draft], asked: &[Labelled], runs: &[Run], encoded: Option<&Encoded>) -> Value {
    let of = |run: &Run| {
        let mut shown = json!(run.figures());
        shown["ranking"] = run.name.into();
        shown["p50_ms"] = json!(run.at(0.5));
        shown["p99_ms"] = json!(run.at(0.99));
        shown
    };
    let texts: String = drafts.iter().map(|draft| draft.body.as_str()).collect();
    json!({
        "articles": drafts.len(), "questions": asked.len(), "articles_digest": digest_of_text(&texts),
        "rankings": runs.iter().map(of).collect::<Vec<_>>(),
        "encoder": encoded.map(|e| json!({"name": e.by, "sections": e.sections, "took_s": e.took_s})),
    })
}

fn table(drafts: &[Draft], asked: &[Labelled], runs: &[Run], encoded: Option<&Encoded>) {
    say(&format!("{} articles, {} questions", drafts.len(), asked.len()));
    if let Some(Encoded { by, sections, took_s }) = encoded {
        say(&format!("{sections} sections read by {by} in {took_s:.1} s"));
    }
    say("ranking         recall@1  recall@5  recall@10     MRR  nDCG@10    p50 ms    p99 ms");
    for run in runs {
        let f = run.figures();
        say(&format!(
            "{:<14} {:>9.3} {:>9.3} {:>10.3} {:>7.3} {:>8.3} {:>9.3} {:>9.3}",
            run.name,
            f.recall_at_1,
            f.recall_at_5,
            f.recall_at_10,
            f.mrr,
            f.ndcg_at_10,
            run.at(0.5),
            run.at(0.99)
        ));
    }
}

fn misses(asked: &[Labelled], run: &Run, drafts: &[Draft]) {
    let title = |number: &usize| drafts.get(*number).map_or("", |draft| draft.title.as_str());
    for (one, (found, right)) in asked.iter().zip(&run.rankings) {
        if found.first().is_none_or(|first| !right.iter().any(|(number, _)| number == first)) {
            let first = found.first().map_or("nothing", |number| title(number));
            let wanted: Vec<&str> = right.iter().map(|(number, _)| title(number)).collect();
            say(&format!("missed: {} | found: {first} | right: {}", one.question, wanted.join("; ")));
        }
    }
}
