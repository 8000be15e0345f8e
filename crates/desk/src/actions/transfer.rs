//! One person offers their work to another, who takes it or not. Until then it stays where it is, and the customer sees one
//! conversation all the while.

use crate::actions::claim::{append_with, fitness, has_room, member_of, not_yours};
use crate::actions::hands;
use crate::team::profile::colleague;
use crate::{State, WorkItem, limits, store};
use baton_base::{Actor, CaseId, ClientId, Error, MemberId, Result, WorkItemId};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right, members, redact};
use serde::Serialize;
use serde_json::json;

const OFFERS_MAX: i64 = 100;

/// Work that one person offers another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// Whose.
    pub client: ClientId,
    /// The work.
    pub item: WorkItemId,
    /// One line.
    pub title: String,
    /// Who has it and offers it.
    pub from: MemberId,
    /// To whom.
    pub to: MemberId,
    /// What they should know.
    pub note: String,
    /// When.
    pub offered_ms: i64,
}

/// An offer with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offered {
    /// The work.
    pub item: WorkItemId,
    /// Who offered it.
    pub from: MemberId,
    /// To whom.
    pub to: MemberId,
    /// What they should know.
    pub note: String,
    /// `offered`, `accepted`, `declined` or `withdrawn`.
    pub state: String,
    /// What they answered.
    pub answer: String,
    /// When, milliseconds since the epoch.
    pub offered_ms: i64,
    /// When it was answered or taken back.
    pub answered_ms: Option<i64>,
}

/// Where the words of an offer and its answer are sealed.
fn place<'a>(client: &'a ClientId, item: &'a WorkItemId) -> Place<'a> {
    Place { client, class: Class::Message, table: "transfer", row: item.as_str() }
}

/// Offers an item that the acting member has to a colleague who may have it.
pub fn offer(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, to: &MemberId, note: &str) -> Result<()> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    let (note, _) = redact::mask_cards(note.trim());
    if note.len() > limits::NOTE_BYTES_MAX || note.contains('\0') {
        return Err(Error::invalid_at(
            "/note",
            "the note cannot be kept",
            format!("at most {} bytes", limits::NOTE_BYTES_MAX),
        ));
    }
    let found = store::find(tx, &ctx.client, id)?;
    if found.item.state != State::Claimed || found.item.claimed_by.as_ref() != Some(&member) {
        return Err(not_yours(&found));
    }
    if *to == member {
        return Err(Error::invalid_at("/to", "this is yours already", "offer it to a colleague"));
    }
    colleague(tx, ctx, to)?;
    let roles = members::roles(tx, &ctx.client, to)?;
    fitness(tx, &roles, to, &found)?;
    let sealed = tx.seal(&place(&ctx.client, id), &note)?;
    tx.execute(
        "INSERT INTO transfer (client_id, work_item_id, from_member, to_member, note, state, answer, offered_ms) \
         VALUES ($1, $2, $3, $4, $5, 'offered', '', $6) ON CONFLICT (client_id, work_item_id) DO UPDATE SET \
         from_member = excluded.from_member, to_member = excluded.to_member, note = excluded.note, state = 'offered', \
         answer = '', offered_ms = excluded.offered_ms, answered_ms = NULL",
        params![ctx.client, id, member, to, sealed, ctx.now_ms()],
    )?;
    append_with(tx, ctx, &found, "work_item.offered", json!({"to": to, "has_note": !note.is_empty()}))
}

/// Takes back an offer that nobody has answered.
pub fn withdraw_offer(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId) -> Result<()> {
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    let sql = "UPDATE transfer SET state = 'withdrawn', answered_ms = $4 WHERE client_id = $1 AND work_item_id = $2 \
               AND from_member = $3 AND state = 'offered'";
    if tx.execute(sql, params![ctx.client, id, member, ctx.now_ms()])? == 0 {
        return Err(Error::Conflict("you offer this to nobody".to_owned()));
    }
    append_with(tx, ctx, &found, "work_item.offer_withdrawn", json!({}))
}

