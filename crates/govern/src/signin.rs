//! Signing in: e-mail and password for a session, a bearer token for a service account. Of sessions and tokens only
//! digests are stored.

use crate::members::{self, Member, MemberState};
use crate::password::{self, PasswordHash};
use crate::second::{self, Ready, Second};
use crate::{Ctx, Env, Grant, Role, ledger, secret, sso};
use baton_base::{Actor, ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::{Db, Tx, params};
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

pub use crate::tokens::{create as create_token, signed_by as token};

/// How long a session lasts, milliseconds.
pub const SESSION_MS_MAX: i64 = 12 * 60 * 60 * 1000;
/// Attempts per e-mail in [`FAILURES_WINDOW_MS`] before none is looked at any more.
pub const FAILURES_MAX: i64 = 10;
/// The window in which attempts are counted, milliseconds.
pub const FAILURES_WINDOW_MS: i64 = 15 * 60 * 1000;
/// Passwords checked at one time: each takes 19 MiB and a core.
const CHECKS_MAX: usize = 4;

static CHECKS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(CHECKS_MAX));

/// The secret of a session, for the cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The text that goes into the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Somebody who has shown who they are.
#[derive(Clone)]
pub struct Signed {
    /// The member or service account.
    pub actor: Actor,
    /// The member, if it is one.
    pub member: Option<Member>,
    /// What they are, and where.
    pub grants: Arc<[Grant]>,
    pub(crate) env: Arc<Env>,
}

impl Signed {
    /// Acting for a client; `NotFound` where nothing is granted.
    pub fn ctx_for(&self, client: &ClientId) -> Result<Ctx> {
        Ctx::granted(&self.env, client, self.actor.clone(), &self.grants)
    }

    /// Those of the clients that they may see, in the order given.
    pub fn clients_of(&self, all: &[ClientId]) -> Vec<ClientId> {
        all.iter().filter(|client| self.ctx_for(client).is_ok()).cloned().collect()
    }
}

/// Signs a member in. Wrong e-mail and wrong password are one error and take the same time; after
/// [`FAILURES_MAX`] attempts in a quarter of an hour it is `TooMany`, for known and unknown e-mails alike.
pub async fn sign_in(db: &Db, env: &Arc<Env>, email: &str, password: &str) -> Result<(SessionToken, Signed)> {
    sign_in_with(db, env, email, password, Second::Nothing).await
}

/// The same with a second factor, which whoever has one needs as well.
pub async fn sign_in_with(
    db: &Db,
    env: &Arc<Env>,
    email: &str,
    password: &str,
    second: Second,
) -> Result<(SessionToken, Signed)> {
    let email = members::normal_email(email);
    let key = digest_of_text(&email);
    let now_ms = env.now_ms();
    count(db, &key, "this e-mail", now_ms).await?;
    let second = second.ready(db, env).await?;
    let found = db.read(move |tx| members::by_email(tx, &email)).await?;
    let right = check(password.to_owned(), found.as_ref().and_then(|(_, hash)| hash.clone())).await?;
    let known = found.map(|(member, _)| member);
    let env = Arc::clone(env);
    let shown = Shown { right, second, key };
    db.write(move |tx| finish(tx, &env, known, &shown)).await?.map_err(|why| Error::Unauthenticated(why.to_owned()))
}

/// Counts an attempt under a key; too many in the window are refused, for what is said.
pub(crate) async fn count(db: &Db, key: &str, what: &str, now_ms: i64) -> Result<()> {
    let key = key.to_owned();
    if db.write(move |tx| count_attempt(tx, &key, now_ms)).await? > FAILURES_MAX {
        let minutes = FAILURES_WINDOW_MS / 60_000;
        return Err(Error::TooMany(format!("too many attempts for {what}; try again in {minutes} minutes")));
    }
    Ok(())
}

async fn check(password: String, hash: Option<PasswordHash>) -> Result<bool> {
    let _place = CHECKS.acquire().await.map_err(Error::broken)?;
    let work = move || password::verify(&password, hash.as_ref());
    tokio::task::spawn_blocking(work).await.map_err(Error::broken)?
}

/// Counts before the password is looked at, so that attempts at one time cannot slip under the limit.
fn count_attempt(tx: &mut Tx, key: &str, now_ms: i64) -> Result<i64> {
    let house = ClientId::house();
    let old = now_ms - FAILURES_WINDOW_MS;
    tx.execute("DELETE FROM signin_failure WHERE client_id = $1 AND since_ms < $2", params![house, old])?;
    tx.query_one(
        "INSERT INTO signin_failure (client_id, email_digest, failures, since_ms) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (client_id, email_digest) DO UPDATE SET failures = signin_failure.failures + 1 \
         RETURNING failures",
        params![house, key, now_ms],
        |row| row.int(0),
    )
}

/// Whoever has come in has made no attempts that count.
pub(crate) fn forgive(tx: &mut Tx, key: &str) -> Result<()> {
    let sql = "DELETE FROM signin_failure WHERE client_id = $1 AND email_digest = $2";
    tx.execute(sql, params![ClientId::house(), key]).map(|_| ())
}

/// What somebody has shown.
struct Shown {
    /// The password is right.
    right: bool,
    second: Ready,
    /// Under which attempts are counted.
    key: String,
}

