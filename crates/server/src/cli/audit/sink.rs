//! Where sealed entries are written to: standard output, syslog over TLS or TCP, or an address that takes them over HTTPS.

use super::tls::{Tls, Trust};
use crate::cli::say;
use crate::siem::{cef, ocsf, syslog};
use baton_base::{Error, Result};
use baton_govern::ledger::Entry;
use clap::ValueEnum;
use reqwest::{Client, Url, header, redirect};
use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

/// Most bytes of one request; one entry that is larger goes by itself.
const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Longest wait for an answer, seconds.
const ANSWER_S_MAX: u64 = 30;
/// Names of this machine for itself: a collector there may be spoken to without TLS.
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// How entries are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// OCSF 1.3, one JSON object a line.
    Ocsf,
    /// Common Event Format.
    Cef,
}

impl Format {
    fn line(self, entry: &Entry) -> String {
        match self {
            Self::Ocsf => ocsf(entry).to_string(),
            Self::Cef => cef(entry),
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Ocsf => "application/x-ndjson",
            Self::Cef => "text/plain; charset=utf-8",
        }
    }
}

/// Where to.
pub enum Sink {
    Output,
    Syslog(TcpStream),
    Tls(Box<Tls>),
    Http(Box<Collector>),
}

/// An address that takes lines by POST.
pub struct Collector {
    http: Client,
    url: Url,
    authorization: Option<header::HeaderValue>,
}

impl Sink {
    /// Opens what `--to` names. The authorization is of addresses alone, the trust of TLS.
    pub fn open(to: &str, authorization: Option<&str>, trust: &Trust) -> Result<Self> {
        if to == "-" {
            return Ok(Self::Output);
        }
        if to.starts_with("tls://") {
            return Tls::open(to, trust).map(|tls| Self::Tls(Box::new(tls)));
        }
        if let Some(address) = to.strip_prefix("tcp://") {
            let stream = TcpStream::connect(address);
            return stream.map(Self::Syslog).map_err(|e| Error::Unavailable(format!("{to} cannot be reached: {e}")));
        }
        Collector::open(to, authorization).map(|collector| Self::Http(Box::new(collector)))
    }

    /// Writes entries; what fails as `Unavailable` may go through later.
    pub async fn write(&mut self, entries: &[Entry], format: Format) -> Result<()> {
        match self {
            Self::Output => {
                entries.iter().for_each(|entry| say(&format.line(entry)));
                Ok(())
            }
            Self::Syslog(stream) => entries.iter().try_for_each(|entry| {
                let written = stream.write_all(syslog(entry, &format.line(entry)).as_bytes());
                written.map_err(|e| Error::Unavailable(format!("the syslog server is gone: {e}")))
            }),
            Self::Tls(tls) => {
                tls.write(&entries.iter().map(|entry| syslog(entry, &format.line(entry))).collect::<String>())
            }
            Self::Http(collector) => {
                for body in bodies(entries.iter().map(|entry| format.line(entry))) {
                    collector.post(body, format.media()).await?;
                }
                Ok(())
            }
        }
    }

    /// Says goodbye where that is how it is done.
    pub fn close(self) {
        match self {
            Self::Tls(tls) => tls.close(),
            Self::Output | Self::Syslog(_) | Self::Http(_) => {}
        }
    }
}

/// Lines as bodies of requests, each line whole.
fn bodies(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        match all.last_mut().filter(|body| body.len() + line.len() < REQUEST_BYTES_MAX) {
            Some(body) => {
                body.push_str(&line);
                body.push('\n');
            }
            None => all.push(line + "\n"),
        }
    }
    all
}

impl Collector {
    fn open(to: &str, authorization: Option<&str>) -> Result<Self> {
        let wrong = |why: &str| Error::invalid_at("--to", format!("'{to}' is not understood"), why);
        let url = Url::parse(to).map_err(|_| wrong("use -, tls://HOST:PORT, tcp://HOST:PORT or https://HOST/PATH"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let remedy = "put none into it; set BATON_SIEM_AUTHORIZATION";
            return Err(Error::invalid_at("--to", "the address holds a name or a password", remedy));
        }
        let local = url.host_str().is_some_and(|host| LOCAL_HOSTS.contains(&host));
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(wrong("http:// is for this machine alone; use https://")),
            _ => return Err(wrong("use -, tls://HOST:PORT, tcp://HOST:PORT or https://HOST/PATH")),
        }
        let authorization = authorization.map(secret).transpose()?;
        let http = Client::builder().timeout(Duration::from_secs(ANSWER_S_MAX)).redirect(redirect::Policy::none());
        let http = if local { http.no_proxy() } else { http };
        Ok(Self { http: http.build().map_err(Error::broken)?, url, authorization })
    }

    async fn post(&self, body: String, media: &'static str) -> Result<()> {
        let mut request = self.http.post(self.url.clone()).header(header::CONTENT_TYPE, media).body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.clone());
        }
        let host = self.url.host_str().unwrap_or_default();
        let answer = request.send().await;
        let answer = answer.map_err(|e| Error::Unavailable(format!("{host} does not answer: {}", e.without_url())))?;
        let status = answer.status();
        match status.as_u16() {
            200..=299 => Ok(()),
            408 | 429 | 500..=599 => Err(Error::Unavailable(format!("{host} answers {status}"))),
            _ => Err(Error::invalid(
                format!("{host} does not take the entries: it answers {status}"),
                "look at --to and BATON_SIEM_AUTHORIZATION; what was not taken comes again",
            )),
        }
    }
}

/// The header's value, which no error repeats.
fn secret(text: &str) -> Result<header::HeaderValue> {
    let value = header::HeaderValue::from_str(text.trim());
    let mut value = value.map_err(|_| {
        Error::invalid_at("BATON_SIEM_AUTHORIZATION", "that is no value of a header", "write it like 'Bearer …'")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_and_requests_small() {
        let long = "x".repeat(REQUEST_BYTES_MAX);
        let all = bodies(["a".to_owned(), "b".to_owned(), long.clone(), "c".to_owned()].into_iter());
        assert_eq!(all, ["a\nb\n".to_owned(), long + "\n", "c\n".to_owned()]);
    }

    #[test]
    fn an_address_outside_is_spoken_to_by_tls_and_holds_no_password() {
        let opens = |to: &str| Sink::open(to, Some("Bearer t"), &Trust::default()).is_ok();
        assert!(opens("https://siem.example/raw") && opens("http://127.0.0.1:9000/raw"));
        for odd in
            ["http://siem.example/raw", "https://me:secret@siem.example/raw", "ftp://siem.example", "siem.example"]
        {
            assert!(!opens(odd), "{odd}");
        }
        let told = Sink::open("http://me:secret@siem.example/raw", None, &Trust::default()).err().unwrap().to_string();
        assert!(told.contains("password") && !told.contains("secret"), "{told}");
        assert!(Sink::open("https://siem.example", Some("a\nb"), &Trust::default()).is_err());
    }
}
