//! What a proposal is, and what may become of it.

use super::PROOFS_CHECK;
use crate::Overlay;
use baton_base::{Bundle, ClientId, Error, ReleaseId, Result};
use baton_govern::Level;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::str::FromStr;

/// What a proposal changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The live release.
    Release,
    /// How far AI may go.
    Autonomy,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for approvals.
    Open,
    /// Approved; can be published.
    Approved,
    /// Holds.
    Published,
    /// Somebody said no.
    Rejected,
    /// Held, and was taken back.
    RolledBack,
}

impl Kind {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Autonomy => "autonomy",
        }
    }
}

impl State {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::RolledBack => "rolled_back",
        }
    }
}

impl FromStr for Kind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = [Self::Release, Self::Autonomy].into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| Error::broken(format!("kind of proposal {text}")))
    }
}

impl FromStr for State {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Open, Self::Approved, Self::Published, Self::Rejected, Self::RolledBack];
        let found = all.into_iter().find(|state| state.name() == text);
        found.ok_or_else(|| {
            Error::invalid_at(
                "state",
                format!("'{text}' is no state"),
                "use open, approved, published, rejected or rolled_back",
            )
        })
    }
}

/// What would become so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A release.
    Release {
        /// The client's parameters.
        overlay: Box<Overlay>,
        /// The blueprint's version.
        version: String,
        /// The files.
        bundle: Bundle,
    },
    /// An autonomy level.
    Autonomy {
        /// Intent, or `*`.
        intent: String,
        /// Action, or `*`.
        action: String,
        /// The level; none means what the release says.
        level: Option<Level>,
    },
}

impl Content {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Release { .. } => Kind::Release,
            Self::Autonomy { .. } => Kind::Autonomy,
        }
    }
}

/// One thing that was looked at before anybody is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Such as `load`, `owners`, `tables`, `policy tests`.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// In one line.
    pub says: String,
    /// Findings and the like.
    pub details: Value,
}

/// A proposal to make.
pub struct New {
    /// In a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What would become so.
    pub content: Content,
    /// What was checked.
    pub checks: Vec<Check>,
    /// Not before this time.
    pub publish_ms: Option<i64>,
}

/// A proposal as stored, without what it would make so.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// Whose.
    pub client: ClientId,
    /// What it changes.
    pub kind: Kind,
    /// How it stands.
    pub state: State,
    /// In a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// The release that was live when it was made.
    pub base: Option<ReleaseId>,
    /// What it replaced, or would.
    pub before: Value,
    /// What was checked.
    pub checks: Vec<Check>,
    /// Whether every check passed.
    pub ready: bool,
    /// How many people have to approve it.
    pub approvals: i64,
    /// Not before this time.
    pub publish_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// When it was published.
    pub published_ms: Option<i64>,
}

/// What somebody said of a proposal.
#[derive(Debug, Clone, Serialize)]
pub struct Vote {
    /// Who.
    pub voter: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// In words.
    pub reason: String,
    /// When.
    pub at_ms: i64,
}

impl Proposal {
    /// Whether somebody may vote on it now.
    pub(super) fn may_be_voted_on(&self, voter: &str) -> Result<()> {
        if self.state != State::Open {
            return Err(Error::Conflict(format!("the proposal is {}", self.state.name())));
        }
        if self.author == voter {
            let why = "whoever made a proposal cannot approve it; ask somebody else".to_owned();
            return Err(Error::refused(why, vec!["built-in:author".to_owned()]));
        }
        Ok(())
    }

    /// Whether every property of its policies was proven when it was checked: for a client that asks for proofs by now.
    pub(super) fn must_be_proven(&self) -> Result<()> {
        let told = self.checks.iter().find(|check| check.name == PROOFS_CHECK).map(|check| &check.details);
        let proofs = told.and_then(Value::as_array);
        if proofs.is_some_and(|all| all.iter().all(|proof| proof["outcome"] == "proven")) {
            return Ok(());
        }
        let why =
            "this client asks for proofs, and when it was proposed not every property was proven; propose it again";
        Err(Error::refused(why, vec!["built-in:checks".to_owned()]))
    }

    /// Whether it may be published now.
    pub(super) fn may_be_published(&self, live: Option<&ReleaseId>, now_ms: i64) -> Result<()> {
        if self.state != State::Approved {
            return Err(Error::Conflict(format!(
                "the proposal is {}; only an approved one is published",
                self.state.name()
            )));
        }
        if !self.ready {
            let failed: Vec<_> = self.checks.iter().filter(|c| !c.passed).map(|c| c.name.as_str()).collect();
            let why = format!("checks have failed: {}; propose again when they pass", failed.join(", "));
            return Err(Error::refused(why, vec!["built-in:checks".to_owned()]));
        }
        if self.kind == Kind::Release && self.base.as_ref() != live {
            return Err(Error::Conflict("another release has gone live since; propose again on it".to_owned()));
        }
        match self.publish_ms {
            Some(at_ms) if at_ms > now_ms => Err(Error::Conflict("it is scheduled for later".to_owned())),
            _ => Ok(()),
        }
    }
}
