//! The stop switch under open conversations: all with people or told the truth, none lost, undone cleanly; on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, is_conflict};
use baton_base::{Actor, CaseId, ClientId};
use baton_cases::CaseState;
use baton_db::params;
use baton_desk::{
    Decision, Effect, Here, State, StopRound, claim, complete, preview, progress, set_presence, stop_round, take_case,
    tidy_round,
};
use baton_govern::stop::{self, Scope, Stop};
use baton_govern::{Ctx, ledger};
use baton_testkit::databases;
use std::time::{Duration, Instant};

const CONVERSATIONS: usize = 200;
/// All of them have to be with people or told within this time.
const WITHIN: Duration = Duration::from_secs(5);
const MINUTE_MS: i64 = 60_000;

fn of_client() -> Stop {
    Stop {
        client: acme(),
        scope: Scope::Client,
        target: "*".to_owned(),
        reason: "odd replies".to_owned(),
        engaged_by: String::new(),
        engaged_ms: 0,
    }
}

async fn press(w: &World, scope: Scope, target: &'static str) {
    let ctx = w.system();
    w.write(move |tx| stop::engage(tx, &ctx, None, scope, target, "odd replies")).await.unwrap();
}

async fn release(w: &World, scope: Scope, target: &'static str) {
    let ctx = w.system();
    w.write(move |tx| stop::release(tx, &ctx, None, scope, target)).await.unwrap();
}

async fn round(w: &World) -> StopRound {
    let house = Ctx::system(&w.env, &ClientId::house(), "router");
    stop_round(&w.db, &house, &w.desk).await.unwrap()
}

async fn effect(w: &World, scope: Scope, target: &str) -> Effect {
    let (ctx, desk) = (w.system(), w.desk.clone());
    let stop = Stop { scope, target: target.to_owned(), ..of_client() };
    w.write(move |tx| preview(tx, &ctx, &desk, &stop, &[acme()])).await.unwrap()
}

async fn said(w: &World, case: &CaseId) -> Vec<String> {
    let (ctx, case) = (w.system(), case.clone());
    let all = w.write(move |tx| baton_cases::messages(tx, &ctx, &case, 0)).await.unwrap();
    all.into_iter().filter(|message| message.author.kind == "system").map(|message| message.text).collect()
}

async fn talks(w: &World, count: usize) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for n in 0..count {
        cases.push(w.message(&format!("c{n}"), "hello", "m1").await);
    }
    for _ in 0..(count / 50 + 1) {
        w.settle().await;
    }
    cases
}

#[tokio::test]
async fn two_hundred_conversations_are_with_people_or_told_within_five_seconds_and_go_on_where_they_stood() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let cases = talks(&w, CONVERSATIONS).await;
        let before = effect(&w, Scope::Client, "*").await;
        assert_eq!((before.cases, before.carried, before.staff.people), (200, false, 0), "{name}");
        assert_eq!((before.queues[0].queue.as_str(), before.queues[0].wait_ms), ("front", None), "{name}");
        assert!(
            before.words.contains("200 open cases") && before.words.contains("Nobody is there"),
            "{}",
            before.words
        );

        press(&w, Scope::Client, "").await;
        let begin = Instant::now();
        let held = round(&w).await;
        let took = begin.elapsed();
        assert_eq!(held, StopRound { held: CONVERSATIONS, returned: 0 }, "{name}");
        assert!(took < WITHIN, "{name}: {took:?}");
        for case in &cases {
            let found = w.found(case).await;
            assert_eq!(
                (found.row.state, found.row.actor.name.as_str()),
                (CaseState::WithPerson, "queue:front"),
                "{name}"
            );
            assert_eq!(said(&w, case).await, ["Nobody is here right now."], "{name}");
        }
        let so_far = w.write(|tx| progress(tx, &of_client(), &[acme()])).await.unwrap();
        assert_eq!((so_far.held, so_far.waiting, so_far.told, so_far.left), (200, 200, 200, 0), "{name}");

        // What customers write meanwhile is kept, nobody runs out of time, and one case is taken by somebody.
        w.message("c0", "are you there?", "m2").await;
        w.clock.advance_ms(60 * MINUTE_MS);
        w.settle().await;
        let max = w.granted("max", &[]).await;
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let (ctx, desk, case) = (max.clone(), w.desk.clone(), cases[1].clone());
        let item = w.write(move |tx| take_case(tx, &ctx, &desk, &case)).await.unwrap();

        release(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await, StopRound { held: 0, returned: CONVERSATIONS - 1 }, "{name}");
        w.settle().await;
        assert_eq!(w.found(&cases[0]).await.row.outcome.as_deref(), Some("answered"), "{name}: heard what was written");
        let taken = w.found(&cases[1]).await.row;
        assert_eq!((taken.state, taken.actor.kind.as_str()), (CaseState::WithPerson, "member"), "{name}: stays theirs");
        for case in &cases[2..] {
            assert_eq!(w.found(case).await.row.state, CaseState::Open, "{name}: as it stood");
        }
        assert!(w.to_do().await.iter().all(|left| left.id == item.id), "{name}: nothing is left in the queue");
        // The one that was taken goes back by its member's decision, and goes on there too.
        let (ctx, id) = (max.clone(), item.id.clone());
        let back = Decision { decision: "return_to_ai".to_owned(), ..Decision::default() };
        w.write(move |tx| complete(tx, &ctx, &id, &back)).await.unwrap();
        w.case("c1", "and now?", "m2").await;
        assert_eq!(w.found(&cases[1]).await.row.outcome.as_deref(), Some("answered"), "{name}");
        assert_eq!(round(&w).await, StopRound::default(), "{name}");
    }
}

