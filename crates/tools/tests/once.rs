//! What happens once, however often it is asked for: spending, a person's yes, an effect, and its record.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use crate::common;
use crate::common::shop::Fault;
use crate::common::{CASE, World, bundle, call, cancel_args, shop};
use baton_base::{EffectId, Error, WorkItemId};
use baton_db::{Tx, params};
use baton_desk::{DecisionSpec, Form, Kind, Needs, NewItem, OnDone};
use baton_govern::{Ctx, Level, Role};
use baton_tools::{Call, Called, Door, store};
use serde_json::{Value, json};
use std::time::Duration;

fn done(called: Called) -> Value {
    match called {
        Called::Done { result, .. } => result,
        other => panic!("not done: {other:?}"),
    }
}

fn asked(called: Called) -> WorkItemId {
    match called {
        Called::NeedsApproval { work_item, .. } => work_item,
        other => panic!("nobody was asked: {other:?}"),
    }
}

fn refused_by(called: &Called) -> &str {
    match called {
        Called::Refused { policies, .. } => &policies[0],
        other => panic!("not refused: {other:?}"),
    }
}

// ---- spending

const SPEND: &str = "limits:\n  - { of: agent, spend: '.derived.total // 100', most: 20000, per: day }\n";

async fn spent(world: &World) -> i64 {
    let client = world.client.clone();
    let sql = "SELECT COALESCE(SUM(amount), 0) FROM spend WHERE client_id = $1";
    world.db.read(move |tx| tx.query_one(sql, params![client], |row| row.int(0))).await.unwrap()
}

#[tokio::test]
async fn what_fails_and_is_tried_again_is_counted_once() {
    for (name, db) in baton_testkit::databases().await {
        let mut world = World::on(db).await;
        let mut files = bundle(&world.shop.address, &shop::openapi().to_string());
        files.files.insert("limits.yaml".to_owned(), SPEND.to_owned());
        world.door = world.door_of(&files);
        let args = cancel_args("#W1");
        world.consent("cancel_order", &args).await;
        for _ in 0..2 {
            world.shop.faults(&[Fault::Away; 3]);
            let called = world.call("cancel_order", args.clone(), "s").await;
            assert!(matches!(called, Called::Unreachable { .. }), "{name}: {called:?}");
            assert_eq!(spent(&world).await, 0, "{name}");
        }
        done(world.call("cancel_order", args, "s").await);
        assert_eq!(spent(&world).await, 15_244, "{name}");
    }
}

#[tokio::test]
async fn what_may_have_happened_has_spent_and_is_not_counted_again() {
    let world = World::with(&[("limits.yaml", SPEND)]).await;
    let args = cancel_args("#W1");
    world.consent("cancel_order", &args).await;
    world.shop.faults(&[Fault::SilentAfter, Fault::Silent, Fault::Silent]);
    assert!(matches!(world.call("cancel_order", args.clone(), "s").await, Called::Unknown { .. }));
    assert_eq!(spent(&world).await, 15_244);
    done(world.call("cancel_order", args, "s").await);
    assert_eq!(spent(&world).await, 15_244);

    // Cut off, and its system says that it did not happen: judged anew, and still counted once.
    let world = World::with(&[("limits.yaml", SPEND)]).await;
    world.shop.faults(&[Fault::Silent; 3]);
    drop(world.door.carry_out(&world.ctx(), call("cancel_known", cancel_args("#W1"), "s")).await.unwrap());
    assert_eq!(spent(&world).await, 100);
    world.shop.faults(&[Fault::Away; 3]);
    let called = world.call("cancel_known", cancel_args("#W1"), "s").await;
    assert!(matches!(called, Called::Unreachable { .. }), "{called:?}");
    assert_eq!(spent(&world).await, 0);
    done(world.call("cancel_known", cancel_args("#W1"), "s").await);
    assert_eq!(spent(&world).await, 100);

    // Not let through when it is judged anew, it is over, and has spent nothing.
    let world = World::with(&[("limits.yaml", SPEND)]).await;
    world.shop.faults(&[Fault::Silent; 3]);
    drop(world.door.carry_out(&world.ctx(), call("cancel_known", cancel_args("#W1"), "s")).await.unwrap());
    world.level("cancel_known", Level::Observe).await;
    assert_eq!(refused_by(&world.call("cancel_known", cancel_args("#W1"), "s").await), "autonomy:observe");
    assert_eq!((spent(&world).await, world.writes().await[0].state), (0, store::State::Failed));
}

