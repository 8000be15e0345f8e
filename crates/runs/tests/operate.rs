//! What people do to runs, on both databases: who may, what is written down, that nothing is lost, and that a run which
//! cannot be operated says so.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::{HOLD_FIRST, WHY, World, acme, processes_with};
use baton_base::{Actor, Error, MemberId, ReleaseId, Result, RunId};
use baton_db::{Tx, params};
use baton_govern::{Ctx, Right, Role};
use baton_runs::{
    Bulk, Operated, RunDetail, RunFilter, RunStatus, WaitsOn, bulk, cancel, counts, dead_letters, list, resume, retry,
    send_event, send_event_to_run, suspend,
};
use baton_testkit::databases;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

impl World {
    async fn suspend(&self, run: &RunId) -> Result<Operated> {
        let (run, processes) = (run.clone(), self.processes.clone());
        self.operate(move |tx, ctx| suspend(tx, ctx, &processes, &run, WHY)).await
    }

    async fn resume(&self, run: &RunId) -> Result<Operated> {
        let (run, processes) = (run.clone(), self.processes.clone());
        self.operate(move |tx, ctx| resume(tx, ctx, &processes, &run, "it is up again")).await
    }

    async fn found(&self, filter: RunFilter) -> Vec<RunId> {
        let filter = RunFilter { clients: vec![acme()], ..filter };
        let found = self.db.read(move |tx| list(tx, &filter, None, 50)).await.unwrap();
        found.rows.into_iter().map(|row| row.id).collect()
    }

    /// Kind, actor and reason of the ledger's entries about a run, oldest first.
    async fn ledger(&self, run: &RunId) -> Vec<(String, String, Value)> {
        let run = run.clone();
        let sql = "SELECT kind, actor, data FROM ledger WHERE client_id = $1 AND run_id = $2 ORDER BY entry_id";
        let read = move |tx: &mut Tx| {
            tx.query(sql, params![&acme(), &run], |r| Ok((r.text(0)?, r.text(1)?, r.json(2)?["reason"].clone())))
        };
        self.db.read(read).await.unwrap()
    }
}

#[track_caller]
fn is_conflict<T: std::fmt::Debug>(found: Result<T>, says: &str) {
    match found {
        Err(Error::Conflict(why)) => assert!(why.contains(says), "{why}"),
        other => panic!("{other:?} is no conflict that says '{says}'"),
    }
}

fn done(run: &RunId, status: RunStatus, changed: bool) -> Operated {
    Operated { run: run.clone(), status, changed }
}

#[tokio::test]
async fn a_suspended_run_keeps_what_it_gets_and_takes_it_in_when_it_is_resumed() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.settle().await;
        assert_eq!(w.suspend(&run).await.unwrap(), done(&run, RunStatus::Suspended, true), "{name}");
        assert_eq!(w.suspend(&run).await.unwrap(), done(&run, RunStatus::Suspended, false), "{name}: twice is once");
        for text in ["one", "two"] {
            w.say(&run, text).await;
        }
        w.settle().await;
        assert_eq!((w.status(&run).await.as_str(), w.inbox(&run).await), ("suspended", 2), "{name}");
        assert!(w.resume(&run).await.unwrap().changed, "{name}");
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "one", "second": "two"})), "{name}");
        is_conflict(w.suspend(&run).await, "is completed");
        is_conflict(w.resume(&run).await, "is completed");
        let written = w.ledger(&run).await;
        let people: Vec<_> = written.iter().filter(|(_, actor, _)| actor == "mem_lead").collect();
        assert_eq!(people.len(), 2, "{name}: {written:?}");
        assert_eq!((people[0].0.as_str(), &people[0].2), ("run.suspended", &json!(WHY)), "{name}");
        assert_eq!(people[1].0, "run.resumed", "{name}");
        let operations: Vec<_> = w.detail(&run).await.operations.into_iter().map(|o| (o.kind, o.actor)).collect();
        assert_eq!(operations[0], ("suspended".to_owned(), "mem_lead".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn whoever_listens_for_it_is_told_that_a_run_is_suspended_and_that_it_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        let of = |what: &str| format!("{{ with: {{ type: io.serverlessworkflow.workflow.{what}.v1 }} }}");
        let both = format!("{{ all: [{}, {}] }}", of("suspended"), of("resumed"));
        let watch = processes_with("listen", &format!("do:\n  - paused: {{ listen: {{ to: {both} }} }}\n"));
        w.processes.put_live(&acme(), &ReleaseId::known("rel_watch"), Arc::new(watch));
        let watcher = w.start("listen").await;
        w.settle().await;
        w.suspend(&run).await.unwrap();
        w.settle().await;
        assert_eq!(w.status(&watcher).await, "waiting", "{name}");
        w.resume(&run).await.unwrap();
        w.settle().await;
        let told = w.detail(&watcher).await.output.unwrap();
        let named = json!(format!("talk-{run}.test"));
        assert_eq!((&told[0]["name"], &told[1]["name"]), (&named, &named), "{name}: {told}");
        assert!(told[0]["suspendedAt"].is_string() && told[1]["resumedAt"].is_string(), "{name}: {told}");
    }
}

