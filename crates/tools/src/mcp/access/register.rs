//! Who Baton is at an authorization server: registered by hand, by a document about it, or by itself (RFC 7591).

use super::{Access, document, few};
use crate::oauth::parts;
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// Who Baton is there.
#[derive(Clone, PartialEq)]
pub struct Known {
    /// Its name.
    pub id: String,
    /// What proves it; empty where PKCE does so alone.
    pub secret: String,
    /// It says both in the form instead of the header.
    pub in_form: bool,
}

impl Known {
    /// As a client's secret has it.
    pub fn secret_text(&self) -> String {
        if self.secret.is_empty() { self.id.clone() } else { format!("{}:{}", self.id, self.secret) }
    }

    /// Refuses a name that could not be told from its secret where both are kept.
    pub(super) fn is_kept(&self) -> Result<(), String> {
        let text = self.secret_text();
        match parts(&text) == (self.id.as_str(), self.secret.as_str()) {
            true => Ok(()),
            false => Err("the name that Baton has there holds a ':', behind which its secret is kept".to_owned()),
        }
    }
}

impl Access {
    /// Baton as somebody registered it; `secret` is empty where there is none, as for the address of a document.
    pub fn known(&self, id: &str, secret: &str) -> Known {
        let in_form = self.method() == "client_secret_post";
        Known { id: id.to_owned(), secret: secret.to_owned(), in_form }
    }

    /// Baton makes itself known. `redirect` is where browsers come back to.
    pub async fn register(&self, redirect: &str, time: Duration) -> Result<Known, String> {
        let Some(url) = &self.register_url else {
            return Err(format!(
                "{} lets nobody register by themselves; register Baton there by hand",
                few(&self.issuer)
            ));
        };
        let here = redirect.parse::<Url>().is_ok_and(|url| url.scheme() == "http");
        let mut about = json!({
            "client_name": "Baton", "redirect_uris": [redirect], "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": self.method(),
            "application_type": if here { "native" } else { "web" },
        });
        if !self.scopes.is_empty() {
            about["scope"] = self.scopes.join(" ").into();
        }
        let request = self.reach.client(url)?.client().post(url.clone()).timeout(time);
        let request = request.header("content-type", "application/json").header("accept", "application/json");
        let sent = request.body(about.to_string()).send().await;
        let response = sent.map_err(|_| "its authorization server cannot be reached".to_owned())?;
        let status = response.status();
        let said = document(response).await.unwrap_or_default();
        let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
        if !status.is_success() || text("client_id").is_empty() {
            return Err(format!("Baton is not registered there: {} {}", status.as_u16(), few(text("error"))));
        }
        let method = Some(text("token_endpoint_auth_method")).filter(|method| !method.is_empty());
        let method = method.unwrap_or_else(|| self.method());
        let secret = if method == "none" { "" } else { text("client_secret") };
        let in_form = method == "client_secret_post";
        let known = Known { id: text("client_id").to_owned(), secret: secret.to_owned(), in_form };
        known.is_kept()?;
        Ok(known)
    }

    /// How Baton says who it is: the first of its ways that the server takes.
    fn method(&self) -> &'static str {
        let ways = ["client_secret_basic", "client_secret_post", "none"];
        ways.into_iter().find(|way| self.methods.iter().any(|one| one == way)).unwrap_or("client_secret_basic")
    }
}
