//! A person says why something failed; a fix changes hands and state; an outcome of the AI is changed.

use super::rules::{FixState, FixType, OVERRIDE_REASONS, Source, moves, suggest};
use super::store::{self, Fix, Untagged};
use baton_base::{CaseId, Error, Event, MemberId, ReleaseId, Result};
use baton_cases::Page;
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, members, redact};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Longest note of a tag or a fix, and longest title, characters.
const NOTE_CHARS_MAX: usize = 1_000;
const TITLE_CHARS_MAX: usize = 200;
/// Longest name of a cause, bytes.
const CAUSE_BYTES_MAX: usize = 64;
/// Intent of a case whose need was not recognised.
const UNKNOWN: &str = "unrecognised";

/// Why a case failed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTag {
    /// What has to change; the suggestion if left out.
    #[serde(default)]
    pub fix_type: Option<FixType>,
    /// What was tagged; what the case shows if left out.
    #[serde(default)]
    pub source: Option<Source>,
    /// Why: a trigger or a reason; the last trigger of the case if left out.
    #[serde(default)]
    pub cause: Option<String>,
    /// In words.
    #[serde(default)]
    pub note: String,
}

/// A tag, and the fix that it went to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tagged {
    /// Its id.
    pub tag: String,
    /// The fix.
    pub fix: String,
    /// What has to change.
    pub fix_type: FixType,
    /// What was suggested.
    pub suggested: FixType,
    /// Why.
    pub cause: String,
    /// The fix is new.
    pub new_fix: bool,
}

/// Says why a case failed. The same cause of one case again changes its tag.
pub fn tag_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId, new: NewTag) -> Result<Tagged> {
    ctx.allow(Right::CaseTag)?;
    let found = baton_cases::get(tx, ctx, case)?;
    let cause = match new.cause {
        Some(cause) => name_of("/cause", &cause)?,
        None => store::last_trigger(tx, &ctx.client, case)?.unwrap_or_else(|| "none".to_owned()),
    };
    let source = new.source.unwrap_or(if store::last_trigger(tx, &ctx.client, case)?.is_some() {
        Source::Escalation
    } else {
        Source::Failed
    });
    let intent = found.row.intent.unwrap_or_else(|| UNKNOWN.to_owned());
    let suggested = suggest(&cause);
    let fix_type = new.fix_type.unwrap_or(suggested);
    let before = store::tagged_to(tx, &ctx.client, case, source, &cause)?;
    let (fix, new_fix) = gather(tx, ctx, (intent.as_str(), cause.as_str(), fix_type), before.is_none())?;
    let tag = store::NewTagRow {
        id: ctx.id("tag"),
        fix: &fix,
        case,
        source,
        intent: &intent,
        cause: &cause,
        fix_type,
        suggested,
        note: &cut(&new.note, NOTE_CHARS_MAX),
        minutes: store::minutes_of_case(tx, &ctx.client, case)?,
        by: &ctx.actor.to_string(),
        now_ms: ctx.now_ms(),
    };
    let id = store::put_tag(tx, &ctx.client, &tag)?;
    if let Some(before) = before.filter(|before| *before != fix) {
        leave(tx, ctx, &before)?;
    }
    let facts = json!({
        "source": source, "cause": cause, "fix_type": fix_type, "suggested": suggested, "intent": intent, "fix": fix,
    });
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.tagged", &id).in_case(case).with(facts))?;
    Ok(Tagged { tag: id, fix, fix_type, suggested, cause, new_fix })
}

/// The fix of a cause: the one there is, opened again where it had been made and the cause came back; else a new one. A tag
/// that is only changed tells of an old case: the cause has not come back. One that was dropped for want of cases opens again.
fn gather(
    tx: &mut Tx,
    ctx: &Ctx,
    (intent, cause, fix_type): (&str, &str, FixType),
    is_new_tag: bool,
) -> Result<(String, bool)> {
    let title = format!("{}: {}", intent.replace('_', " "), cause.replace('_', " "));
    let fresh = ctx.id("fix");
    let (id, state) = store::upsert_fix(tx, &ctx.client, &fresh, (intent, cause, fix_type), &title, ctx.now_ms())?;
    let is_new = id == fresh;
    if is_new {
        let facts = json!({"intent": intent, "cause": cause, "fix_type": fix_type});
        ledger::append(tx, ctx, Event::new(&ctx.client, "fix.opened", &id).with(facts))?;
    } else if (is_new_tag && matches!(state, FixState::Kept | FixState::Dropped))
        || (state == FixState::Dropped && store::is_empty(tx, &ctx.client, &id)?)
    {
        store::set_state(tx, &ctx.client, &id, FixState::Open, ctx.now_ms())?;
        ledger::append(tx, ctx, Event::new(&ctx.client, "fix.came_back", &id).with(json!({"was": state})))?;
    }
    Ok((id, is_new))
}

