//! A day that was recorded, played again, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme};
use baton_desk::route::{Day, Policy, replay};
use baton_desk::{colleagues, recorded_day, withdraw_item};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;

const DAY_MS: i64 = 86_400_000;

async fn day(w: &World, people: &[&Ctx]) -> Day {
    let (intake, there) = (w.desk.live(&acme()).unwrap(), people.iter().map(|one| (*one).clone()).collect::<Vec<_>>());
    let read = w.write(move |tx| {
        let mut people = colleagues(tx, START_MS, &[acme()])?;
        people.retain(|one| there.iter().any(|ctx| ctx.member_id() == Some(&one.member)));
        recorded_day(tx, &acme(), &intake, &people, (START_MS, START_MS + DAY_MS))
    });
    read.await.unwrap()
}

fn left(day: &Day) -> usize {
    replay(day, Policy::default()).lines.last().unwrap().left
}

#[tokio::test]
async fn a_recorded_day_is_played_again_by_those_who_may_have_its_work() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        for n in 0..3 {
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let withdrawn = w.to_do().await.remove(0).id;
        let system = w.system();
        w.write(move |tx| withdraw_item(tx, &system, &withdrawn)).await.unwrap();
        let (ada, uli) = (w.granted("ada", &["adjuster"]).await, w.granted("uli", &[]).await);
        let (able, other) = (day(&w, &[&ada, &uli]).await, day(&w, &[&uli]).await);
        assert_eq!((able.arrivals.len(), able.workers.len()), (2, 2), "{name}: what nobody had to do is left out");
        assert_eq!((left(&able), left(&other)), (0, 2), "{name}: it takes a licence");
    }
}

#[tokio::test]
async fn an_approval_of_a_recorded_day_waits_for_whoever_may_give_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "payment");
        w.case("ada", "pay me", "m1").await;
        let (uli, lead) = (w.granted("uli", &[]).await, w.granted_as("lead", Role::Supervisor, &[]).await);
        assert_eq!((left(&day(&w, &[&uli]).await), left(&day(&w, &[&lead]).await)), (1, 0), "{name}");
    }
}
