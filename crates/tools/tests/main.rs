//! The tests of `baton-tools` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod approval;
mod catalogue;
mod common;
mod connect;
mod door;
mod erased;
mod once;
mod pipeline;
mod wire;
