//! A person's yes: asked for by the door, given at the desk, good for exactly one call; from a run and from a button.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use crate::common;
use crate::common::World;
use crate::common::shop::Fault;
use baton_base::{Bundle, CaseId, Error, ReleaseId, RunId, Versions, WorkItemId};
use baton_desk::Decision;
use baton_govern::{Ctx, Role};
use baton_runs::{Processes, Runs, RunsBuilder};
use baton_tools::{ActionFunction, Call, Called, Door};
use serde_json::{Value, json};
use std::sync::Arc;

const PROCESS: &str = r#"
document: { dsl: 1.0.3, namespace: test, name: move, version: 1.0.0 }
do:
  - change:
      try:
        - act:
            call: action
            with: { action: "${ .action }", args: "${ .args }", agent: concierge }
      catch:
        as: error
        do:
          - tell:
              set: { error: "${ $error }" }
"#;

struct Office {
    world: World,
    runs: Runs,
    processes: Arc<Versions<Processes>>,
}

impl Office {
    async fn open() -> Self {
        let world = World::new().await;
        let files = [("processes/move.yaml".to_owned(), PROCESS.to_owned())].into_iter().collect();
        let processes = Processes::load(&Bundle { files, ..Bundle::default() }, &["action"]).unwrap();
        let versions = Arc::new(Versions::default());
        versions.put_live(&world.client, &ReleaseId::known("rel_1"), Arc::new(processes));
        let runs = RunsBuilder::new(world.db.clone(), Arc::clone(&world.env), Arc::clone(&versions))
            .function(ActionFunction::new(world.door.clone()))
            .build();
        Self { world, runs, processes: versions }
    }

    async fn start(&self, action: &str, args: Value) -> RunId {
        let (ctx, processes) = (Ctx::system(&self.world.env, &self.world.client, "test"), Arc::clone(&self.processes));
        let input = json!({"action": action, "args": args});
        let write = self.world.db.write(move |tx| baton_runs::start(tx, &ctx, &processes, "move", None, input));
        let run = write.await.unwrap();
        self.settle().await;
        run
    }

    async fn settle(&self) {
        while self.runs.turn_once().await.unwrap() {}
    }

    async fn output(&self, run: &RunId) -> Value {
        let (client, run) = (self.world.client.clone(), run.clone());
        let sql = "SELECT status, output FROM run WHERE client_id = $1 AND run_id = $2";
        let read = self
            .world
            .db
            .read(move |tx| tx.query_one(sql, baton_db::params![client, run], |r| Ok((r.text(0)?, r.json_opt(1)?))));
        let (status, output) = read.await.unwrap();
        output.unwrap_or_else(|| json!(status))
    }

    async fn asked(&self) -> Vec<WorkItemId> {
        let client = self.world.client.clone();
        let sql = "SELECT work_item_id FROM work_item WHERE client_id = $1 AND state = 'waiting' ORDER BY work_item_id";
        self.world.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.id(0))).await.unwrap()
    }

    async fn decide(&self, who: &Ctx, item: &WorkItemId, decision: &str) -> Result<(), Error> {
        let (who, item, decision) = (who.clone(), item.clone(), decision.to_owned());
        let write = self.world.db.write(move |tx| {
            baton_desk::claim(tx, &who, &item)?;
            let mut made = Decision { decision: decision.clone(), ..Decision::default() };
            if decision == "reject" {
                made.fields.insert("reason".into(), json!("not this one"));
            }
            baton_desk::complete(tx, &who, &item, &made).map(|_| ())
        });
        write.await
    }
}

fn new_home() -> Value {
    json!({"order_id": "#W1", "street": "12 Long Lane"})
}

