//! Agents with a language model: a loopback server of the OpenAI format, good, nonsensical and absent.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{NOW_MS, World, bundle, client, one_turn};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_base::{Actor, CaseId, CustomerId, IdSource, ManualClock, MemberId, Result};
use baton_db::{Db, Tx, params};
use baton_govern::{Ctx, Env, Role};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";

pub(crate) type Asked = Arc<Mutex<Vec<Value>>>;

/// A server that answers every chat with `content`; what it was asked is kept.
async fn model(content: &str) -> (Models, Asked) {
    let usage = json!({"prompt_tokens": 120, "completion_tokens": 30});
    let (model, asked) = answering(content, usage).await;
    (Models::of(model), asked)
}

/// The same as a model to configure, with the tokens that it says it took.
pub(crate) async fn answering(content: &str, usage: Value) -> (ModelConfig, Asked) {
    let asked = Asked::default();
    let choice = json!({"message": {"role": "assistant", "content": content}, "finish_reason": "stop"});
    let reply = json!({"choices": [choice], "usage": usage});
    let answer = |State((asked, reply)): State<(Asked, Value)>, Json(body): Json<Value>| async move {
        asked.lock().unwrap().push(body);
        Json(reply)
    };
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state((asked.clone(), reply));
    (listening(app).await, asked)
}

async fn served(app: Router) -> Models {
    Models::of(listening(app).await)
}

pub(crate) async fn listening(app: Router) -> ModelConfig {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    ModelConfig::parse(&format!("openai:test-model@{url}")).unwrap()
}

