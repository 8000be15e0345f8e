//! Single sign-on: what is asked of the identity provider, and what becomes of its answers.
//!
//! All calls go out through [`Outside`], to the provider's addresses and no others. What it says of itself and its keys
//! are kept for a while; keys are asked for anew when a token names one that is not known.

use crate::House;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_base::{ClientId, Error, Result};
use baton_govern::sso::{self, Begun, Entered, Expected, Keys, Provider, Unproven};
use baton_govern::{Ctx, SessionToken, Signed, vault};
use baton_tools::outside::{Asked, Outside, Said};
use reqwest::Url;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// How long what a provider says of itself is kept, milliseconds.
const KEPT_MS_MAX: i64 = 60 * 60 * 1000;
/// Longest code of an error that is repeated, characters.
const CODE_CHARS_MAX: usize = 80;

/// The way to the identity provider.
pub struct Sso {
    outside: Outside,
    kept: Mutex<Option<Arc<Known>>>,
}

/// What a provider says of itself.
struct Known {
    of: Provider,
    at_ms: i64,
    authorize: Url,
    token: String,
    userinfo: Option<String>,
    keys_at: String,
    keys: Keys,
    /// It takes the client's secret in the form alone.
    in_form: bool,
}

/// How somebody came back from the provider.
pub enum Came {
    /// They are in, and wanted to go there.
    In(SessionToken, Box<Signed>, String),
    /// A code is missing; the text is for the cookie.
    NeedsCode(String, String),
    /// They are not in, and why.
    No(String),
}

impl Sso {
    /// A way with its own connections.
    pub fn new() -> Result<Self> {
        Ok(Self { outside: Outside::new()?, kept: Mutex::new(None) })
    }

    /// Asks a provider whether it is what it is said to be.
    pub async fn check(&self, house: &House, provider: &Provider) -> Result<()> {
        self.ask_all(&context(house), provider).await.map(|_| ())
    }

    /// Begins a sign-in; send the browser to the address, with the cookie.
    pub async fn begin(&self, house: &House, back_to: &str) -> Result<(Url, Begun, Provider)> {
        let provider = provider(house).await?;
        let ctx = context(house);
        let known = self.known(&ctx, &provider).await?;
        let back_to = back_to.to_owned();
        let begun = house.db.write(move |tx| sso::begin(tx, &ctx, &back_to)).await?;
        let mut url = known.authorize.clone();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &provider.client_id),
            ("redirect_uri", &provider.redirect()),
            ("scope", &provider.scope()),
            ("state", &begun.state),
            ("nonce", &begun.nonce),
            ("code_challenge", &begun.challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok((url, begun, provider))
    }

    /// The browser is back, with a code of the provider.
    pub async fn finish(&self, house: &House, browser: &str, back: &Back) -> Result<Came> {
        let provider = provider(house).await?;
        let (of, state, now_ms) = (browser.to_owned(), back.state.clone(), house.env.now_ms());
        let begun = house.db.write(move |tx| sso::take(tx, now_ms, &of, &state)).await?;
        let Some(begun) = begun else {
            return Ok(Came::No(
                "this browser has begun no such sign-in, or it took too long, or it is finished already".to_owned(),
            ));
        };
        if !back.iss.is_empty() && back.iss != provider.issuer {
            return Ok(Came::No("another identity provider has answered".to_owned()));
        }
        if back.code.is_empty() {
            let code: String = back.error.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
            return Ok(Came::No(format!("the identity provider has not signed you in: {code}")));
        }
        let claims = match self.claims(house, &provider, &begun, &back.code).await? {
            Ok(claims) => claims,
            Err(why) => return Ok(Came::No(why)),
        };
        let shown = sso::shown_by(&claims, &provider)?;
        let (env, back_to) = (Arc::clone(&house.env), begun.back_to.clone());
        let entering = house.db.write(move |tx| {
            let (entered, lost) = sso::enter(tx, &env, &provider, &shown, &back_to)?;
            let ctx = Ctx::system(&env, &ClientId::house(), "sso");
            baton_desk::take_back_lost(tx, &ctx, lost.as_slice())?;
            Ok(entered)
        });
        let entered = entering.await?;
        Ok(match entered {
            Entered::Open(token, signed) => Came::In(token, signed, begun.back_to),
            Entered::NeedsCode(cookie) => Came::NeedsCode(cookie, begun.back_to),
            Entered::Refused(why) => Came::No(why),
        })
    }

    /// Proven claims for a code; or why there are none.
    async fn claims(
        &self,
        house: &House,
        provider: &Provider,
        begun: &sso::Returned,
        code: &str,
    ) -> Result<std::result::Result<Map<String, Value>, String>> {
        let ctx = context(house);
        let mut known = self.known(&ctx, provider).await?;
        let said = self.tokens(house, provider, &known, begun, code).await?;
        let Some(token) = said.body.get("id_token").and_then(Value::as_str).filter(|_| said.status == 200) else {
            let code = said.body.get("error").and_then(Value::as_str).unwrap_or("no ID token");
            let code: String = code.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
            return Ok(Err(format!("the identity provider does not take the code: {code}")));
        };
        let expected = Expected {
            issuer: &provider.issuer,
            client_id: &provider.client_id,
            nonce: &begun.nonce,
            now_ms: house.env.now_ms(),
        };
        let mut read = sso::verify(token, &known.keys, &expected);
        if read == Err(Unproven::UnknownKey) {
            known = self.ask_all(&ctx, provider).await?;
            read = sso::verify(token, &known.keys, &expected);
        }
        let mut claims = match read {
            Ok(claims) => claims,
            Err(why) => {
                let why = match why {
                    Unproven::UnknownKey => "it is signed by none of the provider's keys",
                    Unproven::Wrong(why) => why,
                };
                return Ok(Err(format!("the identity provider's answer proves nothing: {why}")));
            }
        };
        let access = said.body.get("access_token").and_then(Value::as_str);
        let missing = !claims.contains_key("email") || !provider.groups_claim.is_empty();
        if let (true, Some(url), Some(access)) = (missing, &known.userinfo, access) {
            self.more(&ctx, provider, url, access, &mut claims).await?;
        }
        Ok(Ok(claims))
    }

