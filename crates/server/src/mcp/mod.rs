//! The MCP server of each client, `/mcp/CLIENT` (streamable HTTP): the actions of the live release as tools, articles as
//! resources, templates as prompts. A tool call is a call through the door, and nothing else.
//!
//! Without sessions: every request says who asks and is answered by any node. The protocol itself is rmcp's; here
//! stand who may ask (`gate`), what is offered (`offer`) and how the door's answers are told (`told`).

mod ask;
mod gate;
mod handler;
mod meta;
mod offer;
mod reading;
mod told;

pub(crate) use ask::at;
pub use gate::{BODY_BYTES_MAX, metadata, serve};
pub(crate) use gate::{base, nested};
pub use meta::{CASE, EFFECT, KEY, UNTRUSTED, WORK_ITEM};
pub(crate) use offer::Offers;
