//! The tests of `baton-agents` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod calibrate;
mod cassette;
mod common;
mod guidelines;
mod lint;
mod model;
mod money;
mod recognise;
mod turn;
