//! The outgoing client: one pool for all systems, no redirects, a cap on every answer, and for each way an exchange
//! can end, what is known about what happened on the other side.

use crate::catalogue::{Action, Auth, Place, Way, is_text};
use crate::request::Request;
use crate::wire::{NoMetadata, Outside, is_metadata_url, is_outside};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_base::{Error, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode, Url, redirect};
use serde_json::{Value, json};
use std::time::Duration;

/// Largest answer taken in from a system, bytes.
pub const RESPONSE_BYTES_MAX: usize = 1024 * 1024;
/// Time to reach a system, milliseconds.
const CONNECT_MS_MAX: u64 = 3_000;
/// Idle connections kept for each system, count.
const IDLE_PER_HOST_MAX: usize = 32;
/// How long an idle connection is kept, milliseconds; shorter than servers usually keep theirs.
const IDLE_MS_MAX: u64 = 4_000;
/// Longest wait that a system may ask for with `Retry-After`, milliseconds.
pub const RETRY_AFTER_MS_MAX: u64 = 5_000;
/// Longest text of an error answer kept, characters.
const ERROR_TEXT_CHARS_MAX: usize = 500;

/// What one attempt tells about the other side.
#[derive(Debug, Clone, PartialEq)]
pub enum Attempt {
    /// It did what was asked; `None` where the answer was too large, and was withheld.
    Done(Option<Value>),
    /// It says no, and will say so again.
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: Value,
    },
    /// It did nothing; it may later.
    Nothing {
        /// Why, in words.
        why: String,
        /// HTTP status, where it answered.
        status: Option<u16>,
        /// It asked to be left alone this long, milliseconds.
        wait_ms: Option<u64>,
    },
    /// It may have done it.
    Unclear {
        /// Why, in words.
        why: String,
        /// HTTP status, where it answered.
        status: Option<u16>,
    },
}

/// The client.
#[derive(Clone)]
pub struct Http {
    client: Client,
}

impl Http {
    /// A client with its own pool.
    pub fn new() -> Result<Self> {
        Self::with(Client::builder().dns_resolver(NoMetadata))
    }

    /// One whose names lead to addresses outside alone.
    pub(crate) fn outside() -> Result<Self> {
        Self::with(Client::builder().dns_resolver(Outside))
    }

    /// One for an address that somebody names just now, which the connector's file is to hold; to one inside only where that
    /// is said. The error says why it is not called.
    pub(crate) async fn to_named(url: &Url, inside: bool) -> std::result::Result<Self, String> {
        if is_metadata_url(url) {
            return Err("this is an address at which machines are told their secrets; it is never called".to_owned());
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err("its address begins with https:// or http://".to_owned());
        }
        // It would stand in the connector's file, which is then not taken.
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("its address is host, port and a path at most; what signs in goes into the vault".to_owned());
        }
        // Names are looked at again where they are resolved for the call; an address in the place of a name is not.
        if !inside && leads_inside(url).await {
            return Err("it lies inside".to_owned());
        }
        let calls = if inside { Self::new() } else { Self::outside() };
        calls.map_err(|e| e.to_string())
    }

    fn with(builder: ClientBuilder) -> Result<Self> {
        let client = builder
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_millis(CONNECT_MS_MAX))
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .pool_idle_timeout(Duration::from_millis(IDLE_MS_MAX))
            .tcp_nodelay(true)
            .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { client: client.map_err(Error::broken)? })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends one attempt. Never fails: every end is one of [`Attempt`].
    pub(crate) async fn send(&self, action: &Action, request: &Request, key: &str, secret: Option<&str>) -> Attempt {
        // Names are checked where they are resolved; an address in the place of a name is not resolved.
        if is_metadata_url(&request.url) {
            let why = "this is an address at which machines are told their secrets; it is never called";
            return Attempt::Refused { status: 0, detail: Value::from(why) };
        }
        let prepared = self.prepare(action, request, key, secret);
        let builder = match prepared {
            Ok(builder) => builder,
            Err(error) => return Attempt::Refused { status: 0, detail: Value::from(error.to_string()) },
        };
        match builder.send().await {
            Ok(response) => classify(response).await,
            Err(error) if error.is_connect() => Attempt::Nothing {
                why: format!("{} cannot be reached", action.system.name),
                status: None,
                wait_ms: None,
            },
            Err(error) if error.is_builder() => {
                Attempt::Refused { status: 0, detail: Value::from("the request could not be written") }
            }
            Err(error) => Attempt::Unclear { why: unclear_words(action, &error), status: None },
        }
    }

    fn prepare(
        &self,
        action: &Action,
        request: &Request,
        key: &str,
        secret: Option<&str>,
    ) -> Result<reqwest::RequestBuilder> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(Error::broken)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            set(&mut headers, name, value)?;
        }
        if action.writes {
            set(&mut headers, &action.system.idempotency_header, key)?;
        }
        let mut url = request.url.clone();
        if let Some(auth) = &action.system.auth {
            let secret = secret.ok_or_else(|| {
                let why =
                    format!("the setting '{}' with the secret of {} is missing", auth.setting, action.system.name);
                Error::Unavailable(why)
            })?;
            authorize(auth, secret, &mut headers, &mut url)?;
        }
        let mut builder = self.client.request(method, url).timeout(action.system.timeout);
        if let Some((media, body)) = &request.body {
            builder = builder.header("content-type", media).body(body.clone());
        }
        Ok(builder.headers(headers))
    }
}