const WRONG: &str = "e-mail or password is wrong";
const SWITCHED_OFF: &str = "passwords are switched off here; use single sign-on";

/// A refusal, in words, is no error of the transaction, because the record of it has to stay.
fn finish(
    tx: &mut Tx,
    env: &Arc<Env>,
    known: Option<Member>,
    shown: &Shown,
) -> Result<std::result::Result<(SessionToken, Signed), &'static str>> {
    let off = sso::password_is_off(tx)?;
    let wrong = if off { SWITCHED_OFF } else { WRONG };
    let Some(member) = known else { return Ok(Err(wrong)) };
    let house = Ctx::system(env, &ClientId::house(), "sign-in");
    // Where passwords are off, whoever may not use one is told the same whether it is right or not.
    let (refusal, with) = if off && !recovers(tx, &member.id)? {
        (Some(SWITCHED_OFF), Value::Null)
    } else if !shown.right || member.state != MemberState::Active {
        (Some(wrong), Value::Null)
    } else if second::is_on(tx, &member.id)? {
        match second::shown(tx, env, &member.id, &shown.second)? {
            Ok(with) => (None, with),
            Err(why) => (Some(why), Value::Null),
        }
    } else {
        (None, Value::Null)
    };
    if let Some(why) = refusal {
        let event = Event::new(&house.client, "session.refused", &member.id);
        let reason = match why {
            WRONG => "password or state",
            SWITCHED_OFF => "passwords are off, or password or state",
            _ => "second factor",
        };
        ledger::append(tx, &house, event.with(json!({"state": member.state, "reason": reason})))?;
        return Ok(Err(why));
    }
    forgive(tx, &shown.key)?;
    let by = if off { "recovery" } else { "password" };
    admit(tx, env, member, by_and(by, with)).map(Ok)
}

/// The way back in where passwords are off: an administrator of the installation who has a second factor.
pub(crate) fn recovers(tx: &mut Tx, member: &MemberId) -> Result<bool> {
    let admin = Grant { client: ClientId::house(), role: Role::Admin };
    Ok(members::grants(tx, member)?.contains(&admin) && second::is_on(tx, member)?)
}

/// How somebody came in, for the ledger: by what, and with which second factor.
pub(crate) fn by_and(by: &str, with: Value) -> Value {
    let mut how = if with.is_object() { with } else { json!({}) };
    how["by"] = json!(by);
    how
}

/// Opens a session for a member who has shown who they are; `how` goes into the ledger.
pub(crate) fn admit(tx: &mut Tx, env: &Arc<Env>, member: Member, how: Value) -> Result<(SessionToken, Signed)> {
    let house = Ctx::system(env, &ClientId::house(), "sign-in");
    let token = open_session(tx, &house, &member.id)?;
    let signed = signed_member(tx, env, member)?;
    let event = Event::new(&house.client, "session.opened", signed.actor.name());
    ledger::append(tx, &house, event.with(how))?;
    Ok((token, signed))
}

fn open_session(tx: &mut Tx, house: &Ctx, member: &MemberId) -> Result<SessionToken> {
    let now_ms = house.now_ms();
    tx.execute("DELETE FROM session WHERE client_id = $1 AND expires_ms < $2", params![house.client, now_ms])?;
    let token = secret::token("")?;
    tx.execute(
        "INSERT INTO session (client_id, token_digest, member_id, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5)",
        params![house.client, digest_of_text(&token), member, now_ms, now_ms + SESSION_MS_MAX],
    )?;
    Ok(SessionToken(token))
}

fn signed_member(tx: &mut Tx, env: &Arc<Env>, member: Member) -> Result<Signed> {
    let grants = members::grants(tx, &member.id)?.into();
    let actor = Actor::Member { id: member.id.clone() };
    Ok(Signed { actor, member: Some(member), grants, env: Arc::clone(env) })
}

/// Who a session cookie belongs to.
pub fn session(tx: &mut Tx, env: &Arc<Env>, token: &str) -> Result<Signed> {
    let ended = || Error::Unauthenticated("the session has ended".to_owned());
    let id: MemberId = tx
        .query_opt(
            "SELECT member_id FROM session WHERE client_id = $1 AND token_digest = $2 AND expires_ms > $3",
            params![ClientId::house(), digest_of_text(token), env.now_ms()],
            |row| row.id(0),
        )?
        .ok_or_else(ended)?;
    let member = members::get(tx, &id)?;
    if member.state != MemberState::Active {
        return Err(ended());
    }
    signed_member(tx, env, member)
}

/// Ends a session. Ending it twice is no error.
pub fn sign_out(tx: &mut Tx, env: &Arc<Env>, token: &str) -> Result<()> {
    let house = Ctx::system(env, &ClientId::house(), "sign-in");
    let digest = digest_of_text(token);
    let ended = tx.query_opt(
        "DELETE FROM session WHERE client_id = $1 AND token_digest = $2 RETURNING member_id",
        params![house.client, digest],
        |row| row.text(0),
    )?;
    if let Some(member) = ended {
        ledger::append(tx, &house, Event::new(&house.client, "session.ended", member))?;
    }
    Ok(())
}
