//! How good a handoff was (methods §9): what was there, whether it was right in form, and what was asked again.

use serde::Serialize;

/// Weights of the parts: completeness, validity, nothing asked again.
const PARTS: (f64, f64, f64) = (0.5, 0.2, 0.3);
/// Turns of the person in which a question counts as asked again.
pub const TURNS: i64 = 5;

/// Share of the fields wanted that were not asked again; 1 where none is wanted.
#[expect(clippy::cast_precision_loss, reason = "fields of one packet")]
pub fn no_reask(reasked: usize, required: usize) -> f64 {
    if required == 0 { 1.0 } else { 1.0 - reasked.min(required) as f64 / required as f64 }
}

/// One figure for a handoff, 0 to 1.
pub fn score(completeness: f64, validity: f64, no_reask: f64) -> f64 {
    PARTS.0 * completeness + PARTS.1 * validity + PARTS.2 * no_reask
}

/// Mean of shares, each of so many out of so many; none without any.
#[expect(clippy::cast_precision_loss, reason = "fields of packets")]
pub fn mean_share(shares: &[(u32, u32)]) -> Option<f64> {
    let each = shares.iter().map(|(part, whole)| if *whole == 0 { 1.0 } else { f64::from(*part) / f64::from(*whole) });
    (!shares.is_empty()).then(|| each.sum::<f64>() / shares.len() as f64)
}

/// How a handoff stands, as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Handoff {
    /// Share of what was wanted that was there, by weight.
    pub completeness: f64,
    /// Share of what has a form that had it.
    pub validity: f64,
    /// Everything critical was there.
    pub gate: bool,
    /// Why the case was handed over although something critical was missing.
    pub excuse: Option<String>,
    /// Fields that the person asked the customer for again.
    pub reasked: Vec<String>,
    /// Share of the fields wanted that were not asked again.
    pub no_reask: f64,
    /// One figure: half completeness, a fifth validity, the rest nothing asked again.
    pub score: f64,
    /// What its receiver thought of it: `good` or `lacking`.
    pub rating: Option<String>,
}
