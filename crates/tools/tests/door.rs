//! The door, end to end: a real loopback shop, real policies, both databases where the SQL matters.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use crate::common;
use crate::common::shop::Fault;
use crate::common::{World, call, cancel_args};
use baton_base::{CaseId, ClientId, Error, digest_of};
use baton_govern::{Role, stop};
use baton_tools::{Called, settle, store};
use serde_json::{Value, json};

fn refused(called: Called) -> (String, Vec<String>) {
    match called {
        Called::Refused { reason, policies } => (reason, policies),
        other => panic!("not refused: {other:?}"),
    }
}

fn done(called: Called) -> Value {
    match called {
        Called::Done { result, .. } => result,
        other => panic!("not done: {other:?}"),
    }
}

async fn cancel(world: &World, order: &str, step: &str) -> Called {
    let args = cancel_args(order);
    world.consent("cancel_order", &args).await;
    world.call("cancel_order", args, step).await
}

#[tokio::test]
async fn a_write_is_judged_written_down_made_and_written_down_again_on_both_databases() {
    for (name, db) in baton_testkit::databases().await {
        let world = World::on(db).await;
        let result = done(cancel(&world, "#W1", "s1").await);
        assert_eq!(result["status"], "cancelled", "{name}");
        assert_eq!(world.shop.effects().len(), 1);

        let writes = world.writes().await;
        assert_eq!(writes.len(), 1);
        let effect = &writes[0];
        assert_eq!((effect.state, effect.attempts), (store::State::Finished, 1));
        assert_eq!(effect.permit["policies"], json!(["agent-writes"]));
        assert_eq!(effect.permit["rules"]["rules"], json!(["pending"]));
        assert_eq!(world.shop.effects()[0].1, effect.idempotency_key);
        let (client, id) = (world.client.clone(), effect.id.clone());
        let whole = world.db.read(move |tx| store::get(tx, &client, &id)).await.unwrap();
        assert_eq!(whole.permit["basis"]["facts"]["order"]["status"], "pending");
        assert_eq!(whole.permit["basis"]["facts"]["order"]["card"], "[redacted]");
        // The facts it rests on: the order and its two products, read through the same door.
        assert_eq!(world.effects().await.len(), 4);
        let kinds: Vec<_> = world.ledger().await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["consent.given", "action.requested", "action.finished"]);

        // The same call again is the same call.
        let again = done(world.call("cancel_order", cancel_args("#W1"), "s1").await);
        assert_eq!(again["status"], "cancelled", "{name}");
        assert_eq!(world.shop.effects().len(), 1);
        assert_eq!(world.ledger().await.len(), 3);
    }
}

#[tokio::test]
async fn every_refusal_says_why_and_is_recorded() {
    let world = World::new().await;
    let (reason, policies) = refused(world.call("cancel_order", cancel_args("#W1"), "s").await);
    assert_eq!(policies, ["built-in:confirm"]);
    assert!(reason.contains("has not yet said yes"), "{reason}");
    assert_eq!(refused(cancel(&world, "#W2", "s").await).0, "the order is on its way");
    assert_eq!(refused(cancel(&world, "#W3", "s").await).1, ["own-orders-only"]);
    assert_eq!(refused(cancel(&world, "#W4", "s").await).1, ["cancel-limit"]);
    let (reason, policies) = refused(cancel(&world, "#W99", "s").await);
    assert_eq!(policies, ["door:facts"]);
    assert!(reason.contains("'order'"), "{reason}");
    assert!(matches!(cancel(&world, "#W5", "s").await, Called::Undecided { reason } if reason.contains("no rule")));

    assert!(world.shop.effects().is_empty());
    let refusals: Vec<_> = world.ledger().await.into_iter().filter(|(kind, _)| kind == "action.refused").collect();
    assert_eq!(refusals.len(), 6);
    assert!(refusals.iter().all(|(_, data)| !data["reason"].as_str().unwrap().is_empty()));
    // The rules of its table stand in each, also where something else refused after them.
    let matched: Vec<_> = refusals.iter().take(4).map(|(_, data)| data["rules"]["rules"].clone()).collect();
    assert_eq!(matched, [json!(["pending"]), json!(["shipped"]), json!(["pending"]), json!(["pending"])]);
}

#[tokio::test]
async fn wrong_arguments_are_named_by_place_and_recorded() {
    let world = World::new().await;
    for (args, place) in [
        (json!({"order_id": "#W1", "reason": "because"}), "/reason"),
        (json!({"order_id": 7, "reason": "no longer needed"}), "/order_id"),
        (json!({"order_id": "#W1", "reason": "no longer needed", "refund": 1_000_000}), ""),
        (json!(["#W1"]), ""),
    ] {
        let Called::Invalid(Error::Invalid { place: found, .. }) = world.call("cancel_order", args, "s").await else {
            panic!("accepted");
        };
        assert_eq!(found.unwrap(), place);
    }
    assert!(matches!(world.call("format_disk", json!({}), "s").await, Called::Invalid(Error::NotFound(_))));
    assert_eq!(world.ledger().await.len(), 5);
    assert!(world.shop.effects().is_empty());
}

