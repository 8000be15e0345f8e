//! The tests of `baton-engine` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod anything;
mod common;
mod conformance;
mod events;
mod examples;
mod fuzz;
mod journals;
mod language;
mod lint;
mod migrate;
mod operation;
mod parse;
mod plain;
mod sandbox;
mod schema;
mod seen;
