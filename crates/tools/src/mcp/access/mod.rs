//! How one signs in at an MCP server, by what it says itself (MCP 2025-11-25, authorization): its refusal, what it says of
//! itself (RFC 9728) and what its authorization server says (RFC 8414, OpenID Connect Discovery).
//!
//! For whoever connects a server. What is found is written into the connector's file and looked through like the tools: a
//! call looks nothing up, so that no server sends a token elsewhere afterwards.

mod challenge;
mod reach;
mod register;

pub use challenge::Challenge;
pub use register::Known;

use super::{Revision, Server, Tool, Trouble, http};
use crate::catalogue::OAuth;
use crate::http::Http;
use crate::oauth::{Asked, Begun, ask};
use reach::Reach;
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// Largest document taken in, bytes.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// Scopes of one sign-in, count.
const SCOPES_MAX: usize = 100;
/// The scope of a sign-in that can be renewed while nobody is there (OpenID Connect Core, section 11).
const RENEWABLE: &str = "offline_access";

/// What a server shows to somebody it does not know.
#[derive(Debug)]
pub enum Looked {
    /// Its tools.
    Tools(Vec<Tool>),
    /// That one has to sign in.
    Asks(Challenge),
}

/// The tools of a server, or that one has to sign in; in a revision, or in the newest that it speaks.
pub async fn look(url: &Url, revision: Option<Revision>, time: Duration) -> Result<Looked, String> {
    super::harmless(url)?;
    let calls = Http::new().map_err(|e| e.to_string())?;
    let place = http::Place { url, credential: None, owner: "", revision, time };
    match http::look(calls.client(), &place).await {
        Ok(tools) => Ok(Looked::Tools(tools)),
        Err((Trouble::Refused(401, _), challenge)) => Ok(Looked::Asks(Challenge::read(&challenge))),
        Err((trouble, _)) => Err(trouble.words()),
    }
}

/// Where and how one signs in.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// Identifier of the server, as it says it.
    pub resource: String,
    /// Who gives out tokens.
    pub issuer: String,
    /// Where people sign in.
    pub authorize_url: Url,
    /// Where tokens are given out.
    pub token_url: Url,
    /// Where Baton can make itself known.
    pub register_url: Option<Url>,
    /// Baton may be known by the address of a document about it.
    pub takes_documents: bool,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// How Baton may say who it is.
    methods: Vec<String>,
    /// Whether its answers say whose they are (RFC 9207).
    says_issuer: bool,
    reach: Reach,
}

/// Finds out where and how one signs in at a server that refuses with `challenge`. The error says what it leaves open.
pub async fn discover(server: &Url, challenge: &Challenge, time: Duration) -> Result<Access, String> {
    let reader = Reader::of(server, time).await?;
    let places = match &challenge.metadata {
        Some(place) => vec![place.clone()],
        None => well_known(server, "oauth-protected-resource", false),
    };
    let about = reader.first(&places, |_| true).await?;
    let about = about.ok_or("it does not say who gives out its tokens (RFC 9728); write auth by hand")?;
    let resource = about["resource"].as_str().unwrap_or_default();
    if !covers(resource, server) {
        return Err(format!(
            "it says that it is '{}', which it is not: its tokens would be for another",
            few(resource)
        ));
    }
    let issuer = about.pointer("/authorization_servers/0").and_then(Value::as_str);
    let issuer = issuer.ok_or("it names nobody who gives out its tokens")?;
    let at: Url = issuer.parse().map_err(|_| format!("'{}' is no address", few(issuer)))?;
    let mut places = well_known(&at, "oauth-authorization-server", true);
    places.extend(well_known(&at, "openid-configuration", true));
    if let Some(inner) = inside(&at) {
        places.push(inner);
    }
    // RFC 8414, section 3.3: who speaks for somebody else is not believed.
    let own = |found: &Value| found["issuer"].as_str().and_then(|text| text.parse::<Url>().ok()).as_ref() == Some(&at);
    let found = reader.first(&places, own).await?;
    let found = found.ok_or_else(|| format!("'{}' does not say where one signs in (RFC 8414)", few(issuer)))?;
    read(&found, resource, &renewable(scopes(challenge, &about), &found), reader.reach)
}

/// What the refusal asks for; else all that the server knows of (MCP 2025-11-25, scope selection).
fn scopes(challenge: &Challenge, about: &Value) -> Vec<String> {
    if !challenge.scopes.is_empty() {
        return challenge.scopes.clone();
    }
    list(about, "scopes_supported").unwrap_or_default()
}

/// With what lets a sign-in be renewed, where the authorization server knows it (SEP-2207). Where nothing is asked for, what a
/// token allows is left to that server.
fn renewable(mut scopes: Vec<String>, found: &Value) -> Vec<String> {
    let known = list(found, "scopes_supported").is_some_and(|all| all.iter().any(|one| one == RENEWABLE));
    if known && !scopes.is_empty() && !scopes.iter().any(|one| one == RENEWABLE) {
        scopes.push(RENEWABLE.to_owned());
    }
    scopes
}

