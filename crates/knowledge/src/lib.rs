//! What the client knows, as articles: loaded from the release, searched by section; and what was asked and is not known.
//!
//! An article is Markdown with front matter; each heading starts a section, and a section is what a search finds
//! and an answer cites. Policy facts stand in articles by name, so that a value has one place. [`import`] reads other
//! people's articles into such files. What customers ask and no article answers is kept as [`gaps`]. Where the installation has an
//! encoder, what sections mean counts beside their words ([`Learner`]).
//!
//! Nothing here talks to a customer, and nothing here fetches anything.

mod article;
mod facts;
pub mod gaps;
pub mod import;
mod index;
mod meaning;
pub mod measure;
mod plain;
mod pool;
mod query;
mod shelf;
mod synonyms;
mod words;

pub use article::{ARTICLE_BYTES_MAX, Article, Audience, Origin, Section};
pub use facts::Lacking;
pub use gaps::erase_case;
pub use meaning::{Learner, SECTIONS_ENCODED_MAX};
pub use plain::Plain;
pub use shelf::{ARTICLES_MAX, Considered, Hit, Looked, Query, Shelf};
pub use synonyms::Synonyms;
