//! What an adjuster, a colleague and an approver notice of the desk, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, globex, is_conflict, is_not_found, is_refused};
use baton_base::{Actor, Error};
use baton_cases::CaseState;
use baton_desk::{
    Decision, Form, Kind, Needs, NewItem, OnDone, State, claim, complete, detail, get, open_item, queue_counts,
    release, return_case, take_case,
};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::json;

fn decision(id: &str, fields: serde_json::Value) -> Decision {
    Decision { decision: id.to_owned(), fields: fields.as_object().unwrap().clone(), note: "as agreed".to_owned() }
}

#[tokio::test]
async fn an_adjuster_takes_decides_and_the_case_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "A storm took the roof of policy P-12", "m1").await;
        let found = w.found(&case).await;
        assert_eq!((found.row.state, found.row.actor.name.as_str()), (CaseState::WithPerson, "queue:claims"), "{name}");
        let item = w.to_do().await.remove(0);
        assert_eq!((item.kind, item.queue.as_str(), item.priority), (Kind::Review, "claims", 3), "{name}");
        assert_eq!((item.due_ms, item.case_number), (START_MS + 3_600_000, Some(1)), "{name}");
        assert_eq!(item.trigger.as_deref(), Some("policy"), "{name}");

        let adjuster = w.member("ada", &[Role::HumanAgent], &["adjuster"]).await;
        let (ctx, id) = (adjuster.clone(), item.id.clone());
        let (early, claimed) = w
            .write(move |tx| Ok((complete(tx, &ctx, &id, &decision("deny", json!({}))), claim(tx, &ctx, &id)?)))
            .await
            .unwrap();
        assert!(is_conflict(&early), "{name}: decides only what is claimed");
        assert_eq!((claimed.state, claimed.claimed_by.as_ref()), (State::Claimed, adjuster.member_id()), "{name}");
        assert_eq!(w.found(&case).await.row.actor.kind, "member", "{name}");

        let (ctx, id) = (adjuster.clone(), item.id.clone());
        let wrong = w
            .write(move |tx| {
                let tries = [
                    decision("pay", json!({"amount": -1})),
                    decision("pay", json!({"amount": 500_001})),
                    decision("pay", json!({"amount": "12"})),
                    decision("pay", json!({})),
                    decision("deny", json!({"amount": 1})),
                    decision("shrug", json!({})),
                ];
                Ok(tries.map(|d| complete(tx, &ctx, &id, &d)))
            })
            .await
            .unwrap();
        assert!(wrong.iter().all(|r| matches!(r, Err(Error::Invalid { place: Some(_), .. }))), "{name}: {wrong:?}");

        let (ctx, id) = (adjuster.clone(), item.id.clone());
        let done =
            w.write(move |tx| complete(tx, &ctx, &id, &decision("pay", json!({"amount": 99_000})))).await.unwrap();
        assert_eq!(done.state, State::Done, "{name}");
        w.settle().await;
        let found = w.found(&case).await;
        assert_eq!((found.row.outcome.as_deref(), &found.fields["amount"]), (Some("pay"), &json!(99_000)), "{name}");
        assert_eq!(found.outcome_by.as_deref(), Some("member"), "{name}");
        let (ctx, id) = (adjuster.clone(), item.id.clone());
        let again = w.write(move |tx| complete(tx, &ctx, &id, &decision("deny", json!({})))).await;
        assert!(is_conflict(&again), "{name}: decided once");
        let (ctx, id) = (adjuster, item.id);
        let shown = w.write(move |tx| detail(tx, &ctx, &id)).await.unwrap();
        assert_eq!(shown.result.unwrap()["note"], "as agreed", "{name}");
    }
}

#[tokio::test]
async fn a_packet_says_what_is_known_what_is_missing_and_why_a_person_is_asked() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "A storm took the roof of policy P-12", "m1").await;
        let item = w.to_do().await.remove(0);
        // policy 3 of 3 and amount 2 of 2; cause is empty (2) and photos are missing (1): 5 of 8.
        assert_eq!(item.completeness, Some(0.625), "{name}");
        let ctx = w.system();
        let packet = w.write(move |tx| detail(tx, &ctx, &item.id)).await.unwrap().packet.unwrap();
        assert_eq!((&packet["trigger"], &packet["reason"]), (&json!("policy"), &json!("Over the limit.")), "{name}");
        assert_eq!((&packet["recommendation"], &packet["intent"]), (&json!("pay"), &json!("claim_new")), "{name}");
        assert_eq!((&packet["gate"], &packet["validity"]), (&json!(true), &json!(1.0)), "{name}");
        assert_eq!((&packet["identity"], &packet["messages_count"]), (&json!(null), &json!(1)), "{name}");
        assert_eq!(packet["required"][1], json!({"name": "cause", "weight": 2, "present": false}), "{name}");
        assert_eq!(packet["fields"]["amount"], 120_000, "{name}");
        let summary = packet["summary"].as_str().unwrap();
        assert!(
            summary.contains("claim new") && summary.contains("roof") && summary.contains("not verified"),
            "{summary}"
        );
    }
}

