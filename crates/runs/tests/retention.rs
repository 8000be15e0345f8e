//! Runs that ended long ago and were for no case, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, processes_with};
use baton_base::{CaseId, ClientId, ReleaseId, RunId};
use baton_db::params;
use baton_runs::{arm, ended_without_case, erase_ended, start};
use baton_testkit::databases;
use serde_json::json;
use std::sync::Arc;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl World {
    /// Looks once at all of a client's runs for those that ended before a time; how many went.
    async fn erase_before(&self, client: ClientId, before_ms: i64) -> u64 {
        let erased = self.db.write(move |tx| {
            let (runs, last) = ended_without_case(tx, &client, None, before_ms)?;
            assert_eq!(last, None, "one page has them all");
            erase_ended(tx, &client, &runs, before_ms)
        });
        erased.await.unwrap()
    }

    async fn is_there(&self, run: &RunId) -> bool {
        let run = run.clone();
        let sql = "SELECT (SELECT COUNT(*) FROM run WHERE client_id = $1 AND run_id = $2), \
                   (SELECT COUNT(*) FROM run_turn WHERE client_id = $1 AND run_id = $2)";
        let read = move |tx: &mut baton_db::Tx| {
            tx.query_one(sql, params![acme(), run], |r| Ok((r.int(0)? > 0, r.int(1)? > 0)))
        };
        let (row, journal) = self.db.read(read).await.unwrap();
        assert_eq!(row, journal, "a run goes with its journal");
        row
    }
}

#[tokio::test]
async fn what_ended_long_ago_for_no_case_goes_and_nothing_else_does() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (done, failed, open) = (w.start("picky").await, w.start("broken").await, w.start("talk").await);
        let letter = w.start("one-letter").await;
        let (ctx, processes) = (w.system(), w.processes.clone());
        let of_case = CaseId::known("case_1");
        let of_case = w.db.write(move |tx| start(tx, &ctx, &processes, "one-letter", Some(&of_case), json!({})));
        let of_case = of_case.await.unwrap();
        w.settle().await;
        for run in [&letter, &of_case] {
            w.say(run, "done").await;
        }
        assert!(w.cancel(&done, false).await.unwrap().changed, "{name}: it had failed, and is set aside");
        w.settle().await;
        let ended_ms = w.env.now_ms();
        w.clock.advance_ms(10 * DAY_MS);
        let late = w.start("one-letter").await;
        w.say(&late, "done").await;
        w.settle().await;
        assert_eq!(w.erase_before(acme(), ended_ms).await, 0, "{name}: they have not ended before");
        let before_ms = ended_ms + DAY_MS;
        assert_eq!(w.erase_before(ClientId::known("globex"), before_ms).await, 0, "{name}: they are another client's");
        assert_eq!(w.erase_before(acme(), before_ms).await, 2, "{name}");
        for gone in [&done, &letter] {
            assert!(!w.is_there(gone).await, "{name}");
        }
        for (kept, why) in [(&failed, "it may be tried again"), (&open, "it goes on"), (&of_case, "it is a case's")] {
            assert!(w.is_there(kept).await, "{name}: {why}");
        }
        assert!(w.is_there(&late).await, "{name}: it ended later");
        let sql = "SELECT COUNT(*) FROM ledger WHERE client_id = $1 AND run_id = $2";
        let noted = w.db.read(move |tx| tx.query_one(sql, params![acme(), letter], |r| r.int(0))).await.unwrap();
        assert!(noted > 0, "{name}: the ledger keeps that it was");
    }
}

#[tokio::test]
async fn a_run_that_another_began_stays_as_long_as_that_one() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let parent = w.start("parent").await;
        w.settle().await;
        w.say(&parent, "for the child").await;
        w.settle().await;
        let before_ms = w.env.now_ms() + DAY_MS;
        assert_eq!(w.erase_before(acme(), before_ms).await, 0, "{name}: the child has ended, its parent has not");
        w.say(&parent, "for the parent").await;
        w.settle().await;
        assert_eq!(w.status(&parent).await, "completed", "{name}");
        assert_eq!(w.erase_before(acme(), before_ms).await, 1, "{name}");
        assert!(!w.is_there(&parent).await, "{name}");
        assert_eq!(w.erase_before(acme(), before_ms).await, 1, "{name}: and now the child");
    }
}

#[tokio::test]
async fn the_last_run_of_a_schedule_stays() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let body = "schedule: { every: { hours: 1 } }\ndo:\n  - note: { set: { noted: true } }\n";
        let (processes, release, ctx) =
            (Arc::new(processes_with("fetch", body)), ReleaseId::known("rel_2"), w.system());
        w.processes.put_live(&acme(), &release, processes.clone());
        w.db.write(move |tx| arm(tx, &ctx, &release, &processes)).await.unwrap();
        for _ in 0..2 {
            w.clock.advance_ms(DAY_MS);
            w.settle().await;
        }
        assert_eq!(w.erase_before(acme(), w.env.now_ms() + DAY_MS).await, 1, "{name}: of two");
    }
}
