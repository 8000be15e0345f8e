//! Typed ids. Every id is text of 1 to 96 characters from `A-Z a-z 0-9 - _ . # :`,
//! so that it can stand in a URL path, a Cedar entity and a SQL TEXT column unchanged.

use crate::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest id accepted from outside, in bytes.
pub const ID_BYTES_MAX: usize = 96;

fn check(kind: &str, text: &str) -> Result<()> {
    let fits = !text.is_empty() && text.len() <= ID_BYTES_MAX;
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.#:".contains(&b));
    if fits && clean {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{kind} id is not valid"),
        format!("an id has 1 to {ID_BYTES_MAX} letters, digits, '-', '_', '.', '#' or ':'"),
    ))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// Prefix of ids that Baton itself makes.
            pub const PREFIX: &'static str = $prefix;
            /// Wraps text that is known to be a valid id (a constant, or read back from the database).
            pub fn known(text: impl Into<String>) -> Self { Self(text.into()) }
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> { check(stringify!($name), text)?; Ok(Self(text.to_owned())) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// The enterprise served; the tenant.
    ClientId = "client";
    /// A person who uses Baton.
    MemberId = "mem";
    /// Name of an agent within a client, as its definition file is called.
    AgentName = "agent";
    /// The person being served.
    CustomerId = "cus";
    /// One need of one customer.
    CaseId = "case";
    /// One utterance in a case.
    MessageId = "msg";
    /// One execution of a process version.
    RunId = "run";
    /// One open call of a run to the outside (a function call, a timer, a listen).
    CallId = "call";
    /// A task that waits for a person.
    WorkItemId = "wi";
    /// A queue of work items, as named in the blueprint.
    QueueId = "queue";
    /// One handoff packet.
    PacketId = "pkt";
    /// One side effect on the outside.
    EffectId = "eff";
    /// One entry of the ledger.
    EntryId = "led";
    /// An immutable version of a blueprint with its overlay.
    ReleaseId = "rel";
    /// A knowledge article, as its file is called.
    ArticleId = "art";
}

impl ClientId {
    /// The installation itself: owner of members, sessions and whatever belongs to no served client.
    pub fn house() -> Self {
        Self("house".to_owned())
    }
}

impl CallId {
    /// A step of this call: the same number is the same step, also after a crash.
    #[must_use]
    pub fn step(&self, number: u32) -> Self {
        Self(format!("{}:{number}", self.0))
    }

    /// Whether an id is this call's, or that of one of its steps.
    pub fn covers(&self, id: &str) -> bool {
        id.strip_prefix(self.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_can_stand_in_a_url_and_refuses_the_rest() {
        for good in ["case_01ab", "#W1234567", "acme-mutual", "a"] {
            assert!(good.parse::<CaseId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(97), "a\u{0}"] {
            assert!(bad.parse::<CaseId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_call_covers_itself_and_its_steps_and_no_other_call() {
        let call = CallId::known("run_7.1");
        assert_eq!(call.step(2).as_str(), "run_7.1:2");
        assert!(call.step(2).as_str().parse::<CallId>().is_ok());
        assert!(call.covers("run_7.1") && call.covers("run_7.1:2"));
        assert!(!call.covers("run_7.12") && !call.covers("run_7.12:1") && !call.covers("run_7"));
    }
}
