//! Bad input, strangers and neighbours, on every route that the served description lists.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{Chat, claims_of, send_claim, sender};
use crate::common::{Answer, Caller, MUTUAL, SHOP, TestApp, answer, databases};
use baton_demo::world::ClaimKind;
use baton_govern::Role;
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A route of the served description.
#[derive(Debug, Clone)]
struct Route {
    method: Method,
    path: String,
    takes_body: bool,
    takes_client: bool,
}

async fn routes(app: &TestApp) -> Vec<Route> {
    let served = app.nobody().get("/openapi.json").await.ok().body;
    let mut routes = Vec::new();
    for (path, item) in served["paths"].as_object().unwrap() {
        // Open to whoever signs what is sent; what is not in order is refused in tests/connect and tests/voice.
        if path.starts_with("/hooks/") || path.starts_with("/voice/") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            routes.push(Route {
                method,
                path: path.clone(),
                takes_body: operation["requestBody"].is_object(),
                takes_client: parameters.iter().any(|p| p["in"] == "query" && p["name"] == "client"),
            });
        }
    }
    assert!(routes.len() > 35, "the description lists {} routes", routes.len());
    routes
}

impl Route {
    fn is_chat(&self) -> bool {
        self.path.starts_with("/chat/")
    }

    /// Signing in, and starting to chat.
    fn is_public(&self) -> bool {
        let signing_in = self.method == Method::POST && self.path == "/api/v1/session";
        let ways = ["/ways", "/sso", "/sso/code", "/passkey", "/passkey/challenge"];
        let way = self.path.strip_prefix("/api/v1/session").is_some_and(|rest| ways.contains(&rest));
        signing_in || way || self.path.ends_with("/conversations")
    }

    fn names_something(&self) -> bool {
        self.path.contains('{')
    }

    fn at(&self, ids: &BTreeMap<&str, String>) -> String {
        let mut path = self.path.clone();
        for (name, id) in ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        assert!(!path.contains('{'), "give this test an id for {}", self.path);
        path
    }

