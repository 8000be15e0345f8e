//! Single sign-on: out to the identity provider and back, and how the house sets it up.

use crate::House;
use crate::http::auth::{Caller, cookie_named};
use crate::http::passkeys;
use crate::http::problem::{Answer, Body, Ids, Query};
use crate::http::session::{Session, session_cookie, session_of};
use crate::sso::{Back, Came};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use baton_base::{ClientId, Error, MemberId, Result};
use baton_govern::groups::{self, GroupRole};
use baton_govern::passkey::{self, Assertion};
use baton_govern::sso::{self, Provider};
use baton_govern::{Right, vault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Cookie of a browser that has begun to sign in. The provider's page leads back from another site: `SameSite=Lax`.
const BEGUN: &str = "baton_signin";

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(ways))
        .routes(routes!(begin))
        .routes(routes!(code))
        .routes(routes!(show, set, remove))
        .routes(routes!(unlink))
        .routes(routes!(group_roles, set_group_roles))
}

fn begun_cookie(value: &str, secure: bool, seconds: i64) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{BEGUN}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// How one can sign in here.
#[derive(Serialize, ToSchema)]
pub struct Ways {
    /// By e-mail and password; false where only administrators of the installation with a second factor can.
    password: bool,
    /// Name of the identity provider, where there is single sign-on.
    sso: Option<String>,
    /// By passkey: the address of this installation is known and has a name. Where `password` is false, for the same alone.
    passkey: bool,
}

/// How one can sign in here: for the sign-in screen.
#[utoipa::path(get, path = "/session/ways", tag = "session", responses((status = 200, description = "Ways to sign in", body = Ways)))]
pub async fn ways(State(house): State<Arc<House>>) -> Answer<Json<Ways>> {
    let (provider, passkey) = house.db.read(|tx| Ok((sso::provider(tx)?, passkey::site(tx).is_ok()))).await?;
    let password = provider.as_ref().is_none_or(|provider| !provider.only);
    Ok(Json(Ways { password, sso: provider.map(|provider| provider.title), passkey }))
}

/// Where to go after.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// A path of this console; the desk if left out.
    #[serde(default)]
    to: String,
}

/// Begins single sign-on; send the browser to `url`. What comes back is bound to this browser by a cookie.
#[utoipa::path(post, path = "/session/sso", tag = "session", request_body = Begin,
    responses((status = 200, description = "Where the browser goes", body = Value)))]
pub async fn begin(State(house): State<Arc<House>>, Body(wanted): Body<Begin>) -> Answer<Response> {
    let (url, begun, provider) = house.sso.begin(&house, &wanted.to).await?;
    let cookie = begun_cookie(&begun.browser, provider.is_secure(), sso::BEGUN_MS_MAX / 1_000);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({"url": url.as_str()}))).into_response())
}

/// The browser comes back from the provider. Not part of the API: a page that leads into the console, or says why not.
pub async fn callback(State(house): State<Arc<House>>, headers: HeaderMap, Query(back): Query<Back>) -> Response {
    let browser = cookie_named(&headers, BEGUN).unwrap_or_default().to_owned();
    let secure = house.db.read(sso::provider).await.ok().flatten().is_some_and(|provider| provider.is_secure());
    let gone = begun_cookie("", secure, 0);
    match house.sso.finish(&house, &browser, &back).await {
        Ok(Came::In(token, _, to)) => leads(&to, &[session_cookie(token.as_str(), secure), gone]),
        Ok(Came::NeedsCode(cookie, to)) => {
            let mut url = String::from("/signin?code=1");
            if let Ok(mut query) = reqwest::Url::parse("form:") {
                query.query_pairs_mut().append_pair("to", &to);
                url = format!("{url}&{}", query.query().unwrap_or_default());
            }
            leads(&url, &[begun_cookie(&cookie, secure, sso::BEGUN_MS_MAX / 1_000)])
        }
        Ok(Came::No(why)) => not_in(StatusCode::FORBIDDEN, &why),
        Err(error) => {
            if let Error::Broken(cause) = &error {
                tracing::error!(%cause, "internal error");
            }
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            not_in(status, &error.problem().detail)
        }
    }
}

fn leads(to: &str, cookies: &[String]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    // The path was looked at when the sign-in began.
    headers.insert(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/desk")));
    response
}

fn not_in(status: StatusCode, why: &str) -> Response {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Not signed in · Baton</title><body style=\"font-family:system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem\">\
         <main><h1>Not signed in</h1><p>{}.</p><p><a href=\"/signin\">Back to the sign-in screen</a></p></main></body></html>",
        escape(why)
    );
    (status, Html(page)).into_response()
}

/// A second factor: a code from the app or on paper, or a passkey's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    code: Option<String>,
    /// `AuthenticationResponseJSON`, begun as second factor.
    #[schema(value_type = Option<Object>)]
    passkey: Option<Assertion>,
}

/// Finishes a single sign-on with the second factor.
#[utoipa::path(post, path = "/session/sso/code", tag = "session", request_body = SecondFactor,
    responses((status = 200, description = "Signed in", body = Session)))]
