//! What a call takes of the limits on spending, and what it has taken before.

use super::call::Job;
use crate::limits::{Spending, give_back, take};
use crate::store::{Effect, State};
use baton_base::{ClientId, Result};
use baton_db::Tx;

/// What one attempt takes, and what stands taken for it.
#[derive(Clone)]
pub(super) struct Charge {
    back: Vec<Spending>,
    new: Vec<Spending>,
    /// What is given back if the call does not happen.
    pub stands: Vec<Spending>,
}

impl Charge {
    /// A first call takes; so does one that failed, and had its money back. One that may have happened has taken already,
    /// in its own window; where the system says that it did not happen, that is given back first.
    pub(super) fn of(job: &Job, spending: Vec<Spending>) -> Self {
        match job.maybe_done() {
            Some(effect) if job.known.not_happened => {
                Self { back: taken_by(effect), new: spending.clone(), stands: spending }
            }
            Some(effect) => Self { back: Vec::new(), new: Vec::new(), stands: taken_by(effect) },
            None => Self { back: Vec::new(), new: spending.clone(), stands: spending },
        }
    }

    /// Takes it, in the transaction that writes the call down.
    pub(super) fn take(&self, tx: &mut Tx, client: &ClientId) -> Result<()> {
        give_back(tx, client, &self.back)?;
        take(tx, client, &self.new)
    }
}

/// What an effect has taken, and has not been given back.
pub(super) fn taken_by(effect: &Effect) -> Vec<Spending> {
    match effect.state {
        State::Failed => Vec::new(),
        State::Requested | State::Unknown | State::Finished => {
            serde_json::from_value(effect.permit["spends"].clone()).unwrap_or_default()
        }
    }
}
