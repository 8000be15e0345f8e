//! Single sign-on, against a real identity provider on this machine: who comes in, and who and what does not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

use crate::common;
use crate::common::play::{claims_of, send_claim, sender};
use crate::common::provider::{Browser, IdProvider, set_up};
use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use baton_demo::world::ClaimKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A member of the shop.
const EMAIL: &str = "agent@baton.example";

async fn stage(name: &'static str, url: Option<String>) -> (TestApp, IdProvider) {
    let app = TestApp::start(name, url).await;
    let provider = IdProvider::start(&[format!("{}/sso/callback", app.url)]).await;
    (app, provider)
}

/// What the house's ledger holds of a kind, newest last.
async fn told(app: &TestApp, kind: &str) -> Vec<Value> {
    let auditor = app.member("auditor@baton.example").await;
    let page = auditor.get(&format!("/api/v1/ledger?client=house&kind={kind}&limit=200")).await.ok();
    page.items().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_comes_in_by_a_verified_address_and_then_by_who_they_are() {
    for (name, url) in databases().await {
        let (app, provider) = stage(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let ways = app.nobody().get("/api/v1/session/ways").await.ok().body;
        assert_eq!(ways, json!({"password": true, "sso": null, "passkey": false}), "{name}");
        let none = app.nobody().post("/api/v1/session/sso", &json!({})).await;
        none.problem(404);
        set_up(&app, &admin, &provider, &json!({})).await;
        let shown = admin.get("/api/v1/sso").await.ok();
        assert!(shown.body["has_secret"] == true && !shown.text.contains("a-secret"), "{name}: {}", shown.text);
        assert_eq!(shown.body["redirect"], format!("{}/sso/callback", app.url), "{name}");
        let ways = app.nobody().get("/api/v1/session/ways").await.ok().body;
        assert_eq!(ways, json!({"password": true, "sso": "Work account", "passkey": false}), "{name}");

        let mut browser = Browser::new(&app);
        let page = browser.sign_in("ada", "/cases?client=larkspur").await;
        assert_eq!((page.status.as_u16(), page.location.as_str()), (303, "/cases?client=larkspur"), "{name} {page:?}");
        let session = browser.caller(&app).get("/api/v1/session").await.ok().body;
        assert_eq!(session["member"]["email"], EMAIL, "{name}: {session}");

        // From now on the address does not matter: they are known by who they are.
        provider
            .control(&json!({"people": {"ada": {"email": "new@elsewhere.example", "email_verified": false}}}))
            .await;
        let mut again = Browser::new(&app);
        let page = again.sign_in("ada", "").await;
        assert_eq!(page.location, "/desk", "{name}: {page:?}");
        assert_eq!(again.caller(&app).get("/api/v1/session").await.ok().body["member"]["email"], EMAIL, "{name}");
        let linked = told(&app, "member.linked").await;
        assert_eq!(linked.len(), 1, "{name}");
        assert_eq!(
            (&linked[0]["data"]["by"], &linked[0]["data"]["email_verified"]),
            (&json!("email"), &json!(true)),
            "{name}"
        );
        let opened = told(&app, "session.opened").await;
        assert_eq!(opened.iter().filter(|entry| entry["data"]["by"] == "sso").count(), 2, "{name}: {opened:?}");

        // Unlinked, the address counts again, and it is not verified.
        let member = session["member"]["id"].as_str().unwrap();
        admin.delete(&format!("/api/v1/members/{member}/sso"), None).await.ok();
        let page = Browser::new(&app).sign_in("ada", "").await;
        assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("has not verified"), "{name}: {page:?}");

        // Where the house takes it for granted it counts all the same, and the ledger says so.
        provider.control(&json!({"people": {"ada": {"email": EMAIL, "email_verified": false}}})).await;
        set_up(&app, &admin, &provider, &json!({"trust_email": true})).await;
        assert_eq!(Browser::new(&app).sign_in("ada", "").await.status.as_u16(), 303, "{name}");
        let linked = told(&app, "member.linked").await;
        assert!(linked.iter().any(|entry| entry["data"]["email_verified"] == false), "{name}: {linked:?}");
        app.stop().await;
    }
}

/// Work of the insurer that a member has claimed; where it is.
async fn claimed(app: &TestApp, admin: &Caller, member: &Caller, id: &Value) -> String {
    let case = send_claim(&sender(app).await, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
    let list = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
    let items = member.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let profile = json!({"licences": items["items"][0]["needs"]["licences"], "languages": ["en", "de"]});
    let of = format!("/api/v1/clients/{MUTUAL}/members/{}/profile", id.as_str().unwrap());
    admin.post(&of, &profile).await.ok();
    let item = format!("/api/v1/clients/{MUTUAL}/work-items/{}", items["items"][0]["id"].as_str().unwrap());
    member.post(&format!("{item}/claim"), &json!({})).await.ok();
    item
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_member_is_told_so_and_becomes_one_only_by_a_group_that_gives_a_role() {
    for (name, url) in databases().await {
        let (app, provider) = stage(name, url).await;
        let admin = app.member("admin@baton.example").await;
        set_up(&app, &admin, &provider, &json!({})).await;
        let person = |groups: &[&str]| json!({"people": {"eve": {"email": "eve@new.example", "email_verified": true, "name": "Eve\u{7} Lang", "groups": groups}}});
        provider.control(&person(&["Adjusters", "Others"])).await;
        let page = Browser::new(&app).sign_in("eve", "").await;
        assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("not a member"), "{name}: {page:?}");
        let refused = told(&app, "session.refused").await;
        assert!(refused.last().unwrap()["data"]["reason"].as_str().unwrap().contains("not a member"), "{name}");

        set_up(
            &app,
            &admin,
            &provider,
            &json!({"groups_claim": "groups", "create": true, "domains": ["other.example"]}),
        )
        .await;
        let page = Browser::new(&app).sign_in("eve", "").await;
        assert!(page.text.contains("your domain"), "{name}: {page:?}");
        set_up(&app, &admin, &provider, &json!({"groups_claim": "groups", "create": true, "domains": ["new.example"]}))
            .await;
        let page = Browser::new(&app).sign_in("eve", "").await;
        assert!(page.text.contains("none of your groups"), "{name}: {page:?}");

        let list = json!({"items": [
            {"group": "Adjusters", "client": MUTUAL, "role": "human_agent"},
            {"group": "Leads", "client": SHOP, "role": "supervisor"},
        ]});
        admin
            .put("/api/v1/group-roles", &json!({"items": [{"group": "x", "client": "nobody", "role": "admin"}]}))
            .await
            .problem(400);
        admin
            .put("/api/v1/group-roles", &json!({"items": [{"group": "x", "client": SHOP, "role": "service"}]}))
            .await
            .problem(400);
        admin.put("/api/v1/group-roles", &list).await.ok();
        assert_eq!(admin.get("/api/v1/group-roles").await.ok().body, list, "{name}");
        let mut browser = Browser::new(&app);
        let page = browser.sign_in("eve", "").await;
        assert_eq!(page.status.as_u16(), 303, "{name}: {page:?}");
        let session = browser.caller(&app).get("/api/v1/session").await.ok().body;
        assert_eq!(session["grants"], json!([{"client": MUTUAL, "role": "human_agent"}]), "{name}");
        assert_eq!(session["member"]["name"], "Eve Lang", "{name}");

        let item = claimed(&app, &admin, &browser.caller(&app), &session["member"]["id"]).await;

        // Other groups, other roles, from the next sign-in on; the session that is open has them at once too.
        provider.control(&person(&["Leads"])).await;
        let mut later = Browser::new(&app);
        later.sign_in("eve", "").await;
        let session = later.caller(&app).get("/api/v1/session").await.ok().body;
        assert_eq!(session["grants"], json!([{"client": SHOP, "role": "supervisor"}]), "{name}");
        browser.caller(&app).get(&format!("/api/v1/cases?client={MUTUAL}")).await.problem(404);
        let held = app.member("supervisor@baton.example").await.get(&item).await.ok().body;
        assert_eq!(held["state"], "waiting", "{name}: what they may no longer have goes back: {held}");

        // Nobody who is disabled comes in, whatever the provider says.
        let member: baton_base::MemberId = session["member"]["id"].as_str().unwrap().parse().unwrap();
        let house = app.house.system(&baton_base::ClientId::house(), "test");
        let patch = baton_govern::members::MemberPatch {
            state: Some(baton_govern::members::MemberState::Disabled),
            ..Default::default()
        };
        app.house.db.write(move |tx| baton_govern::members::update(tx, &house, &member, &patch)).await.unwrap();
        let page = Browser::new(&app).sign_in("eve", "").await;
        assert!(page.text.contains("disabled"), "{name}: {page:?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_sign_in_and_directory_want_stays_when_one_goes_and_goes_with_the_last() {
    for (name, url) in databases().await {
        let (app, provider) = stage(name, url).await;
        let admin = app.member("admin@baton.example").await;
        let list = json!({"items": [
            {"group": "Adjusters", "client": MUTUAL, "role": "human_agent"},
            {"group": "Leads", "client": SHOP, "role": "supervisor"},
        ]});
        admin.put("/api/v1/group-roles", &list).await.ok();
        let wanted = json!({"name": "directory", "roles": ["provisioner"], "audience": "scim"});
        let made = admin.post("/api/v1/tokens", &wanted).await.ok().body;
        let directory = app.bearer(made["token"].as_str().unwrap());
        let eve = directory.post("/scim/v2/Users", &json!({"userName": "eve@new.example"})).await.ok().id();
        let grants = async || {
            let page = admin.get("/api/v1/members").await.ok();
            let grants = page.items().iter().find(|member| member["id"] == *eve).unwrap()["grants"].clone();
            let mut roles: Vec<String> =
                grants.as_array().unwrap().iter().map(|grant| grant["role"].as_str().unwrap().to_owned()).collect();
            roles.sort();
            roles
        };
        let person = json!({"email": "eve@new.example", "email_verified": true, "groups": ["Adjusters", "Leads"]});
        provider.control(&json!({"people": {"eve": person}})).await;
        let sign_in = async || {
            set_up(&app, &admin, &provider, &json!({"groups_claim": "groups"})).await;
            let page = Browser::new(&app).sign_in("eve", "").await;
            assert_eq!(page.status.as_u16(), 303, "{name}: {page:?}");
        };
        sign_in().await;
        assert_eq!(grants().await, ["human_agent", "supervisor"], "{name}");

        // The directory wants one of them as well: it alone is left when single sign-on is forgotten.
        let group = json!({"displayName": "Adjusters", "members": [{"value": eve}]});
        let group = directory.post("/scim/v2/Groups", &group).await.ok().id();
        admin.delete("/api/v1/sso", None).await.ok();
        assert_eq!(grants().await, ["human_agent"], "{name}: what came by sign-in alone has gone");

        // The other way round: the directory's group goes, and the sign-in wants it yet.
        sign_in().await;
        directory.delete(&format!("/scim/v2/Groups/{group}"), None).await.ok();
        assert_eq!(grants().await, ["human_agent", "supervisor"], "{name}");
        admin.delete("/api/v1/sso", None).await.ok();
        assert!(grants().await.is_empty(), "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_proves_nothing_opens_nothing() {
    let (app, provider) = stage("sqlite", None).await;
    let admin = app.member("admin@baton.example").await;
    set_up(&app, &admin, &provider, &json!({})).await;
    for (spoil, words) in [
        ("expired", "it has expired"),
        ("audience", "meant for another program"),
        ("issuer", "another issuer"),
        ("nonce", "another sign-in"),
        ("future", "has not come"),
        ("key", "none of the provider's keys"),
        ("none", "no signed token"),
        ("shared", "key of the provider"),
    ] {
        provider.control(&json!({"spoil": spoil})).await;
        let mut browser = Browser::new(&app);
        let page = browser.sign_in("ada", "").await;
        assert!(page.status == StatusCode::FORBIDDEN && page.text.contains(words), "{spoil}: {page:?}");
        assert!(browser.cookie("baton_session").is_none(), "{spoil}");
    }
    provider.control(&json!({"spoil": null})).await;

    // Other keys are found; what is signed by them counts.
    Browser::new(&app).sign_in("ada", "").await;
    provider.control(&json!({"rotate": true})).await;
    let page = Browser::new(&app).sign_in("ada", "").await;
    assert_eq!(page.status.as_u16(), 303, "{page:?}");

    provider.control(&json!({"refuse": true})).await;
    let page = Browser::new(&app).sign_in("ada", "").await;
    assert!(page.text.contains("access_denied"), "{page:?}");
    provider.control(&json!({"refuse": false})).await;

    // Another program's secret is not Baton's.
    provider.control(&json!({"client": {"client_secret": "another"}})).await;
    let page = Browser::new(&app).sign_in("ada", "").await;
    assert!(page.text.contains("does not take the code"), "{page:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_finished_once_by_the_browser_that_began_it_and_leads_nowhere_else() {
    let (app, provider) = stage("sqlite", None).await;
    let admin = app.member("admin@baton.example").await;
    set_up(&app, &admin, &provider, &json!({})).await;
    for to in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        app.nobody().post("/api/v1/session/sso", &json!({"to": to})).await.problem(400);
    }
    let mut browser = Browser::new(&app);
    let begun = browser.begin("ada", "").await;
    for (name, value) in [("code_challenge_method", "S256"), ("response_type", "code")] {
        assert!(begun.contains(&format!("{name}={value}")), "{begun}");
    }
    let back = browser.at_provider(&begun).await;

    // Somebody is made to finish what another browser has begun: it is not theirs.
    let mut other = Browser::new(&app);
    let page = other.get(&back).await;
    assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("has begun no such sign-in"), "{page:?}");
    other.begin("ada", "").await;
    let page = other.get(&back).await;
    assert!(page.text.contains("has begun no such sign-in"), "{page:?}");
    let strange = back.replace("state=", "state=0");
    assert!(browser.get(&strange).await.text.contains("has begun no such sign-in"));

    // The code of one sign-in in the place of another's.
    let mut second = browser.clone();
    let begun = second.begin("ada", "").await;
    let fresh = second.at_provider(&begun).await;
    let part = |url: &str, wanted: &str| {
        let url = reqwest::Url::parse(url).unwrap();
        url.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned()
    };
    let swapped = fresh.replace(&part(&fresh, "code"), &part(&back, "code"));
    let page = second.get(&swapped).await;
    assert!(page.text.contains("does not take the code"), "{page:?}");

    // Another provider's answer.
    let mut third = Browser::new(&app);
    let begun = third.begin("ada", "").await;
    let fresh = third.at_provider(&begun).await;
    let iss = part(&fresh, "iss");
    assert_eq!(iss, provider.issuer);
    let page = third.get(&format!("{}&iss=https://evil.example", fresh.split("&iss=").next().unwrap())).await;
    assert!(page.text.contains("another identity provider"), "{page:?}");

    // Once is enough.
    let mut fourth = Browser::new(&app);
    let begun = fourth.begin("ada", "").await;
    let fresh = fourth.at_provider(&begun).await;
    assert_eq!(fourth.get(&fresh).await.status.as_u16(), 303);
    let page = fourth.get(&fresh).await;
    assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("finished already"), "{page:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_provider_is_called_and_only_if_it_is_what_it_is_said_to_be() {
    let (app, provider) = stage("sqlite", None).await;
    let admin = app.member("admin@baton.example").await;
    let put = |more: Value| {
        let mut settings = json!({"issuer": provider.issuer, "client_id": "baton", "origin": app.url, "inside": true});
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let admin = admin.clone();
        async move { admin.put("/api/v1/sso", &json!({"provider": settings})).await }
    };
    put(json!({"inside": false})).await.problem(400);
    put(json!({"issuer": "http://169.254.169.254", "inside": true})).await.problem(503);
    let other = put(json!({"issuer": provider.issuer.replace("127.0.0.1", "localhost")})).await;
    assert!(other.problem(400).text.contains("calls itself"), "{}", other.text);
    let inside = put(json!({"issuer": "https://localhost:1", "inside": false})).await;
    assert!(inside.problem(503).text.contains("inside"), "{}", inside.text);
    put(json!({"origin": "http://baton.example.org"})).await.problem(400);
    put(json!({"surprise": 1})).await.problem(400);
    assert_eq!(admin.get("/api/v1/sso").await.ok().body["provider"], Value::Null);
    for who in ["supervisor@baton.example", "auditor@baton.example", "ai-lead@baton.example"] {
        let member = app.member(who).await;
        member.get("/api/v1/sso").await.problem(403);
        member.put("/api/v1/sso", &json!({"provider": {}})).await.problem(403);
        member.get("/api/v1/group-roles").await.problem(403);
        member.put("/api/v1/group-roles", &json!({"items": []})).await.problem(403);
        member.delete("/api/v1/sso", None).await.problem(403);
    }
    put(json!({})).await.ok();
    admin.delete("/api/v1/sso", None).await.ok();
    admin.delete("/api/v1/sso", None).await.problem(404);
    assert_eq!(told(&app, "identity.provider_changed").await.len(), 1);
    assert_eq!(told(&app, "identity.provider_removed").await.len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_passwords_are_off_an_administrator_with_a_second_factor_still_comes_in() {
    for (name, url) in databases().await {
        let (app, provider) = stage(name, url).await;
        let admin = app.member("admin@baton.example").await;
        set_up(&app, &admin, &provider, &json!({})).await;
        let people = json!({"people": {
            "ada": {"email": EMAIL, "email_verified": true},
            "tove": {"email": "admin@baton.example", "email_verified": true},
        }});
        provider.control(&people).await;
        let settings = |only: bool| json!({"provider": {"issuer": provider.issuer, "client_id": "baton", "origin": app.url, "inside": true, "only": only}});
        let early = admin.put("/api/v1/sso", &settings(true)).await;
        assert!(early.problem(400).text.contains("locked out"), "{name}: {}", early.text);
        Browser::new(&app).sign_in("tove", "").await;
        admin.put("/api/v1/sso", &settings(true)).await.ok();
        assert_eq!(app.nobody().get("/api/v1/session/ways").await.ok().body["password"], false, "{name}");

        let password = |email: &str, code: Option<String>| {
            let mut body = json!({"email": email, "password": baton_server::demo::seed::PASSWORD});
            code.into_iter().for_each(|code| body["code"] = json!(code));
            let nobody = app.nobody();
            async move { nobody.post("/api/v1/session", &body).await }
        };
        for email in [EMAIL, "admin@baton.example", "nobody@baton.example"] {
            let refused = password(email, None).await;
            assert!(refused.problem(401).text.contains("single sign-on"), "{name} {email}: {}", refused.text);
        }
        // The way back in: a second factor.
        let begun = admin.post("/api/v1/session/second-factor", &json!({})).await.ok().body;
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let now_ms = app.house.env.now_ms();
        let first = json!({"code": common::code_of(&secret, now_ms)}).to_string().into_bytes();
        let paper = admin.send(Method::PUT, "/api/v1/session/second-factor", Some(first)).await.ok().body;
        let paper: Vec<String> = serde_json::from_value(paper["recovery_codes"].clone()).unwrap();
        password("admin@baton.example", None).await.problem(401);
        password("admin@baton.example", Some(paper[0].clone())).await.ok();

        // By the provider, the same second factor is asked for, and nothing is open until it is there.
        let mut browser = Browser::new(&app);
        let page = browser.sign_in("tove", "/settings").await;
        assert_eq!(page.location, "/signin?code=1&to=%2Fsettings", "{name}: {page:?}");
        assert!(browser.cookie("baton_session").is_none(), "{name}");
        let (status, body) = browser.post("/api/v1/session/sso/code", &json!({"code": "000000"})).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {body}");
        let mut thief = Browser::new(&app);
        let (status, _) = thief.post("/api/v1/session/sso/code", &json!({"code": paper[1]})).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        let (status, body) = browser.post("/api/v1/session/sso/code", &json!({"code": paper[1]})).await;
        assert_eq!((status, &body["member"]["email"]), (StatusCode::OK, &json!("admin@baton.example")), "{name}");
        browser.caller(&app).get("/api/v1/session").await.ok();
        let (status, _) = browser.post("/api/v1/session/sso/code", &json!({"code": paper[2]})).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: it is used up");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_with_the_database_is_a_way_back_in() {
    let (app, provider) = stage("sqlite", None).await;
    let key = app.key_file();
    let (issuer, origin) = (provider.issuer.clone(), app.url.clone());
    let (database, folder) = app.stop().await;
    let baton = |arguments: &[&str], input: Option<&str>| {
        use std::io::Write as _;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_baton"));
        command.arg("sso").args(arguments).args(["--database", &database, "--master-key-file"]).arg(&key);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        (done.status.success(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap())
    };
    let file = folder.path().join("sso.yaml");
    std::fs::write(&file, format!("issuer: {issuer}\nclient_id: baton\norigin: {origin}\ninside: true\n")).unwrap();
    let file = file.to_str().unwrap();
    let (done, said) = baton(&["set", file], None);
    assert!(done && said.contains("/sso/callback"), "{said}");
    assert!(baton(&["secret"], Some("hush\n")).0);
    assert!(baton(&["only", "on"], None).0);
    let (_, said) = baton(&["show"], None);
    assert!(
        said.contains("\"only\": true") && said.contains("\"has_secret\": true") && !said.contains("hush"),
        "{said}"
    );
    assert!(baton(&["only", "off"], None).0 && baton(&["show"], None).1.contains("\"only\": false"));
    assert!(baton(&["off"], None).0 && baton(&["show"], None).1.contains("no single sign-on"));
    std::fs::write(file, "issuer: http://a.example\nclient_id: baton\norigin: https://b.example\n").unwrap();
    let (done, said) = baton(&["set", file], None);
    assert!(!done && said.contains("https://"), "{said}");
}
