//! One turn over many runs: due timers, results of calls and ready runs in; state, journal, trace, timers and open
//! calls out, in one transaction and by a few statements.
//!
//! Functions of other rooms act in the same transaction, each in a savepoint of its own, so that a run that fails takes
//! nothing of another run along.

mod act;
mod close;
mod lives;
mod run;
mod trust;

use crate::function::Finish;
use crate::input::post_for;
use crate::limits;
use crate::outcome::failed_unless_away;
use crate::store::{self, InboxRow, Key, Leased, Loaded, Writes};
use crate::worker::{Faulted, Inner};
use crate::{Outcome, RunInput};
use baton_base::{CallId, ClientId, Error, Event, Result, RunId};
use baton_db::{Kind, Tx};
use baton_engine::ErrorDoc;
use baton_govern::{Ctx, ledger};
use lives::Heard;
use run::RunTurn;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

pub(crate) use run::call_cx;
pub(crate) use trust::{may_trust, turn_on_trust};

/// What came of an outside call.
pub(crate) struct Settled {
    pub leased: Leased,
    pub result: std::result::Result<Finish, ErrorDoc>,
}

/// How much to take on in one transaction.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    /// Ready runs at most, and as many due timers.
    pub runs: u32,
    /// Each run by itself: after a batch has failed, to find the run that made it fail.
    pub careful: bool,
    /// Look for ready runs and due timers too, and not only at the results given.
    pub look: bool,
}

/// What a turn over many runs leaves to do.
#[derive(Default)]
pub(crate) struct Turned {
    pub calls: Vec<Leased>,
    /// Something was done.
    pub busy: bool,
    /// There may be more to do at once.
    pub more: bool,
    /// Runs whose release is not loaded here have taken places, and there may be others behind them.
    pub is_blocked: bool,
    /// When to look again if nobody calls before, milliseconds since the epoch.
    pub next_timer_ms: Option<i64>,
    /// Some event has not reached all of its listeners.
    pub has_deliveries: bool,
}

/// What one run hears in a turn.
#[derive(Default)]
struct Told<'a> {
    settled: Vec<&'a Settled>,
    timers: Vec<CallId>,
    inbox: Vec<InboxRow>,
}

/// Takes a turn: over results, over runs that are known to be `ready`, and over whatever else there is, as far as `reach` says.
pub(crate) fn turn(tx: &mut Tx, inner: &Inner, settled: &[Settled], ready: &[Key], reach: Reach) -> Result<Turned> {
    let (now_ms, tx_kind) = (inner.env.clock.now_ms(), tx.kind());
    let store::Pulse { clients, mut lives, next_timer_ms: seen_timer_ms, has_deliveries } =
        if reach.look { store::pulse(tx)? } else { store::Pulse::default() };
    let was_ready = !clients.is_empty();
    let known: BTreeSet<&Key> = ready.iter().collect();
    let is_due = seen_timer_ms.is_some_and(|due_ms| due_ms <= now_ms);
    let timers_max = limits::TIMERS_PER_TURN_MAX.min(reach.runs);
    let due = if is_due { store::take_due_timers(tx, now_ms, timers_max)? } else { Vec::new() };
    let mut more = is_due && due.len() == timers_max as usize;
    let mut told = tell(settled, due);
    let (mut runs, is_missing) = take_told(tx, inner, &mut told, known, (&clients, &mut lives))?;
    let turn_number = inner.turns.fetch_add(1, Ordering::Relaxed);
    let runs_max = if reach.look { reach.runs } else { 0 };
    // On SQLite there is no other node.
    let standing = |client: &ClientId| ((inner.weight)(client), tx_kind == Kind::Postgres && inner.is_full(client));
    let store::ReadyRuns { runs: mut ready, cut, held_back } =
        store::take_ready(tx, clients, &standing, turn_number, runs_max)?;
    let heard = lives::heard(tx, &lives)?;
    more |= cut && runs_max > 0;
    if reach.look {
        inner.handed.crowd(cut);
    }
    ready.retain(|run| !told.contains_key(&run.key()));
    for (key, rows) in store::inboxes(tx, &ready)? {
        told.entry(key).or_default().inbox = rows;
    }
    runs.append(&mut ready);
    let mut batch = Batch::default();
    for run in &runs {
        let told = told.remove(&run.key()).unwrap_or_default();
        one(tx, (inner, &heard), run, &told, &mut batch)?;
        if reach.careful {
            let alone = std::mem::take(&mut batch);
            (batch.left, batch.full) = (alone.left, alone.full);
            batch.calls.extend(flush_alone(tx, inner, run, alone)?);
        } else if runs.len() <= limits::RUNS_WRITTEN_SINGLY_MAX {
            batch.close_one(tx);
        }
    }
    let left = batch.left;
    more |= batch.full;
    // What else is due was seen when somebody looked.
    let own_timer_ms = batch.first_timer_ms();
    let calls = batch.flush(tx, inner)?;
    // Which is next when these are gone is not known, and what a careful turn has set was written run by run.
    let timer_ms = if is_due || reach.careful {
        store::next_timer(tx)?
    } else {
        seen_timer_ms.into_iter().chain(own_timer_ms).min()
    };
    let passed_over = ((was_ready && left == 0) || is_missing || held_back) && tx.kind() == Kind::Postgres;
    let mut next_timer_ms = again_ms(now_ms, timer_ms, own_timer_ms, passed_over);
    if left > 0 {
        let again_ms = now_ms.saturating_add(limits::RELEASE_AWAITED_MS);
        next_timer_ms = Some(next_timer_ms.unwrap_or(again_ms).min(again_ms));
        more &= left < runs.len();
    }
    Ok(Turned { calls, busy: !runs.is_empty(), more, is_blocked: cut && left > 0, next_timer_ms, has_deliveries })
}

