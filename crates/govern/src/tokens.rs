//! API tokens of service accounts: shown once, stored as a digest, bound to one client.

use crate::signin::Signed;
use crate::{Ctx, Env, Grant, Right, Role, ledger, secret};
use baton_base::{Actor, Error, Event, Result, digest_of_text};
use baton_db::{Row, Tx, params};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// What every token begins with, so that a leaked one is recognised.
pub const PREFIX: &str = "bt_";
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 64;

/// A new token. Its text is not stored and cannot be shown again.
#[derive(Serialize)]
pub struct NewToken {
    /// Id, for revoking.
    pub id: String,
    /// `bt_…`.
    pub token: String,
}

/// A token as listed: without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Id, for revoking.
    pub id: String,
    /// Name of the service account.
    pub name: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_ms: i64,
    /// When it ends.
    pub expires_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

/// Makes a token for the context's client. Nobody but an admin can give a token a role that they do not hold
/// themselves, `service` apart.
pub fn create(tx: &mut Tx, ctx: &Ctx, name: &str, roles: &[Role], expires_ms: Option<i64>) -> Result<NewToken> {
    ctx.allow(Right::TokenAdmin)?;
    check(ctx, name, roles)?;
    let (id, token) = (ctx.id("tok"), secret::token(PREFIX)?);
    let names = serde_json::to_value(roles).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO api_token (client_id, token_id, token_digest, name, roles, created_by, created_ms, expires_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![ctx.client, id, digest_of_text(&token), name, names, ctx.actor.to_string(), ctx.now_ms(), expires_ms],
    )?;
    let data = json!({"name": name, "roles": roles, "expires_ms": expires_ms});
    ledger::append(tx, ctx, Event::new(&ctx.client, "token.created", &id).with(data))?;
    Ok(NewToken { id, token })
}

fn check(ctx: &Ctx, name: &str, roles: &[Role]) -> Result<()> {
    let clean = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !clean {
        let detail = format!("use 1 to {NAME_BYTES_MAX} letters, digits, '-', '_' or '.'");
        return Err(Error::invalid_at("name", "the token's name is not valid", detail));
    }
    if roles.is_empty() {
        return Err(Error::invalid_at("roles", "a token without a role can do nothing", "give it 'service'"));
    }
    let may_all = !ctx.is_granted() || ctx.roles().contains(&Role::Admin);
    let beyond = roles.iter().find(|role| !may_all && **role != Role::Service && !ctx.roles().contains(role));
    beyond.map_or(Ok(()), |role| {
        let reason = format!("you cannot give a token the role '{role}', which you do not hold");
        Err(Error::refused(reason, vec!["right:token_admin".to_owned()]))
    })
}

/// Who a bearer token belongs to.
pub fn signed_by(tx: &mut Tx, env: &Arc<Env>, bearer: &str) -> Result<Signed> {
    let unknown = || Error::Unauthenticated("the token is unknown, expired or revoked".to_owned());
    if !bearer.starts_with(PREFIX) {
        return Err(unknown());
    }
    // every client: the token itself says which client it is for
    let found = tx.query_opt(
        "SELECT client_id, name, roles FROM api_token WHERE token_digest = $1 AND revoked_ms IS NULL \
         AND (expires_ms IS NULL OR expires_ms > $2)",
        params![digest_of_text(bearer), env.now_ms()],
        |row| Ok((row.id(0)?, row.text(1)?, row.json_as::<Vec<Role>>(2)?)),
    )?;
    let (client, name, roles) = found.ok_or_else(unknown)?;
    let grants: Vec<_> = roles.into_iter().map(|role| Grant { client: Clone::clone(&client), role }).collect();
    let actor = Actor::system(format!("token:{name}"));
    Ok(Signed { actor, member: None, grants: grants.into(), env: Arc::clone(env) })
}

/// Revokes a token at once.
pub fn revoke(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<()> {
    ctx.allow(Right::TokenAdmin)?;
    let done = tx.execute(
        "UPDATE api_token SET revoked_ms = $3 WHERE client_id = $1 AND token_id = $2 AND revoked_ms IS NULL",
        params![ctx.client, id, ctx.now_ms()],
    )?;
    if done == 0 {
        return Err(Error::not_found(format!("token {id}")));
    }
    ledger::append(tx, ctx, Event::new(&ctx.client, "token.revoked", id))?;
    Ok(())
}

/// The client's tokens, newest first.
pub fn list(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Token>> {
    ctx.allow(Right::TokenAdmin)?;
    tx.query(
        "SELECT token_id, name, roles, created_by, created_ms, expires_ms, revoked_ms FROM api_token \
         WHERE client_id = $1 ORDER BY token_id DESC LIMIT 200",
        params![ctx.client],
        read,
    )
}

fn read(row: &Row) -> Result<Token> {
    Ok(Token {
        id: row.text(0)?,
        name: row.text(1)?,
        roles: row.json_as(2)?,
        created_by: row.text(3)?,
        created_ms: row.int(4)?,
        expires_ms: row.int_opt(5)?,
        revoked_ms: row.int_opt(6)?,
    })
}
