//! The stop switch: returns a scope to people at once, until it is released.

mod may;

pub use may::{Step, Use, judge};

use crate::{Ctx, Rulebook, ledger};
use baton_base::{ClientId, Error, Event, Result};
use baton_db::{Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;

/// What a stop covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole installation.
    All,
    /// One client.
    Client,
    /// One intent of a client.
    Intent,
    /// One agent of a client.
    Agent,
    /// One action of a client.
    Action,
}

impl Scope {
    /// As stored and as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Client => "client",
            Self::Intent => "intent",
            Self::Agent => "agent",
            Self::Action => "action",
        }
    }
}

impl FromStr for Scope {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::All, Self::Client, Self::Intent, Self::Agent, Self::Action];
        all.into_iter().find(|scope| scope.name() == text).ok_or_else(|| {
            Error::invalid_at("scope", format!("'{text}' is no scope"), "use all, client, intent, agent or action")
        })
    }
}

/// An engaged stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Where it was engaged; `house` for all.
    pub client: ClientId,
    /// What it covers.
    pub scope: Scope,
    /// Name of the intent, agent or action; `*` otherwise.
    pub target: String,
    /// Why, in words.
    pub reason: String,
    /// Who engaged it.
    pub engaged_by: String,
    /// When.
    pub engaged_ms: i64,
}

const COLUMNS: &str = "client_id, scope, target, reason, engaged_by, engaged_ms";

fn read(row: &Row) -> Result<Stop> {
    Ok(Stop {
        client: row.id(0)?,
        scope: row.id(1)?,
        target: row.text(2)?,
        reason: row.text(3)?,
        engaged_by: row.text(4)?,
        engaged_ms: row.int(5)?,
    })
}

/// The target of a stop as it is stored: `*` for what takes none, and a name without the space around it.
pub fn target(scope: Scope, named: &str) -> &str {
    match scope {
        Scope::All | Scope::Client => "*",
        Scope::Intent | Scope::Agent | Scope::Action => named.trim(),
    }
}

/// `all` belongs to the house and takes no target; `client` takes none; the others need one.
fn place(ctx: &Ctx, scope: Scope, named: &str) -> Result<(Ctx, String)> {
    let named = target(scope, named).to_owned();
    match scope {
        Scope::All => Ok((ctx.for_client(&ClientId::house())?, named)),
        Scope::Client => Ok((ctx.clone(), named)),
        Scope::Intent | Scope::Agent | Scope::Action if named.is_empty() => {
            Err(Error::invalid_at("target", "a target is missing", format!("name the {} to stop", scope.name())))
        }
        Scope::Intent | Scope::Agent | Scope::Action => Ok((ctx.clone(), named)),
    }
}

/// Engages a stop. Engaging it again changes the reason. Who may: [`judge`], by the rules of the client's release.
pub fn engage(
    tx: &mut Tx,
    ctx: &Ctx,
    rules: Option<&Rulebook>,
    scope: Scope,
    target: &str,
    reason: &str,
) -> Result<()> {
    let (ctx, target) = place(ctx, scope, target)?;
    let by = judge(rules, &ctx, &Use { step: Step::Press, scope, target: &target, own: false })?;
    if reason.trim().is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say why AI is stopped here"));
    }
    tx.execute(
        "INSERT INTO stop_switch (client_id, scope, target, reason, engaged_by, engaged_ms) VALUES ($1,$2,$3,$4,$5,$6) \
         ON CONFLICT (client_id, scope, target) DO UPDATE SET reason = excluded.reason, \
         engaged_by = excluded.engaged_by, engaged_ms = excluded.engaged_ms",
        params![ctx.client, scope.name(), target, reason, ctx.actor.to_string(), ctx.now_ms()],
    )?;
    let event = Event::new(&ctx.client, "stop.engaged", format!("{}:{target}", scope.name()));
    ledger::append(tx, &ctx, event.with(json!({"scope": scope, "target": target, "reason": reason, "by": by})))?;
    Ok(())
}

/// Releases a stop; `NotFound` where none is engaged. Who may: [`judge`], by the rules of the client's release.
pub fn release(tx: &mut Tx, ctx: &Ctx, rules: Option<&Rulebook>, scope: Scope, target: &str) -> Result<()> {
    let (ctx, target) = place(ctx, scope, target)?;
    let own = pressed_by(tx, &ctx, scope, &target)?.is_some_and(|who| who == ctx.actor.to_string());
    let by = judge(rules, &ctx, &Use { step: Step::Release, scope, target: &target, own })?;
    let gone = tx.execute(
        "DELETE FROM stop_switch WHERE client_id = $1 AND scope = $2 AND TRIM(target) = $3",
        params![ctx.client, scope.name(), target],
    )?;
    if gone == 0 {
        return Err(Error::not_found(format!("stop {}:{target}", scope.name())));
    }
    let event = Event::new(&ctx.client, "stop.released", format!("{}:{target}", scope.name()));
    ledger::append(tx, &ctx, event.with(json!({"scope": scope, "target": target, "by": by})))?;
    Ok(())
}

fn pressed_by(tx: &mut Tx, ctx: &Ctx, scope: Scope, target: &str) -> Result<Option<String>> {
    let sql = "SELECT engaged_by FROM stop_switch WHERE client_id = $1 AND scope = $2 AND TRIM(target) = $3";
    let all = tx.query(sql, params![ctx.client, scope.name(), target], |row| row.text(0))?;
    Ok(all.into_iter().next())
}

/// The widest engaged stop that covers this agent, intent or action at the client.
pub fn check(
    tx: &mut Tx,
    client: &ClientId,
    agent: Option<&str>,
    intent: Option<&str>,
    action: Option<&str>,
) -> Result<Option<Stop>> {
    let engaged = engaged(tx, client)?;
    Ok(engaged.into_iter().find(|stop| stop.covers(agent, intent, action)))
}

impl Stop {
    /// Whether an agent of its client does nothing while it is engaged.
    pub fn covers_agent(&self, agent: &str) -> bool {
        self.covers(Some(agent), None, None)
    }

    fn covers(&self, agent: Option<&str>, intent: Option<&str>, action: Option<&str>) -> bool {
        let target = Some(self.target.as_str());
        match self.scope {
            Scope::All | Scope::Client => true,
            Scope::Intent => intent == target,
            Scope::Agent => agent == target,
            Scope::Action => action == target,
        }
    }
}

/// Every stop engaged for the client, the installation's own included, widest first.
pub fn engaged(tx: &mut Tx, client: &ClientId) -> Result<Vec<Stop>> {
    let sql = format!("SELECT {COLUMNS} FROM stop_switch WHERE client_id IN ($1, 'house') ORDER BY scope, target");
    let mut stops = tx.query(&sql, params![client], read)?;
    stops.sort_by(|a, b| (a.scope, &a.target).cmp(&(b.scope, &b.target)));
    Ok(stops)
}
