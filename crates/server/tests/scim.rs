//! Provisioning by a directory (SCIM 2.0), as directories speak it; and what nobody else may.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim, sender};
use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use baton_demo::world::ClaimKind;
use baton_govern::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const MEMBER: &str = "urn:baton:scim:schemas:1.0:Member";

/// A directory with its token.
struct Directory(Caller);

struct Said {
    status: u16,
    headers: header::HeaderMap,
    body: Value,
}

impl Directory {
    async fn of(app: &TestApp) -> Self {
        let admin = app.member("admin@baton.example").await;
        let wanted = json!({"name": "directory", "roles": ["provisioner"], "audience": "scim"});
        let made = admin.post("/api/v1/tokens", &wanted).await.ok().body;
        Self(app.bearer(made["token"].as_str().unwrap()))
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>, extra: &[(&str, &str)]) -> Said {
        let mut request = self.0.request(method.clone(), &format!("/scim/v2{path}"));
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if !text.is_empty() {
            assert_eq!(headers["content-type"], "application/scim+json", "{method} {path}: {text}");
        }
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(
                body["schemas"],
                json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
                "{method} {path}: {text}"
            );
            assert_eq!(body["status"], status.as_str(), "{method} {path}: {text}");
            assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{method} {path}: {text}");
        }
        Said { status: status.as_u16(), headers, body }
    }

    async fn get(&self, path: &str) -> Value {
        let said = self.send(Method::GET, path, None, &[]).await;
        assert_eq!(said.status, 200, "{path}: {}", said.body);
        said.body
    }

    async fn post(&self, path: &str, body: &Value) -> Said {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    async fn bulk(&self, operations: Value, errors_max: Option<u32>) -> Said {
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        let mut body = json!({"schemas": [schema], "Operations": operations});
        if let Some(errors_max) = errors_max {
            body["failOnErrors"] = errors_max.into();
        }
        self.post("/Bulk", &body).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Said {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.send(Method::PATCH, path, Some(&body), &[]).await
    }
}

fn kim() -> Value {
    json!({
        "schemas": [USER], "userName": "kim.soto", "externalId": "701984",
        "name": {"givenName": "Kim", "familyName": "Soto"},
        "emails": [{"value": "Kim.Soto@work.example", "type": "work", "primary": true}],
        "active": true, "password": "t1meMa$heen",
        MEMBER: {"skills": ["claims"], "languages": ["es", "en"], "licences": ["adjuster-us"]},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_makes_finds_changes_and_takes_out_members() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let directory = Directory::of(&app).await;
        let made = directory.post("/Users", &kim()).await;
        assert_eq!(made.status, 201, "{name}: {}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let at = format!("/Users/{id}");
        assert_eq!(made.headers["location"], format!("/scim/v2{at}"), "{name}");
        assert_eq!(made.body["emails"][0]["value"], "Kim.Soto@work.example", "{name}");
        assert_eq!(made.body["displayName"], "Kim Soto", "{name}");
        assert_eq!(made.body[MEMBER]["licences"], json!(["adjuster-us"]), "{name}");
        assert!(!made.body.to_string().contains("t1meMa"), "{name}");
        let again = directory.post("/Users", &kim()).await;
        assert_eq!((again.status, &again.body["scimType"]), (409, &json!("uniqueness")), "{name}");

        for (filter, count) in [
            ("userName eq \"KIM.SOTO\"", 1),
            ("externalId eq \"701984\"", 1),
            ("userName eq \"kim.soto\" and externalId eq \"other\"", 0),
            ("emails.value eq \"kim.soto@work.example\"", 1),
            ("userName eq \"agent@baton.example\"", 1),
            ("userName eq \"nobody\"", 0),
        ] {
            let query = filter.replace(' ', "%20").replace('"', "%22");
            let found = directory.get(&format!("/Users?filter={query}")).await;
            assert_eq!(found["totalResults"], count, "{name} {filter}: {found}");
        }
        // Neither what is not understood nor what compares with nothing gives everybody.
        for odd in ["userName co \"a\"", "userName eq \"\"", "userName eq \" \"", "externalId eq \"\"", "id eq \"\""] {
            let query = odd.replace(' ', "%20").replace('"', "%22");
            let odd = directory.send(Method::GET, &format!("/Users?filter={query}"), None, &[]).await;
            assert_eq!((odd.status, &odd.body["scimType"]), (400, &json!("invalidFilter")), "{name}: {}", odd.body);
        }

        let all = directory.get("/Users?count=0").await["totalResults"].as_i64().unwrap();
        let mut seen = Vec::new();
        for start in (1..=all).step_by(3) {
            let page = directory.get(&format!("/Users?startIndex={start}&count=3&attributes=userName")).await;
            assert_eq!(page["startIndex"], start, "{name}");
            let items = page["Resources"].as_array().unwrap();
            assert!(
                items.iter().all(|user| user["userName"].is_string() && user.get("emails").is_none()),
                "{name}: {page}"
            );
            seen.extend(items.iter().map(|user| user["id"].to_string()));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(i64::try_from(seen.len()).unwrap(), all, "{name}: each once");

        let changed = directory
            .patch(
                &at,
                json!([
                    {"op": "Replace", "path": "name.familyName", "value": "Soto-Berg"},
                    {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "kim@work.example"},
                    {"op": "add", "path": format!("{MEMBER}:skills"), "value": ["fraud"]},
                ]),
            )
            .await;
        assert_eq!(changed.status, 200, "{name}: {}", changed.body);
        assert_eq!(changed.body["displayName"], "Kim Soto-Berg", "{name}");
        assert_eq!(changed.body[MEMBER]["skills"], json!(["claims", "fraud"]), "{name}");
        let version = changed.headers["etag"].to_str().unwrap().to_owned();
        let same = directory.send(Method::GET, &at, None, &[("if-none-match", &version)]).await;
        assert_eq!(same.status, 304, "{name}");
        let mut whole = kim();
        whole["displayName"] = json!("K. Soto");
        let late = directory.send(Method::PUT, &at, Some(&whole), &[("if-match", "W/\"old\"")]).await;
        assert_eq!(late.status, 412, "{name}");
        let put = directory.send(Method::PUT, &at, Some(&whole), &[("if-match", &version)]).await;
        assert_eq!((put.status, &put.body["displayName"]), (200, &json!("K. Soto")), "{name}: {}", put.body);
        for (operations, kind) in [
            (json!([{"op": "jump", "path": "active"}]), "invalidSyntax"),
            (json!([{"op": "replace", "path": "emails[type", "value": 1}]), "invalidPath"),
            (json!([{"op": "replace", "path": "active", "value": "perhaps"}]), "invalidValue"),
            (json!([{"op": "remove", "path": "userName"}]), "invalidValue"),
            (json!([{"op": "replace", "path": "userName", "value": "agent@baton.example"}]), "uniqueness"),
        ] {
            let refused = directory.patch(&at, operations).await;
            assert_eq!(refused.body["scimType"], kind, "{name}: {}", refused.body);
        }

        let out = directory.send(Method::DELETE, &at, None, &[]).await;
        assert_eq!(out.status, 204, "{name}: {}", out.body);
        assert_eq!(directory.send(Method::GET, &at, None, &[]).await.status, 404, "{name}");
        assert_eq!(directory.send(Method::DELETE, &at, None, &[]).await.status, 404, "{name}");
        let back = directory.post("/Users", &kim()).await;
        assert_eq!((back.status, &back.body["id"], &back.body["active"]), (201, &json!(id), &json!(true)), "{name}");

        let auditor = app.member("auditor@baton.example").await;
        let ledger = auditor.get("/api/v1/ledger?client=house&kind=member.changed&limit=200").await.ok();
        assert!(ledger.text.contains("token:directory") && !ledger.text.contains("Soto"), "{name}: {}", ledger.text);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_is_out_at_once_and_their_work_goes_back() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let directory = Directory::of(&app).await;
        let adjuster = app.member("adjuster@baton.example").await;
        let case = send_claim(&sender(&app).await, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
        let supervisor = app.member("supervisor@baton.example").await;
        let list = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
        let waits = supervisor.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
        let item = waits["items"][0]["id"].as_str().unwrap().to_owned();
        adjuster.post(&format!("/api/v1/clients/{MUTUAL}/work-items/{item}/claim"), &json!({})).await.ok();
        let found = directory.get("/Users?filter=userName%20eq%20%22adjuster@baton.example%22").await;
        let at = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());

        let done = directory.patch(&at, json!([{"op": "Replace", "value": {"active": "False"}}])).await;
        assert_eq!((done.status, &done.body["active"]), (200, &json!(false)), "{name}: {}", done.body);
        adjuster.get("/api/v1/session").await.problem(401);
        let shown = supervisor.get(&list).await.ok();
        assert_eq!(
            (&shown.items()[0]["state"], &shown.items()[0]["claimed_by"]),
            (&json!("waiting"), &Value::Null),
            "{name}"
        );
        let again = json!({"email": "adjuster@baton.example", "password": baton_server::demo::seed::PASSWORD});
        app.nobody().post("/api/v1/session", &again).await.problem(401);

        directory.patch(&at, json!([{"op": "replace", "path": "active", "value": true}])).await;
        app.nobody().post("/api/v1/session", &again).await.ok();

        // Whoever administers the installation by hand is the way back in.
        let admin = directory.get("/Users?filter=userName%20eq%20%22admin@baton.example%22").await;
        let at = format!("/Users/{}", admin["Resources"][0]["id"].as_str().unwrap());
        for operations in [
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "replace", "path": "userName", "value": "mine@evil.example"}]),
        ] {
            assert_eq!(directory.patch(&at, operations).await.status, 403, "{name}");
        }
        assert_eq!(directory.send(Method::DELETE, &at, None, &[]).await.status, 403, "{name}");
        app.member("admin@baton.example").await;
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_give_roles_where_the_house_says_so_and_take_them_when_they_go() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let directory = Directory::of(&app).await;
        let admin = app.member("admin@baton.example").await;
        let roles = |items: Value| {
            let admin = admin.clone();
            async move { admin.put("/api/v1/group-roles", &json!({"items": items})).await.ok() }
        };
        roles(json!([{"group": "Claims", "client": MUTUAL, "role": "human_agent"}])).await;
        let kim = directory.post("/Users", &kim()).await.body["id"].as_str().unwrap().to_owned();
        let group = json!({"displayName": "Claims", "externalId": "g1", "members": [{"value": kim}]});
        let made = directory.post("/Groups", &group).await;
        assert_eq!(made.status, 201, "{name}: {}", made.body);
        let at = format!("/Groups/{}", made.body["id"].as_str().unwrap());
        assert_eq!(directory.post("/Groups", &group).await.body["scimType"], "uniqueness", "{name}");
        let grants = || async {
            let page = admin.get("/api/v1/members").await.ok();
            page.items().iter().find(|member| member["id"] == *kim).unwrap()["grants"].clone()
        };
        assert_eq!(grants().await, json!([{"client": MUTUAL, "role": "human_agent"}]), "{name}");
        let user = directory.get(&format!("/Users/{kim}")).await;
        assert_eq!(user["groups"][0]["display"], "Claims", "{name}");

        let found = directory.get("/Groups?filter=displayName%20eq%20%22claims%22&excludedAttributes=members").await;
        assert!(found["totalResults"] == 1 && found["Resources"][0].get("members").is_none(), "{name}: {found}");
        // The list changes, and roles with it.
        roles(json!([{"group": "Claims", "client": SHOP, "role": "supervisor"}])).await;
        assert_eq!(grants().await, json!([{"client": SHOP, "role": "supervisor"}]), "{name}");
        let gone =
            directory.patch(&at, json!([{"op": "remove", "path": format!("members[value eq \"{kim}\"]")}])).await;
        assert_eq!((gone.status, &gone.body["members"]), (200, &json!([])), "{name}: {}", gone.body);
        assert_eq!(grants().await, json!([]), "{name}");
        directory.patch(&at, json!([{"op": "add", "path": "members", "value": [{"value": kim}]}])).await;
        assert_eq!(grants().await, json!([{"client": SHOP, "role": "supervisor"}]), "{name}");
        let nobody = directory
            .patch(&at, json!([{"op": "add", "path": "members", "value": [{"value": "mem_of_nobody"}]}]))
            .await;
        assert_eq!(nobody.status, 400, "{name}: {}", nobody.body);
        // Another name, another group to the list.
        directory.patch(&at, json!([{"op": "replace", "path": "displayName", "value": "Claims EU"}])).await;
        assert_eq!(grants().await, json!([]), "{name}");
        let whole = json!({"displayName": "Claims", "members": [{"value": kim}]});
        let put = directory.send(Method::PUT, &at, Some(&whole), &[]).await;
        assert_eq!(put.status, 200, "{name}: {}", put.body);
        assert_eq!(grants().await, json!([{"client": SHOP, "role": "supervisor"}]), "{name}");
        assert_eq!(directory.send(Method::DELETE, &at, None, &[]).await.status, 204, "{name}");
        assert_eq!(grants().await, json!([]), "{name}");
        assert_eq!(directory.get("/Groups").await["totalResults"], 0, "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_may_no_longer_have_goes_back_with_their_group() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let directory = Directory::of(&app).await;
        let (admin, house) = (
            app.new_member("boss@baton.example", MUTUAL, &[Role::Admin]).await,
            app.member("admin@baton.example").await,
        );
        let noa = app.new_member("noa@baton.example", MUTUAL, &[]).await;
        let everybody = house.get("/api/v1/members").await.ok();
        let id = everybody.items().iter().find(|one| one["email"] == "noa@baton.example").unwrap()["id"].clone();
        let list = json!({"items": [{"group": "Claims", "client": MUTUAL, "role": "supervisor"}]});
        house.put("/api/v1/group-roles", &list).await.ok();
        let group = json!({"displayName": "Claims", "members": [{"value": id}]});
        let at = format!("/Groups/{}", directory.post("/Groups", &group).await.body["id"].as_str().unwrap());

        let case = send_claim(&sender(&app).await, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
        let waits = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
        let items = noa.until(&waits, |page| !page["items"].as_array().unwrap().is_empty()).await;
        let profile = json!({"licences": items["items"][0]["needs"]["licences"], "languages": ["en", "de"]});
        let of = format!("/api/v1/clients/{MUTUAL}/members/{}/profile", id.as_str().unwrap());
        admin.post(&of, &profile).await.ok();
        let item = format!("/api/v1/clients/{MUTUAL}/work-items/{}", items["items"][0]["id"].as_str().unwrap());
        let state = async || state_of(&app, &item).await;

        noa.post(&format!("{item}/claim"), &json!({})).await.ok();
        directory.patch(&at, json!([{"op": "replace", "path": "displayName", "value": "Claims"}])).await;
        assert_eq!(state().await, "claimed", "{name}: who keeps the role keeps the work");
        directory.patch(&at, json!([{"op": "remove", "path": "members"}])).await;
        assert_eq!(state().await, "waiting", "{name}: out of the group");

        directory.patch(&at, json!([{"op": "add", "path": "members", "value": [{"value": id}]}])).await;
        noa.post(&format!("{item}/claim"), &json!({})).await.ok();
        house.put("/api/v1/group-roles", &json!({"items": []})).await.ok();
        assert_eq!(state().await, "waiting", "{name}: the group gives nothing any more");

        house.put("/api/v1/group-roles", &list).await.ok();
        noa.post(&format!("{item}/claim"), &json!({})).await.ok();
        let gone = directory.bulk(json!([{"method": "DELETE", "path": at}]), None).await;
        assert_eq!(gone.body["Operations"][0]["status"], "204", "{name}: {}", gone.body);
        assert_eq!(state().await, "waiting", "{name}: the group is gone");
        app.stop().await;
    }
}

/// How an item stands for whoever may see all of them.
async fn state_of(app: &TestApp, item: &str) -> String {
    let shown = app.member("supervisor@baton.example").await.get(item).await.ok().body;
    shown["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_opens_provisioning_alone_and_nothing_else_opens_it() {
    let app = TestApp::start("sqlite", None).await;
    let directory = Directory::of(&app).await;
    let admin = app.member("admin@baton.example").await;
    let service = app.service(SHOP, &[Role::Service]).await;
    for path in [
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/Schemas",
        "/Users",
        "/Groups",
        "/Users/x",
        "/Groups/x",
        "/nothing",
    ] {
        for stranger in [&app.nobody(), &app.bearer("bt_guessed"), &admin, &service] {
            let said = Directory(stranger.clone()).send(Method::GET, path, None, &[]).await;
            assert_eq!(said.status, 401, "{path}");
            let said = Directory(stranger.clone()).bulk(json!([]), None).await;
            assert_eq!(said.status, 401);
        }
    }
    for path in ["/api/v1/members", "/api/v1/session", "/api/v1/cases", "/mcp/larkspur"] {
        assert_eq!(directory.0.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let config = directory.get("/ServiceProviderConfig").await;
    assert!(config["patch"]["supported"] == true && config["bulk"]["supported"] == true, "{config}");
    for kind in ["User", "Group"] {
        let found = directory.get(&format!("/ResourceTypes/{kind}")).await;
        let schema = directory.get(&format!("/Schemas/{}", found["schema"].as_str().unwrap())).await;
        assert!(!schema["attributes"].as_array().unwrap().is_empty(), "{schema}");
    }
    assert_eq!(directory.get("/Schemas").await["totalResults"], 3);
    assert_eq!(directory.send(Method::GET, "/nothing", None, &[]).await.status, 404);
    assert_eq!(directory.send(Method::DELETE, "/Schemas", None, &[]).await.status, 405);
    let group = directory.post("/Groups", &json!({"displayName": "Ops"})).await;
    let at = format!("/Groups/{}", group.body["id"].as_str().unwrap());
    assert_eq!(directory.send(Method::DELETE, &at, None, &[("if-match", "W/\"old\"")]).await.status, 412);
    let large = json!({"displayName": "x".repeat(baton_base::limits::BODY_BYTES_MAX)});
    assert_eq!(directory.send(Method::PUT, &at, Some(&large), &[]).await.status, 413);
    assert_eq!(directory.send(Method::GET, "/Users?count=1&count=2", None, &[]).await.status, 400);
    for bad in [json!([]), json!({}), json!("x"), json!({"userName": "no-address"})] {
        assert_eq!(directory.post("/Users", &bad).await.status, 400, "{bad}");
    }
    // Neither another role with it, nor it for another audience, nor for one client.
    for wrong in [
        json!({"name": "d", "roles": ["provisioner"], "audience": "api"}),
        json!({"name": "d", "roles": ["service"], "audience": "scim"}),
        json!({"name": "d", "roles": ["provisioner", "service"], "audience": "scim"}),
        json!({"name": "d", "roles": ["provisioner"], "audience": "scim", "client": SHOP}),
    ] {
        admin.post("/api/v1/tokens", &wrong).await.problem(400);
    }
    let connects = app.new_member("connects@baton.example", "house", &[Role::Integrator]).await;
    let wanted = json!({"name": "d", "roles": ["provisioner"], "audience": "scim"});
    connects.post("/api/v1/tokens", &wanted).await.problem(403);
    app.stop().await;
}

/// Status, name and location of each entry of a bulk answer.
fn entries(said: &Said) -> Vec<(String, String, String)> {
    assert_eq!(said.status, 200, "{}", said.body);
    assert_eq!(said.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let listed = said.body["Operations"].as_array().unwrap().iter();
    listed.map(|entry| (text(entry, "status"), text(entry, "bulkId"), text(entry, "location"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_operations_in_one_request_are_many_requests() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let directory = Directory::of(&app).await;
        let admin = app.member("admin@baton.example").await;
        let line = json!({"group": "Claims", "client": MUTUAL, "role": "human_agent"});
        admin.put("/api/v1/group-roles", &json!({"items": [line]})).await.ok();
        let lee = json!({"schemas": [USER], "userName": "lee@work.example", "displayName": "bulkId:kim"});
        // The group speaks of those who come after it.
        let members = json!([{"value": "bulkId:kim"}, {"value": "bulkId:lee"}]);
        let said = directory
            .bulk(
                json!([
                    {"method": "POST", "path": "/Groups", "bulkId": "claims", "data": {"displayName": "Claims", "members": members}},
                    {"method": "POST", "path": "/Users", "bulkId": "kim", "data": kim()},
                    {"method": "post", "path": "/Users", "bulkId": "lee", "data": lee},
                    {"method": "POST", "path": "/Users", "bulkId": "again", "data": kim()},
                    {"method": "POST", "path": "/Groups", "bulkId": "of-nobody", "data": {"displayName": "X", "members": [{"value": "bulkId:again"}]}},
                    {"method": "POST", "path": "/Groups", "bulkId": "strange", "data": {"displayName": "Y", "members": [{"value": "bulkId:other"}]}},
                    {"method": "GET", "path": "/Users"},
                ]),
                None,
            )
            .await;
        let told = entries(&said);
        let states: Vec<&str> = told.iter().map(|(status, ..)| status.as_str()).collect();
        assert_eq!(states, ["201", "201", "201", "409", "409", "400", "400"], "{name}: {}", said.body);
        let names: Vec<&str> = told.iter().map(|(_, name, _)| name.as_str()).collect();
        assert_eq!(names, ["claims", "kim", "lee", "again", "of-nobody", "strange", ""], "{name}");
        assert_eq!(said.body["Operations"][3]["response"]["scimType"], "uniqueness", "{name}: {}", said.body);
        assert!(said.body["Operations"][1]["version"].is_string() && told[3].2.is_empty(), "{name}: {}", said.body);
        let at = |entry: usize| told[entry].2.strip_prefix("/scim/v2").unwrap().to_owned();
        let (group, kim, lee) = (at(0), at(1), at(2));
        assert_eq!(directory.get(&group).await["members"].as_array().unwrap().len(), 2, "{name}");
        assert_eq!(directory.get(&lee).await["displayName"], "bulkId:kim", "{name}: a text is a text");
        assert_eq!(directory.get("/Groups").await["totalResults"], 1, "{name}");
        let page = admin.get("/api/v1/members").await.ok();
        let grants = page.items().iter().filter(|member| member["grants"][0]["client"] == MUTUAL);
        assert!(grants.filter(|member| kim.ends_with(member["id"].as_str().unwrap())).count() == 1, "{name}");

        // Each is bound to what the caller saw, and to nothing else; after as many errors as it says, no more is done.
        let version = directory.get(&kim).await["meta"]["version"].clone();
        let off = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
        let said = directory
            .bulk(
                json!([
                    {"method": "PATCH", "path": kim, "version": "W/\"old\"", "data": off},
                    {"method": "PATCH", "path": kim, "version": version, "data": off},
                    {"method": "DELETE", "path": "/Users/mem_of_nobody"},
                    {"method": "DELETE", "path": lee},
                ]),
                Some(2),
            )
            .await;
        let told = entries(&said);
        let states: Vec<&str> = told.iter().map(|(status, ..)| status.as_str()).collect();
        assert_eq!(states, ["412", "200", "404"], "{name}: {}", said.body);
        assert_eq!(told[0].2, format!("/scim/v2{kim}"), "{name}");
        assert_eq!(directory.get(&kim).await["active"], false, "{name}");
        let said = directory.bulk(json!([{"method": "DELETE", "path": lee}]), Some(1)).await;
        assert_eq!(entries(&said)[0].0, "204", "{name}: {}", said.body);
        assert_eq!(directory.send(Method::GET, &lee, None, &[]).await.status, 404, "{name}");

        // Whoever administers by hand is out of reach this way too, and the ledger has every one of them.
        let found = directory.get("/Users?filter=userName%20eq%20%22admin@baton.example%22").await;
        let path = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());
        let said = directory.bulk(json!([{"method": "DELETE", "path": path}]), None).await;
        assert_eq!(entries(&said)[0].0, "403", "{name}: {}", said.body);
        let auditor = app.member("auditor@baton.example").await;
        let ledger = auditor.get("/api/v1/ledger?client=house&kind=group.created&limit=200").await.ok();
        assert!(ledger.items().len() == 1 && ledger.text.contains("token:directory"), "{name}: {}", ledger.text);

        let config = directory.get("/ServiceProviderConfig").await["bulk"].clone();
        let most = usize::try_from(config["maxOperations"].as_u64().unwrap()).unwrap();
        let many = vec![json!({"method": "DELETE", "path": "/Users/x"}); most + 1];
        assert_eq!(directory.bulk(many.into(), None).await.status, 413, "{name}");
        let large = "x".repeat(usize::try_from(config["maxPayloadSize"].as_u64().unwrap()).unwrap());
        assert_eq!(directory.bulk(json!([large]), None).await.status, 413, "{name}");
        assert_eq!(directory.post("/Bulk", &json!({"Operations": []})).await.status, 400, "{name}");
        app.stop().await;
    }
}
