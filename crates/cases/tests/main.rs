//! The tests of `baton-cases` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod common;
mod contract;
mod deliver;
mod late;
mod mail;
mod merge;
mod mood;
mod people;