fn read(found: &Value, resource: &str, scopes: &[String], reach: Reach) -> Result<Access, String> {
    let place = |key: &str| -> Result<Option<Url>, String> {
        let Some(text) = found[key].as_str() else { return Ok(None) };
        let url: Url = text.parse().map_err(|_| format!("{key} '{}' is no address", few(text)))?;
        reach.allows(&url)?;
        Ok(Some(url))
    };
    if !list(found, "code_challenge_methods_supported").is_some_and(|all| all.iter().any(|one| one == "S256")) {
        return Err("its authorization server does not say that it proves who asks (PKCE with S256)".to_owned());
    }
    if scopes.len() > SCOPES_MAX {
        return Err(format!("it asks for more than {SCOPES_MAX} scopes"));
    }
    let basic = || vec!["client_secret_basic".to_owned()];
    Ok(Access {
        resource: resource.to_owned(),
        issuer: found["issuer"].as_str().unwrap_or_default().to_owned(),
        authorize_url: place("authorization_endpoint")?.ok_or("it has no address to sign in at")?,
        token_url: place("token_endpoint")?.ok_or("it has no address that gives out tokens")?,
        register_url: place("registration_endpoint")?,
        takes_documents: found["client_id_metadata_document_supported"] == true,
        scopes: scopes.to_vec(),
        methods: list(found, "token_endpoint_auth_methods_supported").unwrap_or_else(basic),
        says_issuer: found["authorization_response_iss_parameter_supported"] == true,
        reach,
    })
}

/// What came back with the browser.
#[derive(Debug, Default)]
pub struct Back {
    /// Which sign-in it is of.
    pub state: String,
    /// What a token is given for.
    pub code: String,
    /// Who sent it back, where it says so (RFC 9207).
    pub issuer: Option<String>,
}

impl Access {
    fn oauth(&self, known: &Known) -> OAuth {
        OAuth {
            token_url: self.token_url.clone(),
            authorize_url: Some(self.authorize_url.clone()),
            client: String::new(),
            in_form: known.in_form,
            scopes: self.scopes.clone(),
            audience: None,
            resource: Some(self.resource.clone()),
            issuer: Some(self.issuer.clone()).filter(|_| self.says_issuer),
        }
    }

    /// Begins a sign-in; the second is where the browser goes. `random` are two texts that nobody can guess.
    pub fn begin(&self, known: &Known, redirect: &str, random: [String; 2]) -> Result<(Begun, Url), String> {
        known.is_kept()?;
        let [state, verifier] = random;
        let begun = Begun { state, verifier, redirect: redirect.to_owned(), until_ms: i64::MAX, by: String::new() };
        let url = begun.address(&self.oauth(known), &known.id).map_err(|e| e.to_string())?;
        Ok((begun, url))
    }

    /// The token of a sign-in that came back.
    pub async fn finish(&self, known: &Known, begun: &Begun, back: &Back) -> Result<String, String> {
        if begun.state != back.state {
            return Err("this is not the sign-in that was begun".to_owned());
        }
        // Who says that its answers name it means all of them.
        let same = back.issuer.as_ref().map_or(!self.says_issuer, |issuer| *issuer == self.issuer);
        if !same {
            return Err("the answer comes from another authorization server than was asked".to_owned());
        }
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", back.code.as_str()),
            ("redirect_uri", begun.redirect.as_str()),
            ("code_verifier", begun.verifier.as_str()),
        ];
        let calls = self.reach.client(&self.token_url)?;
        // How long it is good for is of no matter: it is used at once, and not kept.
        match ask(calls.client(), &self.oauth(known), &known.secret_text(), &grant, 0).await {
            Asked::Given(given) => Ok(given.access),
            Asked::Refused(why) | Asked::Away(why) => Err(why),
        }
    }

    /// Lines `auth` of the connector's file.
    pub fn lines(&self, name: &str, known: &Known) -> String {
        let mut lines = format!(
            "auth:\n  kind: oauth2_code\n  authorize_url: {}\n  token_url: {}\n  client: {name}.client\n  setting: {name}.sign_in\n  resource: {}",
            json!(self.authorize_url.as_str()),
            json!(self.token_url.as_str()),
            json!(self.resource)
        );
        if !self.scopes.is_empty() {
            lines.push_str(&format!("\n  scopes: {}", json!(self.scopes)));
        }
        if self.says_issuer {
            lines.push_str(&format!("\n  issuer: {}", json!(self.issuer)));
        }
        if known.in_form {
            lines.push_str("\n  client_auth: form");
        }
        lines
    }
}

/// Whether an identifier is of this server: the same, or of all below it.
fn covers(resource: &str, server: &Url) -> bool {
    let Ok(url) = resource.parse::<Url>() else { return false };
    let (outer, inner) = (url.path().trim_end_matches('/'), server.path());
    let below = inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    url.origin() == server.origin() && url.fragment().is_none() && below
}

