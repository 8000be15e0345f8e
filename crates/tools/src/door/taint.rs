//! Text from outside may not steer what is written later.
//!
//! An action with `outside_text: true` gives text that somebody outside wrote: a mail, a page, a ticket. Once an AI or a
//! service account has been given such a result in a case, what it writes in that case is let through only with a
//! person's approval of exactly that call, or the customer's yes to exactly these arguments given after that. It holds for
//! the rest of the case, for reads it makes no difference, and a person's own calls are not touched.

use super::call::{About, Halt, Job};
use baton_base::{Actor, CaseId, ClientId, EffectId, Result};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Role};

/// By which action the actor last read text from outside in the case.
#[derive(Debug, Clone)]
pub(super) struct Taint {
    pub action: String,
    /// The customer has said yes to exactly this call after that.
    pub confirmed_since: bool,
}

/// Whether this call may be steered by what was read before.
pub(super) fn of(tx: &mut Tx, ctx: &Ctx, case: &CaseId, action: &str, args_digest: &str) -> Result<Option<Taint>> {
    if matches!(ctx.actor, Actor::Member { .. }) {
        return Ok(None);
    }
    let read = "SELECT action, since_ms FROM taint WHERE client_id = $1 AND case_id = $2 AND actor = $3";
    let by = ctx.actor.to_string();
    let found = tx.query_opt(read, params![ctx.client, case, by], |row| Ok((row.text(0)?, row.int(1)?)))?;
    let Some((from, since_ms)) = found else { return Ok(None) };
    let given = "SELECT given_ms FROM consent WHERE client_id = $1 AND case_id = $2 AND action = $3 \
                 AND args_digest = $4 AND given_ms > $5";
    let yes = tx.query_opt(given, params![ctx.client, case, action, args_digest, since_ms], |row| row.int(0))?;
    Ok(Some(Taint { action: from, confirmed_since: yes.is_some() }))
}

/// Notes that the actor of a call has been given text from outside.
pub(super) fn note(tx: &mut Tx, about: &About, effect: &EffectId) -> Result<()> {
    let Some(case) = &about.case else { return Ok(()) };
    let (client, by): (&ClientId, String) = (&about.ctx.client, about.ctx.actor.to_string());
    tx.execute(
        "INSERT INTO taint (client_id, case_id, actor, action, effect_id, since_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (client_id, case_id, actor) DO UPDATE SET action = excluded.action, \
         effect_id = excluded.effect_id, since_ms = excluded.since_ms",
        params![client, case, by, about.action, effect, about.ctx.now_ms()],
    )?;
    Ok(())
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
