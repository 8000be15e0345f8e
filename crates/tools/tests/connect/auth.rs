//! Credentials arrive where the system looks for them; tokens are asked for, kept, renewed, and told when over.

use super::echo::{Echo, World};
use baton_base::{ClientId, Error};
use baton_govern::Ctx;
use baton_tools::Called;
use baton_tools::mcp::access::Back;
use baton_tools::oauth::SignIn;
use serde_json::json;

fn connector(echo: &Echo, auth: &str) -> baton_base::Bundle {
    let file = format!(
        "name: sys\ntitle: The system\nkind: http\nbase_url: {}\nattempts: 1\nauth: {auth}\nactions: [{{ name: look, path: /look }}]\n",
        echo.address
    );
    super::echo::bundle(&[("connectors/sys.yaml", file)])
}

async fn world(echo: &Echo, auth: &str) -> World {
    World::of(&connector(echo, auth)).await
}

#[tokio::test]
async fn keys_logins_and_tokens_travel_where_the_file_says_and_stand_nowhere() {
    let echo = Echo::start().await;
    for (auth, secret, header, expect, target) in [
        ("{ header: x-token, prefix: 'T ', setting: s }", "abc", "x-token", "T abc", "/look"),
        ("{ kind: api_key, in: query, name: k, setting: s }", "a&b", "none", "", "/look?k=a%26b"),
        ("{ kind: api_key, in: cookie, name: sid, setting: s }", "abc", "cookie", "sid=abc", "/look"),
        ("{ kind: basic, setting: s }", "ada:pw", "authorization", "Basic YWRhOnB3", "/look"),
        ("{ kind: bearer, setting: s }", "abc", "authorization", "Bearer abc", "/look"),
    ] {
        let world = world(&echo, auth).await;
        world.secret("s", secret).await;
        world.done("look", json!({})).await;
        assert_eq!((echo.last().header(header), echo.last().target.as_str()), (expect, target), "{auth}");
    }
    let world = world(&echo, "{ kind: bearer, setting: gone }").await;
    let before = echo.count();
    let Called::Failed { detail, .. } = world.call("look", json!({})).await else { panic!() };
    assert!(detail.to_string().contains("'gone'"), "{detail}");
    assert_eq!(echo.count(), before);
}

/// What was never sent, or by nobody that the system knows, is not its last word.
#[tokio::test]
async fn a_call_whose_credential_was_missing_or_not_accepted_is_made_once_there_is_one() {
    let echo = Echo::start().await;
    let file = format!(
        "name: sys\ntitle: The system\nkind: http\nbase_url: {}\nattempts: 1\nauth: {{ kind: bearer, setting: s }}\n\
         actions: [{{ name: put, path: /put, method: POST, idempotent: true }}]\n",
        echo.address
    );
    let world = World::new(&[("connectors/sys.yaml", file)]).await;
    let put =
        || baton_tools::Call { action: "put".into(), args: json!({}), step_key: "s".into(), ..Default::default() };
    let press = async || world.door.call(&world.ctx(), put()).await.unwrap();
    assert!(matches!(press().await, Called::Failed { status: 0, .. }));
    world.secret("s", "old").await;
    echo.says((401, "text/plain", b"who?".to_vec()));
    assert!(matches!(press().await, Called::Failed { status: 401, .. }));
    world.secret("s", "new").await;
    assert!(matches!(press().await, Called::Done { .. }));
    assert_eq!((echo.count(), echo.last().header("authorization")), (2, "Bearer new"));
}

