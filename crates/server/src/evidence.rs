//! What speaks for and against an autonomy level, as checks of a proposal.

use crate::House;
use baton_base::{ClientId, Error, Result};
use baton_clients::changes::Check;
use baton_desk::reviewed;
use baton_govern::autonomy::ANY;
use baton_govern::{Ctx, Evidence, Level, Rulebook, autonomy};
use serde_json::json;
use std::sync::Arc;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How far back reviewed cases count, days.
pub const EVIDENCE_DAYS: i64 = 180;

/// Checks a level that is proposed for an intent and an action; none means what the release says.
pub async fn checks(
    house: &Arc<House>,
    ctx: &Ctx,
    intent: &str,
    action: &str,
    level: Option<Level>,
) -> Result<Vec<Check>> {
    let (_, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    if action != ANY && rulebook.action(action).is_none() {
        let why = format!("there is no action '{action}'");
        return Err(Error::invalid_at("autonomy/action", why, "name an action of the client, or '*'"));
    }
    // What is taken back may be of an intent that is gone.
    if level.is_some() {
        known_intent(house, &ctx.client, &rulebook, ("autonomy/intent", intent), action)?;
    }
    let wanted = level.unwrap_or_else(|| rulebook.autonomy_default(intent, action));
    let (client, since_ms) = (ctx.client.clone(), ctx.now_ms() - EVIDENCE_DAYS * DAY_MS);
    let (own, book) = ((intent.to_owned(), action.to_owned()), Arc::clone(&rulebook));
    let (now, evidence) = house
        .db
        .read(move |tx| {
            let (intent, action) = own;
            let now = autonomy::lowest(tx, &client, &book, &intent, &action)?;
            let fits = |one: &baton_desk::Reviewed| {
                (action == ANY || one.action == action) && (intent == ANY || one.intent.as_deref() == Some(&intent))
            };
            let all: Vec<_> = reviewed(tx, &client, since_ms)?.into_iter().filter(fits).collect();
            let approved = all.iter().filter(|one| one.approved).count();
            Ok((now, Evidence::of(all.len() as u64, approved as u64)))
        })
        .await?;
    let carried = evidence.carries(now, wanted);
    let says = match &carried {
        Ok(()) => format!("{} of {} reviewed cases approved", evidence.approved, evidence.reviewed),
        Err(why) => why.clone(),
    };
    let details = json!({"from": now, "to": wanted, "evidence": evidence, "days": EVIDENCE_DAYS});
    Ok(vec![Check { name: "evidence".into(), passed: carried.is_ok(), says, details }])
}

/// A level of an intent that the client does not have would hold nothing: it is refused.
pub(crate) fn known_intent(
    house: &House,
    client: &ClientId,
    rulebook: &Rulebook,
    (place, intent): (&str, &str),
    action: &str,
) -> Result<()> {
    let (_, roster) = house.parts.rosters.live(client)?;
    let named = || rulebook.autonomy_intents(action).any(|own| own == intent);
    if intent == ANY || roster.intents.contains_key(intent) || named() {
        return Ok(());
    }
    Err(Error::invalid_at(place, format!("there is no intent '{intent}'"), "name an intent of the client, or '*'"))
}
