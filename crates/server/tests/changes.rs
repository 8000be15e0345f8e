//! What steers AI changes by proposals: checked, approved by somebody else, published, taken back; levels by evidence;
//! and the stop switch holds everywhere at once.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::{MUTUAL, SHOP, TestApp, databases, root};
use baton_agents::Models;
use baton_base::{ClientId, EffectId, Error, SystemClock};
use baton_clients::changes::{self, Content, New};
use baton_db::params;
use baton_govern::{Level, Role};
use baton_server::House;
use baton_server::changes::{Sent, propose};
use baton_tools::store::{self, Effect, State};
use baton_tools::{Call, Called};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A blueprint's files, tests included.
fn files(blueprint: &str) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let folder = root().join("blueprints").join(blueprint);
    let mut found = BTreeMap::new();
    walk(&folder, &folder, &mut found);
    found.retain(|path, _| !path.starts_with("processes/") || !path.ends_with(".test.yaml"));
    found
}

/// Edits of the shop's files: a policy more, and no tests of calls, which it would fail.
fn stricter() -> BTreeMap<String, Option<String>> {
    let mut policy = files("retail-support").remove("policies/retail.cedar").unwrap();
    policy.push_str("\n@id(\"no-exchange\")\n@reason(\"exchanges are closed this week\")\nforbid (principal, action == Action::\"exchange_delivered_order_items\", resource);\n");
    BTreeMap::from([("policies/retail.cedar".into(), Some(policy)), ("policies/retail.test.yaml".into(), None)])
}

#[tokio::test]
async fn a_change_is_proposed_checked_approved_by_another_published_and_taken_back() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
        let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
        let at = format!("/api/v1/clients/{SHOP}/proposals");
        let base = base(&author).await;
        let body = json!({"title": "No exchanges", "reason": "the warehouse moves", "edits": stricter(), "base": base});
        let made = author.post(&at, &body).await.ok().body;
        assert_eq!((&made["state"], &made["ready"]), (&json!("open"), &json!(true)), "{made}");
        let id = made["id"].as_str().unwrap().to_owned();
        let shown = lead.get(&format!("{at}/{id}")).await.ok().body;
        let changed: Vec<_> = shown["diff"].as_array().unwrap().iter().map(|f| f["file"].clone()).collect();
        assert_eq!(changed, ["policies/retail.cedar", "policies/retail.test.yaml"], "{shown}");
        assert!(shown["diff"][0]["lines"].to_string().contains("+@id"), "{shown}");

        author.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(403);
        lead.post(&format!("{at}/{id}/publish"), &json!({})).await.problem(409);
        assert_eq!(
            lead.post(&format!("{at}/{id}/approve"), &json!({"reason": "seen"})).await.ok().body["state"],
            "approved"
        );
        lead.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(409);
        let before = policies(&lead).await;
        assert!(!before.contains(&"no-exchange".to_owned()));
        lead.post(&format!("{at}/{id}/publish"), &json!({})).await.ok();
        assert!(policies(&lead).await.contains(&"no-exchange".to_owned()), "live on this node at once");
        lead.post(&format!("{at}/{id}/rollback"), &json!({"reason": ""})).await.problem(400);
        let back = lead.post(&format!("{at}/{id}/rollback"), &json!({"reason": "too early"})).await.ok().body;
        assert_eq!(back["state"], "rolled_back");
        assert_eq!(policies(&lead).await, before);

        let kinds = app
            .member("auditor@baton.example")
            .await
            .get(&format!("/api/v1/ledger?client={SHOP}&kind=change."))
            .await
            .ok();
        let kinds: Vec<_> = kinds.items().iter().rev().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["change.proposed", "change.approved", "change.published", "change.rolled_back"]);
        let neighbour = app.new_member("n@baton.example", MUTUAL, &[Role::AiLead]).await;
        neighbour.get(&format!("{at}/{id}")).await.problem(404);
        app.stop().await;
    }
}

/// The release whose files are edited.
async fn base(lead: &common::Caller) -> Value {
    lead.get(&format!("/api/v1/clients/{SHOP}/blueprint")).await.ok().body["release"].clone()
}

