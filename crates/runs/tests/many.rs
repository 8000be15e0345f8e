//! Very many listeners of one event, and very many inputs of one run, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, processes_with};
use baton_base::{ReleaseId, RunId};
use baton_db::{Fault, Faults, params};
use baton_runs::{RunInput, Sent, limits, post, publish, send_event, start_many};
use baton_testkit::{databases, sqlite};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More than two transactions tell.
const MANY: usize = limits::TOLD_TOGETHER_MAX * 2 + 88;
const MESSAGES: usize = 10_000;

fn paid(id: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "type": "order.paid", "source": "/shop", "data": {}})
}

impl World {
    async fn start_listening(&self, many: usize) -> Vec<RunId> {
        let (ctx, processes) = (self.system(), self.processes.clone());
        let inputs = vec![json!({}); many];
        let started = self.db.write(move |tx| start_many(tx, &ctx, &processes, "listen", None, inputs));
        let started = started.await.unwrap();
        self.settle().await;
        started
    }

    async fn send(&self, id: &str) -> Sent {
        let event = paid(id);
        self.operate(move |tx, ctx| send_event(tx, ctx, &event, None)).await.unwrap()
    }

    async fn deliveries(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM event_delivery WHERE client_id = $1";
        self.db.read(move |tx| tx.query_one(sql, params![acme()], |r| r.int(0))).await.unwrap()
    }

    /// The ids of the events that wait for each run, in order.
    async fn told(&self) -> BTreeMap<String, Vec<String>> {
        let sql = "SELECT run_id, input FROM run_inbox WHERE client_id = $1 ORDER BY run_id, seq";
        let rows = self.db.read(move |tx| tx.query(sql, params![acme()], |r| Ok((r.text(0)?, r.json(1)?))));
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (run, input) in rows.await.unwrap() {
            told.entry(run).or_default().push(input["event"]["id"].as_str().unwrap().to_owned());
        }
        told
    }

    async fn say_all(&self, run: &RunId, kind: &'static str, many: usize) {
        let (ctx, run) = (self.system(), run.clone());
        let said = self.db.write(move |tx| {
            (0..many).try_for_each(|at| {
                let event = json!({"type": kind, "text": at.to_string()});
                post(tx, &ctx, &run, &RunInput::Message { event })
            })
        });
        said.await.unwrap();
    }
}

#[tokio::test]
async fn an_event_with_very_many_listeners_reaches_each_of_them_once_whoever_tells_them() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let listening = w.start_listening(MANY).await;
        let first = w.send("1").await;
        assert_eq!((first.runs, first.more), (256, true), "{name}: it is accepted, and the first are told");
        // It came later, and is for the same.
        let second = w.send("2").await;
        assert_eq!((second.runs, second.more), (0, true), "{name}");
        // What one worker leaves, another goes on with; and two are at it at once.
        assert!(w.runs.step_deliveries().await.unwrap(), "{name}");
        let other = w.second_worker();
        while w.deliveries().await > 0 {
            let (one, two) = tokio::join!(w.runs.step_deliveries(), other.step_deliveries());
            one.and(two).unwrap();
        }
        let told = w.told().await;
        assert_eq!(told.len(), listening.len(), "{name}: everyone was told");
        assert!(told.values().all(|events| events == &["1", "2"]), "{name}: once of each, in order");
        let again = w.send("1").await;
        assert_eq!((again.new, again.runs, again.more), (false, MANY as i64, false), "{name}");
        w.settle().await;
        assert_eq!(w.status(&listening[MANY - 1]).await, "completed", "{name}");
    }
}

#[tokio::test]
async fn a_run_that_begins_after_an_event_came_is_not_told_of_it() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let listening = w.start_listening(MANY).await;
        assert!(w.send("1").await.more, "{name}");
        let late = w.start("listen").await;
        w.settle().await;
        assert_eq!((w.deliveries().await, w.status(&late).await.as_str()), (0, "waiting"), "{name}");
        for run in [&listening[0], &listening[MANY - 1]] {
            assert_eq!(w.status(run).await, "completed", "{name}: a worker tells them by itself");
        }
        let next = w.send("2").await;
        assert_eq!((next.runs, next.more), (1, false), "{name}");
    }
}

