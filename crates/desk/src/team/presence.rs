//! Who is there: states that people set, signs of life, and what happens to the work of whoever vanishes.

use super::history;
use super::profile::{colleague, profile};
use super::store::{self, Presence};
use crate::actions::claim::member_of;
use crate::actions::give;
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_cases::utc_day_start_ms;
use baton_db::{Live, Tx};
use baton_govern::{Ctx, Right, ledger, members};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::str::FromStr;

/// How long somebody may give no sign of life before their work goes back, milliseconds.
pub const GRACE_MS: i64 = 3 * 60 * 1000;
/// Longest note, characters.
const NOTE_CHARS_MAX: usize = 200;

/// Whether somebody takes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Here {
    /// Is given work.
    Available,
    /// Works on what they have and is given nothing more.
    Busy,
    /// Comes back soon.
    Break,
    /// Learns.
    Training,
    /// Not at work.
    Off,
}

impl Here {
    /// As stored and as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Break => "break",
            Self::Training => "training",
            Self::Off => "off",
        }
    }

    /// Time in this state is time there for work.
    pub(crate) fn is_for_work(self) -> bool {
        matches!(self, Self::Available | Self::Busy)
    }
}

impl fmt::Display for Here {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Here {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Available, Self::Busy, Self::Break, Self::Training, Self::Off];
        all.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            Error::invalid_at("state", format!("'{text}' is no state"), "use available, busy, break, training or off")
        })
    }
}

/// Where somebody is, for themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whereabouts {
    /// As they said it last; none where they have never said anything.
    pub presence: Option<Presence>,
    /// Whether it is within their shifts; none where they have no shifts.
    pub on_shift: Option<bool>,
}

/// Where the acting member is. It costs the same with any number of colleagues: every open console asks for it.
pub fn whereabouts(tx: &mut Tx, ctx: &Ctx) -> Result<Whereabouts> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    let own = profile(tx, &member)?;
    let on_shift = own.shifts.is_some().then(|| own.is_on_shift(ctx.now_ms()));
    Ok(Whereabouts { presence: store::presence(tx, &member)?, on_shift })
}

/// Sets where the acting member is. Work they have stays with them, except that whoever goes off gives it back to its
/// queues.
pub fn set_presence(tx: &mut Tx, ctx: &Ctx, to: Here, note: &str) -> Result<()> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    go(tx, ctx, &member, to, note)
}

/// Sets where a colleague is: a supervisor signs off whoever forgot to.
pub fn set_presence_of(tx: &mut Tx, ctx: &Ctx, member: &MemberId, to: Here, note: &str) -> Result<()> {
    ctx.allow(Right::WorkAssign)?;
    colleague(tx, ctx, member)?;
    go(tx, ctx, member, to, note)
}

/// Somebody is no longer a member who works: they are off, and what they have goes back to its queues. Who may say so, the
/// caller has asked.
pub fn leave(tx: &mut Tx, ctx: &Ctx, member: &MemberId, why: &str) -> Result<usize> {
    if store::presence(tx, member)?.is_some() {
        change(tx, ctx, member, Here::Off, why)?;
    }
    give::take_back_all(tx, ctx, member, why)
}

/// Whoever goes off gives back what they have, also what they took while off.
fn go(tx: &mut Tx, ctx: &Ctx, member: &MemberId, to: Here, note: &str) -> Result<()> {
    change(tx, ctx, member, to, note)?;
    if to == Here::Off {
        give::take_back_all(tx, ctx, member, "went off")?;
    }
    Ok(())
}

fn change(tx: &mut Tx, ctx: &Ctx, member: &MemberId, to: Here, note: &str) -> Result<()> {
    let note: String = note.trim().chars().filter(|c| !c.is_control()).take(NOTE_CHARS_MAX).collect();
    let now_ms = ctx.now_ms();
    let before = store::presence(tx, member)?;
    let row = store::Presence {
        state: to,
        note,
        since_ms: before.as_ref().filter(|before| before.state == to).map_or(now_ms, |before| before.since_ms),
        seen_ms: now_ms,
        day_ms: utc_day_start_ms(now_ms),
        there_ms: before.as_ref().map_or(0, |before| there_ms(before, to, now_ms)),
    };
    store::put_presence(tx, member, &row)?;
    if before.is_none_or(|before| before.state != to) {
        history::note(tx, member, to, now_ms)?;
        ledger::append(tx, ctx, Event::new(&ctx.client, "presence.changed", member).with(json!({"state": to})))?;
        tell(tx, member)?;
        // Somebody who has come is a reason to look at what waits.
        tx.wake();
    }
    Ok(())
}

