//! The server that a command speaks to, and in whose name.

use baton_base::{Clock, Error, Problem, Result, SystemClock};
use clap::{Args, Subcommand};
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};
use std::time::Duration;

/// Longest wait for an answer, seconds.
const ANSWER_S_MAX: u64 = 60;

/// Which server, and who asks.
#[derive(Args)]
pub struct Reach {
    /// Address of the server.
    #[arg(long, env = "BATON_URL", default_value = "http://127.0.0.1:7700", global = true)]
    url: String,
    /// API token; make one in the console under Settings.
    #[arg(long, env = "BATON_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Sign in as this member instead; the password is read from BATON_PASSWORD.
    #[arg(long, env = "BATON_EMAIL", global = true)]
    email: Option<String>,
    /// Print the API's answer as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// A command, and the server that it is for.
#[derive(Args)]
pub struct At<C: Subcommand> {
    #[command(flatten)]
    pub reach: Reach,
    #[command(subcommand)]
    pub command: C,
}

/// A server, and who speaks to it.
pub struct Server {
    http: Client,
    base: String,
    who: (header::HeaderName, String),
}

impl Reach {
    /// Signs in where there is no token.
    pub async fn server(&self) -> Result<Server> {
        let http = Client::builder().timeout(Duration::from_secs(ANSWER_S_MAX));
        // A server on this machine is not asked for by way of others.
        let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| self.url.starts_with(own));
        let http = if here { http.no_proxy() } else { http };
        let http = http.build().map_err(Error::broken)?;
        let base = format!("{}/api/v1", self.url.trim_end_matches('/'));
        if let Some(token) = &self.token {
            return Ok(Server { http, base, who: (header::AUTHORIZATION, format!("Bearer {token}")) });
        }
        let password = std::env::var("BATON_PASSWORD").ok();
        let (Some(email), Some(password)) = (&self.email, password) else {
            let how = "give --token or BATON_TOKEN; or --email, with the password in BATON_PASSWORD";
            return Err(Error::Unauthenticated(how.to_owned()));
        };
        let request = http.post(format!("{base}/session")).json(&json!({"email": email, "password": password}));
        let answer = request.send().await.map_err(|error| away(&base, &error))?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|text| text.split(';').next()).map(str::to_owned);
        read(answer).await?;
        let cookie = cookie.ok_or_else(|| Error::broken("the server gave no session"))?;
        Ok(Server { http, base, who: (header::COOKIE, cookie) })
    }
}

impl Server {
    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Changes something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body)).await
    }

    /// Takes something away.
    pub async fn delete(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let asked = self.http.delete(format!("{}{path}", self.base));
        self.send(match body {
            Some(body) => asked.json(body),
            None => asked,
        })
        .await
    }

    /// Now, ms.
    pub fn now_ms(&self) -> i64 {
        SystemClock.now_ms()
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value> {
        let (name, value) = self.who.clone();
        let request = request.header(name, value).header("x-baton-request", "1");
        read(request.send().await.map_err(|error| away(&self.base, &error))?).await
    }
}

fn away(base: &str, error: &reqwest::Error) -> Error {
    let why =
        if error.is_timeout() { "it did not answer in time" } else { "nobody answers there; is the server running?" };
    Error::Unavailable(format!("{base}: {why}"))
}

/// The answer, or the problem that it tells.
async fn read(answer: Response) -> Result<Value> {
    let status = answer.status();
    let text = answer.text().await.map_err(|e| Error::Unavailable(format!("the answer broke off: {e}")))?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let problem = Problem {
        r#type: word("type"),
        title: word("title"),
        status: status.as_u16(),
        detail: word("detail"),
        place: body["place"].as_str().map(str::to_owned),
        policies: Vec::new(),
    };
    Err(error_of(problem))
}

fn error_of(problem: Problem) -> Error {
    let Problem { title, detail, place, status, .. } = problem;
    match status {
        401 => Error::Unauthenticated(detail),
        403 => Error::refused(detail, Vec::new()),
        404 => Error::invalid("Not found", detail),
        409 => Error::Conflict(detail),
        413 => Error::Limit(detail),
        429 => Error::TooMany(detail),
        503 => Error::Unavailable(detail),
        _ => Error::Invalid {
            title: if title.is_empty() { format!("the server answers {status}") } else { title },
            detail,
            place,
        },
    }
}
