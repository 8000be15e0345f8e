//! Signing in by a passkey alone, and what an answer of one proves.

use super::address::{Site, site};
use super::challenge::{self, CHALLENGE_MS_MAX, Purpose};
use super::rules::{self, Expected, Flaw, Known};
use super::store::{self, Stored};
use super::wire::Assertion;
use crate::members::{self, MemberState};
use crate::signin::{self, SessionToken, Signed};
use crate::{Ctx, Env, ledger, secret, sso};
use baton_base::{ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::{Db, Tx};
use serde_json::{Value, json};
use std::sync::Arc;

const UNKNOWN: &str = "this passkey is not known here; sign in another way, or remove it from your device";
const FLAGGED: &str =
    "this passkey opens nothing any more, because it may have been copied; remove it and register another";
const ELSEWHERE: &str = "this passkey belongs to another address of this installation";
const NOT_BEGUN: &str =
    "this browser has begun no such sign-in, or it took too long, or it is finished already; begin anew";
const OTHERS: &str = "this passkey is somebody else's";
const TWICE: &str = "this passkey was used twice at one time; try again";
const DISABLED: &str = "this passkey opens nothing here; ask an administrator";
const SWITCHED_OFF: &str = "passkeys are switched off here, as passwords are; use single sign-on";

/// A sign-in by passkey that has begun.
pub struct Begun {
    /// For the cookie.
    pub browser: String,
    /// For the browser (`PublicKeyCredentialRequestOptionsJSON`).
    pub options: Value,
    /// Where.
    pub site: Site,
}

/// Begins an answer by passkey: to sign in by it alone, or (`second`) after a password or the provider's word. No credentials
/// are named, so that nobody learns who has which.
pub fn begin_sign_in(tx: &mut Tx, env: &Arc<Env>, second: bool) -> Result<Begun> {
    let site = site(tx)?;
    let (purpose, verification) = if second { (Purpose::Second, "preferred") } else { (Purpose::Alone, "required") };
    let browser = secret::token("")?;
    let challenge = challenge::begin(tx, env.now_ms(), purpose, &browser)?;
    let options = json!({
        "challenge": challenge,
        "rpId": site.name,
        "timeout": CHALLENGE_MS_MAX,
        "allowCredentials": [],
        "userVerification": verification,
    });
    Ok(Begun { browser, options, site })
}

/// An answer to a challenge that was given to this browser for this purpose, and is used up. What it proves, [`prove`] says.
pub(crate) struct Answered {
    shown: Assertion,
    challenge: String,
    purpose: Purpose,
}

/// Takes an answer, once. One to no challenge of this browser is refused, and recorded where the passkey is known.
pub(crate) async fn answered(
    db: &Db,
    env: &Arc<Env>,
    purpose: Purpose,
    browser: &str,
    shown: Assertion,
) -> Result<Answered> {
    let (challenge, credential, browser) = (shown.challenge(), shown.credential(), browser.to_owned());
    let (env, asked) = (Arc::clone(env), challenge.clone());
    let taken = db.write(move |tx| {
        let taken = challenge::take(tx, env.now_ms(), purpose, &browser, &asked)?;
        if !taken && let Some(known) = store::by_credential(tx, &credential)? {
            refuse(tx, &env, &known.member, "challenge")?;
        }
        Ok(taken)
    });
    if !taken.await? {
        return Err(Error::Unauthenticated(NOT_BEGUN.to_owned()));
    }
    Ok(Answered { shown, challenge, purpose })
}

fn refuse(tx: &mut Tx, env: &Arc<Env>, member: &MemberId, reason: &str) -> Result<()> {
    let house = Ctx::system(env, &ClientId::house(), "sign-in");
    let data = json!({"by": "passkey", "reason": reason});
    ledger::append(tx, &house, Event::new(&house.client, "session.refused", member).with(data)).map(|_| ())
}

/// Who has shown a passkey.
pub(crate) struct Proven {
    /// Whose it is.
    pub member: MemberId,
    /// Its id.
    pub passkey: String,
}

/// Why an answer proves nothing, and whose passkey it is if that is known.
pub(crate) struct Unproven {
    pub member: Option<MemberId>,
    pub why: &'static str,
}

/// Whose passkey has given an answer; `wanted` is who has been shown already, where it is the second factor. A refusal is no
/// error of the transaction, because the record of it has to stay.
pub(crate) fn prove(
    tx: &mut Tx,
    env: &Arc<Env>,
    answered: &Answered,
    wanted: Option<&MemberId>,
) -> Result<std::result::Result<Proven, Unproven>> {
    let site = site(tx)?;
    let Some(known) = store::by_credential(tx, &answered.shown.credential())? else {
        return Ok(Err(Unproven { member: None, why: UNKNOWN }));
    };
    let no = |why| Ok(Err(Unproven { member: Some(known.member.clone()), why }));
    if wanted.is_some_and(|wanted| *wanted != known.member) {
        return no(OTHERS);
    }
    if known.flagged {
        return no(FLAGGED);
    }
    if known.site != site.name {
        return no(ELSEWHERE);
    }
    let alone = answered.purpose == Purpose::Alone;
    let expected = Expected { site: &site, challenge: &answered.challenge, verified: alone, named: !alone };
    let kept = Known {
        key: &known.key,
        handle: known.member.as_str().as_bytes(),
        count: known.count,
        eligible: known.eligible,
    };
    match rules::assertion(&answered.shown, &kept, &expected) {
        Ok(seen) if store::used(tx, &known, &seen, env.now_ms())? => {
            Ok(Ok(Proven { member: known.member, passkey: known.id }))
        }
        Ok(_) => no(TWICE),
        Err(Flaw::Counter) => {
            flag(tx, env, &known)?;
            no(Flaw::Counter.words())
        }
        Err(flaw) => no(flaw.words()),
    }
}

/// The key has signed, and its counter is not where it should be: there are two of it. Which one this is, nobody can tell.
fn flag(tx: &mut Tx, env: &Arc<Env>, known: &Stored) -> Result<()> {
    let house = Ctx::system(env, &ClientId::house(), "sign-in");
    store::flag(tx, known, env.now_ms())?;
    let data = json!({"passkey": known.id, "reason": "sign counter", "counter": known.count});
    ledger::append(tx, &house, Event::new(&house.client, "member.passkey_flagged", &known.member).with(data))
        .map(|_| ())
}

/// Signs a member in by a passkey alone, whose device must have made sure who it was. Attempts are counted by passkey, known or
/// not: after [`signin::FAILURES_MAX`] in a quarter of an hour it is `TooMany`.
pub async fn sign_in(db: &Db, env: &Arc<Env>, browser: &str, shown: Assertion) -> Result<(SessionToken, Signed)> {
    let key = digest_of_text(&format!("passkey {}", shown.credential()));
    signin::count(db, &key, "this passkey", env.now_ms()).await?;
    let answered = answered(db, env, Purpose::Alone, browser, shown).await?;
    let env = Arc::clone(env);
    let done = db.write(move |tx| finish(tx, &env, &answered, &key)).await?;
    done.map_err(|why| Error::Unauthenticated(why.to_owned()))
}

fn finish(
    tx: &mut Tx,
    env: &Arc<Env>,
    answered: &Answered,
    key: &str,
) -> Result<std::result::Result<(SessionToken, Signed), &'static str>> {
    let proven = match prove(tx, env, answered, None)? {
        Ok(proven) => proven,
        Err(Unproven { member, why }) => {
            if let Some(member) = member {
                refuse(tx, env, &member, why)?;
            }
            return Ok(Err(why));
        }
    };
    let member = members::get(tx, &proven.member)?;
    let refusal = if member.state != MemberState::Active {
        Some(DISABLED)
    } else if sso::password_is_off(tx)? && !signin::recovers(tx, &member.id)? {
        Some(SWITCHED_OFF)
    } else {
        None
    };
    if let Some(why) = refusal {
        refuse(tx, env, &member.id, why)?;
        return Ok(Err(why));
    }
    signin::forgive(tx, key)?;
    signin::admit(tx, env, member, json!({"by": "passkey", "passkey": proven.passkey})).map(Ok)
}
