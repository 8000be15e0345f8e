//! A customer's side of the web chat: conversations, messages, the stream of replies.

use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The client whose chat is used.
const CLIENT: &str = "larkspur";
const CALL_S_MAX: u64 = 30;

/// A browser that may have many conversations.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    base: String,
}

/// A member who is signed in.
pub struct Member {
    browser: Browser,
    cookie: String,
}

/// One conversation.
pub struct Conversation {
    browser: Browser,
    path: String,
    token: String,
    sent: usize,
}

/// When an agent's words arrived on a stream.
pub type Replies = mpsc::UnboundedReceiver<Instant>;

impl Browser {
    /// One for a server.
    pub fn new(base: &str) -> Result<Self> {
        let http = Client::builder().pool_max_idle_per_host(256).tcp_nodelay(true).no_proxy().build()?;
        Ok(Self { http, base: base.to_owned() })
    }

    /// Starts a conversation.
    pub async fn converse(&self, name: &str) -> Result<Conversation> {
        let path = format!("{}/chat/v1/{CLIENT}/conversations", self.base);
        let started = self.post(&path, None, &json!({"name": name, "locale": "en"})).await?;
        let text = |key: &str| started[key].as_str().map(str::to_owned).with_context(|| format!("no {key}: {started}"));
        let (id, token) = (text("conversation")?, text("token")?);
        Ok(Conversation { browser: self.clone(), path: format!("{path}/{id}"), token, sent: 0 })
    }

    async fn post(&self, url: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let request = self.http.post(url).timeout(Duration::from_secs(CALL_S_MAX)).json(body);
        let request = token.iter().fold(request, |request, token| request.bearer_auth(token));
        let response = request.send().await.with_context(|| format!("POST {url}"))?;
        let status = response.status();
        let bytes = response.bytes().await?;
        if !status.is_success() {
            bail!("POST {url}: {status} {}", String::from_utf8_lossy(&bytes));
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Signs a demo member in.
    pub async fn sign_in(&self, email: &str) -> Result<Member> {
        let body = json!({"email": email, "password": "baton-demo"});
        let signed = self.http.post(format!("{}/api/v1/session", self.base)).json(&body).send().await?;
        let signed = signed.error_for_status()?;
        let cookie = signed.headers().get("set-cookie").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Member { browser: self.clone(), cookie })
    }
}

impl Member {
    /// Reads an address of the API.
    pub async fn read(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.browser.base);
        let read = self.browser.http.get(&url).header("cookie", &self.cookie).send().await?.error_for_status()?;
        Ok(read.json().await?)
    }

    /// Opens a stream of the API.
    pub async fn stream(&self, path: &str) -> Result<Response> {
        let url = format!("{}{path}", self.browser.base);
        Ok(self.browser.http.get(&url).header("cookie", &self.cookie).send().await?.error_for_status()?)
    }

    /// Writes to an address of the API.
    pub async fn write(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.browser.base);
        let request = self.browser.http.post(&url).header("cookie", &self.cookie).header("x-baton-request", "1");
        Ok(request.json(body).send().await?.error_for_status()?.json().await?)
    }
}

impl Conversation {
    /// Writes a message.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.sent += 1;
        let body = json!({"text": text, "external_id": format!("m{}", self.sent), "locale": "en"});
        self.browser.post(&format!("{}/messages", self.path), Some(&self.token), &body).await?;
        Ok(())
    }

    /// Opens the stream of replies.
    pub async fn listen(&self) -> Result<(Replies, JoinHandle<()>)> {
        let url = format!("{}/events", self.path);
        let stream = self.browser.http.get(&url).bearer_auth(&self.token).send().await?.error_for_status()?;
        let (told, replies) = mpsc::unbounded_channel();
        Ok((replies, tokio::spawn(hear(stream, told))))
    }
}

/// Notes the arrival of each message whose author is the agent.
async fn hear(stream: Response, told: mpsc::UnboundedSender<Instant>) {
    let mut chunks = stream.bytes_stream();
    let mut text = Vec::new();
    while let Some(Ok(chunk)) = chunks.next().await {
        let now = Instant::now();
        text.extend_from_slice(&chunk);
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            if is_reply(&event) && told.send(now).is_err() {
                return;
            }
        }
    }
}

fn is_reply(event: &[u8]) -> bool {
    let text = String::from_utf8_lossy(event);
    let data = text.lines().find_map(|line| line.strip_prefix("data:"));
    let data: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
    data.is_some_and(|message| message["author"] == "agent")
}
