//! Thresholds that keep a promise: at most so many errors, with so much confidence; or the cheapest.

use super::tail::at_most;
use super::{Answer, surest_first};

/// Most answers that a needed number is looked for among.
const ANSWERS_MAX: usize = 100_000;

/// What a threshold has to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Largest share of wrong ones among the answered, 0 to 1.
    pub risk: f64,
    /// Largest probability that the promise is broken all the same, 0 to 1; confidence is what is left.
    pub doubt: f64,
}

/// A threshold whose promise the labels bear out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certified {
    /// Answer from this probability on.
    pub threshold: f64,
    /// Labels at or above it.
    pub answered: usize,
    /// Wrong ones among them.
    pub errors: usize,
    /// Probability of so few errors if the risk were as large as the goal allows.
    pub p_value: f64,
}

/// The lowest threshold of `thresholds` whose risk among the answered is within the goal: from the strictest down, each
/// is tested, and the first that fails ends it (fixed-sequence Learn-then-Test; Angelopoulos et al. 2021). So the promise holds
/// for all of them together. `None` if not even the strictest passes.
pub fn fixed_sequence(answers: &[Answer], goal: Goal, thresholds: &[f64]) -> Option<Certified> {
    let mut strictest_first = thresholds.to_vec();
    strictest_first.sort_by(|a, b| b.total_cmp(a));
    let tested = strictest_first.into_iter().map(|threshold| {
        let answered = answers.iter().filter(|a| a.p >= threshold).count();
        let errors = answers.iter().filter(|a| a.p >= threshold && !a.right).count();
        Certified { threshold, answered, errors, p_value: at_most(errors, answered, goal.risk) }
    });
    tested.take_while(|found| found.p_value <= goal.doubt).last()
}

/// A threshold that holds answered-and-wrong, as a share of all messages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// Answer from this probability on.
    pub threshold: f64,
    /// Wrong ones among the answered.
    pub errors: usize,
    /// Share of messages that are answered.
    pub coverage: f64,
}

/// The lowest threshold at which (errors + 1) / (labels + 1) is within `risk`: in the mean, at most so large a share of all
/// messages is answered and wrong (conformal risk control; Angelopoulos et al. 2022). `None` if there is none.
pub fn conformal(answers: &[Answer], risk: f64) -> Option<Joint> {
    let all = answers.len() as f64;
    let sorted = surest_first(answers);
    let mut errors = 0;
    let mut best = None;
    for (i, answer) in sorted.iter().enumerate() {
        errors += usize::from(!answer.right);
        let last_of_equals = sorted.get(i + 1).is_none_or(|next| next.p < answer.p);
        if last_of_equals && (errors + 1) as f64 / (all + 1.0) <= risk {
            best = Some(Joint { threshold: answer.p, errors, coverage: (i + 1) as f64 / all });
        }
    }
    best
}

/// What an answer, an error and a person cost, in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A wrong answer.
    pub wrong: f64,
    /// A person's answer, waiting included.
    pub person: f64,
    /// An agent's answer.
    pub agent: f64,
}

impl Costs {
    /// From this true probability on, an answer is cheaper than a person: (1 − p) · wrong + agent < person. 0 to 1.
    pub fn threshold(&self) -> f64 {
        (1.0 - (self.person - self.agent) / self.wrong).clamp(0.0, 1.0)
    }

    /// Mean cost of a message, if those from `threshold` on are answered and people take the others.
    pub fn mean(&self, answers: &[Answer], threshold: f64) -> f64 {
        let cost = |a: &Answer| match (a.p >= threshold, a.right) {
            (false, _) => self.person,
            (true, true) => self.agent,
            (true, false) => self.agent + self.wrong,
        };
        answers.iter().map(cost).sum::<f64>() / answers.len().max(1) as f64
    }
}

/// The cheapest threshold that labels show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cheapest {
    /// Answer from this probability on; above 1: answer nothing.
    pub threshold: f64,
    /// Mean cost of a message.
    pub cost: f64,
    /// Mean cost if people take all.
    pub all_person: f64,
    /// Mean cost if all are answered.
    pub all_agent: f64,
}

/// The threshold with the least mean cost; of equal ones the strictest. It holds for these labels, without a promise.
pub fn cheapest(answers: &[Answer], costs: Costs) -> Cheapest {
    let nothing = f64::from(1.0_f32.next_up());
    let all_person = costs.mean(answers, nothing);
    let found = Cheapest { threshold: nothing, cost: all_person, all_person, all_agent: costs.mean(answers, 0.0) };
    surest_first(answers).iter().fold(found, |best, answer| {
        let cost = costs.mean(answers, answer.p);
        if cost < best.cost { Cheapest { threshold: answer.p, cost, ..best } } else { best }
    })
}

