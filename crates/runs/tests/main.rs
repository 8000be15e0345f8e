//! The tests of `baton-runs` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod awake;
mod batch;
mod common;
mod contract;
mod elsewhere;
mod find;
mod lost;
mod many;
mod operate;
mod outside;
mod released;
mod releases;
mod repair;
mod retention;
mod schedules;
mod shares;
mod trusted;
mod waits;