/// Whether all that a host's name leads to lies inside.
async fn leads_inside(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or_default();
    match tokio::net::lookup_host((host, port)).await {
        Ok(mut found) => found.all(|address| !is_outside(address.ip())),
        Err(_) => false,
    }
}

/// Puts the secret where the system looks for it.
fn authorize(auth: &Auth, secret: &str, headers: &mut HeaderMap, url: &mut Url) -> Result<()> {
    match &auth.way {
        Way::Key { place: Place::Query, name, prefix } => {
            url.query_pairs_mut().append_pair(name, &format!("{prefix}{secret}"));
        }
        Way::Key { place: Place::Cookie, name, prefix } => {
            let own = format!("{name}={prefix}{secret}");
            let given = headers.get("cookie").and_then(|value| value.to_str().ok());
            let all = given.map_or_else(|| own.clone(), |given| format!("{given}; {own}"));
            set(headers, "cookie", &all)?;
        }
        Way::Key { name, prefix, .. } => set(headers, name, &format!("{prefix}{secret}"))?,
        Way::Basic => set(headers, "authorization", &format!("Basic {}", STANDARD.encode(secret)))?,
        Way::Bearer | Way::Client(_) | Way::Code(_) => set(headers, "authorization", &format!("Bearer {secret}"))?,
    }
    Ok(())
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    let name = HeaderName::try_from(name).map_err(Error::broken)?;
    let mut value = HeaderValue::from_str(value).map_err(|_| Error::broken(format!("bad value for header {name}")))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn unclear_words(action: &Action, error: &reqwest::Error) -> String {
    let name = &action.system.name;
    if error.is_timeout() {
        return format!("{name} did not answer within {} ms", action.system.timeout.as_millis());
    }
    format!("the connection to {name} broke before it had answered")
}

async fn classify(response: Response) -> Attempt {
    let status = response.status();
    let wait_ms = retry_after_ms(&response);
    let body = read_capped(response).await;
    let code = Some(status.as_u16());
    match status {
        s if s.is_success() => match body {
            Body::Json(value) => Attempt::Done(Some(value)),
            Body::Empty => Attempt::Done(Some(Value::Null)),
            Body::Text(text) => Attempt::Done(Some(Value::from(text))),
            Body::Bytes(value) => Attempt::Done(Some(value)),
            Body::TooLarge => Attempt::Done(None),
            Body::Broken => Attempt::Unclear { why: "the answer broke off".to_owned(), status: code },
        },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Attempt::Nothing { why: format!("it answered {status}"), status: code, wait_ms }
        }
        s if s.is_server_error() => Attempt::Unclear { why: format!("it answered {status}"), status: code },
        s if s.is_redirection() => Attempt::Refused {
            status: s.as_u16(),
            detail: Value::from("it answered with a redirect, which Baton never follows"),
        },
        s => Attempt::Refused { status: s.as_u16(), detail: body.into_detail() },
    }
}

// Only the form in seconds: the form with a date would need the other side's clock.
fn retry_after_ms(response: &Response) -> Option<u64> {
    let seconds: u64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000).min(RETRY_AFTER_MS_MAX))
}

enum Body {
    Json(Value),
    Text(String),
    /// `{content_type, bytes, base64}`.
    Bytes(Value),
    Empty,
    TooLarge,
    Broken,
}

impl Body {
    fn into_detail(self) -> Value {
        match self {
            Self::Json(value) if value.to_string().len() <= ERROR_TEXT_CHARS_MAX * 4 => value,
            Self::Json(value) => Value::from(value.to_string().chars().take(ERROR_TEXT_CHARS_MAX).collect::<String>()),
            Self::Text(text) => Value::from(text.chars().take(ERROR_TEXT_CHARS_MAX).collect::<String>()),
            Self::Bytes(_) | Self::Empty | Self::TooLarge | Self::Broken => Value::Null,
        }
    }
}

async fn read_capped(mut response: Response) -> Body {
    let media = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.to_ascii_lowercase();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > RESPONSE_BYTES_MAX => return Body::TooLarge,
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Body::Broken,
        }
    }
    if bytes.is_empty() {
        return Body::Empty;
    }
    content(&media, bytes)
}

/// JSON decoded, text as text, the rest as base64.
fn content(media: &str, bytes: Vec<u8>) -> Body {
    let said = media.is_empty() || media.contains("json");
    // Systems that call their JSON plain text are many; a text that happens to be a number stays a text.
    let maybe = media.starts_with("text/plain") || media.starts_with("text/html");
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if said || (maybe && (value.is_object() || value.is_array())) => return Body::Json(value),
        Ok(_) | Err(_) => {}
    }
    let textual = media.is_empty() || media.contains("json") || media.contains("urlencoded") || is_text(media);
    match String::from_utf8(bytes) {
        Ok(text) if textual => Body::Text(text),
        Ok(text) => Body::Bytes(file(media, text.as_bytes())),
        Err(error) => Body::Bytes(file(media, error.as_bytes())),
    }
}

fn file(media: &str, bytes: &[u8]) -> Value {
    json!({"content_type": media, "bytes": bytes.len(), "base64": STANDARD.encode(bytes)})
}
