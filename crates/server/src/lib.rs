//! Room `server`: the program `baton`. Wires the rooms; serves the HTTP API, live events, the console and the
//! command line. No rule lives here.

mod case_facts;
pub mod cli;
pub mod demo;
pub mod functions;
pub mod house;
pub mod http;
pub mod keys;
pub mod mcp;
pub mod parts;
pub mod serve;
mod weights;

pub use house::House;
