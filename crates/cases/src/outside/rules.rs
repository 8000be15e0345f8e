//! Where a task stands, as its caller is told.

use crate::{CaseRow, CaseState};
use baton_runs::Stance;

/// States of a task that Baton gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Agents or people of the client are on it.
    Working,
    /// The caller has the next step.
    InputRequired,
    /// Ended with an outcome.
    Completed,
    /// Withdrawn, or given up.
    Canceled,
    /// Ended by something that went wrong.
    Failed,
    /// Not taken on.
    Rejected,
}

impl TaskState {
    /// Whether it takes no more messages.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Working | Self::InputRequired)
    }

    /// Whether nothing happens until the caller does something.
    pub fn is_settled(self) -> bool {
        self != Self::Working
    }
}

/// Where a task stands. A case that is closed without an outcome was given up; one closed as `rejected` or `failed` says so.
pub fn state_of(row: &CaseRow, stance: Stance) -> TaskState {
    match row.state {
        CaseState::Resolved => TaskState::Completed,
        CaseState::Closed => match row.outcome.as_deref() {
            Some("rejected") => TaskState::Rejected,
            Some("failed") => TaskState::Failed,
            Some(_) | None => TaskState::Canceled,
        },
        CaseState::WithPerson => TaskState::Working,
        CaseState::Open if stance == Stance::Listens => TaskState::InputRequired,
        // Between two steps of a run the customer seems to have the next step, and has not.
        CaseState::WaitingCustomer if stance != Stance::Busy => TaskState::InputRequired,
        CaseState::Open | CaseState::WaitingCustomer => TaskState::Working,
    }
}
