//! The whole house in this process: demo systems, three clients, members, a server that listens; and people who
//! use it over HTTP.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and a test may unwrap")]

pub mod play;
pub mod provider;
pub mod sse;

use baton_agents::Models;
use baton_base::{ClientId, IdSource, SystemClock};
use baton_clients::{assemble, deploy, read_overlay};
use baton_db::Db;
use baton_demo::systems::{self, Systems};
use baton_engine::expr::{pool::ChildPool, set_sandbox};
use baton_govern::members::{self, NewMember, PasswordHash};
use baton_govern::{Ctx, Env, Role, tokens};
use baton_server::demo::{check, seed};
use baton_server::{House, serve};
use baton_testkit::PgServer;
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub const MUTUAL: &str = "harbor-mutual";
pub const SHOP: &str = "larkspur";
/// Longest time a test waits for something that happens elsewhere, milliseconds.
const PATIENCE_MS: u64 = 60_000;
/// Pause between two looks, milliseconds.
const LOOK_MS: u64 = 25;
const CHILDREN_MAX: usize = 2;

/// A running house.
pub struct TestApp {
    /// `sqlite` or `postgres`.
    pub name: &'static str,
    pub url: String,
    pub database: String,
    pub house: Arc<House>,
    pub systems: Systems,
    http: Client,
    serving: serve::Serving,
    folder: TempDir,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One after the other, on SQLite and on PostgreSQL.
pub async fn databases() -> Vec<(&'static str, Option<String>)> {
    let postgres = tokio::task::spawn_blocking(|| PgServer::shared().map(PgServer::fresh_database)).await.unwrap();
    let mut all = vec![("sqlite", None)];
    all.extend(postgres.map(|url| ("postgres", Some(url))));
    all
}

impl TestApp {
    /// Starts a house on an SQLite file of its own, or on the database given.
    pub async fn start(name: &'static str, url: Option<String>) -> Self {
        Self::start_with(name, url, Models::none()).await
    }

    /// The same with language models.
    pub async fn start_with(name: &'static str, url: Option<String>, models: Models) -> Self {
        let pool = ChildPool::new(env!("CARGO_BIN_EXE_baton"), &["expr-child"], CHILDREN_MAX);
        set_sandbox(Box::new(pool));
        let folder = tempfile::tempdir().unwrap();
        let database = url.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("baton.db").display()));
        let key_file = folder.path().join("baton.db.key");
        std::fs::write(&key_file, baton_db::vault::fresh_text().unwrap()).unwrap();
        let systems = systems::start(&systems::Options::default()).await.unwrap();
        put_live(&database, &systems).await;
        seed::seed(&database).await.unwrap();
        let house = House::open_with(&database, Some(&key_file), Arc::new(SystemClock), models).await.unwrap();
        let serving = serve::start(Arc::clone(&house), "127.0.0.1:0").await.unwrap();
        let http = Client::builder().no_proxy().timeout(Duration::from_millis(PATIENCE_MS)).build().unwrap();
        Self { name, url: serving.url(), database, house, systems, http, serving, folder }
    }

    /// The master key of its vault.
    pub fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join("baton.db.key")
    }

    /// Stops it as Ctrl-C does.
    pub async fn stop(self) -> (String, TempDir) {
        self.house.stop();
        drop(self.http);
        self.serving.until_stopped().await.unwrap();
        (self.database, self.folder)
    }

    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Caller {
        Caller { http: self.http.clone(), base: self.url.clone(), who: Who::Nobody }
    }

    pub fn bearer(&self, token: &str) -> Caller {
        Caller { who: Who::Bearer(token.to_owned()), ..self.nobody() }
    }

    /// A demo member, signed in.
    pub async fn member(&self, email: &str) -> Caller {
        let answer =
            self.nobody().post("/api/v1/session", &json!({"email": email, "password": seed::PASSWORD})).await.ok();
        let cookie = answer.header(header::SET_COOKIE.as_str()).split(';').next().unwrap().to_owned();
        Caller { who: Who::Session(cookie), ..self.nobody() }
    }

    /// A service account of a client with these roles.
    pub async fn service(&self, client: &str, roles: &'static [Role]) -> Caller {
        let ctx = self.house.system(&ClientId::known(client), "test");
        let made = self.house.db.write(move |tx| tokens::create(tx, &ctx, "test", roles, None)).await.unwrap();
        self.bearer(&made.token)
    }

    /// A new member of one client with these roles, signed in.
    pub async fn new_member(&self, email: &'static str, client: &str, roles: &'static [Role]) -> Caller {
        let hash = PasswordHash::of(seed::PASSWORD).unwrap();
        let house = self.house.system(&ClientId::house(), "test");
        let there = self.house.system(&ClientId::known(client), "test");
        let new =
            NewMember { email: email.to_owned(), name: email.to_owned(), password: Some(hash), ..NewMember::default() };
        let work = move |tx: &mut baton_db::Tx| {
            let id = members::create(tx, &house, &new)?;
            roles.iter().try_for_each(|role| members::grant(tx, &there, &id, *role))
        };
        self.house.db.write(work).await.unwrap();
        self.member(email).await
    }

    /// What a demo system says of itself.
    pub async fn system(&self, base: &str, path: &str) -> Value {
        let base = base.to_owned();
        Caller { base, ..self.nobody() }.get(path).await.ok().body
    }
}

