//! A closure that follows the commits which make runs ready (SQLite).

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error, Result, RunId};
use baton_db::{Db, Ready, Tx, params};
#[cfg(feature = "faults")]
use baton_db::{Fault, Faults};
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);
/// Long enough for what is not to come.
const NOTHING: Duration = Duration::from_millis(50);

async fn with_notes() -> Db {
    let db = Db::open("sqlite::memory:").await.unwrap();
    let made = db.write(|tx| {
        tx.execute("CREATE TABLE note (body TEXT)", params![])?;
        tx.execute("CREATE TABLE seen (notes BIGINT)", params![])
    });
    made.await.unwrap();
    db
}

fn note(tx: &mut Tx) -> Result<()> {
    tx.execute("INSERT INTO note (body) VALUES ('a run')", params![]).map(|_| ())
}

fn ready(tx: &mut Tx, runs: usize) -> Result<()> {
    note(tx)?;
    (0..runs).for_each(|n| tx.wake_for(&ClientId::known("acme"), &RunId::known(format!("run_{n}"))));
    Ok(())
}

fn notes(tx: &mut Tx) -> Result<i64> {
    tx.query_one("SELECT COUNT(*) FROM note", params![], |r| r.int(0))
}

fn seen(tx: &mut Tx) -> Result<Vec<i64>> {
    tx.query("SELECT notes FROM seen ORDER BY notes", params![], |r| r.int(0))
}

/// Writes down how many notes there are, and gives their number.
fn see(tx: &mut Tx) -> Result<i64> {
    let notes = notes(tx)?;
    tx.execute("INSERT INTO seen (notes) VALUES ($1)", params![notes])?;
    Ok(notes)
}

#[tokio::test]
async fn what_makes_a_run_ready_and_what_follows_are_committed_at_once_and_workers_are_not_woken_for_it() {
    let db = with_notes().await;
    let mut wake = db.on_wake();
    let mut following = db.follow(see);
    let before = db.counters().commits;
    db.write(|tx| ready(tx, 2)).await.unwrap();
    assert_eq!(timeout(SOON, following.next()).await.unwrap().unwrap().unwrap(), 1, "it sees what it follows");
    assert_eq!((db.counters().commits - before, db.read(seen).await.unwrap()), (1, vec![1]));
    timeout(SOON, wake.changed()).await.unwrap().unwrap();
    assert_eq!(db.take_ready(), Ready::default(), "others than workers hear of it");
}

#[tokio::test]
async fn nothing_follows_where_there_is_more_to_do_or_nothing_or_nobody_follows_any_more() {
    let db = with_notes().await;
    let mut following = db.follow(see);
    db.write(note).await.unwrap();
    db.write(|tx| ready(tx, 17)).await.unwrap();
    let also = db.write(|tx| {
        tx.wake();
        ready(tx, 1)
    });
    also.await.unwrap();
    assert!(db.take_ready().more);
    let undone: Result<()> = db.write(|tx| ready(tx, 1).and(Err(Error::not_found("x")))).await;
    assert!(undone.is_err());
    assert!(timeout(NOTHING, following.next()).await.is_err());
    following.end();
    db.write(|tx| ready(tx, 1)).await.unwrap();
    assert!(following.next().await.is_none());
    assert_eq!(db.take_ready().runs.len(), 1, "workers are woken as ever");
    assert_eq!(db.read(seen).await.unwrap(), Vec::<i64>::new());
}

#[tokio::test]
async fn what_follows_and_fails_is_undone_alone_and_workers_are_woken() {
    let db = with_notes().await;
    let fails = |tx: &mut Tx| see(tx).and_then(|_| Err::<i64, _>(Error::Conflict("no turn today".into())));
    let mut following = db.follow(fails);
    db.write(|tx| ready(tx, 1)).await.unwrap();
    let failed = timeout(SOON, following.next()).await.unwrap().unwrap();
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    assert_eq!((db.read(notes).await.unwrap(), db.read(seen).await.unwrap()), (1, Vec::new()));
    assert_eq!(db.take_ready().runs.len(), 1);

    let mut panics = db.follow(|_: &mut Tx| -> Result<i64> { panic!("a fault of ours") });
    db.write(|tx| ready(tx, 1)).await.unwrap();
    assert!(matches!(timeout(SOON, panics.next()).await.unwrap().unwrap(), Err(Error::Broken(_))));
    assert_eq!(db.read(notes).await.unwrap(), 2);
}

#[tokio::test]
async fn whoever_follows_in_anothers_place_is_not_ended_with_it() {
    let db = with_notes().await;
    let mut first = db.follow(see);
    let mut second = db.follow(see);
    assert!(timeout(SOON, first.next()).await.unwrap().is_none(), "one follows at a time");
    first.end();
    drop(first);
    db.write(|tx| ready(tx, 1)).await.unwrap();
    assert_eq!(timeout(SOON, second.next()).await.unwrap().unwrap().unwrap(), 1);
}

#[cfg(feature = "faults")]
#[tokio::test]
async fn a_commit_that_fails_saves_neither_and_tells_both() {
    let db = with_notes().await;
    let faults = Faults::new(None, false);
    db.inject(faults.clone());
    let mut following = db.follow(see);
    faults.arm(Fault::LostBefore);
    let outage = db.write(|tx| ready(tx, 1)).await;
    assert!(matches!(outage, Err(Error::Unavailable(_))), "{outage:?}");
    assert!(matches!(timeout(SOON, following.next()).await.unwrap().unwrap(), Err(Error::Unavailable(_))));
    assert_eq!((db.read(notes).await.unwrap(), db.read(seen).await.unwrap()), (0, Vec::new()));
    assert_eq!(db.take_ready(), Ready::default(), "there is nothing to take up");
}

#[tokio::test]
async fn what_nobody_takes_up_is_followed_no_more_until_it_is() {
    let db = with_notes().await;
    let mut following = db.follow(see);
    for _ in 0..70 {
        db.write(|tx| ready(tx, 1)).await.unwrap();
    }
    let followed = db.read(seen).await.unwrap().len();
    assert_eq!(followed, 64);
    assert!(!db.take_ready().runs.is_empty(), "workers were woken for the rest");
    for _ in 0..followed {
        following.next().await.unwrap().unwrap();
    }
    db.write(|tx| ready(tx, 1)).await.unwrap();
    assert_eq!(following.next().await.unwrap().unwrap(), 71);
}
