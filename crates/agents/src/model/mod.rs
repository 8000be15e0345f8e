//! Language models behind one OpenAI-compatible chat interface.

mod client;
mod config;

pub use client::{Completion, Models};
pub use config::{ModelConfig, Provider};
