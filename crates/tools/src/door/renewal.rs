//! A sign-in is renewed by one node at a time, since what renews it may be good once; and told when it is over.

use super::Inner;
use super::credentials::{day, notice};
use crate::catalogue::{Auth, OAuth, System};
use crate::oauth::{Asked, SignIn, ask};
use baton_base::{ClientId, Event, Result};
use baton_db::{Tx, params};
use baton_desk::open_item;
use baton_govern::{Ctx, ledger, vault};
use serde_json::json;
use std::time::Duration;

/// How long a renewal is its node's, milliseconds: longer than any answer takes.
const CLAIM_MS: i64 = 60_000;
/// How often a new token is tried to be kept, count; the wait in between, milliseconds. It cannot be asked for again.
const KEEP_TRIES: u32 = 40;
const KEEP_WAIT_MS: u64 = 250;

/// Whose sign-in, where, and as whom Baton asks there.
pub(super) struct Renewal<'a> {
    pub ctx: &'a Ctx,
    pub system: &'a System,
    pub auth: &'a Auth,
    pub oauth: &'a OAuth,
    /// `id:secret` of Baton at the authorization server.
    pub client: &'a str,
}

impl Inner {
    /// Renews a sign-in that was found to end; its token, or why there is none.
    pub(super) async fn renew(&self, it: &Renewal<'_>, found: SignIn) -> Result<Result<String, String>> {
        let (title, now_ms) = (&it.system.title, it.ctx.now_ms());
        let good = (found.until_ms > now_ms).then(|| found.access.clone());
        if let (None, Some(good)) = (&found.refresh, &good) {
            return Ok(Ok(good.clone()));
        }
        if !self.claim(it).await? {
            return Ok(good.ok_or_else(|| format!("the sign-in at {title} is being renewed right now; try again")));
        }
        let kept = match self.kept(&it.ctx.client, &it.auth.setting).await? {
            Some(kept) if kept == found => kept,
            // What another node has renewed meanwhile is not renewed again: it is what that node was given.
            other => {
                self.let_go(it).await?;
                let valid = |kept: &SignIn| kept.out_since_ms.is_none() && kept.until_ms > now_ms;
                let token = other.filter(valid).map(|kept| kept.access).or(good);
                return Ok(token.ok_or_else(|| format!("the sign-in at {title} was renewed just now; try again")));
            }
        };
        let asked = match &kept.refresh {
            Some(refresh) => {
                let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
                ask(self.connector.client(), it.oauth, it.client, &grant, now_ms).await
            }
            None => Asked::Refused("it has expired, and cannot be renewed".to_owned()),
        };
        match asked {
            Asked::Given(given) => {
                let renewed = kept.renewed(given);
                self.keep(it, &kept, &renewed).await?;
                Ok(Ok(renewed.access))
            }
            Asked::Away(why) => {
                self.let_go(it).await?;
                Ok(good.ok_or(why))
            }
            Asked::Refused(why) => {
                self.over(it, &kept, &kept.over(now_ms, &why)).await?;
                Ok(Err(format!("{title} is signed out since {}: {why}", day(now_ms))))
            }
        }
    }

    pub(super) async fn kept(&self, client: &ClientId, setting: &str) -> Result<Option<SignIn>> {
        let (client, setting) = (client.clone(), setting.to_owned());
        let text = self.parts.db.read(move |tx| vault::get(tx, &client, &setting)).await?;
        Ok(text.as_deref().and_then(SignIn::read))
    }

    /// Whether this node may renew it now.
    async fn claim(&self, it: &Renewal<'_>) -> Result<bool> {
        let (client, setting, now_ms) = (it.ctx.client.clone(), it.auth.setting.clone(), it.ctx.now_ms());
        let write = move |tx: &mut Tx| {
            let rows = tx.execute(
                "INSERT INTO sign_in_renewal (client_id, setting, until_ms) VALUES ($1, $2, $3) \
                 ON CONFLICT (client_id, setting) DO UPDATE SET until_ms = excluded.until_ms \
                 WHERE sign_in_renewal.until_ms <= $4",
                params![client, setting, now_ms + CLAIM_MS, now_ms],
            )?;
            Ok(rows == 1)
        };
        self.parts.db.write(write).await
    }

    async fn let_go(&self, it: &Renewal<'_>) -> Result<()> {
        let (client, setting) = (it.ctx.client.clone(), it.auth.setting.clone());
        self.parts.db.write(move |tx| let_go(tx, &client, &setting)).await
    }

    /// Keeps what was renewed. It is tried for a while: the token before is good no more.
    async fn keep(&self, it: &Renewal<'_>, before: &SignIn, renewed: &SignIn) -> Result<()> {
        let text = renewed.text()?;
        for _ in 1..KEEP_TRIES {
            match self.replace(it, before, &text).await {
                Ok(()) => return Ok(()),
                Err(error) => tracing::error!(system = it.system.name, %error, "a renewed sign-in is not kept yet"),
            }
            tokio::time::sleep(Duration::from_millis(KEEP_WAIT_MS)).await;
        }
        self.replace(it, before, &text).await
    }

    async fn replace(&self, it: &Renewal<'_>, before: &SignIn, text: &str) -> Result<()> {
        let (client, setting) = (it.ctx.client.clone(), it.auth.setting.clone());
        let (before, text) = (before.clone(), text.to_owned());
        self.parts.db.write(move |tx| replace(tx, &client, &setting, &before, &text).map(|_| ())).await
    }

    /// A sign-in is over: kept, told in the ledger, and to its owner as work.
    async fn over(&self, it: &Renewal<'_>, before: &SignIn, sign_in: &SignIn) -> Result<()> {
        let (ctx, desk) = (it.ctx.as_system("door"), self.parts.desk.clone());
        let (setting, text, why) = (it.auth.setting.clone(), sign_in.text()?, sign_in.why.clone());
        let (name, title) = (it.system.name.clone(), it.system.title.clone());
        let (owner, before) = (it.system.owner.clone(), before.clone());
        let write = move |tx: &mut Tx| {
            if !replace(tx, &ctx.client, &setting, &before, &text)? {
                return Ok(());
            }
            let data = json!({"connector": name, "reason": why, "owner": owner});
            ledger::append(tx, &ctx, Event::new(&ctx.client, "connector.signed_out", &name).with(data))?;
            let to = owner.as_deref().map(|owner| format!(" (for {owner})")).unwrap_or_default();
            let item = notice(&ctx, format!("Sign in again at {title}{to}: {why}"));
            open_item(tx, &ctx, &desk, item).map(|_| ())
        };
        self.parts.db.write(write).await
    }
}

/// Keeps a sign-in in the place of another, and lets go of its renewal; false where somebody has signed in anew meanwhile.
fn replace(tx: &mut Tx, client: &ClientId, setting: &str, before: &SignIn, text: &str) -> Result<bool> {
    let_go(tx, client, setting)?;
    let now = vault::get(tx, client, setting)?.as_deref().and_then(SignIn::read);
    if now.as_ref() != Some(before) {
        return Ok(false);
    }
    vault::set(tx, client, setting, text).map(|()| true)
}

fn let_go(tx: &mut Tx, client: &ClientId, setting: &str) -> Result<()> {
    let sql = "DELETE FROM sign_in_renewal WHERE client_id = $1 AND setting = $2";
    tx.execute(sql, params![client, setting]).map(|_| ())
}