/// A refresh token is good once: of two nodes one renews, and the other does not end what the first was given.
#[tokio::test]
async fn two_nodes_renew_a_sign_in_once() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let auth = format!(
        "{{ kind: oauth2_code, token_url: '{0}/token', authorize_url: '{0}/go', client: c, setting: tokens }}",
        server.address
    );
    let world = world(&echo, &auth).await;
    let other = super::echo::door(&world.db, &world.env, &world.client, &connector(&echo, &auth));
    world.secret("c", "id:s3").await;
    let now_ms = baton_base::Clock::now_ms(&*world.clock);
    let ends = json!({"access": "one", "refresh": "r1", "until_ms": now_ms + 120_000, "since_ms": now_ms});
    world.secret("tokens", &ends.to_string()).await;
    server.says(token("two", 3600, Some("r2")));
    server.says((400, "application/json", br#"{"error":"invalid_grant"}"#.to_vec()));
    let ctx = world.ctx().as_system("test");
    let (first, second) = tokio::join!(world.door.renew_sign_ins(&ctx), other.renew_sign_ins(&ctx));
    assert!(first.is_ok() && second.is_ok());
    let kept = kept(&world).await;
    assert_eq!((server.count(), kept.access.as_str(), kept.out_since_ms), (1, "two", None));
    world.done("look", json!({})).await;
    assert_eq!(echo.last().header("authorization"), "Bearer two");
}

/// What is kept for one server would be sent to another.
#[test]
fn connectors_that_keep_sign_ins_at_different_servers_in_one_setting_are_found() {
    let sign_in = |server: &str, more: &str| {
        format!(
            "{{ kind: oauth2_code, token_url: 'https://{server}/token', authorize_url: 'https://{server}/go', client: c, \
             setting: tokens{more} }}"
        )
    };
    let found = |one: &str, two: &str| {
        let file = |name: &str, auth: &str| {
            format!("name: {name}\nkind: http\nbase_url: https://{name}.example\nauth: {auth}\nactions: []\n")
        };
        let files = [("connectors/one.yaml", file("one", one)), ("connectors/two.yaml", file("two", two))];
        baton_tools::shared_sign_ins(&super::echo::bundle(&files))
    };
    let (first, issued) = (sign_in("a.example", ""), sign_in("a.example", ", issuer: 'https://a.example'"));
    let (elsewhere, meant) = (sign_in("b.example", ""), sign_in("a.example", ", resource: 'https://one.example'"));
    for (one, two) in [
        (&first, &elsewhere),
        (&issued, &sign_in("a.example", ", issuer: 'https://b.example'")),
        (&first, &sign_in("a.example", ", resource: 'https://two.example'")),
        (&first, &"{ kind: bearer, setting: tokens }".to_owned()),
    ] {
        let told = found(one, two);
        let [only] = told.as_slice() else { panic!("{one} {two}: {told:?}") };
        assert_eq!((only.file.as_str(), only.line), ("connectors/two.yaml", 4), "{two}: {only}");
        assert!(only.message.contains("'tokens'") && only.message.contains("connectors/one.yaml"), "{only}");
    }
    for (one, two) in [
        (&first, &first),
        (&first, &issued),
        (&meant, &meant),
        (&first, &elsewhere.replace("setting: tokens", "setting: more")),
        (&first, &elsewhere.replace("oauth2_code", "oauth2_client")),
        (&"{ kind: bearer, setting: key }".to_owned(), &"{ kind: basic, setting: key }".to_owned()),
    ] {
        let told = found(one, two);
        assert!(told.is_empty(), "{one} {two}: {told:?}");
    }
}

/// An MCP server's tokens are for its own address, whether the file says so or not.
#[test]
fn two_mcp_servers_keep_no_sign_in_in_one_setting() {
    let found = |more: &str| {
        let file = |name: &str| {
            format!(
                "name: {name}\nkind: mcp\nbase_url: https://{name}.example/mcp\ntools: connectors/{name}.tools.json\n\
                 auth: {{ kind: oauth2_code, token_url: 'https://a.example/token', authorize_url: 'https://a.example/go', \
                 client: c, setting: tokens{more} }}\nactions: []\n"
            )
        };
        let files = [("connectors/one.yaml", file("one")), ("connectors/two.yaml", file("two"))];
        baton_tools::shared_sign_ins(&super::echo::bundle(&files))
    };
    let told = found("");
    let [only] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((only.file.as_str(), only.line), ("connectors/two.yaml", 5), "{only}");
    assert!(only.remedy.contains("for the same resource"), "{only}");
    assert!(found(", resource: 'https://all.example'").is_empty());
}

/// Two systems at one authorization server, with one secret of Baton's there; a call of the first reads from the second.
fn pair(echo: &Echo, server: &Echo, kind: &str) -> [(&'static str, String); 2] {
    let file = |name: &str, actions: &str| {
        format!(
            "name: {name}\nkind: http\nbase_url: {}\nattempts: 1\nauth: {{ kind: {kind}, token_url: '{1}/token', \
             authorize_url: '{1}/go', client: c, setting: tokens, resource: 'https://{name}.example' }}\nactions: {actions}\n",
            echo.address, server.address
        )
    };
    let look = "[{ name: look, path: /look, facts: [{ name: seen, action: peek }] }]";
    [("connectors/one.yaml", file("one", look)), ("connectors/two.yaml", file("two", "[{ name: peek, path: /peek }]"))]
}

#[tokio::test]
async fn a_token_for_one_system_goes_to_no_other_that_shares_its_secret() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let world = World::new(&pair(&echo, &server, "oauth2_client")).await;
    world.secret("c", "id:s3").await;
    server.says(token("first", 600, None));
    server.says(token("second", 600, None));
    world.done("look", json!({})).await;
    let asked = server.inner.lock().unwrap().seen.clone();
    assert!(asked.iter().all(|seen| seen.header("authorization") == "Basic aWQ6czM="), "{asked:?}");
    let given = |name: &str| {
        let at = asked.iter().position(|seen| seen.text().contains(&format!("{name}.example"))).unwrap();
        format!("Bearer {}", ["first", "second"][at])
    };
    let went = |path: &str| {
        let seen = echo.inner.lock().unwrap().seen.clone();
        seen.iter().find(|seen| seen.target == path).unwrap().header("authorization").to_owned()
    };
    assert_eq!((asked.len(), went("/look"), went("/peek")), (2, given("one"), given("two")));
}

/// As in a release that was live before such files were refused.
#[tokio::test]
async fn a_sign_in_for_one_system_goes_to_no_other_that_keeps_its_own_in_the_same_setting() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let world = World::new(&pair(&echo, &server, "oauth2_code")).await;
    world.secret("c", "id:s3").await;
    let ctx = world.ctx().as_system("test");
    let random = ["state".to_owned(), "v".repeat(43)];
    world.door.begin_sign_in(&ctx, "two", "https://baton.example/connectors/callback", random).await.unwrap();
    server.says(token("two", 3600, Some("r2")));
    let back = Back { state: "larkspur~two~state".to_owned(), code: "the code".to_owned(), issuer: None };
    world.door.finish_sign_in(&world.env, &back).await.unwrap();
    world.done("peek", json!({})).await;
    assert_eq!(echo.last().header("authorization"), "Bearer two");
    let Called::Unreachable { why } = world.call("look", json!({})).await else { panic!("it is called") };
    assert!(why.contains("'tokens'") && why.contains("a setting of its own"), "{why}");
    // Nor is it renewed for the other.
    world.clock.advance_ms(3_500_000);
    server.says(token("again", 3600, Some("r3")));
    world.door.renew_sign_ins(&ctx).await.unwrap();
    assert_eq!(server.count(), 2);
    assert!(server.last().text().contains("two.example"), "{}", server.last().text());
    assert!(echo.inner.lock().unwrap().seen.iter().all(|seen| seen.target == "/peek"));
}

