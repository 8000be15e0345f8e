//! Proposing, approving, publishing and taking back.

use super::proofs::proofs_required;
use super::rules::{Check, Content, Kind, New, Proposal, State, Vote};
use super::{APPROVALS, APPROVALS_MAX, store};
use crate::store::{hold_live_release, set_live};
use baton_base::{ClientId, Error, Event, ReleaseId, Result, digest_of};
use baton_db::Tx;
use baton_govern::{Ctx, Level, Right, autonomy, ledger, settings, tokens};
use serde_json::{Value, json};

/// Writes a proposal down; nothing else changes.
pub fn propose(tx: &mut Tx, ctx: &Ctx, new: New) -> Result<Proposal> {
    ctx.allow(Right::ChangePropose)?;
    for (place, text) in [("title", &new.title), ("reason", &new.reason)] {
        if text.trim().is_empty() {
            return Err(Error::invalid_at(place, format!("a {place} is missing"), "say what changes, and why"));
        }
    }
    let base = crate::live_release(tx, &ctx.client)?;
    let before = match &new.content {
        Content::Release { .. } => json!(base),
        Content::Autonomy { intent, action, .. } => json!(set_level(tx, &ctx.client, intent, action)?),
    };
    let proposal = Proposal {
        id: ctx.id("chg"),
        client: ctx.client.clone(),
        kind: new.content.kind(),
        state: State::Open,
        title: new.title,
        reason: new.reason,
        author: ctx.actor.to_string(),
        base,
        before,
        ready: new.checks.iter().all(|check| check.passed),
        checks: new.checks,
        approvals: approvals(tx, &ctx.client)?,
        publish_ms: new.publish_ms,
        created_ms: ctx.now_ms(),
        published_ms: None,
    };
    store::insert(tx, &proposal, &new.content)?;
    let told = json!({"title": proposal.title, "reason": proposal.reason, "kind": proposal.kind,
        "digest": digest_of(&new.content), "base": proposal.base, "ready": proposal.ready,
        "checks": proposal.checks.iter().map(|c: &Check| json!({"name": c.name, "passed": c.passed})).collect::<Vec<_>>(),
        "approvals": proposal.approvals, "publish_ms": proposal.publish_ms});
    record(tx, ctx, "change.proposed", &proposal, told)?;
    Ok(proposal)
}

/// The override of exactly this intent and action.
fn set_level(tx: &mut Tx, client: &ClientId, intent: &str, action: &str) -> Result<Option<Level>> {
    let all = autonomy::list(tx, client)?;
    Ok(all.into_iter().find(|own| own.intent == intent && own.action == action).map(|own| own.level))
}

/// How many people have to approve a proposal of the client that is made now.
pub fn approvals(tx: &mut Tx, client: &ClientId) -> Result<i64> {
    let set = settings::get(tx, client, APPROVALS)?.and_then(|text| text.parse().ok()).unwrap_or(1);
    Ok(set.clamp(1, APPROVALS_MAX))
}

/// Says how many people have to approve a proposal of the client from now on.
pub fn set_approvals(tx: &mut Tx, ctx: &Ctx, count: i64) -> Result<()> {
    ctx.allow(Right::SettingsWrite)?;
    if !(1..=APPROVALS_MAX).contains(&count) {
        let detail = format!("choose 1 to {APPROVALS_MAX}");
        return Err(Error::invalid_at("approvals", format!("{count} people cannot be asked"), detail));
    }
    settings::set(tx, &ctx.client, APPROVALS, &count.to_string())?;
    let event = Event::new(&ctx.client, "change.approvals_set", APPROVALS).with(json!({"approvals": count}));
    ledger::append(tx, ctx, event).map(|_| ())
}

/// Says yes. The last yes that is needed makes it approved.
pub fn approve(tx: &mut Tx, ctx: &Ctx, id: &str, reason: &str) -> Result<Proposal> {
    let proposal = voted(tx, ctx, id, "approve", reason)?;
    let yes = store::votes(tx, &ctx.client, id)?.into_iter().filter(|vote| vote.verdict == "approve").count();
    if i64::try_from(yes).unwrap_or(i64::MAX) >= proposal.approvals {
        store::turn(tx, &proposal, State::Approved, None)?;
    }
    record(tx, ctx, "change.approved", &proposal, json!({"reason": reason, "yes": yes, "of": proposal.approvals}))?;
    store::get(tx, &ctx.client, id)
}

/// Says no; one is enough.
pub fn reject(tx: &mut Tx, ctx: &Ctx, id: &str, reason: &str) -> Result<Proposal> {
    if reason.trim().is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say what should be otherwise"));
    }
    let proposal = voted(tx, ctx, id, "reject", reason)?;
    store::turn(tx, &proposal, State::Rejected, None)?;
    record(tx, ctx, "change.rejected", &proposal, json!({ "reason": reason }))?;
    store::get(tx, &ctx.client, id)
}