/// When to look again if nobody calls before: when the next timer is due. What was there to do and may have been passed over,
/// because somebody else held it, is looked at again soon: they may leave it as it is, and nobody says so. On SQLite turns are
/// taken one after the other, and hold nothing from each other.
fn again_ms(now_ms: i64, timer_ms: Option<i64>, own_timer_ms: Option<i64>, passed_over: bool) -> Option<i64> {
    let soon_ms = now_ms.saturating_add(limits::PASSED_OVER_MS);
    let is_own = own_timer_ms.is_some_and(|due_ms| due_ms <= now_ms);
    let timer_ms = timer_ms.map(|due_ms| if due_ms <= now_ms && !is_own { soon_ms } else { due_ms });
    timer_ms.into_iter().chain(passed_over.then_some(soon_ms)).min()
}

/// Sorts results and timers by run.
fn tell(settled: &[Settled], due: Vec<(Key, CallId)>) -> BTreeMap<Key, Told<'_>> {
    let mut told: BTreeMap<Key, Told<'_>> = BTreeMap::new();
    for (key, call) in due {
        told.entry(key).or_default().timers.push(call);
    }
    for one in settled {
        told.entry(one.leased.key()).or_default().settled.push(one);
    }
    told
}

/// Takes the runs that results and timers are for, and those that are known to be ready, with their inboxes; also says whether one of
/// these was not to be had. Leaves out results that are no longer this worker's to give. What has been listened for is read anew
/// when the runs are here: they may have been waited for.
fn take_told(
    tx: &mut Tx,
    inner: &Inner,
    told: &mut BTreeMap<Key, Told<'_>>,
    mut known: BTreeSet<&Key>,
    (clients, lives): (&[ClientId], &mut store::Lives),
) -> Result<(Vec<Loaded>, bool)> {
    known.retain(|key| !told.contains_key(*key));
    if told.is_empty() && known.is_empty() {
        return Ok((Vec::new(), false));
    }
    let leased = told.values().flat_map(|told| &told.settled).map(|s| &s.leased);
    let keys: BTreeSet<&Key> = told.keys().collect();
    let store::Taken { mut runs, mut ready, held, mut inboxes, lives: of_theirs } =
        store::take_told(tx, &inner.worker, (&keys, &known), leased, clients)?;
    *lives = of_theirs;
    for ((client, run), told) in told.iter_mut() {
        let ours = |s: &&Settled| held.contains(&(client.clone(), run.clone(), s.leased.open.call.clone()));
        told.settled.retain(ours);
    }
    told.retain(|_, told| !told.settled.is_empty() || !told.timers.is_empty());
    let is_missing = ready.len() < known.len();
    told.extend(ready.iter().map(|run| (run.key(), Told::default())));
    for (key, told) in told.iter_mut() {
        told.inbox = inboxes.remove(key).unwrap_or_default();
    }
    runs.append(&mut ready);
    runs.retain(|run| told.contains_key(&run.key()));
    Ok((runs, is_missing))
}