#[tokio::test]
async fn where_baton_keeps_a_sign_in_nobody_sets_a_secret_nor_among_those_of_the_installation() {
    let file = "name: one\nkind: http\nbase_url: https://one.example\nauth: { kind: oauth2_code, token_url: 'https://a.example/t', \
                authorize_url: 'https://a.example/a', client: one.client, setting: one.sign-in }\nactions: [{ name: look, path: /look }]\n";
    let world = World::new(&[("connectors/one.yaml", file.to_owned())]).await;
    let ctx = world.ctx().as_system("test");
    for value in ["id:s3", "id:s4"] {
        world.door.keep_secret(&ctx, "one", "one.client", value).await.unwrap();
    }
    let refused = world.door.keep_secret(&ctx, "one", "one.sign-in", "{}").await.unwrap_err();
    assert!(refused.to_string().contains("keeps a sign-in"), "{refused}");
    let house = Ctx::system(&world.env, &ClientId::house(), "test");
    let refused = world.door.keep_secret(&house, "chat", "chat.key", "forged").await.unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)), "{refused}");
}

fn token(access: &str, life_s: i64, refresh: Option<&str>) -> (u16, &'static str, Vec<u8>) {
    let said = json!({"access_token": access, "token_type": "Bearer", "expires_in": life_s, "refresh_token": refresh});
    (200, "application/json", said.to_string().into_bytes())
}

