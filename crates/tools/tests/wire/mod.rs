//! The language's own calls, made by real runs to a real server on loopback.
#![allow(clippy::unwrap_used, reason = "a test")]

mod site;
mod world;

use baton_tools::store::State;
use serde_json::{Value, json};
use site::Site;
use world::World;

const SPEC: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/";

fn http(method: &str, path: &str, more: &str) -> String {
    format!("do:\n  - it: {{ call: http, with: {{ method: {method}, endpoint: 'SITE{path}'{more} }} }}\n")
}

#[tokio::test]
async fn answers_come_as_content_bytes_or_whole() {
    let world = World::new().await;
    let pet = json!({"id": "1", "name": "Milou"});
    assert_eq!(world.output(&http("get", "/pets/1", "")).await, pet);
    assert_eq!(world.output(&http("get", "/text", "")).await, json!("plain"));
    assert_eq!(world.output(&http("get", "/bytes", "")).await, json!("AQL/"));
    assert_eq!(world.output(&http("get", "/text", ", output: raw")).await, json!("cGxhaW4="));
    let whole = world.output(&http("get", "/pets/1", ", output: response, headers: { X-A: b }")).await;
    assert_eq!((&whole["statusCode"], &whole["content"]), (&json!(200), &pet));
    assert_eq!(whole["request"]["method"], "GET");
    assert_eq!(whole["request"]["headers"], json!({"x-a": "b"}));
    assert_eq!(whole["headers"]["content-type"], "application/json");
}

#[tokio::test]
async fn what_is_sent_has_the_form_that_its_type_asks_for() {
    let world = World::new().await;
    let sent = |more: &str| http("post", "/echo", more);
    let echo = world.output(&sent(", query: { a: 'x y', b: '${ [1, 2] }' }, body: { n: 1 }")).await;
    assert_eq!((&echo["query"], &echo["body"]), (&json!("a=x+y&b=1&b=2"), &json!("{\"n\":1}")));
    assert_eq!(echo["headers"]["content-type"], "application/json");
    let echo = world.output(&sent(", body: hello")).await;
    assert_eq!(
        (&echo["headers"]["content-type"], &echo["body"]),
        (&json!("text/plain; charset=utf-8"), &json!("hello"))
    );
    let form = ", headers: { Content-Type: application/x-www-form-urlencoded }, body: { a: '1 2', b: '&' }";
    assert_eq!(world.output(&sent(form)).await["body"], json!("a=1+2&b=%26"));
    let error = world.error(&sent(", headers: { Host: evil.example }")).await;
    assert_eq!(error["type"], json!(format!("{SPEC}configuration")));
}

#[tokio::test]
async fn a_servers_refusal_is_a_communication_error_with_its_status_and_words() {
    let world = World::new().await;
    let error = world.error(&http("get", "/pets/9", "")).await;
    assert_eq!((&error["type"], &error["status"]), (&json!(format!("{SPEC}communication")), &json!(404)));
    assert!(error["detail"].as_str().unwrap().ends_with("answered 404: there is no pet 9"), "{error}");
    assert_eq!(error["instance"], "/do/0/it");
    let error = world.error(&http("get", "/not-json", "")).await;
    assert_eq!(error["status"], 502, "{error}");
    let error = world.error(&http("get", "/huge", "")).await;
    assert!(error["detail"].as_str().unwrap().contains("more than 1048576 bytes"), "{error}");
    let gone = "do:\n  - it: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } }\n";
    let error = world.error(gone).await;
    assert_eq!((&error["type"], &error["status"]), (&json!(format!("{SPEC}communication")), &json!(503)));
}

#[tokio::test]
async fn a_redirect_is_an_error_unless_the_process_allows_it() {
    let world = World::new().await;
    assert_eq!(world.error(&http("get", "/moved", "")).await["status"], 303);
    assert_eq!(world.output(&http("get", "/moved", ", redirect: true")).await["name"], "Milou");
    let error = world.error(&http("get", "/round", ", redirect: true")).await;
    assert!(error["detail"].as_str().unwrap().contains("more than 5 redirects"), "{error}");
    // Where a redirect leads is judged like any other address.
    let error = world.error(&http("get", "/elsewhere", ", redirect: true")).await;
    assert_eq!(error["type"], json!(format!("{SPEC}authorization")), "{error}");
}