async fn put_live(database: &str, systems: &Systems) {
    let sets = check::sets(&systems.addresses);
    let mut releases = Vec::new();
    for client in [MUTUAL, "nordlicht", SHOP] {
        let mut overlay = read_overlay(&root().join(format!("demo/overlays/{client}.yaml"))).unwrap();
        for set in &sets {
            let (name, value) = set.split_once('=').unwrap();
            if let Some(parameter) = name.strip_prefix(client).and_then(|rest| rest.strip_prefix('.')) {
                overlay.parameters.insert(parameter.to_owned(), value.into());
            }
        }
        let folder = root().join("blueprints").join(&overlay.blueprint);
        let (bundle, version) = assemble(&folder, &overlay).unwrap_or_else(|found| panic!("{found:?}"));
        releases.push((overlay, version, bundle));
    }
    let db = Db::open(database).await.unwrap();
    db.migrate().await.unwrap();
    let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(u64::from(std::process::id()))));
    let work = move |tx: &mut baton_db::Tx| {
        let ctx = Ctx::system(&env, &ClientId::house(), "test");
        for (overlay, version, bundle) in &releases {
            deploy(tx, &ctx, overlay, version, bundle)?;
        }
        Ok(())
    };
    db.write(work).await.unwrap();
    db.close().await;
}

#[derive(Clone)]
enum Who {
    Nobody,
    Bearer(String),
    Session(String),
}

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    base: String,
    who: Who,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub text: String,
    pub body: Value,
    asked: String,
}

impl Answer {
    /// The answer, if it was a success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.status.is_success(), "{} answers {}: {}", self.asked, self.status, self.text);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A problem document with this status, that says what is wrong and tells nothing of the inside.
    #[track_caller]
    pub fn problem(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text);
        self.is_problem()
    }

    #[track_caller]
    pub fn is_problem(&self) -> &Self {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.asked, self.status);
        assert_eq!(self.body["status"], self.status.as_u16(), "{}: {}", self.asked, self.text);
        for name in ["type", "title", "detail"] {
            assert!(
                self.body[name].as_str().is_some_and(|text| !text.is_empty()),
                "{} {name}: {}",
                self.asked,
                self.text
            );
        }
        for inside in ["SELECT ", "panicked", ".rs:", "serde"] {
            assert!(!self.text.contains(inside), "{}: {}", self.asked, self.text);
        }
        self
    }

    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("{} has no id: {}", self.asked, self.text)).to_owned()
    }

    pub fn items(&self) -> &[Value] {
        self.body["items"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl Caller {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.who {
            Who::Nobody => request,
            Who::Bearer(token) => request.bearer_auth(token),
            Who::Session(cookie) => request.header(header::COOKIE, cookie),
        }
    }

    /// The same caller, over connections of its own.
    pub fn apart(&self) -> Self {
        Self { http: Client::builder().no_proxy().build().unwrap(), ..self.clone() }
    }

    /// Sends a request as the console does.
    pub async fn send(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer {
        let mut request = self.request(method.clone(), path).header("x-baton-request", "1");
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        answer(request, &format!("{method} {path}")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string().into_bytes())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body.to_string().into_bytes())).await
    }

    /// The same as whoever has this session.
    pub fn with_session(&self, token: &str) -> Self {
        Self { who: Who::Session(format!("baton_session={token}")), ..self.clone() }
    }

    pub async fn delete(&self, path: &str, body: Option<&Value>) -> Answer {
        self.send(Method::DELETE, path, body.map(|body| body.to_string().into_bytes())).await
    }

    /// Asks until the answer is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..PATIENCE_MS / LOOK_MS {
            last = self.get(path).await.ok().body;
            if wanted(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
        panic!("{path} never became what was waited for; last: {last:#}");
    }
}

/// Sends any request; nothing but a whole answer is taken.
pub async fn answer(request: reqwest::RequestBuilder, asked: &str) -> Answer {
    let response = request.send().await.unwrap_or_else(|error| panic!("{asked}: {error}"));
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap_or_else(|error| panic!("{asked}: {error}"));
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers, text, body, asked: asked.to_owned() }
}

/// The code of an authenticator app (RFC 6238) for a base32 secret.
pub fn code_of(secret: &str, at_ms: i64) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret
        .chars()
        .flat_map(|c| {
            let index = LETTERS.find(c).unwrap();
            (0..5).rev().map(move |bit| u8::from(index >> bit & 1 == 1))
        })
        .collect();
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = aws_lc_rs::hmac::sign(&key, &(at_ms / 30_000).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
