//! Limits by address: whoever has not shown who they are, and nobody else.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Answer, Caller, SHOP, TestApp, answer};
use reqwest::Method;

/// Asks as a proxy would for this address.
async fn ask(caller: &Caller, method: Method, path: &str, address: &str) -> Answer {
    let request = caller.request(method.clone(), path).header("x-forwarded-for", format!("198.51.100.9, {address}"));
    let request = request.header("content-type", "application/json");
    let request = if method == Method::POST { request.body("{}") } else { request };
    answer(request, &format!("{method} {path} for {address}")).await
}

/// Asks until it is too much; how often it was not.
async fn until_too_much(caller: &Caller, method: Method, path: &str, address: &str) -> (usize, Answer) {
    for before in 0..5_000 {
        let answer = ask(caller, method.clone(), path, address).await;
        if answer.status == 429 {
            return (before, answer);
        }
    }
    panic!("{path} is never too much");
}

#[tokio::test]
async fn an_address_that_shows_nothing_that_holds_is_slowed_and_those_behind_it_who_are_signed_in_are_not() {
    let app = TestApp::start("sqlite", None).await;
    app.house.behind(1);
    let member = app.member("supervisor@baton.example").await;
    let stranger = app.bearer("baton_made_up");
    let (before, refused) = until_too_much(&stranger, Method::GET, "/api/v1/session", "203.0.113.7").await;
    assert!(before >= 120, "{before}");
    let wait_s: u64 = refused.problem(429).header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait_s) && refused.text.contains("your address"), "{wait_s}: {}", refused.text);

    ask(&member, Method::GET, "/api/v1/session", "203.0.113.7").await.ok();
    ask(&stranger, Method::GET, "/api/v1/session", "203.0.113.8").await.problem(401);
    // What stands before the trusted proxy's word is made up, and counts for nothing; a whole /64 is one address.
    until_too_much(&stranger, Method::GET, "/api/v1/session", "2001:db8::1").await;
    let (before, _) = until_too_much(&stranger, Method::GET, "/api/v1/session", "2001:db8:0:0:ffff::2").await;
    assert!(before < 60, "{before}");
    ask(&stranger, Method::GET, "/api/v1/session", "2001:db8:0:1::1").await.problem(401);

    // Whoever only opens the chat page has much room, and is told so on pages of others too.
    let chat = format!("/chat/v1/{SHOP}/conversations");
    let (before, refused) = until_too_much(&app.nobody(), Method::POST, &chat, "203.0.113.9").await;
    assert!(before >= 600, "{before}");
    assert_eq!(refused.problem(429).header("access-control-allow-origin"), "*");
    ask(&app.nobody(), Method::GET, "/healthz", "203.0.113.9").await.ok();
    app.stop().await;
}
