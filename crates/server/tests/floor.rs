//! The stop switch under open conversations, over HTTP with the whole house at work; and one case as a file that proves itself.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::play::Chat;
use crate::common::{SHOP, TestApp, databases};
use baton_govern::Role;
use baton_server::case_file;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CONVERSATIONS: usize = 200;
const WITHIN: Duration = Duration::from_secs(5);

async fn count(caller: &common::Caller, query: &str) -> usize {
    caller.get(&format!("/api/v1/cases?client={SHOP}&limit=200&{query}")).await.ok().items().len()
}

async fn until(caller: &common::Caller, query: &str, wanted: usize) -> Duration {
    let begin = Instant::now();
    while count(caller, query).await != wanted {
        assert!(begin.elapsed() < Duration::from_secs(60), "{query}: {} and not {wanted}", count(caller, query).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_open_conversations_go_to_people_or_are_told_the_truth_and_go_on_when_it_is_released() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut chats = Vec::new();
        for _ in 0..CONVERSATIONS {
            let mut chat = Chat::open(&app).await;
            chat.say("I would like to cancel an order").await;
            chats.push(chat);
        }
        until(&supervisor, "state=waiting_customer", CONVERSATIONS).await;
        let preview = format!("/api/v1/stop-switch/preview?scope=client&client={SHOP}");
        let effect = supervisor.get(&preview).await.ok().body;
        assert_eq!(
            (effect["cases"].as_u64(), effect["carried"].as_bool()),
            (Some(200), Some(false)),
            "{name}: {effect:#}"
        );
        assert_eq!(effect["queues"][0]["queue"], "customer-care", "{name}: {effect:#}");

        let stop = json!({"client": SHOP, "scope": "client", "reason": "odd replies"});
        supervisor.post("/api/v1/stop-switch", &stop).await.ok();
        let took = until(&supervisor, "state=with_person", CONVERSATIONS).await;
        assert!(took < WITHIN, "{name}: {took:?}");
        let engaged = supervisor.get("/api/v1/stop-switch").await.ok().body;
        assert_eq!(
            engaged["items"][0]["progress"],
            json!({"held": 200, "waiting": 200, "told": 200, "left": 0}),
            "{name}"
        );
        let said = chats[7].messages().await;
        let last = said.last().unwrap()["text"].as_str().unwrap();
        assert!(last.contains("None of my colleagues is here right now"), "{name}: {last}");
        let mut late = Chat::open(&app).await;
        late.say("I would like to cancel an order").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", late.case);
        supervisor.until(&case, |case| case["state"] == "with_person").await;
        chats[0].say("order #W2611340 please").await;

        supervisor.delete("/api/v1/stop-switch", Some(&stop)).await.ok();
        until(&supervisor, "state=with_person", 0).await;
        let list = format!("/api/v1/work-items?client={SHOP}&state=waiting");
        assert!(supervisor.get(&list).await.ok().items().is_empty(), "{name}: nothing is left in the queue");
        assert_eq!(count(&supervisor, "state=open,waiting_customer").await, 200, "{name}: none lost (a page)");
        // The one who came while AI was stopped is answered now; so is the one who wrote meanwhile.
        for (chat, who) in [(&mut late, "late"), (&mut chats[0], "meanwhile")] {
            for look in 0.. {
                let texts: Vec<Value> = chat.messages().await;
                let after =
                    texts.iter().rev().take_while(|m| !m["text"].as_str().unwrap().contains("Good news")).count();
                if after > 0 && texts.len() > after {
                    break;
                }
                assert!(look < 400, "{name}: {who}: {texts:#?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_case_as_a_file_proves_every_entry_and_what_was_changed_is_found() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let auditor = app.member("auditor@baton.example").await;
        let path = format!("/api/v1/clients/{SHOP}/cases/{}/export", chat.case);
        let mut file = auditor.post(&path, &json!({})).await.ok().body;
        let key = app.house.ledger_key.verifying_key();
        let found = case_file::check(&file, &key).unwrap();
        assert!(found.proved > 3 && found.unproved.is_empty() && found.says_all, "{name}: {found:?}");
        assert!(file["messages"].as_array().unwrap().len() >= 2, "{name}");
        let line = file["ledger"][1]["line"].as_str().unwrap().replace("\"kind\":\"", "\"kind\":\"x");
        file["ledger"][1]["line"] = line.into();
        let found = case_file::check(&file, &key).unwrap();
        assert_eq!((found.unproved.len(), found.unproved[0].0), (1, 1), "{name}: {found:?}");
        let adjuster = app.member("adjuster@baton.example").await;
        let refused = adjuster.post(&path, &json!({})).await;
        assert!([403, 404].contains(&refused.status.as_u16()), "{name}: {}", refused.status);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_set_up_while_a_case_went_on_stands_beside_it_and_is_proved_in_its_file() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let stop = json!({"client": SHOP, "scope": "agent", "target": "concierge", "reason": "odd replies"});
        app.member("supervisor@baton.example").await.post("/api/v1/stop-switch", &stop).await.ok();

        let auditor = app.member("auditor@baton.example").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let seen = auditor.get(&format!("{case}/configuration")).await.ok();
        let kinds: Vec<_> = seen.items().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.first(), Some(&"release.deployed"), "{name}: the one that it began on: {kinds:?}");
        assert!(kinds.contains(&"stop.engaged"), "{name}: {kinds:?}");
        assert!(seen.items().iter().all(|entry| entry["case"].is_null()), "{name}: {:#?}", seen.items());
        let adjuster = app.member("adjuster@baton.example").await;
        let refused = adjuster.get(&format!("{case}/configuration")).await;
        assert!([403, 404].contains(&refused.status.as_u16()), "{name}: {}", refused.status);

        let mut file = auditor.post(&format!("{case}/export"), &json!({})).await.ok().body;
        let key = app.house.ledger_key.verifying_key();
        let found = case_file::check(&file, &key).unwrap();
        assert_eq!((found.configuration, found.unproved.len()), (kinds.len(), 0), "{name}: {found:?}");
        let line = file["configuration"][0]["line"].as_str().unwrap().replace("release.deployed", "release.forgotten");
        file["configuration"][0]["line"] = line.into();
        let found = case_file::check(&file, &key).unwrap();
        assert_eq!((found.configuration, found.unproved.len()), (kinds.len() - 1, 1), "{name}: {found:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_listens_in_stands_once_in_the_line_of_events_that_the_auditor_reads() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let (supervisor, auditor) =
            (app.member("supervisor@baton.example").await, app.member("auditor@baton.example").await);
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let timeline = format!("{case}/timeline");
        let listened = async |reader: &common::Caller| -> Vec<Value> {
            let all = reader.get(&timeline).await.ok();
            all.items().iter().filter(|item| item["title"] == "case.listened").cloned().collect()
        };
        app.member("agent@baton.example").await.get(&timeline).await.ok();
        assert!(listened(&auditor).await.is_empty(), "{name}: neither a colleague nor the auditor listens in");
        for _ in 0..3 {
            supervisor.get(&timeline).await.ok();
        }
        supervisor.get(&format!("{case}/mails")).await.ok();
        let found = listened(&auditor).await;
        let who = supervisor.get("/api/v1/session").await.ok().body["member"]["id"].clone();
        assert_eq!(found.len(), 1, "{name}: once, not at every look: {found:#?}");
        assert_eq!((&found[0]["actor"]["name"], &found[0]["actor"]["kind"]), (&who, &json!("member")), "{name}");
        assert!(found[0]["data"]["facts"]["to"]["kind"] != "member", "{name}: with the AI");

        supervisor.post(&format!("{case}/take"), &json!({})).await.ok();
        supervisor.get(&timeline).await.ok();
        let lead = app.member("ai-lead@baton.example").await;
        assert_eq!(listened(&lead).await.len(), 2, "{name}: the AI lead listens in on the supervisor");

        // By way of a file or of a translation it is the same conversation.
        let all = auditor.get(&timeline).await.ok();
        let message = all.items().iter().find(|item| item["kind"] == "message").unwrap()["id"].clone();
        let second = app.new_member("second@shop.example", SHOP, &[Role::Supervisor]).await;
        second.get(&format!("{case}/files/none")).await.problem(404);
        assert_eq!(listened(&auditor).await.len(), 3, "{name}: a file of it");
        let third = app.new_member("third@shop.example", SHOP, &[Role::Supervisor]).await;
        third.post(&format!("{case}/translate"), &json!({"text": "Hello", "to": "de"})).await.problem(409);
        assert_eq!(listened(&auditor).await.len(), 3, "{name}: their own words are nobody's conversation");
        third.post(&format!("{case}/translate"), &json!({"message": message, "to": "de"})).await.problem(409);
        assert_eq!(listened(&auditor).await.len(), 4, "{name}: a message of it");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_floor_shows_whose_customers_sound_angry_and_leads_to_their_cases() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let supervisor = app.member("supervisor@baton.example").await;
        let agent = app.member("agent@baton.example").await;
        let me = agent.get("/api/v1/session").await.ok().body["member"]["id"].clone();
        let floor = "/api/v1/floor";
        let of_ai = |row: &Value| row["kind"] == "agent" && row["cases"] != 0;
        let seen = supervisor.until(floor, |floor| floor["actors"].as_array().unwrap().iter().any(of_ai)).await;
        let row = seen["actors"].as_array().unwrap().iter().find(|row| of_ai(row)).unwrap();
        assert_eq!((&row["negative"], &row["heard"]), (&json!(0), &json!(1)), "{name}: {row}");
        assert_eq!(row["negative_share"], json!(0.0), "{name}");

        chat.say("This is outrageous and unacceptable!!").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        supervisor.until(&case, |case| case["state"] == "with_person").await;
        assert_eq!(count(&supervisor, "upset=1").await, 1, "{name}");
        agent.post(&format!("{case}/take"), &json!({})).await.ok();
        let mine = |floor: &Value, of: &str, id: &str| {
            let rows = floor[of].as_array().unwrap().iter().find(|row| row[id] == me).cloned().unwrap_or_default();
            (rows["negative"].clone(), rows["heard"].clone())
        };
        let seen = supervisor.get(floor).await.ok().body;
        assert_eq!(mine(&seen, "actors", "name"), (json!(1), json!(1)), "{name}: {seen:#}");
        assert_eq!(mine(&seen, "people", "member"), (json!(1), json!(1)), "{name}: {seen:#}");

        chat.say("Thank you, that is kind of you.").await;
        let seen = supervisor.get(floor).await.ok().body;
        assert_eq!(mine(&seen, "people", "member"), (json!(0), json!(1)), "{name}: their last words are calm");
        assert_eq!(count(&supervisor, "upset=1").await, 0, "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_things_cost_is_on_the_floor_of_those_alone_who_may_see_performance() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let supervisor = app.member("supervisor@baton.example").await;
        let agent = app.member("agent@baton.example").await;
        for (who, sees) in [(&supervisor, true), (&agent, false)] {
            let seen = who.get("/api/v1/floor").await.ok().body;
            for list in ["clients", "actors"] {
                let rows: Vec<_> = seen[list].as_array().unwrap().iter().filter(|row| row["client"] == SHOP).collect();
                assert!(!rows.is_empty(), "{name}: {seen:#}");
                assert!(
                    rows.iter().all(|row| row.get("cost").is_some() == sees),
                    "{name}, sees costs: {sees}: {rows:#?}"
                );
            }
        }
        agent.get("/api/v1/performance").await.problem(403);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ai_agent_stands_on_the_floor_with_its_state_also_without_a_case() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let concierge = |floor: &Value| {
            let is = |row: &&Value| row["client"] == SHOP && row["kind"] == "agent" && row["name"] == "concierge";
            floor["actors"].as_array().unwrap().iter().find(is).cloned().unwrap_or_default()
        };
        let floor = "/api/v1/floor";
        let seen = concierge(&supervisor.get(floor).await.ok().body);
        assert_eq!((&seen["state"], &seen["cases"]), (&json!("idle"), &json!(0)), "{name}: {seen:#}");

        let mut chat = Chat::open(&app).await;
        chat.say("I would like to cancel an order").await;
        chat.answer().await;
        let seen = supervisor.until(floor, |floor| concierge(floor)["cases"] == 1).await;
        assert_eq!(concierge(&seen)["state"], "working", "{name}: {seen:#}");

        let stop = json!({"client": SHOP, "scope": "agent", "target": "concierge", "reason": "odd replies"});
        supervisor.post("/api/v1/stop-switch", &stop).await.ok();
        let seen = concierge(&supervisor.until(floor, |floor| concierge(floor)["cases"] == 0).await);
        assert_eq!(
            (&seen["state"], &seen["stop_reason"]),
            (&json!("stopped"), &json!("odd replies")),
            "{name}: its case is with people, and it stands there still: {seen:#}"
        );
        supervisor.delete("/api/v1/stop-switch", Some(&stop)).await.ok();
        let seen = concierge(&supervisor.get(floor).await.ok().body);
        assert!(seen["state"] != "stopped" && seen["stop_reason"].is_null(), "{name}: {seen:#}");
        app.stop().await;
    }
}