    /// A body that this route would take. A new route is not tested until it stands here.
    fn body(&self, client: &str) -> Option<Value> {
        let last = self.path.rsplit('/').next().unwrap();
        let body = match (self.method.as_str(), last) {
            ("POST", "session") => json!({"email": "nobody@baton.example", "password": "wrong"}),
            ("POST", "sso") => json!({"to": "/desk"}),
            ("POST", "code") => json!({"code": "123456"}),
            ("POST", "challenge") if self.path.contains("passkeys") => return None,
            ("POST", "challenge") => json!({"second": false}),
            ("POST", "passkey") => {
                let answer = json!({"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA"});
                json!({"credential": {"id": "AA", "rawId": "AA", "type": "public-key", "response": answer}})
            }
            ("POST", "passkeys") => {
                let answer = json!({"clientDataJSON": "AA", "attestationObject": "AA"});
                json!({"name": "x", "credential": {"rawId": "AA", "response": answer}})
            }
            ("POST", "{passkey}") => json!({"name": "x"}),
            ("PUT", "public-address") => json!({"address": "https://baton.example.org"}),
            ("PUT", "sso") => json!({"provider": {"issuer": "https://login.example.org"}}),
            ("PUT", "group-roles") => json!({"items": []}),
            ("POST", "members") => {
                json!({"email": "new@baton.example", "name": "x", "client": client, "roles": ["human_agent"]})
            }
            ("POST", "{member}") => json!({"client": client, "name": "x"}),
            ("PUT", "roles") => json!({"client": client, "roles": ["human_agent"]}),
            ("POST", "tokens") => json!({"name": "x", "roles": ["human_agent"], "client": client}),
            ("POST" | "DELETE", "stop-switch") => {
                json!({"client": client, "scope": "client", "target": "", "reason": "x"})
            }
            ("POST", "cases") => {
                json!({"channel": "api", "external_id": "x1", "customer": {"address": "a@example.org"}, "text": "hello"})
            }
            ("POST", "messages") => json!({"text": "hello"}),
            ("POST", "return") => json!({"instruction": "go on"}),
            ("POST", "merge") => json!({"into": "case_of_nobody"}),
            ("POST", "translate") => json!({"message": "msg_of_nobody", "to": "de"}),
            ("POST", "split") => json!({"messages": ["msg_of_nobody"]}),
            ("POST", "{action}" | "answer") => json!({"args": {}}),
            ("POST", "tags") => json!({"fix_type": "knowledge", "note": "a test"}),
            ("POST", "override") => json!({"outcome": "other", "reason": "wrong_answer"}),
            ("POST", "{fix}") => json!({"state": "doing"}),
            ("POST", "rating") => json!({"rating": "good"}),
            ("POST", "presence") => json!({"state": "busy"}),
            ("POST", "profile") => json!({"places": 3}),
            ("POST", "reassign") => {
                json!({"items": ["wi_of_nobody"], "to": {"queue": "adjusters"}, "reason": "a test"})
            }
            ("POST", "offer") => json!({"to": "mem_of_nobody"}),
            ("POST", "reply") => json!({"accept": true}),
            ("POST", "pass") => json!({"queue": "adjusters", "note": "a test"}),
            ("POST", "notes" | "whisper") => json!({"text": "hello"}),
            ("POST" | "DELETE", "views") => json!({"screen": "cases", "name": "late", "filter": {}}),
            ("POST", "complete") => json!({"decision": "approve", "fields": {}, "note": ""}),
            ("POST", "retry") if self.path.contains("deliveries") => return None,
            ("POST", "suspend" | "resume" | "cancel" | "retry" | "migrate" | "pause") => json!({"reason": "a test"}),
            ("POST", "events") => json!({"event": {"type": "test.happened"}, "reason": "a test"}),
            ("POST", "run-operations") => {
                json!({"operation": "suspend", "where": {"status": "waiting"}, "reason": "a test", "preview": true})
            }
            ("POST", "import") => json!({"text": "openapi: 3.1.0"}),
            ("POST", "import-tools") => json!({"url": "http://127.0.0.1:9/mcp", "name": "wiki"}),
            ("POST", "import-agent") => json!({"url": "http://127.0.0.1:9/card.json", "name": "planner"}),
            ("POST", "import-statements") => {
                json!({"name": "db", "dialect": "sqlite", "statements": [{"name": "one", "sql": "select 1"}]})
            }
            ("POST", "read-tables") => json!({"dialect": "postgresql", "address": "postgres://ada@127.0.0.1:9/x"}),
            ("POST", "import-operations") => json!({
                "name": "a", "base_url": "https://a.example", "written": [{"name": "get", "method": "GET", "path": "/"}]
            }),
            ("POST", "import-webhook") => json!({
                "name": "acme", "hook": {"signature": {"scheme": "standard-webhooks"}, "event": {"type": "com.acme.paid"}}
            }),
            ("POST", "webhooks") => json!({"name": "x", "url": "https://a.example/", "kinds": ["case.*"]}),
            ("POST", "switch") => json!({"on": false}),
            ("POST", "replay") => json!({"delivery": "wh_of_nobody"}),
            ("POST", "rotate" | "test") if self.path.contains("webhooks") || self.path.contains("channels") => {
                return None;
            }
            ("POST", "test") => json!({"writes": false}),
            ("POST", "sign-in") => json!({"origin": "https://baton.example"}),
            ("PUT", "connector-secrets") => json!({"connector": "acme", "setting": "acme.key", "value": "s3"}),
            ("POST", "try") => json!({"action": "find", "args": {}}),
            ("POST", "proposals") => json!({
                "title": "t", "reason": "r",
                "autonomy": {"intent": "*", "action": "create_payment", "level": "observe"}
            }),
            ("POST", "check") if self.path.contains("queue-settings") => {
                json!({"settings": {"queues": [], "calendars": [], "sla": {}, "words": {}}, "base": "rel_of_nobody"})
            }
            ("POST", "check") => json!({"edits": {}, "base": "rel_of_nobody"}),
            ("POST", "{verb}") => json!({"reason": "a test"}),
            ("POST", "settle") if self.path.contains("effects") => json!({"happened": true, "note": "a test"}),
            ("POST", "approvals") => json!({"approvals": 1}),
            ("POST", "proofs") => json!({"required": false}),
            ("POST", "critical-errors") => json!({"intent": "*", "action": "create_payment", "reason": "a test"}),
            ("POST", "mode") => json!({"on": false}),
            ("PUT", "second-factor") => json!({"code": "123456"}),
            ("DELETE", "second-factor") if self.path.contains("session") => json!({"code": "123456"}),
            ("POST", "rotate") => json!({"overlap_ms": 0}),
            ("PUT", "hold") => json!({"reason": "a test"}),
            ("PUT", "retention") => json!({"class": "mails", "days": 365}),
            ("POST", "settle") => json!({"state": "planned", "note": "a test"}),
            ("POST", "lint") => json!({"text": "do: []"}),
            ("POST", "conversations") => json!({"name": "x"}),
            // Bytes, whatever they are: one without a name is refused.
            ("POST", "files") => json!({}),
            ("POST", "ways") => json!({"channel": "email"}),
            ("POST", "links") => json!({"customer": "cus_of_nobody", "reason": "a test"}),
            ("DELETE", "{other}") => json!({"reason": "a test"}),
            _ => return None,
        };
        Some(body)
    }

