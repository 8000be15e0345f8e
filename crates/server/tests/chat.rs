//! A customer in the shop's chat, and the people and policies behind it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{Chat, need, world};
use crate::common::sse::Events;
use crate::common::{Caller, SHOP, TestApp, databases};
use baton_base::{CaseId, ClientId};
use baton_db::Tx;
use baton_demo::play::Customer;
use baton_demo::world::NeedKind;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_cancels_an_order_and_every_effect_has_its_permit() {
    let world = world();
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let need = need(&world, NeedKind::Cancel);
        let order = need.steps[0].order_id.clone().unwrap();
        let mut chat = Chat::open(&app).await;
        chat.say(&need.opening).await;
        chat.talk(&mut Customer::new(need, &world.shop), async |_| false).await;

        let path = format!("/_state/orders/{}", order.replace('#', "%23"));
        let after = app.system(&app.systems.addresses.shop, &path).await;
        assert_eq!(after["value"], json!(need.expected.orders[0]), "{name}");

        let supervisor = app.member("supervisor@baton.example").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let shown = supervisor.get(&case).await.ok().body;
        assert_eq!(shown["intent"], "cancel_order", "{name}");
        assert!(!shown["identity"].is_null(), "{name}: {shown:#}");
        let effects = supervisor.get(&format!("/api/v1/clients/{SHOP}/effects?case={}", chat.case)).await.ok();
        assert!(effects.items().len() >= 3, "{name}: identity, order and change: {}", effects.text);
        for effect in effects.items() {
            let permit = &effect["permit"];
            assert!(!permit["policies"].as_array().unwrap().is_empty(), "{name}: {effect:#}");
            let actor = if effect["writes"] == true { "agent" } else { permit["actor"]["kind"].as_str().unwrap() };
            assert_eq!(permit["actor"]["kind"], actor, "{name}: the AI changes things in its own name: {effect:#}");
            assert_eq!(effect["case"], json!(chat.case), "{name}");
        }
        let writes: Vec<_> = effects.items().iter().filter(|effect| effect["writes"] == true).collect();
        assert_eq!(writes.len(), 1, "{name}: one change, once");
        assert_eq!(
            (&writes[0]["action"], &writes[0]["state"]),
            (&json!("cancel_pending_order"), &json!("finished")),
            "{name}"
        );

        let timeline = supervisor.get(&format!("{case}/timeline")).await.ok();
        for kind in ["message", "event", "task"] {
            assert!(timeline.items().iter().any(|item| item["kind"] == kind), "{name}: no {kind}");
        }
        let why = supervisor.get(&format!("{case}/reasons")).await.ok().body;
        let readings = why["readings"].as_array().unwrap();
        let read = readings.iter().find(|one| one["goal"] == "understand" && one["intent"] == "cancel_order");
        let read = read.unwrap_or_else(|| panic!("{name}: {why:#}"));
        assert!(read["confidence"].as_f64().unwrap() >= read["threshold"].as_f64().unwrap(), "{name}: {read:#}");
        assert!(timeline.items().iter().any(|item| item["id"] == read["message"]), "{name}: {read:#}");
        assert!(!read["evidence"]["others"].as_array().unwrap().is_empty(), "{name}: {read:#}");
        assert_eq!((&read["failures"], &read["guidelines"]), (&json!(0), &json!([])), "{name}: {read:#}");
        assert_eq!(why["exchanges"], json!([]), "{name}: no model is configured");
        app.stop().await;
    }
}