// ---- a person's yes

/// What failed in a run is tried again by somebody; where that takes another's yes, the same try goes on with it.
#[tokio::test]
async fn a_failed_call_that_takes_a_yes_to_be_tried_again_asks_once_and_is_made_once() {
    let world = World::new().await;
    world.open_case().await;
    let run = Some(baton_base::RunId::known("run_1"));
    world.shop.faults(&[Fault::Away; 3]);
    let first = Call { run, ..call("cancel_known", cancel_args("#W1"), "call_1") };
    let first = world.door.call(&world.ctx(), first).await.unwrap();
    assert!(matches!(first, Called::Unreachable { .. }), "{first:?}");
    let effect = world.writes().await[0].id.clone();
    world.level("cancel_known", Level::ActWithApproval).await;
    let again = async || world.door.again(&world.ctx(), &effect, "the shop is back").await.unwrap();
    let item = asked(again().await);
    assert_eq!(asked(again().await), item, "nobody is asked twice");
    assert!(world.shop.effects().is_empty());
    // The yes is good for whoever asked for it: another asks for themselves.
    let other = Ctx::agent(&world.env, &world.client, &baton_base::AgentName::known("other"), "rel_1");
    assert_ne!(asked(world.door.again(&other, &effect, "me too").await.unwrap()), item);
    assert_ne!(asked(again().await), item, "of two who try, the last is waited for");
    let item = asked(again().await);
    world.approve(&item).await;
    done(again().await);
    assert_eq!((world.shop.effects().len(), world.writes().await.len()), (1, 1));
    assert!(world.door.again(&world.ctx(), &effect, "once more").await.is_err(), "it is done");
}

#[tokio::test]
async fn an_approval_is_good_in_the_case_it_was_given_for() {
    let world = World::new().await;
    world.open_case().await;
    let home = || call("change_address", json!({"order_id": "#W1", "street": "12 Long Lane"}), "s");
    let item = asked(world.door.call(&world.ctx(), home()).await.unwrap());
    world.approve(&item).await;
    let elsewhere = Call { case: None, approval: Some(item.clone()), ..home() };
    let run = Some(baton_base::RunId::known("run_1"));
    let in_a_run = Call { run, approval: Some(item.clone()), ..home() };
    for other in [elsewhere, in_a_run] {
        assert_eq!(refused_by(&world.door.call(&world.ctx(), other).await.unwrap()), "door:approval");
    }
    assert!(world.shop.effects().is_empty());
    done(world.door.call(&world.ctx(), Call { approval: Some(item), ..home() }).await.unwrap());
}

#[tokio::test]
async fn an_approval_lets_one_effect_through_also_where_it_takes_up_an_earlier_one() {
    let world = World::new().await;
    world.open_case().await;
    world.level("change_address", Level::Act).await;
    let home = || call("change_address", json!({"order_id": "#W1", "street": "12 Long Lane"}), "s");
    world.shop.faults(&[Fault::Away; 3]);
    assert!(matches!(world.door.call(&world.ctx(), home()).await.unwrap(), Called::Unreachable { .. }));
    world.level("change_address", Level::ActWithApproval).await;
    let item = asked(world.door.call(&world.ctx(), home()).await.unwrap());
    world.approve(&item).await;
    for step in ["s", "t", "u"] {
        let call = Call { approval: Some(item.clone()), step_key: step.to_owned(), ..home() };
        done(world.door.call(&world.ctx(), call).await.unwrap());
    }
    assert_eq!((world.shop.effects().len(), world.writes().await.len()), (1, 1));
}

