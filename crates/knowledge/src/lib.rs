//! What the client knows, as articles: loaded from the release, searched by section.
//!
//! An article is Markdown with front matter; each heading starts a section, and a section is what a search finds
//! and an answer cites. Nothing here writes, and nothing here talks to a customer.

mod article;
mod search;
mod words;

pub use article::{Article, Section};
pub use search::{Hit, Shelf};