#[tokio::test]
async fn a_token_of_batons_own_is_asked_for_once_and_again_before_it_expires() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let auth = format!("{{ kind: oauth2_client, token_url: '{}/token', client: c, scopes: [read] }}", server.address);
    let world = world(&echo, &auth).await;
    world.secret("c", "id:s3").await;
    server.says(token("one", 600, None));
    world.done("look", json!({})).await;
    world.done("look", json!({})).await;
    assert_eq!((server.count(), echo.last().header("authorization")), (1, "Bearer one"));
    let asked = server.last();
    assert_eq!(
        (asked.text().as_str(), asked.header("authorization")),
        ("grant_type=client_credentials&scope=read", "Basic aWQ6czM=")
    );
    // A minute before it would expire, there is another.
    world.clock.advance_ms(541_000);
    server.says(token("two", 600, None));
    world.done("look", json!({})).await;
    assert_eq!(echo.last().header("authorization"), "Bearer two");
    // One that is not accepted is not used again.
    echo.says((401, "text/plain", b"who?".to_vec()));
    world.call("look", json!({})).await;
    server.says(token("three", 600, None));
    world.done("look", json!({})).await;
    assert_eq!(echo.last().header("authorization"), "Bearer three");
    world.clock.advance_ms(700_000);
    server.says((401, "application/json", br#"{"error":"invalid_client"}"#.to_vec()));
    let Called::Unreachable { why } = world.call("look", json!({})).await else { panic!() };
    assert!(why.contains("invalid_client"), "{why}");
}

async fn kept(world: &World) -> SignIn {
    let client = world.client.clone();
    let text = world.db.read(move |tx| baton_govern::vault::get(tx, &client, "tokens")).await.unwrap().unwrap();
    SignIn::read(&text).unwrap()
}

async fn rows(world: &World, sql: &'static str) -> Vec<String> {
    let client = world.client.clone();
    world.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.text(0))).await.unwrap()
}

fn back(state: &str, issuer: Option<&str>) -> Back {
    let (state, code) = (format!("larkspur~sys~{state}"), "the code".to_owned());
    Back { state, code, issuer: issuer.map(str::to_owned) }
}

/// All sign-ins come back to one address: an authorization server could send the browser on to another, and be given its code.
#[tokio::test]
async fn a_sign_in_that_comes_back_from_somebody_else_is_refused() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let auth = format!(
        "{{ kind: oauth2_code, token_url: '{0}/token', authorize_url: '{0}/go', client: c, setting: tokens, issuer: 'https://a.example' }}",
        server.address
    );
    let world = world(&echo, &auth).await;
    world.secret("c", "id:s3").await;
    let ctx = world.ctx().as_system("test");
    for (issuer, fine) in [(None, false), (Some("https://evil.example"), false), (Some("https://a.example"), true)] {
        let random = ["state".to_owned(), "v".repeat(43)];
        world.door.begin_sign_in(&ctx, "sys", "https://baton.example/connectors/callback", random).await.unwrap();
        if fine {
            server.says(token("one", 3600, None));
        }
        let done = world.door.finish_sign_in(&world.env, &back("state", issuer)).await;
        assert_eq!((done.is_ok(), server.count()), (fine, usize::from(fine)), "{issuer:?}: {done:?}");
    }
}