/// A case was tagged otherwise: a fix that nobody has begun and that has no other case removes nothing, and is dropped.
fn leave(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<()> {
    if store::drop_empty(tx, &ctx.client, id, ctx.now_ms())? {
        let facts = json!({"from": FixState::Open, "to": FixState::Dropped, "why": "its cases were tagged otherwise"});
        ledger::append(tx, ctx, Event::new(&ctx.client, "fix.changed", id).with(facts))?;
    }
    Ok(())
}

/// What changes of a fix; `None` stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixPatch {
    /// Where it stands.
    pub state: Option<FixState>,
    /// Who makes it; a member of the client.
    pub owner: Option<MemberId>,
    /// One line.
    pub title: Option<String>,
    /// In words.
    pub note: Option<String>,
    /// The behaviour test that shows it.
    pub test: Option<String>,
    /// The release that brought it; the live one where it goes live and none is named.
    pub release: Option<ReleaseId>,
}

/// Changes a fix.
pub fn update_fix(tx: &mut Tx, ctx: &Ctx, id: &str, patch: FixPatch) -> Result<Fix> {
    ctx.allow(Right::FixWrite)?;
    let mut fix = store::find(tx, &ctx.client, id)?;
    let was = fix.state;
    if let Some(state) = patch.state {
        moves(fix.state, state)?;
        fix.state = state;
    }
    if let Some(owner) = patch.owner {
        if members::roles(tx, &ctx.client, &owner)?.is_empty() {
            return Err(Error::not_found(format!("member {owner}")));
        }
        fix.owner = Some(owner);
    }
    if fix.state == FixState::Doing && fix.owner.is_none() {
        fix.owner = ctx.member_id().cloned();
    }
    fix.title = patch.title.map_or(fix.title, |title| cut(&title, TITLE_CHARS_MAX));
    fix.note = patch.note.map_or(fix.note, |note| cut(&note, NOTE_CHARS_MAX));
    fix.test = patch.test.map(|test| cut(&test, TITLE_CHARS_MAX)).or(fix.test);
    if let Some(release) = patch.release {
        if !store::has_release(tx, &ctx.client, &release)? {
            return Err(Error::not_found(format!("release {release}")));
        }
        fix.release = Some(release);
    }
    if fix.state == FixState::Released && was != FixState::Released && fix.release.is_none() {
        fix.release = store::live_release(tx, &ctx.client)?;
    }
    store::save(tx, &ctx.client, &fix, was, ctx.now_ms())?;
    let facts = json!({"from": was, "to": fix.state, "owner": fix.owner, "test": fix.test, "release": fix.release});
    ledger::append(tx, ctx, Event::new(&ctx.client, "fix.changed", &fix.id).with(facts))?;
    store::fix(tx, ctx, id)
}

/// Changes the outcome that the AI gave a case, for a reason of the closed list, and tags the case with it.
pub fn override_outcome(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &CaseId,
    outcome: &str,
    reason: &str,
    note: &str,
) -> Result<Tagged> {
    ctx.allow(Right::CaseOverride)?;
    if !OVERRIDE_REASONS.iter().any(|(known, _)| *known == reason) {
        let known: Vec<_> = OVERRIDE_REASONS.iter().map(|(known, _)| *known).collect();
        return Err(Error::invalid_at(
            "/reason",
            format!("'{reason}' is no reason"),
            format!("use {}", known.join(", ")),
        ));
    }
    baton_cases::override_outcome(tx, ctx, case, outcome, reason, &cut(note, NOTE_CHARS_MAX))?;
    let new = NewTag {
        source: Some(Source::Override),
        cause: Some(reason.to_owned()),
        note: note.to_owned(),
        fix_type: None,
    };
    tag_case(tx, ctx, case, new)
}

/// Cases that were handed to people and ended, and nobody has said why; newest first.
pub fn untagged(tx: &mut Tx, ctx: &Ctx, since_ms: i64, page: &Page) -> Result<Vec<Untagged>> {
    ctx.allow(Right::CaseRead)?;
    let mut found = store::untagged(tx, &ctx.client, since_ms, page.size())?;
    for one in &mut found {
        one.suggested = suggest(&one.trigger);
    }
    Ok(found)
}

fn name_of(place: &str, text: &str) -> Result<String> {
    let fits = !text.is_empty() && text.len() <= CAUSE_BYTES_MAX;
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid_at(place, "that is no name of a cause", "give letters, digits, '-' and '_', at most 64"))
}

fn cut(text: &str, chars_max: usize) -> String {
    let (text, _) = redact::mask_cards(text.trim());
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(chars_max).collect()
}
