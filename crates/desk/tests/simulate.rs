//! A day that was recorded, played again, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme};
use baton_base::ClientId;
use baton_db::params;
use baton_desk::route::{Day, Policy, replay};
use baton_desk::{Here, Recorded, claim, colleagues, recorded_day, set_presence, tidy_round, withdraw_item};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;

const DAY_MS: i64 = 86_400_000;

async fn day(w: &World, people: &[&Ctx]) -> Day {
    from(w, people, START_MS).await.day
}

async fn from(w: &World, people: &[&Ctx], from_ms: i64) -> Recorded {
    let (intake, there) = (w.desk.live(&acme()).unwrap(), people.iter().map(|one| (*one).clone()).collect::<Vec<_>>());
    let now_ms = w.env.now_ms();
    let read = w.write(move |tx| {
        let mut people = colleagues(tx, START_MS, &[acme()])?;
        people.retain(|one| there.iter().any(|ctx| ctx.member_id() == Some(&one.member)));
        recorded_day(tx, &acme(), &intake, &people, (from_ms, from_ms + DAY_MS), now_ms)
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

#[tokio::test]
async fn a_day_begins_with_what_waited_and_what_somebody_had_and_with_those_who_were_there() {
    const HOUR_MS: i64 = 3_600_000;
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        for n in 0..3 {
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let (ctx, id) = (ada.clone(), w.to_do().await.remove(0).id);
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        let be = async |who: &Ctx, here: Here| {
            let ctx = who.clone();
            w.write(move |tx| set_presence(tx, &ctx, here, "")).await.unwrap();
        };
        w.clock.advance_ms(HOUR_MS);
        let begins_ms = START_MS + HOUR_MS;
        let by_shifts = from(&w, &[&ada, &eva], begins_ms).await;
        assert_eq!((by_shifts.waited, by_shifts.in_hand, by_shifts.known_from_ms), (2, 1, None), "{name}");
        assert!(!by_shifts.people_known && by_shifts.day.workers.iter().all(|one| !one.shifts.is_empty()), "{name}");
        let times: Vec<i64> = by_shifts.day.arrivals.iter().map(|one| one.at_ms).collect();
        assert_eq!(times, [-HOUR_MS, -HOUR_MS], "{name}: they have waited for an hour");
        let held: Vec<i64> = by_shifts.day.in_hand.iter().map(|one| one.at_ms).collect();
        assert_eq!(held, [0], "{name}: ada has one");

        be(&ada, Here::Available).await;
        w.clock.advance_ms(HOUR_MS);
        be(&ada, Here::Break).await;
        let known = from(&w, &[&ada, &eva], begins_ms).await;
        assert_eq!((known.people_known, known.known_from_ms), (true, Some(begins_ms)), "{name}");
        let shifts: Vec<_> = known.day.workers.iter().map(|one| one.shifts.clone()).collect();
        assert!(shifts.contains(&vec![(0, HOUR_MS)]) && shifts.contains(&vec![]), "{name}: {shifts:?}");
        let before = from(&w, &[&ada, &eva], START_MS).await;
        assert!(!before.people_known, "{name}: nothing is known of the first hour");
        assert_eq!((before.waited, before.in_hand), (0, 0), "{name}");
    }
}

#[tokio::test]
async fn where_people_were_is_let_go_of_after_ninety_days_also_of_those_who_have_left() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (ada, eva) = (w.granted("ada", &[]).await, w.granted("eva", &[]).await);
        let be = async |who: &Ctx, here: Here| {
            let ctx = who.clone();
            w.write(move |tx| set_presence(tx, &ctx, here, "")).await.unwrap();
        };
        be(&ada, Here::Available).await;
        be(&eva, Here::Available).await;
        w.clock.advance_ms(60_000);
        be(&ada, Here::Off).await;
        let kept = async |who: &Ctx| {
            let member = who.member_id().unwrap().clone();
            let sql = "SELECT COUNT(*) FROM presence_history WHERE client_id = $1 AND member_id = $2";
            w.write(move |tx| tx.query_one(sql, params![ClientId::house(), member], |r| r.int(0))).await.unwrap()
        };
        assert_eq!((kept(&ada).await, kept(&eva).await), (2, 1), "{name}");
        w.clock.advance_ms(91 * DAY_MS);
        be(&eva, Here::Available).await;
        tidy_round(&w.db, &Ctx::system(&w.env, &ClientId::house(), "desk"), &w.desk).await.unwrap();
        assert_eq!((kept(&ada).await, kept(&eva).await), (0, 1), "{name}: one has gone, the other is there since");
    }
}
