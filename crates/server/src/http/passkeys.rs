//! Passkeys: a member's own, those of others for whoever administers members, signing in by one, and the address they
//! belong to.

use crate::House;
use crate::http::auth::{Caller, cookie, cookie_named};
use crate::http::problem::{Answer, Body, Ids};
use crate::http::session::{Session, session_cookie, session_of};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baton_base::{ClientId, Error, MemberId};
use baton_govern::passkey::{self, Assertion, CHALLENGE_MS_MAX, Passkey, Registration};
use baton_govern::{Right, Second};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Cookie of a browser that has begun to answer by passkey: a challenge is answered by the browser that it was given to.
const BEGUN: &str = "baton_passkey";

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(begin_sign_in))
        .routes(routes!(sign_in))
        .routes(routes!(begin))
        .routes(routes!(mine, register))
        .routes(routes!(rename_mine, remove_mine))
        .routes(routes!(list))
        .routes(routes!(remove))
        .routes(routes!(address, set_address))
}

fn begun_cookie(value: &str, secure: bool, seconds: i64) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{BEGUN}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// A second factor as it comes with a request: a code, or a passkey's answer that this browser has begun. Not both.
pub(super) fn second(headers: &HeaderMap, code: Option<String>, shown: Option<Assertion>) -> Result<Second, Error> {
    match (code, shown) {
        (None, None) => Ok(Second::Nothing),
        (Some(code), None) => Ok(Second::Code(code)),
        (None, Some(shown)) => Ok(Second::Passkey { browser: browser(headers), shown }),
        (Some(_), Some(_)) => Err(Error::invalid_at("/passkey", "one second factor is enough", "give code or passkey")),
    }
}

fn browser(headers: &HeaderMap) -> String {
    cookie_named(headers, BEGUN).unwrap_or_default().to_owned()
}

/// Whether browsers reach the address of passkeys over TLS.
pub(super) async fn is_secure(house: &House) -> bool {
    house.db.read(passkey::site).await.is_ok_and(|site| site.is_secure())
}

/// What an answer is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// As second factor, beside a password or single sign-on; else to sign in by the passkey alone.
    #[serde(default)]
    second: bool,
}

/// Begins an answer by passkey. What comes back is for `navigator.credentials.get`; a cookie binds it to this browser.
#[utoipa::path(post, path = "/session/passkey/challenge", tag = "session", request_body = Wanted,
    responses((status = 200, description = "PublicKeyCredentialRequestOptionsJSON", body = Value)))]
pub async fn begin_sign_in(State(house): State<Arc<House>>, Body(wanted): Body<Wanted>) -> Answer<Response> {
    let env = Arc::clone(&house.env);
    let begun = house.db.write(move |tx| passkey::begin_sign_in(tx, &env, wanted.second)).await?;
    let cookie = begun_cookie(&begun.browser, begun.site.is_secure(), CHALLENGE_MS_MAX / 1_000);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({"publicKey": begun.options}))).into_response())
}

/// What a passkey has signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The credential as the standard writes it (`AuthenticationResponseJSON`).
    #[schema(value_type = Object)]
    credential: Assertion,
}

/// Signs in by a passkey alone; the session is a cookie.
#[utoipa::path(post, path = "/session/passkey", tag = "session", request_body = Shown,
    responses((status = 200, description = "Signed in", body = Session)))]
pub async fn sign_in(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Body(shown): Body<Shown>,
) -> Answer<Response> {
    let (token, signed) = passkey::sign_in(&house.db, &house.env, &browser(&headers), shown.credential).await?;
    let secure = is_secure(&house).await;
    let mut response = Json(session_of(&signed)).into_response();
    for cookie in [session_cookie(token.as_str(), secure), begun_cookie("", secure, 0)] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Error::broken)?);
    }
    Ok(response)
}

/// The secret of the session that asks: a new passkey is begun and finished in one session.
fn session(headers: &HeaderMap) -> Result<String, Error> {
    let token = cookie(headers).map(str::to_owned);
    token.ok_or_else(|| Error::invalid("only members have passkeys", "sign in as a member, not with a token"))
}

/// Begins a new passkey of whoever is signed in. What comes back is for `navigator.credentials.create`.
#[utoipa::path(post, path = "/session/passkeys/challenge", tag = "session",
    responses((status = 200, description = "PublicKeyCredentialCreationOptionsJSON", body = Value)))]
