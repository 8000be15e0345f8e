//! Where a sign-in may lead. A server says itself where one signs in: one outside is not believed about addresses inside, so
//! that nobody is sent to what only this machine can reach.

use crate::http::Http;
use crate::wire::is_outside;
use reqwest::Url;
use std::net::IpAddr;

/// How far what a server names may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The server is outside, and so must be all that it names.
    Outside,
    /// The server is inside, where whoever connects it has pointed.
    Everywhere,
}

impl Reach {
    /// How far a server's word goes.
    pub(super) async fn of(server: &Url) -> Self {
        let port = server.port_or_known_default().unwrap_or_default();
        let Ok(found) = tokio::net::lookup_host((host(server), port)).await else { return Self::Outside };
        let mut found = found.peekable();
        // One address outside is enough: the server's own name service says which there are.
        match found.peek().is_some() && found.all(|address| !is_outside(address.ip())) {
            true => Self::Everywhere,
            false => Self::Outside,
        }
    }

    /// Refuses an address that is not to be called. Tokens and what leads to them go over TLS, but on this machine. Names
    /// are looked at where they are resolved.
    pub(super) fn allows(self, url: &Url) -> Result<(), String> {
        super::super::harmless(url)?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let inside = here || host(url).parse::<IpAddr>().is_ok_and(|address| !is_outside(address));
        if inside && self == Self::Outside {
            return Err(format!("{url} lies inside, and the server that names it does not; write auth by hand"));
        }
        match (url.scheme(), here) {
            ("https", _) | ("http", true) => Ok(()),
            _ => Err(format!("{url} is no address for a sign-in: it must begin with https://")),
        }
    }

    /// A client for an address that is to be called.
    pub(super) fn client(self, url: &Url) -> Result<Http, String> {
        self.allows(url)?;
        let calls = match self {
            Self::Outside => Http::outside(),
            Self::Everywhere => Http::new(),
        };
        calls.map_err(|e| e.to_string())
    }
}

/// Without the brackets of IPv6.
fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_outside_names_nothing_inside() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        for (server, expect) in [
            ("http://127.0.0.1:1/mcp", Reach::Everywhere),
            ("http://localhost:1/mcp", Reach::Everywhere),
            ("https://10.1.2.3/mcp", Reach::Everywhere),
            ("https://93.184.215.14/mcp", Reach::Outside),
            ("https://no.such.name.invalid/mcp", Reach::Outside),
        ] {
            assert_eq!(Reach::of(&url(server)).await, expect, "{server}");
        }
        for (place, outside, everywhere) in [
            ("https://a.example/token", true, true),
            ("https://93.184.215.14/token", true, true),
            ("http://a.example/token", false, false),
            ("http://127.0.0.1:8080/token", false, true),
            ("https://localhost/token", false, true),
            ("https://10.1.2.3/token", false, true),
            ("https://[fd00::1]/token", false, true),
            ("https://169.254.169.254/latest", false, false),
        ] {
            assert_eq!(Reach::Outside.allows(&url(place)).is_ok(), outside, "{place}");
            assert_eq!(Reach::Everywhere.allows(&url(place)).is_ok(), everywhere, "{place}");
        }
        // A name is looked at where it is resolved.
        let calls = Reach::Outside.client(&url("https://a.example")).unwrap();
        assert!(calls.client().get("http://localhost:1/").send().await.is_err_and(|error| {
            let mut causes = vec![error.to_string()];
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(one) = cause {
                causes.push(one.to_string());
                cause = one.source();
            }
            causes.iter().any(|cause| cause.contains("inside"))
        }));
    }
}
