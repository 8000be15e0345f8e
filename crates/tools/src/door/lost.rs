//! Effects whose outcome nobody waits for any more, or that nobody can tell: asked about, or decided by a person.

use super::Door;
use super::call::About;
use super::charge::taken_by;
use super::{record, review, taint, waiting};
use crate::limits::give_back;
use crate::store::{self, State};
use baton_base::{Actor, EffectId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde_json::json;

/// How long an effect may stand as requested before it counts as cut off, milliseconds: longer than any call with
/// all its attempts.
pub const REQUESTED_MS_MAX: i64 = 15 * 60 * 1000;
/// Effects looked at in one sweep, count.
const SWEEP_MAX: u32 = 100;

/// How long a call from outside is kept in words once nobody waits for it any more, milliseconds.
const KEPT_MS_MAX: i64 = 30 * 24 * 60 * 60 * 1000;

/// A person has found out whether an effect of unknown outcome happened. [`Error::Conflict`] where it is known already,
/// also to whoever says so at the same moment. One that did not happen may be made again.
pub fn settle(tx: &mut Tx, ctx: &Ctx, effect: &EffectId, happened: bool, note: &str) -> Result<()> {
    const NOTE_CHARS_MAX: usize = 1_000;
    ctx.allow(Right::ActionCall)?;
    if !matches!(ctx.actor, Actor::Member { .. }) {
        let why = "what came of a call that nobody can tell is found out by a person";
        return Err(Error::refused(why, vec!["door:settle".to_owned()]));
    }
    if note.trim().is_empty() || note.chars().count() > NOTE_CHARS_MAX {
        let detail = format!("say in 1 to {NOTE_CHARS_MAX} characters how you found out");
        return Err(Error::invalid_at("/note", "the note is missing or too long", detail));
    }
    let old = store::get(tx, &ctx.client, effect)?;
    let known = || Error::Conflict(format!("the outcome of effect {effect} is not unknown"));
    if !matches!(old.state, State::Unknown) {
        return Err(known());
    }
    let state = if happened { State::Finished } else { State::Failed };
    let result = json!({"settled_by": ctx.actor.to_string(), "note": note, "why": note, "final": happened});
    if !store::settle(tx, &ctx.client, &old, state, &result, ctx.now_ms())? {
        return Err(known());
    }
    if !happened {
        give_back(tx, &ctx.client, &taken_by(&old))?;
    }
    review::close(tx, ctx, effect)?;
    let about = About::of_effect(ctx, &old);
    let data = json!({"action": old.action, "effect": effect, "happened": happened, "reason": note});
    record::append(tx, &about, "action.settled", effect.as_str(), data)
}

impl Door {
    /// Marks effects that were written down long ago and never got an outcome (the process that called gave up
    /// waiting, or the program ended) as unknown, so that a person finds out. Returns them. What is remembered of
    /// callers outside, and nobody needs any more, goes.
    pub async fn sweep(&self, ctx: &Ctx) -> Result<Vec<EffectId>> {
        let ctx = ctx.as_system("door");
        // What could not be written down may be, by now; whether or not somebody writes meanwhile.
        let _ = self.inner.held.release(&self.inner.parts, &ctx.client).await;
        let desk = self.inner.parts.desk.clone();
        let sweep = move |tx: &mut Tx| {
            let now_ms = ctx.now_ms();
            taint::forget(tx, &ctx)?;
            waiting::forget(tx, &ctx.client, now_ms - KEPT_MS_MAX)?;
            let open = store::left_open(tx, &ctx.client, now_ms - REQUESTED_MS_MAX, SWEEP_MAX)?;
            let mut swept = Vec::new();
            for effect in open.into_iter().filter(|effect| effect.writes) {
                let why = "it was requested and no outcome was ever recorded";
                let stored = json!({"why": why, "final": false});
                if store::finish(tx, &ctx.client, &effect.id, State::Unknown, 0, Some(&stored), now_ms)? {
                    let about = About::of_effect(&ctx, &effect);
                    let data = json!({"action": effect.action, "effect": effect.id, "reason": why});
                    record::append(tx, &about, "action.unknown", effect.id.as_str(), data)?;
                    review::open(tx, &desk, &about, &effect.id, why)?;
                    swept.push(effect.id);
                }
            }
            Ok(swept)
        };
        self.inner.parts.db.write(sweep).await
    }
}
