//! People at work: who is there, what each may have and how much at once.

pub(crate) mod history;
pub(crate) mod presence;
pub(crate) mod profile;
pub(crate) mod shared;
pub(crate) mod store;

pub use presence::{Here, Whereabouts, leave, set_presence, set_presence_of, show_life, whereabouts};
pub use profile::{Profile, ProfilePatch, TakesOn, profile, set_profile, takes_on};
pub use store::{Colleague, colleagues};
