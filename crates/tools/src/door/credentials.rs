//! Credentials of connected systems before a call leaves: tokens asked for, sign-ins renewed, and told when over.

use super::call::{Halt, Job};
use super::renewal::Renewal;
use super::{Door, Inner};
use crate::catalogue::{Action, Auth, OAuth, System, Way};
use crate::connector::{Ended, How};
use crate::mcp::access::Back;
use crate::oauth::{Asked, BEGUN_MS_MAX, Begun, MARGIN_MS, SignIn, ask, key, parts};
use baton_base::{ClientId, Error, Event, Result};
use baton_desk::{DecisionSpec, Form, Kind, Needs, NewItem, OnDone};
use baton_govern::{Ctx, Role, ledger, vault};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A sign-in is renewed this long before it expires where nobody calls meanwhile, milliseconds.
const AHEAD_MS: i64 = 10 * 60 * 1000;
/// Urgency of the work item that tells that a sign-in is over.
const PRIORITY: i64 = 2;

impl Inner {
    /// Finds the tokens that the systems of a call want. A halt says why there is none.
    pub(super) async fn authorize(&self, job: &mut Job) -> Result<Result<(), Halt>> {
        let systems: Vec<Arc<System>> = job.systems();
        for system in systems {
            let Some(auth) = &system.auth else { continue };
            match self.token(&job.ctx, &system, auth, &job.known.secrets).await? {
                Ok(Some(token)) => job.known.tokens.insert(system.name.clone(), token),
                Ok(None) => continue,
                Err(why) => return Ok(Err(Halt::Unreachable { why })),
            };
        }
        Ok(Ok(()))
    }

