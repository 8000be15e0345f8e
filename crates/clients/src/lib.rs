//! Room `clients`: a blueprint folder and a client's overlay become a release, and a release goes live.
//!
//! This room knows files and parameters only. What the files mean is each room's own business: they compile
//! their part from the [`baton_base::Bundle`] and report findings; a release with any error is never stored.

mod actions;
mod assemble;
pub mod changes;
mod overlay;
mod standin;
mod store;

pub use actions::deploy::{deploy, release_of};
pub use assemble::{Overlay, ParameterSpec, assemble, assemble_files, declared, read_overlay};
pub use overlay::overlay_of;
pub use standin::stand_in;
pub use store::{
    ClientRow, ReleaseRow, clients, currency, has_release, hold_live_release, in_use, live_release, newest_releases,
    release,
};

/// Limits of this room.
pub mod limits {
    /// Largest single file of a blueprint, bytes.
    pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;
    /// Most files in one blueprint.
    pub const FILES_MAX: usize = 2_000;
}
