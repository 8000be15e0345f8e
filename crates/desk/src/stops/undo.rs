//! A stop is released: what nobody has taken goes back to the AI as it stood.

use super::store::{self, Hold};
use super::{append, covered};
use crate::Desk;
use crate::actions::claim;
use baton_base::{Actor, CaseId, Error, ReleaseId, Result};
use baton_cases::{CaseState, Saying};
use baton_db::{Db, Tx};
use baton_govern::Ctx;
use baton_govern::stop;
use serde_json::json;

/// Cases that go back in one transaction.
const CASES_PER_STEP: i64 = 20;
/// The template in which a customer hears that the AI goes on after all.
const BACK: &str = "ai_back";

/// Gives everything back whose stop is no longer engaged; returns how many cases.
pub(super) async fn all(db: &Db, ctx: &Ctx, desk: &Desk) -> Result<usize> {
    let (mut returned, mut after) = (0, String::new());
    loop {
        let (client, from) = (ctx.client.clone(), after.clone());
        let found = db.read(move |tx| store::released(tx, &client, &from, CASES_PER_STEP)).await?;
        let Some(last) = found.last() else { return Ok(returned) };
        after = last.case.to_string();
        let (ctx, desk) = (ctx.clone(), desk.clone());
        returned += db.write(move |tx| some(tx, &ctx, &desk, &found)).await?;
    }
}

fn some(tx: &mut Tx, ctx: &Ctx, desk: &Desk, holds: &[Hold]) -> Result<usize> {
    let mut returned = 0;
    for hold in holds {
        match tx.attempt(|tx| one(tx, ctx, desk, hold)) {
            Ok(true) => returned += 1,
            Ok(false) => {}
            // Somebody has it: it is theirs now.
            Err(Error::Conflict(_)) => store::keep(tx, &ctx.client, &hold.case)?,
            Err(error) => {
                tracing::warn!(client = %ctx.client, case = %hold.case, %error, "a case could not go back to the AI yet")
            }
        }
    }
    Ok(returned)
}

fn one(tx: &mut Tx, ctx: &Ctx, desk: &Desk, hold: &Hold) -> Result<bool> {
    let client = &ctx.client;
    for other in stop::engaged(tx, client)? {
        if covered::covers(tx, client, &other, &hold.case, Some(&hold.actor))? {
            store::held_by(tx, client, &hold.case, &other)?;
            return Ok(false);
        }
    }
    let stood_ms = (ctx.now_ms() - hold.held_ms).max(0);
    let reason = "the stop was released";
    // Somebody may have answered, and put the work back.
    let answered = wrote_since(tx, ctx, &hold.case, hold.seq, "member")?;
    baton_runs::let_go(tx, ctx, &hold.runs, stood_ms, answered, reason)?;
    if !crate::store::cancel(tx, client, &hold.item, true, ctx.now_ms())? {
        return Err(Error::Conflict("somebody has it".to_owned()));
    }
    let item = crate::store::find(tx, client, &hold.item)?;
    claim::append_with(tx, ctx, &item, "work_item.cancelled", json!({"why": reason}))?;
    store::remove(tx, client, &hold.case)?;
    back(tx, ctx, desk, hold, answered)?;
    append(tx, ctx, &hold.case, "case.unheld", json!({"why": reason, "stood_ms": stood_ms, "runs": hold.runs}))?;
    Ok(true)
}

/// The case stands as it stood, with what the customer wrote meanwhile.
fn back(tx: &mut Tx, ctx: &Ctx, desk: &Desk, hold: &Hold, answered: bool) -> Result<()> {
    let case = baton_cases::get(tx, &ctx.as_system("desk"), &hold.case)?;
    if !case.row.state.is_live() {
        return Ok(());
    }
    // Whoever has had an answer since waits for nobody any more.
    if hold.told && !answered {
        say_so(tx, ctx, desk, hold, &case.row.language)?;
    }
    let actor = actor_of(&hold.actor, &case.release)?;
    let wrote = wrote_since(tx, ctx, &hold.case, hold.seq, "customer")?;
    baton_cases::give_back(tx, ctx, &hold.case, &actor, true)?;
    if hold.state == CaseState::WaitingCustomer.as_str() && !wrote {
        baton_cases::assign(tx, ctx, &hold.case, &actor, CaseState::WaitingCustomer)?;
    }
    Ok(())
}

fn say_so(tx: &mut Tx, ctx: &Ctx, desk: &Desk, hold: &Hold, language: &str) -> Result<()> {
    let (_, config) = desk.cases.config.live(&ctx.client)?;
    if !config.templates.has(BACK) {
        return Ok(());
    }
    let text = config.render(language, BACK, &json!({}), ctx.now_ms())?;
    let once = format!("back:{}", hold.item);
    let saying = Saying { text: &text, external_id: Some(&once), is_notice: true, ..Saying::default() };
    baton_cases::say_once(tx, &ctx.as_system("desk"), &hold.case, &saying).map(|_| ())
}

fn actor_of((kind, name): &(String, String), release: &ReleaseId) -> Result<Actor> {
    Ok(match kind.as_str() {
        "agent" => Actor::Agent { name: name.parse()?, version: release.to_string() },
        _ => Actor::system(name.clone()),
    })
}

/// Whether somebody of this kind has written since a message.
pub(super) fn wrote_since(tx: &mut Tx, ctx: &Ctx, case: &CaseId, seq: i64, kind: &str) -> Result<bool> {
    let since = baton_cases::messages(tx, &ctx.as_system("desk"), case, seq)?;
    Ok(since.iter().any(|message| message.author.kind == kind))
}
