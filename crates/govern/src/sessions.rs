//! Sessions that can be seen and ended, and who has access to what.

use crate::signin::Signed;
use crate::{Ctx, Right, ledger, members, passkey, second, tokens};
use baton_base::{ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::{Tx, params};
use serde::Serialize;
use serde_json::{Value, json};

/// Digits of the digest by which a session is named.
const ID_DIGITS: i64 = 16;

/// A session as listed; its secret is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// Names it, for ending.
    pub id: String,
    /// When it was opened.
    pub created_ms: i64,
    /// When it ends by itself.
    pub expires_ms: i64,
    /// It is the one that asks.
    pub current: bool,
}

/// A member's own sessions, newest first. `token` is the one that asks, if it is one.
pub fn list(tx: &mut Tx, signed: &Signed, token: Option<&str>) -> Result<Vec<SessionRow>> {
    let member = signed.member.as_ref().ok_or_else(|| Error::invalid("only members have sessions", "sign in"))?;
    let current = token.map(digest_of_text).unwrap_or_default();
    let sql = "SELECT token_digest, created_ms, expires_ms FROM session WHERE client_id = $1 AND member_id = $2 \
               AND expires_ms > $3 ORDER BY created_ms DESC LIMIT 200";
    tx.query(sql, params![ClientId::house(), member.id, signed.env.now_ms()], |r| {
        let digest = r.text(0)?;
        let current = digest == current;
        let id = digest.chars().take(usize::try_from(ID_DIGITS).unwrap_or(16)).collect();
        Ok(SessionRow { id, created_ms: r.int(1)?, expires_ms: r.int(2)?, current })
    })
}

/// Ends one of a member's own sessions.
pub fn end(tx: &mut Tx, signed: &Signed, id: &str) -> Result<()> {
    let missing = || Error::not_found(format!("session {id}"));
    let member = signed.member.as_ref().ok_or_else(missing)?;
    let sql = "DELETE FROM session WHERE client_id = $1 AND member_id = $2 AND SUBSTR(token_digest, 1, $4) = $3";
    if id.len() != usize::try_from(ID_DIGITS).unwrap_or(16)
        || tx.execute(sql, params![ClientId::house(), member.id, id, ID_DIGITS])? == 0
    {
        return Err(missing());
    }
    let house = Ctx::system(&signed.env, &ClientId::house(), "sign-in");
    ledger::append(tx, &house, Event::new(&house.client, "session.ended", &member.id)).map(|_| ())
}

/// Ends all sessions of a member: theirs, or with the right somebody's.
pub fn end_all(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<u64> {
    if ctx.member_id() != Some(member) {
        ctx.allow(Right::MemberAdmin)?;
    }
    let ended =
        tx.execute("DELETE FROM session WHERE client_id = $1 AND member_id = $2", params![ClientId::house(), member])?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "session.all_ended", member).with(json!({"sessions": ended})))?;
    Ok(ended)
}

/// Who has access for the context's client, and since when they last used it: for a review.
pub fn review(tx: &mut Tx, ctx: &Ctx) -> Result<Value> {
    ctx.allow(Right::MemberRead)?;
    let mut people = Vec::new();
    for member in members::list(tx, ctx, None, baton_base::limits::PAGE_MAX)? {
        let grants: Vec<_> = members::grants(tx, &member.id)?
            .into_iter()
            .filter(|grant| {
                ctx.client == ClientId::house() || grant.client == ctx.client || grant.client == ClientId::house()
            })
            .collect();
        let sql = "SELECT MAX(created_ms) FROM session WHERE client_id = $1 AND member_id = $2";
        let last = tx.query_one(sql, params![ClientId::house(), member.id], |r| r.int_opt(0))?;
        people.push(json!({
            "member": member.id, "email": member.email, "name": member.name, "state": member.state, "grants": grants,
            "second_factor": second::is_on(tx, &member.id)?, "passkeys": passkey::count(tx, &member.id)?,
            "last_open_session_ms": last,
        }));
    }
    let tokens = tokens::list(tx, &ctx.as_system("access-review"))?;
    Ok(json!({"client": ctx.client, "at_ms": ctx.now_ms(), "members": people, "tokens": tokens}))
}
