//! Where a client's processes may call by address: the release's `egress.yaml`. What it does not list is refused.
//!
//! ```yaml
//! allow:
//!   - url: https://api.parcels.example/v2/   # scheme, host, port, and everything below this path
//!     methods: [GET, POST]                   # without it: GET and HEAD
//!     why: where a parcel is
//!   - url: http://10.1.2.3:8080/
//!     private: true                          # it may be, or resolve to, an address inside
//!     idempotency_header: Idempotency-Key    # it does a call once for one key: a lost call may be sent again
//! ```

use crate::permit::Bound;
use crate::{Ctx, Judgement, Level, Stop};
use baton_base::{Actor, Bundle, Finding};
use serde::Deserialize;
use url::Url;

const FILE: &str = "egress.yaml";
/// Most entries of a list, count.
const ENTRIES_MAX: usize = 200;

/// The list of one release.
#[derive(Debug, Default)]
pub struct Egress {
    entries: Vec<Entry>,
    anywhere: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    allow: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    url: String,
    #[serde(default = "reading")]
    methods: Vec<String>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    idempotency_header: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    why: Option<String>,
}

fn reading() -> Vec<String> {
    vec!["GET".to_owned(), "HEAD".to_owned()]
}

#[derive(Debug)]
struct Entry {
    url: Url,
    methods: Vec<String>,
    terms: Terms,
}

/// On what terms an address may be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// It may be, or resolve to, a loopback or private address.
    pub private: bool,
    /// Header by which the other side knows a call that it has done already.
    pub idempotency_header: Option<String>,
}

/// A call that is about to go out.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where to.
    pub url: &'a Url,
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Whether it may change something there.
    pub writes: bool,
}

impl Outgoing<'_> {
    /// The name by which a stop or the ledger knows it: `http:` and the host.
    pub fn action(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| format!("http:{host}"), |port| format!("http:{host}:{port}"))
    }
}

impl Egress {
    /// Reads `egress.yaml`; without it nothing may be called.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let Some(text) = bundle.file(FILE) else { return Ok(Self::default()) };
        let file = Bundle::yaml::<File>(FILE, text).map_err(|finding| vec![finding])?;
        let mut findings = Vec::new();
        let mut entries = Vec::new();
        for listed in file.allow {
            match entry(&listed) {
                Ok(entry) => entries.push(entry),
                Err((message, remedy)) => {
                    let at = text.lines().position(|line| line.contains(&listed.url)).map_or(0, |at| at + 1);
                    let finding = Finding::error(FILE, "egress", message, remedy);
                    findings.push(finding.at(u32::try_from(at).unwrap_or(0), 1));
                }
            }
        }
        if entries.len() > ENTRIES_MAX {
            let message = format!("more than {ENTRIES_MAX} entries");
            findings.push(Finding::error(FILE, "egress", message, "list what is above them"));
        }
        if findings.is_empty() { Ok(Self { entries, anywhere: false }) } else { Err(findings) }
    }

    /// The list of whoever is no release: everything below these addresses, for reading and asking.
    pub fn of(addresses: &[Url], private: bool) -> Self {
        let methods = vec!["GET".to_owned(), "POST".to_owned()];
        let terms = Terms { private, idempotency_header: None };
        let entry = |url: &Url| Entry { url: url.clone(), methods: methods.clone(), terms: terms.clone() };
        Self { entries: addresses.iter().map(entry).collect(), anywhere: false }
    }

    /// Everything is allowed, inside and outside: for whoever runs a process by hand on their own machine.
    pub fn anywhere() -> Self {
        Self { entries: Vec::new(), anywhere: true }
    }

    /// The terms on which a call may go out; none if it may not.
    pub fn terms(&self, call: &Outgoing<'_>) -> Option<Terms> {
        if self.anywhere {
            return Some(Terms { private: true, idempotency_header: None });
        }
        self.entries.iter().find(|entry| entry.covers(call)).map(|entry| entry.terms.clone())
    }

    /// Judges a call: the stop switch (for what changes something), then the list.
    pub fn judge(&self, ctx: &Ctx, call: &Outgoing<'_>, args_digest: &str, stopped: Option<Stop>) -> Judgement {
        let person = matches!(ctx.actor, Actor::Member { .. });
        if let Some(stop) = stopped.filter(|_| call.writes && !person) {
            let policy = format!("stop:{}:{}", stop.scope.name(), stop.target);
            let reason = format!("stopped by {}: {}", stop.engaged_by, stop.reason);
            return Judgement::Refuse { reason, policies: vec![policy] };
        }
        if self.terms(call).is_none() {
            let address = format!("{} {}", call.method, shown(call.url));
            let reason = format!("{address} is not in {FILE}; list its url, and its method if it is not GET or HEAD");
            return Judgement::Refuse { reason, policies: vec!["built-in:egress".to_owned()] };
        }
        let bound = Bound {
            client: ctx.client.clone(),
            actor: ctx.actor.clone(),
            on_behalf_of: ctx.on_behalf_of.clone(),
            action: call.action(),
            args_digest: args_digest.to_owned(),
            rules: None,
            autonomy: Level::Act,
            confirmed: false,
            approved_by: None,
        };
        Judgement::Allow { policies: vec!["egress:".to_owned() + &call.action()], bound: Box::new(bound) }
    }
}