/// Answers an offer made to the acting member: takes the work, or leaves it where it is and says why.
pub fn answer_offer(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, accept: bool, why: &str) -> Result<WorkItem> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    let why: String = why.trim().chars().filter(|c| !c.is_control()).take(limits::TITLE_CHARS_MAX).collect();
    let (why, _) = redact::mask_cards(&why);
    let found = store::find(tx, &ctx.client, id)?;
    let sealed = tx.seal(&place(&ctx.client, id), &why)?;
    let sql = "UPDATE transfer SET state = $4, answer = $5, answered_ms = $6 WHERE client_id = $1 AND work_item_id = $2 \
               AND to_member = $3 AND state = 'offered' RETURNING from_member";
    let state = if accept { "accepted" } else { "declined" };
    let from: Option<MemberId> =
        tx.query_opt(sql, params![ctx.client, id, member, state, sealed, ctx.now_ms()], |r| r.id(0))?;
    let Some(from) = from else {
        return Err(Error::Conflict("this is not offered to you, or no longer".to_owned()));
    };
    if !accept {
        append_with(tx, ctx, &found, "work_item.offer_declined", json!({"from": from, "why": why}))?;
        return Ok(found.item);
    }
    fitness(tx, ctx.roles(), &member, &found)?;
    has_room(tx, &member, &found.item.channel, None)?;
    let by = Actor::Member { id: from.clone() }.to_string();
    if !store::hands::give(tx, &ctx.client, id, Some(&from), &member, &by, ctx.now_ms())? {
        return Err(Error::Conflict("your colleague no longer has it".to_owned()));
    }
    if let Some(case) = &found.item.case {
        hands::to(tx, ctx, case, &Actor::Member { id: member.clone() }, Some(from.as_str()))?;
    }
    append_with(tx, ctx, &found, "work_item.transferred", json!({"from": from, "to": member}))?;
    Ok(store::find(tx, &ctx.client, id)?.item)
}

/// Open offers to and from a member, newest first; what its giver no longer has is offered no more.
pub fn offers(tx: &mut Tx, member: &MemberId, clients: &[ClientId]) -> Result<Vec<Offer>> {
    let mut all = Vec::new();
    for client in clients {
        let found = tx.query(
            "SELECT t.work_item_id, w.title, t.from_member, t.to_member, t.note, t.offered_ms FROM transfer t \
             JOIN work_item w ON w.client_id = t.client_id AND w.work_item_id = t.work_item_id \
             WHERE t.client_id = $1 AND t.state = 'offered' AND w.state = 'claimed' AND w.claimed_by = t.from_member \
             AND (t.to_member = $2 OR t.from_member = $2) ORDER BY t.offered_ms DESC LIMIT $3",
            params![client, member, OFFERS_MAX],
            |r: &Row| {
                Ok(Offer {
                    client: client.clone(),
                    item: r.id(0)?,
                    title: r.text(1)?,
                    from: r.id(2)?,
                    to: r.id(3)?,
                    note: r.text(4)?,
                    offered_ms: r.int(5)?,
                })
            },
        )?;
        for mut one in found {
            one.note = tx.unseal(&place(client, &one.item), &one.note)?;
            all.push(one);
        }
    }
    Ok(all)
}

/// Every offer of work on a case, oldest first: of an item the last one, as it stands.
pub fn offers_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Offered>> {
    let sql = "SELECT t.work_item_id, t.from_member, t.to_member, t.note, t.state, t.answer, t.offered_ms, t.answered_ms \
               FROM transfer t JOIN work_item w ON w.client_id = t.client_id AND w.work_item_id = t.work_item_id \
               WHERE t.client_id = $1 AND w.case_id = $2 ORDER BY t.offered_ms, t.work_item_id";
    let mut all = tx.query(sql, params![client, case], |r: &Row| {
        Ok(Offered {
            item: r.id(0)?,
            from: r.id(1)?,
            to: r.id(2)?,
            note: r.text(3)?,
            state: r.text(4)?,
            answer: r.text(5)?,
            offered_ms: r.int(6)?,
            answered_ms: r.int_opt(7)?,
        })
    })?;
    for one in &mut all {
        one.note = tx.unseal(&place(client, &one.item), &one.note)?;
        one.answer = tx.unseal(&place(client, &one.item), &one.answer)?;
    }
    Ok(all)
}
