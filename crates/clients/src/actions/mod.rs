//! Use cases of this room, one file each.
pub mod deploy;
