//! Room `sim` (dev only): whole operations on a fake world, with faults, from one seed.
//!
//! What runs is production code: the engine, durable runs, the ledger, a real database. What is made up is the world
//! around it: systems with books of their own, customers, people, other systems' events, clocks, crashes and power
//! cuts. Everything by chance is drawn from one seed, so that a seed repeats a world exactly (on SQLite). After the
//! trouble comes a calm in which every run must come to its end.
//!
//! Not here: the worker's loops, whose moves are made one by one in an order that chance decides.

mod calm;
mod check;
mod deliver;
mod dice;
mod functions;
mod load;
mod moves;
mod node;
mod operators;
mod people;
mod play;
mod processes;
mod queue;
mod storage;
pub mod sweep;
mod totals;
mod trouble;
mod world;

pub use play::{Options, TROUBLE_MS, world};
pub use totals::{Kind, Totals, Violation};
