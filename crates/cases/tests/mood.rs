//! Whether a customer sounds angry in what they wrote last, as the floor and lists of cases show it; on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, chat};
use baton_base::{CaseId, MemberId};
use baton_cases::merged::{self, Split};
use baton_cases::{CaseFilter, FloorActor, Page, all_messages, floor, list};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::Value;

fn world(db: baton_db::Db) -> World {
    let mut w = World::new(db);
    w.cases.is_upset = Some(|text| text.contains("furious"));
    w
}

async fn says(w: &World, conversation: &str, text: &str, id: &str) -> CaseId {
    let case = w.receive(&acme(), chat(conversation, text, id)).await.unwrap().case;
    w.settle().await;
    case
}

async fn rows(w: &World) -> Vec<FloorActor> {
    w.write(move |tx| floor(tx, &[acme()], START_MS + 1)).await.unwrap().1
}

async fn upset(w: &World) -> Vec<CaseId> {
    let filter = CaseFilter { clients: vec![acme()], upset: true, ..CaseFilter::default() };
    let found = w.write(move |tx| list(tx, &filter, &Page::default())).await.unwrap().items;
    found.into_iter().map(|row| row.id).collect()
}

/// Cases whose customer sounds angry, those of which it is known, and all, of everyone together.
async fn counted(w: &World) -> (i64, i64, i64) {
    let rows = rows(w).await;
    let sum = |read: fn(&FloorActor) -> i64| rows.iter().map(read).sum::<i64>();
    (sum(|row| row.negative), sum(|row| row.heard), sum(|row| row.cases))
}

#[tokio::test]
async fn the_last_words_of_a_customer_say_how_they_feel_and_the_floor_counts_it() {
    for (name, db) in databases().await {
        let w = world(db);
        let first = says(&w, "conv-1", "I am furious, where is it?", "m1").await;
        says(&w, "conv-2", "a question", "m1").await;
        assert_eq!((counted(&w).await, upset(&w).await), ((1, 2, 2), vec![first.clone()]), "{name}");
        let shares: Vec<Option<f64>> = rows(&w).await.iter().map(|row| row.negative_share).collect();
        assert_eq!(shares, [Some(0.5)], "{name}: one actor has both");
        says(&w, "conv-1", "thank you, it is there", "m2").await;
        // With its thanks the first case is over; the other is still there.
        assert_eq!((counted(&w).await, upset(&w).await), ((0, 1, 1), vec![]), "{name}: what they wrote before is over");
        let again = says(&w, "conv-1", "now I am furious again", "m3").await;
        let case = w.db.read({
            let ctx = w.system(&acme());
            move |tx| baton_cases::get(tx, &ctx, &again)
        });
        assert_eq!(case.await.unwrap().upset, Some(true), "{name}");
    }
}

#[tokio::test]
async fn a_case_that_is_split_off_begins_with_the_mood_of_its_own_last_words() {
    for (name, db) in databases().await {
        let w = world(db);
        let ctx = Ctx::member(&w.env, &acme(), &MemberId::known("mem_1"), &[Role::HumanAgent]);
        let old = says(&w, "conv-1", "I am furious about the lamp", "m1").await;
        says(&w, "conv-1", "and my invoice, please", "m2").await;
        let (cases, by, of) = (w.cases.clone(), ctx.clone(), old.clone());
        let made = w
            .write(move |tx| {
                let all = all_messages(tx, &acme(), &of)?;
                let angry = all.iter().find(|message| message.text.contains("furious")).unwrap();
                let messages = vec![angry.id.clone()];
                let order = Split { case: of, messages, subject: String::new(), start: false, data: Value::Null };
                merged::split(tx, &by, &cases, &order)
            })
            .await
            .unwrap();
        assert_eq!(upset(&w).await, [made.case], "{name}: the old one's last words are calm");
    }
}

#[tokio::test]
async fn where_nobody_says_how_customers_sound_nothing_is_counted() {
    for (name, db) in databases().await {
        let w = World::new(db);
        says(&w, "conv-1", "I am furious, where is it?", "m1").await;
        assert_eq!(counted(&w).await, (0, 0, 1), "{name}");
        assert!(rows(&w).await.iter().all(|row| row.negative_share.is_none()), "{name}: unknown is not calm");
    }
}

#[tokio::test]
async fn cases_that_were_open_before_it_was_measured_are_read_once_and_only_they() {
    for (name, db) in databases().await {
        let w = world(db);
        let angry = says(&w, "conv-1", "I am furious, where is it?", "m1").await;
        let calm = says(&w, "conv-2", "a question", "m1").await;
        let known = says(&w, "conv-3", "now I am furious too", "m1").await;
        let before = [angry.clone(), calm];
        w.write(move |tx| {
            // As after an upgrade from a program that did not ask.
            let sql = "UPDATE case_file SET upset = NULL WHERE client_id = $1 AND case_id = $2";
            before.iter().try_for_each(|case| tx.execute(sql, baton_db::params![acme(), case]).map(|_| ()))
        })
        .await
        .unwrap();
        assert_eq!(counted(&w).await, (1, 1, 3), "{name}");
        let step = |after: Option<CaseId>| {
            let w = &w;
            async move {
                let reads: fn(&str) -> bool = |text| text.contains("furious");
                w.write(move |tx| baton_cases::read_moods(tx, &acme(), reads, after.as_ref())).await.unwrap()
            }
        };
        let last = step(None).await;
        assert!(last.is_some() && step(last).await.is_none(), "{name}: one step has read them all");
        assert_eq!(counted(&w).await, (2, 3, 3), "{name}");
        let mut all = upset(&w).await;
        all.sort();
        let mut wanted = vec![angry, known];
        wanted.sort();
        assert_eq!(all, wanted, "{name}");
        assert!(step(None).await.is_none(), "{name}: nothing is left at the next start");
    }
}
