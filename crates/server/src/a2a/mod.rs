//! The A2A server of each client, `/a2a/CLIENT`: an outside agent asks, and the client's agents and people work its task.
//!
//! Two bindings of protocol version 1.0 at one address: JSON-RPC (`rpc`) and HTTP+JSON (`rest`). Both read a request into
//! the same operation (`ops`), which is a use case of the cases room and nothing else. Here stand who may ask (`gate`), what
//! is said of the agent (`card`), how a message is read (`message`), how a task is told (`task`, `stream`), how many a caller
//! may follow at once (`seats`) and how an error is (`no`).
//!
//! Without sessions: a task is a row, any node answers, and a message sent twice is taken in once.

mod card;
mod gate;
mod message;
mod no;
mod ops;
mod rest;
mod rpc;
mod seats;
mod stream;
mod task;

pub use card::card;
pub use rest::rest;
pub use rpc::rpc;
pub(crate) use seats::Seats;

/// Version of the protocol, as in the header `A2A-Version`.
pub const VERSION: &str = "1.0";
