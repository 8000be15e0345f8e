//! An effect of unknown outcome has an owner: a work item asks somebody to find out, until it is settled.

use super::call::About;
use baton_base::{ClientId, EffectId, Error, Result, WorkItemId};
use baton_db::{Tx, params};
use baton_desk::{DecisionSpec, Desk, Form, Kind, Needs, NewItem, OnDone, State, open_item, withdraw_item};
use baton_govern::{Ctx, Role};
use serde_json::json;

/// Urgency of finding out, 1 to 9: somebody may be waiting for money.
const PRIORITY: i64 = 2;

/// Asks somebody to find out, unless somebody has been asked and has not ended it. That nobody can be asked keeps no outcome from being written
/// down.
pub(super) fn open(tx: &mut Tx, desk: &Desk, about: &About, effect: &EffectId, why: &str) -> Result<()> {
    match tx.attempt(|tx| ask(tx, desk, about, effect, why)) {
        Ok(()) => Ok(()),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => {
            tracing::error!(client = %about.ctx.client, %effect, %error, "nobody could be asked what came of an effect");
            Ok(())
        }
    }
}

fn ask(tx: &mut Tx, desk: &Desk, about: &About, effect: &EffectId, why: &str) -> Result<()> {
    let client = &about.ctx.client;
    if let Some(item) = of(tx, client, effect)?
        && is_open(tx, &about.ctx, &item)?
    {
        return Ok(());
    }
    let mut form = Form::of(vec![DecisionSpec::new("seen", "Done", "d", &[])]);
    form.values.insert("effect".to_owned(), json!(effect));
    form.values.insert("action".to_owned(), json!(about.action));
    form.values.insert("args".to_owned(), about.args.clone());
    let name = if about.title.is_empty() { &about.action } else { &about.title };
    let item = NewItem {
        kind: Kind::Review,
        queue: None,
        title: format!("Find out whether it happened: {name} ({why})"),
        case: about.case.clone(),
        waiting: None,
        run: None,
        packet: None,
        form,
        needs: Needs { roles: vec![Role::Supervisor, Role::FinanceLead], ..Needs::default() },
        priority: PRIORITY,
        requested_by: about.ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    };
    let item = open_item(tx, &about.ctx.as_system("door"), desk, item)?;
    let sql = "INSERT INTO effect_review (client_id, effect_id, work_item_id) VALUES ($1, $2, $3) \
               ON CONFLICT (client_id, effect_id) DO UPDATE SET work_item_id = excluded.work_item_id";
    tx.execute(sql, params![client, effect, item]).map(|_| ())
}

/// What came of an effect is known: nobody needs to find out any more.
pub(super) fn close(tx: &mut Tx, ctx: &Ctx, effect: &EffectId) -> Result<()> {
    let Some(item) = of(tx, &ctx.client, effect)? else { return Ok(()) };
    withdraw_item(tx, &ctx.as_system("door"), &item)?;
    let sql = "DELETE FROM effect_review WHERE client_id = $1 AND effect_id = $2";
    tx.execute(sql, params![ctx.client, effect]).map(|_| ())
}

/// Whether somebody may still find out by this work item. One that was ended while nobody knows more asks nobody.
fn is_open(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<bool> {
    match baton_desk::get(tx, &ctx.as_system("door"), item) {
        Ok(item) => Ok(matches!(item.state, State::Waiting | State::Claimed)),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn of(tx: &mut Tx, client: &ClientId, effect: &EffectId) -> Result<Option<WorkItemId>> {
    let sql = "SELECT work_item_id FROM effect_review WHERE client_id = $1 AND effect_id = $2";
    tx.query_opt(sql, params![client, effect], |row| row.id(0))
}
