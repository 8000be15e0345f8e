//! An agent of the shop hands a case to another by itself, with the packet and the ledger of every handoff.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{SHOP, TestApp, databases};
use crate::voice::put_live;
use serde_json::Value;

const CLOSER: &str = "name: closer\ntitle: Order desk\nrole: Cancels orders.\ntakes: [cancel_order]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_an_agent_delegates_is_handed_over_like_every_other() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        put_live(&app, |bundle| {
            bundle.files.get_mut("agents/concierge.yaml").unwrap().push_str("delegates_to: [closer]\n");
            bundle.files.insert("agents/closer.yaml".to_owned(), CLOSER.to_owned());
        })
        .await;
        let mut chat = Chat::open(&app).await;
        chat.say("Hello, I would like to cancel an order").await;
        let by_desk = |page: &Value| page["items"].as_array().unwrap().iter().any(|one| one["name"] == "Order desk");
        chat.caller.until(&format!("{}/messages", chat.path), by_desk).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        let shown = supervisor.get(&case).await.ok().body;
        assert_eq!((shown["actor"]["name"].as_str(), shown["intent"].as_str()), (Some("closer"), Some("cancel_order")));
        let timeline = supervisor.get(&format!("{case}/timeline")).await.ok();
        for kind in ["handoff.packed", "handoff.passed"] {
            assert!(timeline.text.contains(kind), "{name}: no {kind} in {}", timeline.text);
        }
        app.stop().await;
    }
}
