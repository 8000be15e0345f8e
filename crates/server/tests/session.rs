//! Signing in and out, as a member notices it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{MUTUAL, SHOP, TestApp, answer, databases};
use baton_govern::Role;
use reqwest::{Method, header};
use serde_json::json;

const AGENT: &str = "agent@baton.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_signs_in_is_known_and_signs_out() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let credentials = json!({"email": "  Agent@Baton.Example ", "password": "baton-demo"});
        let signed = app.nobody().post("/api/v1/session", &credentials).await.ok();
        let cookie = signed.header(header::SET_COOKIE.as_str()).to_owned();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
            assert!(cookie.contains(part), "{name}: {cookie}");
        }
        assert_eq!(signed.body["grants"], json!([{"client": SHOP, "role": "human_agent"}]), "{name}");
        assert!(!signed.text.contains("password"), "{name}");

        let member = app.member(AGENT).await;
        assert_eq!(member.get("/api/v1/session").await.ok().body["member"]["email"], AGENT, "{name}");
        let clients = member.get("/api/v1/clients").await.ok();
        assert_eq!(clients.items().len(), 1, "{name}: only where a role is held: {}", clients.text);
        member.get(&format!("/api/v1/cases?client={MUTUAL}")).await.problem(404);

        let gone = member.delete("/api/v1/session", None).await.ok();
        assert!(gone.header(header::SET_COOKIE.as_str()).contains("Max-Age=0"), "{name}");
        member.get("/api/v1/session").await.problem(401);
        let other = format!("{}; theme=dark", signed.header(header::SET_COOKIE.as_str()).split(';').next().unwrap());
        let still =
            app.nobody().request(Method::GET, "/api/v1/session").header(header::COOKIE, format!("a=b; {other}"));
        answer(still, "another session of the same member").await.ok();
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_passwords_locks_the_email_known_or_not_and_nobody_else() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let nobody = app.nobody();
        for email in [AGENT, "stranger@baton.example"] {
            let mut told = Vec::new();
            for _ in 0..10 {
                let wrong = nobody.post("/api/v1/session", &json!({"email": email, "password": "guess"})).await;
                told.push(wrong.problem(401).body["detail"].clone());
            }
            told.dedup();
            assert_eq!(told, ["e-mail or password is wrong"], "{name} {email}");
            let right = json!({"email": email, "password": "baton-demo"});
            nobody.post("/api/v1/session", &right).await.problem(429);
        }
        app.member("supervisor@baton.example").await;
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_shown_once_and_does_what_its_roles_say() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let made =
            admin.post("/api/v1/tokens", &json!({"name": "crm", "roles": ["service"], "client": SHOP})).await.ok();
        let text = made.body["token"].as_str().unwrap();
        assert!(text.starts_with("bt_"), "{name}");
        let listed = admin.get(&format!("/api/v1/tokens?client={SHOP}")).await.ok();
        assert!(listed.text.contains("crm") && !listed.text.contains(text), "{name}: {}", listed.text);
        let crm = app.bearer(text);
        crm.get("/api/v1/cases").await.ok();
        let nowhere = crm.get("/api/v1/ledger").await;
        assert!(
            !nowhere.problem(403).body.to_string().contains(MUTUAL),
            "{name}: tells of a neighbour: {}",
            nowhere.text
        );
        crm.get(&format!("/api/v1/ledger?client={SHOP}")).await.problem(403);
        crm.get(&format!("/api/v1/cases?client={MUTUAL}")).await.problem(404);
        crm.delete("/api/v1/session", None).await.problem(400);
        let service = app.service(MUTUAL, &[Role::Service]).await;
        service
            .post("/api/v1/tokens", &json!({"name": "more", "roles": ["admin"], "client": MUTUAL}))
            .await
            .problem(403);
        app.stop().await;
    }
}