/// Answers without a single error that bear out a goal. `None` beyond a hundred thousand.
pub fn without_error(goal: Goal) -> Option<usize> {
    (1..=ANSWERS_MAX).find(|n| at_most(0, *n, goal.risk) <= goal.doubt)
}

/// Fewest answers with which a goal is borne out with probability `power`, if the true risk is `true_risk`.
/// `None` beyond a hundred thousand, or if the true risk is not below the goal's.
pub fn answers_needed(goal: Goal, true_risk: f64, power: f64) -> Option<usize> {
    if true_risk >= goal.risk {
        return None;
    }
    let mut allowed = 0;
    for n in without_error(goal)?..=ANSWERS_MAX {
        // The errors allowed never fall as answers grow.
        while at_most(allowed + 1, n, goal.risk) <= goal.doubt {
            allowed += 1;
        }
        if at_most(allowed, n, true_risk) >= power {
            return Some(n);
        }
    }
    None
}

/// Too few labels for a promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortage {
    /// Labels there are.
    pub labels: usize,
    /// Labels needed beside them, at the share of messages that are sure now; `None` if no number would do, because
    /// the errors seen are as many as the goal allows or more.
    pub more: Option<usize>,
}

/// A proposal, or why there is none yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Proposal {
    /// A threshold with its evidence.
    Threshold(Certified),
    /// More labels are needed.
    NeedsLabels(Shortage),
}

/// Thresholds that are tried: from .99 down to .30 in hundredths.
fn usual_thresholds() -> Vec<f64> {
    (30..100).rev().map(|i| f64::from(i) / 100.0).collect()
}

/// A threshold for a goal, tested from the strictest that has enough answers to pass down; or how many labels are missing.
pub fn propose(answers: &[Answer], goal: Goal) -> Proposal {
    let least = without_error(goal).unwrap_or(ANSWERS_MAX);
    // Where a threshold starts is fixed by how many are sure, not by how many of them are right: the promise holds.
    let sure = |t: &f64| answers.iter().filter(|a| a.p >= *t).count() >= least;
    let thresholds: Vec<f64> = usual_thresholds().into_iter().filter(sure).collect();
    fixed_sequence(answers, goal, &thresholds)
        .map_or_else(|| Proposal::NeedsLabels(shortage(answers, goal)), Proposal::Threshold)
}

/// 80 % power is usual.
const POWER: f64 = 0.8;
/// Half the allowed risk is what a threshold worth having shows.
const HOPED_SHARE: f64 = 0.5;

fn shortage(answers: &[Answer], goal: Goal) -> Shortage {
    let sorted = surest_first(answers);
    let surest = &sorted[..sorted.len() / 2];
    let wrong = surest.iter().filter(|a| !a.right).count() as f64;
    let seen = if surest.is_empty() { 0.0 } else { wrong / surest.len() as f64 };
    let needed = answers_needed(goal, seen.max(goal.risk * HOPED_SHARE), POWER);
    // Only the surer half of all messages counts for it.
    let more = needed.map(|n| (2 * n).saturating_sub(answers.len()).max(1));
    Shortage { labels: answers.len(), more }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal { risk: 0.05, doubt: 0.1 };

    #[test]
    fn good_labels_give_a_threshold_and_few_say_how_many_more() {
        let good: Vec<Answer> = (0..600).map(|i| Answer::new(f64::from(i % 100) / 100.0, i % 100 >= 40)).collect();
        let Proposal::Threshold(found) = propose(&good, GOAL) else { panic!("a threshold") };
        assert!((0.37..=0.41).contains(&found.threshold) && found.p_value <= 0.1, "{found:?}");
        let few: Vec<Answer> = good.iter().step_by(15).map(|a| Answer::new(a.p, a.right)).collect();
        let Proposal::NeedsLabels(short) = propose(&few, GOAL) else { panic!("needs labels") };
        assert!(short.labels == 40 && short.more.is_some_and(|m| m > 300), "{short:?}");
        let bad: Vec<Answer> = good.iter().map(|a| Answer::new(a.p, !a.right)).collect();
        assert_eq!(propose(&bad, GOAL), Proposal::NeedsLabels(Shortage { labels: 600, more: None }));
    }

    #[test]
    fn nothing_is_promised_without_labels() {
        assert_eq!((conformal(&[], 0.05), fixed_sequence(&[], GOAL, &[0.5])), (None, None));
        assert_eq!(answers_needed(GOAL, 0.05, 0.8), None);
        let costs = Costs { wrong: 25.0, person: 6.5, agent: 0.5 };
        assert!(cheapest(&[], costs).threshold > 1.0);
    }
}
