//! Runs that begin by themselves, on both databases: at their times, once, whatever happens in between.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, processes_with};
use baton_base::{Error, MemberId, ReleaseId, RunId};
use baton_db::{Fault, Faults, Tx, params};
use baton_govern::{Ctx, Role};
use baton_runs::{
    RunInput, RunRow, ScheduleRow, arm, cancel, pause_schedule, publish, resume_schedule, row_of, schedules,
};
use baton_testkit::{databases, sqlite};
use serde_json::{Value, json};
use std::sync::Arc;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const WHY: &str = "the carrier moves its office";

impl World {
    /// A release goes live in which the process `fetch` has this text.
    async fn release(&self, release: &str, body: &str) {
        let processes = Arc::new(processes_with("fetch", body));
        let release = ReleaseId::known(release);
        self.processes.put_live(&acme(), &release, processes.clone());
        let ctx = self.system();
        self.db.write(move |tx| arm(tx, &ctx, &release, &processes)).await.unwrap();
    }

    async fn schedule(&self) -> ScheduleRow {
        let mut rows = self.schedules().await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    async fn schedules(&self) -> Vec<ScheduleRow> {
        self.db.read(|tx| schedules(tx, &acme())).await.unwrap()
    }

    async fn after(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.settle().await;
    }

    /// Inputs of all runs of `fetch` that began, oldest first.
    async fn begun(&self) -> Vec<Value> {
        let sql = "SELECT t.events FROM run r JOIN run_turn t ON t.client_id = r.client_id AND t.run_id = r.run_id \
                   AND t.seq = 1 WHERE r.client_id = $1 AND r.process = 'fetch' ORDER BY r.run_id";
        let read = move |tx: &mut Tx| tx.query(sql, params![&acme()], |r| Ok(r.json(0)?[0]["input"].clone()));
        self.db.read(read).await.unwrap()
    }

    async fn event(&self, kind: &str, data: Value) {
        self.event_as(&self.system(), kind, data).await;
    }

    async fn event_as(&self, ctx: &Ctx, kind: &str, data: Value) {
        let event = json!({"specversion": "1.0", "id": ctx.id("evt"), "source": "t", "type": kind, "data": data});
        let ctx = ctx.clone();
        self.db.write(move |tx| publish(tx, &ctx, &event)).await.unwrap();
        self.clock.advance_ms(1);
    }

    async fn last(&self) -> RunRow {
        let run: RunId = self.schedule().await.last_run.unwrap();
        self.db.read(move |tx| row_of(tx, &acme(), &run)).await.unwrap()
    }

    async fn pause(&self, ctx: Ctx) -> Result<bool, Error> {
        self.db.write(move |tx| pause_schedule(tx, &ctx, "fetch", WHY)).await.map(|done| done.changed)
    }

    async fn resume_it(&self) -> bool {
        let (ctx, processes) = (self.lead(), self.processes.clone());
        let done = self.db.write(move |tx| resume_schedule(tx, &ctx, &processes, "fetch", "it has moved")).await;
        done.unwrap().changed
    }
}

fn every(span: &str) -> String {
    format!("schedule: {{ every: {{ {span} }} }}\ndo:\n  - note: {{ set: {{ noted: true }} }}\n")
}

fn on(strategy: &str) -> String {
    format!("schedule: {{ on: {strategy} }}\ndo:\n  - note: {{ set: {{ noted: true }} }}\n")
}

/// What of the events a run was given.
fn data(input: &Value) -> Vec<Value> {
    input.as_array().unwrap().iter().map(|event| event["data"].clone()).collect()
}

#[tokio::test]
async fn every_begins_a_run_at_each_beat_and_a_long_stop_begins_one() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &every("hours: 1")).await;
        w.after(HOUR - 1).await;
        assert_eq!(w.begun().await, Vec::<Value>::new(), "{name}: it is not time yet");
        w.after(1).await;
        w.settle().await;
        assert_eq!(w.begun().await, [json!({})], "{name}: once, however often somebody looks");
        let row = w.schedule().await;
        assert_eq!((row.rule.as_str(), row.due_ms, row.runs), ("1h", Some(START_MS + 2 * HOUR), 1), "{name}");
        assert_eq!(row.last_status.as_deref(), Some("completed"), "{name}");
        w.after(1_000 * HOUR + 5 * MINUTE).await;
        assert_eq!(w.begun().await.len(), 2, "{name}: a thousand times that passed begin one run");
        let row = w.schedule().await;
        assert_eq!((row.runs, row.missed), (2, 999), "{name}");
        assert_eq!(row.due_ms, Some(START_MS + 1_002 * HOUR), "{name}: the beat is kept");
    }
}

