//! How a system knows Baton. Secrets are settings of the client, never part of a release.

use super::operation::Place;
use crate::wire::is_metadata_url;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde::{Deserialize, Serialize};

/// As it stands in a connector file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthFile {
    /// `api_key`, `basic`, `bearer`, `oauth2_client` or `oauth2_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where a key goes: `header`, `query` or `cookie`.
    #[serde(skip_serializing_if = "Option::is_none", rename = "in")]
    pub place: Option<String>,
    /// Its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The header of a key, without `kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Text before the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Name of the secret, or of where Baton keeps the tokens of a sign-in.
    pub setting: String,
    /// Where tokens are given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where people sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    /// Name of the secret that holds `id:secret` of Baton at the authorization server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// `basic` or `form`: how Baton says who it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<String>,
    /// What is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// For whom the token is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// For which address it is (RFC 8707).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// As whom the authorization server sends browsers back (RFC 9207).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Parameters that the credential stands for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
}

/// How a system knows Baton.
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// Name of the setting that holds the secret; for a sign-in, of the one that holds its tokens.
    pub setting: String,
    /// Which way.
    pub way: Way,
    /// Parameters that it stands for, which are no arguments.
    pub covers: Vec<(Option<Place>, String)>,
}

/// The ways of authentication.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// The secret under a name.
    Key {
        /// Header, query or cookie.
        place: Place,
        /// Its name there.
        name: String,
        /// Text before the secret.
        prefix: String,
    },
    /// The secret is `user:password`.
    Basic,
    /// The secret is a token.
    Bearer,
    /// A token for Baton itself (OAuth 2.1, client credentials).
    Client(OAuth),
    /// A token for somebody who signed in (OAuth 2.1, authorization code with PKCE).
    Code(OAuth),
}

/// An authorization server.
#[derive(Debug, Clone, PartialEq)]
pub struct OAuth {
    /// Where tokens are given out.
    pub token_url: Url,
    /// Where people sign in.
    pub authorize_url: Option<Url>,
    /// Name of the setting that holds `id:secret` of Baton there.
    pub client: String,
    /// Baton says who it is in the form instead of the header.
    pub in_form: bool,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// For whom the token is.
    pub audience: Option<String>,
    /// For which address it is (RFC 8707): a server that gets it cannot use it at another.
    pub resource: Option<String>,
    /// As whom it says that it sends browsers back (RFC 9207): a sign-in that comes back from another is refused.
    pub issuer: Option<String>,
}

impl Auth {
    /// Settings that must be there for a call.
    pub fn settings(&self) -> Vec<&str> {
        match &self.way {
            Way::Client(oauth) => vec![&oauth.client],
            Way::Code(oauth) => vec![&self.setting, &oauth.client],
            Way::Key { .. } | Way::Basic | Way::Bearer => vec![&self.setting],
        }
    }

    /// The header that carries a secret to a system that looks for it nowhere else; for a program, the variable.
    pub fn header(&self, secret: &str) -> (String, String) {
        match &self.way {
            Way::Key { name, prefix, .. } => (name.clone(), format!("{prefix}{secret}")),
            Way::Basic => ("authorization".to_owned(), format!("Basic {}", STANDARD.encode(secret))),
            Way::Bearer | Way::Client(_) | Way::Code(_) => ("authorization".to_owned(), format!("Bearer {secret}")),
        }
    }

    /// Its tokens are for this address, unless the file says for which.
    pub(crate) fn at(mut self, url: &Url) -> Self {
        match &mut self.way {
            Way::Client(oauth) | Way::Code(oauth) => {
                oauth.resource = oauth.resource.take().or_else(|| Some(resource(url)))
            }
            Way::Key { .. } | Way::Basic | Way::Bearer => {}
        }
        self
    }

    /// Its authorization server, if it has one.
    pub fn oauth(&self) -> Option<&OAuth> {
        match &self.way {
            Way::Client(oauth) | Way::Code(oauth) => Some(oauth),
            Way::Key { .. } | Way::Basic | Way::Bearer => None,
        }
    }
}

