//! The identity provider that the house trusts: one, in the house's settings; its secret in the vault.

use crate::groups::{self, Source};
use crate::{Ctx, Egress, Right, ledger, passkey, settings, vault};
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_db::Tx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::{Host, Url};

/// Name of the setting.
const SETTING: &str = "sso";
/// Name of the secret in the vault, under the house.
pub const SECRET_NAME: &str = "sso.client_secret";
/// Where the provider sends browsers back to.
const CALLBACK: &str = "/sso/callback";
/// Longest text of a field, bytes.
const TEXT_BYTES_MAX: usize = 512;
/// Most scopes, addresses or domains.
const LIST_MAX: usize = 50;

/// The provider, and on what terms it is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// Issuer, exactly as the provider writes it, such as `https://login.example.org/realms/work`.
    pub issuer: String,
    /// Baton's id there.
    pub client_id: String,
    /// What people call it; the sign-in screen says it.
    pub title: String,
    /// Where browsers reach Baton, such as `https://baton.example.org`; `/sso/callback` there is registered at the provider.
    pub origin: String,
    /// What is asked for besides `openid`; `email` and `profile` if empty.
    pub scopes: Vec<String>,
    /// Claim with the groups: a name, or a JSON pointer such as `/realm_access/roles`. Empty: roles do not come from it.
    pub groups_claim: String,
    /// Only e-mail addresses of these domains become or are taken for members; any if empty.
    pub domains: Vec<String>,
    /// Who is not a member, and is in a group that gives a role, becomes one.
    pub create: bool,
    /// Passwords are switched off, except for administrators of the installation who have a second factor.
    pub only: bool,
    /// The provider asks for a second factor, so that Baton does not ask for its own.
    pub asks_second_factor: bool,
    /// Every e-mail address that the provider tells is verified, even where it does not say so.
    pub trust_email: bool,
    /// The provider may lie inside: at a private or loopback address, and without TLS.
    pub inside: bool,
    /// Other addresses of the provider, where it gives out tokens or keys elsewhere than at the issuer's.
    pub also: Vec<String>,
}

impl Provider {
    /// Where the provider sends browsers back to.
    pub fn redirect(&self) -> String {
        format!("{}{CALLBACK}", self.origin)
    }

    /// Scopes as they are asked for.
    pub fn scope(&self) -> String {
        let asked: Vec<&str> = self.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid").collect();
        let asked = if asked.is_empty() { vec!["email", "profile"] } else { asked };
        format!("openid {}", asked.join(" "))
    }

    /// Whether the secret of the one is the secret of the other.
    fn is_same(&self, other: &Self) -> bool {
        (&self.issuer, &self.client_id) == (&other.issuer, &other.client_id)
    }

    /// Cookies go over TLS alone.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether an e-mail address is of a domain that may come in.
    pub fn takes(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.is_empty() || self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
    }

    /// Where the house may call for its sake, and nowhere else.
    pub fn egress(&self) -> Result<Egress> {
        let addresses = std::iter::once(&self.issuer).chain(&self.also);
        let origins = addresses.map(|address| web(address, self.inside, "/issuer").and_then(|url| root_of(&url)));
        Ok(Egress::of(&origins.collect::<Result<Vec<_>>>()?, self.inside))
    }

    /// As it is kept: trimmed, and everything in it possible.
    pub fn checked(mut self) -> Result<Self> {
        for text in [&mut self.issuer, &mut self.client_id, &mut self.title, &mut self.origin, &mut self.groups_claim] {
            *text = text.trim().to_owned();
        }
        let all = [&self.scopes, &self.domains, &self.also];
        let texts = [&self.issuer, &self.client_id, &self.title, &self.origin, &self.groups_claim];
        let long = texts.into_iter().chain(all.into_iter().flatten()).any(|text| text.len() > TEXT_BYTES_MAX);
        if long || all.into_iter().any(|list| list.len() > LIST_MAX) {
            return Err(Error::Limit(format!("a text has at most {TEXT_BYTES_MAX} bytes, a list {LIST_MAX} entries")));
        }
        let issuer = web(&self.issuer, self.inside, "/issuer")?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(Error::invalid_at("/issuer", "an issuer has no query", "write it as the provider does"));
        }
        if self.client_id.is_empty() {
            return Err(Error::invalid_at("/client_id", "client_id is missing", "write Baton's id at the provider"));
        }
        if self.title.is_empty() {
            self.title = issuer.host_str().unwrap_or_default().to_owned();
        }
        self.origin = origin(&self.origin)?;
        if self.create && self.groups_claim.is_empty() {
            let detail = "name the claim that holds the groups: who becomes a member needs a role";
            return Err(Error::invalid_at("/groups_claim", "the claim with the groups is missing", detail));
        }
        if let Some(odd) = self.scopes.iter().find(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
            return Err(Error::invalid_at("/scopes", format!("'{odd}' is no scope"), "give one scope an entry"));
        }
        self.egress()?;
        Ok(self)
    }
}

fn web(text: &str, inside: bool, place: &str) -> Result<Url> {
    let wrong = |why: &str| Error::invalid_at(place, format!("'{text}' cannot be the provider's address"), why);
    let url = Url::parse(text).map_err(|_| wrong("write it like https://login.example.org"))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
    match url.scheme() {
        "https" if plain => Ok(url),
        "http" if plain && inside => Ok(url),
        _ => Err(wrong("it begins with https:// and holds no user; http:// only where the provider lies inside")),
    }
}

