//! Pure decisions: which kind of fix a cause asks for, and how a fix may move.

use baton_base::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$vdoc:meta])* $variant:ident = $text:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// As stored and as in JSON.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
                    Error::invalid(format!("'{text}' is not {}", $what), concat!("use one of:" $(, " ", $text)*))
                })
            }
        }
    };
}

names! {
    /// What has to change so that it does not happen again.
    FixType, "a type of fix":
    /// An article or a policy fact.
    Knowledge = "knowledge";
    /// What the AI understands and says.
    Conversation = "conversation";
    /// A process, an action, a connected system.
    Automation = "automation";
    /// What may be done without a person.
    Policy = "policy";
    /// The model or its limits.
    Model = "model";
    /// Who gets which work.
    Routing = "routing";
}

names! {
    /// What was tagged.
    Source, "what can be tagged":
    /// A case that was handed to a person.
    Escalation = "escalation";
    /// An outcome of the AI that a person changed.
    Override = "override";
    /// A case that failed.
    Failed = "failed";
}

names! {
    /// Where a fix stands.
    FixState, "a state of a fix":
    /// Nobody works on it.
    Open = "open";
    /// Somebody does.
    Doing = "doing";
    /// Made, and tried.
    Testing = "testing";
    /// Live; its effect is watched.
    Released = "released";
    /// It helped, and stays.
    Kept = "kept";
    /// Not worth it, or no fault.
    Dropped = "dropped";
}

/// Why a person may change an outcome of the AI: the closed list, each with the kind of fix that it asks for.
pub const OVERRIDE_REASONS: [(&str, FixType); 8] = [
    ("wrong_answer", FixType::Knowledge),
    ("outdated_article", FixType::Knowledge),
    ("misunderstood", FixType::Conversation),
    ("wrong_tone", FixType::Conversation),
    ("wrong_action", FixType::Model),
    ("system_error", FixType::Automation),
    ("policy_exception", FixType::Policy),
    ("wrong_team", FixType::Routing),
];

/// The kind of fix that a cause asks for, as far as its name tells: what is preselected for whoever tags.
pub fn suggest(cause: &str) -> FixType {
    if let Some((_, kind)) = OVERRIDE_REASONS.iter().find(|(reason, _)| *reason == cause) {
        return *kind;
    }
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&["tool", "fault", "system", "timeout", "action"]) {
        FixType::Automation
    } else if has(&["policy", "approval", "limit", "refused"]) {
        FixType::Policy
    } else if has(&["knowledge", "article", "answer", "repeat", "oos", "out_of_scope"]) {
        FixType::Knowledge
    } else if has(&["queue", "skill", "route", "licence", "vulnerable"]) {
        FixType::Routing
    } else if has(&["budget", "model", "nonsense"]) {
        FixType::Model
    } else {
        FixType::Conversation
    }
}

/// Checks that a fix may go from one state to another: forward a step at a time, back to `open` or to `dropped` from
/// anywhere.
pub(crate) fn moves(from: FixState, to: FixState) -> Result<()> {
    use FixState::{Doing, Dropped, Kept, Open, Released, Testing};
    let fits = from == to
        || matches!(
            (from, to),
            (_, Open | Dropped)
                | (Open, Doing)
                | (Doing, Testing)
                | (Doing | Testing, Released)
                | (Released, Kept | Doing)
        );
    if fits {
        return Ok(());
    }
    let detail = "it goes open, doing, testing, released, kept; or back to open, or dropped";
    Err(Error::invalid_at("/state", format!("a fix does not go from {from} to {to}"), detail))
}

/// What a fix is worth a month, in hours of people: how often it happened in a number of days, times the minutes each took.
pub(crate) fn hours_a_month(count: i64, days: f64, minutes: f64) -> f64 {
    const DAYS_A_MONTH: f64 = 30.0;
    const MINUTES_AN_HOUR: f64 = 60.0;
    if days <= 0.0 { 0.0 } else { real(count) / days * DAYS_A_MONTH * minutes / MINUTES_AN_HOUR }
}

#[expect(clippy::cast_precision_loss, reason = "cases are counted")]
fn real(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_suggests_what_has_to_change() {
        for (cause, kind) in [
            ("low_confidence", FixType::Conversation),
            ("customer_asks", FixType::Conversation),
            ("tool_failure", FixType::Automation),
            ("process_fault", FixType::Automation),
            ("policy", FixType::Policy),
            ("turn_budget", FixType::Model),
            ("outdated_article", FixType::Knowledge),
            ("wrong_team", FixType::Routing),
        ] {
            assert_eq!(suggest(cause), kind, "{cause}");
        }
    }

    #[test]
    fn a_fix_goes_forward_and_may_always_be_dropped_or_opened_again() {
        assert!(moves(FixState::Open, FixState::Doing).is_ok());
        assert!(moves(FixState::Testing, FixState::Released).is_ok());
        assert!(moves(FixState::Kept, FixState::Open).is_ok(), "it came back");
        assert!(moves(FixState::Open, FixState::Released).is_err());
        assert!(moves(FixState::Dropped, FixState::Kept).is_err());
    }

    #[test]
    fn worth_is_volume_times_minutes() {
        assert!((hours_a_month(14, 7.0, 6.0) - 6.0).abs() < 1e-12);
        assert!(hours_a_month(3, 0.0, 6.0).abs() < 1e-12);
    }
}