#[tokio::test]
async fn who_is_told_later_that_everybody_has_gone_is_counted_as_told() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let max = w.granted("max", &[]).await;
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let case = talks(&w, 1).await.remove(0);
        press(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await.held, 1, "{name}");
        assert!(said(&w, &case).await.is_empty(), "{name}: somebody takes it at once");
        w.write(move |tx| set_presence(tx, &max, Here::Off, "")).await.unwrap();
        w.clock.advance_ms(4 * MINUTE_MS);
        let house = Ctx::system(&w.env, &ClientId::house(), "desk");
        tidy_round(&w.db, &house, &w.desk).await.unwrap();
        assert_eq!(said(&w, &case).await, ["Nobody is here right now."], "{name}");
        let so_far = w.write(|tx| progress(tx, &of_client(), &[acme()])).await.unwrap();
        assert_eq!((so_far.held, so_far.told), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn a_case_is_not_given_back_to_an_ai_that_is_stopped_and_can_be_resolved() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let cases = talks(&w, 2).await;
        let max = w.granted("max", &[]).await;
        press(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await.held, 2, "{name}");
        let mut items = Vec::new();
        for waiting in w.to_do().await {
            let ctx = max.clone();
            items.push(w.write(move |tx| claim(tx, &ctx, &waiting.id)).await.unwrap());
        }
        let decide = |item: &baton_desk::WorkItem, decision: &str| {
            let (ctx, id) = (max.clone(), item.id.clone());
            let decision = Decision { decision: decision.to_owned(), ..Decision::default() };
            w.write(move |tx| complete(tx, &ctx, &id, &decision))
        };
        let refused = decide(&items[0], "return_to_ai").await;
        assert!(is_conflict(&refused) && refused.unwrap_err().to_string().contains("odd replies"), "{name}");
        let done = decide(&items[0], "resolved").await.unwrap();
        assert_eq!(done.state, State::Done, "{name}");
        let ended = done.case.unwrap();
        assert_eq!(w.found(&ended).await.row.outcome.as_deref(), Some("resolved_by_person"), "{name}");
        release(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await, StopRound::default(), "{name}: somebody has the other one");
        decide(&items[1], "return_to_ai").await.unwrap();
        let other = cases.iter().find(|case| **case != ended).unwrap();
        assert_eq!(w.found(other).await.row.state, CaseState::Open, "{name}");
    }
}

#[tokio::test]
async fn only_what_a_stop_covers_goes_to_people_and_another_stop_keeps_it_there() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let cases = talks(&w, 3).await;
        let (ctx, id) = (w.system(), cases[0].clone());
        let patch = baton_cases::Patch { intent: Some("claim_new".to_owned()), ..baton_cases::Patch::default() };
        w.write(move |tx| baton_cases::record(tx, &ctx, &id, patch)).await.unwrap();
        assert_eq!(effect(&w, Scope::Intent, "claim_new").await.cases, 1, "{name}");
        assert_eq!(effect(&w, Scope::Intent, "other").await.cases, 0, "{name}");
        assert_eq!(effect(&w, Scope::Agent, "concierge").await.cases, 0, "{name}");
        press(&w, Scope::Intent, "claim_new").await;
        assert_eq!(round(&w).await.held, 1, "{name}");
        assert_eq!(w.found(&cases[1]).await.row.state, CaseState::Open, "{name}");
        press(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await.held, 2, "{name}");
        release(&w, Scope::Intent, "claim_new").await;
        assert_eq!(round(&w).await.returned, 0, "{name}: the client's stop holds it now");
        release(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await.returned, 3, "{name}");
    }
}

#[tokio::test]
async fn people_who_are_there_can_carry_what_they_have_room_for() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        talks(&w, 3).await;
        let max = w.granted("max", &[]).await;
        w.write(move |tx| set_presence(tx, &max, Here::Available, "")).await.unwrap();
        let now = effect(&w, Scope::Client, "*").await;
        assert_eq!((now.cases, now.staff.free, now.carried), (3, 3, true), "{name}: {}", now.words);
        talks(&w, 8).await;
        let more = effect(&w, Scope::Client, "*").await;
        assert_eq!((more.cases, more.carried), (8, false), "{name}: {}", more.words);
        assert!(
            more.queues[0].wait_ms.is_some_and(|ms| ms > 0) && more.words.contains("room for 3 now"),
            "{}",
            more.words
        );
    }
}

