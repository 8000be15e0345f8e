//! Provisioning by a directory (SCIM 2.0, RFC 7643 and RFC 7644): members as users, and groups that give roles.
//!
//! Here: resources as they are written and read, filters, patches, and what is stored. HTTP is the server's, and so is
//! what becomes of the work of whoever is disabled.

pub mod bulk;
mod filter;
pub mod groups;
mod patch;
pub mod schemas;
mod user;
pub mod users;

pub use filter::Filter;

use baton_base::Error;
use serde_json::{Value, json};

/// URN of the core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of the core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// URN of what Baton knows of a member besides.
pub const MEMBER: &str = "urn:baton:scim:schemas:1.0:Member";
/// URN of a list.
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// URN of a patch.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// URN of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// Where everything stands.
pub const BASE: &str = "/scim/v2";
/// Most resources of one page.
pub const PAGE_MAX: i64 = 200;

/// Why a request is refused, as the protocol writes it.
#[derive(Debug)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// `scimType` of RFC 7644, section 3.12; empty where there is none.
    pub kind: &'static str,
    /// In words.
    pub detail: String,
    /// Of a fault of Baton itself, for the log; never sent.
    pub cause: Option<String>,
}

/// What a request gives.
pub type Told<T> = std::result::Result<T, Fault>;

impl Fault {
    /// The request must be changed.
    pub fn wrong(kind: &'static str, detail: impl Into<String>) -> Self {
        Self::of(400, kind, detail)
    }

    /// A refusal with another status.
    pub fn of(status: u16, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), cause: None }
    }

    /// As it is sent.
    pub fn document(&self) -> Value {
        let mut document = json!({"schemas": [ERROR], "status": self.status.to_string(), "detail": self.detail});
        if !self.kind.is_empty() {
            document["scimType"] = self.kind.into();
        }
        document
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        // `tooMany` is of filters that want too much; a body that holds too much is 413, and has no type of its own.
        let kind = match &error {
            Error::Invalid { .. } => "invalidValue",
            Error::Conflict(_) => "uniqueness",
            Error::Unauthenticated(_)
            | Error::Refused { .. }
            | Error::NotFound(_)
            | Error::Limit(_)
            | Error::TooMany(_)
            | Error::Broken(_)
            | Error::Unavailable(_) => "",
        };
        let (status, detail) = (error.status(), error.problem().detail);
        let cause = if let Error::Broken(cause) = error { Some(cause) } else { None };
        Self { status, kind, detail, cause }
    }
}

/// One page of a list (RFC 7644, section 3.4.2).
pub fn page(total: i64, start: i64, items: Vec<Value>) -> Value {
    json!({"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": items.len(), "Resources": items})
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// First, from 1.
    pub start: i64,
    /// How many.
    pub count: i64,
}

impl Part {
    /// As the parameters say it; what makes no sense is what makes sense next to it (RFC 7644, section 3.4.2.4).
    pub fn of(start: Option<i64>, count: Option<i64>) -> Self {
        Self { start: start.unwrap_or(1).max(1), count: count.unwrap_or(100).clamp(0, PAGE_MAX) }
    }
}

/// RFC 3339 with milliseconds, UTC.
pub(crate) fn instant(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The name under which texts are compared where case does not count.
pub(crate) fn key_of(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_the_standard_says() {
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(instant(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(instant(1_735_689_599_000), "2024-12-31T23:59:59.000Z");
    }

    #[test]
    fn errors_have_their_form() {
        let document = Fault::from(Error::Conflict("there is one".to_owned())).document();
        assert_eq!((&document["status"], &document["scimType"]), (&json!("409"), &json!("uniqueness")));
        assert_eq!(Fault::from(Error::not_found("user x")).document()["status"], "404");
        let large = Fault::from(Error::Limit("too much".to_owned())).document();
        assert_eq!((&large["status"], large.get("scimType")), (&json!("413"), None));
        let fault = Fault::from(Error::broken("the disk is gone"));
        assert!(!fault.document().to_string().contains("disk"), "{}", fault.detail);
        assert_eq!(fault.cause.as_deref(), Some("the disk is gone"));
    }
}
