//! What goes wrong, as both bindings say it (A2A 1.0, sections 3.3.2, 5.4, 9.5 and 11.6).

use axum::http::StatusCode;
use baton_base::Error;
use serde_json::{Value, json};

const INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// Result of an operation.
pub(super) type Told<T> = std::result::Result<T, No>;

/// Which error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Parse,
    Request,
    Method,
    Params,
    Internal,
    TaskNotFound,
    TaskNotCancelable,
    PushNotSupported,
    Unsupported,
    ContentType,
    Version,
    Refused,
    Later,
}

struct Codes {
    rpc: i64,
    http: StatusCode,
    status: &'static str,
    /// Name and domain, where it is an error of the protocol or of Baton.
    reason: Option<(&'static str, &'static str)>,
}

const A2A: &str = "a2a-protocol.org";
const OWN: &str = "baton";

impl Kind {
    fn codes(self) -> Codes {
        let of = |rpc, http, status, reason| Codes { rpc, http, status, reason };
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Parse => of(-32700, bad, "INVALID_ARGUMENT", None),
            Self::Request => of(-32600, bad, "INVALID_ARGUMENT", None),
            Self::Method => of(-32601, StatusCode::NOT_FOUND, "NOT_FOUND", None),
            Self::Params => of(-32602, bad, "INVALID_ARGUMENT", None),
            Self::Internal => of(-32603, StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", None),
            Self::TaskNotFound => of(-32001, StatusCode::NOT_FOUND, "NOT_FOUND", Some(("TASK_NOT_FOUND", A2A))),
            Self::TaskNotCancelable => of(-32002, bad, "FAILED_PRECONDITION", Some(("TASK_NOT_CANCELABLE", A2A))),
            Self::PushNotSupported => {
                of(-32003, bad, "FAILED_PRECONDITION", Some(("PUSH_NOTIFICATION_NOT_SUPPORTED", A2A)))
            }
            Self::Unsupported => of(-32004, bad, "FAILED_PRECONDITION", Some(("UNSUPPORTED_OPERATION", A2A))),
            Self::ContentType => of(-32005, bad, "INVALID_ARGUMENT", Some(("CONTENT_TYPE_NOT_SUPPORTED", A2A))),
            Self::Version => of(-32009, bad, "FAILED_PRECONDITION", Some(("VERSION_NOT_SUPPORTED", A2A))),
            Self::Refused => of(-32050, StatusCode::FORBIDDEN, "PERMISSION_DENIED", Some(("REFUSED", OWN))),
            Self::Later => of(-32051, StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", Some(("TRY_AGAIN", OWN))),
        }
    }
}

/// An error, with the words for whoever asked.
#[derive(Debug, Clone)]
pub(super) struct No {
    pub kind: Kind,
    pub message: String,
    /// The parameter that does not fit.
    pub field: Option<String>,
    /// Facts beside the words, as text.
    pub facts: Vec<(&'static str, String)>,
}

impl No {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None, facts: Vec::new() }
    }

    pub fn params(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(Kind::Params, message) }
    }

    pub fn task(id: &str) -> Self {
        Self::new(Kind::TaskNotFound, "there is no such task here").fact("taskId", id)
    }

    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    fn details(&self) -> Vec<Value> {
        let mut details = Vec::new();
        if let Some((reason, domain)) = self.kind.codes().reason {
            let facts: serde_json::Map<String, Value> =
                self.facts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            details.push(json!({"@type": INFO, "reason": reason, "domain": domain, "metadata": facts}));
        }
        if let Some(field) = &self.field {
            let violation = json!({"field": field, "description": self.message});
            details.push(json!({"@type": BAD_REQUEST, "fieldViolations": [violation]}));
        }
        details
    }

    /// The error object of JSON-RPC.
    pub fn rpc(&self) -> Value {
        let mut error = json!({"code": self.kind.codes().rpc, "message": self.message});
        let details = self.details();
        if !details.is_empty() {
            error["data"] = json!(details);
        }
        error
    }

    /// Status and body of HTTP+JSON.
    pub fn http(&self) -> (StatusCode, Value) {
        let codes = self.kind.codes();
        let error = json!({"code": codes.http.as_u16(), "status": codes.status, "message": self.message,
            "details": self.details()});
        (codes.http, json!({ "error": error }))
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        let problem = error.problem();
        let words = format!("{}: {}", problem.title, problem.detail);
        match error {
            Error::Broken(cause) => {
                tracing::error!(%cause, "internal error");
                Self::new(Kind::Internal, problem.detail)
            }
            Error::TooMany(_) | Error::Unavailable(_) => Self::new(Kind::Later, words),
            Error::Refused { .. } | Error::Unauthenticated(_) => {
                Self::new(Kind::Refused, words).fact("policies", problem.policies.join(", "))
            }
            Error::Conflict(_) => Self::new(Kind::Unsupported, words),
            Error::NotFound(_) => Self::new(Kind::TaskNotFound, words),
            Error::Invalid { .. } | Error::Limit(_) => {
                Self { field: problem.place.filter(|place| !place.is_empty()), ..Self::new(Kind::Params, words) }
            }
        }
    }
}