/// Time there today up to now; what a state that goes on adds is counted when it ends.
fn there_ms(before: &store::Presence, to: Here, now_ms: i64) -> i64 {
    let same_day = before.day_ms == utc_day_start_ms(now_ms);
    match (before.state == to, same_day) {
        (true, true) => before.there_ms,
        (true, false) => 0,
        (false, _) => before.there_at(now_ms),
    }
}

/// A sign of life. True if the member is still counted as there; false if they were taken for gone meanwhile.
pub fn show_life(tx: &mut Tx, ctx: &Ctx) -> Result<bool> {
    ctx.allow(Right::WorkClaim)?;
    store::seen(tx, member_of(ctx)?, ctx.now_ms())
}

/// Takes whoever has given no sign of life for [`GRACE_MS`] for gone, and gives their work back to its queues; whoever took work
/// while off has never said that they are there, and is missed in the same way. Returns who.
pub(crate) fn sweep(tx: &mut Tx, house: &Ctx) -> Result<Vec<MemberId>> {
    let before_ms = house.now_ms() - GRACE_MS;
    history::let_go(tx, house.now_ms())?;
    let mut gone = Vec::new();
    for member in store::silent(tx, before_ms)? {
        match tx.attempt(|tx| lose(tx, house, &member, before_ms)) {
            Ok(true) => gone.push(member),
            Ok(false) => {}
            Err(error) => tracing::warn!(%member, %error, "the work of somebody who is gone could not be taken back"),
        }
    }
    for member in store::silent_at_work(tx, before_ms)? {
        match tx.attempt(|tx| give_up(tx, house, &member, before_ms)) {
            Ok(0) => {}
            Ok(_) => gone.push(member),
            Err(error) => tracing::warn!(%member, %error, "the work of somebody who is gone could not be taken back"),
        }
    }
    Ok(gone)
}

/// Takes one for gone, if they have given no sign of life yet.
fn lose(tx: &mut Tx, house: &Ctx, member: &MemberId, before_ms: i64) -> Result<bool> {
    if !store::vanish(tx, member, before_ms, house.now_ms())? {
        return Ok(false);
    }
    let data = json!({"state": Here::Off, "why": "no sign of life", "grace_ms": GRACE_MS});
    ledger::append(tx, house, Event::new(&ClientId::house(), "presence.lost", member).with(data))?;
    tell(tx, member)?;
    give::take_back_all(tx, house, member, "gave no sign of life")?;
    Ok(true)
}

/// Puts back what somebody took while off, if they have given no sign of life yet.
fn give_up(tx: &mut Tx, house: &Ctx, member: &MemberId, before_ms: i64) -> Result<usize> {
    if !store::stays_silent(tx, member, before_ms)? {
        return Ok(0);
    }
    give::take_back_all(tx, house, member, "gave no sign of life")
}

/// A hint to the consoles of the clients where the member works.
fn tell(tx: &mut Tx, member: &MemberId) -> Result<()> {
    let mut clients: Vec<_> = members::grants(tx, member)?.into_iter().map(|grant| grant.client).collect();
    if clients.contains(&ClientId::house()) {
        clients = all_clients(tx)?;
    }
    clients.dedup();
    for client in clients {
        let subject = Some(member.to_string());
        tx.publish(Live { client, kind: "presence.changed".to_owned(), case: None, subject, seq: None });
    }
    Ok(())
}

fn all_clients(tx: &mut Tx) -> Result<Vec<ClientId>> {
    // every client: a member of the installation is seen on the floors of all of them
    let sql = "SELECT client_id FROM client ORDER BY client_id";
    tx.every_client(|tx| tx.query(sql, &[], |r| r.id(0)))
}
