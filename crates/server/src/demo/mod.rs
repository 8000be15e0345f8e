//! The demo world from the command line: members, checks, traffic.

pub mod check;
pub mod injections;
pub mod processes;
pub mod replay;
pub mod seed;
pub mod stage;
pub mod traffic;
pub mod violations;
