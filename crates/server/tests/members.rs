//! Members as an administrator keeps them: over the API, and for the first one by the command line.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim, sender};
use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use baton_base::ClientId;
use baton_demo::world::ClaimKind;
use baton_govern::Role;
use baton_govern::members::{self, NewMember};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PASSWORD: &str = "a first password";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    let body = json!({"email": email, "password": password});
    app.nobody().post("/api/v1/session", &body).await.status.as_u16()
}

async fn signed_in(app: &TestApp, email: &str) -> Caller {
    let answer = app.nobody().post("/api/v1/session", &json!({"email": email, "password": PASSWORD})).await.ok();
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    app.nobody().with_session(cookie.strip_prefix("baton_session=").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_added_works_gets_other_roles_and_is_out_at_once_when_disabled() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.new_member("boss@baton.example", MUTUAL, &[Role::Admin]).await;
        let new = json!({
            "email": "New@Baton.example", "name": "Noa New", "password": PASSWORD, "client": MUTUAL, "roles": ["supervisor"],
        });
        let made = admin.post("/api/v1/members", &new).await.ok().body;
        let (id, email) = (made["id"].as_str().unwrap().to_owned(), made["email"].as_str().unwrap().to_owned());
        assert_eq!(made["grants"], json!([{"client": MUTUAL, "role": "supervisor"}]), "{name}: {made}");
        admin.post("/api/v1/members", &new).await.problem(409);
        let noa = signed_in(&app, &email).await;

        // What they have goes back when they are disabled, and their session is over.
        let case = send_claim(&sender(&app).await, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
        let list = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
        let items = noa.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
        let item = format!("/api/v1/clients/{MUTUAL}/work-items/{}", items["items"][0]["id"].as_str().unwrap());
        let profile = json!({"licences": items["items"][0]["needs"]["licences"], "languages": ["en", "de"]});
        admin.post(&format!("/api/v1/clients/{MUTUAL}/members/{id}/profile"), &profile).await.ok();
        noa.post(&format!("{item}/claim"), &json!({})).await.ok();
        let at = format!("/api/v1/members/{id}");
        admin.post(&at, &json!({"client": MUTUAL, "state": "disabled"})).await.ok();
        noa.get("/api/v1/floor").await.problem(401);
        assert_eq!(sign_in(&app, &email, PASSWORD).await, 401, "{name}");
        let supervisor = app.member("supervisor@baton.example").await;
        let back = supervisor.get(&item).await.ok().body;
        assert_eq!((&back["state"], &back["claimed_by"]), (&json!("waiting"), &Value::Null), "{name}: {back}");

        admin.post(&at, &json!({"client": MUTUAL, "state": "active", "name": "Noa Newer"})).await.ok();
        let roles = json!({"client": MUTUAL, "roles": ["human_agent", "qa_analyst"]});
        let now = admin.put(&format!("{at}/roles"), &roles).await.ok().body;
        let held: Vec<_> = now["grants"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
        assert_eq!((held, &now["name"]), (vec!["human_agent", "qa_analyst"], &json!("Noa Newer")), "{name}: {now}");
        let noa = signed_in(&app, &email).await;
        let other = "another password";
        admin.post(&at, &json!({"client": MUTUAL, "password": other})).await.ok();
        noa.get("/api/v1/floor").await.problem(401);
        assert_eq!(
            (sign_in(&app, &email, PASSWORD).await, sign_in(&app, &email, other).await / 100),
            (401, 2),
            "{name}"
        );

        let auditor = app.member("auditor@baton.example").await;
        let told = auditor.get(&format!("/api/v1/ledger?client={MUTUAL}&kind=role.granted")).await.ok();
        assert!(told.text.contains(&id) && told.text.contains("qa_analyst"), "{name}: {}", told.text);
        assert!(!told.text.contains(PASSWORD), "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_may_no_longer_have_goes_back_with_their_role() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("boss@baton.example", MUTUAL, &[Role::Admin]).await;
    let noa = app.new_member("noa@baton.example", MUTUAL, &[Role::Supervisor]).await;
    let all = admin.get(&format!("/api/v1/members?client={MUTUAL}")).await.ok();
    let id = all.items().iter().find(|one| one["email"] == "noa@baton.example").unwrap()["id"].clone();
    let id = id.as_str().unwrap();
    let case = send_claim(&sender(&app).await, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
    let list = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
    let items = noa.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let profile = json!({"licences": items["items"][0]["needs"]["licences"], "languages": ["en", "de"]});
    admin.post(&format!("/api/v1/clients/{MUTUAL}/members/{id}/profile"), &profile).await.ok();
    let item = format!("/api/v1/clients/{MUTUAL}/work-items/{}", items["items"][0]["id"].as_str().unwrap());
    noa.post(&format!("{item}/claim"), &json!({})).await.ok();
    let roles = format!("/api/v1/members/{id}/roles");
    let held = async |role: &str| {
        admin.put(&roles, &json!({"client": MUTUAL, "roles": [role]})).await.ok();
        let now = app.member("supervisor@baton.example").await.get(&item).await.ok().body;
        now["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(held("human_agent").await, "claimed", "a role that may have work keeps it");
    assert_eq!(held("auditor").await, "waiting");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_shuts_themselves_out_reaches_beyond_their_client_or_makes_a_person_a_machine() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("boss@baton.example", MUTUAL, &[Role::Admin]).await;
    let supervisor = app.new_member("sup@baton.example", MUTUAL, &[Role::Supervisor]).await;
    app.new_member("shop@baton.example", SHOP, &[Role::HumanAgent]).await;
    let everyone = app.member("admin@baton.example").await.get("/api/v1/members").await.ok();
    let id = |email: &str| {
        let found = everyone.items().iter().find(|one| one["email"] == email);
        found.map(|one| one["id"].as_str().unwrap().to_owned()).unwrap()
    };
    let of = |email: &str| format!("/api/v1/members/{}", id(email));
    let (me, theirs) = (of("boss@baton.example"), of("shop@baton.example"));
    admin.post(&me, &json!({"client": MUTUAL, "state": "disabled"})).await.problem(409);
    admin.put(&format!("{me}/roles"), &json!({"client": MUTUAL, "roles": ["auditor"]})).await.problem(409);
    admin.post(&theirs, &json!({"client": MUTUAL, "name": "Mine"})).await.problem(404);
    admin.put(&format!("{theirs}/roles"), &json!({"client": MUTUAL, "roles": ["auditor"]})).await.problem(404);
    admin.post(&theirs, &json!({"client": SHOP, "name": "Mine"})).await.problem(404);
    let machine = json!({"email": "m@baton.example", "name": "M", "client": MUTUAL, "roles": ["service"]});
    admin.post("/api/v1/members", &machine).await.problem(400);
    let nobodys = json!({"email": "o@baton.example", "name": "O", "client": MUTUAL, "roles": []});
    admin.post("/api/v1/members", &nobodys).await.problem(400);
    let after = app.member("admin@baton.example").await.get("/api/v1/members").await.ok();
    for refused in ["m@baton.example", "o@baton.example"] {
        assert!(!after.items().iter().any(|one| one["email"] == refused), "what is refused leaves nobody behind");
    }
    let roles = ["auditor"];
    let short = json!({"email": "s@baton.example", "name": "S", "password": "short", "client": MUTUAL, "roles": roles});
    admin.post("/api/v1/members", &short).await.problem(400);
    let at_house = json!({"email": "h@baton.example", "name": "H", "roles": ["admin"]});
    admin.post("/api/v1/members", &at_house).await.problem(404);
    supervisor.post("/api/v1/members", &machine).await.problem(403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_somebody_works_besides_is_seen_by_those_alone_who_see_both() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("boss@baton.example", MUTUAL, &[Role::Admin]).await;
    app.new_member("both@baton.example", MUTUAL, &[Role::HumanAgent]).await;
    let house = app.member("admin@baton.example").await;
    let of = |page: &[Value]| page.iter().find(|one| one["email"] == "both@baton.example").cloned().unwrap();
    let path = format!(
        "/api/v1/members/{}/roles",
        of(house.get("/api/v1/members").await.ok().items())["id"].as_str().unwrap()
    );
    house.put(&path, &json!({"client": SHOP, "roles": ["supervisor"]})).await.ok();
    let list = format!("/api/v1/members?client={MUTUAL}");
    let seen = of(house.get(&list).await.ok().items());
    assert_eq!(seen["grants"].as_array().unwrap().len(), 2, "{seen}");
    let here = json!([{"client": MUTUAL, "role": "human_agent"}]);
    assert_eq!(of(admin.get(&list).await.ok().items())["grants"], here);
    let told = admin.put(&path, &json!({"client": MUTUAL, "roles": ["human_agent"]})).await.ok().body;
    assert_eq!(told["grants"], here);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_came_last_is_found_behind_two_hundred_others() {
    let app = TestApp::start("sqlite", None).await;
    let house = app.house.system(&ClientId::house(), "test");
    let many = app.house.db.write(move |tx| {
        (0..201).try_for_each(|n| {
            let new = NewMember { email: format!("m{n}@many.example"), name: format!("M {n}"), ..NewMember::default() };
            members::create(tx, &house, &new).map(|_| ())
        })
    });
    many.await.unwrap();
    let admin = app.member("admin@baton.example").await;
    let (mut found, mut path) = (Vec::new(), "/api/v1/members".to_owned());
    loop {
        let page = admin.get(&path).await.ok();
        found.extend(page.items().iter().map(|one| one["email"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/api/v1/members?after={next}");
    }
    assert!(found.iter().any(|email| email == "m200@many.example"), "{}", found.len());
    let once: std::collections::BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "each once");
    app.stop().await;
}

fn started(app: &TestApp, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.arg("member").args(args).args(["--database", &app.database, "--master-key-file"]).arg(app.key_file());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn baton(app: &TestApp, args: &[&str], input: &str) -> (bool, String) {
    let mut child = started(app, args);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ran = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    (ran.status.success(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_is_made_beside_the_database_and_makes_the_others() {
    let app = TestApp::start("sqlite", None).await;
    let email = "first@baton.example";
    let (done, said) =
        baton(&app, &["add", email, "--name", "First", "--role", "admin", "--password-stdin"], "a first password\n");
    assert!(done, "{said}");
    let first = signed_in(&app, email).await;
    let new = json!({"email": "second@baton.example", "name": "Second", "client": SHOP, "roles": ["human_agent"]});
    first.post("/api/v1/members", &new).await.ok();
    let (done, said) = baton(&app, &["list", "--client", SHOP], "");
    assert!(done && said.contains("second@baton.example") && said.contains("human_agent"), "{said}");
    let (done, said) = baton(&app, &["roles", "second@baton.example", "--client", SHOP, "--role", "supervisor"], "");
    assert!(done && said.contains("supervisor"), "{said}");
    let (done, said) = baton(&app, &["disable", email], "");
    assert!(done, "{said}");
    first.get("/api/v1/floor").await.problem(401);
    let (done, said) = baton(&app, &["enable", email], "");
    assert!(done, "{said}");
    assert_eq!(sign_in(&app, email, PASSWORD).await / 100, 2);
    let (done, said) =
        baton(&app, &["add", "third@baton.example", "--name", "T", "--client", "none", "--role", "admin"], "");
    assert!(!done && said.contains("client none"), "{said}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_is_typed_is_taken_at_the_end_of_its_line() {
    let app = TestApp::start("sqlite", None).await;
    let mut child = started(&app, &["add", "typed@baton.example", "--name", "Typed", "--password-stdin"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    // The input stays open, as that of a terminal does.
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let ran = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("nothing more is waited for").unwrap();
    drop(input);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(sign_in(&app, "typed@baton.example", PASSWORD).await / 100, 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_read_a_few_at_a_time_and_only_of_those_whom_one_works_with() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let nina = app.new_member("nina@baton.example", SHOP, &[Role::HumanAgent]).await;
        let otto = app.new_member("otto@baton.example", MUTUAL, &[Role::HumanAgent]).await;
        let found = async |who: &Caller, query: &str| who.get(&format!("/api/v1/names?{query}")).await.ok().body;
        let own = found(&nina, "q=NINA").await;
        assert_eq!(
            (own["items"][0]["name"].as_str(), &own["more"]),
            (Some("nina@baton.example"), &json!(false)),
            "{name}"
        );
        assert_eq!(found(&nina, "q=otto").await["items"], json!([]), "{name}: works elsewhere");
        let id = found(&otto, "q=otto").await["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(found(&nina, &format!("ids={id}")).await["items"], json!([]), "{name}: nor by the id");
        assert_eq!(found(&otto, &format!("ids={id},mem_nobody")).await["items"][0]["id"], id, "{name}");
        let page = found(&nina, &format!("client={SHOP}&limit=1")).await;
        assert_eq!((page["items"].as_array().unwrap().len(), &page["more"]), (1, &json!(true)), "{name}: {page}");
        let refused = nina.get(&format!("/api/v1/names?client={MUTUAL}")).await;
        assert!(refused.status.is_client_error(), "{name}: {}", refused.text);
        nina.get(&format!("/api/v1/names?ids={}", vec!["mem_a"; 201].join(","))).await.problem(400);
        assert_eq!(found(&nina, "q=100%25").await["items"], json!([]), "{name}: a sign of patterns is a sign");
        app.stop().await;
    }
}
