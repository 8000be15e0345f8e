//! API tokens of service accounts: shown once, stored as a digest, bound to one client and one audience.

use crate::signin::Signed;
use crate::{Ctx, Env, Grant, Right, Role, ledger, secret};
use baton_base::{Actor, AgentName, ClientId, Error, Event, Result, digest_of_text};
use baton_db::{Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;
use std::sync::Arc;

/// What every token begins with, so that a leaked one is recognised.
pub const PREFIX: &str = "bt_";
/// What the name of every service account begins with, as an actor.
pub(crate) const ACCOUNT: &str = "token:";
/// Most tokens of one list.
const LISTED_MAX: usize = 200;
/// Longest time for which a rotated token still works, milliseconds.
const OVERLAP_MS_MAX: i64 = 30 * 24 * 60 * 60 * 1000;
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 64;

/// What a token opens; it opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The HTTP API.
    #[default]
    Api,
    /// The client's MCP server, `/mcp/CLIENT`.
    Mcp,
    /// The client's A2A server, `/a2a/CLIENT`.
    A2a,
    /// Provisioning by the house's directory, `/scim/v2`.
    Scim,
}

impl Audience {
    /// As stored and as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Mcp => "mcp",
            Self::A2a => "a2a",
            Self::Scim => "scim",
        }
    }
}

impl FromStr for Audience {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [Self::Api, Self::Mcp, Self::A2a, Self::Scim].into_iter().find(|known| known.name() == text).ok_or_else(|| {
            Error::invalid_at("audience", format!("'{text}' is no audience of a token"), "use api, mcp, a2a or scim")
        })
    }
}

/// A token to make.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Name of the service account.
    pub name: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// When it ends.
    pub expires_ms: Option<i64>,
    /// What it opens.
    pub audience: Audience,
    /// The AI agent that acts when it is used; only for MCP.
    pub agent: Option<AgentName>,
}

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
    /// What it opens.
    pub audience: Audience,
    /// The AI agent that acts when it is used.
    pub agent: Option<AgentName>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_ms: i64,
    /// When it ends.
    pub expires_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

/// Makes a token of the HTTP API for the context's client. Nobody but an admin can give a token a role that they do
/// not hold themselves, `service` apart.
pub fn create(tx: &mut Tx, ctx: &Ctx, name: &str, roles: &[Role], expires_ms: Option<i64>) -> Result<NewToken> {
    let wanted = Wanted { name: name.to_owned(), roles: roles.to_vec(), expires_ms, ..Wanted::default() };
    make(tx, ctx, &wanted)
}

/// Makes a token for the context's client, under the same rule.
pub fn make(tx: &mut Tx, ctx: &Ctx, wanted: &Wanted) -> Result<NewToken> {
    ctx.allow(Right::TokenAdmin)?;
    let Wanted { name, roles, expires_ms, audience, agent } = wanted;
    check(ctx, name, roles)?;
    if matches!(audience, Audience::Mcp | Audience::A2a) && ctx.client == ClientId::house() {
        let detail = "name the client whose server it opens";
        return Err(Error::invalid_at("client", "a token for MCP or A2A is for one client", detail));
    }
    if (*audience == Audience::Scim) != roles.contains(&Role::Provisioner)
        || (*audience == Audience::Scim && roles.len() > 1)
    {
        let detail = "a token for scim has the role provisioner alone, and no other token has it";
        return Err(Error::invalid_at("roles", "the roles do not fit what the token opens", detail));
    }
    if *audience == Audience::Scim && ctx.client != ClientId::house() {
        let detail = "leave the client out: members belong to the installation";
        return Err(Error::invalid_at("client", "a token for SCIM is for the installation", detail));
    }
    if agent.is_some() && *audience != Audience::Mcp {
        let detail = "leave the agent out, or make it a token for MCP";
        return Err(Error::invalid_at("agent", "only a token for MCP acts as an agent", detail));
    }
    same_caller(tx, ctx, name, agent.as_ref())?;
    let (id, token) = (ctx.id("tok"), secret::token(PREFIX)?);
    let names = serde_json::to_value(roles).map_err(Error::broken)?;
    let by = ctx.actor.to_string();
    tx.execute(
        "INSERT INTO api_token (client_id, token_id, token_digest, name, roles, created_by, created_ms, expires_ms, \
         audience, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            ctx.client,
            id,
            digest_of_text(&token),
            name,
            names,
            by,
            ctx.now_ms(),
            expires_ms,
            audience.name(),
            agent
        ],
    )?;
    let data =
        json!({"name": name, "roles": roles, "expires_ms": expires_ms, "audience": audience.name(), "agent": agent});
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

/// The name is who calls: live tokens of one name act as one agent, or as none.
fn same_caller(tx: &mut Tx, ctx: &Ctx, name: &str, agent: Option<&AgentName>) -> Result<()> {
    let sql = "SELECT agent FROM api_token WHERE client_id = $1 AND name = $2 AND revoked_ms IS NULL \
               AND (expires_ms IS NULL OR expires_ms > $3)";
    let agents: Vec<Option<AgentName>> = tx.query(sql, params![ctx.client, name, ctx.now_ms()], |row| row.id_opt(0))?;
    if agents.iter().any(|known| known.as_ref() != agent) {
        let detail = "use another name, or revoke the token that has it";
        return Err(Error::invalid_at("name", format!("'{name}' is the name of a token of another agent"), detail));
    }
    Ok(())
}

/// Who a bearer token of the HTTP API belongs to.
pub fn signed_by(tx: &mut Tx, env: &Arc<Env>, bearer: &str) -> Result<Signed> {
    found(tx, env, bearer, Audience::Api).map(|found| found.signed)
}

