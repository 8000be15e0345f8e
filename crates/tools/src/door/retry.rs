//! A call that failed is tried again by somebody who says why: the same effect, under the same key, through the same door.
//!
//! Where that takes another's yes, the try goes on when it is made again, and asks nobody twice.

use super::call::{Call, Called};
use super::{Door, approval};
use crate::store::{self, Effect, State};
use baton_base::{EffectId, Error, Event, ReleaseId, Result, WorkItemId, digest_of};
use baton_db::Tx;
use baton_govern::{Ctx, Right, Role, ledger};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Longest reason, characters.
const REASON_CHARS_MAX: usize = 500;

/// Whom a try of an effect waits for; kept beside the permit that it went out on before.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    work_item: WorkItemId,
    role: Role,
    reason: String,
    /// Whoever tries. A yes is good for nobody else.
    by: String,
}

/// What an earlier try has come to.
enum Stands {
    /// Nothing that counts.
    Nothing,
    /// A person has been asked, and has not decided.
    Open(Asked),
    /// The person has said yes.
    Yes(WorkItemId),
}

impl Door {
    /// Makes a call that did not succeed again, under the same key, through the same door.
    pub async fn again(&self, ctx: &Ctx, effect: &EffectId, reason: &str) -> Result<Called> {
        ctx.allow(Right::ActionCall)?;
        if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            let detail = format!("say in 1 to {REASON_CHARS_MAX} characters why it is tried again");
            return Err(Error::invalid_at("/reason", "the reason is missing or too long", detail));
        }
        let (release, _) = self.inner.parts.catalogues.live(&ctx.client)?;
        let (of, id) = (ctx.clone(), effect.clone());
        let look = move |tx: &mut Tx| {
            let old = store::get(tx, &of.client, &id)?;
            may_be_tried(&old)?;
            let stands = stands(tx, &of, &old, &release)?;
            Ok((old, stands))
        };
        let (old, stands) = self.inner.parts.db.read(look).await?;
        let approval = match stands {
            Stands::Nothing => None,
            Stands::Yes(item) => Some(item),
            Stands::Open(Asked { work_item, role, reason, .. }) => {
                return Ok(Called::NeedsApproval { work_item, role, reason, policies: Vec::new() });
            }
        };
        let (told, event) = (ctx.clone(), json!({"action": old.action, "effect": effect, "reason": reason}));
        let mut entry = Event::new(&ctx.client, "action.retried", effect).with(event);
        entry.case.clone_from(&old.case);
        entry.run.clone_from(&old.run);
        self.inner.parts.db.write(move |tx| ledger::append(tx, &told, entry.clone()).map(|_| ())).await?;
        let call = Call {
            action: old.action.clone(),
            args: old.args.clone(),
            case: old.case.clone(),
            run: old.run.clone(),
            approval,
            again: Some(effect.clone()),
            ..Call::default()
        };
        let called = self.call(ctx, call).await?;
        self.remember(ctx, effect, &called).await?;
        Ok(called)
    }

    /// Keeps whom a try waits for.
    async fn remember(&self, ctx: &Ctx, effect: &EffectId, called: &Called) -> Result<()> {
        let Called::NeedsApproval { work_item, role, reason, .. } = called else { return Ok(()) };
        let by = ctx.actor.to_string();
        let asked = Asked { work_item: work_item.clone(), role: *role, reason: reason.clone(), by };
        let asked = serde_json::to_value(asked).map_err(Error::broken)?;
        let (client, effect) = (ctx.client.clone(), effect.clone());
        self.inner.parts.db.write(move |tx| store::wait_for(tx, &client, &effect, &asked)).await
    }
}

/// Only what failed is tried again, and only with the arguments that it had.
fn may_be_tried(old: &Effect) -> Result<()> {
    let id = &old.id;
    if old.state != State::Failed || !old.writes {
        let state = old.state.name();
        return Err(Error::Conflict(format!("effect {id} is {state}; only a failed one can be tried again")));
    }
    if digest_of(&old.args) != old.args_digest {
        let why = format!("the arguments of effect {id} were not kept whole; call the action with them");
        return Err(Error::Conflict(why));
    }
    Ok(())
}

/// What the approval that this person's earlier try asked for has come to. A no, one that is too old or was withdrawn, and
/// one under other policies count for nothing: the try asks anew.
fn stands(tx: &mut Tx, ctx: &Ctx, old: &Effect, release: &ReleaseId) -> Result<Stands> {
    let asked = old.permit.get(store::ASKED).map(Asked::deserialize).transpose().map_err(Error::broken)?;
    let Some(asked) = asked.filter(|asked| asked.by == ctx.actor.to_string()) else { return Ok(Stands::Nothing) };
    let granted = match approval::granted(tx, ctx, &asked.work_item) {
        // Erased with its case.
        Err(Error::Invalid { .. } | Error::NotFound(_)) => return Ok(Stands::Nothing),
        found => found?,
    };
    let now_ms = ctx.now_ms();
    Ok(match (granted.is_under(release), granted.is_over(now_ms), granted.refused(now_ms)) {
        (true, false, _) => Stands::Open(asked),
        (true, true, None) => Stands::Yes(asked.work_item),
        (true, true, Some(_)) | (false, _, _) => Stands::Nothing,
    })
}