/// A work item of another kind, in whose form a process has written what an approval has in its own.
fn forged(ctx: &Ctx, args: &Value) -> NewItem {
    let mut form = Form::of(vec![DecisionSpec::new("approve", "Done", "d", &[])]);
    let binding = json!({"action": "change_address", "args_digest": baton_base::digest_of(args),
        "actor": ctx.actor.to_string(), "release": "rel_1", "expires_ms": i64::MAX});
    form.values.insert("approval".to_owned(), binding);
    NewItem {
        kind: Kind::Review,
        queue: None,
        title: "Look at this".to_owned(),
        case: Some(baton_base::CaseId::known(CASE)),
        waiting: None,
        run: None,
        packet: None,
        form,
        needs: Needs::default(),
        priority: 5,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}

#[tokio::test]
async fn a_work_item_that_is_no_approval_lets_nothing_through() {
    let world = World::new().await;
    world.open_case().await;
    let args = json!({"order_id": "#W1", "street": "12 Long Lane"});
    let (ctx, desk) = (world.ctx(), common::desk(&world.client));
    let item = forged(&ctx, &args);
    let write = world.db.write(move |tx| baton_desk::open_item(tx, &ctx, &desk, item.clone()));
    let item = write.await.unwrap();
    // Somebody with no right to approve decides it.
    let (by, of) = (world.colleague("agent", Role::HumanAgent).await, item.clone());
    let seen = move |tx: &mut Tx| {
        baton_desk::claim(tx, &by, &of)?;
        let decision = baton_desk::Decision { decision: "approve".to_owned(), ..Default::default() };
        baton_desk::complete(tx, &by, &of, &decision).map(|_| ())
    };
    world.db.write(seen).await.unwrap();
    let called =
        world.door.call(&world.ctx(), Call { approval: Some(item), ..call("change_address", args, "s") }).await;
    assert!(matches!(called, Ok(Called::Invalid(_))), "{called:?}");
    assert!(world.shop.effects().is_empty());
}

#[tokio::test]
async fn what_was_approved_and_done_from_outside_is_not_done_again_later_or_under_another_release() {
    let world = World::new().await;
    world.open_case().await;
    world.level("ring_bell", Level::ActWithApproval).await;
    let ctx = world.ctx();
    let bell = || outside(call("ring_bell", json!({}), "s"));
    let item = asked(world.door.call(&ctx, bell()).await.unwrap());
    world.approve(&item).await;
    done(world.door.call(&ctx, bell()).await.unwrap());
    world.clock.advance_ms(25 * 60 * 60 * 1000);
    done(world.door.call(&ctx, bell()).await.unwrap());
    let later: Door = world.door_at("rel_2");
    done(later.call(&ctx, bell()).await.unwrap());
    // The task too says what came of it, though its release is not loaded any more.
    let waiting = later.waiting(&ctx, &item).await.unwrap();
    done(later.go_on(&ctx, &waiting).await.unwrap());
    assert_eq!((world.shop.effects().len(), world.writes().await.len()), (1, 1));
    assert_eq!(world.ledger().await.iter().filter(|(kind, _)| kind == "approval.asked").count(), 1);
}

// ---- the record

async fn trigger(world: &World, sql: &'static str) {
    world.db.write(move |tx| tx.execute(sql, params![])).await.unwrap();
}

const NO_OUTCOMES: &str = "CREATE TRIGGER no_outcomes BEFORE UPDATE OF state ON effect WHEN OLD.action = 'cancel_known' \
                           BEGIN SELECT RAISE(ABORT, 'no outcomes today'); END";

#[tokio::test]
async fn only_what_went_out_and_may_be_lost_freezes_a_clients_writes() {
    let world = World::new().await;
    world.open_case().await;
    // What asks for a person cannot be kept: nothing went out, and nothing is frozen.
    let nul = Call {
        via: Some("mcp:token:x".into()),
        ..call("change_address", json!({"order_id": "#W1", "street": "12 Long Lane"}), "a\0b")
    };
    assert!(world.door.call(&world.ctx(), nul).await.is_err());
    done(world.call("ring_bell", json!({}), "s1").await);
    // A read that could not be written down changed nothing.
    let no_reads =
        "CREATE TRIGGER no_reads BEFORE INSERT ON effect WHEN NEW.writes = 0 BEGIN SELECT RAISE(ABORT, 'no'); END";
    trigger(&world, no_reads).await;
    assert!(world.door.call(&world.ctx(), call("get_order", json!({"order_id": "#W1"}), "s")).await.is_err());
    done(world.call("ring_bell", json!({}), "s2").await);
    trigger(&world, "DROP TRIGGER no_reads").await;
    assert_eq!(world.shop.effects().len(), 2);
}

#[tokio::test]
async fn what_is_held_is_written_down_by_the_sweep_and_does_not_freeze_for_ever() {
    let world = World::new().await;
    let known = |order: &str| call("cancel_known", cancel_args(order), "s");
    trigger(&world, NO_OUTCOMES).await;
    assert!(world.door.call(&world.ctx(), known("#W1")).await.is_err());
    assert_eq!(refused_by(&world.call("ring_bell", json!({}), "s1").await), "door:unrecorded");
    trigger(&world, "DROP TRIGGER no_outcomes").await;
    world.door.sweep(&world.ctx()).await.unwrap();
    assert_eq!(world.writes().await[0].state, store::State::Finished);

    // One that can never be written down becomes unknown, and everything else goes on.
    trigger(&world, NO_OUTCOMES).await;
    assert!(matches!(world.door.call(&world.ctx(), known("#W4")).await, Err(Error::Broken(_))));
    world.clock.advance_ms(baton_tools::REQUESTED_MS_MAX + 1);
    done(world.call("ring_bell", json!({}), "s2").await);
    trigger(&world, "DROP TRIGGER no_outcomes").await;
    assert_eq!(world.door.sweep(&world.ctx()).await.unwrap().len(), 1);
}

// ---- what nobody can tell

/// State and title of the work items that ask somebody to find out.
async fn asking(world: &World) -> Vec<(String, String)> {
    let client = world.client.clone();
    let sql = "SELECT state, title FROM work_item WHERE client_id = $1 AND kind = 'review' ORDER BY work_item_id";
    world.db.read(move |tx| tx.query(sql, params![client], |row| Ok((row.text(0)?, row.text(1)?)))).await.unwrap()
}

#[tokio::test]
async fn what_nobody_can_tell_has_an_owner_until_it_is_settled() {
    for (name, db) in baton_testkit::databases().await {
        let world = World::on(db).await;
        world.open_case().await;
        world.shop.faults(&[Fault::SilentAfter]);
        let Called::Unknown { effect, .. } = world.call("ring_bell", json!({}), "s").await else { panic!("{name}") };
        // Sent again nobody knows more, and nobody else is asked.
        assert!(matches!(world.call("ring_bell", json!({}), "s").await, Called::Unknown { .. }));
        let asked = asking(&world).await;
        assert_eq!(asked.len(), 1, "{name}: {asked:?}");
        assert!(asked[0].0 == "waiting" && asked[0].1.contains("Ring the bell"), "{name}: {asked:?}");
        let (person, of) = (world.member("mem_1", &[Role::HumanAgent]), effect.clone());
        world.db.write(move |tx| baton_tools::settle(tx, &person, &of, true, "heard it")).await.unwrap();
        assert_eq!(asking(&world).await[0].0, "cancelled", "{name}");
        // What they say to the house is not told to whoever calls.
        assert_eq!(done(world.call("ring_bell", json!({}), "s").await), json!({"settled": true}), "{name}");

        // Nor is one that was cut off left to nobody.
        drop(world.door.carry_out(&world.ctx(), call("ring_bell", json!({}), "t")).await.unwrap());
        world.clock.advance_ms(baton_tools::REQUESTED_MS_MAX + 1);
        assert_eq!(world.door.sweep(&world.ctx()).await.unwrap().len(), 1);
        assert_eq!(asking(&world).await.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn what_nobody_can_tell_of_a_runs_call_that_was_tried_again_has_an_owner_too() {
    let world = World::new().await;
    world.open_case().await;
    world.shop.faults(&[Fault::Away; 3]);
    let run = Some(baton_base::RunId::known("run_1"));
    let first = Call { run, ..call("ring_bell", json!({}), "call_1") };
    let first = world.door.call(&world.ctx(), first).await.unwrap();
    assert!(matches!(first, Called::Unreachable { .. }), "{first:?}");
    let effect = world.writes().await[0].id.clone();
    world.shop.faults(&[Fault::SilentAfter]);
    let again = world.door.again(&world.ctx(), &effect, "the bell is back").await.unwrap();
    assert!(matches!(again, Called::Unknown { .. }), "{again:?}");
    let asked = asking(&world).await;
    assert!(asked.len() == 1 && asked[0].0 == "waiting", "the run waits for it no more: {asked:?}");
}

async fn settle(world: &World, by: Ctx, effect: &EffectId, happened: bool) -> baton_base::Result<()> {
    let effect = effect.clone();
    world.db.write(move |tx| baton_tools::settle(tx, &by, &effect, happened, "looked there")).await
}

#[tokio::test]
async fn what_did_not_happen_is_settled_once_made_again_and_counted_once() {
    for (name, db) in baton_testkit::databases().await {
        let mut world = World::on(db).await;
        let mut files = bundle(&world.shop.address, &shop::openapi().to_string());
        files.files.insert("limits.yaml".to_owned(), SPEND.to_owned());
        world.door = world.door_of(&files);
        world.open_case().await;
        world.shop.faults(&[Fault::Silent]);
        let Called::Unknown { effect, .. } = world.call("ring_bell", json!({}), "s").await else { panic!("{name}") };
        assert_eq!(spent(&world).await, 100, "{name}");
        let old = world.writes().await.remove(0);
        let no = settle(&world, world.ctx(), &effect, false).await;
        assert!(matches!(no, Err(Error::Refused { .. })), "{name}: {no:?}");
        let person = world.member("mem_1", &[Role::Supervisor]);
        settle(&world, person.clone(), &effect, false).await.unwrap();
        let no = settle(&world, person, &effect, false).await;
        assert!(matches!(no, Err(Error::Conflict(_))), "{name}: {no:?}");
        // Whoever read it before somebody else settled it does not settle it too.
        let client = world.client.clone();
        let late = move |tx: &mut Tx| store::settle(tx, &client, &old, store::State::Finished, &json!({}), 1);
        assert!(!world.db.write(late).await.unwrap(), "{name}");
        assert_eq!((spent(&world).await, world.shop.effects().len()), (0, 0), "{name}");
        for _ in 0..2 {
            done(world.call("ring_bell", json!({}), "s").await);
        }
        assert_eq!((spent(&world).await, world.shop.effects().len()), (100, 1), "{name}");
    }
}

#[tokio::test]
async fn whoever_has_not_found_out_is_followed_by_another_and_a_late_outcome_ends_it() {
    let world = World::new().await;
    world.open_case().await;
    world.shop.faults(&[Fault::SilentAfter]);
    assert!(matches!(world.call("ring_bell", json!({}), "s").await, Called::Unknown { .. }));
    let by = world.colleague("boss", Role::Supervisor).await;
    let seen = move |tx: &mut Tx| {
        let sql = "SELECT work_item_id FROM effect_review WHERE client_id = $1";
        let item: WorkItemId = tx.query_one(sql, params![by.client], |row| row.id(0))?;
        baton_desk::claim(tx, &by, &item)?;
        let decision = baton_desk::Decision { decision: "seen".to_owned(), ..Default::default() };
        baton_desk::complete(tx, &by, &item, &decision).map(|_| ())
    };
    world.db.write(seen).await.unwrap();
    world.clock.advance_ms(10);
    let Called::Unknown { effect, .. } = world.call("ring_bell", json!({}), "s").await else {
        panic!("it is not known")
    };
    let states: Vec<String> = asking(&world).await.into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["done", "waiting"]);
    settle(&world, world.member("mem_1", &[Role::Supervisor]), &effect, true).await.unwrap();

    let late = world.door.carry_out(&world.ctx(), call("ring_bell", json!({}), "t")).await.unwrap();
    world.clock.advance_ms(baton_tools::REQUESTED_MS_MAX + 1);
    assert_eq!(world.door.sweep(&world.ctx()).await.unwrap().len(), 1);
    assert_eq!(asking(&world).await[2].0, "waiting");
    done(world.db.write(move |tx| late(tx)).await.unwrap());
    assert_eq!(asking(&world).await[2].0, "cancelled");
}

#[tokio::test]
async fn what_a_system_is_asked_about_a_lost_call_is_withheld_as_that_read_withholds_it() {
    for cut_off in [false, true] {
        let world = World::new().await;
        let args = cancel_args("#W1");
        world.shop.faults(&[Fault::SilentAfter, Fault::Silent, Fault::Silent]);
        if cut_off {
            drop(world.door.carry_out(&world.ctx(), call("cancel_known", args.clone(), "s")).await.unwrap());
        }
        let result = done(world.call("cancel_known", args, "s").await);
        assert_eq!((&result["status"], &result["card"]), (&json!("cancelled"), &json!("[redacted]")), "{cut_off}");
        assert!(!format!("{:?}", world.writes().await).contains("4111 1111"), "{cut_off}");
    }
}

#[tokio::test]
async fn a_call_goes_on_when_whoever_made_it_is_gone() {
    let world = World::new().await;
    world.shop.faults(&[Fault::SilentAfter]);
    let ctx = world.ctx();
    let gone =
        tokio::time::timeout(Duration::from_millis(150), world.door.call(&ctx, call("ring_bell", json!({}), "s")));
    assert!(gone.await.is_err(), "it was still under way");
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(world.writes().await[0].state, store::State::Unknown);
}

// ---- calls from outside that wait

fn outside(call: Call) -> Call {
    Call { via: Some("mcp:token:x".into()), ..call }
}

#[tokio::test]
async fn two_equal_calls_at_once_ask_one_person() {
    for (name, db) in baton_testkit::databases().await {
        let world = World::on(db).await;
        world.open_case().await;
        world.level("ring_bell", Level::ActWithApproval).await;
        let ctx = world.ctx();
        let carry_out = || world.door.carry_out(&ctx, outside(call("ring_bell", json!({}), "s")));
        let (first, second) = (carry_out().await.unwrap(), carry_out().await.unwrap());
        let (first, second) = (world.db.write(move |tx| first(tx)).await, world.db.write(move |tx| second(tx)).await);
        assert_eq!(asked(first.unwrap()), asked(second.unwrap()), "{name}");
        assert_eq!(world.ledger().await.iter().filter(|(kind, _)| kind == "approval.asked").count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_task_whose_arguments_are_not_kept_ends_with_the_decision() {
    let world = World::new().await;
    world.open_case().await;
    let ctx = world.ctx();
    let home = |street: &str| outside(call("change_address", json!({"order_id": "#W1", "street": street}), "s"));
    let state = async |item: &WorkItemId| {
        let waiting = world.door.waiting(&ctx, item).await.unwrap();
        world.door.go_on(&ctx, &waiting).await.unwrap()
    };
    let approved = asked(world.door.call(&ctx, home("1 Long Lane")).await.unwrap());
    assert!(matches!(state(&approved).await, Called::NeedsApproval { .. }));
    world.approve(&approved).await;
    let Called::Invalid(error) = state(&approved).await else { panic!("it does not say what to do") };
    assert!(error.to_string().contains("send the same call again"), "{error}");
    done(world.door.call(&ctx, home("1 Long Lane")).await.unwrap());
    done(state(&approved).await);

    let late = asked(world.door.call(&ctx, home("2 Long Lane")).await.unwrap());
    world.clock.advance_ms(25 * 60 * 60 * 1000);
    let Called::Refused { reason, .. } = state(&late).await else { panic!("it goes on for ever") };
    assert!(reason.contains("expired"), "{reason}");
}

#[tokio::test]
async fn an_erased_case_leaves_no_arguments_of_calls_that_waited() {
    let world = World::new().await;
    world.open_case().await;
    world.level("cancel_known", Level::ActWithApproval).await;
    let args = cancel_args("#W1");
    asked(world.door.call(&world.ctx(), outside(call("cancel_known", args, "s"))).await.unwrap());
    let (client, case) = (world.client.clone(), baton_base::CaseId::known(CASE));
    world.db.write(move |tx| baton_tools::erase_case(tx, &client, &case)).await.unwrap();
    let client = world.client.clone();
    let sql = "SELECT COALESCE(args, ''), reason FROM waiting_call WHERE client_id = $1";
    let read = world.db.read(move |tx| tx.query(sql, params![client], |row| Ok((row.text(0)?, row.text(1)?))));
    assert_eq!(read.await.unwrap(), [(String::new(), String::new())]);
}