#[tokio::test]
async fn a_sign_in_proves_itself_is_renewed_and_told_when_it_is_over() {
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let auth = format!(
        "{{ kind: oauth2_code, token_url: '{0}/token', authorize_url: '{0}/go?x=1', client: c, setting: tokens, scopes: [a, b] }}",
        server.address
    );
    let world = world(&echo, &auth).await;
    world.secret("c", "id:kept-to-itself").await;
    let Called::Unreachable { why } = world.call("look", json!({})).await else { panic!() };
    assert!(why.contains("nobody has signed in"), "{why}");

    let ctx = world.ctx().as_system("test");
    let random = ["state".to_owned(), "v".repeat(43)];
    let begin = world.door.begin_sign_in(&ctx, "sys", "https://baton.example/connectors/callback", random);
    let address = begin.await.unwrap();
    assert!(address.contains("code_challenge_method=S256") && address.contains("scope=a+b"), "{address}");
    assert!(address.contains("client_id=id") && !address.contains("kept-to-itself"), "{address}");
    let back = back("state", None);
    assert!(world.door.finish_sign_in(&world.env, &self::back("other", None)).await.is_err());
    let random = ["state".to_owned(), "v".repeat(43)];
    world.door.begin_sign_in(&ctx, "sys", "https://baton.example/connectors/callback", random).await.unwrap();
    server.says(token("one", 3600, Some("r1")));
    world.door.finish_sign_in(&world.env, &back).await.unwrap();
    let asked = server.last().text();
    assert!(asked.contains("code=the+code") && asked.contains(&format!("code_verifier={}", "v".repeat(43))), "{asked}");
    // A code is good once.
    assert!(world.door.finish_sign_in(&world.env, &back).await.is_err());
    world.done("look", json!({})).await;
    assert_eq!(echo.last().header("authorization"), "Bearer one");

    // Renewed before it ends, by nobody's call; the new refresh token is kept.
    world.clock.advance_ms(3_100_000);
    server.says(token("two", 3600, Some("r2")));
    world.door.renew_sign_ins(&ctx).await.unwrap();
    assert!(server.last().text().contains("refresh_token=r1"));
    assert_eq!((kept(&world).await.access.as_str(), kept(&world).await.refresh.as_deref()), ("two", Some("r2")));

    // An authorization server that is away changes nothing; one that says no ends it, once.
    world.clock.advance_ms(3_100_000);
    server.says((503, "text/plain", Vec::new()));
    world.door.renew_sign_ins(&ctx).await.unwrap();
    world.done("look", json!({})).await;
    // Nor does something on the way that refuses in its place.
    server.says((403, "text/html", b"<html>blocked</html>".to_vec()));
    world.door.renew_sign_ins(&ctx).await.unwrap();
    world.done("look", json!({})).await;
    world.clock.advance_ms(700_000);
    server.says((400, "application/json", br#"{"error":"invalid_grant"}"#.to_vec()));
    let Called::Unreachable { why } = world.call("look", json!({})).await else { panic!() };
    assert!(why.contains("signed out since") && why.contains("invalid_grant"), "{why}");
    let asked = server.count();
    world.call("look", json!({})).await;
    assert_eq!(server.count(), asked);
    let told = rows(&world, "SELECT title FROM work_item WHERE client_id = $1").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Sign in again at The system"), "{told:?}");
    let kinds =
        rows(&world, "SELECT kind FROM ledger WHERE client_id = $1 AND kind LIKE 'connector.%' ORDER BY entry_id")
            .await;
    assert_eq!(kinds, ["connector.signed_in", "connector.signed_out"]);
    let ledger = rows(&world, "SELECT data FROM ledger WHERE client_id = $1").await.join("\n");
    assert!(!ledger.contains("kept-to-itself") && !ledger.contains("Bearer") && !ledger.contains("\"r2\""));
}