#[tokio::test]
async fn timers_that_run_out_meanwhile_count_once_the_run_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("hasty").await;
        w.settle().await;
        w.suspend(&run).await.unwrap();
        w.clock.advance_ms(60 * 60_000);
        w.settle().await;
        assert_eq!(w.status(&run).await, "suspended", "{name}");
        w.resume(&run).await.unwrap();
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"answered": false})), "{name}");
    }
}

#[tokio::test]
async fn a_call_under_way_is_made_once_though_its_run_is_suspended_meanwhile() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.outside.away.store(HOLD_FIRST, Ordering::SeqCst);
        let run = w.start("fetch").await;
        let runs = w.runs.clone();
        let turning = tokio::spawn(async move { runs.turn_once().await });
        while w.outside.count() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        w.suspend(&run).await.unwrap();
        w.outside.first.add_permits(1);
        turning.await.unwrap().unwrap();
        w.clock.advance_ms(60_000);
        w.settle().await;
        assert_eq!(w.status(&run).await, "suspended", "{name}");
        w.resume(&run).await.unwrap();
        w.settle().await;
        assert_eq!(w.detail(&run).await.output.unwrap()["try"], 1, "{name}");
        assert_eq!(w.outside.count(), 1, "{name}: the call was not made again");
    }
}

#[tokio::test]
async fn a_cancelled_run_ends_with_its_children_whether_it_was_suspended_or_not() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("parent").await;
        w.settle().await;
        let child = w.detail(&run).await.children[0].id.clone();
        for one in [&run, &child] {
            w.suspend(one).await.unwrap();
        }
        w.say(&child, "kept, and then of no use").await;
        assert!(w.cancel(&run, false).await.unwrap().changed, "{name}");
        w.settle().await;
        assert_eq!((w.status(&run).await, w.status(&child).await), ("cancelled".into(), "cancelled".into()), "{name}");
        assert!(!w.cancel(&run, false).await.unwrap().changed, "{name}: twice is once");
        is_conflict(w.retry(&run, None).await, "is cancelled");
        let written = w.ledger(&run).await;
        assert!(
            written
                .iter()
                .any(|(kind, actor, why)| kind == "run.cancel_requested" && actor == "mem_lead" && why == WHY)
        );
    }
}

#[tokio::test]
async fn a_run_that_a_fault_of_ours_stopped_is_a_dead_letter_until_it_is_retried() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("boom").await;
        w.settle().await;
        let letters = w.db.read(|tx| dead_letters(tx, &[acme()], None)).await.unwrap();
        assert_eq!(letters.items.len(), 1, "{name}");
        let group = &letters.items[0];
        assert_eq!((group.process.as_str(), group.runs, group.status), ("boom", 1, RunStatus::Suspended), "{name}");
        is_conflict(w.resume(&run).await, "retry it");
        assert!(matches!(w.retry(&run, Some(json!({}))).await, Err(Error::Invalid { .. })), "{name}");
        assert!(w.retry(&run, None).await.unwrap().changed, "{name}");
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        w.settle().await;
        assert_eq!(w.status(&run).await, "suspended", "{name}: the cause is still there");
        assert_eq!(w.faults.lock().unwrap().len(), 2, "{name}: its owner is told again");
        assert!(w.cancel(&run, false).await.unwrap().changed, "{name}");
    }
}

#[tokio::test]
async fn a_failed_run_that_is_set_aside_is_no_dead_letter_any_more() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("broken").await;
        w.settle().await;
        let letters = w.db.read(|tx| dead_letters(tx, &[acme()], Some("broken"))).await.unwrap();
        assert_eq!(letters.items[0].error_type, "https://example.org/broken", "{name}");
        assert_eq!(letters.items[0].task, "/do/0/stop", "{name}");
        assert_eq!(w.cancel(&run, false).await.unwrap(), done(&run, RunStatus::Cancelled, true), "{name}");
        let letters = w.db.read(|tx| dead_letters(tx, &[acme()], None)).await.unwrap();
        assert!(letters.items.is_empty(), "{name}");
        assert_eq!(w.detail(&run).await.row.error.unwrap()["title"], "Broken", "{name}: why stays readable");
    }
}