#[tokio::test]
async fn cron_begins_runs_at_its_minutes() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", "schedule: { cron: '30 * * * *' }\ndo:\n  - note: { set: { noted: true } }\n").await;
        // The tests' clock starts at a whole hour, 08:00 UTC.
        assert_eq!(w.schedule().await.due_ms, Some(START_MS + 30 * MINUTE), "{name}");
        w.after(29 * MINUTE).await;
        assert_eq!(w.begun().await.len(), 0, "{name}");
        w.after(2 * MINUTE).await;
        w.after(60 * MINUTE).await;
        assert_eq!(w.begun().await.len(), 2, "{name}");
        assert_eq!(w.schedule().await.due_ms, Some(START_MS + 150 * MINUTE), "{name}");
    }
}

#[tokio::test]
async fn after_counts_from_the_end_of_the_last_run_however_it_ended() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let body = "schedule: { after: { minutes: 10 } }\ndo:\n  - letter: { call: hear }\n";
        w.release("rel_2", body).await;
        w.settle().await;
        assert_eq!(w.schedule().await.runs, 1, "{name}: nothing else would begin the first");
        w.after(100 * MINUTE).await;
        assert_eq!(w.schedule().await.runs, 1, "{name}: the last one has not ended");
        let first = w.last().await.id;
        w.say(&first, "done").await;
        w.settle().await;
        let ended = w.clock_ms();
        assert_eq!(w.schedule().await.due_ms, Some(ended + 10 * MINUTE), "{name}");
        w.after(9 * MINUTE).await;
        assert_eq!(w.schedule().await.runs, 1, "{name}");
        w.after(MINUTE).await;
        let second = w.last().await;
        assert!(second.id != first && second.status == "waiting", "{name}: {second:?}");
        let (ctx, processes, run) = (w.lead(), w.processes.clone(), second.id.clone());
        w.db.write(move |tx| cancel(tx, &ctx, &processes, &run, WHY, false)).await.unwrap();
        w.settle().await;
        w.after(10 * MINUTE).await;
        let third = w.last().await;
        assert!(third.id != second.id, "{name}: one that was cancelled has ended");
        let error = json!({"type": "https://example.org/broken", "status": 500});
        let call = w.detail(&third.id).await.waits[0].call.clone();
        w.post(&third.id, RunInput::CallFailed { call, error: serde_json::from_value(error).unwrap() }).await;
        w.settle().await;
        assert_eq!(w.last().await.status, "faulted", "{name}");
        w.after(10 * MINUTE).await;
        assert_eq!(w.schedule().await.runs, 4, "{name}: one that failed has ended");
    }
}

