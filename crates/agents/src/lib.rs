//! AI agents: what they understand of a message, what they say, and when they pass the case to a person.
//!
//! Language is read locally: a recogniser trained from the client's own examples, and finders for what a message
//! names. A configured model is asked first and its reading is checked against the text; where it fails, the local
//! reading holds. Either way the result is data: what may be done is decided at the door, never here.

pub mod agent;
mod along;
mod aside;
pub mod calibrate;
pub mod entities;
pub mod evaluate;
mod evidence;
pub mod extract;
mod fenced;
pub mod fields;
pub mod lint;
pub mod model;
mod privacy;
mod question;
pub mod roster;
pub mod shadow;
pub mod spend;
mod store;
mod suggest;
mod translate;
pub mod triggers;
mod turn;
mod why;

pub use along::read_along;
pub use aside::Written;
pub use baton_recognise::{Encoder, Recogniser, text};
pub use evidence::{Articles, Evidence, FieldRead, Finder, GuidelineHeld, Other, SectionSeen, ThresholdOf, Verdict};
pub use model::{ModelConfig, Models, Price, Provider, Redact};
pub use privacy::{erase_before, erase_case, erase_since};
pub use roster::{AgentSpec, FieldSpec, IntentSpec, Kind, Roster, ToolSpec, Wants};
pub use shadow::{Along, shadow};
pub use store::{Heard, readings};
pub use suggest::{Drafting, draft};
pub use translate::{TRANSLATED_BYTES_MAX, Translating, translate};
pub use turn::{Actions, AgentTurn, Delegate, Described};
pub use why::{MessageRead, ModelAsked, Reasons, reasons};