/// The work of a case is found by the intent of the case, which the release names.
async fn found_by_intent(agent: &Caller, case: &str, item: &Value) {
    let intent = agent.get(&format!("/api/v1/clients/{SHOP}/cases/{case}")).await.ok().body["intent"].clone();
    let named = agent.get("/api/v1/intents").await.ok();
    let here = |one: &&Value| one["client"] == SHOP && one["id"] == intent && one["title"].is_string();
    assert_eq!(named.items().iter().filter(here).count(), 1, "{intent}: {}", named.text);
    let of = async |intent: &str| agent.get(&format!("/api/v1/work-items?client={SHOP}&intent={intent}")).await.ok();
    assert!(of(intent.as_str().unwrap()).await.items().iter().any(|one| one["id"] == *item), "{intent}");
    assert!(of("return_items").await.items().iter().all(|one| one["id"] != *item), "{intent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_takes_over_and_gives_back_and_the_ai_finishes() {
    let world = world();
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let need = need(&world, NeedKind::Cancel);
        let mut chat = Chat::open(&app).await;
        chat.say(&need.opening).await;
        chat.answer().await;
        chat.caller.post(&format!("{}/person", chat.path), &json!({})).await.ok();

        let agent = app.member("agent@baton.example").await;
        let list = format!("/api/v1/work-items?client={SHOP}&case={}", chat.case);
        let items = agent.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
        let item = items["items"][0].clone();
        assert_eq!((&item["kind"], &item["trigger"]), (&json!("takeover"), &json!("customer_asks")), "{name}");
        found_by_intent(&agent, &chat.case, &item["id"]).await;
        let path = format!("/api/v1/clients/{SHOP}/work-items/{}", item["id"].as_str().unwrap());
        agent.post(&format!("{path}/claim"), &json!({})).await.ok();
        let supervisor = app.member("supervisor@baton.example").await;
        supervisor.post(&format!("{path}/claim"), &json!({})).await.problem(409);
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        assert_eq!(agent.get(&case).await.ok().body["state"], "with_person", "{name}");
        let packet = agent.get(&path).await.ok().body["packet"].clone();
        assert!(!packet.is_null(), "{name}: the person knows what happened");

        let events = format!("{}/events?token={}", chat.path, chat.token);
        let mut stream = Events::open(&app.nobody(), &events, None).await;
        stream.until(|event| event.name == "message").await;
        assert_eq!(agent.post(&format!("{case}/writing"), &json!({})).await.ok().body["told"], true, "{name}");
        stream.until(|event| event.name == "writing").await;

        chat.news().await;
        let reply = json!({"text": "Hello, this is Sam. The assistant can do this for you.", "external_id": "reply-1"});
        let first = agent.post(&format!("{case}/messages"), &reply).await.ok().body;
        let again = agent.post(&format!("{case}/messages"), &reply).await.ok().body;
        assert_eq!(first["id"], again["id"], "{name}: pressing twice says it once");
        assert_eq!(chat.answer().await, ["Hello, this is Sam. The assistant can do this for you."], "{name}");
        let back = json!({"decision": "return_to_ai", "fields": {"instruction": "cancel the order"}, "note": ""});
        agent.post(&format!("{path}/complete"), &back).await.ok();
        agent.until(&case, |case| case["state"] != "with_person").await;

        chat.say(&need.opening).await;
        chat.talk(&mut Customer::new(need, &world.shop), async |_| false).await;
        let order = need.steps[0].order_id.clone().unwrap();
        let after =
            app.system(&app.systems.addresses.shop, &format!("/_state/orders/{}", order.replace('#', "%23"))).await;
        assert_eq!(after["value"], json!(need.expected.orders[0]), "{name}: {:#?}", chat.messages().await);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_goes_on_after_the_last_message_and_nothing_is_said_twice() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut live = Events::open(&supervisor, "/api/v1/events", None).await;
        assert_eq!(live.next().await.name, "hello", "{name}");
        let auditor = app.member("agent@baton.example").await;
        let mut shop_only = Events::open(&auditor, "/api/v1/events", None).await;

        let mut chat = Chat::open(&app).await;
        let events = format!("{}/events?token={}", chat.path, chat.token);
        let mut stream = Events::open(&app.nobody(), &events, None).await;
        let sent = chat.say("Hello, I have a question about my order.").await;
        let own = stream.next().await;
        assert_eq!(
            (&own.name, &own.data["id"], &own.data["author"]),
            (&"message".to_owned(), &sent["id"], &json!("customer")),
            "{name}"
        );
        let answer = stream.next().await;
        assert_eq!(answer.data["author"], "agent", "{name}");
        assert!(answer.data["name"].as_str().is_some_and(|n| !n.is_empty()), "{name}: an agent has a name");
        drop(stream);

        let mut resumed = Events::open(&app.nobody(), &events, Some(&own.id)).await;
        let next = resumed.next().await;
        assert_eq!(next.id, answer.id, "{name}: goes on after the last one that was seen");
        let again = chat
            .caller
            .post(
                &format!("{}/messages", chat.path),
                &json!({"text": "Hello, I have a question about my order.", "external_id": "m1"}),
            )
            .await
            .ok();
        assert_eq!((&again.body["id"], &again.body["duplicate"]), (&sent["id"], &json!(true)), "{name}");
        let later = chat.messages().await;
        assert_eq!(later.iter().filter(|m| m["author"] == "customer").count(), 1, "{name}");

        let told = live.until(|event| event.data["kind"] == "message.sent").await;
        assert_eq!((&told.data["client"], &told.data["case"]), (&json!(SHOP), &json!(chat.case)), "{name}");
        shop_only.until(|event| event.data["case"] == json!(chat.case)).await;
        let wrong = app.nobody().get(&format!("{}/events?token=00", chat.path)).await;
        wrong.problem(401);
        app.bearer(&Chat::open(&app).await.token).get(&format!("{}/messages", chat.path)).await.problem(401);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_of_a_stopped_ai_gets_a_person_and_nothing_of_the_inside() {
    let world = world();
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let stop = json!({"client": SHOP, "scope": "action", "target": "cancel_pending_order", "reason": "a drill"});
        supervisor.post("/api/v1/stop-switch", &stop).await.ok();
        let need = need(&world, NeedKind::Cancel);
        let mut chat = Chat::open(&app).await;
        chat.say(&need.opening).await;
        let list = format!("/api/v1/work-items?client={SHOP}&case={}", chat.case);
        let has_owner = async |_: &[String]| !supervisor.get(&list).await.ok().items().is_empty();
        chat.talk(&mut Customer::new(need, &world.shop), has_owner).await;
        let said = serde_json::to_string_pretty(&chat.messages().await).unwrap();
        let item = supervisor.get(&list).await.ok();
        assert_eq!(item.items().len(), 1, "{name}: nobody owns what the AI may not do: {said}");
        for inside in ["a drill", "mem_", "stopped by"] {
            assert!(!said.contains(inside), "{name}: the customer reads '{inside}': {said}");
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_reads_along_while_a_person_has_the_case_and_says_nothing() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("Hello, I would like to cancel an order").await;
        chat.answer().await;
        chat.caller.post(&format!("{}/person", chat.path), &json!({})).await.ok();
        let agent = app.member("agent@baton.example").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        agent.until(&case, |case| case["state"] == "with_person").await;
        chat.say("How long does a refund take to a credit card?").await;
        let shadow =
            |why: &Value| why["readings"].as_array().unwrap().iter().find(|one| one["goal"] == "shadow").cloned();
        let why = agent.until(&format!("{case}/reasons"), |why| shadow(why).is_some()).await;
        let read = shadow(&why).unwrap();
        assert_eq!(read["draft"]["does"], "answer", "{name}: {read:#}");
        assert!(read["draft"]["text"].as_str().unwrap().contains("business days"), "{name}: {read:#}");
        let page = chat.messages().await;
        let said = page.iter().any(|one| one["text"].as_str().unwrap().contains("business days"));
        assert!(!said, "{name}: nothing of it is sent");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_case_sees_that_its_customer_is_writing() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("Hello, I would like to cancel an order").await;
        chat.answer().await;
        let writes = async || chat.caller.post(&format!("{}/writing", chat.path), &json!({})).await.ok().body;
        assert_eq!(writes().await["told"], false, "{name}: no person has it");
        let agent = app.member("agent@baton.example").await;
        let mut live = Events::open(&agent, "/api/v1/events", None).await;
        agent.post(&format!("/api/v1/clients/{SHOP}/cases/{}/take", chat.case), &json!({})).await.ok();
        assert_eq!(writes().await["told"], true, "{name}");
        let told = live.until(|event| event.data["kind"] == "customer.writing").await;
        assert_eq!((&told.data["subject"], &told.data["case"]), (&json!(chat.case), &Value::Null), "{name}");
        let stranger = app.bearer("another token");
        stranger.post(&format!("{}/writing", chat.path), &json!({})).await.problem(401);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_written_in_no_faster_than_people_write() {
    let app = TestApp::start("sqlite", None).await;
    let (chat, other) = (Chat::open(&app).await, Chat::open(&app).await);
    let writing = |chat: &Chat| format!("{}/writing", chat.path);
    for _ in 0..300 {
        chat.caller.post(&writing(&chat), &json!({})).await.ok();
    }
    chat.caller.post(&writing(&chat), &json!({})).await.problem(429);
    other.caller.post(&writing(&other), &json!({})).await.ok();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_shown_to_its_end_however_long_it_is() {
    const LINES: usize = 520;
    let app = TestApp::start("sqlite", None).await;
    let mut chat = Chat::open(&app).await;
    chat.say("Hello, I have a question about my order.").await;
    chat.answer().await;
    let (ctx, case) = (app.house.system(&ClientId::known(SHOP), "test"), chat.case.parse::<CaseId>().unwrap());
    let lines = move |tx: &mut Tx| {
        (0..LINES).try_for_each(|n| baton_cases::say(tx, &ctx, &case, &format!("line {n}"), &[]).map(|_| ()))
    };
    app.house.db.write(lines).await.unwrap();
    let all = chat.messages().await;
    assert_eq!(all.last().unwrap()["text"], format!("line {}", LINES - 1));
    let before = all[all.len() - 3]["id"].as_str().unwrap();
    let news = chat.caller.get(&format!("{}/messages?after={before}", chat.path)).await.ok();
    assert_eq!(news.items().len(), 2, "{}", news.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_asked_for_in_the_customers_language() {
    let app = TestApp::start("sqlite", None).await;
    let chat = Chat::open(&app).await;
    for (query, words) in [("?lang=de-AT", "Menschen"), ("", "a person")] {
        chat.caller.post(&format!("{}/person{query}", chat.path), &json!({})).await.ok();
        let said = chat.messages().await;
        let own = said.iter().rfind(|one| one["author"] == "customer").unwrap();
        assert!(own["text"].as_str().unwrap().contains(words), "{query}: {own}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_the_clients_own_may_make_the_calls_of_a_chat_and_no_others() {
    let app = TestApp::start("sqlite", None).await;
    let nobody = app.nobody();
    let asks = async |path: &str| {
        let asked = nobody
            .request(Method::OPTIONS, path)
            .header("origin", "https://lamps.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let answer = asked.send().await.unwrap();
        let said = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (said("access-control-allow-origin"), said("access-control-allow-headers"))
    };
    let any = || Some("*".to_owned());
    let both = Some("authorization,content-type".to_owned());
    assert_eq!(asks(&format!("/chat/v1/{SHOP}/conversations")).await, (any(), both));
    assert_eq!(asks(&format!("/api/v1/clients/{SHOP}/cases")).await, (None, None));
    let path = format!("/chat/v1/{SHOP}/conversations");
    let made =
        nobody.request(Method::POST, &path).header("origin", "https://lamps.example").json(&json!({})).send().await;
    assert_eq!(made.unwrap().headers()["access-control-allow-origin"], "*");
    app.stop().await;
}
