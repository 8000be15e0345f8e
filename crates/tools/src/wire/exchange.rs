//! One request and its answer.

use super::{Fault, Told, limits};
use baton_base::{Digest, digest_of};
use baton_govern::Outgoing;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Header fields that belong to the connection, not to whoever writes a process.
const RESERVED: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te"];

/// A request, ready to be sent.
#[derive(Clone)]
pub(crate) struct Exchange {
    /// HTTP method, upper case.
    pub method: String,
    /// Where.
    pub url: Url,
    /// Header fields that anybody may see.
    pub headers: HeaderMap,
    /// Header fields that nobody may see, and that go to no other server.
    pub secret: HeaderMap,
    /// Name and password for a server that asks for a digest of them.
    pub digest: Option<(String, String)>,
    /// Media type and body.
    pub body: Option<(String, Vec<u8>)>,
    /// Whether it may change something there.
    pub writes: bool,
    /// Whether sending it twice is as good as once.
    pub repeatable: bool,
    /// Largest answer, bytes.
    pub bytes_max: usize,
    /// Longest time, milliseconds.
    pub ms_max: u64,
    /// Where the answer is a stream of events: read until the event with this id, or to its end where there is none.
    pub stream: Option<Stream>,
}

/// How far a stream of events is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stream {
    /// Until the JSON-RPC answer with this id.
    Until(String),
    /// To its end.
    Whole,
}

/// What came back.
pub(crate) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Exchange {
    /// A request that changes nothing.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: "GET".to_owned(),
            url,
            headers: HeaderMap::new(),
            secret: HeaderMap::new(),
            digest: None,
            body: None,
            writes: false,
            repeatable: true,
            bytes_max: limits::ANSWER_BYTES_MAX,
            ms_max: limits::EXCHANGE_MS_MAX,
            stream: None,
        }
    }

    /// A request by this method.
    pub(crate) fn of(method: &str, url: Url) -> Self {
        let method = method.to_uppercase();
        let safe = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY");
        let repeatable = safe || matches!(method.as_str(), "PUT" | "DELETE");
        Self { method, writes: !safe, repeatable, ..Self::get(url) }
    }

    /// Adds a header field that a process asks for.
    pub(crate) fn header(&mut self, name: &str, value: &str, secret: bool) -> Told<()> {
        let lower = name.to_lowercase();
        if RESERVED.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return Err(Fault::configuration(format!("the header '{name}' cannot be set by a process")));
        }
        let bad = || Fault::configuration(format!("the header '{name}' or its value cannot stand in a request"));
        let name = HeaderName::try_from(name).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        value.set_sensitive(secret);
        // Whoever names a key by which the other side knows a repeated call takes the repeating upon themselves.
        self.repeatable |= lower == "idempotency-key";
        if secret { &mut self.secret } else { &mut self.headers }.insert(name, value);
        Ok(())
    }

    /// A body of JSON.
    #[must_use]
    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Some(("application/json".to_owned(), body.to_string().into_bytes()));
        self
    }

    /// As the egress list sees it.
    pub(crate) fn outgoing(&self) -> Outgoing<'_> {
        Outgoing { url: &self.url, method: &self.method, writes: self.writes }
    }

    /// Digest of what is asked for.
    pub(crate) fn digest_of(&self) -> Digest {
        let body = self.body.as_ref().map(|(media, body)| json!([media, format!("{:x}", Sha256::digest(body))]));
        digest_of(&json!({"method": self.method, "url": self.url.as_str(), "body": body}))
    }

    /// What is kept of it: no header, no query, no body.
    pub(crate) fn kept(&self) -> Value {
        let bytes = self.body.as_ref().map(|(_, body)| body.len());
        json!({"method": self.method, "url": place(&self.url), "body_bytes": bytes})
    }

    /// As the `response` output shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({"method": self.method, "uri": self.url.as_str(), "headers": shown(&self.headers)})
    }
}

impl Answer {
    /// One header field, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type, lower case, without its parameters.
    pub(crate) fn media(&self) -> String {
        let text = self.header("content-type").unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim().to_lowercase()
    }
}

/// An address without user, query and fragment.
pub(crate) fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Header fields as an object; several of one name joined by commas.
pub(crate) fn shown(headers: &HeaderMap) -> Value {
    let mut map = Map::new();
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        map.insert(name.as_str().to_owned(), Value::from(values.join(", ")));
    }
    Value::Object(map)
}

/// The address that a process names.
pub(crate) fn url(text: &str) -> Told<Url> {
    let url = Url::parse(text).map_err(|e| Fault::configuration(format!("'{text}' is no address: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Fault::configuration(format!("'{}' is neither http nor https", place(&url))));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::configuration("an address holds no user or password; use 'authentication'"));
    }
    if url.as_str().len() > limits::URL_BYTES_MAX {
        return Err(Fault::configuration(format!("an address has at most {} bytes", limits::URL_BYTES_MAX)));
    }
    Ok(url)
}
