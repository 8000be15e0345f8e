//! Room `author`: what whoever writes a process needs, without a server: run it to its end, test it by tables of cases
//! with coverage, draw it.
//!
//! A [`Project`] is a process with those beside it. [`play`] runs it by the real `runs` room on a database of its own,
//! with the real calls of the language or with answers from a [`Script`], in real time or with a clock that jumps to
//! whatever comes next. [`suite`] plays the cases of a test file and says what they did not reach.
//!
//! Not here: reading the command line, and anything of a server's.

mod coverage;
mod diff;
mod drawing;
mod events;
mod folder;
mod play;
mod played;
pub mod policies;
mod project;
mod script;
mod scripted;
pub mod suite;
mod world;

pub use coverage::{Branch, Coverage};
pub use drawing::mermaid;
pub use events::Incoming;
pub use folder::{definition, lint};
pub use play::{Time, play};
pub use played::{Call, Played, Step};
pub use project::{Project, Refused, is_process, text_of};
pub use script::{Answer, Script};
pub use world::{EnvSecrets, Wanted};

/// Limits of this room.
pub mod limits {
    /// Longest time that a run is let go on in real time when nothing else is said, milliseconds.
    pub const REAL_MS_MAX: i64 = 5 * 60 * 1000;
    /// Longest time by the jumping clock when nothing else is said, milliseconds (a hundred years).
    pub const JUMPED_MS_MAX: i64 = 100 * 366 * 24 * 3_600_000;
    /// Rounds of work by the jumping clock, count: more is a process that never ends.
    pub const ROUNDS_MAX: usize = 500;
    /// Files read beside a process, count.
    pub const FILES_MAX: usize = 500;
    /// Largest file read, bytes.
    pub const FILE_BYTES_MAX: u64 = 1024 * 1024;
}
