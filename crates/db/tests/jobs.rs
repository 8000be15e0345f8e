//! Jobs on both databases: done at least once, held by one worker at a time, dead after too many attempts.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error};
use baton_db::jobs::{ATTEMPTS_MAX, Job, claim, enqueue, fail, finish};
use baton_db::{Db, params};
use baton_testkit::databases;
use serde_json::json;
use std::collections::HashSet;
use tokio::task::JoinSet;

const NOW_MS: i64 = 1_000_000;
const LEASE_MS: i64 = 30_000;
const KINDS: &[&str] = &["refresh", "seal"];

fn job(n: usize) -> Job {
    Job::new(ClientId::known("acme"), format!("job_{n:04}"), "refresh", json!({ "n": n }), NOW_MS)
}

async fn claim_at(db: &Db, worker: &'static str, now_ms: i64, max: u32) -> Vec<Job> {
    db.write(move |tx| claim(tx, worker, now_ms, LEASE_MS, KINDS, max)).await.unwrap()
}

#[tokio::test]
async fn workers_that_race_never_claim_one_job_twice() {
    const JOBS: usize = 300;
    for (name, db) in databases().await {
        db.write(|tx| (0..JOBS).try_for_each(|n| enqueue(tx, &job(n)))).await.unwrap();
        let mut workers = JoinSet::new();
        for worker in ["w1", "w2", "w3", "w4", "w5", "w6"] {
            let db = db.clone();
            workers.spawn(async move {
                let mut mine = vec![];
                loop {
                    let jobs = claim_at(&db, worker, NOW_MS, 7).await;
                    if jobs.is_empty() {
                        return mine;
                    }
                    assert!(jobs.iter().all(|j| j.worker.as_deref() == Some(worker)));
                    mine.extend(jobs.into_iter().map(|j| j.id));
                }
            });
        }
        let all: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (JOBS, JOBS), "{name}");
    }
}

#[tokio::test]
async fn a_lease_runs_out_and_the_first_worker_can_no_longer_finish() {
    for (name, db) in databases().await {
        db.write(|tx| enqueue(tx, &job(1))).await.unwrap();
        assert!(claim_at(&db, "early", NOW_MS - 1, 9).await.is_empty(), "{name}: not due");
        let first = claim_at(&db, "w1", NOW_MS, 9).await.remove(0);
        assert_eq!((first.payload.clone(), first.attempts), (json!({"n": 1}), 1), "{name}");
        assert!(claim_at(&db, "w2", NOW_MS + LEASE_MS - 1, 9).await.is_empty(), "{name}: leased");
        let second = claim_at(&db, "w2", NOW_MS + LEASE_MS, 9).await.remove(0);
        let late = db.write(move |tx| finish(tx, &first)).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{name}: {late:?}");
        db.write(move |tx| finish(tx, &second)).await.unwrap();
        assert!(claim_at(&db, "w3", NOW_MS + 10 * LEASE_MS, 9).await.is_empty(), "{name}: done");
    }
}

#[tokio::test]
async fn a_failing_job_is_tried_again_and_then_kept_as_dead() {
    for (name, db) in databases().await {
        db.write(|tx| enqueue(tx, &job(1))).await.unwrap();
        let mut now_ms = NOW_MS;
        for attempt in 1..=ATTEMPTS_MAX {
            let held = claim_at(&db, "w", now_ms, 1).await.remove(0);
            assert_eq!(held.attempts, attempt, "{name}");
            now_ms += 60_000;
            db.write(move |tx| fail(tx, &held, "the system was away", now_ms)).await.unwrap();
        }
        assert_eq!(state(&db).await, ("dead".to_owned(), "the system was away".to_owned()), "{name}");
        assert!(claim_at(&db, "w", now_ms + 1, 1).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_job_that_takes_every_worker_down_is_buried() {
    for (name, db) in databases().await {
        db.write(|tx| enqueue(tx, &job(1))).await.unwrap();
        let mut now_ms = NOW_MS;
        for _ in 0..ATTEMPTS_MAX {
            assert_eq!(claim_at(&db, "w", now_ms, 1).await.len(), 1, "{name}");
            now_ms += LEASE_MS;
        }
        assert!(claim_at(&db, "w", now_ms, 1).await.is_empty(), "{name}");
        assert_eq!(state(&db).await.0, "dead", "{name}");
    }
}

async fn state(db: &Db) -> (String, String) {
    let sql = "SELECT state, error FROM job WHERE client_id = 'acme'";
    db.read(move |tx| tx.query_one(sql, params![], |r| Ok((r.text(0)?, r.text(1)?)))).await.unwrap()
}