/// What the runs of a turn leave behind, until it is written.
#[derive(Default)]
struct Batch {
    writes: Writes,
    calls: Vec<Leased>,
    /// Runs that have ended and that another run waited for.
    children: Vec<Child>,
    /// Runs left for later: their release is not loaded here yet.
    left: usize,
    /// Some run has more to hear than one turn takes.
    full: bool,
    /// What runs leave behind that are written each by itself.
    singly: Vec<Writes>,
}

/// A run that has ended, with the one that started it; how deep it was, and what it had read.
struct Child {
    key: Key,
    parent: RunId,
    depth: u32,
    read: Vec<String>,
}

impl Batch {
    /// What the last run has left behind is written by itself: for PostgreSQL it is one statement.
    fn close_one(&mut self, tx: &Tx) {
        if tx.kind() == Kind::Postgres {
            self.singly.push(std::mem::take(&mut self.writes));
        }
    }

    /// When the first of the timers is due that the runs have set.
    fn first_timer_ms(&self) -> Option<i64> {
        self.singly.iter().chain([&self.writes]).filter_map(Writes::first_timer_ms).min()
    }

    fn flush(mut self, tx: &mut Tx, inner: &Inner) -> Result<Vec<Leased>> {
        self.hand_back(tx, inner)?;
        for writes in self.singly.into_iter().chain([self.writes]) {
            writes.flush(tx)?;
        }
        Ok(self.calls)
    }