#[tokio::test]
async fn of_two_who_claim_at_once_exactly_one_gets_it() {
    for (name, db) in databases().await {
        let w = std::sync::Arc::new(World::new(db, "claim"));
        for round in 0..5 {
            w.case(&format!("customer-{round}"), "roof", "m1").await;
        }
        let mut members = Vec::new();
        for n in 0..4 {
            members.push(w.member(&format!("m{n}"), &[Role::HumanAgent], &["adjuster"]).await);
        }
        for item in w.to_do().await {
            let tries = members.iter().map(|ctx| {
                let (w, ctx, id) = (w.clone(), ctx.clone(), item.id.clone());
                tokio::spawn(async move { w.write(move |tx| claim(tx, &ctx, &id)).await })
            });
            let (mut won, mut lost) = (0, 0);
            for one in tries.collect::<Vec<_>>() {
                match one.await.unwrap() {
                    Ok(_) => won += 1,
                    Err(Error::Conflict(_)) => lost += 1,
                    Err(other) => panic!("{name}: {other}"),
                }
            }
            assert_eq!((won, lost), (1, 3), "{name}");
        }
    }
}

#[tokio::test]
async fn only_who_is_fit_claims_and_only_the_holder_lets_go() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let item = w.to_do().await.remove(0).id;
        let unlicensed = w.member("uli", &[Role::HumanAgent], &[]).await;
        let auditor = w.member("aud", &[Role::Auditor], &["adjuster"]).await;
        let adjuster = w.member("ada", &[Role::HumanAgent], &["adjuster"]).await;
        let (ctx, id) = (unlicensed.clone(), item.clone());
        let Err(Error::Refused { reason, .. }) = w.write(move |tx| claim(tx, &ctx, &id)).await else {
            panic!("{name}")
        };
        assert!(reason.contains("licence 'adjuster'"), "{name}: {reason}");
        let id = item.clone();
        assert!(is_refused(&w.write(move |tx| claim(tx, &auditor, &id)).await), "{name}");
        let id = item.clone();
        let system = w.system();
        assert!(is_refused(&w.write(move |tx| claim(tx, &system, &id)).await), "{name}: people's work is for members");

        let (ctx, id) = (adjuster.clone(), item.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        let (ctx, id) = (adjuster.clone(), item.clone());
        assert!(w.write(move |tx| claim(tx, &ctx, &id)).await.is_ok(), "{name}: again by the holder is no error");
        let (ctx, id) = (unlicensed, item.clone());
        assert!(is_conflict(&w.write(move |tx| release(tx, &ctx, &id)).await), "{name}");
        let id = item.clone();
        let back = w.write(move |tx| release(tx, &adjuster, &id)).await.unwrap();
        assert_eq!((back.state, back.claimed_by), (State::Waiting, None), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:claims", "{name}");
    }
}

#[tokio::test]
async fn another_clients_work_does_not_exist() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let item = w.to_do().await.remove(0).id;
        let member = w.member("gus", &[Role::Supervisor], &["adjuster"]).await;
        let there = Ctx::member(&w.env, &globex(), member.member_id().unwrap(), &[Role::Supervisor]);
        let desk = w.desk.clone();
        let all = w
            .write(move |tx| {
                Ok([
                    get(tx, &there, &item),
                    claim(tx, &there, &item),
                    release(tx, &there, &item),
                    complete(tx, &there, &item, &decision("pay", json!({"amount": 1}))),
                    take_case(tx, &there, &desk, &case),
                    return_case(tx, &there, &case, "go on"),
                ])
            })
            .await
            .unwrap();
        assert!(all.iter().all(is_not_found), "{name}: {all:?}");
    }
}