#[tokio::test]
async fn a_run_waits_for_the_yes_and_goes_on_through_the_same_door() {
    let office = Office::open().await;
    let run = office.start("change_address", new_home()).await;
    assert_eq!(office.output(&run).await, "waiting");
    assert!(office.world.shop.effects().is_empty());
    let asked = office.asked().await;
    assert_eq!(asked.len(), 1);

    // Not everybody may say yes.
    let agent = office.world.colleague("agent", Role::HumanAgent).await;
    assert!(matches!(office.decide(&agent, &asked[0], "approve").await, Err(Error::Refused { .. })));

    let supervisor = office.world.colleague("supervisor", Role::Supervisor).await;
    office.decide(&supervisor, &asked[0], "approve").await.unwrap();
    office.settle().await;
    assert_eq!(office.output(&run).await, json!({"address": {"street": "12 Long Lane"}}));
    let writes = office.world.writes().await;
    assert_eq!(writes[0].permit["approved_by"], json!(supervisor.member_id()));
    assert_eq!(writes[0].permit["autonomy"], "act_with_approval");
    let kinds: Vec<_> = office.world.ledger().await.into_iter().map(|(kind, _)| kind).collect();
    for kind in ["approval.asked", "work_item.opened", "action.requested", "action.finished"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} in {kinds:?}");
    }
}

#[tokio::test]
async fn a_no_reaches_the_process_with_its_reason() {
    let office = Office::open().await;
    let run = office.start("change_address", new_home()).await;
    let supervisor = office.world.colleague("supervisor", Role::Supervisor).await;
    let asked = office.asked().await;
    office.decide(&supervisor, &asked[0], "reject").await.unwrap();
    office.settle().await;
    let error = office.output(&run).await["error"].clone();
    assert_eq!(error["type"], "urn:baton:error:rejected");
    assert_eq!(error["detail"], "not this one");
    assert!(office.world.shop.effects().is_empty());
}

#[tokio::test]
async fn the_facts_are_read_again_after_the_yes() {
    let office = Office::open().await;
    let run = office.start("change_address", new_home()).await;
    let supervisor = office.world.colleague("supervisor", Role::Supervisor).await;
    let asked = office.asked().await;
    // Meanwhile the order is gone.
    office.world.shop.books.lock().unwrap().orders.remove("#W1");
    office.decide(&supervisor, &asked[0], "approve").await.unwrap();
    office.settle().await;
    assert_eq!(office.output(&run).await["error"]["type"], "urn:baton:error:refused");
    assert!(office.world.shop.effects().is_empty());
}