async fn policies(lead: &common::Caller) -> Vec<String> {
    let page = lead.get(&format!("/api/v1/clients/{SHOP}/policies")).await.ok();
    page.items().iter().map(|policy| policy["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn nobody_approves_their_own_several_may_be_asked_and_failed_checks_and_missing_owners_keep_it_back() {
    let app = TestApp::start("sqlite", None).await;
    let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
    let second = app.new_member("second@baton.example", SHOP, &[Role::AiLead]).await;
    let third = app.new_member("third@baton.example", SHOP, &[Role::AiLead, Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}/proposals");
    let base = base(&lead).await;
    let propose =
        |edits: BTreeMap<String, Option<String>>| json!({"title": "t", "reason": "r", "edits": edits, "base": base});
    third.post(&format!("/api/v1/clients/{SHOP}/approvals"), &json!({"approvals": 2})).await.ok();
    lead.post(&format!("/api/v1/clients/{SHOP}/approvals"), &json!({"approvals": 1})).await.problem(403);

    let id = lead.post(&at, &propose(stricter())).await.ok().id();
    lead.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(403);
    assert_eq!(second.post(&format!("{at}/{id}/approve"), &json!({})).await.ok().body["state"], "open");
    assert_eq!(third.post(&format!("{at}/{id}/approve"), &json!({})).await.ok().body["state"], "approved");

    let mut unowned = stricter();
    let head = files("retail-support").remove("blueprint.yaml").unwrap();
    let head = head.lines().filter(|line| !line.starts_with("owner:")).collect::<Vec<_>>().join("\n");
    unowned.insert("blueprint.yaml".into(), Some(head));
    let made = lead.post(&at, &propose(unowned)).await.ok().body;
    assert_eq!(made["ready"], false);
    let id = made["id"].as_str().unwrap().to_owned();
    second.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    third.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    let refused = second.post(&format!("{at}/{id}/publish"), &json!({})).await;
    assert!(refused.problem(403).text.contains("owners"), "{}", refused.text);

    let mut failing = stricter();
    failing.insert("policies/retail.test.yaml".into(), Some("tests:\n  - { name: exchanges go, principal: agent:concierge, action: list_all_product_types, args: {}, expect: refuse }\n".into()));
    let made = lead.post(&at, &propose(failing)).await.ok().body;
    let check = made["checks"].as_array().unwrap().iter().find(|c| c["name"] == "policy tests").unwrap().clone();
    assert_eq!(check["passed"], false, "{check}");

    let mut broken = stricter();
    broken.insert("policies/more.cedar".into(), Some("permit (principal".into()));
    lead.post(&at, &propose(broken.clone())).await.problem(400);
    // While editing the same is told file by file, and nothing is kept.
    let proposals = lead.get(&at).await.ok().items().len();
    let told = lead
        .post(&format!("/api/v1/clients/{SHOP}/blueprint/check"), &json!({"edits": broken, "base": base}))
        .await
        .ok()
        .body;
    assert_eq!((&told["findings"][0]["file"], &told["checks"]), (&json!("policies/more.cedar"), &json!([])), "{told}");
    let told = lead
        .post(&format!("/api/v1/clients/{SHOP}/blueprint/check"), &json!({"edits": stricter(), "base": base}))
        .await
        .ok()
        .body;
    assert_eq!((&told["findings"], &told["checks"][0]["passed"]), (&json!([]), &json!(true)), "{told}");
    let agents = told["checks"].as_array().unwrap().iter().find(|check| check["name"] == "agents").unwrap();
    assert_eq!((&agents["passed"], &agents["says"]), (&json!(true), &json!("nothing found")), "{agents}");
    assert_eq!(lead.get(&at).await.ok().items().len(), proposals);
    let gone = json!({"title": "t", "reason": "r", "edits": {"no/such.md": null}, "base": base});
    lead.post(&at, &gone).await.problem(400);
    // Edits of a release that is not live any more would take back what has gone live since.
    let stale = json!({"title": "t", "reason": "r", "edits": stricter(), "base": "rel_of_before"});
    lead.post(&at, &stale).await.problem(409);
    // A service account is nobody who approves, and whoever made its token is no other person than it.
    let token = json!({"name": "pipeline", "roles": ["ai_lead"], "client": SHOP});
    let token = third.post("/api/v1/tokens", &token).await.ok().body;
    let pipeline = app.bearer(token["token"].as_str().unwrap());
    let id = lead.post(&at, &propose(stricter())).await.ok().id();
    pipeline.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(403);
    let id = pipeline.post(&at, &propose(stricter())).await.ok().id();
    third.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(403);
    second.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    app.stop().await;
}

#[tokio::test]
async fn what_has_gone_live_while_a_change_was_checked_is_not_taken_back_by_it() {
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
    let at = format!("/api/v1/clients/{SHOP}/proposals");
    let old = base(&author).await;
    let body = json!({"title": "No exchanges", "reason": "the warehouse moves", "edits": stricter(), "base": old});
    let id = author.post(&at, &body).await.ok().id();
    lead.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    lead.post(&format!("{at}/{id}/publish"), &json!({})).await.ok();
    // The files of another proposal were put together on the release before.
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let (title, reason) = ("Another".to_owned(), "as agreed".to_owned());
    let base = serde_json::from_value(old).unwrap();
    let sent = Sent { title, reason, files: files("retail-support"), base, ..Sent::default() };
    let overtaken = propose(&app.house, &ctx, sent).await;
    assert!(matches!(&overtaken, Err(Error::Conflict(why)) if why.contains("read the files again")), "{overtaken:?}");
    app.stop().await;
}

#[tokio::test]
async fn every_proposal_is_found_however_many_there_are() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let ctx = app.house.system(&ClientId::known(SHOP), "test");
        let many = app.house.db.write(move |tx| {
            (0..205).try_for_each(|n| {
                let content = Content::Autonomy { intent: "*".into(), action: "*".into(), level: Some(Level::Suggest) };
                let (title, reason) = (n.to_string(), "r".to_owned());
                let new = New { title, reason, content, checks: Vec::new(), publish_ms: None };
                changes::propose(tx, &ctx, new).map(|_| ())
            })
        });
        many.await.unwrap();
        let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
        let first = format!("/api/v1/clients/{SHOP}/proposals?state=open&limit=200");
        let (mut found, mut path) = (Vec::new(), first.clone());
        loop {
            let page = lead.get(&path).await.ok();
            found.extend(page.items().iter().map(|one| one["title"].as_str().unwrap().to_owned()));
            let Some(next) = page.body["next"].as_str() else { break };
            path = format!("{first}&after={next}");
        }
        let newest_first: Vec<_> = (0..205).rev().map(|n| n.to_string()).collect();
        assert_eq!(found, newest_first, "{name}");
        lead.get(&format!("/api/v1/clients/{SHOP}/proposals?limit=0")).await.problem(400);
        app.stop().await;
    }
}

/// Makes the release before a published proposal, and the release of an approved one, such as no longer load.
fn age(tx: &mut baton_db::Tx, published: &str, approved: &str) -> baton_base::Result<()> {
    const BROKEN: &str = "permit (principal";
    let client = ClientId::known(SHOP);
    let live = baton_clients::live_release(tx, &client)?.unwrap();
    let mut bundle = baton_clients::release(tx, &client, &live)?.bundle;
    bundle.files.insert("policies/old.cedar".to_owned(), BROKEN.to_owned());
    bundle.sources.insert("policies/old.cedar".to_owned(), BROKEN.to_owned());
    tx.execute(
        "INSERT INTO release (client_id, release_id, blueprint, version, digest, bundle, created_by, created_ms) \
         VALUES ($1, 'rel_of_before', 'retail-support', '1', 'd', $2, 'test', 0)",
        params![client, serde_json::to_string(&bundle).unwrap()],
    )?;
    let sql = "UPDATE proposal SET base = 'rel_of_before' WHERE client_id = $1 AND proposal_id = $2";
    tx.execute(sql, params![client, published])?;
    let sql = "SELECT content FROM proposal WHERE client_id = $1 AND proposal_id = $2";
    let mut content: Value = tx.query_one(sql, params![client, approved], |row| row.json(0))?;
    content["bundle"]["files"]["policies/old.cedar"] = BROKEN.into();
    let sql = "UPDATE proposal SET content = $3 WHERE client_id = $1 AND proposal_id = $2";
    tx.execute(sql, params![client, approved, content.to_string()]).map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_longer_loads_goes_live_by_no_change_and_its_files_can_be_had() {
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
    let at = format!("/api/v1/clients/{SHOP}/proposals");
    let propose = async |edits: BTreeMap<String, Option<String>>| {
        let body = json!({"title": "t", "reason": "r", "edits": edits, "base": base(&author).await});
        let id = author.post(&at, &body).await.ok().id();
        lead.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
        id
    };
    let published = propose(stricter()).await;
    lead.post(&format!("{at}/{published}/publish"), &json!({})).await.ok();
    let live = base(&lead).await;
    let mut again = stricter();
    again.remove("policies/retail.test.yaml");
    let approved = propose(again).await;
    let (of, other) = (published.clone(), approved.clone());
    app.house.db.write(move |tx| age(tx, &of, &other)).await.unwrap();

    let refused = lead.post(&format!("{at}/{approved}/publish"), &json!({})).await;
    let text = &refused.problem(409).text;
    assert!(text.contains("does not load") && text.contains("policies/old.cedar"), "{text}");
    let refused = lead.post(&format!("{at}/{published}/rollback"), &json!({"reason": "too early"})).await;
    let text = &refused.problem(409).text;
    assert!(text.contains("policies/old.cedar") && text.contains("baton proposal files"), "{text}");
    assert_eq!(lead.get(&format!("{at}/{published}")).await.ok().body["state"], "published");
    assert_eq!(base(&lead).await, live, "what is live stays");

    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("before");
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["proposal", "files", &published, "--client", SHOP, "--url", &app.url]).arg("--to").arg(&to);
    command.args(["--email", "lead@baton.example"]).env("BATON_PASSWORD", baton_server::demo::seed::PASSWORD);
    let said = command.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = std::fs::read_to_string(to.join("policies/old.cedar")).unwrap();
    assert_eq!((text.as_str(), to.join("blueprint.yaml").is_file()), ("permit (principal", true));
    assert!(!command.output().unwrap().status.success(), "what is there is not written over");

    // As after Baton was renewed: of one client, what is live no longer loads.
    let sql = "UPDATE client SET release_id = 'rel_of_before' WHERE client_id = $1";
    app.house.db.write(move |tx| tx.execute(sql, params![SHOP])).await.unwrap();
    let key = app.key_file();
    let (database, _folder) = app.stop().await;
    let house = House::open_with(&database, Some(&key), Arc::new(SystemClock), Models::none()).await.unwrap();
    assert!(house.parts.processes.live(&ClientId::known(SHOP)).is_err());
    assert!(house.parts.processes.live(&ClientId::known(MUTUAL)).is_ok(), "the others are served");
}

#[tokio::test]
async fn a_level_goes_up_by_evidence_and_approval_and_down_by_a_critical_error() {
    let app = TestApp::start("sqlite", None).await;
    let lead = app.new_member("lead@baton.example", MUTUAL, &[Role::AiLead]).await;
    let second = app.new_member("second@baton.example", MUTUAL, &[Role::AiLead]).await;
    let at = format!("/api/v1/clients/{MUTUAL}/proposals");
    let level = |level: &str| json!({"title": "t", "reason": "r", "autonomy": {"intent": "*", "action": "create_payment", "level": level}});
    let misspelt = json!({"intent": "clam", "action": "create_payment", "level": "observe"});
    let misspelt = lead.post(&at, &json!({"title": "t", "reason": "r", "autonomy": misspelt})).await;
    assert!(misspelt.problem(400).text.contains("no intent 'clam'"), "{}", misspelt.text);
    // Down needs no evidence, but somebody else's yes.
    let id = lead.post(&at, &level("act_with_approval")).await.ok().id();
    second.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    second.post(&format!("{at}/{id}/publish"), &json!({})).await.ok();
    let shown = lead.get(&format!("/api/v1/clients/{MUTUAL}/autonomy")).await.ok();
    assert_eq!(shown.items()[0]["level"], "act_with_approval", "{}", shown.text);
    // Up needs reviewed cases, and there are none.
    let up = lead.post(&at, &level("act")).await.ok().body;
    assert_eq!((&up["ready"], &up["checks"][0]["passed"]), (&json!(false), &json!(false)), "{up}");
    assert!(up["checks"][0]["says"].as_str().unwrap().contains("0 reviewed"), "{up}");
    second.post(&format!("{at}/{id}/rollback"), &json!({"reason": "back"})).await.ok();

    let report = json!({"intent": "*", "action": "create_payment", "reason": "paid twice"});
    let down = lead.post(&format!("/api/v1/clients/{MUTUAL}/critical-errors"), &report).await.ok().body;
    assert_eq!(down["lowered"], true);
    let shown = lead.get(&format!("/api/v1/clients/{MUTUAL}/autonomy")).await.ok();
    assert_eq!(shown.items()[0]["level"], "act_with_approval", "{}", shown.text);
    // Reported again there is nothing left to lower, and the report is kept; of an action that is none, nothing is.
    let again = lead.post(&format!("/api/v1/clients/{MUTUAL}/critical-errors"), &report).await.ok().body;
    assert_eq!(again["lowered"], false);
    let unknown = json!({"intent": "*", "action": "create_paymnet", "reason": "paid twice"});
    lead.post(&format!("/api/v1/clients/{MUTUAL}/critical-errors"), &unknown).await.problem(400);
    let unknown = json!({"intent": "clam", "action": "create_payment", "reason": "paid twice"});
    lead.post(&format!("/api/v1/clients/{MUTUAL}/critical-errors"), &unknown).await.problem(400);
    let auditor = app.member("auditor@baton.example").await;
    let kept = auditor.get(&format!("/api/v1/ledger?client={MUTUAL}&kind=critical.")).await.ok();
    assert_eq!(kept.items().len(), 2, "{}", kept.text);
    app.stop().await;
}

fn refused_by_stop(called: &Called) -> bool {
    matches!(called, Called::Refused { policies, .. } if policies.iter().any(|id| id.starts_with("stop:")))
}

#[tokio::test]
async fn a_stop_pressed_at_one_node_holds_at_the_other_within_a_second() {
    for (name, url) in databases().await {
        let Some(url) = url else { continue };
        let app = TestApp::start(name, Some(url)).await;
        let other = House::open_with(&app.database, Some(&app.key_file()), Arc::new(SystemClock), Models::none())
            .await
            .unwrap();
        let client = ClientId::known(SHOP);
        let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
        let mut count = 0;
        let mut call = || {
            count += 1;
            let args = json!({"user_id": "u", "address1": "a", "address2": "", "city": "c", "state": "ME", "country": "USA", "zip": "1"});
            let agent = Some(baton_base::AgentName::known("concierge"));
            Call { action: "modify_user_address".into(), args, agent, step_key: format!("k{count}"), ..Call::default() }
        };
        let ctx = other.system(&client, "test");
        assert!(!refused_by_stop(&other.door.call(&ctx, call()).await.unwrap()));
        for (scope, target) in [("action", "modify_user_address"), ("agent", " concierge "), ("client", "")] {
            let order = json!({"client": SHOP, "scope": scope, "target": target, "reason": "test"});
            lead.post("/api/v1/stop-switch", &order).await.ok();
            let pressed = Instant::now();
            while !refused_by_stop(&other.door.call(&ctx, call()).await.unwrap()) {
                assert!(pressed.elapsed() < Duration::from_secs(1), "{scope} does not hold after a second");
            }
            lead.delete("/api/v1/stop-switch", Some(&order)).await.ok();
            assert!(!refused_by_stop(&other.door.call(&ctx, call()).await.unwrap()), "{scope} was released");
        }
        other.stop();
        app.stop().await;
    }
}

/// Calls by an agent that have ended, some of them badly.
async fn ended(app: &TestApp, from: usize, calls: usize, failed: usize) {
    let now_ms = app.house.env.now_ms();
    let effects: Vec<Effect> = (0..calls)
        .map(|at| Effect {
            id: EffectId::known(app.house.env.id(EffectId::PREFIX)),
            idempotency_key: format!("key-{}", from + at),
            action: "create_payment".into(),
            action_digest: "d".into(),
            writes: true,
            args: json!({}),
            args_digest: "d".into(),
            permit: json!({}),
            actor: "agent:intake".into(),
            case: None,
            run: None,
            state: if at < failed { State::Failed } else { State::Finished },
            attempts: 1,
            result: None,
            requested_ms: now_ms,
            finished_ms: Some(now_ms),
        })
        .collect();
    let write = move |tx: &mut baton_db::Tx| {
        effects.iter().try_for_each(|effect| store::insert(tx, &ClientId::known(MUTUAL), effect))
    };
    app.house.db.write(write).await.unwrap();
}

#[tokio::test]
async fn an_action_of_which_too_much_fails_goes_down_by_itself_and_one_that_fails_now_and_then_does_not() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let lead = app.new_member("lead@baton.example", MUTUAL, &[Role::AiLead]).await;
        let levels = format!("/api/v1/clients/{MUTUAL}/autonomy");
        let client = ClientId::known(MUTUAL);
        ended(&app, 0, 30, 3).await;
        baton_server::drift::watch(&app.house, &client).await.unwrap();
        assert_eq!(lead.get(&levels).await.ok().items().len(), 0);
        ended(&app, 30, 20, 20).await;
        baton_server::drift::watch(&app.house, &client).await.unwrap();
        let shown = lead.get(&levels).await.ok();
        assert_eq!(shown.items()[0]["level"], "act_with_approval", "{}", shown.text);
        assert!(shown.items()[0]["reason"].as_str().unwrap().contains("23 of 50"), "{}", shown.text);
        app.stop().await;
    }
}