    async fn tokens(
        &self,
        house: &House,
        provider: &Provider,
        known: &Known,
        begun: &sso::Returned,
        code: &str,
    ) -> Result<Said> {
        let secret = house.db.read(|tx| vault::get(tx, &ClientId::house(), sso::SECRET_NAME)).await?;
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", provider.redirect()),
            ("code_verifier", begun.verifier.clone()),
        ];
        let mut authorization = None;
        match (secret, known.in_form) {
            (Some(secret), false) => {
                let login = format!("{}:{}", encoded(&provider.client_id), encoded(&secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(login)));
            }
            (Some(secret), true) => {
                form.extend([("client_id", provider.client_id.clone()), ("client_secret", secret)]);
            }
            (None, _) => form.push(("client_id", provider.client_id.clone())),
        }
        let asked = Asked { url: &known.token, form: Some(&form), authorization };
        self.outside.ask(&context(house), &provider.egress()?, &asked).await
    }

    /// Claims that the token does not hold; only about the same person, and none that it does hold.
    async fn more(
        &self,
        ctx: &Ctx,
        provider: &Provider,
        url: &str,
        access: &str,
        claims: &mut Map<String, Value>,
    ) -> Result<()> {
        let asked = Asked { url, form: None, authorization: Some(format!("Bearer {access}")) };
        let said = self.outside.ask(ctx, &provider.egress()?, &asked).await?;
        let Some(more) =
            said.body.as_object().filter(|more| said.status == 200 && more.get("sub") == claims.get("sub"))
        else {
            return Ok(());
        };
        // An address and whether it is verified belong together.
        let has_email = claims.contains_key("email");
        for (name, value) in more {
            let belongs_to_another = has_email && name == "email_verified";
            if !belongs_to_another && !claims.contains_key(name) {
                claims.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }

    /// What the provider says of itself, asked for if it is not known or not for this long.
    async fn known(&self, ctx: &Ctx, provider: &Provider) -> Result<Arc<Known>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match kept.filter(|known| known.of == *provider && known.at_ms + KEPT_MS_MAX > ctx.now_ms()) {
            Some(known) => Ok(known),
            None => self.ask_all(ctx, provider).await,
        }
    }

    async fn ask_all(&self, ctx: &Ctx, provider: &Provider) -> Result<Arc<Known>> {
        let list = provider.egress()?;
        let at = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
        let said = self.outside.ask(ctx, &list, &Asked { url: &at, form: None, authorization: None }).await?;
        if said.status != 200 {
            return Err(Error::Unavailable(format!("{at} answers {}: is the issuer right?", said.status)));
        }
        if said.body.get("issuer").and_then(Value::as_str) != Some(&provider.issuer) {
            let why = format!("it calls itself {}; write the issuer exactly so", said.body["issuer"]);
            return Err(Error::invalid_at("/issuer", "the provider is another issuer", why));
        }
        let text = |name: &str| said.body.get(name).and_then(Value::as_str).map(str::to_owned);
        let place = |name: &str| {
            text(name).ok_or_else(|| Error::Unavailable(format!("{} does not say its {name}", provider.issuer)))
        };
        let authorize = Url::parse(&place("authorization_endpoint")?).map_err(Error::broken)?;
        let allowed = match authorize.scheme() {
            "https" => true,
            "http" => provider.inside,
            _ => false,
        };
        if !allowed {
            return Err(Error::Unavailable("the provider's page for signing in is not at https".to_owned()));
        }
        let ways = said.body.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let takes = |way: &str| ways.is_some_and(|ways| ways.iter().any(|known| known == way));
        let keys_at = place("jwks_uri")?;
        let keys = self.outside.ask(ctx, &list, &Asked { url: &keys_at, form: None, authorization: None }).await?;
        let known = Arc::new(Known {
            of: provider.clone(),
            at_ms: ctx.now_ms(),
            authorize,
            token: place("token_endpoint")?,
            userinfo: text("userinfo_endpoint"),
            keys: Keys::read(&keys.body)?,
            keys_at,
            in_form: takes("client_secret_post") && !takes("client_secret_basic"),
        });
        tracing::info!(
            issuer = provider.issuer,
            keys_at = known.keys_at,
            "what the identity provider says of itself was read"
        );
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }
}

/// What the provider sends the browser back with.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Back {
    /// As it was sent out.
    pub state: String,
    /// For the token.
    pub code: String,
    /// What went wrong there.
    pub error: String,
    /// Who answers (RFC 9207).
    pub iss: String,
}

fn context(house: &House) -> Ctx {
    house.system(&ClientId::house(), "sso")
}

async fn provider(house: &House) -> Result<Provider> {
    let found = house.db.read(sso::provider).await?;
    found.ok_or_else(|| Error::not_found("single sign-on"))
}

// RFC 6749, section 2.3.1: id and secret are form-encoded before they are put together.
fn encoded(text: &str) -> String {
    let Ok(mut form) = Url::parse("form:") else { return text.to_owned() };
    form.query_pairs_mut().append_key_only(text);
    form.query().unwrap_or_default().to_owned()
}
