//! Language models behind one OpenAI-compatible chat interface, what they cost, and their exchanges on file.

mod bounds;
mod cassette;
mod client;
mod config;
mod mask;
mod pieces;
mod price;
mod talk;

pub use bounds::{Bounds, Taken};
pub use client::{Ask, Completion, Hear, Models};
pub use config::{ModelConfig, Provider};
pub use mask::Redact;
pub use price::{Allowed, Price, Rate, TurnMoney, Usage, allowed};
pub use talk::{Offered, Reply, Spoken, Talk, ToolCall};