    async fn ask(&self, caller: &Caller, path: &str, body: Option<&Value>) -> Answer {
        caller.send(self.method.clone(), path, body.map(|b| b.to_string().into_bytes())).await
    }
}

/// Ids of things that exist at the insurer.
async fn ids_of_the_insurer(app: &TestApp) -> BTreeMap<&'static str, String> {
    let service = sender(app).await;
    let case = send_claim(&service, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
    let supervisor = app.member("supervisor@baton.example").await;
    let list = format!("/api/v1/work-items?client={MUTUAL}&case={case}");
    let items = supervisor.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let customer = supervisor.get(&format!("/api/v1/clients/{MUTUAL}/cases/{case}")).await.ok();
    let runs = supervisor.get(&format!("/api/v1/runs?client={MUTUAL}")).await.ok();
    let lead = app.new_member("lead@mutual.example", MUTUAL, &[Role::AiLead]).await;
    let level = json!({"intent": "*", "action": "create_payment", "level": "observe"});
    let change = json!({"title": "t", "reason": "r", "autonomy": level});
    let change = lead.post(&format!("/api/v1/clients/{MUTUAL}/proposals"), &change).await.ok();
    BTreeMap::from([
        ("client", MUTUAL.to_owned()),
        ("customer", customer.body["customer"]["id"].as_str().unwrap().to_owned()),
        ("case", case),
        ("item", items["items"][0]["id"].as_str().unwrap().to_owned()),
        ("id", change.id()),
        ("verb", "reject".to_owned()),
        ("member", "mem_of_nobody".to_owned()),
        ("session", "0123456789abcdef".to_owned()),
        ("passkey", "pk_of_nobody".to_owned()),
        ("mailbox", "support".to_owned()),
        ("hook", "hook_of_nobody".to_owned()),
        ("message", "msg_of_nobody".to_owned()),
        ("file", "file_of_nobody".to_owned()),
        ("other", "cus_of_nobody".to_owned()),
        ("token", "tok_of_nobody".to_owned()),
        ("run", runs.items()[0]["id"].as_str().unwrap().to_owned()),
        ("fix", "fix_of_nobody".to_owned()),
        ("name", "claim".to_owned()),
        ("process", "claim".to_owned()),
        ("connector", "payments".to_owned()),
        ("effect", "eff_of_nobody".to_owned()),
        ("gap", "gap_of_nobody".to_owned()),
        ("action", "create_payment".to_owned()),
        ("conversation", "conv_of_nobody".to_owned()),
    ])
}

