//! Counts over judged messages.

use super::Example;
use crate::calibrate::{Answer, Bins, brier, calibration_error, risk_by_coverage};
use baton_recognise::{OUT_OF_SCOPE, Recogniser};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of labels that are taken for each other, as many as are shown.
const CONFUSIONS_MAX: usize = 8;
const BINS: usize = 10;

/// One message, as it was labelled and as it was recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The label it has.
    pub label: String,
    /// The likeliest label; empty if nothing was trained.
    pub found: String,
    /// Its probability.
    pub p: f64,
    /// From this probability the recogniser would have answered.
    pub threshold: f64,
}

impl Judged {
    fn outside(&self) -> bool {
        self.label == OUT_OF_SCOPE
    }

    /// Whether no intent is given to it.
    fn refused(&self) -> bool {
        self.found == OUT_OF_SCOPE || self.found.is_empty() || self.p < self.threshold
    }

    fn right(&self) -> bool {
        self.label == self.found
    }

    /// As an answer: what is recognised as out of scope is answered by nobody.
    fn answer(&self) -> Answer {
        let p = if self.found == OUT_OF_SCOPE { 0.0 } else { self.p };
        Answer::new(p, self.right() && !self.outside())
    }
}

/// How messages were recognised. Shares are 0 to 1; absent where there is nothing to take a share of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Messages in scope.
    pub in_scope: usize,
    /// Messages out of scope.
    pub out_of_scope: usize,
    /// Share of messages in scope whose likeliest label is right.
    pub accuracy: Option<f64>,
    /// The threshold (the mean, over folds).
    pub threshold: f64,
    /// Share of messages in scope whose label is right and at or above the threshold.
    pub accuracy_at_threshold: Option<f64>,
    /// Share of messages out of scope that get no intent.
    pub out_of_scope_recall: Option<f64>,
    /// Share of messages without an intent that are indeed out of scope.
    pub out_of_scope_precision: Option<f64>,
    /// Expected calibration error over messages in scope, ten bins of one width.
    pub calibration_error: Option<f64>,
    /// Brier score over messages in scope.
    pub brier: Option<f64>,
    /// Largest share of all messages that can be answered with 95 in 100 right.
    pub coverage_at_95: f64,
    /// Largest share of all messages that can be answered with 98 in 100 right.
    pub coverage_at_98: f64,
    /// Labels of these messages that training did not have; they count as wrong.
    pub unknown_labels: Vec<String>,
    /// What is taken for what, most often first.
    pub confusions: Vec<Confusion>,
}

/// One label that is taken for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The right one.
    pub label: String,
    /// The one found.
    pub found: String,
    /// How often.
    pub count: usize,
}

/// Lets the recogniser judge one message as it would in a conversation.
pub fn judge(recogniser: &Recogniser, example: &Example) -> Judged {
    let (found, p) = recogniser.best(&example.text).unwrap_or_default();
    let threshold = f64::from(recogniser.threshold());
    Judged { label: example.label.clone(), found, p: f64::from(p), threshold }
}

/// Counts. `known` are the labels that training had.
pub fn report(judged: &[Judged], known: &BTreeSet<&str>) -> Report {
    let (outside, inside): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|j| j.outside());
    let right = inside.iter().filter(|j| j.right()).count();
    let right_and_sure = inside.iter().filter(|j| j.right() && !j.refused()).count();
    let refused = judged.iter().filter(|j| j.refused()).count();
    let refused_outside = outside.iter().filter(|j| j.refused()).count();
    let stated: Vec<Answer> = inside.iter().map(|j| Answer::new(j.p, j.right())).collect();
    let answers: Vec<Answer> = judged.iter().map(Judged::answer).collect();
    let coverage = |least: f64| {
        let by_coverage = risk_by_coverage(&answers);
        by_coverage.into_iter().rfind(|(_, risk)| 1.0 - risk >= least).map_or(0.0, |(coverage, _)| coverage)
    };
    let unknown: BTreeSet<&str> = judged.iter().map(|j| j.label.as_str()).filter(|l| !known.contains(l)).collect();
    Report {
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(right, inside.len()),
        threshold: judged.iter().map(|j| j.threshold).sum::<f64>() / judged.len().max(1) as f64,
        accuracy_at_threshold: share(right_and_sure, inside.len()),
        out_of_scope_recall: share(refused_outside, outside.len()),
        out_of_scope_precision: share(refused_outside, if outside.is_empty() { 0 } else { refused }),
        calibration_error: (!inside.is_empty()).then(|| calibration_error(&stated, Bins::EqualWidth(BINS))),
        brier: (!inside.is_empty()).then(|| brier(&stated)),
        coverage_at_95: coverage(0.95),
        coverage_at_98: coverage(0.98),
        unknown_labels: unknown.into_iter().filter(|l| *l != OUT_OF_SCOPE).map(str::to_owned).collect(),
        confusions: confusions(&inside),
    }
}

fn confusions(inside: &[&Judged]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for wrong in inside.iter().filter(|j| !j.right()) {
        *counts.entry((&wrong.label, &wrong.found)).or_default() += 1;
    }
    let mut all: Vec<Confusion> = counts
        .into_iter()
        .map(|((label, found), count)| Confusion { label: label.to_owned(), found: found.to_owned(), count })
        .collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.count));
    all.truncate(CONFUSIONS_MAX);
    all
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(label: &str, found: &str, p: f64) -> Judged {
        Judged { label: label.into(), found: found.into(), p, threshold: 0.5 }
    }

    #[test]
    fn counts_are_those_a_person_would_make() {
        let all = [
            judged("a", "a", 0.9),
            judged("a", "a", 0.4),
            judged("a", "b", 0.7),
            judged("new", "b", 0.2),
            judged(OUT_OF_SCOPE, OUT_OF_SCOPE, 0.8),
            judged(OUT_OF_SCOPE, "a", 0.3),
            judged(OUT_OF_SCOPE, "a", 0.6),
        ];
        let found = report(&all, &BTreeSet::from(["a", "b", OUT_OF_SCOPE]));
        assert_eq!((found.in_scope, found.out_of_scope, found.accuracy), (4, 3, Some(0.5)));
        assert_eq!(found.accuracy_at_threshold, Some(0.25));
        assert_eq!((found.out_of_scope_recall, found.out_of_scope_precision), (Some(2.0 / 3.0), Some(0.5)));
        assert_eq!((found.coverage_at_95, found.coverage_at_98), (1.0 / 7.0, 1.0 / 7.0));
        assert_eq!(found.unknown_labels, ["new"]);
        assert_eq!(found.confusions[0], Confusion { label: "a".into(), found: "b".into(), count: 1 });
    }

    #[test]
    fn without_messages_of_a_kind_there_is_no_share_of_them() {
        let found = report(&[judged("a", "a", 0.9)], &BTreeSet::from(["a"]));
        assert_eq!((found.out_of_scope_recall, found.out_of_scope_precision), (None, None));
        let none = report(&[], &BTreeSet::new());
        assert_eq!((none.accuracy, none.coverage_at_95), (None, 0.0));
    }
}
