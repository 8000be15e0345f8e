//! The demo world: real systems with real state, needs and claims with known right answers,
//! and the simulated people who play them.
//!
//! [`shop`] and [`insurer`] are the systems a client would have; [`serve`] is what they share: HTTP,
//! idempotency keys, the journal and the faults. Nothing here knows Baton's rooms: it meets them over HTTP only.

pub mod insurer;
pub mod play;
pub mod serve;
pub mod shop;
pub mod systems;
pub mod words;
pub mod world;