/// Every right there is, at the shop alone.
const ALL_AT_THE_SHOP: &[Role] = &[Role::Admin, Role::AiLead, Role::Supervisor, Role::Integrator, Role::FinanceLead];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_another_client_does_not_exist() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let theirs = ids_of_the_insurer(&app).await;
        let neighbour = app.new_member("neighbour@shop.example", SHOP, ALL_AT_THE_SHOP).await;
        let ours = app.service(SHOP, &[Role::Service]).await;
        for route in routes(&app).await {
            if route.is_public() {
                continue;
            }
            let body = route.body(MUTUAL);
            assert_eq!(route.takes_body, body.is_some(), "{name} {route:?}: a body for this test");
            let addresses = [theirs["client"].as_str(), SHOP].map(|client| {
                let mut ids = theirs.clone();
                ids.insert("client", client.to_owned());
                route.at(&ids)
            });
            for (caller, address) in [&neighbour, &ours].into_iter().flat_map(|c| addresses.iter().map(move |a| (c, a)))
            {
                let its_own = address.contains(SHOP)
                    && !route.path.contains("{case}")
                    && !route.path.contains("{customer}")
                    && !route.path.contains("{effect}")
                    && !route.path.contains("{id}")
                    && !route.path.contains("{token}")
                    && !route.path.contains("{item}")
                    && !route.path.contains("{run}")
                    && !route.path.contains("{member}")
                    && !route.path.contains("{fix}")
                    && !route.path.contains("{name}")
                    && !route.path.contains("{connector}");
                if !route.names_something() || (its_own && !route.is_chat()) {
                    continue;
                }
                let got = route.ask(caller, address, body.as_ref()).await;
                let expected: &[u16] = if route.is_chat() { &[401] } else { &[403, 404] };
                assert!(expected.contains(&got.status.as_u16()), "{name} {} {address}: {}", route.method, got.text);
                got.is_problem();
            }
            if route.takes_client {
                let got = route.ask(&neighbour, &format!("{}?client={MUTUAL}", route.path), None).await;
                got.problem(404);
            }
            if !route.names_something() && route.method == Method::GET && !route.path.ends_with("/events") {
                let got = route.ask(&neighbour, &route.path, None).await;
                assert!(!got.text.contains(MUTUAL), "{name} {} tells of a neighbour: {}", route.path, got.text);
            }
            if !route.names_something() && body.as_ref().is_some_and(|b| b["client"] == MUTUAL) {
                route.ask(&neighbour, &route.path, body.as_ref()).await.problem(404);
            }
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_anything_without_signing_in_and_no_page_acts_for_a_member() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let ids = ids_of_the_insurer(&app).await;
        let member = app.member("supervisor@baton.example").await;
        for route in routes(&app).await {
            if route.is_public() {
                continue;
            }
            let (address, body) = (route.at(&ids), route.body(MUTUAL));
            route.ask(&app.nobody(), &address, body.as_ref()).await.problem(401);
            route.ask(&app.bearer("bt_guessed"), &address, body.as_ref()).await.problem(401);
            if route.method != Method::GET && !route.is_chat() {
                let mut forged = member.request(route.method.clone(), &address);
                if let Some(body) = &body {
                    forged = forged.json(body);
                }
                let got = answer(forged, &format!("{name} forged {} {address}", route.method)).await;
                assert_eq!(got.problem(403).body["policies"], json!(["built-in:forged-request"]));
            }
        }
        app.stop().await;
    }
}