#[tokio::test]
async fn on_one_begins_a_run_for_each_event_that_fits_and_gives_it_the_event() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &on("{ one: { with: { type: order.paid, data: '${ .amount > 10 }' } } }")).await;
        assert_eq!(w.schedule().await.rule, "order.paid", "{name}");
        w.event("order.paid", json!({"amount": 20})).await;
        w.event("order.lost", json!({"amount": 99})).await;
        w.event("order.paid", json!({"amount": 5})).await;
        w.event("order.paid", json!({"amount": 30})).await;
        let neighbour = w.neighbour();
        w.event_as(&neighbour, "order.paid", json!({"amount": 40})).await;
        w.settle().await;
        let begun = w.begun().await;
        let given: Vec<_> = begun.iter().map(data).collect();
        assert_eq!(given, [[json!({"amount": 20})], [json!({"amount": 30})]], "{name}");
        assert_eq!(begun[0][0]["type"], "order.paid", "{name}: the input is the event, whole");
        w.event("order.paid", json!({"amount": 50})).await;
        w.settle().await;
        assert_eq!(w.begun().await.len(), 3, "{name}: it goes on listening");
        assert_eq!(w.schedule().await.runs, 3, "{name}");
    }
}

#[tokio::test]
async fn on_all_begins_a_run_when_one_of_each_has_come_that_agree() {
    let of = |kind: &str| {
        format!("{{ with: {{ type: {kind} }}, correlate: {{ order: {{ from: '${{ .data.order }}' }} }} }}")
    };
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &on(&format!("{{ all: [{}, {}] }}", of("order.paid"), of("order.packed")))).await;
        w.event("order.paid", json!({"order": 1})).await;
        w.event("order.packed", json!({"order": 2})).await;
        w.settle().await;
        let row = w.schedule().await;
        assert_eq!((row.runs, row.events), (0, 1), "{name}: another order was packed");
        w.event("order.packed", json!({"order": 1})).await;
        w.settle().await;
        let given: Vec<_> = w.begun().await.iter().map(data).collect();
        assert_eq!(given, [[json!({"order": 1}), json!({"order": 1})]], "{name}");
        w.event("order.packed", json!({"order": 3})).await;
        w.event("order.paid", json!({"order": 3})).await;
        w.settle().await;
        assert_eq!(w.schedule().await.runs, 2, "{name}: the next ones agree on another order");
    }
}

#[tokio::test]
async fn on_any_begins_a_run_with_whichever_comes_first() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &on("{ any: [{ with: { type: paid } }, { with: { type: lost } }] }")).await;
        w.event("lost", json!(1)).await;
        w.event("other", json!(2)).await;
        w.event("paid", json!(3)).await;
        w.settle().await;
        let given: Vec<_> = w.begun().await.iter().map(data).collect();
        assert_eq!(given, [[json!(1)], [json!(3)]], "{name}");
    }
}

#[tokio::test]
async fn what_runs_tell_of_themselves_reaches_listens_and_schedules_but_never_their_own() {
    let ended = "{ one: { with: { type: io.serverlessworkflow.workflow.completed.v1 } } }";
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &on(ended)).await;
        let watch = processes_with("listen", &format!("do:\n  - ended: {{ listen: {{ to: {ended} }} }}\n"));
        w.processes.put_live(&acme(), &ReleaseId::known("rel_watch"), Arc::new(watch));
        let (watcher, deaf) = (w.start("listen").await, w.start("paid").await);
        w.settle().await;
        let run = w.start("one-letter").await;
        w.settle().await;
        assert_eq!((w.status(&watcher).await.as_str(), w.begun().await.len()), ("waiting", 0), "{name}");
        w.say(&run, "hello").await;
        w.settle().await;
        let told = w.detail(&watcher).await.output.unwrap();
        assert_eq!(told[0]["name"], format!("one-letter-{run}.test"), "{name}: {told}");
        assert_eq!(told[0]["output"]["text"], "hello", "{name}");
        let begun = w.begun().await;
        assert_eq!(begun.len(), 2, "{name}: for the run and for its watcher, and not for its own runs");
        assert_eq!(begun[0][0]["subject"], run.to_string(), "{name}");
        assert_eq!(w.inbox(&deaf).await, 0, "{name}");
    }
}