/// An address without its query, which may hold what is nobody's business.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn entry(listed: &Listed) -> Result<Entry, (String, &'static str)> {
    const REMEDY: &str = "write it in full, such as https://api.example.org/v2/, without user, query or fragment";
    const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"];
    let url = Url::parse(&listed.url).map_err(|e| (format!("'{}' is no address: {e}", listed.url), REMEDY))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    if !plain || !web || url.fragment().is_some() {
        return Err((format!("'{}' cannot be listed", listed.url), REMEDY));
    }
    let methods: Vec<String> = listed.methods.iter().map(|method| method.to_uppercase()).collect();
    if let Some(odd) = methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
        return Err((format!("'{odd}' is no method"), "use GET, HEAD, OPTIONS, PUT, DELETE, POST or PATCH"));
    }
    let terms = Terms { private: listed.private, idempotency_header: listed.idempotency_header.clone() };
    Ok(Entry { url, methods, terms })
}

impl Entry {
    fn covers(&self, call: &Outgoing<'_>) -> bool {
        let same_place = self.url.scheme() == call.url.scheme()
            && self.url.host() == call.url.host()
            && self.url.port_or_known_default() == call.url.port_or_known_default();
        same_place && self.methods.iter().any(|method| method == call.method) && self.is_above(call.url.path())
    }

    fn is_above(&self, path: &str) -> bool {
        let own = self.url.path();
        if own == "/" {
            return true;
        }
        let below = path.strip_prefix(own.trim_end_matches('/'));
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && !climbs(path)
    }
}

/// Whether some server could read the path as one that leads up: `..` hidden by encoded slashes.
fn climbs(path: &str) -> bool {
    let plain = path.to_lowercase().replace("%2f", "/").replace("%5c", "/").replace("%2e", ".").replace('\\', "/");
    plain.split('/').any(|step| step == "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Env, permit};
    use baton_base::{ClientId, EffectId, IdSource, ManualClock};
    use std::sync::Arc;

    fn egress(text: &str) -> Result<Egress, Vec<Finding>> {
        let files = [(FILE.to_owned(), text.to_owned())].into();
        Egress::load(&Bundle { files, ..Bundle::default() })
    }

    const LIST: &str = "allow:\n  - { url: 'https://api.example.org/v2/', methods: [get, post] }\n  \
                        - { url: 'http://127.0.0.1:9000', private: true }\n";

    #[test]
    fn only_what_is_listed_may_be_called() {
        let list = egress(LIST).unwrap();
        let allowed = |method: &str, url: &str| {
            let url = Url::parse(url).unwrap();
            list.terms(&Outgoing { url: &url, method, writes: method == "POST" }).is_some()
        };
        for (method, url) in [
            ("GET", "https://api.example.org/v2/parcels/1?x=../.."),
            ("POST", "https://API.example.org:443/v2"),
            ("GET", "http://127.0.0.1:9000/anything"),
        ] {
            assert!(allowed(method, url), "{method} {url}");
        }
        for (method, url) in [
            ("DELETE", "https://api.example.org/v2/parcels/1"),
            ("POST", "http://127.0.0.1:9000/"),
            ("GET", "http://api.example.org/v2/"),
            ("GET", "https://api.example.org/v2x"),
            ("GET", "https://api.example.org/v2/../admin"),
            ("GET", "https://api.example.org/v2/..%2fadmin"),
            ("GET", "https://api.example.org/v2/%2e%2e%5Cadmin"),
            ("GET", "https://api.example.org:8443/v2/"),
            ("GET", "https://api.example.org.evil.example/v2/"),
            ("GET", "https://api.example.org@evil.example/v2/"),
            ("GET", "http://127.0.0.2:9000/"),
        ] {
            assert!(!allowed(method, url), "{method} {url}");
        }
    }

    #[test]
    fn a_permit_comes_only_from_a_listed_address() {
        let env = Env::new(ManualClock::at(1), Arc::new(IdSource::seeded(1)));
        let ctx = Ctx::system(&env, &ClientId::known("acme"), "process:p");
        let effect = EffectId::known("eff_1");
        let (list, nothing) = (egress(LIST).unwrap(), Egress::load(&Bundle::default()).unwrap());
        let url = Url::parse("https://api.example.org/v2/").unwrap();
        let call = Outgoing { url: &url, method: "GET", writes: false };
        let granted = permit(list.judge(&ctx, &call, "d", None), &ctx, &effect).unwrap();
        assert!(granted.covers(&ctx.client, "http:api.example.org", "d", 1).is_ok());
        assert!(granted.covers(&ctx.client, "http:other.example", "d", 1).is_err());
        let refused = permit(nothing.judge(&ctx, &call, "d", None), &ctx, &effect).unwrap_err();
        assert!(refused.to_string().contains("egress.yaml"), "{refused}");
    }

    #[test]
    fn entries_that_say_nothing_clear_are_findings_with_their_line() {
        for bad in ["ftp://x/", "https://user@x/", "https://x/?q", "x/y"] {
            let findings = egress(&format!("allow:\n  - {{ url: '{bad}' }}\n")).unwrap_err();
            assert_eq!((findings[0].line, findings[0].rule.as_str()), (2, "egress"), "{bad}");
        }
        assert!(egress("allow: [{ url: 'https://x/', metods: [GET] }]").is_err());
        assert!(egress("allow: [{ url: 'https://x/', methods: [FETCH] }]").is_err());
    }
}
