//! An agent of the shop whose model calls actions: through the real door, at the real shop.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{Chat, need, world};
use crate::common::{SHOP, TestApp, databases};
use crate::voice::put_live;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_demo::world::{Need, NeedKind, RetailWorld};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const TOOLS: &str = "tools: [{ action: get_order_details, calls_max: 6 }, { action: cancel_pending_order, calls_max: 3, confirm: confirm_cancel }]\n";
const CANCEL: &str = "document: { dsl: 1.0.3, namespace: retail-support, name: cancel, version: 1.0.0, title: Cancel an order, summary: By a model. }
do:
  - act:
      call: agent-turn
      with:
        agent: concierge
        goal: act
        intent: cancel_order
        text: '${ $workflow.input.need.text }'
        message_id: '${ $workflow.input.need.message_id }'
        data: { user_id: '${ $workflow.input.user.user_id }' }
      export: { as: '${ . }' }
output: { as: '${ { outcome: $context.outcome } }' }
";

#[derive(Clone, Default)]
struct Model {
    script: Arc<Mutex<VecDeque<Value>>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Model {
    /// A model that reads nothing, and where it may call functions plays its script.
    async fn serve(&self) -> Models {
        let app = Router::new().route("/v1/chat/completions", post(reply)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let model = format!("openai:test-model@http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Models::of(ModelConfig::parse(&model).unwrap())
    }

    /// What it was told last in its n-th request.
    fn told(&self, n: usize) -> String {
        let asked = self.asked.lock().unwrap();
        asked[n]["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned()
    }
}

async fn reply(State(model): State<Model>, Json(body): Json<Value>) -> Response {
    let said =
        |message: Value| Json(json!({"choices": [{"message": message, "finish_reason": "stop"}]})).into_response();
    if body["tools"].is_null() {
        return said(json!({"role": "assistant", "content": "{}"}));
    }
    model.asked.lock().unwrap().push(body);
    let next = model.script.lock().unwrap().pop_front();
    next.map_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response(), said)
}

fn call(name: &str, args: &Value) -> Value {
    let function = json!({"name": name, "arguments": args.to_string()});
    json!({"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]})
}

fn cancel(order: &str) -> Value {
    call("cancel_pending_order", &json!({"order_id": order, "reason": "no longer needed"}))
}

fn finish(order: &str) -> Value {
    let message = format!("Order {order} is cancelled.");
    call("finish", &json!({"outcome": "done", "summary": "It is cancelled.", "message": message}))
}

/// The shop whose orders are cancelled by a model that plays a script; `autonomy` is the file of the release.
async fn shop<const N: usize>(
    name: &'static str,
    url: Option<String>,
    script: [Value; N],
    autonomy: &str,
) -> (TestApp, Model) {
    let model = Model::default();
    model.script.lock().unwrap().extend(script);
    let app = TestApp::start_with(name, url, model.serve().await).await;
    put_live(&app, |bundle| {
        bundle.files.get_mut("agents/concierge.yaml").unwrap().push_str(TOOLS);
        let shop = bundle.files.get_mut("connectors/shop.yaml").unwrap();
        *shop = shop.replace("title: Look at an order,", "title: Look at an order, redact: [/result/address],");
        bundle.files.insert("processes/cancel.yaml".to_owned(), CANCEL.to_owned());
        bundle.files.insert("autonomy.yaml".to_owned(), autonomy.to_owned());
    })
    .await;
    (app, model)
}

/// A pending order of somebody else.
fn of_another(world: &RetailWorld, need: &Need) -> String {
    let other = |order: &&baton_demo::shop::Order| order.user_id != need.user_id && json!(order.status) == "pending";
    world.shop.orders.values().find(other).unwrap().order_id.clone()
}

/// Says who they are where they are asked, until they are asked for a yes to the cancelling of this order.
async fn until_asked_about(chat: &mut Chat, order: &str, need: &Need) {
    loop {
        let news = chat.answer().await;
        if news.iter().any(|text| text.contains(&format!("I would cancel order {order}"))) {
            return;
        }
        if news.iter().any(|text| text.contains("e-mail address")) {
            chat.say(&need.email).await;
        }
    }
}

/// Waits until this is said, whatever else is.
async fn until_said(chat: &mut Chat, text: &str) {
    while !chat.answer().await.iter().any(|said| said == text) {}
}

async fn state(app: &TestApp, order: &str) -> Value {
    app.system(&app.systems.addresses.shop, &format!("/_state/orders/{}", order.replace('#', "%23"))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_acts_for_its_customer_and_what_it_wants_beyond_that_the_door_refuses() {
    let world = world();
    for (name, url) in databases().await {
        let need = need(&world, NeedKind::Cancel);
        let (own, other) = (need.steps[0].order_id.clone().unwrap(), of_another(&world, need));
        let script = [
            call("get_order_details", &json!({"order_id": other})),
            call("get_order_details", &json!({"order_id": own})),
            cancel(&other),
            cancel(&own),
            finish(&own),
        ];
        let (app, model) = shop(name, url, script, "default: act\n").await;
        let before = state(&app, &other).await;
        let mut chat = Chat::open(&app).await;
        chat.say(&need.opening).await;
        until_asked_about(&mut chat, &other, need).await;
        assert!(model.told(1).starts_with("Not done (refused)"), "{name}: {}", model.told(1));
        assert!(model.told(2).contains(&own), "{name}: {}", model.told(2));
        let is_withheld = model.told(2).contains("[redacted]") && !model.told(2).contains("address1");
        assert!(is_withheld, "{name}: what is not written down is not told: {}", model.told(2));
        chat.say("yes").await;
        until_asked_about(&mut chat, &own, need).await;
        assert!(model.told(3).starts_with("Not done (refused)"), "{name}: {}", model.told(3));
        chat.say("yes").await;
        until_said(&mut chat, &format!("Order {own} is cancelled.")).await;

        assert_eq!(state(&app, &other).await, before, "{name}: nothing of another customer's has changed");
        assert_eq!(state(&app, &own).await["value"]["status"], "cancelled", "{name}");
        let supervisor = app.member("supervisor@baton.example").await;
        let effects = supervisor.get(&format!("/api/v1/clients/{SHOP}/effects?case={}", chat.case)).await.ok();
        let writes: Vec<_> = effects.items().iter().filter(|effect| effect["writes"] == true).collect();
        assert_eq!(writes.len(), 1, "{name}: one change, once: {writes:#?}");
        assert_eq!(writes[0]["permit"]["actor"]["kind"], "agent", "{name}: in the agent's name");
        assert_eq!(writes[0]["permit"]["confirmed"], true, "{name}");
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let why = supervisor.get(&format!("{case}/reasons")).await.ok().text;
        assert!(
            why.contains("tool_calls") && why.contains("Not done (refused)"),
            "{name}: what was asked, and why not"
        );
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_model_wants_waits_for_a_persons_approval_and_is_done_with_it_once() {
    let world = world();
    for (name, url) in databases().await {
        let need = need(&world, NeedKind::Cancel);
        let own = need.steps[0].order_id.clone().unwrap();
        let (app, model) = shop(name, url, [cancel(&own), finish(&own)], "default: act_with_approval\n").await;
        let mut chat = Chat::open(&app).await;
        chat.say(&need.opening).await;
        until_asked_about(&mut chat, &own, need).await;
        chat.say("yes").await;
        let supervisor = app.member("supervisor@baton.example").await;
        let list = format!("/api/v1/work-items?client={SHOP}&case={}", chat.case);
        let items = supervisor.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
        assert_eq!(items["items"][0]["kind"], "approval", "{name}");
        assert_eq!(state(&app, &own).await["value"]["status"], "pending", "{name}: not before a person has said yes");
        assert_eq!(model.asked.lock().unwrap().len(), 1, "{name}");
        let path = format!("/api/v1/clients/{SHOP}/work-items/{}", items["items"][0]["id"].as_str().unwrap());
        supervisor.post(&format!("{path}/claim"), &json!({})).await.ok();
        let yes = json!({"decision": "approve", "fields": {}, "note": ""});
        supervisor.post(&format!("{path}/complete"), &yes).await.ok();
        until_said(&mut chat, &format!("Order {own} is cancelled.")).await;
        assert_eq!(state(&app, &own).await["value"]["status"], "cancelled", "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_that_the_catalogue_does_not_know_or_that_want_a_yes_are_refused_with_the_release() {
    let mut overlay =
        baton_clients::read_overlay(&crate::common::root().join(format!("demo/overlays/{SHOP}.yaml"))).unwrap();
    overlay.parameters.insert("shop_url".to_owned(), "http://127.0.0.1:9".into());
    let folder = crate::common::root().join("blueprints").join(&overlay.blueprint);
    let (bundle, _) = baton_clients::assemble(&folder, &overlay).unwrap();
    for (tools, why) in [
        ("tools: [{ action: fly_to_the_moon }]\n", Some("no such action")),
        ("tools: [{ action: cancel_pending_order }]\n", Some("wants the customer's yes")),
        (TOOLS, None),
    ] {
        let mut bundle = bundle.clone();
        bundle.files.get_mut("agents/concierge.yaml").unwrap().push_str(tools);
        let found = baton_server::parts::accepted(&bundle).err().unwrap_or_default();
        let told: Vec<_> = found.iter().map(|one| one.message.as_str()).collect();
        match why {
            Some(why) => assert!(told.iter().any(|one| one.contains(why)), "{tools}: {told:?}"),
            None => assert!(told.is_empty(), "{told:?}"),
        }
    }
}
