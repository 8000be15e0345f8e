//! Whoever acts, and whoever writes a message.

use crate::{AgentName, CustomerId, MemberId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// People, AI agents and systems are one kind of thing: whoever acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person who uses Baton.
    Member {
        /// Who.
        id: MemberId,
    },
    /// An AI agent, at one version of its definition.
    Agent {
        /// Its name in the blueprint.
        name: AgentName,
        /// Digest of the release that defines it.
        version: String,
    },
    /// A part of Baton, or a service account: a job, a process, a channel.
    System {
        /// Its name, such as `process:claim` or `channel:chat`.
        name: String,
    },
}

impl Actor {
    /// A system actor by name.
    pub fn system(name: impl Into<String>) -> Self {
        Self::System { name: name.into() }
    }

    /// `member`, `agent` or `system`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Member { .. } => "member",
            Self::Agent { .. } => "agent",
            Self::System { .. } => "system",
        }
    }

    /// The id, agent name or system name, without the version.
    pub fn name(&self) -> &str {
        match self {
            Self::Member { id } => id.as_str(),
            Self::Agent { name, .. } => name.as_str(),
            Self::System { name } => name,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.name())
    }
}

/// Who wrote a message: an actor, or the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The person being served.
    Customer {
        /// Who.
        id: CustomerId,
    },
    /// A member, agent or system.
    Actor {
        /// Who.
        actor: Actor,
    },
}
