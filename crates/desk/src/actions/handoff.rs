//! What becomes of a packet once somebody has it: they rate it, and what they ask for again is noticed.

use crate::actions::claim::member_of;
use crate::packet::reask::reasked;
use crate::packet::score::{Handoff, TURNS};
use crate::{Desk, store};
use baton_base::{CaseId, Error, Event, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// What a receiver may think of a packet.
const RATINGS: [&str; 2] = ["good", "lacking"];

/// Rates the packet that came with an item which the acting member has, or has decided. The last word counts.
pub fn rate_packet(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, rating: &str) -> Result<Handoff> {
    ctx.allow(Right::WorkComplete)?;
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    if !RATINGS.contains(&rating) {
        return Err(Error::invalid_at("/rating", format!("'{rating}' is no rating"), "use good or lacking"));
    }
    if found.item.claimed_by.as_ref() != Some(&member) {
        return Err(Error::Conflict("only who has the work item rates what came with it".to_owned()));
    }
    let Some(packet) = found.packet_id else {
        return Err(Error::Conflict("no packet came with this work item".to_owned()));
    };
    store::packets::rate(tx, &ctx.client, &packet, rating, &ctx.actor.to_string())?;
    let now = store::packets::handoff(tx, &ctx.client, &packet)?.ok_or_else(|| store::not_found(id))?.shown();
    let mut event =
        Event::new(&ctx.client, "handoff.rated", &packet).with(json!({"rating": rating, "score": now.score}));
    event.case.clone_from(&found.item.case);
    ledger::append(tx, ctx, event)?;
    Ok(now)
}

/// Looks at a message that a member has written in a case: does it ask for what the packet was to bring? Only the first
/// few messages after a handoff count.
pub fn note_reply(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &CaseId, text: &str) -> Result<()> {
    let Some(packet) = store::packets::last_figures(tx, &ctx.client, case)? else { return Ok(()) };
    if ctx.member_id().is_none() || packet.member_turns >= TURNS {
        return Ok(());
    }
    let intake = desk.live(&ctx.client)?;
    let asked = reasked(intake.handoff(packet.intent.as_deref()), text);
    let new: Vec<_> = asked.into_iter().filter(|field| !packet.reasked.contains(field)).collect();
    let all: Vec<_> = packet.reasked.iter().cloned().chain(new.iter().cloned()).collect();
    store::packets::turn(tx, &ctx.client, &packet.id, &all)?;
    if new.is_empty() {
        return Ok(());
    }
    let now = store::packets::handoff(tx, &ctx.client, &packet.id)?.map(|figures| figures.score());
    let facts = json!({"fields": new, "turn": packet.member_turns + 1, "score": now});
    ledger::append(tx, ctx, Event::new(&ctx.client, "handoff.reasked", &packet.id).in_case(case).with(facts))?;
    Ok(())
}
