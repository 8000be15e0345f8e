//! One error type for all rooms: each variant says who acts next.

use serde::Serialize;

/// Result with Baton's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by who must act next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller must change what was sent.
    #[error("{title}: {detail}")]
    Invalid {
        /// What is wrong, in a few words.
        title: String,
        /// Where, and what to do.
        detail: String,
        /// JSON pointer or parameter name of the culprit, if known.
        place: Option<String>,
    },
    /// There is no such thing, or not for this caller: the two are never told apart.
    #[error("{0} not found")]
    NotFound(String),
    /// The caller must sign in.
    #[error("sign in first: {0}")]
    Unauthenticated(String),
    /// Policy says no.
    #[error("refused: {reason}")]
    Refused {
        /// In words, for the actor and the ledger.
        reason: String,
        /// Ids of the policies or rules that decided.
        policies: Vec<String>,
    },
    /// The state has moved on; look again.
    #[error("conflict: {0}")]
    Conflict(String),
    /// A stated limit was passed.
    #[error("limit passed: {0}")]
    Limit(String),
    /// Too many requests; try again later.
    #[error("too many requests: {0}")]
    TooMany(String),
    /// Something that Baton depends on is away; nothing was lost.
    #[error("not available now: {0}")]
    Unavailable(String),
    /// A fault of Baton itself.
    #[error("internal error: {0}")]
    Broken(String),
}

impl Error {
    /// The caller must change what was sent.
    pub fn invalid(title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { title: title.into(), detail: detail.into(), place: None }
    }
    /// The same, naming the culprit.
    pub fn invalid_at(place: impl Into<String>, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { title: title.into(), detail: detail.into(), place: Some(place.into()) }
    }
    /// There is no such thing for this caller.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound(what.into())
    }
    /// Policy says no.
    pub fn refused(reason: impl Into<String>, policies: Vec<String>) -> Self {
        Self::Refused { reason: reason.into(), policies }
    }
    /// A fault of Baton itself, from any error.
    pub fn broken(cause: impl std::fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }

    /// The HTTP status that says the same (RFC 9110).
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 400,
            Self::Unauthenticated(_) => 401,
            Self::Refused { .. } => 403,
            Self::NotFound(_) => 404,
            Self::Conflict(_) => 409,
            Self::Limit(_) => 413,
            Self::TooMany(_) => 429,
            Self::Broken(_) => 500,
            Self::Unavailable(_) => 503,
        }
    }

    /// The problem document (RFC 9457) for this error. The cause of an internal error stays in the log.
    pub fn problem(&self) -> Problem {
        let (name, title, detail, place, policies) = match self {
            Self::Invalid { title, detail, place } => ("invalid", title.clone(), detail.clone(), place.clone(), vec![]),
            Self::NotFound(what) => {
                ("not-found", "Not found".into(), format!("{what} does not exist here"), None, vec![])
            }
            Self::Unauthenticated(why) => ("unauthenticated", "Sign in first".into(), why.clone(), None, vec![]),
            Self::Refused { reason, policies } => {
                ("refused", "Refused by policy".into(), reason.clone(), None, policies.clone())
            }
            Self::Conflict(why) => ("conflict", "The state has moved on".into(), why.clone(), None, vec![]),
            Self::Limit(why) => ("limit", "A limit was passed".into(), why.clone(), None, vec![]),
            Self::TooMany(why) => ("too-many-requests", "Too many requests".into(), why.clone(), None, vec![]),
            Self::Unavailable(why) => ("unavailable", "Not available now".into(), why.clone(), None, vec![]),
            Self::Broken(_) => (
                "internal",
                "Internal error".into(),
                "the fault is ours and has been logged; nothing accepted was lost".into(),
                None,
                vec![],
            ),
        };
        Problem { r#type: format!("urn:baton:problem:{name}"), title, status: self.status(), detail, place, policies }
    }
}

/// Problem details for HTTP APIs (RFC 9457), with the place of the culprit and the policies that refused.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// URN of the kind of problem.
    pub r#type: String,
    /// In a few words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// JSON pointer or parameter name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Ids of the policies or rules that refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_never_tells_its_cause() {
        let problem = Error::broken("password=hunter2").problem();
        assert_eq!(problem.status, 500);
        assert!(!serde_json::to_string(&problem).unwrap().contains("hunter2"));
    }
}
