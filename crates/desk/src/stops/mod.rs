//! The stop switch and the open cases: what is with the AI that is stopped goes to people, stands still where it stood, and
//! goes back in the same state when the stop is released.
//!
//! A round looks at what is engaged and at what is held; it may be made again, and by several nodes at once. Nothing is
//! remembered of a press: the engaged stops say what is to be held.

mod covered;
mod hold;
mod preview;
pub(crate) mod store;
mod undo;

pub use preview::{Effect, QueueEffect, Staff, preview};

use crate::Desk;
use baton_base::{CaseId, ClientId, Result, RunId};
use baton_db::{Db, Tx};
use baton_govern::stop::{self, Stop};
use baton_govern::{Ctx, ledger};
use serde::Serialize;

/// Cases that change hands in one transaction.
const CASES_PER_STEP: i64 = 20;
/// Runs at a stop that are read at once.
const PARKED_PER_STEP: i64 = 200;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StopRound {
    /// Cases that went to people.
    pub held: usize,
    /// Cases that went back.
    pub returned: usize,
}

/// Brings what people have in line with the engaged stops: cases of a stopped AI to people, those of a released one back.
/// What fails is logged and looked at again in the next round; the rest goes on.
pub async fn stop_round(db: &Db, house: &Ctx, desk: &Desk) -> Result<StopRound> {
    let mut round = StopRound::default();
    for client in desk.intake.clients() {
        if let Err(error) = of_client(db, house, desk, &client, &mut round).await {
            tracing::warn!(%client, %error, "cases of a stopped AI could not all change hands and are looked at again");
        }
    }
    Ok(round)
}

async fn of_client(db: &Db, house: &Ctx, desk: &Desk, client: &ClientId, round: &mut StopRound) -> Result<()> {
    let ctx = Ctx::system(house.env(), client, "stop-switch");
    let at = client.clone();
    let (engaged, held) = db.read(move |tx| Ok((stop::engaged(tx, &at)?, store::any_to_return(tx, &at)?))).await?;
    for stop in &engaged {
        round.held += one_stop(db, &ctx, desk, stop).await?;
    }
    if held {
        round.returned += undo::all(db, &ctx, desk).await?;
    }
    round.held += of_parked(db, &ctx, desk).await?;
    Ok(())
}

/// Looks at the runs that wait at a stop, each by itself: one that fails is looked at again in the next round.
async fn of_parked(db: &Db, ctx: &Ctx, desk: &Desk) -> Result<usize> {
    let (mut held, mut after) = (0, None::<RunId>);
    loop {
        let (client, from) = (ctx.client.clone(), after.clone());
        let found = db.read(move |tx| baton_runs::parked(tx, &client, from.as_ref(), PARKED_PER_STEP)).await?;
        let Some((last, _)) = found.last().cloned() else { return Ok(held) };
        for (run, case) in found {
            let (as_one, desk, of) = (ctx.clone(), desk.clone(), case.clone());
            match db.write(move |tx| hold::parked(tx, &as_one, &desk, &run, &of)).await {
                Ok(done) => held += usize::from(done),
                Err(error) => tracing::warn!(client = %ctx.client, %case, %error, "a run waits on at a stop for now"),
            }
        }
        after = Some(last);
    }
}

/// Holds what a stop covers, some cases at a time. A case that cannot be held stays, and is left out from there on.
async fn one_stop(db: &Db, ctx: &Ctx, desk: &Desk, stop: &Stop) -> Result<usize> {
    let (mut held, mut after) = (0, None::<CaseId>);
    loop {
        let (client, stop_read, from) = (ctx.client.clone(), stop.clone(), after.clone());
        let found = db.read(move |tx| covered::cases(tx, &client, &stop_read, from.as_ref(), CASES_PER_STEP)).await?;
        let Some(last) = found.last().cloned() else { return Ok(held) };
        let (ctx, desk, stop) = (ctx.clone(), desk.clone(), stop.clone());
        held += db.write(move |tx| hold::some(tx, &ctx, &desk, &stop, &found)).await?;
        after = Some(last);
    }
}

/// How far a stop has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Cases that it holds: with people, or waiting for one.
    pub held: i64,
    /// Of these, waiting for somebody.
    pub waiting: i64,
    /// Of these, whose customers were told how it stands.
    pub told: i64,
    /// Cases that it covers and that are with the AI yet.
    pub left: i64,
}

/// How far a stop has come at these clients. The caller of this function has checked that they may be seen.
pub fn progress(tx: &mut Tx, stop: &Stop, clients: &[ClientId]) -> Result<Progress> {
    let mut all = Progress::default();
    for client in clients {
        let (held, waiting, told) = store::counts(tx, client, stop)?;
        all.held += held;
        all.waiting += waiting;
        all.told += told;
        all.left += covered::count(tx, client, stop)?;
    }
    Ok(all)
}

/// Refuses what would give a case to an AI that is stopped there, in words.
pub(crate) fn may_go_back(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<()> {
    let before = store::find(tx, &ctx.client, case)?.map(|held| held.actor);
    for stop in stop::engaged(tx, &ctx.client)? {
        if covered::covers(tx, &ctx.client, &stop, case, before.as_ref())? {
            return Err(baton_base::Error::Conflict(format!(
                "AI is stopped here ({}); resolve the case, or keep it until the stop is released",
                stop.reason
            )));
        }
    }
    Ok(())
}

/// A person takes a case: its runs stand still until it goes back.
pub(crate) fn hold_for_member(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &baton_cases::Case,
    item: &baton_base::WorkItemId,
) -> Result<()> {
    hold::taken(tx, ctx, case, item)
}

/// The AI is late with a case: it goes to people, and back by their decision only.
pub(crate) fn hold_for_sla(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &CaseId, reason: &str) -> Result<bool> {
    hold::late(tx, ctx, desk, case, reason)
}

/// The runs of a case go on where they stood, if they stood still: a person gave it back.
pub(crate) fn let_go(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<()> {
    let Some(held) = store::find(tx, &ctx.client, case)? else { return Ok(()) };
    let answered = undo::wrote_since(tx, ctx, case, held.seq, "member")?;
    store::remove(tx, &ctx.client, case)?;
    let stood_ms = (ctx.now_ms() - held.held_ms).max(0);
    baton_runs::let_go(tx, ctx, &held.runs, stood_ms, answered, "a person gave the case back")
}

/// The case has ended in a person's hands: nothing goes back.
pub(crate) fn forget(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<()> {
    store::remove(tx, &ctx.client, case)
}

pub(crate) fn append(tx: &mut Tx, ctx: &Ctx, case: &CaseId, kind: &str, facts: serde_json::Value) -> Result<()> {
    let event = baton_base::Event::new(&ctx.client, kind, case).in_case(case).with(facts);
    ledger::append(tx, ctx, event).map(|_| ())
}