pub async fn code(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Body(given): Body<SecondFactor>,
) -> Answer<Response> {
    let browser = cookie_named(&headers, BEGUN).unwrap_or_default();
    let second = passkeys::second(&headers, given.code, given.passkey)?;
    let (token, signed, _) = sso::enter_with(&house.db, &house.env, browser, second).await?;
    let secure = house.db.read(sso::provider).await?.is_some_and(|provider| provider.is_secure());
    let mut response = Json(session_of(&signed)).into_response();
    for cookie in [session_cookie(token.as_str(), secure), begun_cookie("", secure, 0)] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Error::broken)?);
    }
    Ok(response)
}

fn house_ctx(house: &House, caller: &Caller) -> Result<baton_govern::Ctx> {
    caller.ctx(house, &ClientId::house(), Right::IdentityAdmin)
}

/// Single sign-on as it is set up; its secret is not shown.
#[utoipa::path(get, path = "/sso", tag = "admin", responses((status = 200, description = "The provider, or null", body = Value)))]
pub async fn show(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    house_ctx(&house, &caller)?;
    let read = |tx: &mut baton_db::Tx| {
        let provider = sso::provider(tx)?;
        Ok((provider, vault::get(tx, &ClientId::house(), sso::SECRET_NAME)?.is_some()))
    };
    let (provider, has_secret) = house.db.read(read).await?;
    let redirect = provider.as_ref().map(Provider::redirect);
    Ok(Json(json!({"provider": provider, "has_secret": has_secret, "redirect": redirect})))
}

/// The provider, and Baton's secret there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// As `GET /sso` shows it.
    #[schema(value_type = Object)]
    provider: Provider,
    /// Goes into the vault; stays as it is if left out, and goes if empty.
    secret: Option<String>,
}

/// Sets single sign-on up. The provider is asked first whether it is what it is said to be. Passwords can be switched off
/// (`only`) by an administrator who has signed in through it themselves.
#[utoipa::path(put, path = "/sso", tag = "admin", request_body = SetUp, responses((status = 200, description = "As kept", body = Value)))]
pub async fn set(State(house): State<Arc<House>>, caller: Caller, Body(new): Body<SetUp>) -> Answer<Json<Value>> {
    let ctx = house_ctx(&house, &caller)?;
    let provider = new.provider.checked()?;
    house.sso.check(&house, &provider).await?;
    let (kept, secret) = (provider.clone(), new.secret);
    house
        .db
        .write(move |tx| {
            if provider.only && !sso::has_come(tx, &ctx, &provider.issuer)? {
                return Err(Error::invalid_at(
                    "/only",
                    "you have not signed in through this provider yourself",
                    "sign in through it once, so that you are not locked out; then switch passwords off",
                ));
            }
            let lost = sso::remember(tx, &ctx, &provider, secret.as_deref())?;
            baton_desk::take_back_lost(tx, &ctx, &lost).map(|_| ())
        })
        .await?;
    Ok(Json(json!({"provider": kept, "redirect": kept.redirect()})))
}

/// Ends single sign-on: passwords are all there is.
#[utoipa::path(delete, path = "/sso", tag = "admin", responses((status = 204, description = "Gone")))]
pub async fn remove(State(house): State<Arc<House>>, caller: Caller) -> Answer<StatusCode> {
    let ctx = house_ctx(&house, &caller)?;
    let ended = house.db.write(move |tx| {
        let lost = sso::forget(tx, &ctx)?;
        baton_desk::take_back_lost(tx, &ctx, &lost).map(|_| ())
    });
    ended.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a member's link to the identity provider away.
#[utoipa::path(delete, path = "/members/{member}/sso", tag = "admin", params(("member" = String, Path)),
    responses((status = 204, description = "Gone")))]
pub async fn unlink(State(house): State<Arc<House>>, caller: Caller, Ids(member): Ids<MemberId>) -> Answer<StatusCode> {
    let ctx = house_ctx(&house, &caller)?;
    house.db.write(move |tx| sso::unlink(tx, &ctx, &member)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which group of the directory gives which role, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRoles {
    /// `{group, client, role}` each; `house` is the installation and all clients.
    #[schema(value_type = Vec<Object>)]
    items: Vec<GroupRole>,
}

/// Which group of the directory gives which role, and where.
#[utoipa::path(get, path = "/group-roles", tag = "admin", responses((status = 200, description = "The list", body = Value)))]
pub async fn group_roles(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = house_ctx(&house, &caller)?;
    let items = house.db.read(move |tx| groups::list(tx, &ctx)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Sets the whole list. Roles of claims follow at the next sign-in, roles of provisioned groups at once.
#[utoipa::path(put, path = "/group-roles", tag = "admin", request_body = GroupRoles, responses((status = 204, description = "Set")))]
pub async fn set_group_roles(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(new): Body<GroupRoles>,
) -> Answer<StatusCode> {
    let ctx = house_ctx(&house, &caller)?;
    house
        .db
        .write(move |tx| {
            let known = baton_clients::clients(tx)?;
            let exists = |id: &ClientId| *id == ClientId::house() || known.iter().any(|client| client.id == *id);
            if let Some(odd) = new.items.iter().find(|one| !exists(&one.client)) {
                let title = format!("there is no client '{}'", odd.client);
                return Err(Error::invalid_at("/items", title, "name a client that is deployed, or house"));
            }
            let lost = groups::set(tx, &ctx, &new.items)?;
            baton_desk::take_back_lost(tx, &ctx, &lost).map(|_| ())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
