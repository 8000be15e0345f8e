//! Who sends a request: a session cookie or an API token, and the context to act in for one client.

use crate::House;
use crate::http::problem::Failure;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use baton_base::{ClientId, Error, Result};
use baton_db::Wall;
use baton_govern::{Ctx, Right, Signed, signin, tokens};
use std::sync::Arc;

/// Name of the session cookie.
pub const COOKIE: &str = "baton_session";
/// Header that a page of another origin cannot set without being asked first: the guard against forged requests.
pub const REQUEST_HEADER: &str = "x-baton-request";

/// Whoever is signed in.
#[derive(Clone)]
pub struct Caller(pub Signed);

impl Caller {
    /// Acts for a client, with a right; a client without a role there does not exist.
    pub fn ctx(&self, house: &House, client: &ClientId, right: Right) -> Result<Ctx> {
        let ctx = self.at(house, client)?;
        ctx.allow(right)?;
        Ok(ctx)
    }

    /// The same where no right decides but a policy, which is still to be asked.
    pub fn at(&self, house: &House, client: &ClientId) -> Result<Ctx> {
        let ctx = self.0.ctx_for(client)?;
        // A role everywhere makes no client of a name that is none.
        if *client != ClientId::house() {
            house.parts.processes.live(client)?;
        }
        Ok(ctx)
    }

    /// Clients where the caller has a right: one if asked for by name, else all.
    pub fn clients(&self, house: &House, asked: Option<&ClientId>, right: Right) -> Result<Vec<ClientId>> {
        if let Some(client) = asked {
            return self.ctx(house, client, right).map(|ctx| vec![ctx.client]);
        }
        let all = house.parts.clients();
        let found: Vec<ClientId> =
            all.iter().filter(|client| self.ctx(house, client, right).is_ok()).cloned().collect();
        if !found.is_empty() || all.is_empty() {
            return Ok(found);
        }
        // Nothing to see anywhere is a refusal in words, not an empty list; and it names no client of others.
        let refusal = all.iter().find_map(|client| match self.ctx(house, client, right) {
            Err(refusal @ Error::Refused { .. }) => Some(refusal),
            _ => None,
        });
        Err(refusal.unwrap_or_else(|| Error::refused("there is no role here that allows this", Vec::new())))
    }
}

impl FromRequestParts<Arc<House>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> std::result::Result<Self, Failure> {
        let env = Arc::clone(&house.env);
        if let Some(token) = bearer(&parts.headers) {
            let token = token.to_owned();
            // Who asks is found out before it is known where they may: without a wall.
            let asked = house.db.read(move |tx| tokens::signed_by(tx, &env, &token));
            return Ok(Self(Wall::none().around(asked).await?));
        }
        let Some(token) = cookie(&parts.headers) else {
            return Err(Failure(Error::Unauthenticated("there is no session; sign in, or send an API token".into())));
        };
        let safe = matches!(parts.method, Method::GET | Method::HEAD);
        if !safe && !parts.headers.contains_key(REQUEST_HEADER) {
            let why =
                format!("requests that change something and come with a cookie carry the header {REQUEST_HEADER}: 1");
            return Err(Failure(Error::refused(why, vec!["built-in:forged-request".into()])));
        }
        let token = token.to_owned();
        let asked = house.db.read(move |tx| signin::session(tx, &env, &token));
        Ok(Self(Wall::none().around(asked).await?))
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The session cookie of a request.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, COOKIE)
}

/// A cookie of a request.
pub fn cookie_named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}
