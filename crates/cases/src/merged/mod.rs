//! Cases that are one, and cases that are two: merging, its undoing, and splitting off.
//!
//! Nothing moves when a case is merged. It is closed with a link, the case that it went into shows what is in it by reference, and
//! what its customer writes from then on reaches the other one. Messages that are split off stay where they are, and are said
//! again in the new case. Each customer reads what they wrote themselves and what was answered; two customers' cases are merged
//! only where somebody says that they belong together, and even then none reads the other's words.

mod links;
mod merge;
mod rules;
mod split;
mod store;
mod thread;
mod unmerge;

pub use links::{Link, Links, Origin, links};
pub use merge::{Merge, Merging, begin};
pub use split::{Split, SplitOff, split};
pub use thread::{family, heard_in, others_words, said_on, voices, works_in};
pub use unmerge::unmerge;

pub(crate) use links::{marks, origins};
pub(crate) use store::{forget, live_end};
pub(crate) use thread::{Segment, onward};

/// The outcome of a case that was merged into another.
pub const OUTCOME: &str = "merged";