#[tokio::test]
async fn a_person_is_asked_for_answers_and_returns_the_case_to_the_ai() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "I want a person", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!(
            (item.kind, item.queue.as_str(), item.trigger.as_deref()),
            (Kind::Takeover, "front", Some("customer_asks"))
        );
        let member = w.member("max", &[Role::HumanAgent], &[]).await;
        let (ctx, c, desk) = (member.clone(), case.clone(), w.desk.clone());
        w.write(move |tx| {
            // Taking the case is claiming the work that waits on it.
            let taken = take_case(tx, &ctx, &desk, &c)?;
            assert_eq!(taken.claimed_by.as_ref(), ctx.member_id());
            baton_cases::say(tx, &ctx, &c, "Hello, this is Max.", &[])?;
            return_case(tx, &ctx, &c, "Ask for the order number")
        })
        .await
        .unwrap();
        w.settle().await;
        assert_eq!(w.found(&case).await.row.state, CaseState::Open, "{name}");
        w.case("ada", "Thanks", "m2").await;
        let found = w.found(&case).await;
        assert_eq!(
            (found.row.outcome.as_deref(), found.outcome_by.as_deref()),
            (Some("answered"), Some("member")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_case_can_be_taken_from_the_ai_and_given_back() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = w.case("ada", "Hello", "m1").await;
        let max = w.member("max", &[Role::HumanAgent], &[]).await;
        let eva = w.member("eva", &[Role::HumanAgent], &[]).await;
        let (ctx, other, c, desk) = (max.clone(), eva.clone(), case.clone(), w.desk.clone());
        let (taken, again, late) = w
            .write(move |tx| {
                let taken = take_case(tx, &ctx, &desk, &c)?;
                Ok((taken, take_case(tx, &ctx, &desk, &c)?, take_case(tx, &other, &desk, &c)))
            })
            .await
            .unwrap();
        assert_eq!((taken.kind, taken.trigger.as_deref()), (Kind::Takeover, Some("person_takes")), "{name}");
        assert_eq!(taken.id, again.id, "{name}");
        assert!(is_conflict(&late), "{name}");
        w.case("ada", "are you there?", "m2").await;
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}: the run hears nothing");
        let c = case.clone();
        assert!(is_conflict(&w.write(move |tx| return_case(tx, &eva, &c, "")).await), "{name}: not hers");
        let c = case.clone();
        w.write(move |tx| return_case(tx, &max, &c, "go on")).await.unwrap();
        w.settle().await;
        assert_eq!(
            w.found(&case).await.row.outcome.as_deref(),
            Some("answered"),
            "{name}: it hears what was left open"
        );
    }
}

#[tokio::test]
async fn a_case_taken_and_resolved_by_a_person_ends_its_process() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = w.case("ada", "Hello", "m1").await;
        let max = w.member("max", &[Role::HumanAgent], &[]).await;
        let (ctx, c, desk) = (max, case.clone(), w.desk.clone());
        w.write(move |tx| {
            let taken = take_case(tx, &ctx, &desk, &c)?;
            complete(tx, &ctx, &taken.id, &decision("resolved", json!({"outcome": "refund by phone"})))
        })
        .await
        .unwrap();
        w.settle().await;
        let found = w.found(&case).await;
        assert_eq!(
            (found.row.state, found.row.outcome.as_deref()),
            (CaseState::Resolved, Some("refund by phone")),
            "{name}"
        );
        let run = found.run.unwrap();
        let status = w.write(move |tx| baton_runs::detail(tx, &acme(), &run)).await.unwrap().row.status;
        assert_eq!(status, "cancelled", "{name}");
    }
}

#[tokio::test]
async fn an_approval_needs_the_right_and_other_eyes_and_a_no_is_a_no() {
    for (name, db) in databases().await {
        let w = World::new(db, "payment");
        for (answer, outcome) in [("approve", "paid"), ("reject", "rejected")] {
            let case = w.case(&format!("ada-{answer}"), "pay me", "m1").await;
            let item = w.to_do().await.remove(0);
            assert_eq!(item.requested_by, "agent:concierge", "{name}");
            let clerk = w.member(&format!("clerk-{answer}"), &[Role::HumanAgent], &[]).await;
            let lead = w.member(&format!("lead-{answer}"), &[Role::FinanceLead], &[]).await;
            let id = item.id.clone();
            assert!(is_refused(&w.write(move |tx| claim(tx, &clerk, &id)).await), "{name}");
            let id = item.id.clone();
            w.write(move |tx| {
                claim(tx, &lead, &id)?;
                complete(tx, &lead, &id, &decision(answer, json!({})))
            })
            .await
            .unwrap();
            w.settle().await;
            assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some(outcome), "{name}");
        }
        let lead = w.member("lead", &[Role::FinanceLead], &[]).await;
        let (ctx, desk) = (lead.clone(), w.desk.clone());
        let own = w
            .write(move |tx| {
                let new = NewItem {
                    kind: Kind::Approval,
                    queue: None,
                    title: "My own refund".to_owned(),
                    case: None,
                    waiting: None,
                    run: None,
                    packet: None,
                    form: Form::approval(),
                    needs: Needs::default(),
                    priority: 5,
                    requested_by: Actor::Member { id: ctx.member_id().unwrap().clone() },
                    due_in_ms: None,
                    on_done: OnDone::Case,
                };
                let id = open_item(tx, &ctx, &desk, new)?;
                Ok(claim(tx, &ctx, &id))
            })
            .await
            .unwrap();
        assert!(is_refused(&own), "{name}: nobody approves what they asked for");
    }
}