#[tokio::test]
async fn two_nodes_that_look_at_once_begin_one_run() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let other = w.second_worker();
        w.release("rel_2", &every("minutes: 1")).await;
        for beat in 1..=20_usize {
            w.clock.advance_ms(MINUTE);
            let (one, two) = tokio::join!(w.runs.step_schedules(), other.step_schedules());
            assert_eq!(one.unwrap() + two.unwrap(), 1, "{name}: beat {beat}");
        }
        w.settle().await;
        assert_eq!(w.begun().await.len(), 20, "{name}");
        w.release("rel_3", &on("{ one: { with: { type: paid } } }")).await;
        for number in 1..=20 {
            w.event("paid", json!(number)).await;
            let (one, two) = tokio::join!(w.runs.step_schedules(), other.step_schedules());
            assert_eq!(one.unwrap() + two.unwrap(), 1, "{name}: event {number}");
        }
    }
}

#[tokio::test]
async fn a_node_that_dies_around_the_commit_begins_the_run_once() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let db = sqlite().await;
        let faults = Faults::new(None, false);
        db.inject(faults.clone());
        let w = World::new(db);
        w.release("rel_2", &every("hours: 1")).await;
        w.clock.advance_ms(HOUR);
        faults.arm_at(fault.clone(), 1);
        assert!(w.runs.step_schedules().await.is_err(), "{fault:?}");
        w.settle().await;
        assert_eq!(w.begun().await.len(), 1, "{fault:?}");
        assert_eq!(w.schedule().await.due_ms, Some(START_MS + 2 * HOUR), "{fault:?}");
    }
}

#[tokio::test]
async fn a_new_release_keeps_the_beat_of_a_rule_that_stays_and_counts_anew_for_another() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &every("hours: 1")).await;
        w.after(40 * MINUTE).await;
        w.release("rel_3", &format!("{}  - more: {{ set: {{ more: true }} }}\n", every("hours: 1"))).await;
        assert_eq!(w.schedule().await.due_ms, Some(START_MS + HOUR), "{name}");
        w.after(20 * MINUTE).await;
        assert_eq!(w.last().await.release, ReleaseId::known("rel_3"), "{name}: it begins on what is live");
        w.release("rel_4", &every("hours: 3")).await;
        assert_eq!(w.schedule().await.due_ms, Some(START_MS + 4 * HOUR), "{name}");
        w.release("rel_5", "do:\n  - note: { set: { noted: true } }\n").await;
        assert_eq!(w.schedules().await, [], "{name}: a process without a schedule has none");
        w.after(10 * HOUR).await;
        assert_eq!(w.begun().await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn events_that_did_not_suffice_yet_count_for_the_next_release() {
    let all = "{ all: [{ with: { type: paid } }, { with: { type: packed } }] }";
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &on(all)).await;
        w.event("paid", json!(1)).await;
        w.settle().await;
        w.release("rel_3", &format!("{}  - more: {{ set: {{ more: true }} }}\n", on(all))).await;
        w.event("packed", json!(2)).await;
        w.settle().await;
        let given: Vec<_> = w.begun().await.iter().map(data).collect();
        assert_eq!(given, [[json!(1), json!(2)]], "{name}");
        w.release("rel_4", &every("hours: 1")).await;
        w.event("paid", json!(3)).await;
        w.settle().await;
        let sql = "SELECT COUNT(*) FROM run_schedule_event WHERE client_id = $1";
        let left = w.db.read(move |tx| tx.query_one(sql, params![&acme()], |r| r.int(0))).await.unwrap();
        assert_eq!((left, w.begun().await.len()), (0, 1), "{name}: nobody listens any more");
    }
}