#[tokio::test]
async fn an_event_reaches_those_who_listen_once() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (first, second, deaf) = (w.start("listen").await, w.start("listen").await, w.start("talk").await);
        w.settle().await;
        let paid = json!({"type": "order.paid", "source": "shop", "id": "1", "data": {"order": "A-1"}});
        let sent = paid.clone();
        let sent = w.operate(move |tx, ctx| send_event(tx, ctx, &sent, None)).await.unwrap();
        assert_eq!((sent.runs, sent.new), (2, true), "{name}");
        let again = paid.clone();
        let again = w.operate(move |tx, ctx| send_event(tx, ctx, &again, Some(WHY))).await.unwrap();
        assert_eq!((again.runs, again.new), (2, false), "{name}: the same event twice is one event");
        w.settle().await;
        for run in [&first, &second] {
            assert_eq!(w.status(run).await, "completed", "{name}");
        }
        assert_eq!(w.status(&deaf).await, "waiting", "{name}");
        let other = w.start("listen").await;
        w.settle().await;
        w.suspend(&other).await.unwrap();
        let (run, event) = (other.clone(), json!({"type": "order.paid"}));
        let sent = w.operate(move |tx, ctx| send_event_to_run(tx, ctx, &run, &event, WHY)).await.unwrap();
        assert!(!sent.id.is_empty() && sent.source.contains("mem_lead"), "{name}: {sent:?}");
        w.resume(&other).await.unwrap();
        w.settle().await;
        assert_eq!(w.status(&other).await, "completed", "{name}");
        let event = json!({"type": "order.paid"});
        is_conflict(w.operate(move |tx, ctx| send_event_to_run(tx, ctx, &other, &event, WHY)).await, "is completed");
        for bad in [json!("text"), json!({"id": "1"}), json!({"type": "a", "specversion": "0.3"}), json!({"type": 1})] {
            let refused = w.operate(move |tx, ctx| send_event(tx, ctx, &bad, None)).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{name}");
        }
    }
}

#[tokio::test]
async fn who_may_not_operate_or_gives_no_reason_changes_nothing() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.settle().await;
        let (env, processes) = (w.env.clone(), w.processes.clone());
        let of = run.clone();
        w.db.write(move |tx| {
            for role in Role::ALL.iter().filter(|role| !role.has(Right::RunOperate)) {
                let ctx = Ctx::member(&env, &acme(), &MemberId::known("mem_x"), &[*role]);
                let tried = [
                    suspend(tx, &ctx, &processes, &of, WHY).map(|_| ()),
                    resume(tx, &ctx, &processes, &of, WHY).map(|_| ()),
                    cancel(tx, &ctx, &processes, &of, WHY, false).map(|_| ()),
                    retry(tx, &ctx, &processes, &of, WHY, None).map(|_| ()),
                    send_event(tx, &ctx, &json!({"type": "a"}), None).map(|_| ()),
                    send_event_to_run(tx, &ctx, &of, &json!({"type": "a"}), WHY).map(|_| ()),
                ];
                assert!(tried.iter().all(|t| matches!(t, Err(Error::Refused { .. }))), "{role}: {tried:?}");
            }
            let neighbour = Ctx::member(&env, &"other".parse()?, &MemberId::known("mem_x"), &[Role::AiLead]);
            assert!(matches!(suspend(tx, &neighbour, &processes, &of, WHY), Err(Error::NotFound(_))));
            let lead = Ctx::member(&env, &acme(), &MemberId::known("mem_lead"), &[Role::AiLead]);
            assert!(matches!(suspend(tx, &lead, &processes, &of, "  "), Err(Error::Invalid { .. })));
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        assert!(w.ledger(&run).await.iter().all(|(_, actor, _)| actor != "mem_x"), "{name}");
    }
}

#[tokio::test]
async fn many_runs_are_operated_at_once_and_each_refusal_is_told() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let mut talking = Vec::new();
        for _ in 0..3 {
            talking.push(w.start("talk").await);
        }
        let broken = w.start("broken").await;
        w.settle().await;
        let all = |process: Option<&str>| RunFilter { process: process.map(str::to_owned), ..RunFilter::default() };
        let order = |what, preview, filter: RunFilter| {
            let processes = w.processes.clone();
            w.operate(move |tx, ctx| bulk(tx, ctx, &processes, (&filter, None), (&what, WHY, preview), |_, _| Ok(())))
        };
        let seen = order(Bulk::Suspend, true, all(None)).await.unwrap();
        assert_eq!((seen.matched, seen.changed), (4, 0), "{name}: a preview only counts");
        let done = order(Bulk::Suspend, false, all(None)).await.unwrap();
        assert_eq!((done.matched, done.changed, done.refusals), (4, 3, 1), "{name}");
        assert_eq!(done.refused[0].run, broken, "{name}");
        assert!(done.refused[0].why.contains("faulted"), "{name}: {}", done.refused[0].why);
        let done = order(Bulk::Resume, false, all(Some("talk"))).await.unwrap();
        assert_eq!(done.changed, 3, "{name}");
        let done = order(Bulk::Cancel { compensate: false }, false, all(Some("talk"))).await.unwrap();
        assert_eq!(done.changed, 3, "{name}");
        w.settle().await;
        assert_eq!(w.status(&talking[0]).await, "cancelled", "{name}");
    }
}