/// A server that refuses a body before it has read it all may close while the client still sends: then the client
/// sees no answer, and asks again.
async fn too_large(caller: &Caller, route: &Route, address: &str, body: &[u8]) {
    for _ in 0..20 {
        let request = caller.apart().request(route.method.clone(), address).header("x-baton-request", "1");
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_vec());
        if let Ok(response) = request.send().await {
            assert_eq!(response.status().as_u16(), 413, "{} {address}", route.method);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{address}");
            return;
        }
    }
    panic!("{} {address} never says that a body is too large", route.method);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_bodies_are_refused_in_words() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let ids = ids_of_the_insurer(&app).await;
        let member = app.member("supervisor@baton.example").await;
        let mut chat = Chat::open(&app).await;
        chat.say("hello").await;
        let long = |mib: usize| format!("{{\"text\":\"{}\"}}", "x".repeat(mib * 1024 * 1024)).into_bytes();
        let (huge, no_description) = (long(3), long(33));
        for route in routes(&app).await.into_iter().filter(|route| route.takes_body) {
            let mut ids = ids.clone();
            if route.is_chat() {
                ids.extend([("client", SHOP.to_owned()), ("conversation", chat.id.clone())]);
            }
            let (caller, address) = (if route.is_chat() { &chat.caller } else { &member }, route.at(&ids));
            let mut strange = route.body(MUTUAL).unwrap();
            strange["surprise"] = json!(1);
            let bad: Vec<Vec<u8>> = vec![
                b"{\"broken".to_vec(),
                b"".to_vec(),
                b"[1,2]".to_vec(),
                b"\"text\"".to_vec(),
                b"{\"text\":{},\"name\":[],\"email\":1,\"decision\":null,\"args\":3,\"key\":{},\"instruction\":7,\"scope\":8}".to_vec(),
                vec![0xff, 0xfe, 0x00],
                "[".repeat(100_000).into_bytes(),
                strange.to_string().into_bytes(),
            ];
            for body in bad {
                let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
                let got = caller.send(route.method.clone(), &address, Some(body)).await;
                assert_eq!(got.status.as_u16(), 400, "{name} {} {address} {shown}: {}", route.method, got.text);
                got.is_problem();
            }
            // A description of a system's interface, and a file, may be longer than other bodies.
            let large = route.path.ends_with("/import") || route.path.ends_with("/files");
            let huge = if large { &no_description } else { &huge };
            too_large(caller, &route, &address, huge).await;
            let plain = caller.request(route.method.clone(), &address).header("x-baton-request", "1");
            answer(plain.header(header::CONTENT_TYPE, "text/plain").body("{}"), &address).await.problem(400);
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_and_parameters_that_cannot_be_are_refused_in_words() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let ids = ids_of_the_insurer(&app).await;
        let member = app.member("supervisor@baton.example").await;
        let long = "x".repeat(300);
        let strange = ["%20", "a%20b", "%00", "%ff", "..%2f..", "'%3bDROP", "%F0%9F%A6%8A", long.as_str(), "none_such"];
        for route in routes(&app).await.into_iter().filter(|route| route.names_something() && !route.is_chat()) {
            let last = route.path.rsplit('{').next().unwrap().split('}').next().unwrap();
            for text in strange {
                let mut ids = ids.clone();
                ids.insert(last, text.to_owned());
                let got = route.ask(&member, &route.at(&ids), route.body(MUTUAL).as_ref()).await;
                assert!(
                    [403, 404].contains(&got.status.as_u16()),
                    "{name} {} {text}: {} {}",
                    route.path,
                    got.status,
                    got.text
                );
                got.is_problem();
            }
        }
        for (path, query) in [
            ("cases", "limit=0"),
            ("cases", "limit=201"),
            ("cases", "limit=x"),
            ("cases", "state=none"),
            ("cases", "after=%00"),
            ("cases", "client=%20"),
            ("cases", "due_before_ms=x"),
            ("work-items", "state=none"),
            ("work-items", "kind=none"),
            ("work-items", "mine=x"),
            ("work-items", "after=none"),
            ("runs", "limit=-1"),
            ("runs", "case=a%20b"),
            ("ledger", "from_ms=x"),
            ("ledger", "limit=1000000"),
            ("members", "client=%20"),
        ] {
            member.get(&format!("/api/v1/{path}?{query}")).await.problem(400);
        }
        member.get(&format!("/api/v1/clients/{MUTUAL}/effects?state=none")).await.problem(400);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_addresses_and_methods_are_problems_and_pages_carry_their_guards() {
    let app = TestApp::start("sqlite", None).await;
    let nobody = app.nobody();
    for path in ["/api/v1/nothing", "/api/v2/cases", "/chat/v1/larkspur/nothing", "/api/"] {
        nobody.get(path).await.problem(404);
    }
    for route in routes(&app).await {
        let path = route.path.replace(['{', '}'], "");
        let got = nobody.send(Method::PATCH, &path, None).await;
        got.problem(405);
        assert!(got.header("allow").contains(route.method.as_str()), "{path}: Allow is '{}'", got.header("allow"));
    }
    let page = nobody.get("/cases/anything").await.ok();
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(nobody.get("/healthz").await.ok().text, "ok");
    app.stop().await;
}
