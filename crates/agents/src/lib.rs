//! AI agents: what they understand of a message, what they say, and when they pass the case to a person.

pub mod entities;
pub mod recognise;
pub mod text;

pub use recognise::Recogniser;
