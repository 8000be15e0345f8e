//! Other people's articles, read into files of a blueprint: folders of Markdown, HTML, text, JSON and CSV, and exports of
//! help centres. Reading and comparing only; whoever asks for it writes the files, or fetches what is elsewhere.

mod apart;
mod file;
mod html;
mod json;
mod markdown;
mod pdf;
mod sync;
mod table;

pub use file::{FILE_BYTES_MAX, read, read_text};
pub use sync::{Change, Step, Wanted, fits, plan};

use crate::article::Audience;

/// An article as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id at the source: as the source gives it, or the file's path.
    pub id: String,
    /// The file it stands in, relative to the folder that was read.
    pub file: String,
    /// Title.
    pub title: String,
    /// Language tag, where the source says.
    pub locale: Option<String>,
    /// Who may read it, where the source says.
    pub audience: Option<Audience>,
    /// Its address at the source.
    pub url: Option<String>,
    /// The text, as Markdown.
    pub body: String,
}

/// What was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// File, or file and article.
    pub what: String,
    /// In words.
    pub why: String,
}

/// What a source holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Articles, in the source's order.
    pub drafts: Vec<Draft>,
    /// What is no article, or is none yet.
    pub skipped: Vec<Skipped>,
    /// Where the rest of an export is, where it comes in pages.
    pub next: Option<String>,
}

impl Read {
    /// Adds what another file holds.
    pub fn extend(&mut self, more: Self) {
        self.drafts.extend(more.drafts);
        self.skipped.extend(more.skipped);
        self.next = more.next;
    }

    pub(crate) fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Skipped { what: what.into(), why: why.into() });
    }
}
