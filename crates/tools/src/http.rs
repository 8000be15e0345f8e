//! The outgoing client: one pool for all systems, no redirects, a cap on every answer, and for each way an exchange
//! can end, what is known about what happened on the other side.

use crate::catalogue::Action;
use crate::request::Request;
use baton_base::{Error, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde_json::Value;
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
    /// It did what was asked; `None` where the answer was too large or not JSON, and was withheld.
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
        let client = Client::builder()
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

    /// Sends one attempt. Never fails: every end is one of [`Attempt`].
    pub(crate) async fn send(&self, action: &Action, request: &Request, key: &str, secret: Option<&str>) -> Attempt {
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
        if let Some(auth) = &action.system.auth {
            let secret = secret.ok_or_else(|| {
                let why =
                    format!("the setting '{}' with the secret of {} is missing", auth.setting, action.system.name);
                Error::Unavailable(why)
            })?;
            set(&mut headers, &auth.header, &format!("{}{secret}", auth.prefix))?;
        }
        let mut builder = self.client.request(method, request.url.clone()).timeout(action.system.timeout);
        if let Some((media, body)) = &request.body {
            builder = builder.header("content-type", *media).body(body.clone());
        }
        Ok(builder.header("accept", "application/json").headers(headers))
    }
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
            Body::Text(_) | Body::TooLarge => Attempt::Done(None),
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
            Self::Empty | Self::TooLarge | Self::Broken => Value::Null,
        }
    }
}

async fn read_capped(mut response: Response) -> Body {
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
    match serde_json::from_slice(&bytes) {
        Ok(value) => Body::Json(value),
        Err(_) => Body::Text(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