#[tokio::test]
async fn a_task_that_takes_too_long_times_out_and_its_call_is_given_up() {
    let world = World::new().await;
    let text = "do:\n  - it:\n      call: http\n      with: { method: get, endpoint: 'SITE/slow' }\n      \
                timeout: { after: { milliseconds: 300 } }\n";
    let error = world.error_in_time(text).await;
    assert_eq!((&error["type"], &error["status"]), (&json!(format!("{SPEC}timeout")), &json!(408)));
}

#[tokio::test]
async fn who_asks_is_proven_in_every_way_and_no_secret_is_kept() {
    let world = World::new().await;
    let with = |path: &str, policy: &str| {
        format!(
            "use: {{ secrets: [word, login, key] }}\ndo:\n  - it:\n      call: http\n      with:\n        method: get\n        \
             output: response\n        endpoint: {{ uri: 'SITE{path}', authentication: {policy} }}\n"
        )
    };
    let client = "{ id: baton, secret: '${ $secrets.word }' }";
    for (path, policy) in [
        ("/basic", "{ basic: { username: ada, password: '${ $secrets.word }' } }".to_owned()),
        ("/basic", "{ basic: { use: login } }".to_owned()),
        ("/digest", "{ digest: { username: ada, password: '${ $secrets.word }' } }".to_owned()),
        ("/bearer", "{ bearer: { token: '${ $secrets.word }' } }".to_owned()),
        ("/bearer", "{ bearer: { use: word } }".to_owned()),
        ("/bearer", format!("{{ oauth2: {{ authority: SITE, grant: client_credentials, client: {client} }} }}")),
        ("/bearer", format!("{{ oidc: {{ authority: SITE, grant: client_credentials, client: {client} }} }}")),
    ] {
        let output = world.output(&with(path, &policy)).await;
        assert!(output["statusCode"].as_u64().unwrap() < 300, "{policy}: {output}");
    }
    let tokens = world.site.seen("/oauth2/token").len();
    world
        .output(&with(
            "/bearer",
            &format!("{{ oauth2: {{ authority: SITE, grant: client_credentials, client: {client} }} }}"),
        ))
        .await;
    assert_eq!(world.site.seen("/oauth2/token").len(), tokens, "a token that is still good is used again");
    // A token that a server no longer accepts is not used again.
    let policy = format!("{{ oauth2: {{ authority: SITE, grant: client_credentials, client: {client} }} }}");
    let revoked = with("/bearer", &policy).replace("output: response", "headers: { X-Revoked: yes }");
    assert_eq!(world.error(&revoked).await["status"], 401);
    world.output(&with("/bearer", &policy)).await;
    assert_eq!(world.site.seen("/oauth2/token").len(), tokens + 1);
    let error = world.error(&with("/basic", "{ basic: { username: ada, password: '${ \"wrong\" }' } }")).await;
    assert_eq!(error["status"], 401);
    let header = "use: { secrets: [word] }\ndo:\n  - it: { call: http, with: { method: get, endpoint: 'SITE/echo', \
                  headers: { X-Key: '${ $secrets.word }' }, output: response } }\n";
    let output = world.output(header).await;
    assert_eq!(world.site.seen("/echo")[0].headers["x-key"], "s3cret");
    assert_eq!(output["request"]["headers"], json!({}));
    let undeclared = "do:\n  - it: { call: http, with: { method: get, endpoint: 'SITE/echo', \
                      headers: '${ { \"X-Key\": { secret: \"word\" } } }' } }\n";
    let error = world.error(undeclared).await;
    assert!(error["detail"].as_str().unwrap().contains("without declaring"), "{error}");
    let stored = world.everything_stored().await;
    // The echo server gave the header back as content: that is the answer's, and nothing else holds it.
    assert_eq!(stored.matches("s3cret").count(), stored.matches("\"x-key\":\"s3cret\"").count());
    assert!(!stored.contains("token-1"));
}

