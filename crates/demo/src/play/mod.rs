//! The people of the demo world: customers in the chat, policy holders writing notices, a scripted person at the
//! desk; and the check that plays a whole world and compares what came of it with the known right ends.
//!
//! All of it speaks Baton's public HTTP API and nothing else, so that it also works against an installation
//! elsewhere, and it repeats every call that got no answer, so that the server may be killed under it.

mod api;
mod asked;
mod chat;
mod check;
mod customer;
mod desk;
mod holder;
mod reading;
mod replay;
mod report;
mod traffic;
mod verdict;

pub use api::{Api, SignIn};
pub use asked::{Asked, asked};
pub use check::{CheckOptions, Clients, Progress, check};
pub use customer::{Customer, Reply};
pub use replay::{ReplayOptions, replay};
pub use report::{Fault, Finding, Report, Row};
pub use traffic::{TrafficOptions, traffic};