pub async fn begin(State(house): State<Arc<House>>, headers: HeaderMap, caller: Caller) -> Answer<Json<Value>> {
    let session = session(&headers)?;
    let options = house.db.write(move |tx| passkey::begin_registration(tx, &caller.0, &session)).await?;
    Ok(Json(json!({"publicKey": options})))
}

/// A new passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What its owner calls it, such as the device's name.
    name: String,
    /// The credential as the standard writes it (`RegistrationResponseJSON`).
    #[schema(value_type = Object)]
    credential: Registration,
}

/// Keeps a new passkey of whoever is signed in. From then on their password alone opens nothing.
#[utoipa::path(post, path = "/session/passkeys", tag = "session", request_body = NewPasskey,
    responses((status = 201, description = "The passkey", body = Value)))]
pub async fn register(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    caller: Caller,
    Body(new): Body<NewPasskey>,
) -> Answer<(StatusCode, Json<Passkey>)> {
    let session = session(&headers)?;
    let made = passkey::register(&house.db, &caller.0, &session, &new.name, new.credential).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The passkeys of whoever is signed in.
#[utoipa::path(get, path = "/session/passkeys", tag = "session", responses((status = 200, description = "Passkeys", body = Value)))]
pub async fn mine(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let items = house.db.read(move |tx| passkey::mine(tx, &caller.0)).await?;
    Ok(Json(json!({ "items": items })))
}

/// What a passkey is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyName {
    /// 1 to 60 characters, such as the device's name.
    name: String,
}

/// Gives a passkey of one's own another name.
#[utoipa::path(post, path = "/session/passkeys/{passkey}", tag = "session", params(("passkey" = String, Path)),
    request_body = PasskeyName, responses((status = 204, description = "Renamed")))]
pub async fn rename_mine(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(id): Ids<String>,
    Body(new): Body<PasskeyName>,
) -> Answer<StatusCode> {
    house.db.write(move |tx| passkey::rename_mine(tx, &caller.0, &id, &new.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away a passkey of one's own.
#[utoipa::path(delete, path = "/session/passkeys/{passkey}", tag = "session", params(("passkey" = String, Path)),
    responses((status = 204, description = "Gone")))]
pub async fn remove_mine(State(house): State<Arc<House>>, caller: Caller, Ids(id): Ids<String>) -> Answer<StatusCode> {
    house.db.write(move |tx| passkey::remove_mine(tx, &caller.0, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A member's passkeys.
#[utoipa::path(get, path = "/members/{member}/passkeys", tag = "admin", params(("member" = String, Path)),
    responses((status = 200, description = "Passkeys", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Ids(member): Ids<MemberId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::MemberAdmin)?;
    let items = house.db.read(move |tx| passkey::list(tx, &ctx, &member)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Takes a member's passkey away, who has lost it.
#[utoipa::path(delete, path = "/members/{member}/passkeys/{passkey}", tag = "admin",
    params(("member" = String, Path), ("passkey" = String, Path)), responses((status = 204, description = "Gone")))]
pub async fn remove(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((member, id)): Ids<(MemberId, String)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::MemberAdmin)?;
    house.db.write(move |tx| passkey::remove(tx, &ctx, &member, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The address under which browsers reach Baton, and whether passkeys can be used there.
#[utoipa::path(get, path = "/public-address", tag = "admin", responses((status = 200, description = "The address", body = Value)))]
pub async fn address(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::IdentityAdmin)?;
    Ok(Json(json!(house.db.read(move |tx| passkey::address(tx, &ctx)).await?)))
}

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// Such as `https://baton.example.org`; null: the one of single sign-on counts.
    address: Option<String>,
}

/// Sets the address. Passkeys of another name open nothing until the address is theirs again.
#[utoipa::path(put, path = "/public-address", tag = "admin", request_body = NewAddress,
    responses((status = 200, description = "As kept", body = Value)))]
pub async fn set_address(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(new): Body<NewAddress>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::IdentityAdmin)?;
    let work = move |tx: &mut baton_db::Tx| {
        passkey::set_address(tx, &ctx, new.address.as_deref())?;
        passkey::address(tx, &ctx)
    };
    Ok(Json(json!(house.db.write(work).await?)))
}