#[tokio::test]
async fn what_a_process_can_catch() {
    let office = Office::open().await;
    let kind = async |action: &str, args: Value| {
        let run = office.start(action, args).await;
        office.output(&run).await["error"]["type"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(kind("cancel_order", common::cancel_args("#W2")).await, "urn:baton:error:refused");
    assert_eq!(kind("cancel_order", common::cancel_args("#W5")).await, "urn:baton:error:escalation");
    assert_eq!(kind("cancel_order", json!({"order_id": "#W1"})).await, "urn:baton:error:invalid");
    assert_eq!(kind("no_such_thing", json!({})).await, "urn:baton:error:invalid");
    assert_eq!(kind("cancel_known", common::cancel_args("#W77")).await, "urn:baton:error:system");
    office.world.shop.faults(&[Fault::Away; 3]);
    assert_eq!(kind("cancel_known", common::cancel_args("#W1")).await, "urn:baton:error:communication");
    office.world.shop.faults(&[Fault::Silent]);
    assert_eq!(kind("ring_bell", json!({})).await, "urn:baton:error:outcome-unknown");
    let run = office.start("get_order", json!({"order_id": "#W1"})).await;
    assert_eq!(office.output(&run).await["items"][0]["price"], 15094);
}

/// A call outside any run, made again with the approval it was given.
#[tokio::test]
async fn an_approval_is_good_for_exactly_one_call() {
    let office = Office::open().await;
    let (door, agent): (&Door, Ctx) = (&office.world.door, office.world.ctx());
    let press = async |args: Value, approval: Option<&WorkItemId>, step: &str| {
        let call = Call {
            action: "change_address".to_owned(),
            args,
            step_key: step.to_owned(),
            approval: approval.cloned(),
            ..Call::default()
        };
        door.call(&agent, call).await.unwrap()
    };
    let Called::NeedsApproval { work_item, role, .. } = press(new_home(), None, "s1").await else { panic!("no item") };
    assert_eq!(role, Role::Supervisor);
    let why = |called: Called| match called {
        Called::Refused { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert!(why(press(new_home(), Some(&work_item), "s1").await).contains("nobody has decided"));
    let supervisor = office.world.colleague("supervisor", Role::Supervisor).await;
    office.decide(&supervisor, &work_item, "approve").await.unwrap();

    let other = json!({"order_id": "#W1", "street": "1 Elsewhere"});
    assert!(why(press(other, Some(&work_item), "s1").await).contains("another call"));
    assert!(matches!(press(new_home(), Some(&work_item), "s1").await, Called::Done { .. }));
    // Used again it is still that one call.
    assert!(matches!(press(new_home(), Some(&work_item), "s2").await, Called::Done { .. }));
    assert_eq!(office.world.shop.effects().len(), 1);
}

#[tokio::test]
async fn a_yes_that_comes_too_late_is_no_yes() {
    let office = Office::open().await;
    let run = office.start("change_address", new_home()).await;
    let supervisor = office.world.colleague("supervisor", Role::Supervisor).await;
    let asked = office.asked().await;
    office.world.clock.advance_ms(25 * 60 * 60 * 1000);
    office.decide(&supervisor, &asked[0], "approve").await.unwrap();
    office.settle().await;
    let error = office.output(&run).await["error"].clone();
    assert!(error["detail"].as_str().unwrap().contains("expired"), "{error}");
    assert!(office.world.shop.effects().is_empty());
}

#[tokio::test]
async fn whoever_approves_sees_what_is_different_from_the_last_request() {
    let office = Office::open().await;
    office.world.open_case().await;
    let agent = office.world.ctx();
    let ask = async |order: &str, street: &str, step: &str| {
        let call = Call {
            action: "change_address".to_owned(),
            args: json!({"order_id": order, "street": street}),
            step_key: step.to_owned(),
            case: Some(CaseId::known(common::CASE)),
            ..Call::default()
        };
        match office.world.door.call(&agent, call).await.unwrap() {
            Called::NeedsApproval { work_item, .. } => work_item,
            other => panic!("{other:?}"),
        }
    };
    let shown = async |item: &WorkItemId| {
        let (ctx, item) = (Ctx::system(&office.world.env, &office.world.client, "test"), item.clone());
        office.world.db.read(move |tx| baton_desk::detail(tx, &ctx, &item)).await.unwrap()
    };
    let first = ask("#W1", "12 Long Lane", "s1").await;
    let alone = shown(&first).await;
    // What an action withholds it withholds from whoever approves, too.
    let seen = json!({"order_id": "#W1", "street": "[redacted]"});
    assert_eq!((alone.before, &alone.form.values["args"]), (None, &seen));
    office.world.clock.advance_ms(1_000);
    let second = ask("#W2", "7 Short Lane", "s2").await;
    let again = shown(&second).await;
    let last = again.before.unwrap();
    let first_again = first.clone();
    assert_eq!((last.id, last.args, last.decision), (first, seen, None));
    assert_eq!(again.form.values["args"]["order_id"], "#W2");

    // Whoever has looked at a request is compared with what they saw, and told what they have not seen of the rest.
    let look = async |who: &Ctx, item: &WorkItemId| {
        let (who, item) = (who.clone(), item.clone());
        office.world.db.write(move |tx| baton_desk::look(tx, &who, &item)).await.unwrap()
    };
    let before = async |who: &Ctx, item: &WorkItemId| {
        let (who, item) = (who.clone(), item.clone());
        office.world.db.read(move |tx| baton_desk::detail(tx, &who, &item)).await.unwrap().before.unwrap()
    };
    let boss = office.world.colleague("boss", Role::Supervisor).await;
    let other = office.world.colleague("other", Role::Supervisor).await;
    assert!(look(&boss, &first_again).await);
    let system = Ctx::system(&office.world.env, &office.world.client, "test");
    assert!(!look(&system, &first_again).await, "only people look");
    office.world.clock.advance_ms(1_000);
    let third = ask("#W1", "9 Side Lane", "s3").await;
    let mine = before(&boss, &third).await;
    assert_eq!((&mine.id, mine.unseen, mine.seen_ms.is_some()), (&first_again, 1, true));
    assert_eq!(mine.args["order_id"], "#W1");
    let theirs = before(&other, &third).await;
    assert_eq!((&theirs.id, theirs.unseen, theirs.seen_ms), (&second, 0, None), "another's look is none of theirs");
    look(&boss, &second).await;
    assert_eq!(before(&boss, &third).await.id, second);
}