#[tokio::test]
async fn time_stands_still_while_people_have_a_case() {
    for (name, db) in databases().await {
        let w = World::new(db, "hasty-talk");
        let case = w.case("ada", "hello", "m1").await;
        let max = w.granted("max", &[]).await;
        w.clock.advance_ms(3 * MINUTE_MS);
        let (ctx, desk, id) = (max.clone(), w.desk.clone(), case.clone());
        w.write(move |tx| take_case(tx, &ctx, &desk, &id)).await.unwrap();
        w.clock.advance_ms(30 * MINUTE_MS);
        w.settle().await;
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}: nobody was told that time is up");
        let (ctx, id) = (max.clone(), case.clone());
        w.write(move |tx| baton_desk::return_case(tx, &ctx, &id, "go on")).await.unwrap();
        w.settle().await;
        w.clock.advance_ms(MINUTE_MS);
        w.settle().await;
        assert_eq!(w.found(&case).await.row.state, CaseState::Open, "{name}: two of five minutes are left");
        w.clock.advance_ms(2 * MINUTE_MS);
        w.settle().await;
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("silence"), "{name}");
    }
}

#[tokio::test]
async fn a_stop_of_an_agent_holds_what_the_agent_had_until_it_is_released() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = talks(&w, 1).await.remove(0);
        let (ctx, id) = (w.system(), case.clone());
        let agent = Actor::Agent { name: "concierge".parse().unwrap(), version: "rel_1".to_owned() };
        w.write(move |tx| baton_cases::assign(tx, &ctx, &id, &agent, CaseState::Open)).await.unwrap();
        press(&w, Scope::Agent, " concierge ").await;
        assert_eq!(round(&w).await.held, 1, "{name}");

        // Nobody lets its runs go on by hand, and nobody gives it back to the agent that is stopped.
        let (ctx, run) = (w.system(), w.found(&case).await.run.unwrap());
        let processes = w.desk.cases.processes.clone();
        let resumed = w.write(move |tx| baton_runs::resume(tx, &ctx, &processes, &run, "go on")).await.map(|_| ());
        assert!(is_conflict(&resumed) && resumed.unwrap_err().to_string().contains("with people"), "{name}");
        let (ctx, run) = (w.system(), w.found(&case).await.run.unwrap());
        let processes = w.desk.cases.processes.clone();
        let suspended = w.write(move |tx| baton_runs::suspend(tx, &ctx, &processes, &run, "wait")).await.map(|_| ());
        assert!(is_conflict(&suspended), "{name}: it would go on with the case all the same");
        press(&w, Scope::Client, "").await;
        round(&w).await;
        release(&w, Scope::Agent, "concierge").await;
        assert_eq!(round(&w).await.returned, 0, "{name}: the client's stop holds it now");
        press(&w, Scope::Agent, "concierge").await;
        release(&w, Scope::Client, "").await;
        assert_eq!(round(&w).await.returned, 0, "{name}: and the agent's again");
        let max = w.granted("max", &[]).await;
        let item = w.to_do().await.remove(0);
        let decide = |decision: &str| {
            let (ctx, id) = (max.clone(), item.id.clone());
            let decision = Decision { decision: decision.to_owned(), ..Decision::default() };
            w.write(move |tx| complete(tx, &ctx, &id, &decision))
        };
        let (ctx, id) = (max.clone(), item.id.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        assert!(is_conflict(&decide("return_to_ai").await), "{name}");
        release(&w, Scope::Agent, "concierge").await;
        decide("return_to_ai").await.unwrap();
        assert_eq!(w.found(&case).await.row.state, CaseState::Open, "{name}");
    }
}

#[tokio::test]
async fn a_run_that_waits_for_ai_leaves_a_case_that_people_have_alone() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = talks(&w, 1).await.remove(0);
        let (ctx, id) = (w.system(), case.clone());
        w.write(move |tx| {
            let sql = "UPDATE run_call SET wake_on = $2 WHERE client_id = $1";
            tx.execute(sql, params![acme(), baton_runs::RELEASED])?;
            baton_cases::hand_over(tx, &ctx, &id, &Actor::system("queue:front"))
        })
        .await
        .unwrap();
        press(&w, Scope::Client, "").await;
        let told = async || {
            let filter = ledger::Filter { clients: vec![acme()], ..Default::default() };
            w.write(move |tx| ledger::list(tx, &filter, None, 200)).await.unwrap().items.len()
        };
        let before = told().await;
        for _ in 0..3 {
            assert_eq!(round(&w).await, StopRound::default(), "{name}");
        }
        assert_eq!(told().await, before, "{name}: nothing is done over and over");
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}");
    }
}