/// An address as the identifier of a resource: without a fragment, and without a path where there is none.
fn resource(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    let bare = url.path() == "/" && url.query().is_none();
    let text = String::from(url);
    if bare { text.trim_end_matches('/').to_owned() } else { text }
}

impl AuthFile {
    /// Checks it; the error says what is wrong.
    pub(crate) fn read(&self) -> Result<Auth, String> {
        let way = match self.kind.as_deref() {
            None | Some("header") => self.key("header", self.header.as_deref().or(Some("authorization")))?,
            Some("api_key") => self.key(self.place.as_deref().unwrap_or("header"), self.name.as_deref())?,
            Some("basic") => Way::Basic,
            Some("bearer") => Way::Bearer,
            Some("oauth2_client") => Way::Client(self.oauth(false)?),
            Some("oauth2_code") => Way::Code(self.oauth(true)?),
            Some(other) => {
                return Err(format!(
                    "auth kind '{other}' is not offered; use api_key, basic, bearer, oauth2_client or oauth2_code"
                ));
            }
        };
        let client = matches!(way, Way::Client(_));
        if self.setting.is_empty() && !client {
            return Err("auth names no setting that holds the secret".to_owned());
        }
        let mut covers: Vec<_> = self.covers.iter().map(|name| (None, name.clone())).collect();
        if let Way::Key { place, name, .. } = &way {
            covers.push((Some(*place), name.clone()));
        }
        Ok(Auth { setting: self.setting.clone(), way, covers })
    }

    fn key(&self, place: &str, name: Option<&str>) -> Result<Way, String> {
        let name = name.filter(|name| !name.is_empty()).ok_or("auth of kind api_key needs a name")?;
        let place = match place {
            "header" => Place::Header,
            "query" => Place::Query,
            "cookie" => Place::Cookie,
            other => return Err(format!("auth is in '{other}'; use header, query or cookie")),
        };
        if reqwest::header::HeaderName::try_from(name).is_err() {
            return Err(format!("auth name '{name}' is not valid; use letters, digits, '-' and '_'"));
        }
        Ok(Way::Key { place, name: name.to_owned(), prefix: self.prefix.clone().unwrap_or_default() })
    }

    fn oauth(&self, code: bool) -> Result<OAuth, String> {
        let url = |key: &str, text: &Option<String>| -> Result<Option<Url>, String> {
            let Some(text) = text else { return Ok(None) };
            let url = Url::parse(text).map_err(|e| format!("auth {key} '{text}': {e}"))?;
            let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && !is_metadata_url(&url);
            if plain { Ok(Some(url)) } else { Err(format!("auth {key} '{text}' is not an address Baton can call")) }
        };
        let authorize_url = url("authorize_url", &self.authorize_url)?;
        if code && authorize_url.is_none() {
            return Err("auth of kind oauth2_code needs authorize_url".to_owned());
        }
        if let Some(text) = self.resource.as_deref().filter(|text| Url::parse(text).is_err() || text.contains('#')) {
            return Err(format!("auth resource '{text}' is no address without a fragment"));
        }
        if let Some(text) = self.issuer.as_deref().filter(|text| Url::parse(text).is_err()) {
            return Err(format!("auth issuer '{text}' is no address"));
        }
        let in_form = match self.client_auth.as_deref() {
            None | Some("basic") => false,
            Some("form") => true,
            Some(other) => return Err(format!("client_auth '{other}' is not offered; use basic or form")),
        };
        Ok(OAuth {
            token_url: url("token_url", &self.token_url)?.ok_or("auth by oauth2 needs token_url")?,
            authorize_url,
            client: self.client.clone().ok_or("auth by oauth2 needs client, the setting that holds id:secret")?,
            in_form,
            scopes: self.scopes.clone(),
            audience: self.audience.clone(),
            resource: self.resource.clone(),
            issuer: self.issuer.clone(),
        })
    }
}
