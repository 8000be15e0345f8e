//! Errors of a run, as problem documents (RFC 9457) with the specification's types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the specification's standard error types live.
const STANDARD: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/";
/// Other homes of the same types, used by older and newer texts of the specification.
const ALIASES: [&str; 3] = [
    "https://open-workflow-specification.org/dsl/errors/types/",
    "https://open-workflow-specification.org/spec/1.0.0/errors/",
    "https://serverlessworkflow.io/dsl/errors/types/",
];

/// The specification's standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The definition or what it refers to is not set up right.
    Configuration,
    /// Data does not fit its schema.
    Validation,
    /// An expression gave no usable value.
    Expression,
    /// Who is asking could not be established.
    Authentication,
    /// Who is asking may not.
    Authorization,
    /// Something took longer than allowed.
    Timeout,
    /// The other side could not be reached or answered with an error.
    Communication,
    /// The run itself could not go on.
    Runtime,
}

impl ErrorKind {
    fn parts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Configuration => ("configuration", 400, "Configuration error"),
            Self::Validation => ("validation", 400, "Validation error"),
            Self::Expression => ("expression", 400, "Expression error"),
            Self::Authentication => ("authentication", 401, "Authentication error"),
            Self::Authorization => ("authorization", 403, "Authorization error"),
            Self::Timeout => ("timeout", 408, "Timeout"),
            Self::Communication => ("communication", 500, "Communication error"),
            Self::Runtime => ("runtime", 500, "Runtime error"),
        }
    }
}

/// What went wrong in a run, where, in a form that a process can catch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorDoc {
    /// URI that names the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// Status, as HTTP has it.
    pub status: u16,
    /// In a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What exactly, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Path of the task it came from, such as `/do/0/triage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl ErrorDoc {
    /// A standard error with its usual status.
    pub fn standard(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let (name, status, title) = kind.parts();
        Self {
            kind: format!("{STANDARD}{name}"),
            status,
            title: Some(title.to_owned()),
            detail: Some(detail.into()),
            instance: None,
        }
    }

    /// The same with another status, such as the 404 that a server answered.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same, from this task, unless it already says where it is from.
    #[must_use]
    pub fn from_task(mut self, path: &str) -> Self {
        self.instance.get_or_insert_with(|| path.to_owned());
        self
    }

    /// Whether it is of this standard kind.
    pub fn is(&self, kind: ErrorKind) -> bool {
        same_type(&self.kind, &format!("{STANDARD}{}", kind.parts().0))
    }

    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// Whether two error types are the same, standard types being known by several homes.
pub(crate) fn same_type(a: &str, b: &str) -> bool {
    fn local(text: &str) -> &str {
        let homes = ALIASES.iter().chain([&STANDARD]);
        homes.into_iter().find_map(|home| text.strip_prefix(home)).unwrap_or(text)
    }
    local(a) == local(b)
}
