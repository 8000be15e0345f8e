//! The tests of `baton-desk` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says what it found")]

mod common;
mod completeness;
mod contract;
mod faults;
mod fixes;
mod handoff;
mod listening;
mod merge;
mod queues;
mod routing;
mod simulate;
mod sla;
mod stops;
mod team;
mod transfer;
mod truth;
