//! A drill of the stop switch: pressed for a client in drill mode, measured until what the door asks before every call
//! says no, released, and recorded.

use crate::House;
use baton_base::{Error, Event, Result};
use baton_govern::stop::{self, Scope};
use baton_govern::{Ctx, Right, ledger, settings};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Setting that says whether a client is in drill mode: `on`.
pub const DRILL_MODE: &str = "drill.mode";
/// Within this time it has to hold, milliseconds.
pub const HOLDS_MS_MAX: u64 = 1_000;
/// Pause between two looks, milliseconds.
const LOOK_MS: u64 = 5;
const LOOKS_MAX: u64 = 1_000;
const TARGET: &str = "drill";
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
    ctx.allow(Right::StopSwitch)?;
    let client = ctx.client.clone();
    let mode = house.db.read(move |tx| settings::get(tx, &client, DRILL_MODE)).await?;
    if mode.as_deref() != Some("on") {
        let why = "the client is not in drill mode; a drill stops its AI for a moment, so put it there first";
        return Err(Error::refused(why, vec!["built-in:drill".to_owned()]));
    }
    let mut scopes = Vec::new();
    for scope in [Scope::Action, Scope::Agent, Scope::Intent, Scope::Client] {
        scopes.push((scope.name(), press(house, ctx, scope).await?));
    }
    let all: Option<Vec<u64>> = scopes.iter().map(|(_, ms)| *ms).collect();
    let longest_ms = all.and_then(|all| all.into_iter().max());
    let passed = longest_ms.is_some_and(|ms| ms <= HOLDS_MS_MAX);
    let drilled = Drilled { scopes, longest_ms, passed };
    let (ctx, told) = (ctx.clone(), json!(drilled));
    house
        .db
        .write(move |tx| {
            let event = Event::new(&ctx.client, "drill.stop", "stop_switch").with(told);
            ledger::append(tx, &ctx, event).map(|_| ())
        })
        .await?;
    Ok(drilled)
}

/// The time from pressing to holding; what is pressed is released, whatever came of it.
async fn press(house: &Arc<House>, ctx: &Ctx, scope: Scope) -> Result<Option<u64>> {
    let target = if scope == Scope::Client { "" } else { TARGET };
    let engaged = ctx.clone();
    let begin = Instant::now();
    let work = move |tx: &mut baton_db::Tx| {
        // A drill never touches a stop that somebody has pressed in earnest.
        if !stop::engaged(tx, &engaged.client)?.is_empty() {
            return Err(Error::Conflict("AI is stopped here already; a drill waits until it is released".to_owned()));
        }
        stop::engage(tx, &engaged, scope, target, REASON)
    };
    house.db.write(work).await?;
    // By itself: whoever asked may go away meanwhile, and the stop must not stay for that.
    let (house, ctx) = (Arc::clone(house), ctx.clone());
    let measured = tokio::spawn(baton_db::Wall::here().around(async move {
        let held = holds(&house, &ctx, begin).await;
        house.db.write(move |tx| let_go(tx, &ctx, scope, target)).await?;
        held
    }));
    measured.await.map_err(Error::broken)?
}

/// Releases what the drill has pressed, unless somebody has pressed the same in earnest since.
fn let_go(tx: &mut baton_db::Tx, ctx: &Ctx, scope: Scope, target: &str) -> Result<()> {
    let mut pressed = stop::engaged(tx, &ctx.client)?.into_iter();
    if pressed.any(|stop| stop.scope == scope && stop.client == ctx.client && stop.reason == REASON) {
        stop::release(tx, ctx, scope, target)?;
    }
    Ok(())
}

/// Looks as the door does before a call, on a connection of its own.
async fn holds(house: &Arc<House>, ctx: &Ctx, begin: Instant) -> Result<Option<u64>> {
    for _ in 0..LOOKS_MAX {
        let client = ctx.client.clone();
        let look = move |tx: &mut baton_db::Tx| stop::check(tx, &client, Some(TARGET), Some(TARGET), Some(TARGET));
        if house.db.read(look).await?.is_some() {
            return Ok(Some(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)));
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
    Ok(None)
}
