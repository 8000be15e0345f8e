//! What all demo systems share: the books (state, idempotency keys, journal), the faults, and the HTTP listener.

mod books;
mod describe;
mod faults;
mod http;
mod listen;
mod refusal;

pub use books::{Answer, BOOKS_FORMAT, Books, Done, Effect, System};
pub use describe::{Described, described, document, object, operation, path_parameter, query_parameter};
pub use faults::{Faults, SharedFaults};
pub use http::{BODY_BYTES_MAX, Shared, problem, read, shared_routes, write};
pub use listen::{Listening, SILENCE_MS, listen};
pub use refusal::Refusal;
