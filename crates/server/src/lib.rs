//! Room `server`: the program `baton`. Wires the rooms; serves the HTTP API, live events, the console and the
//! command line. No rule lives here.

pub mod a2a;
pub mod allowed;
mod case_facts;
pub mod case_file;
pub mod changes;
pub mod cli;
pub mod compare;
pub mod demo;
mod dispatch;
pub mod drift;
pub mod drill;
pub mod evidence;
pub mod functions;
pub mod house;
pub mod http;
pub mod keys;
pub mod mcp;
mod moods;
mod pace;
pub mod parts;
pub mod privacy;
pub mod proofs;
pub mod queues;
pub mod rules;
pub mod serve;
mod shadow;
pub mod siem;
pub mod sso;
mod systems;
pub mod vault;
mod versions;
mod weights;
pub mod why;

pub use house::House;
