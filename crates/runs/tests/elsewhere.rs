//! Runs whose release a node has not loaded, children that nobody waits for any more, and what a run refuses: on both
//! databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, processes_with};
use baton_base::{ReleaseId, RunId, Versions};
use baton_db::{Tx, params};
use baton_runs::{RunInput, RunRow, limits};
use baton_testkit::databases;
use serde_json::json;
use std::sync::Arc;

const PATIENT: &str = "do:\n  - ask:\n      try:\n        - child:\n            \
    run: { workflow: { namespace: test, name: one-letter, version: '1.0.0', input: {} } }\n            \
    timeout: { after: { minutes: 5 } }\n      catch:\n        do:\n          \
    - nobody: { set: { answered: false } }\n  - own: { call: hear }\n";
const TRIPS: &str =
    "do:\n  - child: { run: { workflow: { namespace: test, name: trip, version: '1.0.0', input: {} } } }\n";

impl World {
    fn put(&self, release: &str, name: &str, body: &str) {
        self.processes.put_live(&acme(), &ReleaseId::known(release), Arc::new(processes_with(name, body)));
    }

    async fn child(&self, run: &RunId) -> RunRow {
        self.detail(run).await.children.remove(0)
    }
}

#[tokio::test]
async fn a_run_whose_release_is_not_loaded_here_yet_is_left_as_it_is() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.put("rel_stored_2", "late", "do:\n  - pause: { wait: { minutes: 10 } }\n  - first: { call: hear }\n");
        let (fresh, timed) = (w.start("one-letter").await, w.start("late").await);
        let knows = Arc::new(Versions::default());
        knows.put_live(
            &acme(),
            &ReleaseId::known("rel_1"),
            w.processes.at(&acme(), &ReleaseId::known("rel_1")).unwrap(),
        );
        let other = w.worker_that_knows(&knows);
        for _ in 0..3 {
            other.turn_once().await.unwrap();
        }
        assert_eq!(w.status(&fresh).await, "running", "{name}: it has not begun, and is not stopped");
        w.settle().await;
        w.say(&fresh, "hello").await;
        w.clock.advance_ms(10 * 60_000);
        for _ in 0..3 {
            other.turn_once().await.unwrap();
        }
        assert_eq!((w.status(&fresh).await.as_str(), w.inbox(&fresh).await), ("waiting", 1), "{name}");
        assert_eq!((w.status(&timed).await.as_str(), w.inbox(&timed).await), ("waiting", 1), "{name}: its timer waits");
        knows.put_pinned(&acme(), &ReleaseId::known("rel_stored_2"), w.processes.live(&acme()).unwrap().1);
        for _ in 0..3 {
            other.turn_once().await.unwrap();
        }
        assert_eq!(w.status(&fresh).await, "completed", "{name}: once it is loaded, it goes on");
        assert_eq!(w.detail(&timed).await.waits[0].function, "hear", "{name}");
        assert_eq!(w.faults.lock().unwrap().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_run_whose_release_does_not_exist_is_suspended_and_says_so() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.put("rel_gone", "late", "do:\n  - first: { call: hear }\n");
        let run = w.start("one-letter").await;
        let knows = Arc::new(Versions::default());
        w.worker_that_knows(&knows).turn_once().await.unwrap();
        let row = w.detail(&run).await.row;
        assert_eq!(row.status, "suspended", "{name}");
        assert!(row.error.unwrap()["detail"].as_str().unwrap().contains("rel_gone"), "{name}");
    }
}

#[tokio::test]
async fn a_call_whose_release_is_not_loaded_is_not_given_up_however_often_it_is_tried() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch").await;
        let asked = w.runs.step_turn().await.unwrap().asked;
        asked.iter().for_each(|asked| w.runs.step_forget(asked));
        let other = w.worker_that_knows(&Arc::new(Versions::default()));
        for _ in 0..limits::CALL_ATTEMPTS_MAX + 2 {
            w.clock.advance_ms(30_000);
            let asked = other.step_leases(false, 10).await.unwrap();
            assert_eq!(asked.len(), 1, "{name}");
            w.make_all(&other, &asked).await;
        }
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("waiting", 0), "{name}: nobody has made it");
        w.clock.advance_ms(30_000);
        let asked = w.runs.step_leases(false, 10).await.unwrap();
        w.make_all(&w.runs, &asked).await;
        w.settle().await;
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("completed", 1), "{name}");
    }
}

#[tokio::test]
async fn a_child_whose_task_has_timed_out_ends_while_its_parent_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.put("rel_2", "hasty", PATIENT);
        let run = w.start("hasty").await;
        w.settle().await;
        assert_eq!(w.child(&run).await.status, "waiting", "{name}");
        w.clock.advance_ms(5 * 60_000);
        w.settle().await;
        assert_eq!(
            (w.status(&run).await.as_str(), w.child(&run).await.status.as_str()),
            ("waiting", "cancelled"),
            "{name}"
        );
        w.say(&run, "hello").await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}: the message was its own");
    }
}

#[tokio::test]
async fn a_parent_that_is_cancelled_with_compensation_has_its_child_undo_what_it_did() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.put("rel_2", "parent", TRIPS);
        let run = w.start("parent").await;
        w.settle().await;
        w.say(&run, "booked").await;
        w.settle().await;
        let child = w.child(&run).await;
        assert_eq!(child.status, "waiting", "{name}");
        w.post(&run, RunInput::Cancel { reason: "withdrawn".into(), compensate: true }).await;
        w.settle().await;
        assert_eq!(
            (w.status(&run).await.as_str(), w.status(&child.id).await.as_str()),
            ("cancelled", "cancelled"),
            "{name}"
        );
        let done = w.detail(&child.id).await.trace;
        assert!(done.iter().any(|line| line.task.contains("unbook")), "{name}: {done:?}");
    }
}

#[tokio::test]
async fn what_a_run_could_not_take_stands_in_the_ledger() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("one-letter").await;
        w.settle().await;
        w.post(&run, RunInput::Retry { reason: "again".into(), input: None }).await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        let of = run.clone();
        let read = move |tx: &mut Tx| {
            let sql = "SELECT data FROM ledger WHERE client_id = $1 AND run_id = $2 AND kind = 'run.refused'";
            tx.query(sql, params![&acme(), &of], |r| r.json(0))
        };
        let written = w.db.read(read).await.unwrap();
        let why = "only a run that has failed can be retried";
        assert_eq!(written, [json!({"event": "retried", "reason": why})], "{name}");
    }
}
