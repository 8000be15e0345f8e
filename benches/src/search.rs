//! The search over generated articles: how long a question takes, and how long and large the index is; by words, and by vectors too.

use crate::{machine, verdict};
use anyhow::Result;
use baton_base::ArticleId;
use baton_encode::{DIMENSIONS, Encode, Vector};
use baton_govern::PolicyFacts;
use baton_knowledge::{Article, Audience, Query, Shelf};
use clap::Args;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

/// Aim, milliseconds at the 99th percentile.
const AIM_MS: f64 = 5.0;

/// How much is searched.
#[derive(Args)]
pub struct Options {
    /// Articles, each of four sections.
    #[arg(long, default_value_t = 10_000)]
    articles: usize,
    /// Different words in them; the commonest are in most, the rarest in one or two.
    #[arg(long, default_value_t = 30_000)]
    words: usize,
    /// Questions that are asked.
    #[arg(long, default_value_t = 5_000)]
    questions: usize,
}

/// A sequence of numbers that is the same in every run (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank by Zipf's law, 0 the commonest.
    fn rank(&mut self, of: usize) -> usize {
        ((of as f64 + 1.0).powf(self.roll()) - 1.0) as usize % of
    }
}

/// A made-up word: syllables spell its number.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ko", "ri", "tu", "me", "sol", "den", "pir", "lag", "nus", "vo", "che", "fam", "gor", "hil", "jet",
        "lum", "qua", "ros", "zin",
    ];
    let (mut out, mut rest) = (String::new(), number + SYLLABLES.len());
    while rest > 0 {
        out.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    out
}

fn text(dice: &mut Dice, words: &[String], count: usize) -> String {
    (0..count).map(|_| words[dice.rank(words.len())].as_str()).collect::<Vec<_>>().join(" ")
}

fn article(number: usize, dice: &mut Dice, words: &[String]) -> Article {
    let mut body = String::new();
    for _ in 0..4 {
        let _ = write!(body, "## {}\n{}.\n", text(dice, words, 4), text(dice, words, 60));
    }
    Article::plain(ArticleId::known(format!("a{number}")), &text(dice, words, 4), "en", &body)
}

/// Eight words; in every fourth question one is misspelt.
fn question(number: usize, dice: &mut Dice, words: &[String]) -> String {
    let mut asked = format!("how do I {} with my {}?", text(dice, words, 4), text(dice, words, 4));
    if number.is_multiple_of(4) {
        let mut odd = words[dice.rank(words.len())].clone();
        let at = odd.len() / 2;
        odd.insert(at, 'x');
        asked.push_str(&format!(" {odd}"));
    }
    asked
}

/// Gives each text a direction of its own at once, in place of an encoder: what vectors cost a search, without what they cost to make.
/// A tenth of the texts lie close to each other.
struct Drawn;

impl Encode for Drawn {
    fn asked(&self, text: &str) -> baton_base::Result<Vector> {
        let seed =
            text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
        let mut dice = Dice(seed | 1);
        let mut vector: Vector = std::array::from_fn(|_| (dice.roll() - 0.5) as f32);
        if seed.is_multiple_of(10) {
            vector[0] += (DIMENSIONS as f32).sqrt();
        }
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        Ok(vector.map(|number| number / length))
    }

    fn aside(&self, text: &str) -> baton_base::Result<Vector> {
        self.asked(text)
    }

    fn knows(&self, _: &str) -> bool {
        true
    }
}

/// Measures, prints, and says whether the aim was met by words, and with vectors beside them.
pub fn measure(options: &Options) -> Result<bool> {
    let mut dice = Dice(0x5EED_0005);
    let words: Vec<String> = (0..options.words).map(word).collect();
    let articles: Vec<Article> = (0..options.articles).map(|number| article(number, &mut dice, &words)).collect();
    let load = machine::load();
    let begin = Instant::now();
    let shelf = Shelf::of(articles, PolicyFacts::default(), &[]);
    let indexed_s = begin.elapsed().as_secs_f64();
    let (sections, questions) = (options.articles * 4, options.questions);
    println!("search, {} articles, {sections} sections, {questions} questions, load {load}", options.articles);
    println!("  indexed in {indexed_s:.1} s");
    let by_words = asked("by words", &shelf, options, &words);
    shelf.learn(&Arc::new(Drawn))?;
    let by_both = asked("by words and drawn vectors, without the time of an encoder", &shelf, options, &words);
    println!("  load {}\n", machine::load());
    Ok(by_words && by_both)
}

/// Asks all questions, prints, and says whether the aim was met.
fn asked(how: &str, shelf: &Shelf, options: &Options, words: &[String]) -> bool {
    let mut dice = Dice(0x5EED_0006);
    let mut took_ms: Vec<f64> = Vec::with_capacity(options.questions);
    let mut found = 0;
    for number in 0..options.questions {
        let text = question(number, &mut dice, words);
        let query = Query { text: &text, locale: "en", audience: Audience::Customer, at_ms: 0, only: &[] };
        let begin = Instant::now();
        found += usize::from(!shelf.search(&query, 5).is_empty());
        took_ms.push(begin.elapsed().as_secs_f64() * 1_000.0);
    }
    took_ms.sort_by(f64::total_cmp);
    let at = |share: f64| took_ms.get((took_ms.len() as f64 * share) as usize).copied().unwrap_or_default();
    let met = at(0.99) < AIM_MS;
    println!(
        "  {how}: p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms; aim p99 < {AIM_MS:.0} ms: {}; {found} found something",
        at(0.5),
        at(0.99),
        at(1.0 - 1e-9),
        verdict(met)
    );
    met
}
