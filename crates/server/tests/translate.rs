//! Messages of a case translated for a person by a loopback model, what that costs on every screen, and no model at all.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{Caller, SHOP, TestApp, databases};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_db::params;
use baton_server::demo::seed;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::timeout;

type Asked = Arc<Mutex<Vec<Value>>>;

/// Translates everything into the same words, and reads nothing for agents.
async fn translator() -> (Models, Asked) {
    translator_after(Duration::ZERO).await
}

/// The same, which takes so long to translate.
async fn translator_after(wait: Duration) -> (Models, Asked) {
    let asked = Asked::default();
    let answer = move |State(asked): State<Asked>, Json(body): Json<Value>| async move {
        let translates = body["messages"][0]["content"].as_str().unwrap().contains("You translate");
        if translates {
            asked.lock().unwrap().push(body);
            tokio::time::sleep(wait).await;
        }
        let content = if translates { "Where is my parcel?" } else { "I read nothing" };
        let choice = json!({"message": {"role": "assistant", "content": content}, "finish_reason": "stop"});
        Json(json!({"choices": [choice], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}))
    };
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let model = ModelConfig::parse(&format!("openai:test-model@{url}")).unwrap();
    (Models::of(model.at(Some("0.25/2.00 USD".parse().unwrap()))), asked)
}

