//! The conversation of a merged case goes on in another: what of it this case's customer reads.

use super::store;
use crate::{MessageRow, store as cases};
use baton_base::{CaseId, ClientId, CustomerId, MessageId, Result};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Right};
use std::collections::{BTreeMap, BTreeSet};

/// A part of another case in which a conversation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The case.
    pub case: CaseId,
    /// It goes on after this message.
    pub after_seq: i64,
}

/// Where the conversation of a case goes on, in order; nothing, where it was not merged.
pub(crate) fn onward(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Segment>> {
    let (mut all, mut at) = (Vec::new(), case.clone());
    // A live case is at the end of every chain, so that there are no rings.
    while let Some(merged) = store::of(tx, client, &at)? {
        at.clone_from(&merged.into);
        all.push(Segment { case: merged.into, after_seq: merged.from_seq });
    }
    Ok(all)
}

/// What was said after a case was merged into another, as far as this case's customer may read it: their own words and the
/// answers, never another customer's. Nothing, where it was not merged.
pub fn said_on(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<MessageRow>> {
    ctx.allow(Right::CaseRead)?;
    let segments = onward(tx, &ctx.client, case)?;
    if segments.is_empty() {
        return Ok(Vec::new());
    }
    let customer = cases::row(tx, ctx, case)?.customer.id;
    let mut said = Vec::new();
    for segment in segments {
        said.extend(crate::privacy::messages_from(tx, &ctx.client, &segment.case, segment.after_seq)?);
    }
    said.retain(|message| !message.is_of_other(&customer));
    Ok(said)
}

/// The case in which a merged one is worked on, and after which of its messages the conversation goes on there.
pub fn works_in(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<(CaseId, i64)>> {
    Ok(onward(tx, client, case)?.pop().map(|last| (last.case, last.after_seq)))
}

/// A case and all that were merged into it: what is shown beside it.
pub fn family(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<CaseId>> {
    let merged = store::all_into(tx, client, case)?;
    Ok(std::iter::once(case.clone()).chain(merged.into_iter().map(|one| one.case)).collect())
}

/// As whom a customer writes to a case: in their own case, or in that one of theirs that was merged into it. Nothing for whoever
/// has no part in it.
pub fn voices(tx: &mut Tx, client: &ClientId, case: &CaseId, customer: &CustomerId) -> Result<Option<CaseId>> {
    let end = works_in(tx, client, case)?.map_or_else(|| case.clone(), |(end, _)| end);
    let mut found = None;
    for member in std::iter::once(case.clone()).chain(family(tx, client, &end)?) {
        if found.is_none() && cases::find(tx, client, &member)?.is_some_and(|one| one.row.customer.id == *customer) {
            found = Some(member);
        }
    }
    Ok(found)
}

/// What a customer wrote in cases of others, into which theirs were merged: case and message.
pub fn others_words(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<(CaseId, i64, MessageId)>> {
    let mut all = Vec::new();
    for (case, _) in crate::privacy::cases_of(tx, client, customer)? {
        for segment in onward(tx, client, &case)? {
            let sql = "SELECT m.seq, m.message_id FROM message m JOIN case_file c ON c.client_id = m.client_id \
                       AND c.case_id = m.case_id WHERE m.client_id = $1 AND m.case_id = $2 AND m.author_kind = 'customer' \
                       AND m.author = $3 AND c.customer_id <> $3 ORDER BY m.seq";
            for (seq, message) in
                tx.query(sql, params![client, segment.case, customer], |r| Ok((r.int(0)?, r.id(1)?)))?
            {
                all.push((segment.case.clone(), seq, message));
            }
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// Cases of others in which a customer's words were heard, because theirs were merged into them: the customer wrote there, or its
/// run was told what they still waited for. Each with since when: what was made in it since was made of both.
pub fn heard_in(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<(CaseId, i64)>> {
    let wrote: BTreeSet<CaseId> = others_words(tx, client, customer)?.into_iter().map(|(case, ..)| case).collect();
    let mut all: BTreeMap<CaseId, i64> = BTreeMap::new();
    for (case, _) in crate::privacy::cases_of(tx, client, customer)? {
        // Whether their words stand in the case at hand: a process is told what stands in the one that is merged into its own.
        let (mut at, mut stand) = (case, true);
        while let Some(merged) = store::of(tx, client, &at)? {
            let told = stand && merged.stood.told;
            let of_other = cases::find(tx, client, &merged.into)?.is_some_and(|into| into.row.customer.id != *customer);
            stand = !of_other || wrote.contains(&merged.into);
            if of_other && (told || stand) {
                let since_ms = all.entry(merged.into.clone()).or_insert(merged.at_ms);
                *since_ms = merged.at_ms.min(*since_ms);
            }
            at = merged.into;
        }
    }
    Ok(all.into_iter().collect())
}