#[tokio::test]
async fn who_approves_and_works_on_no_cases_takes_approvals_and_nothing_else() {
    for (name, db) in databases().await {
        let w = World::new(db, "payment");
        let case = w.case("ada", "pay me", "m1").await;
        let item = w.to_do().await.remove(0).id;
        let lead = w.member("lead", &[Role::AiLead], &[]).await;
        let (ctx, id) = (lead.clone(), item.clone());
        w.write(move |tx| {
            claim(tx, &ctx, &id)?;
            release(tx, &ctx, &id)?;
            claim(tx, &ctx, &id)?;
            complete(tx, &ctx, &id, &decision("approve", json!({})))
        })
        .await
        .unwrap();
        w.settle().await;
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("paid"), "{name}");
        let (ctx, desk) = (w.system(), w.desk.clone());
        let taken = w
            .write(move |tx| {
                let new = NewItem {
                    kind: Kind::Review,
                    queue: None,
                    title: "Look at it".to_owned(),
                    case: None,
                    waiting: None,
                    run: None,
                    packet: None,
                    form: Form::approval(),
                    needs: Needs::default(),
                    priority: 5,
                    requested_by: ctx.actor.clone(),
                    due_in_ms: None,
                    on_done: OnDone::Case,
                };
                let id = open_item(tx, &ctx, &desk, new)?;
                Ok(claim(tx, &lead, &id))
            })
            .await
            .unwrap();
        assert!(is_refused(&taken), "{name}: reviews are for whoever works on cases");
    }
}

#[tokio::test]
async fn a_process_that_stops_is_given_to_a_person_with_the_reason() {
    for (name, db) in databases().await {
        let w = World::new(db, "broken");
        let case = w.case("ada", "hello", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!(
            (item.kind, item.trigger.as_deref(), item.queue.as_str()),
            (Kind::Takeover, Some("process_fault"), "front")
        );
        let ctx = w.system();
        let id = item.id.clone();
        let shown = w.write(move |tx| detail(tx, &ctx, &id)).await.unwrap();
        assert!(shown.packet.unwrap()["reason"].as_str().unwrap().contains("It broke"), "{name}");
        assert_eq!(shown.form.decisions.len(), 1, "{name}: there is no AI to return it to");
        let max = w.member("max", &[Role::HumanAgent], &[]).await;
        w.write(move |tx| {
            claim(tx, &max, &item.id)?;
            complete(tx, &max, &item.id, &decision("resolved", json!({})))
        })
        .await
        .unwrap();
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("resolved_by_person"), "{name}");
    }
}

#[tokio::test]
async fn work_that_nobody_waits_for_any_more_is_withdrawn() {
    for (name, db) in databases().await {
        let w = World::new(db, "hasty");
        let case = w.case("ada", "hello", "m1").await;
        let item = w.to_do().await.remove(0);
        w.clock.advance_ms(5 * 60 * 1000 + 1);
        w.settle().await;
        assert!(w.to_do().await.is_empty(), "{name}");
        let ctx = w.system();
        assert_eq!(w.write(move |tx| get(tx, &ctx, &item.id)).await.unwrap().state, State::Cancelled, "{name}");
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("nobody"), "{name}");
    }
}

#[tokio::test]
async fn queues_are_counted_and_work_is_listed_by_urgency() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        for n in 0..3 {
            w.clock.advance_ms(10);
            w.case(&format!("c{n}"), "roof", "m1").await;
        }
        let adjuster = w.member("ada", &[Role::HumanAgent], &["adjuster"]).await;
        let items = w.to_do().await;
        assert!(items.windows(2).all(|pair| pair[0].due_ms <= pair[1].due_ms), "{name}");
        let (id, ctx, desk) = (items[0].id.clone(), adjuster.clone(), w.desk.clone());
        let counts = w
            .write(move |tx| {
                claim(tx, &ctx, &id)?;
                queue_counts(tx, &desk, &[acme(), globex()], START_MS + 3_600_000 + 15)
            })
            .await
            .unwrap();
        let claims = counts.iter().find(|c| c.client == acme() && c.queue == "claims").unwrap();
        assert_eq!((claims.waiting, claims.claimed, claims.at_risk), (2, 1, 1), "{name}");
        assert_eq!(claims.oldest_ms, Some(items[1].opened_ms), "{name}");
        assert_eq!(counts.len(), 6, "{name}: empty queues are shown too");
    }
}
