//! Merging and splitting as colleagues see it: who has what, what is withdrawn, what waits; on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, is_conflict};
use baton_base::{CaseId, Error, Result};
use baton_cases::merged::{Merge, Split, SplitOff};
use baton_cases::{Case, CaseState, all_messages};
use baton_desk::{
    Decision, State, claim, complete, merge_cases, of_case, release, split_case, take_case, unmerge_case,
};
use baton_govern::{Ctx, ledger};
use baton_testkit::databases;
use serde_json::Value;

async fn merge(w: &World, who: &Ctx, case: &CaseId, into: &CaseId) -> Result<(Case, Case)> {
    let order =
        Merge { case: case.clone(), into: into.clone(), other_customer: true, reason: "the same person".to_owned() };
    let ctx = who.clone();
    w.write(move |tx| merge_cases(tx, &ctx, &order)).await
}

async fn unmerge(w: &World, who: &Ctx, case: &CaseId) -> Result<(Case, Case)> {
    let (ctx, desk, case) = (who.clone(), w.desk.clone(), case.clone());
    w.write(move |tx| unmerge_case(tx, &ctx, &desk, &case)).await
}

async fn split(w: &World, who: &Ctx, case: &CaseId) -> Result<SplitOff> {
    let (ctx, desk, case) = (who.clone(), w.desk.clone(), case.clone());
    w.write(move |tx| {
        let first = all_messages(tx, &acme(), &case)?.remove(0);
        let order = Split { case, messages: vec![first.id], subject: String::new(), start: false, data: Value::Null };
        split_case(tx, &ctx, &desk, &order)
    })
    .await
}

#[tokio::test]
async fn a_merge_withdraws_the_work_with_the_reason_and_waits_for_whoever_has_one_of_the_two() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let kept = w.case("ada", "a person, please", "m1").await;
        let gone = w.case("bob", "me too, from my phone", "m1").await;
        let (max, eva) = (w.granted("max", &[]).await, w.granted("eva", &[]).await);
        let theirs = w.to_do().await.into_iter().find(|item| item.case.as_ref() == Some(&gone)).unwrap().id;
        let (ctx, id) = (max.clone(), theirs.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        let refused = merge(&w, &eva, &gone, &kept).await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("max")), "{name}: {refused:?}");
        assert_eq!(w.found(&gone).await.row.state, CaseState::WithPerson, "{name}: nothing has changed");
        let (ctx, id) = (max.clone(), theirs.clone());
        w.write(move |tx| release(tx, &ctx, &id)).await.unwrap();

        merge(&w, &eva, &gone, &kept).await.unwrap();
        w.settle().await;
        let (ctx, of) = (w.system(), gone.clone());
        let items = w.write(move |tx| of_case(tx, &ctx, &of)).await.unwrap();
        assert!(items.iter().all(|item| item.state == State::Cancelled), "{name}: {items:?}");
        assert_eq!(w.to_do().await.len(), 1, "{name}: what is left is the other's");
        let filter = ledger::Filter {
            clients: vec![acme()],
            case: Some(gone.clone()),
            kind: Some("work_item.cancelled".to_owned()),
            ..ledger::Filter::default()
        };
        let entries = w.write(move |tx| ledger::list(tx, &filter, None, 10)).await.unwrap().items;
        assert_eq!(entries[0].data["why"], "case 2 was merged into case 1", "{name}");
        assert_eq!(w.found(&gone).await.row.state, CaseState::Closed, "{name}");
        let (ctx, desk, of) = (eva.clone(), w.desk.clone(), gone.clone());
        let taken = w.write(move |tx| take_case(tx, &ctx, &desk, &of)).await;
        assert!(is_conflict(&taken), "{name}: nobody works on it");
    }
}

#[tokio::test]
async fn after_the_undoing_the_case_waits_for_a_person_who_can_finish_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let kept = w.case("ada", "hello", "m1").await;
        let gone = w.case("bob", "my order", "m1").await;
        let max = w.granted("max", &[]).await;
        let (ctx, desk, of) = (max.clone(), w.desk.clone(), gone.clone());
        w.write(move |tx| take_case(tx, &ctx, &desk, &of)).await.unwrap();
        let (ctx, desk, of) = (max.clone(), w.desk.clone(), kept.clone());
        w.write(move |tx| take_case(tx, &ctx, &desk, &of)).await.unwrap();
        merge(&w, &max, &gone, &kept).await.unwrap();
        w.settle().await;
        unmerge(&w, &max, &gone).await.unwrap();
        w.settle().await;
        let waiting = w.to_do().await.into_iter().find(|item| item.case.as_ref() == Some(&gone)).unwrap();
        assert_eq!((waiting.state, waiting.title.as_str()), (State::Waiting, "my order"), "{name}");
        let ctx = max.clone();
        let done = Decision { decision: "resolved".to_owned(), ..Decision::default() };
        w.write(move |tx| {
            claim(tx, &ctx, &waiting.id)?;
            complete(tx, &ctx, &waiting.id, &done)
        })
        .await
        .unwrap();
        assert_eq!(w.found(&gone).await.row.state, CaseState::Resolved, "{name}");
        assert_eq!(w.found(&kept).await.row.state, CaseState::WithPerson, "{name}: the other stays as it is");
    }
}

#[tokio::test]
async fn what_is_split_off_waits_in_the_queue_under_its_own_subject() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let old = w.case("ada", "My invoice is wrong", "m1").await;
        let (max, eva) = (w.granted("max", &[]).await, w.granted("eva", &[]).await);
        let (ctx, desk, of) = (max.clone(), w.desk.clone(), old.clone());
        w.write(move |tx| take_case(tx, &ctx, &desk, &of)).await.unwrap();
        assert!(is_conflict(&split(&w, &eva, &old).await), "{name}: a colleague has it");
        let made = split(&w, &max, &old).await.unwrap();
        let item = w.to_do().await.into_iter().find(|item| item.case.as_ref() == Some(&made.case)).unwrap();
        assert_eq!(
            (item.state, item.title.as_str(), item.queue.as_str()),
            (State::Waiting, "My invoice is wrong", "front"),
            "{name}"
        );
        let new = w.found(&made.case).await;
        assert_eq!((new.row.state, new.row.actor.name.as_str()), (CaseState::WithPerson, "queue:front"), "{name}");
        assert_eq!(new.run, None, "{name}: no process goes on beside the person");
        let ctx = eva.clone();
        w.write(move |tx| {
            claim(tx, &ctx, &item.id)?;
            complete(tx, &ctx, &item.id, &Decision { decision: "resolved".to_owned(), ..Decision::default() })
        })
        .await
        .unwrap();
        assert_eq!(w.found(&made.case).await.row.state, CaseState::Resolved, "{name}");
        assert_eq!(w.found(&old).await.row.state, CaseState::WithPerson, "{name}: the old one goes on");
    }
}