async fn exchanges(w: &World) -> Vec<(String, Value, i64)> {
    w.db.read(|tx| {
        let sql = "SELECT model, reply, tokens_in FROM model_exchange WHERE client_id = $1";
        tx.query(sql, params![client()], |r| Ok((r.text(0)?, r.json(1)?, r.int(2)?)))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_model_helps_where_local_reading_does_not_know() {
    let (models, asked) =
        model(r##"Sure: {"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), models).await;
    let case = w.write("kindly make #W1234567 vanish from this world").await;
    let out = w.output(&case).await;
    assert_eq!((&out["intent"], &out["fields"]["order_id"]), (&json!("cancel_order"), &json!("#W1234567")));
    let written = exchanges(&w).await;
    assert_eq!((written.len(), written[0].0.as_str(), written[0].2), (1, "openai/test-model", 120));
    let asked = asked.lock().unwrap();
    assert!(asked[0]["messages"][1]["content"].as_str().unwrap().contains("vanish"));
}

#[tokio::test]
async fn personal_data_is_shown_to_no_model_where_the_operator_wants_it_so_and_is_read_all_the_same() {
    let (models, asked) = model(READING).await;
    let models = models.redacting("email".parse().unwrap());
    let w = World::new("retail-support", &one_turn(UNDERSTAND), models).await;
    let case = w.write("kindly make #W1234567 vanish from this world, I am ada@example.org").await;
    let out = w.output(&case).await;
    assert_eq!((&out["intent"], &out["fields"]["order_id"]), (&json!("cancel_order"), &json!("#W1234567")));
    let asked = asked.lock().unwrap()[0]["messages"].to_string();
    assert!(asked.contains("[email-1]") && !asked.contains("ada@example.org"), "{asked}");
    let (ctx, of) = (w.ctx(), case.clone());
    let why = w.db.read(move |tx| baton_agents::reasons(tx, &ctx, &of)).await.unwrap();
    let kept = format!("{:?}", why.exchanges);
    assert!(kept.contains("[email-1]") && !kept.contains("ada@example.org"), "nor is it kept with it: {kept}");
}

#[tokio::test]
async fn what_a_model_invents_is_not_taken() {
    let reply = r##"{"intent": "transfer_all_money", "confidence": 1.0, "fields": {"order_id": "#W9999999"}}"##;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), model(reply).await.0).await;
    let case = w.write("please cancel my order").await;
    let out = w.output(&case).await;
    assert_eq!(out["intent"], "cancel_order");
    assert!(out["fields"]["order_id"].is_null(), "an order that the customer did not name: {out}");
}

#[tokio::test]
async fn a_model_cannot_say_yes_for_the_customer() {
    let with = "{ agent: concierge, goal: confirm, action: a, args: {}, template: confirm_cancel, data: { order_id: x, reason: y } }";
    let (models, asked) = model(r#"{"outcome": "confirmed", "yes": true}"#).await;
    let w = World::new("retail-support", &one_turn(with), models).await;
    let case = w.write("hi").await;
    w.write("hmm let me think about it").await;
    assert!(w.case(&case).await.fields["output"].is_null());
    assert!(asked.lock().unwrap().is_empty());
}

type Happens = fn(&mut Tx, &Ctx) -> Result<()>;

/// A person takes the case.
fn taken(tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    let sql = "SELECT case_id FROM case_file WHERE client_id = $1";
    let case: CaseId = tx.query_one(sql, params![client()], |r| r.id(0))?;
    baton_cases::hand_over(tx, ctx, &case, &Actor::system("queue:front"))
}

/// Another worker takes the call.
fn given_away(tx: &mut Tx, _: &Ctx) -> Result<()> {
    tx.execute("UPDATE run_call SET attempts = attempts + 1 WHERE client_id = $1", params![client()]).map(|_| ())
}

/// A server during whose first answer something happens.
async fn interrupted(db: &Db, content: &str, happens: Happens) -> Models {
    let reply = json!({"choices": [{"message": {"role": "assistant", "content": content}}],
                       "usage": {"prompt_tokens": 120, "completion_tokens": 30}});
    let env = Env::new(ManualClock::at(NOW_MS), Arc::new(IdSource::seeded(5)));
    let ctx = Ctx::system(&env, &client(), "desk");
    let answer = move |State((db, ctx, happened, reply)): State<(Db, Ctx, Arc<AtomicBool>, Value)>| async move {
        if !happened.swap(true, Ordering::SeqCst) {
            db.write(move |tx| happens(tx, &ctx)).await.unwrap();
        }
        Json(reply)
    };
    let state = (db.clone(), ctx, Arc::new(AtomicBool::new(false)), reply);
    served(Router::new().route("/v1/chat/completions", post(answer)).with_state(state)).await
}

#[tokio::test]
async fn an_agent_that_was_reading_when_a_person_took_the_case_goes_on_when_it_is_given_back() {
    let db = baton_testkit::sqlite().await;
    let reply = r##"{"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
    let models = interrupted(&db, reply, taken).await;
    let w = World::on(db, "retail-support", &one_turn(UNDERSTAND), models);
    let case = w.write("kindly make #W1234567 vanish from this world").await;
    assert!(w.case(&case).await.fields["output"].is_null(), "nothing is decided while a person has it");
    w.give_back(&case, false).await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
}

/// A person takes the case, answers, and gives it back.
fn answered(tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    let sql = "SELECT case_id FROM case_file WHERE client_id = $1";
    let case: CaseId = tx.query_one(sql, params![client()], |r| r.id(0))?;
    let max = MemberId::known("mem_max");
    baton_cases::hand_over(tx, ctx, &case, &Actor::Member { id: max.clone() })?;
    let member = Ctx::member(ctx.env(), &client(), &max, &[Role::HumanAgent]);
    baton_cases::say(tx, &member, &case, "I have done that.", &[])?;
    baton_cases::give_back(tx, ctx, &case, &Actor::system("process"), true)
}

#[tokio::test]
async fn what_a_person_answered_while_an_agent_was_reading_it_is_theirs() {
    let db = baton_testkit::sqlite().await;
    let reply = r##"{"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
    let models = interrupted(&db, reply, answered).await;
    let w = World::on(db, "retail-support", &one_turn("{ agent: concierge, goal: understand }"), models);
    let case = w.write("hi").await;
    w.write("kindly make #W1234567 vanish from this world").await;
    assert!(w.case(&case).await.fields["output"].is_null(), "the customer has the next word");
    w.write("and #W1234567 too, make it vanish").await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
}

#[tokio::test]
async fn without_a_working_model_language_is_read_locally() {
    let silent = Models::of(ModelConfig::parse("openai:gone@http://127.0.0.1:9/v1").unwrap());
    for (models, exchanged) in [(silent, 1), (model("I am a teapot").await.0, 2)] {
        let w = World::new("retail-support", &one_turn(UNDERSTAND), models).await;
        let case = w.write("where is my order #W1234567?").await;
        assert_eq!(w.output(&case).await["intent"], "order_status");
        assert_eq!(exchanges(&w).await.len(), exchanged, "what failed is journalled too; nonsense is asked about once");
    }
}

#[tokio::test]
async fn what_a_model_took_is_kept_also_where_the_run_no_longer_hears_of_it() {
    let db = baton_testkit::sqlite().await;
    let models = interrupted(&db, "{}", given_away).await;
    let w = World::on(db, "retail-support", &one_turn(UNDERSTAND), models);
    let case = w.write("kindly make #W1234567 vanish from this world").await;
    assert!(w.case(&case).await.fields["output"].is_null(), "what came of it is the other worker's to say");
    let kept = exchanges(&w).await;
    assert_eq!((kept.len(), kept[0].2), (1, 120));
}

#[tokio::test]
async fn what_was_erased_while_a_model_was_asked_does_not_come_back_with_its_answer() {
    let db = baton_testkit::sqlite().await;
    let models = interrupted(&db, "{}", |tx, ctx| {
        let sql = "SELECT customer_id FROM case_file WHERE client_id = $1";
        let customer: CustomerId = tx.query_one(sql, params![client()], |r| r.id(0))?;
        baton_cases::erase(tx, &ctx.client, &customer, ctx.now_ms()).map(|_| ())
    })
    .await;
    let w = World::on(db, "retail-support", &one_turn(UNDERSTAND), models);
    w.write("kindly make #W1234567 vanish from this world").await;
    let kept = exchanges(&w).await;
    assert_eq!((kept.len(), &kept[0].1, kept[0].2), (1, &Value::Null, 120), "what it cost stays alone");
}

#[tokio::test]
async fn what_a_model_was_shown_is_kept_whatever_the_customer_wrote() {
    let w = World::new("retail-support", &one_turn(UNDERSTAND), model("{}").await.0).await;
    // As the subject of a case stands whose words were erased.
    w.write("(erased)").await;
    let kept = exchanges(&w).await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].1.to_string().contains("assistant"), "{}", kept[0].1);
}

const READING: &str = r##"{"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
const VANISH: &str = "kindly make #W1234567 vanish from this world";

/// A server that answers with these contents one after the other; what it was asked is kept.
async fn in_turn(contents: &[&str]) -> (ModelConfig, Asked) {
    let asked = Asked::default();
    let contents: Arc<Vec<String>> = Arc::new(contents.iter().map(|&one| one.to_owned()).collect());
    let answer = |State((asked, contents)): State<(Asked, Arc<Vec<String>>)>, Json(body): Json<Value>| async move {
        let mut asked = asked.lock().unwrap();
        let content = contents.get(asked.len()).cloned().unwrap_or_default();
        asked.push(body);
        Json(json!({"choices": [{"message": {"role": "assistant", "content": content}}]}))
    };
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state((asked.clone(), contents));
    (listening(app).await, asked)
}

#[tokio::test]
async fn a_reply_that_is_not_of_the_form_is_mended_once_by_the_model_itself() {
    let (model, asked) = in_turn(&["cancel_order, I would say {", READING]).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model)).await;
    let case = w.write(VANISH).await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    let (ctx, of) = (w.ctx(), case.clone());
    let why = w.db.read(move |tx| baton_agents::reasons(tx, &ctx, &of)).await.unwrap();
    assert_eq!((why.readings.len(), why.exchanges.len()), (1, 2), "{why:#?}");
    let read = &why.readings[0];
    assert_eq!((read.intent.as_deref(), read.goal.as_str(), read.turns), (Some("cancel_order"), "understand", 1));
    assert!(read.confidence.unwrap() > 0.9 && read.threshold < 0.9, "{read:?}");
    assert!(read.message.is_some() && why.exchanges[0].reply.to_string().contains("I would say"), "{why:#?}");
    let asked = asked.lock().unwrap();
    let again = asked[1]["messages"][1]["content"].as_str().unwrap();
    assert!(again.contains("vanish") && again.contains("<reply>\ncancel_order, I would say {\n</reply>"), "{again}");
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn where_a_model_fails_the_next_one_is_asked() {
    let (second, asked) = in_turn(&[READING]).await;
    let mut files = bundle("retail-support", &one_turn(UNDERSTAND));
    let url = second.base_url.clone().unwrap();
    let third = "{ provider: openai, model: third, base_url: 'http://127.0.0.1:9/v1' }";
    let fallbacks = format!("fallbacks: [{{ provider: openai, model: second, base_url: '{url}' }}, {third}]\n");
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(&fallbacks);
    let silent = Models::of(ModelConfig::parse("openai:gone@http://127.0.0.1:9/v1").unwrap());
    let w = World::of(baton_testkit::sqlite().await, &files, silent);
    let case = w.write(VANISH).await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    assert_eq!(asked.lock().unwrap().len(), 1);
    let mut journal = exchanges(&w).await;
    journal.sort_by(|a, b| a.0.cmp(&b.0));
    let of: Vec<_> = journal.iter().map(|one| (one.0.as_str(), one.1["error"].is_string())).collect();
    assert_eq!(of, [("openai/gone", true), ("openai/second", false)], "and the third is not needed");
}
