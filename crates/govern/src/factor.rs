//! A member's second factor: codes of an authenticator app (TOTP, RFC 6238), and codes on paper for when it is lost.

use crate::{Ctx, Env, Right, ledger, secret, signin};
use aws_lc_rs::hmac;
use baton_base::{ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::vault::{Class, Place};
use baton_db::{Db, Tx, params};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;

/// Length of a time step, milliseconds.
const STEP_MS: i64 = 30_000;
/// Steps by which a clock may be wrong, either way.
const STEPS_OFF: i64 = 1;
/// Digits of a code.
const DIGITS: u32 = 6;
/// Bytes of the shared secret.
const SECRET_BYTES: usize = 20;
/// Codes on paper.
const RECOVERY_CODES: usize = 8;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A second factor that was begun: shown once.
#[derive(Serialize)]
pub struct Begun {
    /// The secret for typing in, base32.
    pub secret: String,
    /// The same for a QR code.
    pub uri: String,
}

struct Stored {
    secret: Vec<u8>,
    confirmed: bool,
    last_step: i64,
    recovery: Vec<String>,
}

fn place<'a>(house: &'a ClientId, member: &'a MemberId) -> Place<'a> {
    Place { client: house, class: Class::Factor, table: "second_factor", row: member.as_str() }
}

fn stored(tx: &mut Tx, member: &MemberId) -> Result<Option<Stored>> {
    let house = ClientId::house();
    let sql =
        "SELECT sealed, confirmed_ms, last_step, recovery FROM second_factor WHERE client_id = $1 AND member_id = $2";
    let read = |r: &baton_db::Row| Ok((r.text(0)?, r.int_opt(1)?, r.int(2)?, r.json_as::<Vec<String>>(3)?));
    let Some((sealed, confirmed, last_step, recovery)) = tx.query_opt(sql, params![house, member], read)? else {
        return Ok(None);
    };
    let secret = hex::decode(tx.unseal(&place(&house, member), &sealed)?).map_err(Error::broken)?;
    Ok(Some(Stored { secret, confirmed: confirmed.is_some(), last_step, recovery }))
}

/// Whether a member has a second factor that signing in asks for.
pub fn is_on(tx: &mut Tx, member: &MemberId) -> Result<bool> {
    let sql = "SELECT 1 FROM second_factor WHERE client_id = $1 AND member_id = $2 AND confirmed_ms IS NOT NULL";
    Ok(tx.query_opt(sql, params![ClientId::house(), member], |r| r.int(0))?.is_some())
}

/// All members who have one.
pub(crate) fn of_all(tx: &mut Tx) -> Result<HashSet<MemberId>> {
    let sql = "SELECT member_id FROM second_factor WHERE client_id = $1 AND confirmed_ms IS NOT NULL";
    Ok(tx.query(sql, params![ClientId::house()], |r| r.id(0))?.into_iter().collect())
}

fn own(ctx: &Ctx) -> Result<MemberId> {
    ctx.member_id().cloned().ok_or_else(|| Error::invalid("only members have a second factor", "sign in as a member"))
}

/// Begins a member's own second factor; it is asked for once it is confirmed.
pub fn begin(tx: &mut Tx, ctx: &Ctx, email: &str) -> Result<Begun> {
    let (house, member) = (ClientId::house(), own(ctx)?);
    if is_on(tx, &member)? {
        return Err(Error::Conflict("there is a second factor already; remove it first".to_owned()));
    }
    let bytes = secret::bytes::<SECRET_BYTES>()?;
    let sealed = tx.seal(&place(&house, &member), &hex::encode(bytes))?;
    tx.execute(
        "INSERT INTO second_factor (client_id, member_id, sealed, confirmed_ms, last_step, recovery) \
         VALUES ($1, $2, $3, NULL, 0, '[]') \
         ON CONFLICT (client_id, member_id) DO UPDATE SET sealed = excluded.sealed",
        params![house, member, sealed],
    )?;
    let secret = base32(&bytes);
    let account: String = email.chars().map(|c| if c == ':' || c == '/' || c == '?' { '_' } else { c }).collect();
    let uri =
        format!("otpauth://totp/Baton:{account}?secret={secret}&issuer=Baton&algorithm=SHA1&digits={DIGITS}&period=30");
    Ok(Begun { secret, uri })
}

/// Confirms with a first code. Returns the codes on paper, shown once.
pub fn confirm(tx: &mut Tx, ctx: &Ctx, code: &str) -> Result<Vec<String>> {
    let (house, member) = (ClientId::house(), own(ctx)?);
    let found = stored(tx, &member)?.filter(|found| !found.confirmed);
    let found = found.ok_or_else(|| Error::Conflict("no second factor was begun".to_owned()))?;
    let step = step_of(&found.secret, code, ctx.now_ms(), found.last_step)
        .ok_or_else(|| Error::invalid_at("code", "the code is wrong", "use the newest code that the app shows"))?;
    let codes = (0..RECOVERY_CODES).map(|_| Ok(hex::encode(secret::bytes::<8>()?))).collect::<Result<Vec<_>>>()?;
    let digests: Vec<_> = codes.iter().map(|code| digest_of_text(code)).collect();
    tx.execute(
        "UPDATE second_factor SET confirmed_ms = $3, last_step = $4, recovery = $5 WHERE client_id = $1 AND member_id = $2",
        params![house, member, ctx.now_ms(), step, serde_json::json!(digests)],
    )?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.second_factor_on", &member))?;
    Ok(codes)
}

/// How somebody's own second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Signing in asks for it.
    pub on: bool,
    /// Codes on paper that are not used up.
    pub codes_left: usize,
}

