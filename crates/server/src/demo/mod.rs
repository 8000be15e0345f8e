//! The demo world from the command line: members, checks, traffic.

pub mod acting;
pub mod by_model;
pub mod check;
pub mod injections;
pub mod obedient;
pub mod processes;
pub mod replay;
pub mod scripted;
pub mod seed;
pub mod stage;
pub mod traffic;
pub mod violations;
