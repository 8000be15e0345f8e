//! Queues and hours are set in the console: read as a form, written back into the blueprint's files, and live only after
//! somebody else's yes.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use baton_govern::Role;
use serde_json::{Value, json};

const QUEUE: &str = "customer-care";

async fn form(caller: &Caller, client: &str) -> Value {
    caller.get(&format!("/api/v1/clients/{client}/queue-settings")).await.ok().body
}

async fn check(caller: &Caller, client: &str, base: &Value, settings: &Value) -> Value {
    let at = format!("/api/v1/clients/{client}/queue-settings/check");
    caller.post(&at, &json!({"settings": settings, "base": base})).await.ok().body
}

/// The shop's settings with hours in which nobody ever works, so that the test has no hour of its own.
fn closed(settings: &Value) -> Value {
    let mut wanted = settings.clone();
    wanted["calendars"] = json!([{
        "name": "office", "time_zone": "Europe/Berlin", "weekly": {},
        "holidays": [{"date": "2099-12-24", "title": "Christmas Eve", "hours": ["08:00-12:00", "13:00-14:00"]}],
    }]);
    wanted["queues"][0]["calendar"] = json!("office");
    wanted["queues"][0]["sla"] = json!("PT45M");
    wanted["words"]["en"]["people_closed"] = json!("We are closed{% if opens %} until {{ opens }}{% endif %}.");
    wanted
}

async fn standing(caller: &Caller) -> Value {
    let page = caller.get(&format!("/api/v1/clients/{SHOP}/queues")).await.ok();
    page.items().iter().find(|row| row["queue"] == QUEUE).unwrap().clone()
}

