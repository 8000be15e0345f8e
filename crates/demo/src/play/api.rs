//! Baton's HTTP API as the played people use it: every call is repeated until there is an answer.

use baton_base::{Error, Result};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long one call waits for its answer, in milliseconds.
const CALL_MS_MAX: u64 = 20_000;
/// How long a call is repeated while the server is away, in milliseconds.
const AWAY_MS_MAX: u64 = 180_000;
/// Longest pause between two tries, in milliseconds.
const PAUSE_MS_MAX: u64 = 1_000;

/// Who signs in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// How the calls of an [`Api`] say who calls.
#[derive(Debug, Clone)]
enum Who {
    Nobody,
    Bearer(String),
    Session(String),
}

/// A caller of one server.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: Arc<str>,
    who: Who,
}

/// An answer: status and body.
pub(super) type Answer = (StatusCode, Value);

impl Api {
    /// A caller without sign-in: the chat, and the demo systems.
    pub fn new(base: &str) -> Result<Self> {
        let http = Client::builder()
            .timeout(Duration::from_millis(CALL_MS_MAX))
            .pool_max_idle_per_host(256)
            .no_proxy()
            .build()
            .map_err(Error::broken)?;
        Ok(Self { http, base: base.trim_end_matches('/').into(), who: Who::Nobody })
    }

    /// The same server, called with a token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { who: Who::Bearer(token.to_owned()), ..self.clone() }
    }

    /// The same server, called by a member who signs in now.
    pub async fn signed_in(&self, sign_in: &SignIn) -> Result<Self> {
        let url = format!("{}/api/v1/session", self.base);
        let body = json!({ "email": sign_in.email, "password": sign_in.password });
        let request = || self.http.post(&url).header("x-baton-request", "1").json(&body);
        let response = self.until_answered(&request).await?;
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|text| text.split(';').next()).map(str::to_owned);
        match (response.status().is_success(), cookie) {
            (true, Some(cookie)) => Ok(Self { who: Who::Session(cookie), ..self.clone() }),
            _ => Err(Error::invalid_at(
                sign_in.email.clone(),
                "cannot sign in",
                format!("the server says {}; check the demo members", response.status()),
            )),
        }
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, None).await
    }

    /// Writes. The body must carry its own key against doing it twice, where that matters.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Reads, and takes anything but success for an error.
    pub(super) async fn fetch(&self, path: &str) -> Result<Value> {
        let (status, body) = self.get(path).await?;
        success(path, status, body)
    }

    /// Writes, and takes anything but success for an error.
    pub(super) async fn send(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, body) = self.post(path, body).await?;
        success(path, status, body)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let url = format!("{}{path}", self.base);
        let request = || {
            let mut request = self.http.request(method.clone(), &url);
            request = match &self.who {
                Who::Nobody => request,
                Who::Bearer(token) => request.bearer_auth(token),
                Who::Session(cookie) => request.header(header::COOKIE, cookie).header("x-baton-request", "1"),
            };
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let start = Instant::now();
        loop {
            let response = self.until_answered(&request).await?;
            let status = response.status();
            match response.bytes().await {
                Ok(bytes) => return Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))),
                // The server went away in the middle of its answer.
                Err(e) if start.elapsed() > Duration::from_millis(AWAY_MS_MAX) => {
                    return Err(Error::Unavailable(format!("{url}: {e}")));
                }
                Err(_) => {}
            }
        }
    }

    async fn until_answered(
        &self,
        request: &(impl Fn() -> reqwest::RequestBuilder + Sync),
    ) -> Result<reqwest::Response> {
        let start = Instant::now();
        let mut pause = 20;
        loop {
            let why = match request().send().await {
                Ok(response) if !retryable(response.status()) => return Ok(response),
                Ok(response) => format!("answers {}", response.status()),
                Err(e) => e.to_string(),
            };
            if start.elapsed() > Duration::from_millis(AWAY_MS_MAX) {
                return Err(Error::Unavailable(format!("{}: {why}", self.base)));
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            pause = (pause * 2).min(PAUSE_MS_MAX);
        }
    }
}

fn retryable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn success(path: &str, status: StatusCode, body: Value) -> Result<Value> {
    if status.is_success() {
        return Ok(body);
    }
    let detail = body["detail"].as_str().unwrap_or("no detail").to_owned();
    Err(Error::invalid_at(path, format!("the server answers {status}"), detail))
}