    /// The token that a system wants, where it wants one that is asked for; the error says why there is none.
    async fn token(
        &self,
        ctx: &Ctx,
        system: &System,
        auth: &Auth,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Result<Option<String>, String>> {
        let token = match &auth.way {
            Way::Client(oauth) => self.own_token(ctx, system, oauth, secrets.get(&oauth.client)).await,
            Way::Code(oauth) => {
                let (kept, client) = (secrets.get(&auth.setting), secrets.get(&oauth.client));
                self.signed_in(ctx, system, auth, kept, client, MARGIN_MS).await?
            }
            Way::Key { .. } | Way::Basic | Way::Bearer => return Ok(Ok(None)),
        };
        Ok(token.map(Some))
    }

    /// What a system that is asked about itself wants to see, as for a call; the error says why there is none.
    pub(super) async fn credential(&self, ctx: &Ctx, system: &System) -> Result<Result<Option<String>, String>> {
        let Some(auth) = &system.auth else { return Ok(Ok(None)) };
        let names: Vec<String> = auth.settings().into_iter().map(str::to_owned).collect();
        let client = ctx.client.clone();
        let read = self.parts.db.read(move |tx| {
            let mut found = BTreeMap::new();
            for name in &names {
                if let Some(secret) = vault::get(tx, &client, name)? {
                    found.insert(name.clone(), secret);
                }
            }
            Ok(found)
        });
        let secrets = read.await?;
        let token = match self.token(ctx, system, auth, &secrets).await? {
            Ok(token) => token,
            Err(why) => return Ok(Err(why)),
        };
        match token.or_else(|| secrets.get(&auth.setting).cloned()) {
            Some(secret) => Ok(Ok(Some(secret))),
            None => Ok(Err(missing(&auth.setting, system))),
        }
    }

    /// Takes note of how a system answered: a token that it does not accept is not used again; what is not what was
    /// pinned is not called again.
    pub(super) async fn heard(&self, ctx: &Ctx, action: &Action, secret: Option<&str>, ended: &Ended) -> Result<()> {
        match (&ended.how, secret) {
            (How::Refused { status: 401, .. }, Some(secret)) => self.tokens.forget(secret),
            (How::Refused { status: 0, detail }, _) => {
                let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str);
                if let Some(why) = text("drift") {
                    self.drifted(ctx, action, text("seen").unwrap_or_default(), why).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn own_token(
        &self,
        ctx: &Ctx,
        system: &System,
        oauth: &OAuth,
        secret: Option<&String>,
    ) -> Result<String, String> {
        let secret = secret.ok_or_else(|| missing(&oauth.client, system))?;
        let key = key(&ctx.client, oauth, secret);
        let turn = self.tokens.turn(&key);
        let _mine = turn.lock().await;
        let now_ms = ctx.now_ms();
        if let Some(token) = self.tokens.get(&key, now_ms) {
            return Ok(token);
        }
        let scopes = oauth.scopes.join(" ");
        let mut grant = vec![("grant_type", "client_credentials")];
        if !scopes.is_empty() {
            grant.push(("scope", &scopes));
        }
        if let Some(audience) = &oauth.audience {
            grant.push(("audience", audience));
        }
        match ask(self.connector.client(), oauth, secret, &grant, now_ms).await {
            Asked::Given(given) => {
                self.tokens.put(key, given.access.clone(), given.until_ms, now_ms);
                Ok(given.access)
            }
            Asked::Refused(why) | Asked::Away(why) => Err(why),
        }
    }

    /// The token of a sign-in, renewed where it ends within `ahead_ms`.
    async fn signed_in(
        &self,
        ctx: &Ctx,
        system: &System,
        auth: &Auth,
        kept: Option<&String>,
        client: Option<&String>,
        ahead_ms: i64,
    ) -> Result<Result<String, String>> {
        let Some(oauth) = auth.oauth() else { return Ok(Err(String::new())) };
        let Some(kept) = kept.and_then(|text| SignIn::read(text)) else {
            return Ok(Err(format!(
                "nobody has signed in at {}; an integrator does so under Connectors",
                system.title
            )));
        };
        if !kept.is_for(oauth) {
            return Ok(Err(for_another(auth, system)));
        }
        if kept.out_since_ms.is_none() && kept.until_ms - ahead_ms > ctx.now_ms() {
            return Ok(Ok(kept.access));
        }
        let turn = self.tokens.turn(&key(&ctx.client, oauth, &auth.setting));
        let _mine = turn.lock().await;
        // Somebody else may have renewed it while this one waited.
        let Some(kept) = self.kept(&ctx.client, &auth.setting).await? else {
            return Ok(Err(format!("nobody has signed in at {}", system.title)));
        };
        if !kept.is_for(oauth) {
            return Ok(Err(for_another(auth, system)));
        }
        if let Some(since_ms) = kept.out_since_ms {
            return Ok(Err(format!("{} is signed out since {}: {}", system.title, day(since_ms), kept.why)));
        }
        if kept.until_ms - ahead_ms > ctx.now_ms() {
            return Ok(Ok(kept.access));
        }
        let Some(client) = client else { return Ok(Err(missing(&oauth.client, system))) };
        self.renew(&Renewal { ctx, system, auth, oauth, client }, kept).await
    }
}

pub(super) fn notice(ctx: &Ctx, title: String) -> NewItem {
    NewItem {
        kind: Kind::Review,
        queue: None,
        title,
        case: None,
        waiting: None,
        run: None,
        packet: None,
        form: Form::of(vec![DecisionSpec::new("seen", "Done", "d", &[])]),
        needs: Needs { roles: vec![Role::Supervisor, Role::AiLead], ..Needs::default() },
        priority: PRIORITY,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}

fn missing(setting: &str, system: &System) -> String {
    format!("the secret '{setting}' of {} is missing", system.name)
}

/// A sign-in is kept where this system looks, and is for another.
fn for_another(auth: &Auth, system: &System) -> String {
    format!(
        "what is kept in the setting '{}' was given for another address than that of {}; give {} a setting of its own \
         in its connector's file, and sign in there",
        auth.setting, system.title, system.name
    )
}

/// A moment for people, in UTC.
pub(crate) fn day(ms: i64) -> String {
    crate::date::minute_of(ms)
}

impl Door {
    /// Renews the sign-ins of a client's live connectors that end soon; what is over is told.
    pub async fn renew_sign_ins(&self, ctx: &Ctx) -> Result<()> {
        let inner = &self.inner;
        let ctx = ctx.as_system("door");
        for system in self.catalogue(&ctx.client)?.systems() {
            let Some(auth) = system.auth.as_ref().filter(|auth| matches!(auth.way, Way::Code(_))) else { continue };
            let Some(oauth) = auth.oauth() else { continue };
            let (client, names) = (ctx.client.clone(), [auth.setting.clone(), oauth.client.clone()]);
            let found = inner
                .parts
                .db
                .read(move |tx| Ok((vault::get(tx, &client, &names[0])?, vault::get(tx, &client, &names[1])?)));
            let (kept, secret) = found.await?;
            let live = kept.as_deref().and_then(SignIn::read).is_some_and(|kept| kept.out_since_ms.is_none());
            if live {
                let _ = inner.signed_in(&ctx, system, auth, kept.as_ref(), secret.as_ref(), AHEAD_MS).await?;
            }
        }
        Ok(())
    }

    fn signing_in(&self, client: &ClientId, connector: &str) -> Result<(Arc<System>, Auth)> {
        let catalogue = self.catalogue(client)?;
        let system = catalogue.system(connector)?;
        match system.auth.as_ref().filter(|auth| matches!(auth.way, Way::Code(_))) {
            Some(auth) => Ok((Arc::clone(system), auth.clone())),
            None => Err(Error::invalid(
                format!("nobody signs in at {}", system.title),
                "only connectors whose auth is oauth2_code have a sign-in",
            )),
        }
    }

    /// Begins a sign-in; the browser goes to the address that this returns. `random` are two texts that nobody can guess.
    pub async fn begin_sign_in(
        &self,
        ctx: &Ctx,
        connector: &str,
        redirect: &str,
        random: [String; 2],
    ) -> Result<String> {
        let (system, auth) = self.signing_in(&ctx.client, connector)?;
        let Some(oauth) = auth.oauth().cloned() else { return Err(Error::broken("no authorization server")) };
        let [state, verifier] = random;
        let begun = Begun {
            state: format!("{}~{connector}~{state}", ctx.client),
            verifier,
            redirect: redirect.to_owned(),
            until_ms: ctx.now_ms() + BEGUN_MS_MAX,
            by: ctx.actor.to_string(),
        };
        let (client, pending) = (ctx.client.clone(), pending(connector));
        let text = serde_json::to_string(&begun).map_err(Error::broken)?;
        let write = self.inner.parts.db.write(move |tx| {
            vault::set(tx, &client, &pending, &text)?;
            vault::get(tx, &client, &oauth.client)
        });
        let secret = write.await?.ok_or_else(|| {
            let setting = auth.oauth().map(|oauth| oauth.client.clone()).unwrap_or_default();
            Error::invalid(missing(&setting, &system), "set it with baton secret set")
        })?;
        let (id, _) = parts(&secret);
        let oauth = auth.oauth().ok_or_else(|| Error::broken("no authorization server"))?;
        begun.address(oauth, id).map(String::from)
    }

    /// Finishes a sign-in with what the authorization server sent the browser back with. Returns the connector's title.
    pub async fn finish_sign_in(&self, env: &Arc<baton_govern::Env>, back: &Back) -> Result<String> {
        let wrong = || Error::invalid("this sign-in is not known", "it was finished, or took too long; begin again");
        let mut parts = back.state.splitn(3, '~');
        let (Some(client), Some(connector)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        let client: ClientId = client.parse().map_err(|_| wrong())?;
        let (system, auth) = self.signing_in(&client, connector).map_err(|_| wrong())?;
        let oauth = auth.oauth().ok_or_else(wrong)?;
        let (of, names) = (client.clone(), (pending(connector), oauth.client.clone()));
        // Used once, whatever comes of it.
        let taken = self.inner.parts.db.write(move |tx| {
            let begun = vault::get(tx, &of, &names.0)?;
            vault::set(tx, &of, &names.0, "")?;
            Ok((begun, vault::get(tx, &of, &names.1)?))
        });
        let (begun, secret) = taken.await?;
        let begun: Begun = begun.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(wrong)?;
        let now_ms = env.now_ms();
        if begun.state != back.state || begun.until_ms < now_ms {
            return Err(wrong());
        }
        // The code of one authorization server, given to another, would be theirs to use.
        if oauth.issuer.is_some() && oauth.issuer != back.issuer {
            let why = "the answer does not come from the authorization server that was asked; begin again";
            return Err(Error::invalid("the sign-in was not accepted", why));
        }
        let secret = secret.ok_or_else(wrong)?;
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", back.code.as_str()),
            ("redirect_uri", begun.redirect.as_str()),
            ("code_verifier", begun.verifier.as_str()),
        ];
        let given = match ask(self.inner.connector.client(), oauth, &secret, &grant, now_ms).await {
            Asked::Given(given) => given,
            Asked::Refused(why) | Asked::Away(why) => return Err(Error::invalid("the sign-in was not accepted", why)),
        };
        let (ctx, setting) = (Ctx::system(env, &client, "door"), auth.setting.clone());
        let (sign_in, name) = (SignIn::new(given, oauth, now_ms, &begun.by), system.name.clone());
        let write = self.inner.parts.db.write(move |tx| {
            vault::set(tx, &ctx.client, &setting, &sign_in.text()?)?;
            let data = json!({"connector": name, "by": sign_in.by, "until_ms": sign_in.until_ms});
            ledger::append(tx, &ctx, Event::new(&ctx.client, "connector.signed_in", &name).with(data)).map(|_| ())
        });
        write.await?;
        Ok(system.title.clone())
    }
}

fn pending(connector: &str) -> String {
    format!("connector.{connector}.pending")
}