#[tokio::test]
async fn an_operation_is_called_as_its_description_says() {
    let world = World::new().await;
    let call = |operation: &str, parameters: &str| {
        format!(
            "do:\n  - it: {{ call: openapi, with: {{ document: {{ endpoint: 'SITE/openapi.json' }}, \
             operationId: {operation}, parameters: {parameters} }} }}\n"
        )
    };
    assert_eq!(world.output(&call("getPet", "{ id: 4 }")).await, json!({"id": "4", "name": "Milou"}));
    assert_eq!(world.output(&call("addPet", "{ name: Tom }")).await["body"], json!("{\"name\":\"Tom\"}"));
    assert_eq!(world.site.seen("/openapi.json").len(), 1, "a description is kept for a while");
    assert_eq!(world.error(&call("getPet", "{}")).await["type"], json!(format!("{SPEC}validation")));
    assert_eq!(world.error(&call("noPet", "{}")).await["type"], json!(format!("{SPEC}configuration")));
}

#[tokio::test]
async fn an_mcp_server_is_greeted_and_asked_in_a_session() {
    let world = World::new().await;
    let call = |how: &str, method: &str, parameters: &str| {
        format!(
            "do:\n  - it: {{ call: mcp, with: {{ method: {method}, parameters: {parameters}, \
             transport: {{ http: {{ endpoint: 'SITE/mcp{how}' }} }} }} }}\n"
        )
    };
    assert_eq!(world.output(&call("", "tools/list", "{}")).await, json!({"tools": [{"name": "feed"}]}));
    let feed = "{ name: feed, arguments: { kg: 2 } }";
    for how in ["", "?stream=1"] {
        let output = world.output(&call(how, "tools/call", feed)).await;
        assert_eq!(output["structuredContent"], json!({"kg": 2}), "{how}");
    }
    let output = world.output(&call("", "resources/read", "{ uri: 'notes://1' }")).await;
    assert_eq!(output["contents"][0]["text"], "notes");
    let error = world.error(&call("", "tools/call", "{ name: bite }")).await;
    assert!(error["detail"].as_str().unwrap().contains("it bites"), "{error}");
    let error = world.error(&call("", "prompts/list", "{}")).await;
    assert!(error["detail"].as_str().unwrap().contains("no such method"), "{error}");
    let first: Vec<Value> =
        world.site.seen("/mcp").iter().take(3).map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    assert!(world.site.seen("/mcp").iter().all(|seen| seen.method == "POST"));
    let methods: Vec<&str> = first.iter().map(|body| body["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["initialize", "notifications/initialized", "tools/list"]);
}

#[tokio::test]
async fn an_mcp_server_is_asked_without_a_session_where_the_process_says_so() {
    let world = World::new().await;
    let call = |method: &str, parameters: &str| {
        format!(
            "do:\n  - it: {{ call: mcp, with: {{ protocolVersion: '2026-07-28', method: {method}, \
             parameters: {parameters}, transport: {{ http: {{ endpoint: 'SITE/mcp' }} }} }} }}\n"
        )
    };
    let output = world.output(&call("tools/call", "{ name: feed, arguments: { kg: 2 } }")).await;
    assert_eq!(output["structuredContent"], json!({"kg": 2}));
    let seen = world.site.seen("/mcp");
    let methods: Vec<Value> =
        seen.iter().map(|seen| serde_json::from_str::<Value>(&seen.body).unwrap()["method"].clone()).collect();
    assert_eq!(methods, ["tools/list", "tools/call"], "no handshake");
    let error = world.error(&call("prompts/list", "{}")).await;
    assert!(error["detail"].as_str().unwrap().contains("no such method"), "{error}");
    let error = world.error(&call("tools/call", "{ name: feed, arguments: { kg: 99 } }")).await;
    assert!(error["detail"].as_str().unwrap().contains("asks for something"), "{error}");
}

#[tokio::test]
async fn another_agent_is_found_by_its_card() {
    let world = World::new().await;
    let call = |method: &str, parameters: &str| {
        format!(
            "do:\n  - it: {{ call: a2a, with: {{ method: {method}, agentCard: {{ endpoint: 'SITE/card' }}, \
             parameters: {parameters} }} }}\n"
        )
    };
    let message = "{ message: { role: user, messageId: m1, parts: [{ kind: text, text: hello }] } }";
    let output = world.output(&call("message/send", message)).await;
    assert_eq!(output["parts"][0]["text"], "hello");
    let output = world.output(&call("message/stream", message)).await;
    assert_eq!(output[1]["status"]["state"], "completed");
    let error = world.error(&call("tasks/get", "{ id: t1 }")).await;
    assert!(error["detail"].as_str().unwrap().contains("no such task"), "{error}");
}

#[tokio::test]
async fn what_the_release_does_not_list_is_refused_and_the_refusal_is_recorded() {
    let site = Site::start().await;
    let listed = "allow: [{ url: 'SITE/pets/', private: true }, { url: 'https://localhost:1/' }]";
    let world = World::of(site, listed).await;
    assert_eq!(world.output(&http("get", "/pets/1", "")).await["name"], "Milou");
    for text in [http("get", "/text", ""), http("post", "/pets/1", ""), http("get", "/pets/..%2ftext", "")] {
        let error = world.error(&text).await;
        assert_eq!((&error["type"], &error["status"]), (&json!(format!("{SPEC}authorization")), &json!(403)), "{text}");
        assert!(error["detail"].as_str().unwrap().contains("egress.yaml"), "{error}");
    }
    let inside = "do:\n  - it: { call: http, with: { method: get, endpoint: 'https://localhost:1/' } }\n";
    let error = world.error(inside).await;
    assert!(error["detail"].as_str().unwrap().contains("private: true"), "{error}");
    assert_eq!(world.site.seen("/text").len(), 0);
    let ledger = world.ledger().await;
    let refused = ledger.iter().filter(|(kind, _)| kind == "action.refused").count();
    assert_eq!(refused, 3, "{ledger:?}");
}

#[tokio::test]
async fn every_call_is_an_effect_with_its_permit_and_what_changes_is_written_down_before() {
    let world = World::new().await;
    world.output(&http("get", "/pets/1", "")).await;
    world.output(&http("post", "/echo", ", body: { card: 'secret-of-ann' }")).await;
    let effects = world.effects().await;
    let [write, read] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(write.writes && !read.writes);
    for effect in [write, read] {
        assert_eq!(effect.state, State::Finished);
        assert!(effect.action.starts_with("http:127.0.0.1:"), "{effect:?}");
        assert_eq!(effect.permit["action"], json!(effect.action));
        assert!(!serde_json::to_string(effect).unwrap().contains("secret-of-ann"), "an effect keeps no content");
    }
    assert!(write.idempotency_key.starts_with("run_"), "the call's id is the key");
    let ledger = world.ledger().await;
    let kinds: Vec<&str> = ledger.iter().map(|(kind, _)| kind.as_str()).filter(|k| k.starts_with("action")).collect();
    assert_eq!(kinds, ["action.finished", "action.requested", "action.finished"]);
}

#[tokio::test]
async fn a_lost_call_is_repeated_only_where_that_can_do_no_harm() {
    let world = World::new().await;
    for (method, more, times) in [
        ("get", "", 2),
        ("put", ", body: { n: 1 }", 2),
        ("post", ", body: { n: 1 }, headers: { Idempotency-Key: k1 }", 2),
        ("post", ", body: { n: 1 }", 1),
    ] {
        let before = world.site.seen("/echo").len();
        let run = world.start(&http(method, "/echo", more)).await;
        world.send_and_crash(&run).await;
        let detail = world.settle(&run).await;
        assert_eq!(world.site.seen("/echo").len() - before, times, "{method}{more}");
        if times == 2 {
            assert_eq!(detail.row.status, "completed", "{:?}", detail.row.error);
        } else {
            let error = detail.row.error.unwrap();
            assert_eq!(error["type"], "urn:baton:error:outcome-unknown", "{error}");
            assert!(error["detail"].as_str().unwrap().contains("a person must find out"), "{error}");
            assert_eq!(world.effects().await[0].state, State::Unknown);
        }
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_the_outcome_of_a_change_open_and_of_a_look_not() {
    let world = World::new().await;
    let error = world.error(&http("post", "/cut", ", body: { n: 1 }")).await;
    assert_eq!(error["type"], "urn:baton:error:outcome-unknown");
    let error = world.error(&http("get", "/cut", "")).await;
    assert_eq!((&error["type"], &error["status"]), (&json!(format!("{SPEC}communication")), &json!(502)));
}

#[tokio::test]
async fn a_stop_holds_what_changes_something_and_lets_looks_through() {
    let world = World::new().await;
    world.stop("too many letters").await;
    let error = world.error(&http("post", "/echo", "")).await;
    assert_eq!((&error["type"], &error["title"]), (&json!("urn:baton:error:escalation"), &json!("policy")));
    assert_eq!(world.output(&http("get", "/text", "")).await, json!("plain"));
}
