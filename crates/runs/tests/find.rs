//! Finding the right runs among many, and operating more of them than one call takes, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{WHY, World, acme};
use baton_base::RunId;
use baton_runs::{BULK_MAX, Bulk, RunFilter, RunStatus, bulk, list, start_many};
use baton_testkit::databases;
use serde_json::json;

async fn found(w: &World, filter: RunFilter) -> Vec<RunId> {
    let filter = RunFilter { clients: vec![acme()], ..filter };
    let found = w.db.read(move |tx| list(tx, &filter, None, 50)).await.unwrap();
    found.rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn runs_are_found_by_the_value_that_they_wait_for() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let text = w.start_with("paid", json!({"order": "A-1"})).await;
        let number = w.start_with("paid", json!({"order": 77})).await;
        let as_text = w.start_with("paid", json!({"order": "77"})).await;
        // It has the value too, and waits for something else.
        w.start_with("talk", json!({"order": "A-1"})).await;
        w.settle().await;
        let by = |value: &str| RunFilter { correlation: Some(value.to_owned()), ..RunFilter::default() };
        assert_eq!(found(&w, by(" A-1 ")).await, std::slice::from_ref(&text), "{name}");
        assert_eq!(found(&w, by("77")).await, [as_text, number], "{name}: written so, it may be either");
        assert!(found(&w, by("A-2")).await.is_empty(), "{name}");
        let other = RunFilter { process: Some("talk".into()), ..by("A-1") };
        assert!(found(&w, other).await.is_empty(), "{name}: conditions narrow");
        let neighbour = w.neighbour();
        let of_neighbour = RunFilter { clients: vec![neighbour.client], ..by("A-1") };
        let seen = w.db.read(move |tx| list(tx, &of_neighbour, None, 50)).await.unwrap();
        assert!(seen.rows.is_empty(), "{name}: another client's runs are not there");
        w.cancel(&text, false).await.unwrap();
        w.settle().await;
        assert!(found(&w, by("A-1")).await.is_empty(), "{name}: it waits no more");
    }
}

#[tokio::test]
async fn however_many_runs_wait_for_a_value_the_pages_have_them_all() {
    const MANY: usize = 203;
    for (name, db) in databases().await {
        let w = World::new(db);
        let (ctx, processes) = (w.system(), w.processes.clone());
        let inputs = vec![json!({"order": "A-1"}); MANY];
        let start = move |tx: &mut baton_db::Tx| start_many(tx, &ctx, &processes, "paid", None, inputs);
        let mut started = w.db.write(start).await.unwrap();
        started.sort_by(|a, b| b.cmp(a));
        w.settle().await;
        let (mut all, mut after) = (Vec::new(), None::<RunId>);
        loop {
            let filter =
                RunFilter { clients: vec![acme()], correlation: Some("A-1".to_owned()), ..RunFilter::default() };
            let page = w.db.read(move |tx| list(tx, &filter, after.as_ref(), 100)).await.unwrap();
            all.extend(page.rows.into_iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(all.len(), MANY, "{name}");
        assert!(all == started, "{name}: newest first, each once");
    }
}

#[tokio::test]
async fn runs_are_found_by_the_task_that_failed() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (broken, picky) = (w.start("broken").await, w.start("picky").await);
        w.settle().await;
        let at = |path: &str| RunFilter { failed_at: Some(path.to_owned()), ..RunFilter::default() };
        assert_eq!(found(&w, at("/do/0/stop")).await, [broken], "{name}");
        assert_eq!(found(&w, at("/do/1/half")).await, std::slice::from_ref(&picky), "{name}");
        let dead = RunFilter { dead: true, statuses: vec![RunStatus::Faulted], ..at("/do/1/half") };
        assert_eq!(found(&w, dead).await, [picky], "{name}");
        for none in ["/do/0", "/do/0/stop%", "/do/0/Stop", "half"] {
            assert!(found(&w, at(none)).await.is_empty(), "{name}: {none}");
        }
    }
}

#[tokio::test]
async fn runs_are_found_by_part_of_their_data_however_it_is_written() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start_with("half-letter", json!({"n": 4, "key": "Order-A7"})).await;
        w.start_with("half-letter", json!({"n": 4, "key": "Order-B7"})).await;
        w.settle().await;
        for text in ["Order-A7", "order-a7"] {
            let filter = RunFilter { text: Some(text.to_owned()), ..RunFilter::default() };
            assert_eq!(found(&w, filter).await, std::slice::from_ref(&run), "{name}: {text}");
        }
    }
}

#[tokio::test]
async fn an_operation_on_more_runs_than_one_call_takes_goes_on_where_the_last_call_ended() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (ctx, processes) = (w.system(), w.processes.clone());
        let inputs = vec![json!({}); BULK_MAX + 3];
        let start = move |tx: &mut baton_db::Tx| start_many(tx, &ctx, &processes, "talk", None, inputs);
        let started = w.db.write(start).await.unwrap();
        let order = |after: Option<RunId>| {
            let (processes, filter) = (w.processes.clone(), RunFilter::default());
            w.operate(move |tx, ctx| {
                bulk(tx, ctx, &processes, (&filter, after.as_ref()), (&Bulk::Suspend, WHY, false), |_, _| Ok(()))
            })
        };
        let first = order(None).await.unwrap();
        assert_eq!((first.matched, first.changed, first.more), (BULK_MAX, BULK_MAX, true), "{name}");
        assert_eq!(first.next.as_ref(), Some(&started[3]), "{name}: the newest come first");
        // From the beginning again it would find the same ones, which stand so already.
        let rest = order(first.next).await.unwrap();
        assert_eq!((rest.matched, rest.changed, rest.more, rest.next), (3, 3, false, None), "{name}");
    }
}
