//! A second factor, sessions, and tokens that are rotated: over the API.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim};
use crate::common::{MUTUAL, SHOP, TestApp, code_of, databases};
use baton_base::ClientId;
use baton_demo::world::ClaimKind;
use baton_govern::Role;
use baton_govern::members::{self, NewMember};
use baton_govern::tokens;
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "supervisor@baton.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_second_factor_a_password_alone_opens_nothing() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let member = app.member(EMAIL).await;
        let begun = member.post("/api/v1/session/second-factor", &json!({})).await.ok().body;
        assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Baton:"), "{name}: {begun}");
        let secret = begun["secret"].as_str().unwrap();
        let sign_in = |code: Option<String>| {
            let mut body = json!({"email": EMAIL, "password": baton_server::demo::seed::PASSWORD});
            code.into_iter().for_each(|code| body["code"] = json!(code));
            let nobody = app.nobody();
            async move { nobody.post("/api/v1/session", &body).await }
        };
        sign_in(None).await.ok();
        let put = |code: &str| json!({"code": code}).to_string().into_bytes();
        member.send(Method::PUT, "/api/v1/session/second-factor", Some(put("000"))).await.problem(400);
        let now_ms = app.house.env.now_ms();
        let first = code_of(secret, now_ms);
        let on = member.send(Method::PUT, "/api/v1/session/second-factor", Some(put(&first))).await.ok().body;
        let paper = on["recovery_codes"][0].as_str().unwrap().to_owned();

        let without = sign_in(None).await;
        assert!(without.problem(401).text.contains("second factor"), "{name}: {}", without.text);
        sign_in(Some("123456".to_owned())).await.problem(401);
        sign_in(Some(first)).await.problem(401);
        sign_in(Some(code_of(secret, now_ms + 30_000))).await.ok();
        sign_in(Some(paper.clone())).await.ok();
        sign_in(Some(paper)).await.problem(401);

        let admin = app.member("admin@baton.example").await;
        let review = admin.get("/api/v1/access-review").await.ok().body;
        let people = review["members"].as_array().unwrap();
        let row = people.iter().find(|row| row["email"] == EMAIL).unwrap();
        assert_eq!(row["second_factor"], true, "{name}: {row}");
        admin.delete(&format!("/api/v1/members/{}/second-factor", row["member"].as_str().unwrap()), None).await.ok();
        sign_in(None).await.ok();
        let own = people.iter().find(|row| row["email"] == "admin@baton.example").unwrap()["member"].as_str().unwrap();
        admin.delete(&format!("/api/v1/members/{own}/second-factor"), None).await.problem(409);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_takes_their_own_second_factor_away_with_a_code_and_not_by_an_open_session_alone() {
    let app = TestApp::start("sqlite", None).await;
    let member = app.member(EMAIL).await;
    let path = "/api/v1/session/second-factor";
    let code = |code: &str| json!({"code": code});
    assert_eq!(member.get(path).await.ok().body, json!({"on": false, "codes_left": 0}));
    member.delete(path, Some(&code("123456"))).await.problem(409);
    let secret = member.post(path, &json!({})).await.ok().body["secret"].as_str().unwrap().to_owned();
    assert_eq!(member.get(path).await.ok().body["on"], false, "it counts once it is confirmed");
    let first = code_of(&secret, app.house.env.now_ms());
    let paper = member.put(path, &code(&first)).await.ok().body["recovery_codes"].clone();
    assert_eq!(member.get(path).await.ok().body, json!({"on": true, "codes_left": 8}));
    member.delete(path, Some(&code("abcdef"))).await.problem(400);
    member.delete(path, Some(&code(&first))).await.problem(400);
    member.delete(path, Some(&code(paper[0].as_str().unwrap()))).await.ok();
    assert_eq!(member.get(path).await.ok().body["on"], false);
    app.member(EMAIL).await;
    // Whoever has a session and no code does not come to one by trying.
    let again = member.post(path, &json!({})).await.ok().body["secret"].as_str().unwrap().to_owned();
    member.put(path, &code(&code_of(&again, app.house.env.now_ms()))).await.ok();
    for _ in 0..10 {
        member.delete(path, Some(&code("abcdef"))).await.problem(400);
    }
    member.delete(path, Some(&code("abcdef"))).await.problem(429);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_seen_and_ended() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (here, there) = (app.member(EMAIL).await, app.member(EMAIL).await);
        let seen = here.get("/api/v1/sessions").await.ok();
        let other: Vec<&Value> = seen.items().iter().filter(|row| row["current"] == false).collect();
        assert_eq!((seen.items().len(), other.len()), (2, 1), "{name}: {}", seen.text);
        let path = format!("/api/v1/sessions/{}", other[0]["id"].as_str().unwrap());
        app.member("adjuster@baton.example").await.delete(&path, None).await.problem(404);
        here.delete(&path, None).await.ok();
        there.get("/api/v1/session").await.problem(401);
        here.get("/api/v1/session").await.ok();
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_rotated_while_both_work() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let new = json!({"name": "feed", "roles": [Role::Service], "client": MUTUAL});
        let old = admin.post("/api/v1/tokens", &new).await.ok().body;
        let rotate = |id: &Value, overlap_ms: i64| {
            let path = format!("/api/v1/clients/{MUTUAL}/tokens/{}/rotate", id.as_str().unwrap());
            let admin = admin.clone();
            async move { admin.post(&path, &json!({"overlap_ms": overlap_ms})).await.ok().body }
        };
        let next = rotate(&old["id"], 60_000).await;
        let claim = &claims_of(ClaimKind::Simple)[0];
        for token in [&old, &next] {
            send_claim(&app.bearer(token["token"].as_str().unwrap()), claim).await.ok();
        }
        let last = rotate(&next["id"], 0).await;
        send_claim(&app.bearer(next["token"].as_str().unwrap()), claim).await.problem(401);
        send_claim(&app.bearer(last["token"].as_str().unwrap()), claim).await.ok();
        let gone = format!("/api/v1/clients/{MUTUAL}/tokens/{}", last["id"].as_str().unwrap());
        admin.delete(&gone, None).await.ok();
        send_claim(&app.bearer(last["token"].as_str().unwrap()), claim).await.problem(401);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_review_tells_of_everybody_however_many_they_are_and_of_no_other_client() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let (house, shop) =
            (app.house.system(&ClientId::house(), "test"), app.house.system(&ClientId::known(SHOP), "test"));
        let there = app.house.system(&ClientId::known(MUTUAL), "test");
        let add = move |tx: &mut baton_db::Tx| {
            for number in 0..210 {
                let email = format!("seasonal-{number}@baton.example");
                let new = NewMember { name: email.clone(), email, ..NewMember::default() };
                let id = members::create(tx, &house, &new)?;
                members::grant(tx, &shop, &id, Role::HumanAgent)?;
                members::grant(tx, &there, &id, Role::Auditor)?;
            }
            Ok(())
        };
        app.house.db.write(add).await.unwrap();
        let told = |path: &str| {
            let (admin, path) = (admin.clone(), path.to_owned());
            async move {
                let review = admin.get(&path).await.ok().body;
                let people = review["members"].as_array().unwrap().clone();
                let seasonal = people.into_iter().filter(|row| row["email"].as_str().unwrap().starts_with("seasonal-"));
                (seasonal.collect::<Vec<_>>(), review["more"].clone())
            }
        };
        let of_shop = json!({"client": SHOP, "role": "human_agent"});
        let of_mutual = json!({"client": MUTUAL, "role": "auditor"});
        let (people, more) = told(&format!("/api/v1/access-review?client={SHOP}")).await;
        assert_eq!((people.len(), more), (210, json!(false)), "{name}");
        assert!(people.iter().all(|row| row["grants"] == json!([of_shop])), "{name}: {}", people[0]);
        let (people, _) = told("/api/v1/access-review").await;
        assert_eq!(people.len(), 210, "{name}");
        let both = |row: &Value| [&of_shop, &of_mutual].iter().all(|of| row["grants"].as_array().unwrap().contains(of));
        assert!(people.iter().all(both), "{name}: {}", people[0]);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_token_that_still_works_is_listed_however_many_were_made_and_revoked_since() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let shop = app.house.system(&ClientId::known(SHOP), "test");
        let make = move |tx: &mut baton_db::Tx| {
            tokens::create(tx, &shop, "oldest", &[Role::Service], None)?;
            for number in 0..210 {
                let made = tokens::create(tx, &shop, &format!("gone-{number}"), &[Role::Service], None)?;
                tokens::revoke(tx, &shop, &made.id)?;
            }
            Ok(())
        };
        app.house.db.write(make).await.unwrap();
        let listed = admin.get(&format!("/api/v1/tokens?client={SHOP}")).await.ok();
        let revoked = |row: &Value| !row["revoked_ms"].is_null();
        let at = |which: &dyn Fn(&Value) -> bool| listed.items().iter().position(which);
        let (oldest, gone) = (at(&|row| row["name"] == "oldest"), at(&revoked));
        assert!(oldest.is_some() && oldest < gone, "{name}: {oldest:?}, {gone:?}");
        app.stop().await;
    }
}
