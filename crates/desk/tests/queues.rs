//! Work that names a queue which is not there any more, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::{Bundle, ReleaseId};
use baton_desk::{Intake, Kind, Needs, NewItem, OnDone, open_item};
use baton_testkit::databases;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_run_that_names_a_queue_of_an_earlier_release_reaches_a_person_all_the_same() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        // The process asks for the queue `claims`, which the release that is live by now does not have.
        let files = [("queues.yaml".to_owned(), "queues: [{ name: front, title: Front desk }]".to_owned())];
        let bundle = Bundle { files: files.into_iter().collect(), ..Bundle::default() };
        w.desk.intake.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(Intake::load(&bundle).unwrap()));
        let case = w.case("ada", "A storm took the roof of policy P-12", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!((item.queue.as_str(), item.case.as_ref()), ("front", Some(&case)), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:front", "{name}");
        let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = 'work_item.opened'";
        let told = w.write(move |tx| tx.query_one(sql, baton_db::params![acme()], |row| row.json(0))).await.unwrap();
        assert_eq!((&told["queue"], &told["asked_queue"]), (&json!("front"), &json!("claims")), "{name}: {told}");
    }
}

#[tokio::test]
async fn what_is_no_name_of_a_queue_stays_out_of_the_ledger() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (ctx, desk) = (w.system(), w.desk.clone());
        let new = NewItem {
            kind: Kind::Review,
            // As an expression computes it that takes the wrong field.
            queue: Some("Ada Lovelace, ada@example.org".to_owned()),
            title: "Look at it".to_owned(),
            case: None,
            waiting: None,
            run: None,
            packet: None,
            form: serde_json::from_value(json!({"decisions": [{"id": "done", "title": "Done"}]})).unwrap(),
            needs: Needs::default(),
            priority: 5,
            requested_by: ctx.actor.clone(),
            due_in_ms: None,
            on_done: OnDone::Case,
        };
        w.write(move |tx| open_item(tx, &ctx, &desk, new)).await.unwrap();
        assert_eq!(w.to_do().await.remove(0).queue, "front", "{name}");
        let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = 'work_item.opened'";
        let told = w.write(move |tx| tx.query_one(sql, baton_db::params![acme()], |row| row.json(0))).await.unwrap();
        assert!(!told.to_string().contains("Ada"), "{name}: {told}");
    }
}
