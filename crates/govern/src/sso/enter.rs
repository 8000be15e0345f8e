//! Which member somebody is whom the provider has proven, and whether they come in.

use super::begun;
use super::provider::Provider;
use crate::groups::{self, Given, Source};
use crate::members::{self, Member, MemberState, NewMember};
use crate::second::{self, Second};
use crate::signin::{self, SessionToken, Signed};
use crate::{Ctx, Env, Right, ledger, secret};
use baton_base::{ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::{Db, Tx, params};
use serde_json::json;
use std::sync::Arc;

/// Longest name, characters.
const NAME_CHARS_MAX: usize = 120;
const NOT_WAITED: &str = "no second factor is waited for; begin the sign-in anew";

/// Whom the provider has proven.
#[derive(Debug, Clone)]
pub struct Shown {
    /// By whom.
    pub issuer: String,
    /// Their id there.
    pub subject: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The provider says that it has verified that it is theirs.
    pub email_verified: bool,
    /// Their name.
    pub name: Option<String>,
    /// Their groups.
    pub groups: Vec<String>,
}

/// What became of it.
pub enum Entered {
    /// They are in.
    Open(SessionToken, Box<Signed>),
    /// Their second factor is missing; the text is for the cookie.
    NeedsCode(String),
    /// They are not, and why.
    Refused(String),
}

/// Lets somebody in who is a member, or becomes one. A refusal is no error, because the record of it has to stay. With it, whoever
/// has lost a role, which their groups no longer give: what they may no longer have goes to others.
pub fn enter(
    tx: &mut Tx,
    env: &Arc<Env>,
    provider: &Provider,
    shown: &Shown,
    back_to: &str,
) -> Result<(Entered, Option<MemberId>)> {
    let house = Ctx::system(env, &ClientId::house(), "sso");
    let member = match member_of(tx, &house, provider, shown)? {
        Ok(member) => member,
        Err(why) => return Ok((refuse(tx, &house, "sso", why)?, None)),
    };
    if member.state != MemberState::Active {
        let why = "you are disabled here; ask an administrator".to_owned();
        return Ok((refuse(tx, &house, member.id.as_str(), why)?, None));
    }
    let given = if provider.groups_claim.is_empty() { None } else { Some(Given::read(tx)?) };
    let has_lost = match &given {
        Some(given) => groups::follow(tx, &house, &member.id, Source::SignIn, given, &shown.groups)?,
        None => false,
    };
    let lost = has_lost.then(|| member.id.clone());
    tx.execute(
        "UPDATE member_link SET seen_ms = $4 WHERE client_id = $1 AND issuer = $2 AND subject = $3",
        params![house.client, shown.issuer, shown.subject, house.now_ms()],
    )?;
    if !provider.asks_second_factor && second::is_on(tx, &member.id)? {
        let browser = secret::token("")?;
        begun::keep(tx, &house, (&browser, &browser), back_to, Some(member.id.as_str()))?;
        return Ok((Entered::NeedsCode(browser), lost));
    }
    let (token, signed) = signin::admit(tx, env, member, json!({"by": "sso"}))?;
    Ok((Entered::Open(token, Box::new(signed)), lost))
}

fn refuse(tx: &mut Tx, house: &Ctx, who: &str, why: String) -> Result<Entered> {
    let event = Event::new(&house.client, "session.refused", who);
    ledger::append(tx, house, event.with(json!({"by": "sso", "reason": why})))?;
    Ok(Entered::Refused(why))
}

/// The member: by who they are at the provider; by an e-mail address that is proven to be theirs; or a new one.
fn member_of(
    tx: &mut Tx,
    house: &Ctx,
    provider: &Provider,
    shown: &Shown,
) -> Result<std::result::Result<Member, String>> {
    let sql = "SELECT member_id FROM member_link WHERE client_id = $1 AND issuer = $2 AND subject = $3";
    let linked: Option<MemberId> =
        tx.query_opt(sql, params![house.client, shown.issuer, shown.subject], |r| r.id(0))?;
    if let Some(id) = linked {
        return members::get(tx, &id).map(Ok);
    }
    let no = |why: &str| Ok(Err(why.to_owned()));
    let Some(email) = shown.email.as_deref().map(members::normal_email) else {
        return no("the identity provider does not tell your e-mail address");
    };
    if !shown.email_verified && !provider.trust_email {
        return no("the identity provider has not verified your e-mail address");
    }
    if !provider.takes(&email) {
        return no("e-mail addresses of your domain do not come in here");
    }
    let Some((member, _)) = members::by_email(tx, &email)? else { return become_member(tx, house, provider, shown) };
    let other = "SELECT 1 FROM member_link WHERE client_id = $1 AND issuer = $2 AND member_id = $3";
    if tx.query_opt(other, params![house.client, shown.issuer, member.id], |r| r.int(0))?.is_some() {
        return no("this e-mail address belongs to a member who is somebody else at the identity provider; ask an \
                   administrator to unlink them");
    }
    link(tx, house, shown, &member.id)?;
    Ok(Ok(member))
}

fn become_member(
    tx: &mut Tx,
    house: &Ctx,
    provider: &Provider,
    shown: &Shown,
) -> Result<std::result::Result<Member, String>> {
    let no = |why: &str| Ok(Err(why.to_owned()));
    if !provider.create {
        return no("you are not a member here; ask an administrator to add you");
    }
    if Given::read(tx)?.by(&shown.groups).is_empty() {
        return no("you are not a member here, and none of your groups gives you a role");
    }
    let email = shown.email.clone().unwrap_or_default();
    let name: String = shown.name.as_deref().unwrap_or(&email).chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().chars().take(NAME_CHARS_MAX).collect();
    let id = members::create(tx, house, &NewMember { email, name, ..NewMember::default() })?;
    link(tx, house, shown, &id)?;
    members::get(tx, &id).map(Ok)
}

fn link(tx: &mut Tx, house: &Ctx, shown: &Shown, member: &MemberId) -> Result<()> {
    tx.execute(
        "INSERT INTO member_link (client_id, issuer, subject, member_id, linked_ms, seen_ms) \
         VALUES ($1, $2, $3, $4, $5, $5)",
        params![house.client, shown.issuer, shown.subject, member, house.now_ms()],
    )?;
    // By which address, and whether the provider has verified it or the house takes that for granted: this link opens the member.
    let data = json!({"issuer": shown.issuer, "subject_digest": digest_of_text(&shown.subject), "by": "email",
        "email_verified": shown.email_verified});
    ledger::append(tx, house, Event::new(&house.client, "member.linked", member).with(data)).map(|_| ())
}

/// Whether whoever acts has come in through this provider.
pub fn has_come(tx: &mut Tx, ctx: &Ctx, issuer: &str) -> Result<bool> {
    let Some(member) = ctx.member_id() else { return Ok(false) };
    let sql = "SELECT 1 FROM member_link WHERE client_id = $1 AND issuer = $2 AND member_id = $3";
    Ok(tx.query_opt(sql, params![ClientId::house(), issuer, member], |r| r.int(0))?.is_some())
}

/// Takes a member's link to the provider away; the next sign-in with their e-mail address makes it anew.
pub fn unlink(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<()> {
    ctx.allow(Right::IdentityAdmin)?;
    let sql = "DELETE FROM member_link WHERE client_id = $1 AND member_id = $2";
    if tx.execute(sql, params![ClientId::house(), member])? == 0 {
        return Err(Error::not_found(format!("single sign-on of member {member}")));
    }
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.unlinked", member)).map(|_| ())
}

/// Lets somebody in whom the provider has proven, with their second factor. Returns where they wanted to go.
pub async fn enter_with(
    db: &Db,
    env: &Arc<Env>,
    browser: &str,
    second: Second,
) -> Result<(SessionToken, Signed, String)> {
    let (key, now_ms) = (digest_of_text(browser), env.now_ms());
    let wanted = key.clone();
    let found = db.read(move |tx| waiting(tx, &wanted, now_ms)).await?;
    let (member, back_to) = found.ok_or_else(|| Error::Unauthenticated(NOT_WAITED.to_owned()))?;
    let counted = digest_of_text(&format!("second factor of {member}"));
    signin::count(db, &counted, "this second factor", now_ms).await?;
    let ready = second.ready(db, env).await?;
    let env = Arc::clone(env);
    let done = db.write(move |tx| {
        let house = Ctx::system(&env, &ClientId::house(), "sso");
        if waiting(tx, &key, env.now_ms())?.is_none() {
            return Ok(Err(NOT_WAITED));
        }
        let with = match second::shown(tx, &env, &member, &ready)? {
            Ok(with) => with,
            Err(why) => {
                let data = json!({"by": "sso", "reason": "second factor"});
                ledger::append(tx, &house, Event::new(&house.client, "session.refused", &member).with(data))?;
                return Ok(Err(why));
            }
        };
        tx.execute("DELETE FROM signin_begun WHERE client_id = $1 AND state_digest = $2", params![house.client, key])?;
        let person = members::get(tx, &member)?;
        if person.state != MemberState::Active {
            return Ok(Err("you are disabled here; ask an administrator"));
        }
        signin::forgive(tx, &counted)?;
        signin::admit(tx, &env, person, signin::by_and("sso", with)).map(Ok)
    });
    let done = done.await?.map_err(|why| Error::Unauthenticated(why.to_owned()))?;
    Ok((done.0, done.1, back_to))
}

/// Whose second factor is waited for, and where they wanted to go.
fn waiting(tx: &mut Tx, key: &str, now_ms: i64) -> Result<Option<(MemberId, String)>> {
    tx.query_opt(
        "SELECT member_id, back_to FROM signin_begun WHERE client_id = $1 AND state_digest = $2 \
         AND member_id IS NOT NULL AND until_ms > $3",
        params![ClientId::house(), key, now_ms],
        |r| Ok((r.id(0)?, r.text(1)?)),
    )
}
