//! Recall, mean reciprocal rank (Voorhees 1999) and normalised discounted cumulative gain (Järvelin and Kekäläinen 2002).

use serde::Serialize;

/// How far down a ranking its gain is counted.
const GAIN_DEPTH: usize = 10;

/// Figures of one search over labelled questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Share of the right articles that stand first, the mean over questions.
    pub recall_at_1: f64,
    /// … among the first five.
    pub recall_at_5: f64,
    /// … among the first ten.
    pub recall_at_10: f64,
    /// Mean of one over the place of the first right article.
    pub mrr: f64,
    /// Normalised gain of the first ten: right articles count by grade, and less the lower they stand.
    pub ndcg_at_10: f64,
}

/// A question's ranking, best first, and the grade of every right article.
pub type Ranking<T> = (Vec<T>, Vec<(T, f64)>);

type Measure<'a, T> = dyn Fn(&[T], &[(T, f64)]) -> f64 + 'a;

/// Figures of rankings, one for each question.
pub fn figures<T: PartialEq>(rankings: &[Ranking<T>]) -> Figures {
    let mean = |of: &Measure<'_, T>| {
        rankings.iter().map(|(ranked, right)| of(ranked, right)).sum::<f64>() / rankings.len().max(1) as f64
    };
    Figures {
        recall_at_1: mean(&|ranked, right| recall(ranked, right, 1)),
        recall_at_5: mean(&|ranked, right| recall(ranked, right, 5)),
        recall_at_10: mean(&|ranked, right| recall(ranked, right, 10)),
        mrr: mean(&reciprocal),
        ndcg_at_10: mean(&gain),
    }
}

fn is_right<T: PartialEq>(right: &[(T, f64)], one: &T) -> bool {
    right.iter().any(|(name, grade)| name == one && *grade > 0.0)
}

/// Of several right articles at most `k` can be among the first `k`.
fn recall<T: PartialEq>(ranked: &[T], right: &[(T, f64)], k: usize) -> f64 {
    let all = right.iter().filter(|(_, grade)| *grade > 0.0).count();
    let found = ranked.iter().take(k).filter(|one| is_right(right, one)).count();
    if all == 0 { 0.0 } else { found as f64 / all.min(k) as f64 }
}

fn reciprocal<T: PartialEq>(ranked: &[T], right: &[(T, f64)]) -> f64 {
    ranked.iter().position(|one| is_right(right, one)).map_or(0.0, |at| 1.0 / (at + 1) as f64)
}

fn gain<T: PartialEq>(ranked: &[T], right: &[(T, f64)]) -> f64 {
    let discounted = |grades: &mut dyn Iterator<Item = f64>| -> f64 {
        grades.take(GAIN_DEPTH).enumerate().map(|(at, grade)| (grade.exp2() - 1.0) / ((at + 2) as f64).log2()).sum()
    };
    let grade = |one: &T| right.iter().find(|(name, _)| name == one).map_or(0.0, |(_, grade)| *grade);
    let mut best: Vec<f64> = right.iter().map(|(_, grade)| *grade).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    let ideal = discounted(&mut best.into_iter());
    if ideal > 0.0 { discounted(&mut ranked.iter().map(grade)) / ideal } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_definitions() {
        let rankings = vec![
            (vec!["a", "b", "c"], vec![("a", 1.0)]),
            (vec!["x", "a", "b"], vec![("a", 1.0), ("b", 1.0)]),
            (vec!["x"], vec![("a", 1.0)]),
        ];
        let found = figures(&rankings);
        let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} is not {other}: {found:?}");
        near(found.recall_at_1, 1.0 / 3.0);
        near(found.recall_at_5, 2.0 / 3.0);
        near(found.mrr, 0.5);
        let two = (1.0 / 3.0_f64.log2() + 1.0 / 4.0_f64.log2()) / (1.0 + 1.0 / 3.0_f64.log2());
        near(found.ndcg_at_10, (1.0 + two) / 3.0);
    }

    #[test]
    fn a_better_grade_counts_more() {
        let right = vec![("a", 1.0), ("b", 3.0)];
        let of = |ranked: Vec<&'static str>| figures(&[(ranked, right.clone())]).ndcg_at_10;
        assert!(of(vec!["b", "a"]) > of(vec!["a", "b"]));
        assert!((of(vec!["b", "a"]) - 1.0).abs() < 1e-9);
    }
}
