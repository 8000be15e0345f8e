//! Who owns what a fault left, and what becomes of it when the run is retried or set aside, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, globex, is_conflict};
use baton_base::{CaseId, Result, RunId};
use baton_cases::CaseState;
use baton_desk::{Kind, Owner, State, claim, get, owners, owners_by_case, run_retried, run_set_aside};
use baton_govern::{Ctx, Role};
use baton_runs::start;
use baton_testkit::databases;
use serde_json::json;

impl World {
    async fn owners(&self) -> Vec<Owner> {
        self.db.read(|tx| owners(tx, &acme())).await.unwrap()
    }

    /// Another run of a case, turned until it has stopped.
    async fn stops_too(&self, case: &CaseId) -> RunId {
        let (ctx, processes, case) = (self.system(), self.desk.cases.processes.clone(), case.clone());
        let started =
            self.write(move |tx| start(tx, &ctx, &processes, "broken", Some(&case), json!({}))).await.unwrap();
        self.settle().await;
        started
    }

    async fn retried(&self, ctx: &Ctx, run: &RunId) -> Result<()> {
        let (ctx, run) = (ctx.clone(), run.clone());
        self.db.write(move |tx| run_retried(tx, &ctx, &run)).await
    }

    async fn set_aside(&self, ctx: &Ctx, run: &RunId) {
        let (ctx, run) = (ctx.clone(), run.clone());
        self.db.write(move |tx| run_set_aside(tx, &ctx, &run)).await.unwrap();
    }

    async fn item_state(&self, owner: &Owner) -> State {
        let (ctx, id) = (self.system(), owner.work_item.clone());
        self.db.read(move |tx| get(tx, &ctx, &id)).await.unwrap().state
    }
}

#[tokio::test]
async fn what_a_fault_left_has_an_owner_until_the_run_is_taken_up_again() {
    for (name, db) in databases().await {
        let w = World::new(db, "broken");
        let case = w.case("ada", "My roof is gone", "m1").await;
        let all = w.owners().await;
        assert_eq!((all.len(), all[0].queue.as_str(), &all[0].claimed_by), (1, "front", &None), "{name}");
        assert_eq!(w.db.read(|tx| owners(tx, &globex())).await.unwrap().len(), 0, "{name}: a neighbour owns nothing");
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}");
        let lead = w.member("lead", &[Role::Supervisor], &[]).await;
        w.retried(&lead, &all[0].run).await.unwrap();
        assert_eq!(w.item_state(&all[0]).await, State::Cancelled, "{name}: nobody has to finish the case by hand");
        assert_ne!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}: its process has it again");
        assert_eq!(w.owners().await.len(), 0, "{name}");
        w.retried(&lead, &all[0].run).await.unwrap();
    }
}

#[tokio::test]
async fn work_that_a_colleague_has_begun_is_not_taken_away_by_a_retry() {
    for (name, db) in databases().await {
        let w = World::new(db, "broken");
        w.case("ada", "My roof is gone", "m1").await;
        let owner = w.owners().await.remove(0);
        let ada = w.member("ada", &[Role::HumanAgent], &[]).await;
        let (ctx, id) = (ada.clone(), owner.work_item.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        assert_eq!(w.owners().await[0].claimed_by.as_ref(), ada.member_id(), "{name}");
        let lead = w.member("lead", &[Role::Supervisor], &[]).await;
        assert!(is_conflict(&w.retried(&lead, &owner.run).await), "{name}");
        assert_eq!(w.item_state(&owner).await, State::Claimed, "{name}");
        w.retried(&ada, &owner.run).await.unwrap();
        assert_eq!(w.item_state(&owner).await, State::Cancelled, "{name}: whoever works on it may");
    }
}

#[tokio::test]
async fn what_stops_in_a_case_that_somebody_has_or_after_its_end_has_an_owner_too() {
    for (name, db) in databases().await {
        let w = World::new(db, "broken");
        let case = w.case("ada", "My roof is gone", "m1").await;
        let first = w.owners().await.remove(0);
        let second = w.stops_too(&case).await;
        assert_eq!(w.owners().await.len(), 1, "{name}: whoever has the case has one thing to do");
        let of_case = [(second.clone(), case.clone())];
        let by_case = w.db.read(move |tx| owners_by_case(tx, &acme(), &of_case)).await.unwrap();
        assert_eq!((by_case.len(), &by_case[0].run), (1, &second), "{name}");
        assert_eq!(by_case[0].work_item, first.work_item, "{name}");

        let lead = w.member("lead", &[Role::Supervisor], &[]).await;
        w.retried(&lead, &first.run).await.unwrap();
        let (ctx, id) = (w.system(), case.clone());
        let patch = baton_cases::Patch { outcome: Some("answered".to_owned()), ..Default::default() };
        w.write(move |tx| baton_cases::record(tx, &ctx, &id, patch)).await.unwrap();
        let late = w.stops_too(&case).await;
        let all = w.owners().await;
        assert_eq!(
            (all.len(), &all[0].run),
            (1, &late),
            "{name}: the case has ended, and somebody looks at what stopped"
        );
        let (ctx, id) = (w.system(), all[0].work_item.clone());
        let item = w.db.read(move |tx| get(tx, &ctx, &id)).await.unwrap();
        assert_eq!((item.kind, item.case), (Kind::Review, None), "{name}");
        assert!(!w.found(&case).await.row.state.is_live(), "{name}: the case stays ended");
    }
}

#[tokio::test]
async fn setting_a_run_aside_withdraws_its_work_but_leaves_a_case_with_its_person() {
    for (name, db) in databases().await {
        let w = World::new(db, "broken");
        let (ctx, processes) = (w.system(), w.desk.cases.processes.clone());
        let alone = w.write(move |tx| start(tx, &ctx, &processes, "broken", None, json!({}))).await.unwrap();
        let case = w.case("ada", "My roof is gone", "m1").await;
        let all = w.owners().await;
        assert_eq!(all.len(), 2, "{name}");
        let lead = w.member("lead", &[Role::Supervisor], &[]).await;
        for owner in &all {
            w.set_aside(&lead, &owner.run).await;
        }
        let left = w.owners().await;
        assert_eq!(left.len(), 1, "{name}");
        assert!(left[0].run != alone, "{name}: the work of the run without a case is gone");
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}");
    }
}
