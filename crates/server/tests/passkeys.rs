//! Passkeys over the API, with devices that make keys and sign as security keys do: adding, signing in alone and as second
//! factor, removing; and what does not open anything.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::provider::{Browser, IdProvider, set_up};
use crate::common::{Caller, TestApp, code_of, databases};
use baton_testkit::{Device, KeyKind, Said};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where browsers reach Baton; a device makes its keys for this name.
const HOME: &str = "https://baton.example.org";
const EMAIL: &str = "supervisor@baton.example";
const MINE: &str = "/api/v1/session/passkeys";

async fn stage(name: &'static str, url: Option<String>) -> (TestApp, Caller) {
    let app = TestApp::start(name, url).await;
    let admin = app.member("admin@baton.example").await;
    admin.put("/api/v1/public-address", &json!({"address": HOME})).await.ok();
    (app, admin)
}

/// What the house's ledger holds of a kind.
async fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    let auditor = app.member("auditor@baton.example").await;
    let page = auditor.get(&format!("/api/v1/ledger?client=house&kind={kind}&limit=200")).await.ok();
    page.items().to_vec()
}

async fn begin(member: &Caller) -> Value {
    member.post(&format!("{MINE}/challenge"), &json!({})).await.ok().body["publicKey"].clone()
}

/// A new passkey of a member, and its id.
async fn add(member: &Caller, name: &str, kind: KeyKind) -> (Device, String) {
    let (mut device, options) = (Device::new(kind), begin(member).await);
    let credential = device.register(&options, HOME);
    let made = member.post(MINE, &json!({"name": name, "credential": credential})).await.ok();
    assert_eq!((made.status.as_u16(), &made.body["name"]), (201, &json!(name)));
    (device, made.id())
}

