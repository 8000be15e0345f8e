//! The address that passkeys belong to: where browsers reach Baton, by a name.

use super::store;
use crate::{Ctx, Right, ledger, settings, sso};
use baton_base::{ClientId, Error, Event, Result};
use baton_db::Tx;
use serde::Serialize;
use serde_json::json;
use url::{Host, Url};

/// Name of the setting; the address of single sign-on counts where it is not there.
const SETTING: &str = "public_address";

/// Where passkeys work. A browser says it in each answer, and a device makes each passkey for its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port, as browsers write them.
    pub(super) origin: String,
    /// The host's name: the "RP ID" of the standard.
    pub(super) name: String,
}

impl Site {
    /// The site at an address. Passkeys belong to a name: an IP address has none.
    pub(super) fn of(address: &str) -> Result<Self> {
        let origin = sso::origin(address).map_err(|error| match error {
            Error::Invalid { title, detail, .. } => Error::invalid_at("/address", title, detail),
            other => other,
        })?;
        let wrong = |why: &str| Error::invalid_at("/address", format!("passkeys cannot belong to '{origin}'"), why);
        let url = Url::parse(&origin).map_err(|_| wrong("write it like https://baton.example.org"))?;
        match url.host() {
            Some(Host::Domain(name)) => Ok(Self { name: name.to_owned(), origin }),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => Err(wrong(
                "a passkey belongs to a name, not to an IP address: give Baton a name, such as https://baton.example.org, \
                 or http://localhost on this machine",
            )),
        }
    }

    /// Cookies go over TLS alone.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// The address as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// Scheme, host and port; none if none is known.
    pub address: Option<String>,
    /// It was set by itself; else it is the one of single sign-on.
    pub own: bool,
    /// Why passkeys cannot be used there.
    pub why_not: Option<String>,
    /// Passkeys that belong to another name, and so open nothing.
    pub elsewhere: i64,
}

fn known(tx: &mut Tx) -> Result<Option<(String, bool)>> {
    if let Some(own) = settings::get(tx, &ClientId::house(), SETTING)? {
        return Ok(Some((own, true)));
    }
    Ok(sso::provider(tx)?.map(|provider| (provider.origin, false)))
}

/// The site of this installation; an error in words where it is not known, or has no name.
pub fn site(tx: &mut Tx) -> Result<Site> {
    let Some((address, _)) = known(tx)? else {
        return Err(Error::invalid(
            "passkeys cannot be used yet",
            "it is not known under which address browsers reach Baton; an administrator sets it under Settings → Sign-in, or \
             with: baton passkey address https://baton.example.org",
        ));
    };
    Site::of(&address)
}

/// How the address stands.
pub fn address(tx: &mut Tx, ctx: &Ctx) -> Result<Address> {
    ctx.allow(Right::IdentityAdmin)?;
    let found = known(tx)?;
    let (why_not, name) = match site(tx) {
        Ok(site) => (None, site.name),
        Err(Error::Invalid { title, detail, .. }) => (Some(format!("{title}: {detail}")), String::new()),
        Err(other) => return Err(other),
    };
    let elsewhere = store::elsewhere(tx, &name)?;
    let own = found.as_ref().is_some_and(|(_, own)| *own);
    Ok(Address { address: found.map(|(address, _)| address), own, why_not, elsewhere })
}

/// Sets the address, or takes it back (then the one of single sign-on counts). Passkeys of another name stay, and open
/// nothing until the address is theirs again.
pub fn set_address(tx: &mut Tx, ctx: &Ctx, new: Option<&str>) -> Result<()> {
    ctx.allow(Right::IdentityAdmin)?;
    let house = ClientId::house();
    let before = known(tx)?.map(|(address, _)| address);
    match new.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => settings::set(tx, &house, SETTING, &Site::of(text)?.origin)?,
        None => {
            settings::remove(tx, &house, SETTING)?;
        }
    }
    let after = known(tx)?.map(|(address, _)| address);
    let data = json!({"before": before, "after": after});
    ledger::append(tx, ctx, Event::new(&ctx.client, "identity.address_changed", "passkeys").with(data)).map(|_| ())
}

/// Single sign-on goes, and its address with it: passkeys that belong there keep it.
pub(crate) fn keep_address(tx: &mut Tx, address: &str) -> Result<()> {
    let Ok(site) = Site::of(address) else { return Ok(()) };
    if store::of_site(tx, &site.name)? > 0 {
        settings::set_once(tx, &ClientId::house(), SETTING, &site.origin)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_a_name_over_tls_or_this_machine() {
        let site = Site::of("https://Baton.example.org:8443/").unwrap();
        assert_eq!((site.origin.as_str(), site.name.as_str()), ("https://baton.example.org:8443", "baton.example.org"));
        assert!(site.is_secure());
        let local = Site::of("http://localhost:7700").unwrap();
        assert!(!local.is_secure() && local.name == "localhost");
        for (address, words) in [
            ("http://127.0.0.1:7700", "not to an IP address"),
            ("https://192.0.2.7", "not to an IP address"),
            ("https://[2001:db8::1]", "not to an IP address"),
            ("http://baton.example.org", "https://"),
            ("https://baton.example.org/path", "https://"),
            ("baton.example.org", "https://"),
            ("", "https://"),
        ] {
            let refused = Site::of(address).unwrap_err().to_string();
            assert!(refused.contains(words), "{address}: {refused}");
        }
    }
}
