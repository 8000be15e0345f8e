//! Platform functions that belong to no single room, and the names of all.

mod actions;
mod decide;

pub(crate) use actions::called_by_models;
pub use decide::Decide;

/// Every function a process may call.
pub const KNOWN: &[&str] =
    &["action", "agent-turn", "approval", "decide", "escalate", "handoff", "human-task", "notify", "record"];
