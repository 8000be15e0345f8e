//! What members do with their passkeys, and administrators with those of others: register, list, rename, remove.
//!
//! All of it stands in the ledger of the house, wherever the member works.

use super::address::site;
use super::challenge::{self, CHALLENGE_MS_MAX, Purpose};
use super::rules::{self, Expected};
use super::store::{self, Kept, Passkey};
use super::wire::Registration;
use super::{cose, encoded};
use crate::members::{self, Member};
use crate::{Ctx, Right, Signed, ledger};
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_db::{Db, Tx};
use serde_json::{Value, json};

/// Most passkeys of one member.
pub const PASSKEYS_MAX: i64 = 20;
/// Longest name, characters.
const NAME_CHARS_MAX: usize = 60;
/// Most ways to a device that are kept (they help the browser to find it), and the longest of them, bytes.
const TRANSPORTS_MAX: usize = 8;
const TRANSPORT_BYTES_MAX: usize = 32;

/// The member, and their own affairs at the house.
fn own(signed: &Signed) -> Result<(Ctx, Member)> {
    let member = signed.member.clone();
    let member = member.ok_or_else(|| Error::invalid("only members have passkeys", "sign in as a member"))?;
    Ok((Ctx::member(&signed.env, &ClientId::house(), &member.id, &[]), member))
}

/// Begins a new passkey of whoever is signed in, with this session alone. What comes back is for the browser
/// (`PublicKeyCredentialCreationOptionsJSON`).
pub fn begin_registration(tx: &mut Tx, signed: &Signed, session: &str) -> Result<Value> {
    let (ctx, member) = own(signed)?;
    let site = site(tx)?;
    room(tx, &member.id)?;
    let known = store::known_to_browser(tx, &member.id, &site)?;
    let challenge = challenge::begin(tx, ctx.now_ms(), Purpose::Register, session)?;
    let kinds: Vec<_> =
        cose::ALGORITHMS.iter().map(|algorithm| json!({"type": "public-key", "alg": algorithm})).collect();
    Ok(json!({
        "rp": {"id": site.name, "name": "Baton"},
        "user": {"id": encoded(member.id.as_str().as_bytes()), "name": member.email, "displayName": member.name},
        "challenge": challenge,
        "pubKeyCredParams": kinds,
        "timeout": CHALLENGE_MS_MAX,
        "excludeCredentials": known,
        "authenticatorSelection":
            {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
        "attestation": "none",
    }))
}

fn room(tx: &mut Tx, member: &MemberId) -> Result<()> {
    if store::count(tx, member)? >= PASSKEYS_MAX {
        return Err(Error::Limit(format!("a member has at most {PASSKEYS_MAX} passkeys; remove one first")));
    }
    Ok(())
}

fn name_of(text: &str) -> Result<String> {
    let name = text.trim();
    let right = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !right {
        let detail = format!("give it 1 to {NAME_CHARS_MAX} characters, such as the device's name");
        return Err(Error::invalid_at("/name", "the passkey's name is not valid", detail));
    }
    Ok(name.to_owned())
}

/// Keeps a new passkey that was begun with this session. Its challenge is used up, whatever comes of it.
pub async fn register(db: &Db, signed: &Signed, session: &str, name: &str, shown: Registration) -> Result<Passkey> {
    let (ctx, member) = own(signed)?;
    let name = name_of(name)?;
    let (holder, challenge, now_ms) = (session.to_owned(), shown.challenge(), ctx.now_ms());
    let asked = challenge.clone();
    if !db.write(move |tx| challenge::take(tx, now_ms, Purpose::Register, &holder, &asked)).await? {
        return Err(Error::invalid_at(
            "/credential",
            "this passkey was not begun here",
            "it was begun in another session, took too long or is finished already; begin anew",
        ));
    }
    db.write(move |tx| keep(tx, &ctx, &member.id, &name, &shown, &challenge)).await
}

fn keep(
    tx: &mut Tx,
    ctx: &Ctx,
    member: &MemberId,
    name: &str,
    shown: &Registration,
    challenge: &str,
) -> Result<Passkey> {
    let site = site(tx)?;
    room(tx, member)?;
    let expected = Expected { site: &site, challenge, verified: true, named: true };
    let key = rules::registration(shown, &expected)
        .map_err(|flaw| Error::invalid_at("/credential", "the passkey cannot be taken", flaw.words()))?;
    let ways = shown.response.transports.iter().filter(|way| way.len() <= TRANSPORT_BYTES_MAX);
    let transports: Vec<_> = ways.take(TRANSPORTS_MAX).cloned().collect();
    let (id, now_ms) = (ctx.id("pk"), ctx.now_ms());
    let kept = Kept { id: &id, member, name, site: &site, transports: &transports, key: &key, now_ms };
    if !store::keep(tx, &kept)? {
        return Err(Error::Conflict("this passkey is registered already".to_owned()));
    }
    let data = json!({"passkey": id, "name": name, "site": site.name, "synced": key.synced});
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.passkey_added", member).with(data))?;
    let synced = key.synced;
    let (name, site) = (name.to_owned(), site.name);
    Ok(Passkey { id, name, site, synced, created_ms: now_ms, used_ms: None, flagged_ms: None })
}

/// The passkeys of whoever is signed in.
pub fn mine(tx: &mut Tx, signed: &Signed) -> Result<Vec<Passkey>> {
    let (_, member) = own(signed)?;
    store::of(tx, &member.id)
}

/// Gives a passkey of whoever is signed in another name, of 1 to 60 characters.
pub fn rename_mine(tx: &mut Tx, signed: &Signed, id: &str, name: &str) -> Result<()> {
    let Ok((ctx, member)) = own(signed) else { return Err(missing(id)) };
    renamed(tx, &ctx, &member.id, id, name)
}

/// Takes away a passkey of whoever is signed in.
pub fn remove_mine(tx: &mut Tx, signed: &Signed, id: &str) -> Result<()> {
    let Ok((ctx, member)) = own(signed) else { return Err(missing(id)) };
    gone(tx, &ctx, &member.id, id)
}

/// A member's passkeys, for whoever administers members.
pub fn list(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<Vec<Passkey>> {
    ctx.allow(Right::MemberAdmin)?;
    members::get(tx, member)?;
    store::of(tx, member)
}

/// Gives a member's passkey another name, of 1 to 60 characters.
pub fn rename(tx: &mut Tx, ctx: &Ctx, member: &MemberId, id: &str, name: &str) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    renamed(tx, ctx, member, id, name)
}

/// Takes a member's passkey away, who has lost it.
pub fn remove(tx: &mut Tx, ctx: &Ctx, member: &MemberId, id: &str) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    gone(tx, ctx, member, id)
}

fn missing(id: &str) -> Error {
    Error::not_found(format!("passkey {id}"))
}

fn renamed(tx: &mut Tx, ctx: &Ctx, member: &MemberId, id: &str, name: &str) -> Result<()> {
    let name = name_of(name)?;
    let was = store::rename(tx, member, id, &name)?.ok_or_else(|| missing(id))?;
    if was == name {
        return Ok(());
    }
    let data = json!({"passkey": id, "name": name, "was": was});
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.passkey_renamed", member).with(data)).map(|_| ())
}

fn gone(tx: &mut Tx, ctx: &Ctx, member: &MemberId, id: &str) -> Result<()> {
    let name = store::remove(tx, member, id)?.ok_or_else(|| missing(id))?;
    let data = json!({"passkey": id, "name": name});
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.passkey_removed", member).with(data)).map(|_| ())
}
