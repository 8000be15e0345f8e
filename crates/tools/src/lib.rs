//! Room `tools`: the one door to other systems.
//!
//! The [`Catalogue`] says what can be called, read from a release's connector files and the systems' own descriptions;
//! [`import`] suggests such files. The [`Door`] takes every call of every action, whoever asks, through one pipeline: valid arguments,
//! facts from systems of record, the decision table, policy, autonomy and approval, the effect written down before
//! and after. A [`Connector`] goes out only on a permit that it takes by value. [`wire`] has the calls that the process
//! language has of its own.
//!
//! Not here: what is allowed (govern), who approves (desk), and serving MCP (server).

pub mod a2a;
mod breaker;
pub mod catalogue;
mod connector;
mod date;
mod door;
pub mod drift;
mod expr;
pub mod fetch;
mod function;
mod http;
pub mod import;
mod limits;
pub mod mcp;
pub mod oauth;
pub mod outside;
mod pointers;
mod privacy;
mod request;
pub mod sql;
pub mod store;
mod validate;
pub mod webhook;
pub mod wire;

pub use breaker::Standing;
pub use catalogue::{Action, Catalogue, shared_sign_ins};
pub use connector::{CALLS_PER_SYSTEM_MAX, Connector, Ended, How, Sending};
pub use date::utc_date;
pub use door::{
    Answer, Call, Called, CaseFacts, CaseReader, Door, Parts, REQUESTED_MS_MAX, Record, SECRET_BYTES_MAX, Said, Step,
    Tested, Trial, Tried, TriedOut, Waiting, recorded, settle, try_call,
};
pub use function::ActionFunction;
pub use http::{Attempt, RESPONSE_BYTES_MAX, RETRY_AFTER_MS_MAX};
pub use limits::{LIMITS_MAX, Limits};
pub use privacy::erase_case;
pub use request::{Prepared, Request};
pub use validate::ARGS_BYTES_MAX;
