//! Why a system did not do what it was asked.

use serde::{Deserialize, Serialize};

/// A refusal: nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status: 404, 409 or 422.
    pub status: u16,
    /// What is wrong, in a few words.
    pub title: String,
    /// Where, and what would be right.
    pub detail: String,
}

impl Refusal {
    /// There is no such thing.
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self { status: 404, title: format!("{kind} not found"), detail: format!("there is no {kind} '{id}'") }
    }
    /// The state does not allow it.
    pub fn conflict(title: &str, detail: impl Into<String>) -> Self {
        Self { status: 409, title: title.to_owned(), detail: detail.into() }
    }
    /// What was sent is wrong.
    pub fn invalid(title: &str, detail: impl Into<String>) -> Self {
        Self { status: 422, title: title.to_owned(), detail: detail.into() }
    }
}
