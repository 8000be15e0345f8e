//! `baton eval redact`.

use crate::cli::{Outcome, say};
use baton_base::{Error, Result};
use baton_govern::redact::{Found, Kind, find};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Sample {
    full_text: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    entity_type: String,
    start_position: usize,
    end_position: usize,
}

/// Counts of one kind: labelled, labelled and found, found, found and labelled.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Score {
    labelled: usize,
    recalled: usize,
    found: usize,
    right: usize,
}

impl Score {
    fn add(&mut self, other: Self) {
        self.labelled += other.labelled;
        self.recalled += other.recalled;
        self.found += other.found;
        self.right += other.right;
    }

    fn line(self, name: &str) -> String {
        let (recall, precision) = (share(self.recalled, self.labelled), share(self.right, self.found));
        let f2 = match (recall, precision) {
            (Some(r), Some(p)) if r + p > 0.0 => Some(5.0 * p * r / (4.0 * p + r)),
            (Some(_), _) => Some(0.0),
            _ => None,
        };
        let shown = |value: Option<f64>| value.map_or("     -".to_owned(), |value| format!("{value:6.3}"));
        format!(
            "{name:<20} {:>8} {:>6}  {}     {}  {}",
            self.labelled,
            self.found,
            shown(recall),
            shown(precision),
            shown(f2)
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a file")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub fn run(file: &Path) -> Outcome {
    let scores = redact(&read(file)?)?;
    say("kind                 labelled  found  recall  precision      F2");
    let mut all = Score::default();
    for (name, score) in &scores {
        all.add(*score);
        say(&score.line(name));
    }
    say(&all.line("all"));
    say(
        "A span counts as found where one of its kind overlaps it. Kinds without a form of their own are not looked for.",
    );
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<Sample>> {
    let wrong = |e: &dyn std::fmt::Display| Error::invalid(format!("{} cannot be read", file.display()), e.to_string());
    let text = std::fs::read_to_string(file).map_err(|e| wrong(&e))?;
    serde_json::from_str(&text).map_err(|e| wrong(&e))
}

fn redact(samples: &[Sample]) -> Result<BTreeMap<String, Score>> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for sample in samples {
        let starts: Vec<usize> =
            sample.full_text.char_indices().map(|(at, _)| at).chain([sample.full_text.len()]).collect();
        let byte = |character: usize| starts.get(character).copied().unwrap_or(sample.full_text.len());
        let labelled: Vec<(&str, usize, usize)> = sample
            .spans
            .iter()
            .map(|span| (span.entity_type.as_str(), byte(span.start_position), byte(span.end_position)))
            .collect();
        let found = find(&sample.full_text, Kind::ALL);
        let named = found.iter().map(|found| Ok((name(found)?, found.start, found.end))).collect::<Result<Vec<_>>>()?;
        for (kind, start, end) in &labelled {
            let score = scores.entry((*kind).to_owned()).or_default();
            score.labelled += 1;
            score.recalled += usize::from(named.iter().any(|(of, a, b)| of == kind && a < end && start < b));
        }
        for (kind, start, end) in &named {
            let score = scores.entry(kind.clone()).or_default();
            score.found += 1;
            score.right += usize::from(labelled.iter().any(|(of, a, b)| of == kind && a < end && start < b));
        }
    }
    Ok(scores)
}

fn name(found: &Found) -> Result<String> {
    let name = serde_json::to_value(found.kind).map_err(Error::broken)?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_in_characters_and_by_kind() {
        let text = "Zoë: ada@example.org, Wien".to_owned();
        let span =
            |kind: &str, start, end| Span { entity_type: kind.to_owned(), start_position: start, end_position: end };
        let sample = Sample { full_text: text, spans: vec![span("EMAIL_ADDRESS", 5, 20), span("LOCATION", 22, 26)] };
        let scores = redact(&[sample]).unwrap();
        assert_eq!(scores["EMAIL_ADDRESS"], Score { labelled: 1, recalled: 1, found: 1, right: 1 });
        assert_eq!(scores["LOCATION"], Score { labelled: 1, recalled: 0, found: 0, right: 0 });
    }
}
