//! SQL of the tables `proposal` and `proposal_vote`.

use super::rules::{Content, Proposal, State, Vote};
use baton_base::limits::PAGE_MAX;
use baton_base::{ClientId, Error, Result};
use baton_db::{Kind, Row, Tx, params};

/// After every id of a proposal, which begins with `chg_`.
const LAST: &str = "chh";

const COLUMNS: &str = "client_id, proposal_id, kind, state, title, reason, author, base, before, checks, ready, \
                       approvals, publish_ms, created_ms, published_ms";

fn read(row: &Row) -> Result<Proposal> {
    Ok(Proposal {
        client: row.id(0)?,
        id: row.text(1)?,
        kind: row.id(2)?,
        state: row.id(3)?,
        title: row.text(4)?,
        reason: row.text(5)?,
        author: row.text(6)?,
        base: row.id_opt(7)?,
        before: row.json(8)?,
        checks: row.json_as(9)?,
        ready: row.bool(10)?,
        approvals: row.int(11)?,
        publish_ms: row.int_opt(12)?,
        created_ms: row.int(13)?,
        published_ms: row.int_opt(14)?,
    })
}

pub(super) fn insert(tx: &mut Tx, new: &Proposal, content: &Content) -> Result<()> {
    let content = serde_json::to_string(content).map_err(Error::broken)?;
    let checks = serde_json::to_string(&new.checks).map_err(Error::broken)?;
    // every client: the first column is the client's
    let sql = format!(
        "INSERT INTO proposal ({COLUMNS}, content) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)"
    );
    tx.execute(
        &sql,
        params![
            new.client,
            new.id.as_str(),
            new.kind.name(),
            new.state.name(),
            new.title.as_str(),
            new.reason.as_str(),
            new.author.as_str(),
            new.base,
            new.before,
            checks,
            new.ready,
            new.approvals,
            new.publish_ms,
            new.created_ms,
            new.published_ms,
            content
        ],
    )?;
    Ok(())
}

/// One proposal.
pub fn get(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Proposal> {
    let sql = format!("SELECT {COLUMNS} FROM proposal WHERE client_id = $1 AND proposal_id = $2");
    tx.query_opt(&sql, params![client, id], read)?.ok_or_else(|| Error::not_found(format!("proposal {id}")))
}

/// The same; it stays as it is until the caller's commit.
pub(super) fn hold(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Proposal> {
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM proposal WHERE client_id = $1 AND proposal_id = $2 {lock}");
    tx.query_opt(&sql, params![client, id], read)?.ok_or_else(|| Error::not_found(format!("proposal {id}")))
}

/// What a proposal would make so.
pub fn content(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Content> {
    let sql = "SELECT content FROM proposal WHERE client_id = $1 AND proposal_id = $2";
    let found = tx.query_opt(sql, params![client, id], |row| row.json_as(0))?;
    found.ok_or_else(|| Error::not_found(format!("proposal {id}")))
}

/// Proposals of a client, newest first; with `after`, those that were made before that one.
pub fn list(
    tx: &mut Tx,
    client: &ClientId,
    state: Option<State>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Proposal>> {
    let state = state.map_or("%", State::name);
    // Ids sort by time.
    let sql = format!(
        "SELECT {COLUMNS} FROM proposal WHERE client_id = $1 AND state LIKE $2 AND proposal_id < $3 \
         ORDER BY proposal_id DESC LIMIT $4"
    );
    tx.query(&sql, params![client, state, after.unwrap_or(LAST), i64::from(limit)], read)
}

/// What people said of a proposal, in the order of time.
pub fn votes(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Vec<Vote>> {
    tx.query(
        "SELECT voter, verdict, reason, at_ms FROM proposal_vote WHERE client_id = $1 AND proposal_id = $2 ORDER BY at_ms",
        params![client, id],
        |row| Ok(Vote { voter: row.text(0)?, verdict: row.text(1)?, reason: row.text(2)?, at_ms: row.int(3)? }),
    )
}

pub(super) fn vote(tx: &mut Tx, client: &ClientId, id: &str, vote: &Vote) -> Result<bool> {
    let made = tx.execute(
        "INSERT INTO proposal_vote (client_id, proposal_id, voter, verdict, reason, at_ms) VALUES ($1,$2,$3,$4,$5,$6) \
         ON CONFLICT (client_id, proposal_id, voter) DO NOTHING",
        params![client, id, vote.voter.as_str(), vote.verdict.as_str(), vote.reason.as_str(), vote.at_ms],
    )?;
    Ok(made == 1)
}

/// Moves a proposal from one state to another; a conflict where somebody else has moved it.
pub(super) fn turn(tx: &mut Tx, proposal: &Proposal, to: State, published_ms: Option<i64>) -> Result<()> {
    let moved = tx.execute(
        "UPDATE proposal SET state = $4, published_ms = COALESCE($5, published_ms) \
         WHERE client_id = $1 AND proposal_id = $2 AND state = $3",
        params![proposal.client, proposal.id.as_str(), proposal.state.name(), to.name(), published_ms],
    )?;
    if moved == 1 { Ok(()) } else { Err(Error::Conflict("somebody else has decided it meanwhile".to_owned())) }
}

/// Takes the time of publishing away.
pub(super) fn unschedule(tx: &mut Tx, client: &ClientId, id: &str) -> Result<()> {
    let sql = "UPDATE proposal SET publish_ms = NULL WHERE client_id = $1 AND proposal_id = $2";
    tx.execute(sql, params![client, id]).map(|_| ())
}

/// Approved proposals whose time has come.
pub(super) fn due(tx: &mut Tx, now_ms: i64) -> Result<Vec<(ClientId, String)>> {
    // every client: one look for the whole installation, each is then published in its own client's name
    tx.query(
        "SELECT client_id, proposal_id FROM proposal WHERE state = 'approved' AND publish_ms <= $1 \
         ORDER BY publish_ms LIMIT $2",
        params![now_ms, i64::from(PAGE_MAX)],
        |row| Ok((row.id(0)?, row.text(1)?)),
    )
}