/// How the acting member's second factor stands.
pub fn standing(tx: &mut Tx, ctx: &Ctx) -> Result<Standing> {
    let found = stored(tx, &own(ctx)?)?.filter(|found| found.confirmed);
    Ok(Standing { on: found.is_some(), codes_left: found.map_or(0, |found| found.recovery.len()) })
}

/// Takes a member's own second factor away, who shows a code of it once more: an open session alone does not. Attempts count as
/// those of signing in do.
pub async fn give_up(db: &Db, env: &Arc<Env>, ctx: Ctx, code: String) -> Result<()> {
    let member = own(&ctx)?;
    let counted = digest_of_text(&format!("second factor of {member}"));
    signin::count(db, &counted, "this second factor", env.now_ms()).await?;
    let env = Arc::clone(env);
    let work = move |tx: &mut Tx| {
        if !is_on(tx, &member)? {
            return Err(Error::Conflict("there is no second factor to take away".to_owned()));
        }
        if !take(tx, &env, &member, &code)? {
            let detail = "use the newest code that the app shows, or one on paper";
            return Err(Error::invalid_at("code", "the code is wrong, or was used already", detail));
        }
        signin::forgive(tx, &counted)?;
        remove(tx, &ctx, &member)
    };
    db.write(work).await
}

/// Takes a member's second factor away: their own, or, with the right, somebody's who has lost it.
pub fn remove(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<()> {
    if ctx.member_id() != Some(member) {
        ctx.allow(Right::MemberAdmin)?;
    }
    let sql = "DELETE FROM second_factor WHERE client_id = $1 AND member_id = $2";
    if tx.execute(sql, params![ClientId::house(), member])? > 0 {
        ledger::append(tx, ctx, Event::new(&ctx.client, "member.second_factor_off", member))?;
    }
    Ok(())
}

/// Whether a code is the member's now. It is used up: the same is not taken again.
pub(crate) fn take(tx: &mut Tx, env: &Arc<Env>, member: &MemberId, code: &str) -> Result<bool> {
    let Some(found) = stored(tx, member)? else { return Ok(false) };
    let house = ClientId::house();
    if let Some(step) = step_of(&found.secret, code, env.now_ms(), found.last_step) {
        let sql = "UPDATE second_factor SET last_step = $3 WHERE client_id = $1 AND member_id = $2 AND last_step < $3";
        return Ok(tx.execute(sql, params![house, member, step])? == 1);
    }
    let digest = digest_of_text(code.trim());
    let left: Vec<_> = found.recovery.iter().filter(|known| **known != digest).collect();
    if left.len() == found.recovery.len() {
        return Ok(false);
    }
    let (left, before) = (serde_json::json!(left), serde_json::json!(found.recovery));
    let sql = "UPDATE second_factor SET recovery = $3 WHERE client_id = $1 AND member_id = $2 AND recovery = $4";
    Ok(tx.execute(sql, params![house, member, left, before])? == 1)
}

/// The time step whose code this is, after the last one that was taken.
fn step_of(secret: &[u8], code: &str, now_ms: i64, last_step: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = now_ms / STEP_MS;
    (now - STEPS_OFF..=now + STEPS_OFF).find(|step| *step > last_step && same(&code_at(secret, *step), &code))
}

/// In a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

/// The code of a time step (RFC 4226, section 5.3).
fn code_at(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let at = usize::from(hash[hash.len() - 1] & 0x0f);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:0width$}", number % 10_u32.pow(DIGITS), width = DIGITS as usize)
}

fn base32(bytes: &[u8]) -> String {
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    bits.chunks(5)
        .map(|chunk| {
            let index =
                chunk.iter().chain([0_u8; 5].iter()).take(5).fold(0_usize, |index, bit| index << 1 | usize::from(*bit));
            char::from(BASE32[index])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, last six digits.
        let secret = b"12345678901234567890";
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(secret, second / 30), code);
            assert_eq!(step_of(secret, code, second * 1_000, 0), Some(second / 30));
            assert_eq!(step_of(secret, code, second * 1_000, second / 30), None, "taken already");
        }
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
