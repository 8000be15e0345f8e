//! A customer who writes again while a model reads: the reading is broken off, and all that they wrote is read together.
//!
//! A model's reading does nothing to the outside, so it may be dropped at any time. The message waits in the run's inbox, as
//! every message that comes while a call is under way; the turn that hears of the broken reading takes it from there.

use super::args::{Args, Goal, Heard, Memo};
use crate::store::Exchange;
use baton_base::{ClientId, Result, RunId};
use baton_db::{Db, Tx};
use baton_runs::{CallCx, Outcome};
use std::time::Duration;

/// Times that one reading is broken off; the next is brought to its end, and what comes meanwhile is read after it.
const BROKEN_OFF_MAX: u32 = 3;
/// Longest text that is read together with what came after it, bytes: what a model is shown of a message.
const TOGETHER_BYTES_MAX: usize = 8 * 1024;
/// Pause between two looks, milliseconds.
const LOOK_MS: u64 = 200;
/// Longest time between two looks where nothing is heard, milliseconds: what tells of a message may be lost.
const LOOK_AGAIN_MS: u64 = 2_000;

/// What is kept of an exchange that was broken off.
pub(super) const BROKEN_OFF: &str = "broken off: the customer wrote again, and what they wrote is read together";

/// The conversation while models are asked.
pub(super) struct Meanwhile {
    db: Db,
    client: ClientId,
    run: RunId,
    /// Whether the reading may be broken off.
    may: bool,
}

impl Meanwhile {
    pub(super) fn of(db: &Db, cx: &CallCx, args: &Args, memo: &Memo, heard: &Heard) -> Self {
        let few = memo.broken_off < BROKEN_OFF_MAX && heard.text.len() < TOGETHER_BYTES_MAX;
        let may = few && args.goal.converses() && cx.case.is_some();
        Self { db: db.clone(), client: cx.ctx.client.clone(), run: cx.run.clone(), may }
    }

    /// Whether the customer has written again. Where that cannot be looked up they have not: the message waits.
    pub(super) async fn has_written(&self) -> bool {
        if !self.may {
            return false;
        }
        let (client, run) = (self.client.clone(), self.run.clone());
        let waits = self.db.read(move |tx| baton_runs::message_waits(tx, &client, &run)).await;
        waits.unwrap_or_else(|error| {
            tracing::debug!(%error, "whether a customer has written again is not known");
            false
        })
    }

    /// Ends when the customer has written again.
    pub(super) async fn written(&self) {
        if !self.may {
            return std::future::pending().await;
        }
        let mut wake = self.db.on_wake();
        while !self.has_written().await {
            // Late or lost, it is looked again all the same.
            let _ = tokio::time::timeout(Duration::from_millis(LOOK_AGAIN_MS), wake.changed()).await;
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
    }
}

/// How often the reading was broken off by now. One that had not begun to ask was none.
pub(super) fn count(before: u32, broken_off: bool, exchanges: &[Exchange]) -> u32 {
    match broken_off {
        true => before.saturating_add(u32::from(!exchanges.is_empty())),
        false => 0,
    }
}

/// The turn after a reading that was broken off: it takes the message that waits, in the same transaction. Where none waits,
/// because somebody else has taken it, the model is asked again.
pub(super) fn go_on(tx: &mut Tx, cx: &CallCx, mut memo: Memo, heard: &Heard) -> Result<Outcome> {
    memo.hearing = Some(heard.clone());
    if baton_runs::message_waits(tx, &cx.ctx.client, &cx.run)? {
        return Ok(Outcome::Pending { wake_on: Some("message"), memo: memo.stored()? });
    }
    Ok(Outcome::Outside { memo: memo.stored()? })
}

/// What is heard: the message, with the one before it whose reading was broken off.
pub(super) fn together(memo: &mut Memo, args: &Args, next: Heard) -> Heard {
    let Some(first) = memo.hearing.take() else { return next };
    let started = memo.said > 0 || memo.turns > 0;
    // A goal that has not begun takes in by itself what the process has passed on.
    if args.goal == Goal::Collect && !started && first.message_id == args.message_id {
        return next;
    }
    Heard { text: format!("{}\n{}", first.text, next.text), message_id: next.message_id.or(first.message_id) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn heard(text: &str) -> Heard {
        Heard { text: text.to_owned(), message_id: None }
    }

    #[test]
    fn what_was_being_read_is_read_with_what_came_after_it_unless_the_goal_takes_it_in_anyway() {
        let args = |goal: &str| Args::read(&json!({"agent": "a", "goal": goal})).unwrap();
        let reading = || Memo { hearing: Some(heard("cancel it")), ..Memo::default() };
        for (goal, mut memo, wanted) in [
            ("understand", reading(), "cancel it\nplease"),
            ("understand", Memo::default(), "please"),
            ("collect", reading(), "please"),
            ("collect", Memo { said: 1, ..reading() }, "cancel it\nplease"),
        ] {
            assert_eq!(together(&mut memo, &args(goal), heard("please")).text, wanted, "{goal}");
            assert!(memo.hearing.is_none());
        }
    }

    #[test]
    fn only_readings_that_had_begun_to_ask_count_and_one_that_ends_begins_anew() {
        let model = crate::model::ModelConfig::parse("openai:small").unwrap();
        let asked = [Exchange::asking("a", &model, serde_json::Value::Null)];
        assert_eq!((count(1, true, &asked), count(1, true, &[]), count(1, false, &asked)), (2, 1, 0));
    }
}