/// Begins an answer in a browser.
async fn ask(browser: &mut Browser, second: bool) -> Value {
    let (status, body) = browser.post("/api/v1/session/passkey/challenge", &json!({"second": second})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["publicKey"].clone()
}

/// Signs in by a passkey alone, in a new browser.
async fn enter(app: &TestApp, device: &mut Device, change: impl FnOnce(&mut Said)) -> (Browser, StatusCode, Value) {
    let mut browser = Browser::new(app);
    let options = ask(&mut browser, false).await;
    let credential = device.sign_saying(&options, HOME, change);
    let (status, body) = browser.post("/api/v1/session/passkey", &json!({"credential": credential})).await;
    (browser, status, body)
}

#[track_caller]
fn refused(answer: &(Browser, StatusCode, Value), words: &str) {
    let (browser, status, body) = answer;
    assert_eq!(*status, StatusCode::UNAUTHORIZED, "{body}");
    assert!(body["detail"].as_str().unwrap().contains(words), "{words}: {body}");
    assert!(browser.cookie("baton_session").is_none());
}

fn password(passkey: Option<Value>) -> Value {
    let mut body = json!({"email": EMAIL, "password": baton_server::demo::seed::PASSWORD});
    passkey.into_iter().for_each(|passkey| body["passkey"] = passkey);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_has_several_passkeys_and_each_opens_a_session_by_itself() {
    for (name, url) in databases().await {
        let (app, admin) = stage(name, url).await;
        assert_eq!(app.nobody().get("/api/v1/session/ways").await.ok().body["passkey"], true, "{name}");
        let member = app.member(EMAIL).await;
        let options = begin(&member).await;
        assert_eq!(options["rp"]["id"], "baton.example.org", "{name}: {options}");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required", "{name}");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required", "{name}");
        let mut devices = Vec::new();
        for (called, kind) in [("Laptop", KeyKind::Es256), ("Phone", KeyKind::EdDsa), ("Key", KeyKind::Rs256)] {
            devices.push(add(&member, called, kind).await);
        }
        let excluded = begin(&member).await["excludeCredentials"].as_array().unwrap().len();
        assert_eq!(excluded, 3, "{name}: none is made twice on one device");
        for (device, id) in &mut devices {
            let (browser, status, body) = enter(&app, device, |_| ()).await;
            assert_eq!((status, &body["member"]["email"]), (StatusCode::OK, &json!(EMAIL)), "{name}: {body}");
            browser.caller(&app).get("/api/v1/cases").await.ok();
            let opened = told(&app, "session.opened").await;
            let by_it = |entry: &Value| entry["data"] == json!({"by": "passkey", "passkey": id});
            assert!(opened.iter().any(by_it), "{name}: {opened:?}");
        }
        let list = member.get(MINE).await.ok();
        let names: Vec<_> = list.items().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Laptop", "Phone", "Key"], "{name}");
        assert!(list.items().iter().all(|one| one["used_ms"].is_i64() && one["flagged_ms"].is_null()), "{name}");
        assert!(!list.text.contains("public_key") && !list.text.contains("credential"), "{name}: {}", list.text);

        // One's own goes by oneself, and by nobody else who is no administrator.
        let id = member.get("/api/v1/session").await.ok().body["member"]["id"].as_str().unwrap().to_owned();
        let (_, laptop) = &devices[0];
        let other = app.member("ai-lead@baton.example").await;
        other.delete(&format!("{MINE}/{laptop}"), None).await.problem(404);
        other.get(&format!("/api/v1/members/{id}/passkeys")).await.problem(403);
        other.delete(&format!("/api/v1/members/{id}/passkeys/{laptop}"), None).await.problem(403);
        member.delete(&format!("{MINE}/{laptop}"), None).await.ok();
        member.delete(&format!("{MINE}/{laptop}"), None).await.problem(404);
        refused(&enter(&app, &mut devices[0].0, |_| ()).await, "not known here");

        // An administrator lets somebody in anew who has lost theirs.
        let review = admin.get("/api/v1/access-review").await.ok().body;
        let row = review["members"].as_array().unwrap().iter().find(|row| row["email"] == EMAIL).unwrap().clone();
        assert_eq!((&row["passkeys"], &row["second_factor"]), (&json!(2), &json!(true)), "{name}: {row}");
        for one in admin.get(&format!("/api/v1/members/{id}/passkeys")).await.ok().items() {
            let of = format!("/api/v1/members/{id}/passkeys/{}", one["id"].as_str().unwrap());
            admin.delete(&of, None).await.ok();
        }
        refused(&enter(&app, &mut devices[1].0, |_| ()).await, "not known here");
        app.nobody().post("/api/v1/session", &password(None)).await.ok();
        assert_eq!(told(&app, "member.passkey_added").await.len(), 3, "{name}");
        let removed = told(&app, "member.passkey_removed").await;
        let by_admin = admin.get("/api/v1/session").await.ok().body["member"]["id"].as_str().unwrap().to_owned();
        let by_admin = removed.iter().filter(|entry| entry["actor"].to_string().contains(&by_admin)).count();
        assert_eq!((removed.len(), by_admin), (3, 2), "{name}: {removed:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_renamed_by_its_owner_and_opens_as_before() {
    for (name, url) in databases().await {
        let (app, admin) = stage(name, url).await;
        let member = app.member(EMAIL).await;
        let (mut device, id) = add(&member, "Laptop", KeyKind::EdDsa).await;
        let (own, called) = (format!("{MINE}/{id}"), |text: &str| json!({ "name": text }));
        admin.post(&own, &called("Mine")).await.problem(404);
        for wrong in ["", "  ", "a\u{7}b", &"x".repeat(61)] {
            member.post(&own, &called(wrong)).await.problem(400);
        }
        for right in [" Old laptop ", "Old laptop"] {
            member.post(&own, &called(right)).await.ok();
        }
        assert_eq!(member.get(MINE).await.ok().items()[0]["name"], "Old laptop", "{name}");
        assert_eq!(enter(&app, &mut device, |_| ()).await.1, StatusCode::OK, "{name}");
        let renamed: Vec<_> = told(&app, "member.passkey_renamed").await.iter().map(|e| e["data"].clone()).collect();
        assert_eq!(renamed, [json!({"passkey": id, "name": "Old laptop", "was": "Laptop"})], "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_passkey_a_password_alone_opens_nothing_and_the_passkey_is_the_second_factor() {
    for (name, url) in databases().await {
        let (app, _) = stage(name, url).await;
        let (mut device, id) = add(&app.member(EMAIL).await, "Laptop", KeyKind::Es256).await;
        let without = app.nobody().post("/api/v1/session", &password(None)).await;
        assert!(without.problem(401).text.contains("use a passkey as your second factor"), "{name}: {}", without.text);

        // Touching the device is enough here: the password has shown who it is. Alone it is not.
        let mut browser = Browser::new(&app);
        let options = ask(&mut browser, true).await;
        let answer = device.sign_saying(&options, HOME, |said| (said.flags, said.handle) = (0x01, None));
        let (status, body) = browser.post("/api/v1/session", &password(Some(answer.clone()))).await;
        assert_eq!((status, &body["member"]["email"]), (StatusCode::OK, &json!(EMAIL)), "{name}: {body}");
        let opened = told(&app, "session.opened").await;
        let how = json!({"by": "password", "second": "passkey", "passkey": id});
        assert!(opened.iter().any(|entry| entry["data"] == how), "{name}: {opened:?}");
        refused(&enter(&app, &mut device, |said| said.flags = 0x01).await, "has not made sure who you are");

        // The same answer again; a wrong password; an answer that was begun for another purpose, either way round.
        let (status, body) = browser.post("/api/v1/session", &password(Some(answer))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {body}");
        let mut thief = Browser::new(&app);
        let options = ask(&mut thief, true).await;
        let mut wrong = password(Some(device.sign(&options, HOME)));
        wrong["password"] = json!("not the password");
        let (status, body) = thief.post("/api/v1/session", &wrong).await;
        assert_eq!(
            (status, body["detail"].as_str().unwrap()),
            (StatusCode::UNAUTHORIZED, "e-mail or password is wrong")
        );
        let options = ask(&mut thief, true).await;
        let alone = json!({"credential": device.sign(&options, HOME)});
        let (status, body) = thief.post("/api/v1/session/passkey", &alone).await;
        assert!(body["detail"].as_str().unwrap().contains("begun no such sign-in"), "{name} {status}: {body}");
        let options = ask(&mut thief, false).await;
        let (status, body) = thief.post("/api/v1/session", &password(Some(device.sign(&options, HOME)))).await;
        assert!(body["detail"].as_str().unwrap().contains("begun no such sign-in"), "{name} {status}: {body}");

        // Somebody else's passkey is no second factor of this member, though it is good.
        let (mut theirs, _) = add(&app.member("agent@baton.example").await, "Other", KeyKind::EdDsa).await;
        let options = ask(&mut thief, true).await;
        let (status, body) = thief.post("/api/v1/session", &password(Some(theirs.sign(&options, HOME)))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(body["detail"].as_str().unwrap().contains("somebody else's"), "{name}: {body}");
        let options = ask(&mut thief, true).await;
        let mut both = password(Some(device.sign(&options, HOME)));
        both["code"] = json!("123456");
        assert_eq!(thief.post("/api/v1/session", &both).await.0, StatusCode::BAD_REQUEST, "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_and_a_passkey_are_each_enough_as_second_factor() {
    let (app, _) = stage("sqlite", None).await;
    let member = app.member(EMAIL).await;
    let secret = member.post("/api/v1/session/second-factor", &json!({})).await.ok().body["secret"].clone();
    let now_ms = app.house.env.now_ms();
    let code = |at_ms: i64| json!({"code": code_of(secret.as_str().unwrap(), at_ms)});
    member.put("/api/v1/session/second-factor", &code(now_ms)).await.ok();
    let (mut device, id) = add(&member, "Laptop", KeyKind::EdDsa).await;
    let without = app.nobody().post("/api/v1/session", &password(None)).await;
    assert!(without.problem(401).text.contains("code of your second factor, or use a passkey"), "{}", without.text);
    let mut with_code = password(None);
    with_code["code"] = code(now_ms + 30_000)["code"].clone();
    app.nobody().post("/api/v1/session", &with_code).await.ok();
    let mut browser = Browser::new(&app);
    let options = ask(&mut browser, true).await;
    let (status, body) = browser.post("/api/v1/session", &password(Some(device.sign(&options, HOME)))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    // Without the passkey the app is asked for as before.
    member.delete(&format!("{MINE}/{id}"), None).await.ok();
    let without = app.nobody().post("/api/v1/session", &password(None)).await;
    assert!(without.problem(401).text.contains("give the code of your second factor as well"), "{}", without.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_is_answered_once_by_whoever_it_was_given_to() {
    for (name, url) in databases().await {
        let (app, _) = stage(name, url).await;
        let (member, again) = (app.member(EMAIL).await, app.member(EMAIL).await);
        let post = |who: &Caller, name: &str, credential: &Value| {
            let (who, body) = (who.clone(), json!({"name": name, "credential": credential}));
            async move { who.post(MINE, &body).await }
        };
        // Registering: in another session; with an answer that is wrong, which uses the challenge up; twice; an old one.
        let options = begin(&member).await;
        let credential = Device::new(KeyKind::EdDsa).register(&options, HOME);
        let elsewhere = post(&again, "Laptop", &credential).await;
        assert!(elsewhere.problem(400).text.contains("was not begun here"), "{name}: {}", elsewhere.text);
        let mut device = Device::new(KeyKind::EdDsa);
        let framed = device.register_saying(&options, HOME, |said| said.client["crossOrigin"] = json!(true));
        assert!(post(&member, "Laptop", &framed).await.problem(400).text.contains("page of somebody else"), "{name}");
        let late = post(&member, "Laptop", &credential).await;
        assert!(late.problem(400).text.contains("was not begun here"), "{name}: {}", late.text);
        let (old, new) = (begin(&member).await, begin(&member).await);
        post(&member, "Laptop", &device.register(&old, HOME)).await.problem(400);
        let credential = device.register(&new, HOME);
        post(&member, " ", &credential).await.problem(400);
        post(&member, "Laptop", &credential).await.ok();
        post(&member, "Laptop", &credential).await.problem(400);
        // The same device for another member: one credential has one owner.
        let other = app.member("agent@baton.example").await;
        let options = begin(&other).await;
        let taken = post(&other, "Mine now", &device.register(&options, HOME)).await;
        taken.problem(409);
        device.handle = member.get("/api/v1/session").await.ok().body["member"]["id"].as_str().unwrap().into();

        // Signing in: in another browser; at another address; twice.
        let (mut browser, mut thief) = (Browser::new(&app), Browser::new(&app));
        let options = ask(&mut browser, false).await;
        let body = json!({"credential": device.sign(&options, HOME)});
        ask(&mut thief, false).await;
        let (status, said) = thief.post("/api/v1/session/passkey", &body).await;
        refused(&(thief, status, said), "begun no such sign-in");
        let (status, said) = browser.post("/api/v1/session/passkey", &body).await;
        assert_eq!(status, StatusCode::OK, "{name}: {said}");
        let (status, said) = browser.post("/api/v1/session/passkey", &body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {said}");
        for (origin, words) in [
            ("https://evil.example", "another address"),
            ("http://baton.example.org", "another address"),
            ("https://baton.example.org.evil.example", "another address"),
        ] {
            let phished = enter(&app, &mut device, |said| said.client["origin"] = json!(origin)).await;
            refused(&phished, words);
        }
        let replayed = told(&app, "session.refused").await;
        let reasons: Vec<_> = replayed.iter().filter_map(|entry| entry["data"]["reason"].as_str()).collect();
        assert_eq!(reasons.iter().filter(|reason| **reason == "challenge").count(), 2, "{name}: {reasons:?}");
        assert!(reasons.iter().any(|reason| reason.contains("another address")), "{name}: {reasons:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_are_counted_by_passkey_and_too_many_lock_that_one() {
    let (app, _) = stage("sqlite", None).await;
    let member = app.member(EMAIL).await;
    let (mut device, _) = add(&member, "Laptop", KeyKind::EdDsa).await;
    let (mut other, _) = add(&member, "Phone", KeyKind::EdDsa).await;
    for _ in 0..baton_govern::signin::FAILURES_MAX {
        refused(&enter(&app, &mut device, |said| said.forged = true).await, "the signature is wrong");
    }
    let (_, status, body) = enter(&app, &mut device, |_| ()).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{body}");
    assert_eq!(enter(&app, &mut other, |_| ()).await.1, StatusCode::OK);
    // One that nobody knows is locked as well: it cannot be told from one that somebody has.
    let mut unknown = Device::new(KeyKind::EdDsa);
    for _ in 0..baton_govern::signin::FAILURES_MAX {
        refused(&enter(&app, &mut unknown, |_| ()).await, "not known here");
    }
    assert_eq!(enter(&app, &mut unknown, |_| ()).await.1, StatusCode::TOO_MANY_REQUESTS);
    // What goes well is forgotten: one may sign in as often as one likes.
    for _ in 0..=baton_govern::signin::FAILURES_MAX {
        assert_eq!(enter(&app, &mut other, |_| ()).await.1, StatusCode::OK);
    }
    // As second factor it counts for the e-mail.
    for _ in 0..baton_govern::signin::FAILURES_MAX {
        let mut browser = Browser::new(&app);
        let options = ask(&mut browser, true).await;
        let forged = other.sign_saying(&options, HOME, |said| said.forged = true);
        let (status, body) = browser.post("/api/v1/session", &password(Some(forged))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
    }
    app.nobody().post("/api/v1/session", &password(None)).await.problem(429);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_whose_counter_does_not_go_up_opens_nothing_any_more() {
    for (name, url) in databases().await {
        let (app, _) = stage(name, url).await;
        let member = app.member(EMAIL).await;
        let (mut device, id) = add(&member, "Laptop", KeyKind::Es256).await;
        assert_eq!(enter(&app, &mut device, |_| ()).await.1, StatusCode::OK, "{name}");
        // Whoever cannot sign can flag nothing.
        refused(&enter(&app, &mut device, |said| (said.count, said.forged) = (1, true)).await, "signature");
        assert_eq!(enter(&app, &mut device, |_| ()).await.1, StatusCode::OK, "{name}");
        refused(&enter(&app, &mut device, |said| said.count = 2).await, "may have been copied");
        // Nobody can tell which of the two is the copy.
        device.count = Some(1_000);
        refused(&enter(&app, &mut device, |_| ()).await, "opens nothing any more");
        let list = member.get(MINE).await.ok();
        assert!(list.items()[0]["flagged_ms"].is_i64(), "{name}: {}", list.text);
        let flagged = told(&app, "member.passkey_flagged").await;
        assert_eq!((flagged.len(), &flagged[0]["data"]["passkey"]), (1, &json!(id)), "{name}");
        let refusals = told(&app, "session.refused").await;
        assert!(refusals.iter().any(|entry| entry["data"]["by"] == "passkey"), "{name}: {refusals:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_address_that_has_a_name_there_are_no_passkeys_and_it_is_said_why() {
    let app = TestApp::start("sqlite", None).await;
    let (admin, member) = (app.member("admin@baton.example").await, app.member(EMAIL).await);
    assert_eq!(app.nobody().get("/api/v1/session/ways").await.ok().body["passkey"], false);
    let unset = admin.get("/api/v1/public-address").await.ok().body;
    assert_eq!((&unset["address"], &unset["own"]), (&Value::Null, &json!(false)));
    for path in [format!("{MINE}/challenge"), "/api/v1/session/passkey/challenge".to_owned()] {
        let refused = member.post(&path, &json!({})).await;
        assert!(refused.problem(400).text.contains("Settings → Sign-in"), "{path}: {}", refused.text);
    }
    for (address, words) in [
        ("http://127.0.0.1:7700", "not to an IP address"),
        ("https://192.0.2.7", "not to an IP address"),
        ("http://baton.example.org", "https://"),
        ("baton", "https://"),
    ] {
        let refused = admin.put("/api/v1/public-address", &json!({"address": address})).await;
        assert!(refused.problem(400).text.contains(words), "{address}: {}", refused.text);
    }
    member.get("/api/v1/public-address").await.problem(403);
    member.put("/api/v1/public-address", &json!({"address": HOME})).await.problem(403);
    admin.put("/api/v1/public-address", &json!({"address": format!("{HOME}/")})).await.ok();
    let (mut device, _) = add(&member, "Laptop", KeyKind::EdDsa).await;

    // Under another name the passkey opens nothing, and the password alone does not either.
    let moved = admin.put("/api/v1/public-address", &json!({"address": "http://localhost:7700"})).await.ok().body;
    assert_eq!((&moved["elsewhere"], &moved["why_not"]), (&json!(1), &Value::Null));
    let mut browser = Browser::new(&app);
    let options = ask(&mut browser, false).await;
    let credential = device.sign(&options, "http://localhost:7700");
    let (status, body) = browser.post("/api/v1/session/passkey", &json!({"credential": credential})).await;
    assert!(body["detail"].as_str().unwrap().contains("another address of this installation"), "{status}: {body}");
    app.nobody().post("/api/v1/session", &password(None)).await.problem(401);
    admin.put("/api/v1/public-address", &json!({"address": HOME})).await.ok();
    assert_eq!(enter(&app, &mut device, |_| ()).await.1, StatusCode::OK);
    assert_eq!(told(&app, "identity.address_changed").await.len(), 3);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_accounts_have_no_passkeys_and_a_page_of_others_adds_none() {
    let (app, _) = stage("sqlite", None).await;
    let service = app.service("house", &[baton_govern::Role::Admin]).await;
    let refused = service.post(&format!("{MINE}/challenge"), &json!({})).await;
    assert!(refused.problem(400).text.contains("only members"), "{}", refused.text);
    service.get(MINE).await.problem(400);
    let member = app.member(EMAIL).await;
    let forged = member.request(Method::POST, &format!("{MINE}/challenge")).json(&json!({}));
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    // A browser is told nothing of who has which passkey.
    add(&member, "Laptop", KeyKind::EdDsa).await;
    let asked = app.nobody().post("/api/v1/session/passkey/challenge", &json!({"second": true})).await.ok();
    assert_eq!(asked.body["publicKey"]["allowCredentials"], json!([]));
    let cookie = asked.header("set-cookie");
    for part in ["baton_passkey=", "HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_passwords_are_off_passkeys_are_off_too_but_for_administrators() {
    let (app, admin) = stage("sqlite", None).await;
    let provider = IdProvider::start(&[format!("{}/sso/callback", app.url)]).await;
    let (mut of_member, _) = add(&app.member(EMAIL).await, "Laptop", KeyKind::EdDsa).await;
    let (mut of_admin, _) = add(&admin, "Key", KeyKind::Es256).await;
    set_up(&app, &admin, &provider, &json!({})).await;
    let people = json!({"people": {"tove": {"email": "admin@baton.example", "email_verified": true}}});
    provider.control(&people).await;

    // The provider's word is not enough where a passkey is the second factor.
    let mut browser = Browser::new(&app);
    let page = browser.sign_in("tove", "/settings").await;
    assert_eq!(page.location, "/signin?code=1&to=%2Fsettings", "{page:?}");
    let options = ask(&mut browser, true).await;
    let other = json!({"passkey": of_member.sign(&options, HOME)});
    let (status, body) = browser.post("/api/v1/session/sso/code", &other).await;
    assert!(body["detail"].as_str().unwrap().contains("somebody else's"), "{status}: {body}");
    let options = ask(&mut browser, true).await;
    let own = json!({"passkey": of_admin.sign(&options, HOME)});
    let (status, body) = browser.post("/api/v1/session/sso/code", &own).await;
    assert_eq!((status, &body["member"]["email"]), (StatusCode::OK, &json!("admin@baton.example")), "{body}");

    set_up(&app, &admin, &provider, &json!({"only": true})).await;
    refused(&enter(&app, &mut of_member, |_| ()).await, "switched off");
    let (_, status, body) = enter(&app, &mut of_admin, |_| ()).await;
    assert_eq!((status, &body["member"]["email"]), (StatusCode::OK, &json!("admin@baton.example")), "{body}");
    let refusals = told_by(&browser.caller(&app)).await;
    assert!(refusals.iter().any(|reason| reason.contains("switched off")), "{refusals:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_shows_their_second_factor_after_single_sign_on_may_do_so_as_often_as_they_like() {
    let (app, admin) = stage("sqlite", None).await;
    let provider = IdProvider::start(&[format!("{}/sso/callback", app.url)]).await;
    let (mut device, _) = add(&admin, "Key", KeyKind::EdDsa).await;
    set_up(&app, &admin, &provider, &json!({})).await;
    let people = json!({"people": {"tove": {"email": "admin@baton.example", "email_verified": true}}});
    provider.control(&people).await;
    for _ in 0..=baton_govern::signin::FAILURES_MAX {
        let mut browser = Browser::new(&app);
        browser.sign_in("tove", "/settings").await;
        let options = ask(&mut browser, true).await;
        let own = json!({"passkey": device.sign(&options, HOME)});
        let (status, body) = browser.post("/api/v1/session/sso/code", &own).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    app.stop().await;
}

/// Why passkeys were refused, as the ledger has it.
async fn told_by(reader: &Caller) -> Vec<String> {
    let page = reader.get("/api/v1/ledger?client=house&kind=session.refused&limit=200").await.ok();
    let by_passkey = page.items().iter().filter(|entry| entry["data"]["by"] == "passkey");
    by_passkey.filter_map(|entry| entry["data"]["reason"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_with_the_database_lists_renames_and_removes_passkeys_and_sets_their_address() {
    let (app, _) = stage("sqlite", None).await;
    let (_, first) = add(&app.member(EMAIL).await, "Laptop", KeyKind::EdDsa).await;
    let key = app.key_file();
    let (database, _folder) = app.stop().await;
    let baton = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_baton"));
        command.arg("passkey").args(arguments).args(["--database", &database, "--master-key-file"]).arg(&key);
        let done = command.output().unwrap();
        (done.status.success(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap())
    };
    let (done, said) = baton(&["list", "Supervisor@baton.example"]);
    assert!(done && said.contains(&first) && said.contains("Laptop") && said.contains("never used"), "{said}");
    assert!(!baton(&["list", "nobody@baton.example"]).0 && !baton(&["rename", EMAIL, "pk_of_nobody", "x"]).0);
    assert!(baton(&["rename", EMAIL, &first, "Desk"]).0 && baton(&["list", EMAIL]).1.contains("\tDesk\t"));
    let (done, said) = baton(&["address"]);
    assert!(done && said.contains(HOME), "{said}");
    let (done, said) = baton(&["address", "https://192.0.2.7"]);
    assert!(!done && said.contains("not to an IP address"), "{said}");
    let (done, said) = baton(&["address", "https://desk.example.org"]);
    assert!(done && said.contains("https://desk.example.org") && said.contains("another name"), "{said}");
    let (done, said) = baton(&["address", "--none"]);
    assert!(done && said.contains("no address is known"), "{said}");
    assert!(!baton(&["remove", EMAIL]).0 && !baton(&["remove", EMAIL, "pk_of_nobody"]).0);
    let (done, said) = baton(&["remove", EMAIL, &first]);
    assert!(done && said.contains("removed: 1"), "{said}");
    assert!(baton(&["remove", EMAIL, "--all"]).1.contains("removed: 0"));
    assert_eq!(baton(&["list", EMAIL]), (true, String::new()));
}