/// Where a document about an address is: with its path behind the name, and for some documents without it.
fn well_known(url: &Url, name: &str, strict: bool) -> Vec<Url> {
    let path = url.path().trim_end_matches('/');
    let at = |path: &str| {
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        place.set_path(&format!("/.well-known/{name}{path}"));
        place
    };
    let mut places = vec![at(path)];
    if !strict && !path.is_empty() {
        places.push(at(""));
    }
    places
}

/// Where OpenID Connect has it, for an issuer with a path.
fn inside(issuer: &Url) -> Option<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut place = issuer.clone();
    place.set_path(&format!("{path}/.well-known/openid-configuration"));
    Some(place).filter(|_| !path.is_empty())
}

/// Reads what a server, and whom it names, say of themselves.
struct Reader {
    reach: Reach,
    calls: Http,
    time: Duration,
}

impl Reader {
    async fn of(server: &Url, time: Duration) -> Result<Self, String> {
        let reach = Reach::of(server).await;
        Ok(Self { reach, calls: reach.client(server)?, time })
    }

    /// The first of these documents that is there and fits.
    async fn first(&self, places: &[Url], fits: impl Fn(&Value) -> bool) -> Result<Option<Value>, String> {
        for place in places {
            self.reach.allows(place)?;
            let request = self.calls.client().get(place.clone()).timeout(self.time);
            let sent = request.header("accept", "application/json").send().await;
            let response = sent.map_err(|_| format!("{} cannot be reached", place.host_str().unwrap_or_default()))?;
            if !response.status().is_success() {
                continue;
            }
            if let Some(found) = document(response).await.filter(&fits) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

async fn document(mut response: reqwest::Response) -> Option<Value> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn list(document: &Value, key: &str) -> Option<Vec<String>> {
    let items = document[key].as_array()?;
    Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn few(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    text.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

/// All tools of a server for somebody with a token.
pub async fn tools_with(
    url: &Url,
    revision: Option<Revision>,
    token: &str,
    time: Duration,
) -> Result<Vec<Tool>, String> {
    let credential = Some(("authorization".to_owned(), format!("Bearer {token}")));
    super::tools(&Server::Http(url.clone()), revision, credential, time).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_of_the_server_or_of_all_below_it() {
        let check = |resource: &str, expect: bool| {
            let server = "https://x.example/team/mcp".parse().unwrap();
            assert_eq!(covers(resource, &server), expect, "{resource}");
        };
        check("https://x.example/team/mcp", true);
        check("https://x.example/team/", true);
        check("https://x.example", true);
        check("https://x.example/te", false);
        check("https://x.example/team/mcp/more", false);
        check("https://evil.example/team/mcp", false);
        check("http://x.example/team/mcp", false);
        check("x", false);
    }

    #[test]
    fn documents_are_looked_for_where_the_standards_put_them() {
        let text = |urls: Vec<Url>| urls.into_iter().map(String::from).collect::<Vec<_>>();
        let server: Url = "https://x.example/mcp?a=1".parse().unwrap();
        let found = text(well_known(&server, "oauth-protected-resource", false));
        assert_eq!(
            found,
            [
                "https://x.example/.well-known/oauth-protected-resource/mcp",
                "https://x.example/.well-known/oauth-protected-resource"
            ]
        );
        let issuer: Url = "https://x.example/tenant1".parse().unwrap();
        assert_eq!(text(well_known(&issuer, "a", true)), ["https://x.example/.well-known/a/tenant1"]);
        assert_eq!(
            inside(&issuer).map(String::from).as_deref(),
            Some("https://x.example/tenant1/.well-known/openid-configuration")
        );
        assert_eq!(inside(&"https://x.example".parse().unwrap()), None);
    }

    #[test]
    fn a_sign_in_goes_over_tls_and_proves_itself() {
        let found = |change: Value| {
            let mut all = json!({
                "issuer": "https://a.example", "authorization_endpoint": "https://a.example/go",
                "token_endpoint": "https://a.example/token", "code_challenge_methods_supported": ["S256"],
            });
            for (key, value) in change.as_object().unwrap() {
                all[key] = value.clone();
            }
            read(&all, "https://x.example", &[], Reach::Outside)
        };
        assert!(found(json!({})).is_ok());
        for wrong in [
            json!({"code_challenge_methods_supported": ["plain"]}),
            json!({"code_challenge_methods_supported": null}),
            json!({"token_endpoint": "http://a.example/token"}),
            json!({"authorization_endpoint": "http://169.254.169.254/latest"}),
            json!({"registration_endpoint": "ftp://a.example"}),
            json!({"registration_endpoint": "http://localhost:9/shut-down"}),
            json!({"token_endpoint": null}),
        ] {
            assert!(found(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
