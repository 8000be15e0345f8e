//! What an answer stands on: which article, in which version, and which section of it.

use crate::ArticleId;
use serde::{Deserialize, Serialize};

/// One source of one answer, as it is kept with the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The article.
    pub article: ArticleId,
    /// Its title when the answer was given.
    pub title: String,
    /// The language it was answered in.
    pub locale: String,
    /// The article's version: a digest of its file, so that a changed article is another version.
    pub version: String,
    /// Name of the section within the article, as in an address after `#`.
    pub section: String,
    /// The section's heading when the answer was given.
    pub heading: String,
}
