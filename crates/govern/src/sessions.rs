//! Sessions that can be seen and ended, and who has access to what.

use crate::members::{self, Member};
use crate::signin::Signed;
use crate::{Ctx, Grant, Right, factor, ledger, passkey, tokens};
use baton_base::{ClientId, Error, Event, MemberId, Result, digest_of_text};
use baton_db::{Row, Tx, params};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Digits of the digest by which a session is named.
const ID_DIGITS: i64 = 16;
/// Most tokens of one review of access.
const TOKENS_REVIEWED_MAX: usize = 10_000;

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

/// Who has access for the context's client, and since when they last used it: for a review. `more`: not all of them are told.
pub fn review(tx: &mut Tx, ctx: &Ctx) -> Result<Value> {
    ctx.allow(Right::MemberRead)?;
    let (people, mut more) = members::all(tx, ctx)?;
    let mut access = Access::read(tx, &ctx.client)?;
    let told = people.into_iter().map(|member| access.told(&member)).collect::<Vec<_>>();
    let tokens = tokens::first(tx, ctx, TOKENS_REVIEWED_MAX)?;
    more |= tokens.len() >= TOKENS_REVIEWED_MAX;
    Ok(json!({"client": ctx.client, "at_ms": ctx.now_ms(), "members": told, "tokens": tokens, "more": more}))
}

/// How members may come in, and where they may work: one statement for each part, however many they are.
struct Access {
    grants: HashMap<MemberId, Vec<Grant>>,
    sessions: HashMap<MemberId, i64>,
    apps: HashSet<MemberId>,
    passkeys: HashMap<MemberId, i64>,
}

impl Access {
    /// Roles as far as they hold for the client; for the house, all of them.
    fn read(tx: &mut Tx, client: &ClientId) -> Result<Self> {
        // every client: where each member of the installation may work is what is asked
        let sql = "SELECT member_id, client_id, role FROM role_grant WHERE $1 = 'house' OR client_id IN ($1, 'house') \
                   ORDER BY client_id, role";
        let read = |r: &Row| Ok((r.id(0)?, Grant { client: r.id(1)?, role: r.id(2)? }));
        let mut grants: HashMap<MemberId, Vec<Grant>> = HashMap::new();
        for (member, grant) in tx.every_client(|tx| tx.query(sql, params![client], read))? {
            grants.entry(member).or_default().push(grant);
        }
        let sql = "SELECT member_id, MAX(created_ms) FROM session WHERE client_id = $1 GROUP BY member_id";
        let sessions = tx.query(sql, params![ClientId::house()], |r| Ok((r.id(0)?, r.int(1)?)))?.into_iter().collect();
        Ok(Self { grants, sessions, apps: factor::of_all(tx)?, passkeys: passkey::counts(tx)? })
    }

    fn told(&mut self, member: &Member) -> Value {
        let (id, passkeys) = (&member.id, self.passkeys.get(&member.id).copied().unwrap_or(0));
        json!({
            "member": id, "email": member.email, "name": member.name, "state": member.state,
            "grants": self.grants.remove(id).unwrap_or_default(),
            "second_factor": self.apps.contains(id) || passkeys > 0, "passkeys": passkeys,
            "last_open_session_ms": self.sessions.get(id),
        })
    }
}