#[tokio::test]
async fn hours_are_edited_as_a_form_proposed_approved_by_another_and_taken_back() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let author = app.new_member("author@baton.example", SHOP, &[Role::Admin]).await;
        let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
        let read = form(&author, SHOP).await;
        assert_eq!(read["settings"]["queues"][0]["name"], QUEUE, "{name}: {read}");
        assert!(read["settings"]["words"]["en"]["people_away"].as_str().unwrap().contains("None of my"), "{read}");
        let same = check(&author, SHOP, &read["release"], &read["settings"]).await;
        assert_eq!((&same["edits"], &same["findings"]), (&json!({}), &json!([])), "{name}: nothing changed");
        assert_eq!(same["items"][0]["now"]["open"], true, "{name}: without a calendar always");

        let tried = check(&author, SHOP, &read["release"], &closed(&read["settings"])).await;
        let paths: Vec<_> = tried["edits"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(paths, ["calendars.yaml", "queues.yaml", "templates/en.yaml"], "{name}: {tried}");
        assert_eq!((&tried["findings"], &tried["lost"]), (&json!([]), &json!({})), "{name}: {tried}");
        assert_eq!(tried["items"][0]["now"]["open"], false, "{name}: as it would stand");
        assert!(tried["edits"]["queues.yaml"].as_str().unwrap().contains("    reach: { call_back: true }"), "{tried}");
        assert_eq!(standing(&author).await["now"]["open"], true, "{name}: trying keeps nothing");

        let at = format!("/api/v1/clients/{SHOP}/proposals");
        let body = json!({"title": "Hours", "reason": "nights", "edits": tried["edits"], "base": read["release"]});
        let made = author.post(&at, &body).await.ok();
        let id = made.id();
        author.post(&format!("{at}/{id}/approve"), &json!({})).await.problem(403);
        assert_eq!(standing(&author).await["now"]["open"], true, "{name}: nor does proposing");
        lead.post(&format!("{at}/{id}/approve"), &json!({"reason": "seen"})).await.ok();
        lead.post(&format!("{at}/{id}/publish"), &json!({})).await.ok();

        let now = standing(&author).await;
        assert_eq!((&now["now"]["open"], &now["waiting"]), (&json!(false), &json!(0)), "{name}: {now}");
        assert_eq!(
            (&now["sla_ms"], &now["calendar"]["name"]),
            (&json!(45 * 60_000), &json!("office")),
            "{name}: {now}"
        );
        let again = form(&author, SHOP).await;
        assert_eq!(again["settings"], closed(&read["settings"]), "{name}: what was entered is what is read");
        // Whoever began before has to look again.
        let stale = json!({"settings": read["settings"], "base": read["release"]});
        author.post(&format!("/api/v1/clients/{SHOP}/queue-settings/check"), &stale).await.problem(409);
        lead.post(&format!("{at}/{id}/rollback"), &json!({"reason": "too early"})).await.ok();
        assert_eq!(standing(&author).await["now"]["open"], true, "{name}");
        app.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_is_kept() {
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let read = form(&author, SHOP).await;
    let found = async |change: &dyn Fn(&mut Value)| -> Vec<String> {
        let mut wanted = closed(&read["settings"]);
        change(&mut wanted);
        let told = check(&author, SHOP, &read["release"], &wanted).await;
        let findings = told["findings"].as_array().unwrap().iter();
        findings.map(|one| format!("{}#{}", one["file"].as_str().unwrap(), one["at"].as_str().unwrap())).collect()
    };
    let zone = found(&|all| all["calendars"][0]["time_zone"] = json!("Mars/Olympus")).await;
    assert!(zone.contains(&"calendars.yaml#/calendars/0/time_zone".to_owned()), "{zone:?}");
    let day = found(&|all| all["calendars"][0]["weekly"]["mon"] = json!(["08:00-12:00", "11:00-13:00"])).await;
    assert!(day.contains(&"calendars.yaml#/calendars/0/weekly/mon".to_owned()), "{day:?}");
    let holiday = found(&|all| all["calendars"][0]["holidays"][0]["date"] = json!("Christmas")).await;
    assert!(holiday.contains(&"calendars.yaml#/calendars/0/holidays/0/date".to_owned()), "{holiday:?}");
    let target = found(&|all| all["queues"][0]["sla"] = json!("soon")).await;
    assert_eq!(target, ["queues.yaml#/queues/0/sla"]);
    let overflow = found(&|all| all["queues"][0]["overflow"] = json!({"to": "nowhere", "after": "PT1H"})).await;
    assert_eq!(overflow, ["queues.yaml#/queues/0/overflow/to"]);
    let cost = found(&|all| all["queues"][0]["cost"] = json!("much")).await;
    assert_eq!(cost, ["queues.yaml#/queues/0/cost"]);
    let reply = found(&|all| all["sla"]["first_reply"] = json!("fast")).await;
    assert_eq!(reply, ["blueprint.yaml#/sla/first_reply"]);
    let words = found(&|all| all["words"]["en"]["people_away"] = json!("{% if %}")).await;
    assert!(words[0].starts_with("templates/en.yaml#"), "{words:?}");
    let language = found(&|all| all["words"]["xx"] = json!({"people_away": "?"})).await;
    assert_eq!(language, ["templates/xx.yaml#"]);
    assert!(author.get(&format!("/api/v1/clients/{SHOP}/proposals")).await.ok().items().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_queue_does_not_go_while_a_process_gives_work_to_it() {
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Admin]).await;
    let read = form(&author, SHOP).await;
    let mut wanted = read["settings"].clone();
    wanted["queues"][0]["name"] = json!("front-desk");
    let told = check(&author, SHOP, &read["release"], &wanted).await;
    let found = &told["findings"][0];
    let place = (&found["rule"], &found["file"]);
    assert_eq!(place, (&json!("queue-unknown"), &json!("processes/support.yaml")), "{told}");
    let words = found["message"].as_str().unwrap();
    assert!(words.contains("'customer-care'") && found["line"].as_u64().unwrap() > 1, "{told}");
    assert!(found["remedy"].as_str().unwrap().contains("front-desk"), "{told}");
    let body = json!({"title": "Rename", "reason": "clearer", "edits": told["edits"], "base": read["release"]});
    let at = format!("/api/v1/clients/{SHOP}/proposals");
    let refused = author.post(&at, &body).await;
    assert!(refused.problem(400).text.contains("customer-care"), "{}", refused.text);
    assert!(author.get(&at).await.ok().items().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn each_reads_and_tries_what_their_role_lets_them_and_of_their_own_client() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
    let supervisor = app.new_member("sup@baton.example", SHOP, &[Role::Supervisor]).await;
    let auditor = app.new_member("aud@baton.example", SHOP, &[Role::Auditor]).await;
    let designer = app.new_member("des@baton.example", SHOP, &[Role::Designer]).await;
    let (queues, settings) =
        (format!("/api/v1/clients/{SHOP}/queues"), format!("/api/v1/clients/{SHOP}/queue-settings"));
    let all = json!({"queues": [], "calendars": [], "sla": {}, "words": {}});
    let try_it = json!({"settings": all, "base": "rel_of_nobody"});
    admin.post(&format!("{settings}/check"), &json!({"settings": {"queues": []}, "base": "x"})).await.problem(400);
    let tried = format!("{settings}/check");
    for (who, reads, sees, tries) in [
        (&admin, true, true, true),
        (&supervisor, true, false, false),
        (&auditor, true, true, false),
        (&designer, false, true, true),
    ] {
        let code = |may: bool, yes: u16| if may { yes } else { 403 };
        assert_eq!(who.get(&queues).await.status.as_u16(), code(reads, 200));
        assert_eq!(who.get(&settings).await.status.as_u16(), code(sees, 200));
        assert_eq!(who.post(&tried, &try_it).await.status.as_u16(), code(tries, 409), "of no live release");
    }
    let neighbour = app.new_member("n@baton.example", MUTUAL, &[Role::Admin]).await;
    neighbour.get(&queues).await.problem(404);
    neighbour.get(&settings).await.problem(404);
    neighbour.post(&tried, &try_it).await.problem(404);
    app.stop().await;
}

#[tokio::test]
async fn what_a_member_can_do_is_shown_and_changed_with_a_ledger_entry() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
        let supervisor = app.new_member("sup@baton.example", SHOP, &[Role::Supervisor]).await;
        app.new_member("worker@baton.example", SHOP, &[Role::HumanAgent]).await;
        let members = admin.get(&format!("/api/v1/members?client={SHOP}")).await.ok();
        let worker = members.items().iter().find(|one| one["email"] == "worker@baton.example").unwrap()["id"].clone();
        let at = format!("/api/v1/clients/{SHOP}/members/{}/profile", worker.as_str().unwrap());
        let shown = supervisor.get(&at).await.ok().body;
        assert_eq!((&shown["skills"], &shown["shifts"]), (&json!([]), &json!(null)), "{name}: {shown}");

        supervisor.post(&at, &json!({"licences": ["adjuster-de"]})).await.problem(403);
        let shifts = json!({"time_zone": "Europe/Berlin", "weekly": {"mon": ["08:00-12:00"]}});
        let change = json!({"skills": ["motor:3"], "languages": ["de"], "licences": ["adjuster-de"], "shifts": shifts});
        admin.post(&at, &change).await.ok();
        let shown = admin.get(&at).await.ok().body;
        assert_eq!((&shown["skills"], &shown["licences"]), (&json!(["motor:3"]), &json!(["adjuster-de"])), "{name}");
        assert_eq!(shown["shifts"]["weekly"], json!({"mon": ["08:00-12:00"]}), "{name}: {shown}");
        supervisor.post(&at, &json!({"places": 4})).await.ok();
        assert_eq!(admin.get(&at).await.ok().body["shifts"], shown["shifts"], "{name}: what is left out stays");
        supervisor.post(&at, &json!({"shifts": null})).await.ok();
        assert_eq!(admin.get(&at).await.ok().body["shifts"], json!(null), "{name}: whenever they are there");

        let kept = admin.get(&format!("/api/v1/ledger?client={SHOP}&kind=member.profile_changed")).await.ok();
        assert_eq!(kept.items().len(), 3, "{name}: {}", kept.text);
        assert!(kept.text.contains("adjuster-de") && kept.text.contains("motor:3"), "{name}: {}", kept.text);
        let neighbour = app.new_member("n@baton.example", MUTUAL, &[Role::Admin]).await;
        neighbour.get(&at).await.problem(404);
        app.stop().await;
    }
}
