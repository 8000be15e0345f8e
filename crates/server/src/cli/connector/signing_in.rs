//! Somebody signs in at an MCP server before it is connected: their browser goes out, and comes back to this machine.

use super::super::say;
use super::tools::printable;
use crate::http::connectors::secret_text;
use baton_base::{Error, Result};
use baton_tools::mcp::access::{Access, Back, Challenge, Known, discover};
use reqwest::Url;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long somebody may take, seconds.
const SIGN_IN_S_MAX: u64 = 600;
/// Largest request of a browser, bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Time for an authorization server to answer, seconds.
const ANSWER_S_MAX: u64 = 10;

/// Who Baton is at the authorization server, where somebody has registered it.
pub(super) struct ByHand {
    pub id: String,
    pub secret: String,
}

/// A sign-in that is done.
pub(super) struct SignedIn {
    /// For listing the tools, now.
    pub token: String,
    /// Lines of the connector's file.
    pub lines: String,
    /// The client's secret `NAME.client`, where Baton is known for the console at `origin`.
    pub client: Option<String>,
}

/// Finds out where one signs in at the server, has somebody do so, and makes Baton known for sign-ins from `origin`.
pub(super) async fn sign_in(
    name: &str,
    url: &Url,
    challenge: &Challenge,
    by_hand: Option<ByHand>,
    origin: Option<&Url>,
) -> Result<SignedIn> {
    let wrong = |why: String| Error::invalid("the sign-in cannot be done", why);
    let time = Duration::from_secs(ANSWER_S_MAX);
    let access = discover(url, challenge, time).await.map_err(wrong)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| wrong(e.to_string()))?;
    let port = listener.local_addr().map_err(|e| wrong(e.to_string()))?.port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let known = match &by_hand {
        Some(hand) => access.known(&hand.id, &hand.secret),
        None => access.register(&redirect, time).await.map_err(wrong)?,
    };
    let token = in_browser(&access, &known, &listener, &redirect).await.map_err(wrong)?;
    let (for_console, client) = match (by_hand, origin) {
        (Some(_), _) => (known.clone(), Some(known.secret_text())),
        (None, Some(origin)) => {
            let redirect = format!("{}/connectors/callback", origin.origin().ascii_serialization());
            let known = access.register(&redirect, time).await.map_err(wrong)?;
            (known.clone(), Some(known.secret_text()))
        }
        (None, None) => (known, None),
    };
    Ok(SignedIn { token, lines: access.lines(name, &for_console), client })
}

async fn in_browser(
    access: &Access,
    known: &Known,
    listener: &TcpListener,
    redirect: &str,
) -> std::result::Result<String, String> {
    let random = || secret_text().map_err(|e| e.to_string());
    let (begun, go) = access.begin(known, redirect, [random()?, random()?])?;
    say(&format!("Open this address and sign in:\n\n  {go}\n"));
    let back = tokio::time::timeout(Duration::from_secs(SIGN_IN_S_MAX), back(listener, &begun.state)).await;
    let back = back.map_err(|_| "nobody signed in".to_owned())??;
    access.finish(known, &begun, &back).await
}

/// Waits for the browser. Whatever else asks is sent away.
async fn back(listener: &TcpListener, state: &str) -> std::result::Result<Back, String> {
    loop {
        let (mut stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        let Some(place) = asked(&mut stream).await else { continue };
        let said = |name: &str| place.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let own = place.path() == "/callback" && said("state").as_deref() == Some(state);
        let words = if own { "You can close this page." } else { "There is nothing here." };
        let status = if own { "200 OK" } else { "404 Not Found" };
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{words}",
            words.len()
        );
        // Whether the browser hears it changes nothing.
        let _ = stream.write_all(answer.as_bytes()).await;
        if let Some(why) = said("error").filter(|_| own) {
            return Err(printable(&format!("the authorization server says no: {why}")));
        }
        if own {
            let code = said("code").unwrap_or_default();
            return Ok(Back { state: state.to_owned(), code, issuer: said("iss") });
        }
    }
}

/// The address that a browser asks for; none where it does not say so in time and in a few bytes.
async fn asked(stream: &mut TcpStream) -> Option<Url> {
    const TIME: Duration = Duration::from_secs(5);
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0_u8; 1024];
        let read = tokio::time::timeout(TIME, stream.read(&mut part)).await.ok()?.ok()?;
        if read == 0 || bytes.len() + read > REQUEST_BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(part.get(..read)?);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut words = text.lines().next()?.split(' ');
    let target = words.next().filter(|method| *method == "GET").and(words.next())?;
    Url::parse("http://localhost").ok()?.join(target).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_sign_in_that_was_begun_comes_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let waits = tokio::spawn(async move { back(&listener, "mine").await });
        let browser = reqwest::Client::builder().no_proxy().build().unwrap();
        for other in ["/favicon.ico", "/callback?state=other&code=x", "/callback?state=other&error=no", "/callback"] {
            assert_eq!(browser.get(format!("{here}{other}")).send().await.unwrap().status(), 404, "{other}");
        }
        let answer = browser.get(format!("{here}/callback?code=a%2Bb&state=mine&iss=https://a.example")).send().await;
        assert!(answer.unwrap().text().await.unwrap().contains("close this page"));
        let back = waits.await.unwrap().unwrap();
        assert_eq!((back.code.as_str(), back.issuer.as_deref()), ("a+b", Some("https://a.example")));
    }

    #[tokio::test]
    async fn a_no_of_the_authorization_server_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}/callback?state=mine&error=access_denied", listener.local_addr().unwrap());
        let waits = tokio::spawn(async move { back(&listener, "mine").await });
        reqwest::Client::builder().no_proxy().build().unwrap().get(here).send().await.unwrap();
        assert!(waits.await.unwrap().is_err_and(|why| why.contains("access_denied")));
    }
}
