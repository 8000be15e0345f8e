//! What a turn reads of the runs that results and timers are for, and of those that it knows to be ready.

use super::calls::{Leased, STILL_HELD, held_rows};
use super::claim::Lives;
use super::inbox::{InboxRow, in_order, waiting, waits};
use super::run::{Key, Loaded, key_rows, loaded, taking, taking_ready};
use baton_base::{CallId, ClientId, Result, RunId};
use baton_db::{Column, Row, Rows, Tx, params};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Runs that are taken, and what stands still since they are.
pub(crate) struct Taken {
    pub runs: Vec<Loaded>,
    /// Those that are known to be ready, as far as they are and nobody else has them.
    pub ready: Vec<Loaded>,
    /// The calls that the worker still holds.
    pub held: HashSet<(ClientId, RunId, CallId)>,
    /// What waits for the runs, in order of arrival.
    pub inboxes: HashMap<Key, Vec<InboxRow>>,
    /// Types of events about runs that somebody of their clients has ever listened for.
    pub lives: Lives,
}

const CLIENT: &[(&str, Column)] = &[("client_id", Column::Text)];

const LIVES: &str = "SELECT c.client_id, c.event_type FROM run_correlation c {join} \
                     WHERE c.client_id = {client_id} AND c.expressions = '[]'";

/// Takes these runs, as [`super::take`] does, and those of `ready` that are, and reads what a turn needs of them. Whoever works on
/// a run holds its row: the rest is read after the runs are taken, by statements of their own, and sees what others did before;
/// what was listened for, for the clients of `also` too.
pub(crate) fn take_told<'a>(
    tx: &mut Tx,
    worker: &str,
    (keys, ready): (&BTreeSet<&Key>, &BTreeSet<&Key>),
    leased: impl IntoIterator<Item = &'a Leased>,
    also: &[ClientId],
) -> Result<Taken> {
    let mut clients = Rows::of(CLIENT);
    for client in keys.iter().chain(ready).map(|(client, _)| client).chain(also).collect::<BTreeSet<_>>() {
        clients.push(params![client]);
    }
    let all = key_rows(keys.iter().chain(ready).copied());
    let (take, keys, held) = (taking(tx), key_rows(keys.iter().copied()), held_rows(worker, leased));
    let (take_ready, ready) = (taking_ready(tx), key_rows(ready.iter().copied()));
    let waits = waits(tx.kind());
    let asked = [
        (take.as_str(), &keys),
        (take_ready.as_str(), &ready),
        (STILL_HELD, &held),
        (waits.as_str(), &all),
        (LIVES, &clients),
    ];
    let mut found = tx.query_rows_of(&asked)?.into_iter();
    let mut next = || found.next().unwrap_or_default();
    let mut runs = next().iter().map(loaded).collect::<Result<Vec<_>>>()?;
    let ready = next().iter().map(loaded).collect::<Result<_>>()?;
    let (mut held, mut only) = (HashSet::new(), HashMap::new());
    for row in &next() {
        let (client, run, of_run) = call(row)?;
        if row.int(3)? == 1 {
            only.insert((client.clone(), run.clone()), of_run.clone());
        }
        held.insert((client, run, of_run));
    }
    runs.iter_mut().for_each(|run| run.only = only.remove(&run.key()));
    let waiting = next().iter().map(waiting).collect::<Result<_>>()?;
    let lives = next().iter().map(life).collect::<Result<_>>()?;
    let inboxes = in_order(tx, waiting)?;
    Ok(Taken { runs, ready, held, inboxes, lives })
}

fn call(r: &Row) -> Result<(ClientId, RunId, CallId)> {
    Ok((r.id(0)?, r.id(1)?, r.id(2)?))
}

fn life(r: &Row) -> Result<(ClientId, String)> {
    Ok((r.id(0)?, r.text(1)?))
}
