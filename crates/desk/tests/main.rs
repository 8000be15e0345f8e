//! The tests of `baton-desk` as one program, linked once; a new file is named here.

mod common;
mod completeness;
mod contract;
mod faults;
mod fixes;
mod handoff;
mod listening;
mod merge;
mod routing;
mod sla;
mod stops;
mod team;
mod transfer;
mod truth;