#[tokio::test]
async fn an_event_that_reaches_its_listeners_by_and_by_holds_up_no_other_client() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.start_listening(MANY).await;
        let (neighbour, processes) = (w.neighbour(), w.processes.clone());
        let ctx = neighbour.clone();
        let start = move |tx: &mut baton_db::Tx| start_many(tx, &ctx, &processes, "listen", None, vec![json!({})]);
        w.db.write(start).await.unwrap();
        w.settle().await;
        assert!(w.send("1").await.more, "{name}");
        let told = w.db.write(move |tx| publish(tx, &neighbour, &paid("1"))).await.unwrap();
        assert_eq!(told, 1, "{name}: at once");
        w.runs.turn_once().await.unwrap();
        let sql = "SELECT status FROM run WHERE client_id = 'globex'";
        let status = w.db.read(move |tx| tx.query_one(sql, params![], |r| r.text(0))).await.unwrap();
        assert_eq!(status, "completed", "{name}");
    }
}

#[tokio::test]
async fn a_node_that_dies_around_a_commit_tells_nobody_twice_and_leaves_nobody_out() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let db = sqlite().await;
        let faults = Faults::new(None, false);
        db.inject(faults.clone());
        let w = World::new(db);
        let listening = w.start_listening(MANY).await;
        assert!(w.send("1").await.more, "{fault:?}");
        faults.arm_at(fault.clone(), 1);
        assert!(w.runs.step_deliveries().await.is_err(), "{fault:?}");
        while w.runs.step_deliveries().await.unwrap() {}
        let told = w.told().await;
        assert_eq!((told.len(), w.deliveries().await), (listening.len(), 0), "{fault:?}");
        assert!(told.values().all(|events| events == &["1"]), "{fault:?}");
    }
}

#[tokio::test]
async fn very_many_runs_hear_of_the_end_of_another() {
    let body = "do:\n  - over:\n      listen: { to: { one: { with: { type: io.serverlessworkflow.workflow.completed.v1 } } } }\n  \
                - first: { call: hear }\n";
    for (name, db) in databases().await {
        let w = World::new(db);
        w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("listen", body)));
        w.start_listening(MANY).await;
        let run = w.start("one-letter").await;
        w.settle().await;
        w.say(&run, "done").await;
        w.settle().await;
        let sql = "SELECT COUNT(*) FROM run_call WHERE client_id = $1 AND function = 'hear'";
        let heard = w.db.read(move |tx| tx.query_one(sql, params![acme()], |r| r.int(0))).await.unwrap();
        assert_eq!((heard, w.deliveries().await), (MANY as i64, 0), "{name}");
    }
}

#[tokio::test]
async fn very_many_messages_of_one_run_are_taken_in_order() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.say_all(&run, "message", MESSAGES).await;
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "0", "second": "1"})), "{name}");
        assert_eq!(w.inbox(&run).await, 0, "{name}: a run that has ended leaves nothing unread behind");
    }
}

#[tokio::test]
async fn what_is_wanted_is_heard_behind_very_many_messages_that_are_not() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (run, aside) = (w.start("one-letter").await, w.start("one-letter").await);
        for run in [&run, &aside] {
            w.say_all(run, "stop.released", MESSAGES).await;
        }
        w.settle().await;
        w.say(&run, "hello").await;
        assert!(w.cancel(&aside, false).await.unwrap().changed, "{name}");
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
        assert_eq!(w.status(&aside).await, "cancelled", "{name}");
    }
}

#[tokio::test]
async fn what_a_child_has_not_read_comes_back_to_its_parent_however_much_it_is() {
    const UNREAD: usize = 3_000;
    for (name, db) in databases().await {
        let w = World::new(db);
        let body = "do:\n  - child:\n      run: { workflow: { namespace: test, name: one-letter, version: '1.0.0', \
                    input: {} } }\n  - pause: { wait: { minutes: 10 } }\n";
        w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("parent", body)));
        let run = w.start("parent").await;
        w.settle().await;
        let (sql, parent) = ("SELECT run_id FROM run WHERE client_id = $1 AND parent_run_id = $2", run.clone());
        let child = w.db.read(move |tx| tx.query_one(sql, params![acme(), parent], |r| r.id::<RunId>(0)));
        let child = child.await.unwrap();
        w.say_all(&child, "message", UNREAD).await;
        w.settle().await;
        assert_eq!(w.status(&child).await, "completed", "{name}");
        assert_eq!(w.inbox(&run).await, UNREAD as i64 - 1, "{name}");
    }
}
