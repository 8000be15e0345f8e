//! The client of the language's own calls. It takes a permit by value, follows nothing, and says of every exchange what
//! is known of the other side.

use super::address::{Inside, Outside, is_outside};
use super::exchange::{Answer, Exchange, Stream};
use super::{digest, limits, rpc};
use baton_base::{Error, Result};
use baton_govern::{Ctx, Permit, Terms};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

/// Idle connections kept for each server, count.
const IDLE_PER_HOST_MAX: usize = 32;
/// How long an idle connection is kept, milliseconds; shorter than servers usually keep theirs.
const IDLE_MS_MAX: u64 = 4_000;

/// How an exchange ended.
pub(crate) enum Sent {
    /// It answered.
    Answered(Answer),
    /// It answered, with more than is taken in.
    TooLarge,
    /// Nothing reached it.
    Nothing(String),
    /// It may have taken it.
    Lost {
        /// In words.
        why: String,
        /// It took longer than allowed.
        late: bool,
    },
}

/// The client.
pub(crate) struct Sender {
    outside: Client,
    anywhere: Client,
}

impl Sender {
    pub(crate) fn new() -> Result<Self> {
        let outside = builder().dns_resolver(Outside).build().map_err(Error::broken)?;
        Ok(Self { outside, anywhere: builder().build().map_err(Error::broken)? })
    }

    /// Sends what the permit lets through, and nothing else. The permit is spent whatever comes of it.
    pub(crate) async fn run(&self, permit: Permit, ctx: &Ctx, terms: &Terms, key: &str, exchange: &Exchange) -> Sent {
        let action = exchange.outgoing().action();
        if let Err(error) = permit.covers(&ctx.client, &action, &exchange.digest_of(), ctx.now_ms()) {
            return Sent::Nothing(error.to_string());
        }
        if !terms.private && exchange.url.host_str().is_some_and(leads_inside) {
            return Sent::Nothing(format!(
                "{action} is an address inside, which egress.yaml does not allow ('private: true' would)"
            ));
        }
        let first = self.once(terms, key, exchange, None).await;
        let Some((user, password)) = &exchange.digest else { return first };
        let Sent::Answered(answer) = &first else { return first };
        let challenge = answer.headers.get_all("www-authenticate").iter().filter_map(|v| v.to_str().ok());
        let reply = challenge.filter(|_| answer.status == 401).find_map(|challenge| {
            let nonce = ctx.id("cnonce");
            digest::reply(challenge, &exchange.method, &exchange.url, (user, password), &nonce)
        });
        match reply {
            // A server that asks who is there has not taken anything yet.
            Some(reply) => self.once(terms, key, exchange, Some(&reply)).await,
            None => first,
        }
    }

    async fn once(&self, terms: &Terms, key: &str, exchange: &Exchange, authorization: Option<&str>) -> Sent {
        let request = match self.request(terms, key, exchange, authorization) {
            Ok(request) => request,
            Err(why) => return Sent::Nothing(why),
        };
        match request.send().await {
            Ok(response) => read(response, exchange).await,
            Err(error) => failed(&error, exchange),
        }
    }

    fn request(
        &self,
        terms: &Terms,
        key: &str,
        exchange: &Exchange,
        authorization: Option<&str>,
    ) -> std::result::Result<RequestBuilder, String> {
        let client = if terms.private { &self.anywhere } else { &self.outside };
        let method = Method::from_bytes(exchange.method.as_bytes()).map_err(|e| e.to_string())?;
        let mut headers = exchange.headers.clone();
        headers.extend(exchange.secret.clone());
        if let Some(name) = terms.idempotency_header.as_ref().filter(|_| exchange.writes) {
            let name = reqwest::header::HeaderName::try_from(name.as_str()).map_err(|e| e.to_string())?;
            headers.insert(name, HeaderValue::from_str(key).map_err(|e| e.to_string())?);
        }
        if let Some(text) = authorization {
            let mut value = HeaderValue::from_str(text).map_err(|e| e.to_string())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = client.request(method, exchange.url.clone()).timeout(Duration::from_millis(exchange.ms_max));
        if let Some((media, body)) = &exchange.body {
            if !headers.contains_key("content-type") {
                builder = builder.header("content-type", media);
            }
            builder = builder.body(body.clone());
        }
        Ok(builder.headers(headers))
    }
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_millis(limits::CONNECT_MS_MAX))
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .pool_idle_timeout(Duration::from_millis(IDLE_MS_MAX))
        .tcp_nodelay(true)
        .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")))
}

// Names are checked where they are resolved; an address in the place of a name is not resolved.
fn leads_inside(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|address| !is_outside(address))
}

fn failed(error: &reqwest::Error, exchange: &Exchange) -> Sent {
    let action = exchange.outgoing().action();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(inside) = inner.downcast_ref::<Inside>() {
            return Sent::Nothing(inside.to_string());
        }
        cause = inner.source();
    }
    if error.is_connect() {
        // An action that is no connector's is named by its kind and its host.
        let whom = action.split_once(':').map_or(action.as_str(), |(_, host)| host);
        return Sent::Nothing(format!("{whom} cannot be reached"));
    }
    if error.is_builder() {
        return Sent::Nothing("the request could not be written".to_owned());
    }
    lost(error, exchange)
}

fn lost(error: &reqwest::Error, exchange: &Exchange) -> Sent {
    let action = exchange.outgoing().action();
    let late = error.is_timeout();
    let why = match late {
        true => format!("{action} did not answer within {} ms", exchange.ms_max),
        false => format!("the connection to {action} broke before it had answered"),
    };
    Sent::Lost { why, late }
}

async fn read(mut response: Response, exchange: &Exchange) -> Sent {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let (mut body, mut looked): (Vec<u8>, usize) = (Vec::new(), 0);
    let streamed = headers.get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"));
    let wanted = match &exchange.stream {
        Some(Stream::Until(id)) if streamed => Some(id.as_str()),
        _ => None,
    };
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > exchange.bytes_max => return Sent::TooLarge,
            Ok(Some(chunk)) => {
                let known = body.len();
                body.extend_from_slice(&chunk);
                // Each event is looked at once: a long stream in small pieces costs no more than a short one.
                let Some((id, end)) = wanted.zip(rpc::end_of_whole(&body, known)) else { continue };
                if body.get(looked..end).is_some_and(|part| rpc::answered(part, id)) {
                    break;
                }
                looked = end;
            }
            Ok(None) => break,
            Err(error) => return lost(&error, exchange),
        }
    }
    Sent::Answered(Answer { status, headers, body })
}
