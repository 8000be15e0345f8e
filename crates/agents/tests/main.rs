//! The tests of `baton-agents` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod act;
mod acting;
mod along;
mod calibrate;
mod cassette;
mod common;
mod delegate;
mod evidence;
mod guidelines;
mod lint;
mod model;
mod money;
mod real_model;
mod recognise;
mod turn;
mod words;
mod written_again;
