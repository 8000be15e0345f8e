//! Platform functions that belong to no single room, and the names of all.

mod decide;

pub use decide::Decide;

/// Every function a process may call.
pub const KNOWN: &[&str] =
    &["action", "agent-turn", "approval", "decide", "escalate", "handoff", "human-task", "notify", "record"];
