//! Autonomy: how far AI may go, per client × intent × action. The release gives the default, the table overrides it.

use crate::{Ctx, Right, Rulebook, ledger};
use baton_base::{ClientId, Error, Event, Result};
use baton_db::{Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Stands for every intent or every action in an override.
pub const ANY: &str = "*";

/// How far AI may go with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// AI watches; people act.
    Observe,
    /// AI proposes; a person does it.
    Suggest,
    /// AI does it after a person has approved exactly this call.
    ActWithApproval,
    /// AI does it.
    Act,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Observe, Self::Suggest, Self::ActWithApproval, Self::Act];

    /// As stored and as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Suggest => "suggest",
            Self::ActWithApproval => "act_with_approval",
            Self::Act => "act",
        }
    }
}

impl FromStr for Level {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid_at("level", format!("'{text}' is no autonomy level"), format!("use {names}"))
        })
    }
}

/// One override as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Override {
    /// Intent, or `*`.
    pub intent: String,
    /// Action, or `*`.
    pub action: String,
    /// The level.
    pub level: Level,
    /// Why, in words.
    pub reason: String,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_ms: i64,
}

/// The override for an intent and action, the most specific one; `None` where the release's default holds.
pub fn get(tx: &mut Tx, client: &ClientId, intent: &str, action: &str) -> Result<Option<Level>> {
    let found = tx.query(
        "SELECT intent, action, level FROM autonomy WHERE client_id = $1 AND intent IN ($2, '*') AND action IN ($3, '*')",
        params![client, intent, action],
        |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)),
    )?;
    let specific = |(i, a, _): &(String, String, String)| (usize::from(a != ANY) * 2) + usize::from(i != ANY);
    found.into_iter().max_by_key(specific).map(|(_, _, level)| level.parse()).transpose()
}

/// The level that holds: the override, else the release's default.
pub fn level(tx: &mut Tx, client: &ClientId, rulebook: &Rulebook, intent: &str, action: &str) -> Result<Level> {
    Ok(get(tx, client, intent, action)?.unwrap_or_else(|| rulebook.autonomy_default(intent, action)))
}

/// Sets an override. `*` stands for every intent or action.
pub fn set(tx: &mut Tx, ctx: &Ctx, intent: &str, action: &str, level: Level, reason: &str) -> Result<()> {
    ctx.allow(Right::AutonomySet)?;
    if reason.trim().is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say why the level changes"));
    }
    put(tx, ctx, intent, action, level, reason)?;
    let event = Event::new(&ctx.client, "autonomy.set", format!("{intent}/{action}"));
    ledger::append(tx, ctx, event.with(json!({"level": level, "reason": reason})))?;
    Ok(())
}

fn put(tx: &mut Tx, ctx: &Ctx, intent: &str, action: &str, level: Level, reason: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO autonomy (client_id, intent, action, level, reason, set_by, set_ms) VALUES ($1,$2,$3,$4,$5,$6,$7) \
         ON CONFLICT (client_id, intent, action) DO UPDATE SET level = excluded.level, reason = excluded.reason, \
         set_by = excluded.set_by, set_ms = excluded.set_ms",
        params![ctx.client, intent, action, level.name(), reason, ctx.actor.to_string(), ctx.now_ms()],
    )?;
    Ok(())
}

/// Every override of the client, by intent and action.
pub fn list(tx: &mut Tx, client: &ClientId) -> Result<Vec<Override>> {
    tx.query(
        "SELECT intent, action, level, reason, set_by, set_ms FROM autonomy WHERE client_id = $1 ORDER BY intent, action",
        params![client],
        |row| {
            Ok(Override {
                intent: row.text(0)?,
                action: row.text(1)?,
                level: row.id(2)?,
                reason: row.text(3)?,
                set_by: row.text(4)?,
                set_ms: row.int(5)?,
            })
        },
    )
}

/// Takes an override away: what the release says holds again.
pub fn clear(tx: &mut Tx, ctx: &Ctx, intent: &str, action: &str, reason: &str) -> Result<()> {
    ctx.allow(Right::AutonomySet)?;
    let gone = tx.execute(
        "DELETE FROM autonomy WHERE client_id = $1 AND intent = $2 AND action = $3",
        params![ctx.client, intent, action],
    )?;
    if gone > 0 {
        let event = Event::new(&ctx.client, "autonomy.cleared", format!("{intent}/{action}"));
        ledger::append(tx, ctx, event.with(json!({ "reason": reason })))?;
    }
    Ok(())
}

/// Intents that have a level of their own for an action, in the release or set since; and every other one, as `*`.
fn places(tx: &mut Tx, client: &ClientId, rulebook: &Rulebook, action: &str) -> Result<BTreeSet<String>> {
    let own = list(tx, client)?.into_iter().filter(|own| own.action == action || own.action == ANY);
    let mut places: BTreeSet<String> = own.map(|own| own.intent).collect();
    places.extend(rulebook.autonomy_intents(action).map(str::to_owned));
    places.insert(ANY.to_owned());
    Ok(places)
}

/// The lowest level that holds for an intent and an action now, where `*` stands for each of them.
pub fn lowest(tx: &mut Tx, client: &ClientId, rulebook: &Rulebook, intent: &str, action: &str) -> Result<Level> {
    let actions = match action {
        ANY => rulebook.actions().filter(|info| info.writes).map(|info| info.name.clone()).collect(),
        one => vec![one.to_owned()],
    };
    let mut lowest = Level::Act;
    for action in &actions {
        let intents = if intent == ANY { places(tx, client, rulebook, action)? } else { [intent.to_owned()].into() };
        for intent in &intents {
            lowest = lowest.min(level(tx, client, rulebook, intent, action)?);
        }
    }
    Ok(lowest)
}

/// Takes AI back from acting by itself to acting with approval, for an action and an intent (`*`: all of them, those with a
/// level of their own as well): after a critical error, or where calls begin to fail. What is lower already stays where it
/// is. Returns whether anything changed; going up again is a proposal.
pub fn lower(tx: &mut Tx, ctx: &Ctx, rulebook: &Rulebook, intent: &str, action: &str, cause: &str) -> Result<bool> {
    let of = if intent == ANY { places(tx, &ctx.client, rulebook, action)? } else { [intent.to_owned()].into() };
    let held = of.into_iter().map(|place| Ok((level(tx, &ctx.client, rulebook, &place, action)?, place)));
    let held: Vec<(Level, String)> = held.collect::<Result<_>>()?;
    let all_fall = held.iter().any(|(level, place)| place == ANY && *level == Level::Act);
    for (level, place) in &held {
        if *level == Level::Act {
            put(tx, ctx, place, action, Level::ActWithApproval, cause)?;
            let event = Event::new(&ctx.client, "autonomy.lowered", format!("{place}/{action}"));
            ledger::append(tx, ctx, event.with(json!({"level": Level::ActWithApproval, "reason": cause})))?;
        } else if all_fall {
            // The row for all intents says more of the action than what held here, and must not lift it.
            put(tx, ctx, place, action, *level, cause)?;
        }
    }
    Ok(held.iter().any(|(level, _)| *level == Level::Act))
}