#[tokio::test]
async fn a_case_of_somebody_else_does_not_exist() {
    let world = World::new().await;
    let mut call = call("get_order", json!({"order_id": "#W1"}), "s");
    call.case = Some(CaseId::known("case_of_globex"));
    let called = world.door.call(&world.ctx(), call).await.unwrap();
    assert!(matches!(called, Called::Invalid(Error::NotFound(_))));
    let other = world.ctx().as_system("x");
    let elsewhere = other.for_client(&ClientId::known("globex")).unwrap();
    let call = common::call("get_order", json!({"order_id": "#W1"}), "s");
    assert!(matches!(world.door.call(&elsewhere, call).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_read_gives_minor_units_and_is_recorded_without_what_is_withheld() {
    let world = World::new().await;
    let order = done(world.call("get_order", json!({"order_id": "#W1"}), "s").await);
    assert_eq!(order["items"][0]["price"], 15094);
    assert_eq!(order["card"], "4111 1111");
    let effects = world.effects().await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].result.as_ref().unwrap()["card"], "[redacted]");
    assert_eq!(effects[0].permit["policies"], json!(["reads"]));
    assert_eq!(world.ledger().await[0].0, "action.finished");
}

#[tokio::test]
async fn an_outage_is_waited_out_and_a_lost_answer_never_doubles_an_effect() {
    for faults in [
        vec![Fault::Away, Fault::Away],
        vec![Fault::SilentAfter],
        vec![Fault::CrashAfter, Fault::Away],
        vec![Fault::Silent, Fault::SilentAfter],
        vec![Fault::SilentAfter, Fault::Busy],
    ] {
        let world = World::new().await;
        world.shop.faults(&faults);
        let result = done(cancel(&world, "#W1", "s").await);
        assert_eq!(result["status"], "cancelled", "{faults:?}");
        assert_eq!(world.shop.effects().len(), 1, "{faults:?}");
        assert_eq!(world.writes().await[0].attempts, i64::try_from(faults.len()).unwrap() + 1);
    }
}

#[tokio::test]
async fn when_nothing_happened_a_later_call_takes_the_same_key() {
    let world = World::new().await;
    world.shop.faults(&[Fault::Away; 3]);
    let called = cancel(&world, "#W1", "s1").await;
    assert!(matches!(&called, Called::Unreachable { why } if why.contains("503")), "{called:?}");
    let key = world.writes().await[0].idempotency_key.clone();
    done(cancel(&world, "#W1", "s2").await);
    assert_eq!(world.shop.effects(), [("cancel #W1".to_owned(), key)]);
    assert_eq!(world.writes().await.len(), 1);
}

#[tokio::test]
async fn an_outcome_nobody_can_tell_is_unknown_and_the_next_call_keeps_its_key() {
    let world = World::new().await;
    world.shop.faults(&[Fault::SilentAfter, Fault::Silent, Fault::Silent]);
    let called = cancel(&world, "#W1", "s1").await;
    assert!(matches!(&called, Called::Unknown { why, .. } if why.contains("300 ms")), "{called:?}");
    assert_eq!(world.writes().await[0].state, store::State::Unknown);
    assert!(world.ledger().await.iter().any(|(kind, _)| kind == "action.unknown"));
    // The process tries again with a new call: same arguments, same case, so the same effect.
    done(world.call("cancel_order", cancel_args("#W1"), "s2").await);
    assert_eq!(world.shop.effects().len(), 1);
    assert_eq!(world.writes().await.len(), 1);
}

#[tokio::test]
async fn what_is_not_idempotent_is_sent_once_and_never_guessed_about() {
    let world = World::new().await;
    world.shop.faults(&[Fault::SilentAfter]);
    let called = world.call("ring_bell", json!({}), "s1").await;
    let Called::Unknown { effect, .. } = called else { panic!("{called:?}") };
    // Again: it is not sent a second time.
    assert!(matches!(world.call("ring_bell", json!({}), "s2").await, Called::Unknown { .. }));
    assert_eq!(world.shop.effects().len(), 1);

    // A person finds out and says so; after that the next ring is a new one.
    let adjuster = world.member("mem_1", &[Role::HumanAgent]);
    world.db.write(move |tx| settle(tx, &adjuster, &effect, true, "heard it")).await.unwrap();
    done(world.call("ring_bell", json!({}), "s3").await);
    assert_eq!(world.shop.effects().len(), 2);
}

#[tokio::test]
async fn a_lost_call_is_asked_about_where_the_system_can_say() {
    let world = World::new().await;
    world.shop.faults(&[Fault::SilentAfter]);
    assert_eq!(done(world.call("ring_known_bell", json!({}), "s1").await), json!({"rung": true}));
    assert_eq!(world.shop.effects().len(), 1);

    // It says that nothing happened: with a key that is safe to believe, without one it is not.
    let world = World::new().await;
    world.shop.faults(&[Fault::Silent]);
    assert!(matches!(world.call("ring_known_bell", json!({}), "s1").await, Called::Unknown { .. }));
    world.shop.faults(&[Fault::Silent, Fault::Silent, Fault::Silent]);
    let called = world.call("cancel_known", cancel_args("#W1"), "s2").await;
    assert!(matches!(&called, Called::Unreachable { why } if why.contains("did not happen")), "{called:?}");
}

#[tokio::test]
async fn a_crash_between_request_and_outcome_is_taken_up_with_the_same_key() {
    let world = World::new().await;
    let args = cancel_args("#W1");
    world.consent("cancel_order", &args).await;
    // The call goes out, and the program ends before it has recorded what came of it.
    drop(world.door.carry_out(&world.ctx(), call("cancel_order", args.clone(), "s1")).await.unwrap());
    assert_eq!(world.writes().await[0].state, store::State::Requested);

    let door = world.reopened();
    done(door.call(&world.ctx(), call("cancel_order", args, "s1")).await.unwrap());
    assert_eq!(world.shop.effects().len(), 1);
    let writes = world.writes().await;
    assert_eq!((writes.len(), writes[0].state), (1, store::State::Finished));

    // Without a key that the system honours nobody knows, and nothing is sent.
    drop(world.door.carry_out(&world.ctx(), call("ring_bell", json!({}), "s2")).await.unwrap());
    assert!(matches!(
        door.call(&world.ctx(), call("ring_bell", json!({}), "s2")).await.unwrap(),
        Called::Unknown { .. }
    ));
    assert_eq!(world.shop.effects().len(), 2);
}

#[tokio::test]
async fn what_was_cut_off_is_not_sent_again_once_ai_is_stopped() {
    let world = World::new().await;
    let args = cancel_args("#W1");
    world.consent("cancel_order", &args).await;
    drop(world.door.carry_out(&world.ctx(), call("cancel_order", args.clone(), "s1")).await.unwrap());
    let lead = world.member("mem_lead", &[Role::AiLead]);
    let engage = world.db.write(move |tx| stop::engage(tx, &lead, None, stop::Scope::Client, "*", "an incident"));
    engage.await.unwrap();
    let called = world.reopened().call(&world.ctx(), call("cancel_order", args, "s1")).await.unwrap();
    assert!(matches!(&called, Called::Unknown { why, .. } if why.contains("an incident")), "{called:?}");
    assert_eq!(world.shop.books.lock().unwrap().seen.len(), 1);
}

#[tokio::test]
async fn a_call_that_did_not_happen_is_judged_anew() {
    let world = World::new().await;
    let args = cancel_args("#W1");
    world.shop.faults(&[Fault::Silent, Fault::Silent, Fault::Silent]);
    drop(world.door.carry_out(&world.ctx(), call("cancel_known", args.clone(), "s1")).await.unwrap());
    assert_eq!(world.writes().await[0].state, store::State::Requested);
    assert_eq!(done(world.call("cancel_known", args, "s1").await)["status"], "cancelled");
    assert_eq!(world.shop.effects().len(), 1);

    // Had it happened, the system says so and nothing is sent.
    let args = cancel_args("#W4");
    drop(world.door.carry_out(&world.ctx(), call("cancel_known", args.clone(), "s2")).await.unwrap());
    let sent = world.shop.books.lock().unwrap().seen.len();
    assert_eq!(done(world.call("cancel_known", args, "s2").await)["status"], "cancelled");
    assert_eq!(world.shop.books.lock().unwrap().seen.len(), sent);
}

#[tokio::test]
async fn one_call_made_twice_at_the_same_time_is_one_effect() {
    let world = World::new().await;
    let args = cancel_args("#W1");
    world.consent("cancel_order", &args).await;
    let ctx = world.ctx();
    let both =
        futures::future::join_all((0..8).map(|_| world.door.call(&ctx, call("cancel_order", args.clone(), "s"))));
    let results = both.await;
    assert_eq!(world.shop.effects().len(), 1);
    for result in &results {
        assert!(matches!(result, Ok(Called::Done { .. }) | Err(Error::Unavailable(_))), "{result:?}");
    }
    assert!(results.iter().any(Result::is_ok));
}

#[tokio::test]
async fn the_systems_own_no_is_final() {
    let world = World::new().await;
    world.consent("cancel_known", &cancel_args("#W77")).await;
    let called = world.call("cancel_known", cancel_args("#W77"), "s1").await;
    assert!(
        matches!(&called, Called::Failed { status: 404, detail, .. } if detail["title"] == "no such order"),
        "{called:?}"
    );
    // Asked again it answers from the record; a new call is a new effect.
    assert!(matches!(world.call("cancel_known", cancel_args("#W77"), "s1").await, Called::Failed { status: 404, .. }));
    assert_eq!(world.shop.books.lock().unwrap().seen.len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_and_huge_answers_are_withheld() {
    let world = World::new().await;
    world.shop.faults(&[Fault::Redirect]);
    assert!(matches!(world.call("cancel_known", cancel_args("#W1"), "s1").await, Called::Failed { status: 307, .. }));
    assert!(world.shop.effects().is_empty());
    world.shop.faults(&[Fault::Huge]);
    assert_eq!(done(world.call("cancel_known", cancel_args("#W1"), "s2").await), Value::Null);
    let stored = world.writes().await.into_iter().find(|e| e.state == store::State::Finished).unwrap();
    assert!(stored.result.unwrap()["withheld"].is_string());
}

#[tokio::test]
async fn facts_that_cannot_be_read_stop_the_call_before_anything_happens() {
    let world = World::new().await;
    world.shop.read_faults(&[Fault::Away; 3]);
    assert!(matches!(cancel(&world, "#W1", "s").await, Called::Unreachable { .. }));
    assert!(world.shop.effects().is_empty());
    assert!(world.writes().await.is_empty());
    done(cancel(&world, "#W1", "s").await);
}

#[tokio::test]
async fn the_stop_switch_stops_ai_at_once_and_people_go_on() {
    let world = World::new().await;
    let lead = world.member("mem_lead", &[Role::AiLead]);
    let engage =
        world.db.write(move |tx| stop::engage(tx, &lead, None, stop::Scope::Action, "cancel_order", "looks odd"));
    engage.await.unwrap();
    let (reason, policies) = refused(cancel(&world, "#W1", "s1").await);
    assert_eq!(policies, ["stop:action:cancel_order"]);
    assert!(reason.contains("looks odd"));
    let person = world.member("mem_1", &[Role::HumanAgent]);
    let called = world.door.call(&person, call("cancel_order", cancel_args("#W1"), "s2")).await.unwrap();
    assert_eq!(done(called)["status"], "cancelled");
}

#[tokio::test]
async fn a_person_without_the_right_is_refused_in_words() {
    let world = World::new().await;
    let auditor = world.member("mem_2", &[Role::Auditor]);
    let called = world.door.call(&auditor, call("get_order", json!({"order_id": "#W1"}), "s")).await.unwrap();
    assert!(refused(called).0.contains("auditor"));
}

#[tokio::test]
async fn the_console_can_ask_before_it_offers_a_button() {
    let world = World::new().await;
    let person = world.member("mem_1", &[Role::HumanAgent]);
    let ask = async |order: &str| {
        world.door.answer_before(&person, call("cancel_order", cancel_args(order), "s")).await.unwrap()
    };
    assert!(ask("#W1").await.allowed);
    assert_eq!(ask("#W2").await.reason, "the order is on its way");
    assert!(world.effects().await.is_empty());
    assert!(world.ledger().await.is_empty());
    // Where a person has to say yes, whose yes it is.
    let moves = call("change_address", json!({"order_id": "#W1", "street": "12 Long Lane"}), "s");
    let asked = world.door.answer_before(&world.ctx(), moves).await.unwrap();
    assert_eq!((asked.allowed, asked.needs_approval, asked.role), (false, true, Some(Role::Supervisor)));
}

#[tokio::test]
async fn an_effect_left_open_is_swept_to_unknown() {
    let world = World::new().await;
    drop(world.door.carry_out(&world.ctx(), call("ring_bell", json!({}), "s")).await.unwrap());
    assert!(world.door.sweep(&world.ctx()).await.unwrap().is_empty());
    world.clock.advance_ms(baton_tools::REQUESTED_MS_MAX + 1);
    assert_eq!(world.door.sweep(&world.ctx()).await.unwrap().len(), 1);
    assert_eq!(world.writes().await[0].state, store::State::Unknown);
}

#[tokio::test]
async fn withheld_arguments_are_in_no_row_and_no_ledger_line() {
    let world = World::new().await;
    let person = world.member("mem_1", &[Role::HumanAgent]);
    let args = json!({"order_id": "#W1", "street": "12 Secret Lane"});
    done(world.door.call(&person, call("change_address", args.clone(), "s")).await.unwrap());
    let writes = world.writes().await;
    assert_eq!(writes[0].args["street"], "[redacted]");
    assert_eq!(writes[0].args_digest, digest_of(&args));
    assert!(!format!("{:?}", world.ledger().await).contains("Secret"));
}
