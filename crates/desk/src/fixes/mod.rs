//! Why something failed, and what removes the cause: tags on cases gather into fixes.

pub(crate) mod actions;
pub(crate) mod rules;
pub(crate) mod store;

pub use actions::{FixPatch, NewTag, Tagged, override_outcome, tag_case, untagged, update_fix};
pub use rules::{FixState, FixType, OVERRIDE_REASONS, Source, suggest};
pub use store::{Evidence, Fix, FixFilter, Untagged, evidence, fix, fixes};
