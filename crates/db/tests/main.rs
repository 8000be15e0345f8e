//! The tests of `baton-db` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod contract;
mod follow;
mod jobs;
mod kill;
mod log;
mod plans;
mod rows;
mod schema;
mod tls;
mod vault;
mod wall;
