//! The demo world from the command line: members, checks, traffic.

pub mod check;
pub mod processes;
pub mod seed;
pub mod traffic;
pub mod violations;
