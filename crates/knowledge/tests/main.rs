//! The tests of `baton-knowledge` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod gaps;
mod import;
mod meaning;
mod retrieval;
