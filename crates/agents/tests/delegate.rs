//! An agent hands a case to another by itself, and that one goes on where the process names the first.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, one_turn};
use crate::model::answering;
use baton_agents::Models;
use baton_base::{Actor, Bundle};
use baton_cases::CaseState;
use baton_db::Tx;
use serde_json::{Value, json};

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";

/// A process that finds out what is needed, and then asks for the order, as the agent named in it; `intent` of the second.
fn serve(intent: &str) -> String {
    format!(
        "document: {{ dsl: '1.0.3', namespace: test, name: test, version: '1.0.0' }}
do:
  - understand:
      call: agent-turn
      with: {UNDERSTAND}
      export: {{ as: '${{ . }}' }}
  - collect:
      call: agent-turn
      with: {{ agent: concierge, goal: collect, intent: {intent}, fields: {{ order_id: {{}} }} }}
  - note:
      call: record
      with: {{ fields: {{ agent: '${{ $context.agent }}' }} }}
"
    )
}

/// The shop with two more agents: one takes cancellations, one whatever it is handed.
fn files(process: &str, delegates: &str) -> Bundle {
    let mut files = bundle("retail-support", process);
    let more = format!("delegates_to: {delegates}\n");
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(&more);
    for (name, takes) in [("closer", "takes: [cancel_order]\n"), ("circle", "takes: [cancel_order]\n"), ("helper", "")]
    {
        let agent = format!("name: {name}\ntitle: The {name}\nrole: Helps.\n{takes}");
        files.files.insert(format!("agents/{name}.yaml"), agent);
    }
    files
}

async fn shop(process: &str, delegates: &str, models: Models) -> World {
    World::of(baton_testkit::sqlite().await, &files(process, delegates), models)
}

fn handed(w: &World) -> Vec<Value> {
    w.handed.lock().unwrap().clone()
}

#[tokio::test]
async fn a_need_is_handed_to_who_takes_it_and_they_go_on_as_themselves() {
    let w = shop(&serve("cancel_order"), "[closer]", Models::none()).await;
    let case = w.write("please cancel my order").await;
    let passed = handed(&w);
    assert_eq!(passed.len(), 1);
    assert_eq!((&passed[0]["from"], &passed[0]["to"]), (&json!("concierge"), &json!("closer")));
    assert!(passed[0]["reason"].as_str().unwrap().contains("The closer"), "{passed:?}");
    assert_eq!(w.last_reply(&case).await.author.name, "closer", "who was handed it asks for the order");
    let held = w.case(&case).await.row;
    assert_eq!((held.actor.name.as_str(), held.intent.as_deref()), ("closer", Some("cancel_order")));
    w.write("it is #W1234567").await;
    assert_eq!(w.case(&case).await.fields["agent"], "closer", "the process hears who has it");
    assert_eq!(handed(&w).len(), 1);
}

#[tokio::test]
async fn a_need_that_nobody_takes_stays_and_one_that_was_handed_over_comes_back_with_another() {
    let w = shop(&serve("order_status"), "[closer]", Models::none()).await;
    let case = w.write("please cancel my order").await;
    assert_eq!(handed(&w).len(), 1);
    assert_eq!(w.last_reply(&case).await.author.name, "concierge", "that is no need of the closer's");

    let w = shop(&one_turn(UNDERSTAND), "[closer]", Models::none()).await;
    let case = w.write("where is my order #W1234567?").await;
    let out = w.output(&case).await;
    assert_eq!((&out["intent"], &out["agent"]), (&json!("order_status"), &Value::Null));
    assert!(handed(&w).is_empty());
}

#[tokio::test]
async fn a_case_that_a_person_has_is_handed_to_no_agent() {
    let w = shop(&one_turn(UNDERSTAND), "[closer]", Models::none()).await;
    let case = w.take_in("please cancel my order").await;
    let (ctx, of) = (w.ctx(), case.clone());
    let taken = move |tx: &mut Tx| baton_cases::hand_over(tx, &ctx, &of, &Actor::system("queue:front"));
    w.db.write(taken).await.unwrap();
    w.settle().await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    assert!(handed(&w).is_empty());
    assert_eq!(w.case(&case).await.row.actor.name, "queue:front");
}

#[tokio::test]
async fn whoever_had_the_case_is_handed_it_anew_where_the_first_agent_has_spoken_since() {
    let mut files = files(&one_turn(UNDERSTAND), "[closer]");
    let gift = "guidelines:\n  - { name: gift, when: { words: [birthday] }, then: { say: gift_note } }\n";
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(gift);
    files.files.get_mut("templates/en.yaml").unwrap().push_str("\ngift_note: Birthday orders are cancelled at once.\n");
    let w = World::of(baton_testkit::sqlite().await, &files, Models::none());
    let case = w.take_in("I want to cancel my order #W1234567, please. It was for a birthday.").await;
    let (ctx, of) = (w.ctx(), case.clone());
    let closer = Actor::Agent { name: "closer".parse().unwrap(), version: "rel_1".to_owned() };
    let given = move |tx: &mut Tx| baton_cases::assign(tx, &ctx, &of, &closer, CaseState::Open);
    w.db.write(given).await.unwrap();
    w.settle().await;
    assert_eq!(w.last_reply(&case).await.author.name, "concierge");
    assert_eq!(w.output(&case).await["agent"], "closer");
    assert_eq!((handed(&w).len(), w.case(&case).await.row.actor.name.as_str()), (1, "closer"));
}

#[tokio::test]
async fn agents_that_pass_a_case_round_are_stopped_as_by_the_function_handoff() {
    let w = shop(&one_turn(UNDERSTAND), "[circle]", Models::none()).await;
    let case = w.write("please cancel my order").await;
    assert_eq!(w.error(&case).await["title"], "loop");
}

#[tokio::test]
async fn a_model_may_name_who_takes_over_among_those_that_the_file_names() {
    let check = async |to: &str, delegates: &str, wanted: Option<&str>| {
        let reply = json!({"intent": "cancel_order", "confidence": 0.93, "to": to}).to_string();
        let (model, asked) = answering(&reply, Value::Null).await;
        let w = shop(&one_turn(UNDERSTAND), delegates, Models::of(model)).await;
        w.write("please cancel my order").await;
        let passed = handed(&w);
        assert_eq!(passed.first().and_then(|one| one["to"].as_str()), wanted, "{to} of {delegates}");
        let system = asked.lock().unwrap()[0]["messages"][0]["content"].as_str().unwrap().to_owned();
        assert!(system.contains("- helper: The helper. Takes: any need"), "{system}");
    };
    check("helper", "[closer, helper]", Some("helper")).await;
    check("concierge", "[closer, helper]", Some("closer")).await;
    check("closer", "[helper]", None).await;
}
