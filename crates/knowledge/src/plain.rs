//! Plain BM25 over whole articles (Robertson and Zaragoza 2009): words in lower case, no stems, no fields, no list of common
//! words. What any search has to be better than; measured beside ours and used for nothing else.

use crate::article::Article;
use std::collections::HashMap;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The articles as bags of words.
#[derive(Debug)]
pub struct Plain {
    articles: Vec<(HashMap<String, f64>, f64)>,
    with: HashMap<String, f64>,
    mean: f64,
}

impl Plain {
    /// Reads the articles.
    pub fn of(articles: &[Article]) -> Self {
        let mut with: HashMap<String, f64> = HashMap::new();
        let bag = |article: &Article| {
            let sections = article.sections.iter().map(|s| format!("{}\n{}\n", s.heading, s.text));
            let text = format!("{}\n{}", article.title, sections.collect::<String>());
            let mut counts: HashMap<String, f64> = HashMap::new();
            words(&text).for_each(|word| *counts.entry(word).or_default() += 1.0);
            counts.keys().for_each(|word| *with.entry(word.clone()).or_default() += 1.0);
            let length = counts.values().sum();
            (counts, length)
        };
        let articles: Vec<_> = articles.iter().map(bag).collect();
        let mean = articles.iter().map(|(_, length)| length).sum::<f64>() / articles.len().max(1) as f64;
        Self { articles, with, mean }
    }

    /// Numbers of the best articles, best first.
    pub fn search(&self, text: &str, k: usize) -> Vec<usize> {
        let question: Vec<String> = words(text).collect();
        let all = self.articles.len() as f64;
        let mut scored: Vec<(usize, f64)> = Vec::new();
        for (number, (counts, length)) in self.articles.iter().enumerate() {
            let score: f64 = question
                .iter()
                .filter_map(|word| {
                    let (count, with) = (counts.get(word)?, self.with.get(word)?);
                    let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
                    Some(idf * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / self.mean)))
                })
                .sum();
            if score > 0.0 {
                scored.push((number, score));
            }
        }
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.into_iter().take(k).map(|(number, _)| number).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_lowercase();
    let words: Vec<String> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}
