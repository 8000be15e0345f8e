//! Runs that failed go on, runs that are ended undo what they did, and runs move between versions, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{WHY, World, acme, processes_with};
use baton_base::{Error, ReleaseId, Result, RunId};
use baton_db::params;
use baton_engine::{MigrationMap, RunEvent};
use baton_runs::{Bulk, Migrated, Move, RunFilter, bulk, dead_letters, journal, migrate};
use baton_testkit::databases;
use serde_json::json;
use std::sync::Arc;

impl World {
    async fn migrate(&self, run: &RunId, to: Move) -> Result<Migrated> {
        let (run, processes) = (run.clone(), self.processes.clone());
        self.operate(move |tx, ctx| migrate(tx, ctx, &processes, &run, WHY, &to)).await
    }

    fn deploy(&self, name: &str, body: &str) {
        self.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with(name, body)));
    }
}

#[tokio::test]
async fn a_failed_run_goes_on_from_the_task_that_failed_with_another_input() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("picky").await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "faulted", "{name}");
        assert!(w.retry(&run, None).await.unwrap().changed, "{name}");
        w.settle().await;
        assert_eq!(w.status(&run).await, "faulted", "{name}: nothing has changed, so it fails again");
        assert_eq!(w.faults.lock().unwrap().len(), 2, "{name}: its owner is told again");
        assert!(w.retry(&run, Some(json!({"n": 4}))).await.unwrap().changed, "{name}");
        w.settle().await;
        let found = w.detail(&run).await;
        assert_eq!((found.row.status.as_str(), &found.row.error), ("completed", &None), "{name}");
        assert_eq!(found.output.as_ref().unwrap()["half"].as_f64(), Some(2.0), "{name}");
        assert_eq!(found.trace.iter().filter(|line| line.name == "look").count(), 1, "{name}: what is done stays done");
        assert_eq!(found.operations.len(), 2, "{name}");
        let letters = w.db.read(|tx| dead_letters(tx, &[acme()], None)).await.unwrap();
        assert!(letters.items.is_empty(), "{name}");
        assert!(matches!(w.retry(&run, None).await, Err(Error::Conflict(_))), "{name}");
    }
}

#[tokio::test]
async fn what_a_run_had_not_read_when_it_failed_is_there_when_it_is_retried() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (run, aside) = (w.start("half-letter").await, w.start("half-letter").await);
        w.say(&run, "kept").await;
        w.say(&aside, "not kept").await;
        w.settle().await;
        assert_eq!((w.status(&run).await, w.status(&aside).await), ("faulted".into(), "faulted".into()), "{name}");
        assert!(w.retry(&run, Some(json!({"n": 4}))).await.unwrap().changed, "{name}");
        assert!(w.cancel(&aside, false).await.unwrap().changed, "{name}");
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
        assert_eq!(w.detail(&run).await.output.unwrap()["text"], "kept", "{name}");
        let sql = "SELECT COUNT(*) FROM run_inbox WHERE client_id = $1";
        let left = w.db.read(move |tx| tx.query_one(sql, params![acme()], |r| r.int(0))).await.unwrap();
        assert_eq!(left, 0, "{name}: a run that is set aside leaves nothing behind");
    }
}

#[tokio::test]
async fn a_cancelled_run_undoes_what_it_did_if_it_is_told_to() {
    for (name, db) in databases().await {
        let w = World::new(db);
        for (compensate, undone) in [(true, 1), (false, 0)] {
            let run = w.start("trip").await;
            w.settle().await;
            w.say(&run, "booked").await;
            w.settle().await;
            assert!(w.cancel(&run, compensate).await.unwrap().changed, "{name}");
            w.settle().await;
            let found = w.detail(&run).await;
            assert_eq!(found.row.status, "cancelled", "{name}");
            let steps: Vec<_> = found.trace.iter().map(|line| line.task.as_str()).collect();
            let undoing = steps.iter().filter(|task| task.contains("unbook")).count();
            assert_eq!(undoing > 0, undone > 0, "{name}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn a_run_moves_to_another_version_only_if_it_fits_and_goes_on_there() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.settle().await;
        w.say(&run, "one").await;
        w.settle().await;
        w.deploy(
            "talk",
            "do:\n  - first: { call: hear }\n  - again: { call: hear, export: { as: '${ $context + { again: .text } }' } }\n\
             output: { as: '${ $context }' }\n",
        );
        let tried = w.migrate(&run, Move { dry_run: true, ..Move::default() }).await.unwrap();
        assert!(!tried.changed && tried.misfits.len() == 1, "{name}: {tried:?}");
        assert_eq!(tried.misfits[0].place, "/do/1/second", "{name}");
        let refused = w.migrate(&run, Move::default()).await.unwrap();
        assert_eq!((refused.changed, refused.misfits.len()), (false, 1), "{name}: nothing happens halfway");
        let map: MigrationMap = serde_json::from_value(json!({"tasks": {"/do/1/second": "/do/1/again"}})).unwrap();
        let fits = w.migrate(&run, Move { map: map.clone(), dry_run: true, ..Move::default() }).await.unwrap();
        assert!(fits.misfits.is_empty() && !fits.changed, "{name}: {fits:?}");
        assert_eq!(w.detail(&run).await.row.release.as_str(), "rel_1", "{name}: a dry run changes nothing");
        let moved = w.migrate(&run, Move { map, ..Move::default() }).await.unwrap();
        assert!(moved.changed, "{name}: {moved:?}");
        let found = w.detail(&run).await;
        assert_eq!((found.row.release.as_str(), &found.row.digest), ("rel_2", &moved.to), "{name}");
        assert_eq!(found.waits[0].task, "/do/1/again", "{name}: what it waits for has moved along");
        w.say(&run, "two").await;
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "one", "again": "two"})), "{name}");
        let of = run.clone();
        let events = w.db.read(move |tx| journal(tx, &acme(), &of)).await.unwrap();
        assert!(events.iter().any(|(event, _)| matches!(event, RunEvent::Migrated { .. })), "{name}");
        assert!(matches!(w.migrate(&run, Move::default()).await, Err(Error::Conflict(_))), "{name}: it has ended");
    }
}

#[tokio::test]
async fn all_runs_of_a_definition_move_together_and_those_that_do_not_fit_are_told() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (one, two, late) = (w.start("talk").await, w.start("talk").await, w.start("talk").await);
        w.settle().await;
        w.say(&late, "one").await;
        w.settle().await;
        w.deploy("talk", "do:\n  - first: { call: hear }\n");
        let digest = w.detail(&one).await.row.digest;
        let order = |to: Move| {
            let (processes, filter) =
                (w.processes.clone(), RunFilter { digests: vec![digest.clone()], ..RunFilter::default() });
            let what = Bulk::Migrate(Box::new(to));
            w.operate(move |tx, ctx| bulk(tx, ctx, &processes, (&filter, None), (&what, WHY, false), |_, _| Ok(())))
        };
        let tried = order(Move { dry_run: true, ..Move::default() }).await.unwrap();
        assert_eq!((tried.matched, tried.changed, tried.refusals), (3, 2, 1), "{name}: {tried:?}");
        assert_eq!(tried.refused[0].run, late, "{name}");
        assert_eq!(w.detail(&two).await.row.release.as_str(), "rel_1", "{name}");
        let moved = order(Move::default()).await.unwrap();
        assert_eq!((moved.changed, moved.refusals), (2, 1), "{name}: {moved:?}");
        assert_eq!(w.detail(&two).await.row.release.as_str(), "rel_2", "{name}");
    }
}
