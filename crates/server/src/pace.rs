//! How fast one conversation of the web chat is written in: whoever has its token is no proof of a person, and each message is work.

use baton_base::{Error, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Messages of one conversation in [`WINDOW_MS`], on one node.
const MESSAGES_MAX: u32 = 300;
/// The time in which they are counted, milliseconds.
const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Conversations remembered; those that were silent for the time are forgotten first.
const REMEMBERED_MAX: usize = 50_000;

/// Counts what is written.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<String, Window>>);

/// What was written since a time.
struct Window {
    from_ms: i64,
    count: u32,
}

impl Pace {
    /// Takes one more message of a conversation; `TooMany` where there were as many as may be.
    pub(crate) fn take(&self, conversation: &str, now_ms: i64) -> Result<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX && !all.contains_key(conversation) {
            all.retain(|_, window| now_ms - window.from_ms < WINDOW_MS);
            if all.len() >= REMEMBERED_MAX {
                all.clear();
            }
        }
        let window = all.entry(conversation.to_owned()).or_insert(Window { from_ms: now_ms, count: 0 });
        if now_ms - window.from_ms >= WINDOW_MS {
            *window = Window { from_ms: now_ms, count: 0 };
        }
        if window.count >= MESSAGES_MAX {
            let minutes = WINDOW_MS / 60_000;
            let what = format!("more than {MESSAGES_MAX} messages of one conversation in {minutes} minutes");
            return Err(Error::TooMany(format!("{what}; wait a little, and send it again")));
        }
        window.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_conversation_is_written_in_so_often_and_others_and_later_ones_are_not_held_up() {
        let pace = Pace::default();
        assert!((0..MESSAGES_MAX).all(|_| pace.take("one", 5).is_ok()));
        assert!(matches!(pace.take("one", WINDOW_MS), Err(Error::TooMany(_))));
        assert!(pace.take("another", 5).is_ok());
        assert!(pace.take("one", WINDOW_MS + 5).is_ok());
    }

    #[test]
    fn conversations_that_are_silent_are_forgotten() {
        let pace = Pace::default();
        for n in 0..REMEMBERED_MAX {
            pace.take(&n.to_string(), 0).unwrap();
        }
        pace.take("new", WINDOW_MS).unwrap();
        assert_eq!(pace.0.lock().unwrap().len(), 1);
    }
}
