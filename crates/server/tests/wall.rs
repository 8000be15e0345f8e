//! The second wall between clients, with the whole house: a query that forgot its filter, in a request of one client, finds
//! nothing of another; and what has to span clients still does.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::{MUTUAL, SHOP, TestApp, databases};
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use baton_base::{AgentName, ClientId, MemberId, Result};
use baton_db::{Kind, Tx, Wall, params};
use baton_govern::members::{self, NewMember};
use baton_govern::tokens::{Audience, Wanted};
use baton_govern::{Role, tokens};
use baton_server::{House, http};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// Whose releases there are, for whoever forgets to say whose.
fn wrong(tx: &mut Tx) -> Result<Vec<String>> {
    tx.query("SELECT DISTINCT client_id FROM release ORDER BY client_id", params![], |r| r.text(0))
}

/// As handlers do: at once, after each other, and in a task that outlives the request.
async fn at_once(State(house): State<Arc<House>>) -> Json<Value> {
    let (read, written) = (house.db.read(wrong).await.unwrap(), house.db.write(wrong).await.unwrap());
    let apart = tokio::spawn(Wall::here().around(async move { house.db.read(wrong).await.unwrap() }));
    Json(json!([read, written, apart.await.unwrap()]))
}

/// As streams do: after the handler has returned.
async fn later(State(house): State<Arc<House>>) -> Body {
    let read = async move { Ok::<_, std::io::Error>(json!([house.db.read(wrong).await.unwrap()]).to_string()) };
    Body::from_stream(futures::stream::once(read))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_forgot_its_filter_finds_nothing_of_another_client() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let router = Router::new()
            .route("/clients/{client}/wrong", get(at_once))
            .route("/clients/{client}/wrong-later", get(later))
            .route("/wrong", get(at_once))
            .layer(axum::middleware::from_fn(http::wall::stand))
            .with_state(Arc::clone(&app.house));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move { axum::serve(listener, router).await });

        let all = json!([MUTUAL, SHOP, "nordlicht"]);
        // An embedded database has no second wall: there the filter of every query is the only one.
        let own = if app.house.db.kind() == Kind::Postgres { json!([SHOP]) } else { all.clone() };
        let within = app.system(&base, &format!("/clients/{SHOP}/wrong")).await;
        assert_eq!(within, json!([own, own, own]), "{name}");
        let after = app.system(&base, &format!("/clients/{SHOP}/wrong-later")).await;
        assert_eq!(after, json!([own]), "{name}: in a stream");
        assert_eq!(app.system(&base, "/wrong").await, json!([all, all, all]), "{name}: of no one client");
        served.abort();
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_and_the_door_over_mcp_work_behind_the_wall_and_lists_over_clients_without() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let walled = || app.house.db.counters().walled;
        let stands = app.house.db.kind() == Kind::Postgres;
        let supervisor = app.member("supervisor@baton.example").await;

        let before = walled();
        supervisor.get(&format!("/api/v1/cases?client={SHOP}")).await.ok();
        assert_eq!(walled() - before, u64::from(stands), "{name}: one transaction, but for who asks");
        supervisor.get(&format!("/api/v1/clients/{SHOP}/cases/case_nowhere")).await.problem(404);
        assert_eq!(walled() - before > 1, stands, "{name}");
        let before = walled();
        supervisor.get("/api/v1/cases").await.ok();
        assert_eq!(walled(), before, "{name}");

        // The protocol's library and the door both go on in tasks of their own.
        let ctx = app.house.system(&ClientId::known(SHOP), "test");
        let wanted = Wanted {
            name: "desktop".to_owned(),
            roles: vec![Role::Service],
            audience: Audience::Mcp,
            agent: Some(AgentName::known("concierge")),
            ..Wanted::default()
        };
        let made = app.house.db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await.unwrap();
        let args = json!({"order_id": "#W0000000", "reason": "no longer needed"});
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "cancel_pending_order", "arguments": args}});
        let before = walled();
        let request = app.bearer(&made.token).request(Method::POST, &format!("/mcp/{SHOP}"));
        let request = request.header("accept", "application/json, text/event-stream");
        let told =
            common::answer(request.header("mcp-protocol-version", "2025-11-25").json(&call), "a call").await.ok();
        assert_eq!(told.body["result"]["isError"], true, "{name}: {}", told.text);
        assert_eq!(walled() > before, stands, "{name}");
        app.stop().await;
    }
}

/// Whoever leads a team at one client alone must not change what holds at another: that a member works there as well is seen
/// over the wall.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_member_works_elsewhere_too_is_known_behind_the_wall() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let lead = app.new_member("lead@shop.test", SHOP, &[Role::Supervisor]).await;
        let (house, here, there) = (
            app.house.system(&ClientId::house(), "test"),
            app.house.system(&ClientId::known(SHOP), "test"),
            app.house.system(&ClientId::known(MUTUAL), "test"),
        );
        let work = move |tx: &mut Tx| {
            let make = |tx: &mut Tx, who: &str| {
                let email = format!("{who}@shop.test");
                members::create(tx, &house, &NewMember { name: email.clone(), email, ..NewMember::default() })
            };
            let (one, both) = (make(tx, "one")?, make(tx, "both")?);
            members::grant(tx, &here, &one, Role::HumanAgent)?;
            members::grant(tx, &here, &both, Role::HumanAgent)?;
            members::grant(tx, &there, &both, Role::HumanAgent)?;
            Ok((one, both))
        };
        let (one, both): (MemberId, MemberId) = app.house.db.write(work).await.unwrap();
        let profile = |member: &MemberId| format!("/api/v1/clients/{SHOP}/members/{member}/profile");
        let places = json!({"places": 5});
        assert_eq!(lead.post(&profile(&one), &places).await.ok().body["places"], 5, "{name}");
        lead.post(&profile(&both), &places).await.problem(403);
        // Sent off by one of their clients, somebody is off at all of them.
        let sent = format!("/api/v1/clients/{SHOP}/members/{both}/presence");
        lead.post(&sent, &json!({"state": "off"})).await.ok();
        app.stop().await;
    }
}