/// Who a bearer token for provisioning belongs to.
pub fn directory(tx: &mut Tx, env: &Arc<Env>, bearer: &str) -> Result<Signed> {
    found(tx, env, bearer, Audience::Scim).map(|found| found.signed)
}

/// Whoever shows a token at a client's MCP or A2A server.
pub struct Outsider {
    /// The service account.
    pub signed: Signed,
    /// The agent that acts, if the token is an agent's.
    pub agent: Option<AgentName>,
}

/// Who a bearer token for this client's server of an audience belongs to. A token of another client or audience is
/// unknown here.
pub fn outsider(tx: &mut Tx, env: &Arc<Env>, bearer: &str, client: &ClientId, audience: Audience) -> Result<Outsider> {
    let found = found(tx, env, bearer, audience)?;
    if found.client != *client {
        return Err(unknown());
    }
    Ok(Outsider { signed: found.signed, agent: found.agent })
}

struct Found {
    client: ClientId,
    agent: Option<AgentName>,
    signed: Signed,
}

fn unknown() -> Error {
    Error::Unauthenticated("the token is unknown, expired, revoked or for something else".to_owned())
}

fn found(tx: &mut Tx, env: &Arc<Env>, bearer: &str, audience: Audience) -> Result<Found> {
    if !bearer.starts_with(PREFIX) {
        return Err(unknown());
    }
    // every client: the token itself says which client it is for
    let sql = "SELECT client_id, name, roles, agent FROM api_token WHERE token_digest = $1 AND revoked_ms IS NULL \
               AND (expires_ms IS NULL OR expires_ms > $2) AND audience = $3";
    let params = params![digest_of_text(bearer), env.now_ms(), audience.name()];
    let read = |row: &Row| Ok((row.id(0)?, row.text(1)?, row.json_as::<Vec<Role>>(2)?, row.id_opt(3)?));
    let row = tx.every_client(|tx| tx.query_opt(sql, params, read))?;
    let (client, name, roles, agent): (ClientId, _, _, _) = row.ok_or_else(unknown)?;
    let grants: Vec<_> = roles.into_iter().map(|role| Grant { client: Clone::clone(&client), role }).collect();
    let actor = Actor::system(format!("{ACCOUNT}{name}"));
    let signed = Signed { actor, member: None, grants: grants.into(), env: Arc::clone(env) };
    Ok(Found { client, agent, signed })
}

/// Makes a new token in the place of one, with its name and roles; the old one works for `overlap_ms` longer at most.
pub fn rotate(tx: &mut Tx, ctx: &Ctx, id: &str, overlap_ms: i64, expires_ms: Option<i64>) -> Result<NewToken> {
    ctx.allow(Right::TokenAdmin)?;
    let sql = "SELECT name, roles, expires_ms, audience, agent FROM api_token WHERE client_id = $1 AND token_id = $2 \
               AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $3)";
    let read = |row: &Row| {
        let (name, roles, expires_ms) = (row.text(0)?, row.json_as(1)?, row.int_opt(2)?);
        Ok(Wanted { name, roles, expires_ms, audience: row.id(3)?, agent: row.id_opt(4)? })
    };
    let old = tx.query_opt(sql, params![ctx.client, id, ctx.now_ms()], read)?;
    let old = old.ok_or_else(|| Error::not_found(format!("token {id}")))?;
    let old_ms = old.expires_ms;
    let made = make(tx, ctx, &Wanted { expires_ms: expires_ms.or(old_ms), ..old })?;
    let end_ms = ctx.now_ms().saturating_add(overlap_ms.clamp(0, OVERLAP_MS_MAX));
    let end_ms = old_ms.map_or(end_ms, |old_ms| old_ms.min(end_ms));
    tx.execute(
        "UPDATE api_token SET expires_ms = $3 WHERE client_id = $1 AND token_id = $2",
        params![ctx.client, id, end_ms],
    )?;
    let data = json!({"new": made.id, "old_until_ms": end_ms});
    ledger::append(tx, ctx, Event::new(&ctx.client, "token.rotated", id).with(data))?;
    Ok(made)
}

/// Who has made the tokens of a service account, such as `system:token:NAME`; nobody for any other actor.
pub fn makers(tx: &mut Tx, client: &ClientId, actor: &str) -> Result<Vec<String>> {
    let Some((_, name)) = actor.split_once(ACCOUNT) else { return Ok(Vec::new()) };
    let sql = "SELECT created_by FROM api_token WHERE client_id IN ($1, 'house') AND name = $2";
    tx.query(sql, params![client, name], |row| row.text(0))
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

/// The client's tokens, newest first, 200 at most: those that open something before those that no longer do.
pub fn list(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Token>> {
    ctx.allow(Right::TokenAdmin)?;
    first(tx, ctx, LISTED_MAX)
}

/// The context's client's, those first that still open something, the newest before the others; who may see them, the caller has
/// asked.
pub(crate) fn first(tx: &mut Tx, ctx: &Ctx, most: usize) -> Result<Vec<Token>> {
    tx.query(
        "SELECT token_id, name, roles, created_by, created_ms, expires_ms, revoked_ms, audience, agent FROM api_token \
         WHERE client_id = $1 ORDER BY CASE WHEN revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $3) \
         THEN 0 ELSE 1 END, token_id DESC LIMIT $2",
        params![ctx.client, i64::try_from(most).unwrap_or(i64::MAX), ctx.now_ms()],
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
        audience: row.id(7)?,
        agent: row.id_opt(8)?,
    })
}
