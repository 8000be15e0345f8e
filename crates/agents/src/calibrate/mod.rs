//! When an agent is sure enough: how far probabilities can be believed, and the threshold that keeps a promise.
//!
//! Pure functions over labelled answers. Nothing here changes a threshold: what comes out is a proposal with its evidence,
//! or how many more labels are needed for one.

mod fit;
mod measure;
mod online;
mod risk;
mod tail;

pub use fit::{BY_INTENT_MAX, Calibration, ISOTONIC_MIN, Isotonic, PLATT_MIN, Platt};
pub use measure::{Bins, Interval, area_under_risk, bootstrap, brier, calibration_error, risk_by_coverage};
pub use online::{WEEK_MOVE_MAX, nudge, within_week};
pub use risk::{
    Certified, Cheapest, Costs, Goal, Joint, Proposal, Shortage, answers_needed, cheapest, conformal, fixed_sequence,
    propose, without_error,
};

/// One answer whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Probability that was given to it, 0 to 1.
    pub p: f64,
    /// Whether it was right.
    pub right: bool,
}

impl Answer {
    /// An answer given with probability `p`.
    pub fn new(p: f64, right: bool) -> Self {
        Self { p, right }
    }

    fn truth(self) -> f64 {
        f64::from(u8::from(self.right))
    }
}

/// Most probable first; equal probabilities keep their order.
fn surest_first(answers: &[Answer]) -> Vec<Answer> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.p.total_cmp(&a.p));
    sorted
}
