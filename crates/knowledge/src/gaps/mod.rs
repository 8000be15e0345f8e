//! Questions that no article answers: one entry for all the ways in which one thing is asked, counted, until somebody has
//! seen to it.

mod note;
pub mod rules;
mod settle;
mod store;

pub use note::{Asked, note};
pub use rules::{Reason, State};
pub use settle::settle;
pub use store::{Filter, Gap, Page, erase_case, first_asked_in, list};

/// Limits of this part of the room.
pub mod limits {
    /// Different questions kept of a client. Where there are as many, those give way that are answered, then open ones that were asked
    /// least and longest ago, and last what was dismissed; what somebody writes an article for stays.
    pub const GAPS_MAX: i64 = 10_000;
    /// Questions that give way at once.
    pub const GAPS_GIVING_WAY: i64 = 100;
    /// Longest question kept, characters.
    pub const QUESTION_CHARS_MAX: usize = 300;
    /// Longest remark, characters.
    pub const NOTE_CHARS_MAX: usize = 500;
}