fn root_of(url: &Url) -> Result<Url> {
    Url::parse(&format!("{}/", url.origin().ascii_serialization())).map_err(Error::broken)
}

/// Scheme, host and port under which browsers reach Baton; without TLS only on this machine.
pub(crate) fn origin(text: &str) -> Result<String> {
    let wrong = || {
        let detail = "write it like https://baton.example.org; http:// only for this machine";
        Error::invalid_at("/origin", format!("'{text}' cannot be where browsers reach Baton"), detail)
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    match url.scheme() {
        "https" if bare => Ok(url.origin().ascii_serialization()),
        "http" if bare && local => Ok(url.origin().ascii_serialization()),
        _ => Err(wrong()),
    }
}

/// The provider, if there is one. Who may look, the caller has asked.
pub fn provider(tx: &mut Tx) -> Result<Option<Provider>> {
    let text = settings::get(tx, &ClientId::house(), SETTING)?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::broken)).transpose()
}

/// Whether passwords open nothing, but for administrators of the installation with a second factor.
pub fn password_is_off(tx: &mut Tx) -> Result<bool> {
    Ok(provider(tx)?.is_some_and(|provider| provider.only))
}

/// Keeps a provider, checked before, and its secret if one is given. An empty secret takes it away: Baton is a public
/// client then, and PKCE proves that who asks for the token is who began. The secret of another provider, or of another client
/// there, is not sent to this one: it goes. Roles that came from claims go where claims give none any more; returns who has lost one.
pub fn remember(tx: &mut Tx, ctx: &Ctx, new: &Provider, secret: Option<&str>) -> Result<Vec<MemberId>> {
    ctx.allow(Right::IdentityAdmin)?;
    let house = ClientId::house();
    let before = provider(tx)?;
    settings::set(tx, &house, SETTING, &serde_json::to_string(new).map_err(Error::broken)?)?;
    match secret {
        Some("") => {
            vault::remove(tx, &house, SECRET_NAME)?;
        }
        Some(secret) => vault::set(tx, &house, SECRET_NAME, secret)?,
        None if before.as_ref().is_some_and(|before| !before.is_same(new)) => {
            vault::remove(tx, &house, SECRET_NAME)?;
        }
        None => {}
    }
    let says_nothing = new.groups_claim.is_empty() || before.as_ref().is_some_and(|before| before.issuer != new.issuer);
    let lost = if says_nothing { groups::end(tx, ctx, Source::SignIn)? } else { Vec::new() };
    let data = json!({"before": before, "after": new, "secret_changed": secret.is_some()});
    ledger::append(tx, ctx, Event::new(&house, "identity.provider_changed", &new.issuer).with(data))?;
    Ok(lost)
}

/// Switches passwords off or on again. Returns who has lost a role by it, as [`remember`] does.
pub fn set_only(tx: &mut Tx, ctx: &Ctx, only: bool) -> Result<Vec<MemberId>> {
    ctx.allow(Right::IdentityAdmin)?;
    let known = provider(tx)?.ok_or_else(|| Error::invalid("there is no single sign-on", "set it up first"))?;
    remember(tx, ctx, &Provider { only, ..known }, None)
}

/// Ends single sign-on: passwords are all there is, and roles that came from its claims go. Who is linked to whom stays. Returns who
/// has lost a role by it.
pub fn forget(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<MemberId>> {
    ctx.allow(Right::IdentityAdmin)?;
    let house = ClientId::house();
    let Some(known) = provider(tx)? else { return Err(Error::not_found("single sign-on")) };
    passkey::keep_address(tx, &known.origin)?;
    settings::remove(tx, &house, SETTING)?;
    vault::remove(tx, &house, SECRET_NAME)?;
    let lost = groups::end(tx, ctx, Source::SignIn)?;
    ledger::append(tx, ctx, Event::new(&house, "identity.provider_removed", &known.issuer))?;
    Ok(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        let text = |text: &str| text.to_owned();
        Provider {
            issuer: text("https://login.example.org/work"),
            client_id: text("baton"),
            origin: text("https://baton.example.org/"),
            ..Provider::default()
        }
    }

    #[test]
    fn a_provider_is_outside_and_over_tls_unless_it_is_said_to_lie_inside() {
        let kept = provider().checked().unwrap();
        assert_eq!(kept.redirect(), "https://baton.example.org/sso/callback");
        assert_eq!((kept.title.as_str(), kept.scope().as_str()), ("login.example.org", "openid email profile"));
        let at = |issuer: &str, inside| Provider { issuer: issuer.to_owned(), inside, ..provider() }.checked();
        assert!(at("http://login.example.org", false).is_err());
        assert!(at("http://127.0.0.1:9000", true).is_ok());
        assert!(at("https://user@login.example.org", false).is_err());
        assert!(at("https://login.example.org/?tenant=1", false).is_err());
        let from = |origin: &str| Provider { origin: origin.to_owned(), ..provider() }.checked();
        assert!(from("http://localhost:7700").is_ok() && from("http://baton.example.org").is_err());
        assert!(from("https://baton.example.org/elsewhere").is_err());
        assert!(Provider { create: true, ..provider() }.checked().is_err());
    }

    #[test]
    fn only_the_domains_named_come_in() {
        let some = Provider { domains: vec!["example.org".to_owned()], ..provider() };
        assert!(some.takes("ada@Example.org") && !some.takes("ada@evil.example") && !some.takes("example.org"));
        assert!(provider().takes("ada@anywhere.example"));
    }
}