async fn first_message(caller: &Caller, case: &str) -> Value {
    let timeline = caller.get(&format!("/api/v1/clients/{SHOP}/cases/{case}/timeline")).await.ok();
    timeline.items().iter().find(|item| item["kind"] == "message").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_reads_a_message_in_their_language_and_the_original_stays_what_is_stored() {
    for (name, url) in databases().await {
        let (models, asked) = translator().await;
        let app = TestApp::start_with(name, url, models).await;
        let mut chat = Chat::open(&app).await;
        chat.say("Wo ist mein Paket?").await;
        chat.answer().await;
        let agent = app.member("agent@baton.example").await;
        let path = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let shown = agent.get(&path).await.ok().body;
        assert_eq!(shown["translates"], true, "{name}");
        let message = first_message(&agent, &chat.case).await;
        let translate = format!("{path}/translate");
        let body = json!({"message": message["id"], "to": "en"});
        let done = agent.post(&translate, &body).await.ok().body;
        assert_eq!(done, json!({"text": "Where is my parcel?", "to": "en", "model": "openai/test-model"}), "{name}");
        assert_eq!(first_message(&agent, &chat.case).await["body"], "Wo ist mein Paket?", "{name}");

        // A draft is translated, masked as all that is stored, and sent by nobody.
        let draft = json!({"text": "Paid with 4111 1111 1111 1111, it is on its way", "to": "de"});
        agent.post(&translate, &draft).await.ok();
        let timeline = agent.get(&format!("{path}/timeline")).await.ok().text;
        assert!(!timeline.contains("on its way") && !timeline.contains("Where is my parcel"), "{name}: {timeline}");
        let asked = asked.lock().unwrap().clone();
        let prompts: Vec<&str> = asked.iter().map(|body| body["messages"][1]["content"].as_str().unwrap()).collect();
        assert_eq!(prompts[0], "<message>\nWo ist mein Paket?\n</message>", "{name}: this message and nothing else");
        assert!(prompts[1].contains("it is on its way") && !prompts[1].contains("1111 1111"), "{name}: {prompts:?}");

        let auditor = app.member("auditor@baton.example").await;
        auditor.post(&translate, &body).await.problem(403);
        assert_eq!(auditor.get(&path).await.ok().body["translates"], false, "{name}");
        for (body, status) in [
            (json!({"message": "msg_of_nobody", "to": "en"}), 404),
            (json!({"message": message["id"], "text": "both", "to": "en"}), 400),
            (json!({"to": "en"}), 400),
            (json!({"message": message["id"], "to": "german"}), 400),
            (json!({"text": "x".repeat(9_000), "to": "en"}), 413),
        ] {
            agent.post(&translate, &body).await.problem(status);
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_translation_that_nobody_waited_for_is_kept_with_its_cost_all_the_same() {
    let (models, asked) = translator_after(Duration::from_secs(1)).await;
    let app = TestApp::start_with("sqlite", None, models).await;
    let mut chat = Chat::open(&app).await;
    chat.say("I would like to cancel an order").await;
    chat.answer().await;
    let agent = app.member("agent@baton.example").await;
    let translate = format!("/api/v1/clients/{SHOP}/cases/{}/translate", chat.case);
    let lead = app.member("ai-lead@baton.example").await;
    let report = format!("/api/v1/performance?client={SHOP}");
    let wrote = async || lead.get(&report).await.ok().body["totals"]["tokens_out"].as_i64().unwrap();
    let before = wrote().await;
    let asking = tokio::spawn(async move {
        agent.post(&translate, &json!({"text": "It is on its way", "to": "de"})).await;
    });
    let is_asked = async {
        while asked.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), is_asked).await.is_ok());
    // The page is closed while the model writes.
    asking.abort();
    let kept = async {
        while wrote().await != before + 100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), kept).await.is_ok(), "what the model was paid for is in the report");
    assert_eq!(asked.lock().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_in_a_merged_case_is_kept_with_that_case_and_goes_with_its_customer() {
    let (models, _) = translator().await;
    let app = TestApp::start_with("sqlite", None, models).await;
    let (mut first, mut second) = (Chat::open(&app).await, Chat::open(&app).await);
    for chat in [&mut first, &mut second] {
        chat.say("Hello, I have a question about my order.").await;
        chat.answer().await;
    }
    let agent = app.member("agent@baton.example").await;
    let of = |case: &str| format!("/api/v1/clients/{SHOP}/cases/{case}");
    agent.post(&format!("{}/take", of(&first.case)), &json!({})).await.ok();
    let order = json!({"into": first.case, "other_customer": true, "reason": "one person"});
    agent.post(&format!("{}/merge", of(&second.case)), &order).await.ok();
    let timeline = agent.get(&format!("{}/timeline", of(&first.case))).await.ok();
    let theirs = |item: &&Value| item["kind"] == "message" && item["from"]["case"] == json!(second.case);
    let message = timeline.items().iter().find(theirs).unwrap()["id"].clone();
    let body = json!({"message": message, "to": "de"});
    agent.post(&format!("{}/translate", of(&first.case)), &body).await.ok();
    let kept = app.house.db.read(|tx| {
        let sql = "SELECT case_id FROM model_exchange WHERE client_id = $1 AND agent = 'translation'";
        tx.query(sql, params![SHOP], |r| r.text(0))
    });
    assert_eq!(kept.await.unwrap(), [second.case.clone()]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_models_cost_is_on_the_floor_in_the_report_and_in_the_command() {
    let (models, _) = translator().await;
    let app = TestApp::start_with("sqlite", None, models).await;
    let mut chat = Chat::open(&app).await;
    chat.say("I would like to cancel an order").await;
    chat.answer().await;
    let agent = app.member("agent@baton.example").await;
    let message = first_message(&agent, &chat.case).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["case", "translate", "--client", SHOP, "--to", "en", "--url", app.url.as_str()]);
    command.args(["--email", "agent@baton.example", chat.case.as_str(), message["id"].as_str().unwrap()]);
    let ran = command.env("BATON_PASSWORD", seed::PASSWORD).env_remove("BATON_TOKEN").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(said.trim(), "Where is my parcel?", "{}", String::from_utf8_lossy(&ran.stderr));

    let lead = app.member("ai-lead@baton.example").await;
    let report = lead.get(&format!("/api/v1/performance?client={SHOP}")).await.ok().body;
    let cost = &report["totals"]["cost"][0];
    // At least the agent's reading and the translation: 1,000 tokens read and 100 written are 0.00045 USD each.
    let exchanges = report["totals"]["tokens_out"].as_i64().unwrap() / 100;
    assert!(exchanges >= 2, "{report:#}");
    assert_eq!(cost["currency"], "USD");
    let wanted = baton_base::Cost::new(i128::from(exchanges) * 450_000_000, baton_base::Currency::USD).amount();
    assert_eq!((&cost["amount"], &cost["per_attempt"]), (&json!(wanted), &json!(wanted)), "{report:#}");
    assert_eq!((&cost["per_resolution"], &report["totals"]["unpriced"]), (&Value::Null, &json!(0)));
    let table = lead.get(&format!("/api/v1/performance.csv?client={SHOP}")).await.ok().text;
    assert!(table.contains(&format!("{wanted} USD")), "{table}");

    let floor = lead.get("/api/v1/floor").await.ok().body;
    let of = |list: &str, of: &dyn Fn(&Value) -> bool| {
        floor[list].as_array().unwrap().iter().find(|row| of(row)).map_or(Value::Null, |row| row["cost"].clone())
    };
    let client = of("clients", &|row| row["client"] == SHOP);
    assert_eq!(client["hour"], json!([{"amount": wanted, "currency": "USD"}]), "{floor:#}");
    assert_eq!(client["people_hour"], Value::Null, "nobody has said what people cost");
    let concierge = of("actors", &|row| row["kind"] == "agent" && row["client"] == SHOP);
    assert_eq!(concierge["priced"], true, "{floor:#}");
    let catalogue = lead.get("/api/v1/kpis").await.ok();
    assert!(catalogue.items().iter().any(|kpi| kpi["id"] == "model_cost_per_resolution" && kpi["unit"] == "money"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_model_nothing_is_offered_and_asking_says_what_to_do() {
    let app = TestApp::start("sqlite", None).await;
    let mut chat = Chat::open(&app).await;
    chat.say("I would like to cancel an order").await;
    chat.answer().await;
    let agent = app.member("agent@baton.example").await;
    let path = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
    assert_eq!(agent.get(&path).await.ok().body["translates"], false);
    let refused = agent.post(&format!("{path}/translate"), &json!({"text": "hello", "to": "de"})).await;
    assert!(refused.problem(409).body["detail"].as_str().unwrap().contains("--model"), "{}", refused.text);
    let lead = app.member("ai-lead@baton.example").await;
    let report = lead.get(&format!("/api/v1/performance?client={SHOP}")).await.ok().body;
    assert_eq!((&report["totals"]["cost"], &report["money"]), (&json!([]), &json!([])), "and not 0");
    app.stop().await;
}
