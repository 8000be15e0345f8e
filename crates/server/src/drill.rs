//! A drill of the stop switch: pressed for a client in drill mode, measured until what the door asks before every call
//! says no, released, and recorded.

use crate::House;
use baton_base::{ClientId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::stop::{self, Scope, Step, Use};
use baton_govern::{Ctx, Right, Rulebook, ledger, settings};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Setting that says whether a client is in drill mode: `on`.
pub const DRILL_MODE: &str = "drill.mode";
/// Setting that keeps the last drill of a client, as [`Kept`] in JSON.
const LAST: &str = "drill.stop.last";
/// After this time the next drill is overdue, days: the switch is tested every month.
pub const EVERY_DAYS: i64 = 31;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Within this time it has to hold, milliseconds.
pub const HOLDS_MS_MAX: u64 = 1_000;
/// Pause between two looks, milliseconds.
const LOOK_MS: u64 = 5;
const LOOKS_MAX: u64 = 1_000;
const TARGET: &str = "drill";
/// What a client can press.
const SCOPES: [Scope; 4] = [Scope::Action, Scope::Agent, Scope::Intent, Scope::Client];
const REASON: &str = "drill of the stop switch";

/// What a drill found.
#[derive(Debug, Clone, Serialize)]
pub struct Drilled {
    /// Each scope that was pressed, with the time until it held, milliseconds; none where it never did.
    pub scopes: Vec<(&'static str, Option<u64>)>,
    /// The longest time.
    pub longest_ms: Option<u64>,
    /// Whether every scope held in time.
    pub passed: bool,
}

/// What is kept of the last drill.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Kept {
    at_ms: i64,
    longest_ms: Option<u64>,
    passed: bool,
}

/// When the switch of a client was last drilled.
#[derive(Debug, Clone, Serialize)]
pub struct Last {
    /// Whose.
    pub client: ClientId,
    /// When; none where it never was.
    pub at_ms: Option<i64>,
    /// Whether it held in time; none where it was never drilled.
    pub passed: Option<bool>,
    /// The longest time until it held, milliseconds.
    pub longest_ms: Option<u64>,
    /// Whether the next one is overdue: never drilled, or [`EVERY_DAYS`] ago.
    pub overdue: bool,
    /// What there is to do, in words; none where all is well.
    pub warning: Option<String>,
}

/// The last drill of a client.
pub fn last(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<Last> {
    let kept = settings::get(tx, client, LAST)?;
    let kept: Option<Kept> = kept.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::broken)?;
    Ok(told(client, kept, now_ms))
}

fn told(client: &ClientId, kept: Option<Kept>, now_ms: i64) -> Last {
    let days = kept.map(|kept| now_ms.saturating_sub(kept.at_ms) / DAY_MS);
    let overdue = days.is_none_or(|days| days >= EVERY_DAYS);
    let how = format!("`baton drill stop --client {client}`");
    let warning = match (kept, days) {
        (None, _) => Some(format!("the stop switch of {client} was never drilled; {how} tests it")),
        (Some(kept), _) if !kept.passed => Some(format!(
            "the stop switch of {client} did not hold in time when it was last drilled; {how} tests it again"
        )),
        (Some(_), Some(days)) if overdue => {
            Some(format!("the stop switch of {client} was last drilled {days} days ago; {how} tests it"))
        }
        (Some(_), _) => None,
    };
    Last {
        client: client.clone(),
        at_ms: kept.map(|kept| kept.at_ms),
        passed: kept.map(|kept| kept.passed),
        longest_ms: kept.and_then(|kept| kept.longest_ms),
        overdue,
        warning,
    }
}

/// Says in the log which clients' switches want a drill.
pub async fn warn(house: &Arc<House>) -> Result<()> {
    let (clients, now_ms) = (house.parts.clients(), house.env.now_ms());
    let look = move |tx: &mut Tx| clients.iter().map(|client| last(tx, client, now_ms)).collect::<Result<Vec<_>>>();
    let found = house.db.read(look).await?;
    for warning in found.into_iter().filter_map(|last| last.warning) {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Puts a client in drill mode, or takes it out.
pub async fn set_mode(house: &Arc<House>, ctx: &Ctx, on: bool) -> Result<()> {
    ctx.allow(Right::SettingsWrite)?;
    let ctx = ctx.clone();
    house
        .db
        .write(move |tx| {
            settings::set(tx, &ctx.client, DRILL_MODE, if on { "on" } else { "off" })?;
            let event = Event::new(&ctx.client, "drill.mode_set", DRILL_MODE).with(json!({ "on": on }));
            ledger::append(tx, &ctx, event).map(|_| ())
        })
        .await
}

/// Presses every scope that a client has, one after the other. Only in drill mode: while it is pressed, AI stops there.
pub async fn stop(house: &Arc<House>, ctx: &Ctx) -> Result<Drilled> {
    let rules = house.rules(&ctx.client);
    may_drill(rules.as_deref(), ctx)?;
    let client = ctx.client.clone();
    let mode = house.db.read(move |tx| settings::get(tx, &client, DRILL_MODE)).await?;
    if mode.as_deref() != Some("on") {
        let why = "the client is not in drill mode; a drill stops its AI for a moment, so put it there first";
        return Err(Error::refused(why, vec!["built-in:drill".to_owned()]));
    }
    let mut scopes = Vec::new();
    for scope in SCOPES {
        scopes.push((scope.name(), press(house, ctx, rules.as_ref(), scope).await?));
    }
    let all: Option<Vec<u64>> = scopes.iter().map(|(_, ms)| *ms).collect();
    let longest_ms = all.and_then(|all| all.into_iter().max());
    let passed = longest_ms.is_some_and(|ms| ms <= HOLDS_MS_MAX);
    let drilled = Drilled { scopes, longest_ms, passed };
    let (ctx, told) = (ctx.clone(), json!(drilled));
    let kept = Kept { at_ms: ctx.now_ms(), longest_ms, passed };
    let kept = serde_json::to_string(&kept).map_err(Error::broken)?;
    house
        .db
        .write(move |tx| {
            settings::set(tx, &ctx.client, LAST, &kept)?;
            let event = Event::new(&ctx.client, "drill.stop", "stop_switch").with(told);
            ledger::append(tx, &ctx, event).map(|_| ())
        })
        .await?;
    Ok(drilled)
}

/// Whoever drills has to be one who may press everything that a drill presses: asked before anything is pressed. To release it
/// takes nobody's leave, since the drill takes back its own.
fn may_drill(rules: Option<&Rulebook>, ctx: &Ctx) -> Result<()> {
    for scope in SCOPES {
        let target = stop::target(scope, TARGET);
        stop::judge(rules, ctx, &Use { step: Step::Press, scope, target, own: false })?;
    }
    Ok(())
}

/// The time from pressing to holding; what is pressed is released, whatever came of it.
async fn press(house: &Arc<House>, ctx: &Ctx, rules: Option<&Arc<Rulebook>>, scope: Scope) -> Result<Option<u64>> {
    let target = if scope == Scope::Client { "" } else { TARGET };
    let (engaged, by) = (ctx.clone(), rules.cloned());
    let begin = Instant::now();
    let work = move |tx: &mut Tx| {
        // A drill never touches a stop that somebody has pressed in earnest.
        if !stop::engaged(tx, &engaged.client)?.is_empty() {
            return Err(Error::Conflict("AI is stopped here already; a drill waits until it is released".to_owned()));
        }
        stop::engage(tx, &engaged, by.as_deref(), scope, target, REASON)
    };
    house.db.write(work).await?;
    // By itself: whoever asked may go away meanwhile, and the stop must not stay for that.
    let (house, ctx) = (Arc::clone(house), ctx.as_system("drill"));
    let measured = tokio::spawn(baton_db::Wall::here().around(async move {
        let held = holds(&house, &ctx, begin).await;
        house.db.write(move |tx| let_go(tx, &ctx, scope, target)).await?;
        held
    }));
    measured.await.map_err(Error::broken)?
}

/// Releases what the drill has pressed, unless somebody has pressed the same in earnest since.
fn let_go(tx: &mut Tx, ctx: &Ctx, scope: Scope, target: &str) -> Result<()> {
    let mut pressed = stop::engaged(tx, &ctx.client)?.into_iter();
    if pressed.any(|stop| stop.scope == scope && stop.client == ctx.client && stop.reason == REASON) {
        stop::release(tx, ctx, None, scope, target)?;
    }
    Ok(())
}

/// Looks as the door does before a call, on a connection of its own.
async fn holds(house: &Arc<House>, ctx: &Ctx, begin: Instant) -> Result<Option<u64>> {
    for _ in 0..LOOKS_MAX {
        let client = ctx.client.clone();
        let look = move |tx: &mut Tx| stop::check(tx, &client, Some(TARGET), Some(TARGET), Some(TARGET));
        if house.db.read(look).await?.is_some() {
            return Ok(Some(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)));
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_is_overdue_where_there_was_none_or_it_was_a_month_ago() {
        let client = ClientId::known("acme");
        let at = |days: i64, passed: bool| {
            let kept = Kept { at_ms: 1_000, longest_ms: Some(3), passed };
            told(&client, Some(kept), 1_000 + days * DAY_MS)
        };
        let never = told(&client, None, 1_000);
        assert!(never.overdue && never.warning.unwrap().contains("never drilled"));
        assert!(!at(30, true).overdue && at(30, true).warning.is_none());
        assert!(at(31, true).overdue && at(31, true).warning.unwrap().contains("31 days ago"));
        assert!(!at(1, false).overdue && at(1, false).warning.unwrap().contains("did not hold"));
    }
}
