//! A real identity provider beside the house, and a browser that goes to and fro between the two.

use super::{Caller, TestApp, root};
use reqwest::{Client, StatusCode, Url, header, redirect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Most steps between two sites.
const STEPS_MAX: usize = 12;

/// A running provider; it ends with this.
pub struct IdProvider {
    pub issuer: String,
    http: Client,
    child: Child,
}

impl Drop for IdProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its packages, installed once as the lock file says.
fn installed() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = root().join("tests/journeys");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            let done = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).output();
            let done = done.expect("npm, which comes with Node 20.19 or newer");
            assert!(done.status.success(), "npm ci in tests/journeys: {}", String::from_utf8_lossy(&done.stderr));
        }
    });
}

impl IdProvider {
    /// Starts one that knows Baton at these addresses.
    pub async fn start(redirects: &[String]) -> Self {
        let redirects = redirects.to_vec();
        let (child, line) = tokio::task::spawn_blocking(move || {
            installed();
            let mut command = Command::new("node");
            command.arg("provider.mjs").args(redirects).current_dir(root().join("tests/journeys"));
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
            let mut line = String::new();
            BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            (child, line)
        })
        .await
        .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the provider says '{line}'"));
        let http = Client::builder().no_proxy().build().unwrap();
        Self { issuer: ready["issuer"].as_str().unwrap().to_owned(), http, child }
    }

    /// Changes what it is; see `provider.mjs`.
    pub async fn control(&self, wanted: &Value) {
        let asked = self.http.post(format!("{}/control", self.issuer)).body(wanted.to_string());
        assert!(asked.send().await.unwrap().status().is_success(), "{wanted}");
    }
}

/// A browser with cookies of its own.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    base: String,
    cookies: BTreeMap<(String, String), String>,
}

/// Where a browser ended.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub url: Url,
    pub location: String,
    pub text: String,
}

impl Browser {
    pub fn new(app: &TestApp) -> Self {
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { http, base: app.url.clone(), cookies: BTreeMap::new() }
    }

    fn keep(&mut self, place: &str, headers: &header::HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert((place.to_owned(), name.to_owned()), value.to_owned());
        }
    }

    fn sent(&self, place: &str) -> String {
        let here = self.cookies.iter().filter(|((of, _), value)| of == place && !value.is_empty());
        here.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        let place = Url::parse(&self.base).unwrap().origin().ascii_serialization();
        self.cookies.get(&(place, name.to_owned())).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// One step, without following.
    pub async fn get(&mut self, url: &str) -> Page {
        let url = Url::parse(url).unwrap();
        let place = url.origin().ascii_serialization();
        let request = self.http.get(url.clone()).header(header::COOKIE, self.sent(&place));
        let response = request.send().await.unwrap();
        self.keep(&place, response.headers());
        let location = response.headers().get(header::LOCATION).map_or("", |value| value.to_str().unwrap()).to_owned();
        Page { status: response.status(), url, location, text: response.text().await.unwrap() }
    }

    /// Sends JSON to Baton, as the sign-in screen does.
    pub async fn post(&mut self, path: &str, body: &Value) -> (StatusCode, Value) {
        let place = Url::parse(&self.base).unwrap().origin().ascii_serialization();
        let request = self.http.post(format!("{}{path}", self.base)).header(header::COOKIE, self.sent(&place));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        let response = request.send().await.unwrap();
        self.keep(&place, response.headers());
        (response.status(), serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Begins a sign-in as somebody; the address of the provider's page.
    pub async fn begin(&mut self, who: &str, to: &str) -> String {
        let (status, body) = self.post("/api/v1/session/sso", &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        format!("{}&login_hint={who}", body["url"].as_str().unwrap())
    }

    /// Goes on at the provider until it sends the browser back; the address it is sent to.
    pub async fn at_provider(&mut self, url: &str) -> String {
        let mut next = url.to_owned();
        for _ in 0..STEPS_MAX {
            let page = self.get(&next).await;
            assert!(page.status.is_redirection(), "{}: {} {}", page.url, page.status, page.text);
            next = page.url.join(&page.location).unwrap().to_string();
            if next.starts_with(&self.base) {
                return next;
            }
        }
        panic!("the provider never sends the browser back");
    }

    /// The whole way: out, and back into Baton.
    pub async fn sign_in(&mut self, who: &str, to: &str) -> Page {
        let begun = self.begin(who, to).await;
        // What the provider remembers of somebody else is forgotten.
        let own = Url::parse(&self.base).unwrap().origin().ascii_serialization();
        self.cookies.retain(|(place, _), _| *place == own);
        let back = self.at_provider(&begun).await;
        self.get(&back).await
    }

    /// Whoever is signed in here, as a caller of the API.
    pub fn caller(&self, app: &TestApp) -> Caller {
        app.nobody().with_session(self.cookie("baton_session").expect("a session"))
    }
}

/// Sets single sign-on up through the API, by whoever may.
pub async fn set_up(app: &TestApp, admin: &Caller, provider: &IdProvider, more: &Value) {
    let mut settings = json!({"issuer": provider.issuer, "client_id": "baton", "title": "Work account",
        "origin": app.url, "inside": true});
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let body = json!({"provider": settings, "secret": "a-secret-of-the-tests:+%"});
    admin.put("/api/v1/sso", &body).await.ok();
}