fn voted(tx: &mut Tx, ctx: &Ctx, id: &str, verdict: &str, reason: &str) -> Result<Proposal> {
    ctx.allow(Right::ChangeApprove)?;
    if ctx.member_id().is_none() {
        let why = "people decide about proposals; sign in as a member".to_owned();
        return Err(Error::refused(why, vec!["built-in:person".to_owned()]));
    }
    let proposal = store::hold(tx, &ctx.client, id)?;
    let voter = ctx.actor.to_string();
    proposal.may_be_voted_on(&voter)?;
    if tokens::makers(tx, &ctx.client, &proposal.author)?.contains(&voter) {
        let why = "it was proposed with a token that you made; ask somebody else".to_owned();
        return Err(Error::refused(why, vec!["built-in:author".to_owned()]));
    }
    let vote = Vote { voter, verdict: verdict.to_owned(), reason: reason.to_owned(), at_ms: ctx.now_ms() };
    if !store::vote(tx, &ctx.client, id, &vote)? {
        return Err(Error::Conflict("you have said what you think of it already".to_owned()));
    }
    Ok(proposal)
}

/// Makes an approved proposal hold.
pub fn publish(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<Proposal> {
    ctx.allow(Right::ReleaseDeploy)?;
    let live = hold_live_release(tx, &ctx.client)?;
    let proposal = store::get(tx, &ctx.client, id)?;
    proposal.may_be_published(live.as_ref(), ctx.now_ms())?;
    // It may have been checked before the client asked for proofs.
    if proposal.kind == Kind::Release && proofs_required(tx, &ctx.client)? {
        proposal.must_be_proven()?;
    }
    store::turn(tx, &proposal, State::Published, Some(ctx.now_ms()))?;
    let made = match store::content(tx, &ctx.client, id)? {
        Content::Release { overlay, version, bundle } => {
            let release = crate::deploy(tx, ctx, &overlay, &version, &bundle)?;
            json!({"release": release, "replaces": live})
        }
        Content::Autonomy { intent, action, level } => {
            put_level(tx, ctx, &intent, &action, level, &proposal.reason)?;
            json!({"intent": intent, "action": action, "level": level, "replaces": proposal.before})
        }
    };
    record(tx, ctx, "change.published", &proposal, made)?;
    store::get(tx, &ctx.client, id)
}

/// Takes a published proposal back: what was before holds again. `proven`: a release of whose policies all is proven, which a
/// client that asks for proofs goes back to alone.
pub fn roll_back(tx: &mut Tx, ctx: &Ctx, id: &str, reason: &str, proven: Option<&ReleaseId>) -> Result<Proposal> {
    ctx.allow(Right::ReleaseDeploy)?;
    if reason.trim().is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say why it is taken back"));
    }
    let live = hold_live_release(tx, &ctx.client)?;
    let proposal = store::get(tx, &ctx.client, id)?;
    if proposal.state != State::Published {
        return Err(Error::Conflict(format!(
            "the proposal is {}; only a published one is taken back",
            proposal.state.name()
        )));
    }
    match store::content(tx, &ctx.client, id)? {
        Content::Release { bundle, .. } => {
            let own = crate::actions::deploy::release_of(&bundle);
            let Some(base) = proposal.base.as_ref().filter(|_| live.as_ref() == Some(&own)) else {
                return Err(Error::Conflict("another release is live by now, or there was none before".to_owned()));
            };
            // It may have gone live before the client asked for proofs.
            if proven != Some(base) && proofs_required(tx, &ctx.client)? {
                let why = "this client asks for proofs, and of the release before not everything is proven";
                return Err(Error::refused(why, vec!["built-in:checks".to_owned()]));
            }
            set_live(tx, &ctx.client, base)?;
        }
        Content::Autonomy { intent, action, level } => {
            if set_level(tx, &ctx.client, &intent, &action)? != level {
                return Err(Error::Conflict("the level was changed again since".to_owned()));
            }
            let before: Option<Level> = serde_json::from_value(proposal.before.clone()).map_err(Error::broken)?;
            put_level(tx, ctx, &intent, &action, before, reason)?;
        }
    }
    store::turn(tx, &proposal, State::RolledBack, None)?;
    record(tx, ctx, "change.rolled_back", &proposal, json!({"reason": reason, "back_to": proposal.before}))?;
    store::get(tx, &ctx.client, id)
}

fn put_level(tx: &mut Tx, ctx: &Ctx, intent: &str, action: &str, level: Option<Level>, reason: &str) -> Result<()> {
    // The right to publish is the right to have it done.
    let ctx = &ctx.as_system(&format!("changes:{}", ctx.actor.name()));
    match level {
        Some(level) => autonomy::set(tx, ctx, intent, action, level, reason),
        None => autonomy::clear(tx, ctx, intent, action, reason),
    }
}

/// Notes that an approved proposal could not be published at its time. It keeps its approvals, and is published by hand.
pub fn miss(tx: &mut Tx, ctx: &Ctx, id: &str, why: &str) -> Result<()> {
    let proposal = store::get(tx, &ctx.client, id)?;
    store::unschedule(tx, &ctx.client, id)?;
    record(tx, ctx, "change.missed", &proposal, json!({"reason": why, "publish_ms": proposal.publish_ms}))
}

/// Approved proposals whose time has come: client and id.
pub fn due(tx: &mut Tx, now_ms: i64) -> Result<Vec<(ClientId, String)>> {
    store::due(tx, now_ms)
}

fn record(tx: &mut Tx, ctx: &Ctx, kind: &str, proposal: &Proposal, data: Value) -> Result<()> {
    let event = Event::new(&ctx.client, kind, proposal.id.as_str()).with(data);
    ledger::append(tx, ctx, event).map(|_| ())
}
