//! Text from outside may not steer what is written later.
//!
//! An action with `outside_text: true` gives text that somebody outside wrote: a mail, a page, a ticket. After such a
//! result, a write is let through only with a person's approval of exactly that call, or the customer's yes to exactly
//! these arguments given after that. Which writes:
//!
//! - of an AI or service account that was given it in a case: its own in that case;
//! - where it was given to a run, which may hand it to anyone: all in that run and its case but a person's own;
//! - where it went to a caller outside, whose memory is its own: also all of that caller for a day, with or without a case.
//!
//! For reads it makes no difference, and a person's own calls are not touched.

use super::call::{About, Halt, Job};
use super::known::Wanted;
use baton_base::{Actor, CaseId, EffectId, Result};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Role};

/// How long a caller outside counts as remembering what it was given, milliseconds. Within one case it always does.
const CALLER_MS: i64 = 24 * 60 * 60 * 1000;
/// In the place of an actor: all but people.
const ALL: &str = "*";

/// By which action text from outside was last read that may steer a call.
#[derive(Debug, Clone)]
pub(super) struct Taint {
    pub action: String,
    /// The customer has said yes to exactly this call after that.
    pub confirmed_since: bool,
}

/// Whether this call may be steered by what was read before.
pub(super) fn of(tx: &mut Tx, wanted: &Wanted) -> Result<Option<Taint>> {
    let (ctx, call) = (&wanted.ctx, &wanted.call);
    if !wanted.action.writes || matches!(ctx.actor, Actor::Member { .. }) {
        return Ok(None);
    }
    let read = "SELECT action, since_ms FROM taint WHERE client_id = $1 AND (case_id = $2 AND actor IN ($3, $4) \
                OR case_id = '' AND (actor = $5 OR actor = $6 AND since_ms > $7)) ORDER BY since_ms DESC LIMIT 1";
    // A case that no row has, where there is none: '' is the place of what holds across cases.
    let case = call.case.as_ref().map_or("-", CaseId::as_str);
    let run = call.run.as_ref().map_or_else(String::new, |run| format!("run:{run}"));
    let caller = call.via.as_ref().map_or_else(String::new, |_| by_caller(&wanted.caller));
    let since_ms = ctx.now_ms() - CALLER_MS;
    let found =
        tx.query_opt(read, params![ctx.client, case, ctx.actor.to_string(), ALL, run, caller, since_ms], |row| {
            Ok((row.text(0)?, row.int(1)?))
        })?;
    let Some((action, since_ms)) = found else { return Ok(None) };
    let given = "SELECT given_ms FROM consent WHERE client_id = $1 AND case_id = $2 AND action = $3 \
                 AND args_digest = $4 AND given_ms > $5";
    let this = params![ctx.client, case, wanted.action.name, wanted.args_digest, since_ms];
    let yes = tx.query_opt(given, this, |row| row.int(0))?;
    Ok(Some(Taint { action, confirmed_since: yes.is_some() }))
}

/// Notes that text from outside was given to whoever made a call.
pub(super) fn note(tx: &mut Tx, about: &About, effect: &EffectId) -> Result<()> {
    let case = about.case.as_ref().map(CaseId::as_str);
    let actor = if about.run.is_some() { ALL.to_owned() } else { about.ctx.actor.to_string() };
    let run = about.run.as_ref().map(|run| format!("run:{run}"));
    let caller = about.waiting.as_ref().map(|sent| by_caller(&sent.caller));
    let across = [run, caller].into_iter().flatten().map(|actor| ("", actor));
    for (case, actor) in case.map(|case| (case, actor)).into_iter().chain(across) {
        tx.execute(
            "INSERT INTO taint (client_id, case_id, actor, action, effect_id, since_ms) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (client_id, case_id, actor) DO UPDATE SET action = excluded.action, \
             effect_id = excluded.effect_id, since_ms = excluded.since_ms",
            params![about.ctx.client, case, actor, about.action, effect, about.ctx.now_ms()],
        )?;
    }
    Ok(())
}

/// Forgets what callers outside do not count as remembering any more.
pub(super) fn forget(tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    let sql = "DELETE FROM taint WHERE client_id = $1 AND case_id = '' AND actor LIKE 'caller:%' AND since_ms <= $2";
    tx.execute(sql, params![ctx.client, ctx.now_ms() - CALLER_MS]).map(|_| ())
}

fn by_caller(caller: &str) -> String {
    format!("caller:{caller}")
}

impl Job {
    /// A person has to look at a write that text from outside may have steered.
    pub(super) fn steered(&self) -> Option<(Role, String)> {
        let taint = self.known.taint.as_ref().filter(|taint| self.action.writes && !taint.confirmed_since)?;
        let approved = self.known.approval.is_some();
        (!approved).then(|| {
            let reason = format!("since '{}' was read, text from outside may steer what is written here", taint.action);
            (Role::Supervisor, reason)
        })
    }
}

pub(super) const POLICY: &str = "door:outside-text";

pub(super) fn halt(role: Role, reason: String, packet: serde_json::Value) -> Halt {
    Halt::NeedsApproval { role, reason, policies: vec![POLICY.to_owned()], packet }
}