    /// Messages that an ended run did not take go back to the run that started it. Done when all runs of the batch have
    /// had their turn, innermost first: one of them may have handed on a message to a run that had just ended.
    fn hand_back(&mut self, tx: &mut Tx, inner: &Inner) -> Result<()> {
        self.children.sort_by_key(|child| std::cmp::Reverse(child.depth));
        for Child { key: (client, run), parent, read, .. } in &self.children {
            let read: HashSet<&String> = read.iter().collect();
            let mut last = (i64::MIN, String::new());
            loop {
                let page = store::inbox_page(tx, client, run, (last.0, &last.1))?;
                let unread = page.iter().map(|(_, row)| row).filter(|row| !read.contains(&row.id));
                for row in unread.filter(|row| row.input.message_kind().is_some()) {
                    let id = inner.env.id("in");
                    post_for(tx, client, &id, parent, &row.input, row.at_ms)?;
                }
                match page.last() {
                    Some((seq, row)) if page.len() >= limits::INBOX_PAGE_MAX => last = (*seq, row.id.clone()),
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

/// Advances one run; a fault of ours suspends that run alone, with the reason, and tells its owner.
fn one(tx: &mut Tx, (inner, heard): (&Inner, &Heard), run: &Loaded, told: &Told<'_>, batch: &mut Batch) -> Result<()> {
    if run.status == "suspended" {
        return keep_for_later(tx, inner, run, told, batch);
    }
    if !run.is_open() {
        return Ok(());
    }
    if inner.processes.at(&run.client, &run.release).is_err() && (inner.is_stored)(tx, &run.client, &run.release)? {
        tracing::debug!(run = %run.run, release = %run.release, "a run waits until its release is loaded here");
        batch.left += 1;
        return keep_for_later(tx, inner, run, told, batch);
    }
    let advanced = tx.attempt(|tx| {
        catch_unwind(AssertUnwindSafe(|| advance(tx, (inner, heard), run, told)))
            .unwrap_or_else(|_| Err(Error::broken(format!("the turn of {} panicked", run.run))))
    });
    match advanced {
        Ok(turn) => {
            batch.children.extend(turn.as_child());
            batch.full |= turn.is_full();
            batch.calls.extend(turn.save(&mut batch.writes)?);
            Ok(())
        }
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => suspend(tx, inner, run, &error),
    }
}

fn flush_alone(tx: &mut Tx, inner: &Inner, run: &Loaded, batch: Batch) -> Result<Vec<Leased>> {
    match tx.attempt(|tx| batch.flush(tx, inner)) {
        Ok(calls) => Ok(calls),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => suspend(tx, inner, run, &error).map(|()| Vec::new()),
    }
}

fn advance<'a>(
    tx: &mut Tx,
    (inner, heard): (&'a Inner, &'a Heard),
    run: &'a Loaded,
    told: &Told<'_>,
) -> Result<RunTurn<'a>> {
    let mut turn = RunTurn::open(inner, run, heard.get(&run.client))?;
    for settled in &told.settled {
        turn.settled(tx, settled)?;
    }
    for call in &told.timers {
        turn.fired(tx, call)?;
    }
    turn.take_inbox(tx, &told.inbox)?;
    turn.finish(tx)?;
    Ok(turn)
}

/// A run that is suspended, or whose release is not loaded here yet, hears nothing and loses nothing: results and timers wait in its inbox.
fn keep_for_later(tx: &mut Tx, inner: &Inner, run: &Loaded, told: &Told<'_>, batch: &mut Batch) -> Result<()> {
    let ctx = Ctx::system(&inner.env, &run.client, &format!("process:{}", run.process));
    let now_ms = ctx.now_ms();
    let mut writes = store::RunWrites::default();
    let mut inputs = Vec::new();
    for settled in &told.settled {
        let call = settled.leased.open.call.clone();
        let mut open = settled.leased.open.clone();
        "pending".clone_into(&mut open.state);
        match result_of(tx, settled)? {
            Outcome::Done(output) => inputs.push(RunInput::CallDone { call, output }),
            Outcome::Failed(error) => inputs.push(RunInput::CallFailed { call, error }),
            Outcome::Pending { wake_on, memo } => {
                open.wake_on = wake_on.map(str::to_owned);
                open.memo = memo;
            }
            // Asked for again; another worker's to make at once.
            Outcome::Outside { memo } => {
                "requested".clone_into(&mut open.state);
                open.memo = memo;
            }
        }
        writes.put_call(store::NewCall { open, worker: None, lease_until_ms: 0, opened_ms: now_ms });
    }
    inputs.extend(told.timers.iter().map(|call| RunInput::Timer { call: call.clone() }));
    for input in inputs {
        post_for(tx, &run.client, &ctx.id("in"), &run.run, &input, now_ms)?;
    }
    batch.writes.add(&run.key(), writes);
    Ok(())
}

/// What a call came to, recorded by its function in this transaction.
fn result_of(tx: &mut Tx, settled: &Settled) -> Result<Outcome> {
    match &settled.result {
        Ok(finish) => failed_unless_away(tx.attempt(|tx| finish(tx))),
        Err(error) => Ok(Outcome::Failed(error.clone())),
    }
}

fn suspend(tx: &mut Tx, inner: &Inner, run: &Loaded, error: &Error) -> Result<()> {
    tracing::error!(run = %run.run, %error, "run suspended");
    let doc =
        json!({"type": "urn:baton:error:suspended", "title": "Suspended by a fault", "detail": error.to_string()});
    store::suspend(tx, &run.client, &run.run, &doc.to_string(), inner.env.clock.now_ms())?;
    let ctx = Ctx::system(&inner.env, &run.client, &format!("process:{}", run.process));
    ledger::append(tx, &ctx, about(run, "run.suspended", json!({"reason": error.to_string()})))?;
    (inner.on_fault)(tx, &Faulted { ctx, run: run.run.clone(), case: run.case.clone(), error: doc })
}

fn about(run: &Loaded, kind: &str, data: Value) -> Event {
    let event = Event::new(&run.client, kind, &run.run).in_run(&run.run).with(data);
    match &run.case {
        Some(case) => event.in_case(case),
        None => event,
    }
}
