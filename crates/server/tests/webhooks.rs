//! A system that is told what happens: signed, at least once, in spite of failures on both sides; and nowhere that the release
//! does not allow.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{Chat, need, world};
use crate::common::{SHOP, TestApp, databases, root};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use baton_base::ClientId;
use baton_channels::hooks::signature;
use baton_clients::{assemble, deploy, read_overlay};
use baton_demo::world::NeedKind;
use baton_govern::{Ctx, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What a receiver does: answers these statuses in turn, and 204 after them.
#[derive(Clone, Default)]
struct Receiver {
    answers: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> (Self, String) {
        let receiver = Self::default();
        *receiver.answers.lock().unwrap() = answers.to_vec();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/told", listener.local_addr().unwrap());
        let take = |State(receiver): State<Self>, headers: HeaderMap, body: String| async move {
            receiver.got.lock().unwrap().push((headers, body));
            let mut answers = receiver.answers.lock().unwrap();
            let status = if answers.is_empty() { 204 } else { answers.remove(0) };
            StatusCode::from_u16(status).unwrap()
        };
        let app = Router::new().route("/told", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, url)
    }

    /// What came, each checked against the secret as a receiver does.
    fn checked(&self, secret: &str) -> Vec<(String, Value)> {
        let got = self.got.lock().unwrap();
        let check = |(headers, body): &(HeaderMap, String)| {
            let header = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
            let (id, at) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
            let signed = signature(secret, &id, at, body).unwrap();
            assert!(header("webhook-signature").split(' ').any(|one| one == signed), "{id} is not signed");
            (id, serde_json::from_str(body).unwrap())
        };
        got.iter().map(check).collect()
    }

    async fn until(&self, secret: &str, wanted: impl Fn(&[(String, Value)]) -> bool) -> Vec<(String, Value)> {
        for _ in 0..600 {
            let all = self.checked(secret);
            if wanted(&all) {
                return all;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("what was waited for never came; so far: {:#?}", self.checked(secret));
    }
}

/// Puts the shop live with an egress list that names this address.
async fn allow(app: &TestApp, url: &str) {
    let mut overlay = read_overlay(&root().join(format!("demo/overlays/{SHOP}.yaml"))).unwrap();
    overlay.parameters.insert("shop_url".to_owned(), app.systems.addresses.shop.clone().into());
    let (mut bundle, version) = assemble(&root().join("blueprints").join(&overlay.blueprint), &overlay).unwrap();
    let list = format!("allow:\n  - {{ url: '{url}', methods: [POST], private: true }}\n");
    bundle.files.insert("egress.yaml".to_owned(), list);
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let work = move |tx: &mut baton_db::Tx| {
        let house = Ctx::system(ctx.env(), &ClientId::house(), "test");
        deploy(tx, &house, &overlay, &version, &bundle).map(|_| ())
    };
    app.house.db.write(work).await.unwrap();
    app.house.load().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_told_signed_and_once_for_each_entry_whatever_fails() {
    let world = world();
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (receiver, address) = Receiver::start(&[500, 503]).await;
        let admin = app.member("admin@baton.example").await;
        let hooks = format!("/api/v1/clients/{SHOP}/webhooks");
        let asked = json!({"name": "CRM", "url": address, "kinds": ["case.*", "message.received"]});
        let refused = admin.post(&hooks, &asked).await;
        assert!(refused.problem(400).text.contains("egress.yaml"), "{name}: {}", refused.text);
        allow(&app, &address).await;
        let made = admin.post(&hooks, &asked).await.ok();
        let (hook, secret) = (made.id(), made.body["secret"].as_str().unwrap().to_owned());
        assert!(secret.starts_with("whsec_"), "{name}");
        let listed = admin.get(&hooks).await.ok();
        assert!(!listed.text.contains(&secret), "{name}: a secret is shown once");

        let mut chat = Chat::open(&app).await;
        chat.say(&need(&world, NeedKind::Cancel).opening).await;
        let is_opened = |told: &[(String, Value)]| {
            let ids = |kind: &str| {
                told.iter()
                    .filter(|(_, body)| body["type"] == kind)
                    .map(|(id, _)| id.clone())
                    .collect::<BTreeSet<_>>()
                    .len()
            };
            ids("case.opened") == 1 && ids("message.received") >= 1
        };
        let told = receiver.until(&secret, is_opened).await;
        let opened = &told.iter().find(|(_, body)| body["type"] == "case.opened").unwrap().1;
        assert_eq!((&opened["data"]["case"], &opened["data"]["client"]), (&json!(chat.case), &json!(SHOP)), "{name}");
        assert!(!told.iter().any(|(_, body)| body.to_string().contains("cancel my")), "{name}: no words of customers");
        assert!(told.iter().all(|(_, body)| body["type"] != "message.sent"), "{name}: only what was subscribed to");

        // The first two were answered with an error: they are sent again under their ids, a few seconds later.
        let again = |told: &[(String, Value)]| {
            let ids: BTreeSet<_> = told.iter().map(|(id, _)| id).collect();
            told.len() >= ids.len() + 2
        };
        receiver.until(&secret, again).await;
        let log = format!("{hooks}/{hook}/deliveries");
        let all_there =
            |page: &Value| page["items"].as_array().unwrap().iter().all(|item| item["state"] == "delivered");
        let page = admin.until(&log, all_there).await;
        let tried: Vec<i64> =
            page["items"].as_array().unwrap().iter().map(|item| item["attempts"].as_i64().unwrap()).collect();
        assert_eq!(tried.iter().filter(|attempts| **attempts == 2).count(), 2, "{name}: {tried:?}");

        let id = page["items"][0]["id"].as_str().unwrap().to_owned();
        let before = receiver.checked(&secret).iter().filter(|(told, _)| *told == id).count();
        admin.post(&format!("{hooks}/{hook}/replay"), &json!({"delivery": id})).await.ok();
        receiver.until(&secret, |told| told.iter().filter(|(told, _)| *told == id).count() > before).await;

        // Who connects systems and may not read the ledger passes nothing of it on, and sees nothing of it.
        let integrator = app.service(SHOP, &[Role::Integrator]).await;
        integrator.post(&hooks, &asked).await.problem(403);
        let seen = integrator.get(&log).await.ok();
        assert!(
            !seen.items().is_empty() && seen.items().iter().all(|item| item["body"].is_null()),
            "{name}: {}",
            seen.text
        );
        let seen = admin.get(&log).await.ok();
        assert!(seen.items().iter().all(|item| item["body"]["type"].is_string()), "{name}: {}", seen.text);

        secrets_change_and_hooks_end(&app, &receiver, &hooks, &hook, &secret).await;
        app.stop().await;
    }
}

async fn secrets_change_and_hooks_end(app: &TestApp, receiver: &Receiver, hooks: &str, hook: &str, before: &str) {
    let admin = app.member("admin@baton.example").await;
    let changed = admin.post(&format!("{hooks}/{hook}/rotate"), &json!({})).await.ok();
    let after = changed.body["secret"].as_str().unwrap().to_owned();
    receiver.got.lock().unwrap().clear();
    admin.post(&format!("{hooks}/{hook}/test"), &json!({})).await.ok();
    receiver.until(&after, |told| told.iter().any(|(_, body)| body["type"] == "webhook.test")).await;
    receiver.checked(before);

    receiver.answers.lock().unwrap().push(410);
    admin.post(&format!("{hooks}/{hook}/test"), &json!({})).await.ok();
    let is_off = |page: &Value| page["items"][0]["state"] == "off";
    let page = admin.until(hooks, is_off).await;
    assert!(page["items"][0]["why"].as_str().unwrap().contains("410"), "{page}");
    let supervisor = app.member("supervisor@baton.example").await;
    supervisor.delete(&format!("{hooks}/{hook}"), None).await.problem(403);
    admin.delete(&format!("{hooks}/{hook}"), None).await.ok();
    assert!(admin.get(hooks).await.ok().items().is_empty());
}