#[tokio::test]
async fn runs_are_found_by_what_is_known_of_them() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (talk, hasty, listen) = (w.start("talk").await, w.start("hasty").await, w.start("listen").await);
        w.clock.advance_ms(1_000);
        let (parent, broken) = (w.start("parent").await, w.start("broken").await);
        w.settle().await;
        let child = w.detail(&parent).await.children[0].id.clone();
        let of = |filter: RunFilter| w.found(filter);
        let by = RunFilter::default;
        assert_eq!(of(by()).await.len(), 6, "{name}");
        assert_eq!(of(RunFilter { process: Some("talk".into()), ..by() }).await, std::slice::from_ref(&talk), "{name}");
        assert_eq!(
            of(RunFilter { statuses: vec![RunStatus::Faulted], ..by() }).await,
            std::slice::from_ref(&broken),
            "{name}"
        );
        assert_eq!(
            of(RunFilter { error: Some("BROKEN".into()), ..by() }).await,
            std::slice::from_ref(&broken),
            "{name}"
        );
        assert!(of(RunFilter { error: Some("100%".into()), ..by() }).await.is_empty(), "{name}");
        assert_eq!(
            of(RunFilter { parent: Some(parent.clone()), ..by() }).await,
            std::slice::from_ref(&child),
            "{name}"
        );
        assert_eq!(
            of(RunFilter { waits_on: Some(WaitsOn::Timer), ..by() }).await,
            std::slice::from_ref(&hasty),
            "{name}"
        );
        assert_eq!(
            of(RunFilter { waits_on: Some(WaitsOn::Child), ..by() }).await,
            std::slice::from_ref(&parent),
            "{name}"
        );
        let event = WaitsOn::Event(Some("order.paid".into()));
        assert_eq!(of(RunFilter { waits_on: Some(event), ..by() }).await, std::slice::from_ref(&listen), "{name}");
        let messages = of(RunFilter { waits_on: Some(WaitsOn::Message), ..by() }).await;
        assert_eq!(messages.len(), 3, "{name}: {messages:?}");
        let since = RunFilter { from_ms: Some(common::START_MS + 1_000), ..by() };
        assert_eq!(of(since).await.len(), 3, "{name}");
        assert_eq!(of(RunFilter { text: Some("\"from\":\"test".into()), ..by() }).await.len(), 0, "{name}");
        assert_eq!(
            of(RunFilter { text: Some("test".into()), process: Some("talk".into()), ..by() }).await,
            [talk],
            "{name}"
        );
        assert!(of(RunFilter { cases: Some(vec![]), ..by() }).await.is_empty(), "{name}");
        let counted = w.db.read(|tx| counts(tx, &[acme()], 0)).await.unwrap();
        let of_broken: Vec<_> = counted.iter().filter(|c| c.process == "broken").map(|c| (c.status, c.runs)).collect();
        assert_eq!(of_broken, [(RunStatus::Faulted, 1)], "{name}");
    }
}

#[tokio::test]
async fn lists_are_paged_without_gap_or_repeat() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let mut started = Vec::new();
        for at in 0..7 {
            started.push(w.start(if at % 2 == 0 { "talk" } else { "broken" }).await);
        }
        w.settle().await;
        let filter = RunFilter { clients: vec![acme()], ..RunFilter::default() };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (filter, from) = (filter.clone(), after.clone());
            let page = w.db.read(move |tx| list(tx, &filter, from.as_ref(), 3)).await.unwrap();
            seen.extend(page.rows.into_iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        started.reverse();
        assert_eq!(seen, started, "{name}");
    }
}

#[tokio::test]
async fn a_run_shows_what_it_waits_for_and_what_each_task_changed() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("listen").await;
        w.settle().await;
        let found: RunDetail = w.detail(&run).await;
        assert_eq!(found.waits.len(), 1, "{name}: {:?}", found.waits);
        let wait = &found.waits[0];
        assert_eq!((wait.state.as_str(), wait.events.as_slice()), ("listen", &["order.paid".to_owned()][..]), "{name}");
        let first = &found.trace[0];
        assert_eq!((first.name.as_str(), first.phase.as_str()), ("note", "finished"), "{name}");
        assert_eq!(first.detail["input"], json!({"from": "test"}), "{name}");
        let changes: Vec<_> = first.changes.iter().map(|change| (change.path.as_str(), change.how)).collect();
        assert_eq!(changes, [("/from", "removed"), ("/noted", "added")], "{name}");
        assert!(matches!(w.lead().actor, Actor::Member { .. }));
    }
}
