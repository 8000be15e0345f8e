//! Who may ask, and what may be sent: host and origin, token, size and depth, version of the protocol.

use super::VERSION;
use super::no::{Kind, No, Told};
use crate::House;
use crate::http::auth::bearer;
use crate::http::problem::Failure;
use crate::mcp::{BODY_BYTES_MAX, base, nested};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use baton_base::limits::JSON_DEPTH_MAX;
use baton_base::{ClientId, Error, Result};
use baton_db::{Tx, Wall};
use baton_govern::tokens::{self, Audience, Outsider};
use baton_govern::{Ctx, Env, Right};
use std::sync::Arc;

/// Whoever asks, with a token for this client's A2A server.
#[derive(Clone)]
pub(super) struct Caller {
    pub house: Arc<House>,
    pub ctx: Ctx,
    /// The token, which is looked at again while its caller listens.
    pub shown: Shown,
    /// Address of this server, as the caller knows it.
    pub base: String,
}

/// A token that somebody shows.
#[derive(Clone)]
pub(super) struct Shown {
    env: Arc<Env>,
    client: ClientId,
    token: String,
}

impl Shown {
    /// Whose it is, as long as it opens this client's A2A server: it may be revoked, or run out, at any time.
    pub fn outsider(&self, tx: &mut Tx) -> Result<Outsider> {
        tokens::outsider(tx, &self.env, &self.token, &self.client, Audience::A2a)
    }
}

/// Lets a caller in, or answers.
pub(super) async fn admit(
    house: &Arc<House>,
    client: &str,
    headers: &HeaderMap,
) -> std::result::Result<Caller, Response> {
    signed(house, client, headers).await.map_err(refusal)
}

async fn signed(house: &Arc<House>, client: &str, headers: &HeaderMap) -> Result<Caller> {
    at_home(house, headers)?;
    let unknown = || Error::Unauthenticated("send a token for this A2A server as a bearer token".to_owned());
    let token = bearer(headers).ok_or_else(unknown)?.to_owned();
    // Whether a client exists is told to nobody who has no token for it.
    let client: ClientId = client.parse().map_err(|_| unknown())?;
    let shown = Shown { env: Arc::clone(&house.env), client: client.clone(), token };
    let asked = shown.clone();
    // Whose token it is, is found out before it is known where it opens: without a wall.
    let outsider = Wall::none().around(house.db.read(move |tx| asked.outsider(tx))).await?;
    let ctx = outsider.signed.ctx_for(&client)?;
    ctx.allow(Right::CaseRead)?;
    Ok(Caller { house: Arc::clone(house), ctx, shown, base: base(house, headers) })
}

/// Requests for another host, and from a page of another origin, are not for this server.
fn at_home(house: &House, headers: &HeaderMap) -> Result<()> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let known = |name: &str| house.hosts().iter().any(|host| host == name);
    let foreign =
        |what: &str| Err(Error::refused(format!("this {what} is not ours"), vec!["built-in:host".to_owned()]));
    if let Some(host) = text(header::HOST)
        && !known(host_of(host))
    {
        return foreign("host");
    }
    if let Some(origin) = text(header::ORIGIN)
        && !origin.split_once("://").is_some_and(|(_, host)| known(host_of(host)))
    {
        return foreign("origin");
    }
    Ok(())
}

/// A host without its port.
fn host_of(text: &str) -> &str {
    let name = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => text,
    };
    name.trim_matches(['[', ']'])
}

fn refusal(error: Error) -> Response {
    let unauthenticated = matches!(error, Error::Unauthenticated(_));
    let mut response = Failure(error).into_response();
    if unauthenticated {
        let challenge = HeaderValue::from_static("Bearer realm=\"A2A\", error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Media types of requests.
const MEDIA: [&str; 2] = ["application/json", "application/a2a+json"];

/// The body, which is JSON, within the caps on size and depth.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Told<Bytes> {
    let media = headers.get(header::CONTENT_TYPE).map_or("", |media| media.to_str().unwrap_or("?"));
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !media.is_empty() && !MEDIA.contains(&media.as_str()) {
        let words = format!("a request is {}, and not {media}", MEDIA.join(" or "));
        return Err(No::new(Kind::ContentType, words).fact("mediaType", media));
    }
    let bytes = axum::body::to_bytes(body, BODY_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| No::new(Kind::Request, format!("a request has at most {BODY_BYTES_MAX} bytes")))?;
    if nested(&bytes) > JSON_DEPTH_MAX {
        return Err(No::new(Kind::Request, format!("nest JSON at most {JSON_DEPTH_MAX} deep")));
    }
    Ok(bytes)
}

/// The version that the request asks for must be this one; none means 0.3 (section 3.6.2).
pub(super) fn version(headers: &HeaderMap, uri: &Uri) -> Told<()> {
    let header = headers.get("a2a-version").and_then(|value| value.to_str().ok());
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("a2a-version")).map(|(_, value)| value);
    let asked = header.or_else(|| named.next()).unwrap_or_default().trim();
    let asked = if asked.is_empty() { "0.3" } else { asked };
    let mut numbers = asked.split('.');
    // Numbers of patches do not count.
    if format!("{}.{}", numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()) == VERSION {
        return Ok(());
    }
    let words = format!("version {asked} of A2A is not served here; send the header A2A-Version: {VERSION}");
    Err(No::new(Kind::Version, words).fact("requestedVersion", asked).fact("supportedVersions", VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_from_its_port() {
        for (text, expect) in [
            ("localhost", "localhost"),
            ("localhost:80", "localhost"),
            ("[::1]:7700", "::1"),
            ("[::1]", "::1"),
            ("baton.example:443", "baton.example"),
        ] {
            assert_eq!(host_of(text), expect);
        }
    }

    #[test]
    fn one_version_is_served_whatever_its_patch() {
        let asked = |header: Option<&str>, uri: &str| {
            let mut headers = HeaderMap::new();
            if let Some(text) = header {
                headers.insert("a2a-version", text.parse().unwrap());
            }
            version(&headers, &uri.parse().unwrap()).is_ok()
        };
        assert!(asked(Some("1.0"), "/") && asked(Some("1.0.3"), "/") && asked(None, "/tasks?x=1&A2A-Version=1.0"));
        assert!(!asked(None, "/") && !asked(Some(""), "/") && !asked(Some("0.3"), "/") && !asked(Some("99.0"), "/"));
    }
}
