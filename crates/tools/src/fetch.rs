//! One page of the open internet, read for whoever names its address: what an import of articles is given.
//!
//! Nothing inside is ever asked, whatever a name or a redirect leads to: the address that was checked is the one that is
//! called, and each redirect is checked anew. No secret goes out, and what comes back is capped.

use crate::wire::{Outside, is_outside};
use baton_base::{Error, Result};
use reqwest::{Client, Url, redirect};
use std::net::IpAddr;
use std::time::Duration;

/// Largest page taken in, bytes.
pub const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Redirects that are followed, count.
const REDIRECTS_MAX: usize = 5;
/// Longest wait for a page, seconds.
const PAGE_S_MAX: u64 = 60;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it was found in the end.
    pub url: String,
    /// Its media type, without parameters; empty where the server says none.
    pub media: String,
    /// Its text.
    pub text: String,
}

/// Reads a page at an address outside.
pub async fn page(address: &str) -> Result<Page> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .dns_resolver(Outside)
        .no_proxy()
        .timeout(Duration::from_secs(PAGE_S_MAX))
        .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(Error::broken)?;
    let mut url = checked(address)?;
    for _ in 0..=REDIRECTS_MAX {
        let answer = client.get(url.clone()).send().await.map_err(|e| away(&url, &e))?;
        if !answer.status().is_redirection() {
            return read(url, answer).await;
        }
        let target = answer.headers().get("location").and_then(|value| value.to_str().ok());
        let target = target.and_then(|target| url.join(target).ok());
        let target = target.ok_or_else(|| refused(&url, "it redirects to no address"))?;
        url = checked(target.as_str())?;
    }
    Err(refused(&url, "it redirects too often"))
}

fn refused(url: &Url, why: &str) -> Error {
    Error::invalid(format!("{url} cannot be read"), why)
}

/// An address of the web outside; one that is a number is checked here, a name where it is resolved.
fn checked(address: &str) -> Result<Url> {
    let wrong = |why: &str| Error::invalid(format!("'{address}' cannot be read"), why);
    let url = Url::parse(address).map_err(|e| wrong(&format!("it is no address: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("give an address that begins with https:// or http://, without a user"));
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    if host.parse::<IpAddr>().is_ok_and(|ip| !is_outside(ip)) {
        return Err(wrong("it lies inside; save the page as a file and import the file"));
    }
    Ok(url)
}

fn away(url: &Url, error: &reqwest::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    let mut last = String::new();
    while let Some(one) = cause {
        last = one.to_string();
        cause = one.source();
    }
    let last =
        last.replace(", which egress.yaml does not allow ('private: true' would)", "; save the page as a file instead");
    refused(url, &last)
}

async fn read(url: Url, mut answer: reqwest::Response) -> Result<Page> {
    if !answer.status().is_success() {
        return Err(refused(&url, &format!("the server answers {}", answer.status())));
    }
    let media = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| away(&url, &e))? {
        if bytes.len() + chunk.len() > PAGE_BYTES_MAX {
            return Err(Error::Limit(format!("{url} has more than {PAGE_BYTES_MAX} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(&url, "it is not text in UTF-8"))?;
    Ok(Page { url: url.to_string(), media, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_inside_is_asked_and_nothing_but_the_web() {
        for address in [
            "http://127.0.0.1:1/x",
            "http://[::1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://10.0.0.7/articles.json",
            "http://[::ffff:192.168.1.1]/",
            "http://2130706433/",
            "file:///etc/passwd",
            "ftp://example.org/",
            "https://user:pw@example.org/",
            "articles.json",
        ] {
            let error = page(address).await.unwrap_err().to_string();
            assert!(error.contains("cannot be read"), "{address}: {error}");
        }
        let named = page("http://localhost:1/").await.unwrap_err().to_string();
        assert!(named.contains("inside"), "{named}");
    }
}