#[tokio::test]
async fn a_paused_schedule_begins_nothing_until_somebody_lets_it_go_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let both = "schedule: { every: { hours: 1 }, on: { one: { with: { type: paid } } } }\n\
                    do:\n  - note: { set: { noted: true } }\n";
        w.release("rel_2", both).await;
        let reader = Ctx::member(&w.env, &acme(), &MemberId::known("mem_reader"), &[Role::Auditor]);
        assert!(matches!(w.pause(reader).await, Err(Error::Refused { .. })), "{name}");
        assert!(w.pause(w.lead()).await.unwrap() && !w.pause(w.lead()).await.unwrap(), "{name}: twice is once");
        w.release("rel_3", &format!("{both}  - more: {{ set: {{ more: true }} }}\n")).await;
        w.event("paid", json!(1)).await;
        w.after(5 * HOUR).await;
        assert_eq!(w.begun().await.len(), 0, "{name}");
        let rows = w.schedules().await;
        assert!(rows.iter().all(|row| row.paused && row.due_ms.is_none()), "{name}: {rows:?}");
        assert_eq!(rows[0].reason.as_deref(), Some(WHY), "{name}");
        let resumed_ms = w.clock_ms();
        assert!(w.resume_it().await && !w.resume_it().await, "{name}");
        w.settle().await;
        assert_eq!(w.begun().await.len(), 0, "{name}: what passed meanwhile begins nothing");
        assert_eq!(w.schedules().await[0].due_ms, Some(resumed_ms + HOUR), "{name}");
        w.event("paid", json!(2)).await;
        w.after(HOUR).await;
        assert_eq!(w.begun().await.len(), 2, "{name}");
        let sql = "SELECT kind, data FROM ledger WHERE client_id = $1 AND actor = 'mem_lead' ORDER BY entry_id";
        let read =
            move |tx: &mut Tx| tx.query(sql, params![&acme()], |r| Ok((r.text(0)?, r.json(1)?["reason"].clone())));
        let written = w.db.read(read).await.unwrap();
        let expected =
            [("schedule.paused".to_owned(), json!(WHY)), ("schedule.resumed".to_owned(), json!("it has moved"))];
        assert_eq!(written, expected, "{name}");
    }
}

#[tokio::test]
async fn a_release_that_is_not_loaded_here_is_left_to_others() {
    let w = World::new(sqlite().await);
    w.release("rel_2", &every("hours: 1")).await;
    let elsewhere = World::new(w.db.clone());
    elsewhere.clock.advance_ms(HOUR);
    assert_eq!(elsewhere.runs.step_schedules().await.unwrap(), 0);
    w.after(HOUR).await;
    assert_eq!(w.begun().await.len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_release_that_is_not_loaded_keeps_nothing_else_from_its_turn() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.release("rel_2", &every("hours: 1")).await;
        // More than a look takes, all of them due long before.
        let write = w.db.write(|tx| {
            for at in 0..300 {
                tx.execute(
                    "INSERT INTO run_schedule (client_id, process, part, release_id, digest, rule, status, due_ms, runs, \
                     missed) VALUES ('acme', $1, 'every', 'rel_gone', 'd', '1h', 'active', $2, 0, 0)",
                    params![format!("gone_{at}"), START_MS],
                )?;
            }
            Ok(())
        });
        write.await.unwrap();
        w.after(HOUR).await;
        assert_eq!(w.begun().await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_run_that_cannot_begin_is_tried_again_and_the_beat_is_kept() {
    let w = World::new(sqlite().await);
    w.release("rel_2", &every("hours: 1")).await;
    let broken = "CREATE TRIGGER no_runs BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no runs today'); END";
    w.db.write(move |tx| tx.execute(broken, params![])).await.unwrap();
    w.after(HOUR).await;
    let row = w.schedule().await;
    assert_eq!((row.runs, row.due_ms), (0, Some(START_MS + HOUR)));
    assert!(row.error.unwrap().contains("no runs today"));
    w.db.write(|tx| tx.execute("DROP TRIGGER no_runs", params![])).await.unwrap();
    w.after(MINUTE).await;
    let row = w.schedule().await;
    assert_eq!((row.runs, row.due_ms, row.error), (1, Some(START_MS + 2 * HOUR), None));
}

impl World {
    fn clock_ms(&self) -> i64 {
        self.env.now_ms()
    }
}
