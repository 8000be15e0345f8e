//! The small, still ground every room stands on: ids, money, time, actors,
//! events, errors and the bundle of files that a release is made of.
//!
//! Nothing here does I/O, and nothing here knows another room.

mod actor;
mod bundle;
mod citation;
mod clock;
mod cost;
mod digest;
mod error;
mod event;
mod id;
pub mod limits;
mod money;
mod versions;
pub mod written;

pub use actor::{Actor, Author};
pub use bundle::{Bundle, Finding, Severity, yaml_words};
pub use citation::Citation;
pub use clock::{Clock, IdSource, ManualClock, SystemClock};
pub use cost::{Cost, decimal};
pub use digest::{Digest, canonical_json, digest_of, digest_of_text};
pub use error::{Error, Problem, Result};
pub use event::Event;
pub use id::{
    AgentName, ArticleId, CallId, CaseId, ClientId, CustomerId, EffectId, EntryId, MemberId, MessageId, PacketId,
    QueueId, ReleaseId, RunId, WorkItemId,
};
pub use money::{Currency, Money, MoneyError};
pub use versions::Versions;
