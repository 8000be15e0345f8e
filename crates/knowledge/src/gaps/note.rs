//! A question was asked and not answered.

use super::rules::{Reason, digest, masked};
use super::{limits, store};
use baton_base::{CaseId, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use serde_json::json;

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// In the customer's words.
    pub question: &'a str,
    /// Its language tag.
    pub locale: &'a str,
    /// The need that was recognised, if any.
    pub intent: Option<&'a str>,
    /// Why there was no answer.
    pub reason: Reason,
    /// More about the reason: the fact that has no value.
    pub detail: Option<&'a str>,
    /// Where it was asked.
    pub case: Option<&'a CaseId>,
}

/// Counts a question that was not answered. Asked in other words it is the same question.
pub fn note(tx: &mut Tx, ctx: &Ctx, asked: &Asked<'_>) -> Result<()> {
    let question = masked(asked.question);
    if question.is_empty() {
        return Ok(());
    }
    let digest = digest(asked.question, asked.locale);
    if let Some(gap) = store::by_digest(tx, &ctx.client, &digest)? {
        return store::count(tx, ctx, &gap, asked);
    }
    if store::how_many(tx, &ctx.client)? >= limits::GAPS_MAX && store::make_room(tx, &ctx.client)? == 0 {
        return Ok(());
    }
    let gap = ctx.id("gap");
    if store::insert(tx, ctx, &gap, &digest, &question, asked)? {
        let data = json!({"reason": asked.reason, "language": asked.locale, "intent": asked.intent});
        let event = Event::new(&ctx.client, "knowledge.gap_found", &gap).with(data);
        let event = asked.case.map_or(event.clone(), |case| event.in_case(case));
        ledger::append(tx, ctx, event)?;
    }
    Ok(())
}
