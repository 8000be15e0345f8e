//! Signing in and out.

use crate::House;
use crate::http::addresses::WithSecond;
use crate::http::auth::{COOKIE, Caller, cookie};
use crate::http::passkeys;
use crate::http::problem::{Answer, Body};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_base::Error;
use baton_govern::passkey::Assertion;
use baton_govern::{Second, Signed, signin};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    password: String,
    /// Of the second factor, where there is one: from the app, or one on paper.
    code: Option<String>,
    /// A passkey's answer in place of the code (`AuthenticationResponseJSON`), begun as second factor.
    #[schema(value_type = Option<Object>)]
    passkey: Option<Assertion>,
}

/// Who is signed in, and what for.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// The member, or null for a service account.
    member: Value,
    /// Roles by client.
    grants: Vec<Value>,
}

/// The session cookie, for the browser; over TLS alone where Baton is known to be reached by it.
pub fn session_cookie(token: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200{secure}")
}

/// What is told of somebody who is signed in.
pub fn session_of(signed: &Signed) -> Session {
    let member = signed.member.as_ref().map_or(Value::Null, |m| {
        json!({"id": m.id, "name": m.name, "email": m.email, "languages": m.languages, "skills": m.skills, "licences": m.licences})
    });
    let grants = signed.grants.iter().map(|g| json!({"client": g.client, "role": g.role})).collect();
    Session { member, grants }
}

/// Signs in; the session is a cookie.
#[utoipa::path(post, path = "/session", request_body = Credentials, tag = "session",
    responses((status = 200, description = "Signed in", body = Session)))]
pub async fn sign_in(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Answer<Response> {
    let Credentials { email, password, code, passkey } = credentials;
    let second = passkeys::second(&headers, code, passkey)?;
    // By passkey it is known how browsers reach Baton.
    let secure = matches!(second, Second::Passkey { .. }) && passkeys::is_secure(&house).await;
    let with_second = !matches!(second, Second::Nothing);
    let (token, signed) = signin::sign_in_with(&house.db, &house.env, &email, &password, second).await?;
    let value = session_cookie(token.as_str(), secure);
    let mut response = ([(header::SET_COOKIE, value)], Json(session_of(&signed))).into_response();
    if with_second {
        response.extensions_mut().insert(WithSecond);
    }
    Ok(response)
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session",
    responses((status = 200, description = "The session", body = Session), (status = 401, description = "Not signed in")))]
pub async fn show(caller: Caller) -> Json<Session> {
    Json(session_of(&caller.0))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204, description = "Signed out")))]
pub async fn sign_out(State(house): State<Arc<House>>, headers: HeaderMap, _caller: Caller) -> Answer<Response> {
    let Some(token) = cookie(&headers) else {
        return Err(Error::invalid("There is no session to end", "tokens are revoked, not signed out").into());
    };
    let (token, env) = (token.to_owned(), Arc::clone(&house.env));
    house.db.write(move |tx| signin::sign_out(tx, &env, &token)).await?;
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}
