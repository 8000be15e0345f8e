//! SQL of the table `agent_handoff`, and of what a pass is held against.

use crate::limits;
use baton_base::{CaseId, ClientId, PacketId, Result};
use baton_db::{Tx, params};

/// A case went from one agent to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    pub from: String,
    pub to: String,
    /// Digest of what was known then.
    pub facts: String,
}

/// The passes of a case, oldest first.
pub(crate) fn of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Pass>> {
    let sql =
        "SELECT from_agent, to_agent, facts FROM agent_handoff WHERE client_id = $1 AND case_id = $2 ORDER BY seq";
    tx.query(sql, params![client, case], |r| Ok(Pass { from: r.text(0)?, to: r.text(1)?, facts: r.text(2)? }))
}

/// How many passes of a case there were since its customer wrote last.
pub(crate) fn since_said(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<usize> {
    let sql = "SELECT COUNT(*) FROM agent_handoff p WHERE p.client_id = $1 AND p.case_id = $2 AND p.at_ms >= \
               COALESCE((SELECT MAX(m.sent_ms) FROM message m WHERE m.client_id = $1 AND m.case_id = $2 \
               AND m.author_kind = 'customer'), 0)";
    let count = tx.query_one(sql, params![client, case], |r| r.int(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// What systems have done in a case, the latest of it: which call of which action, and how it stands. Reads do nothing.
pub(crate) fn done(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<String>> {
    let sql = "SELECT effect_id, action, state FROM effect WHERE client_id = $1 AND case_id = $2 AND writes = $3 \
               ORDER BY effect_id DESC LIMIT $4";
    tx.query(sql, params![client, case, true, limits::PACKET_STEPS_MAX], |r| {
        Ok(format!("{} {} {}", r.text(0)?, r.text(1)?, r.text(2)?))
    })
}

pub(crate) fn insert(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    pass: &Pass,
    packet: &PacketId,
    now_ms: i64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO agent_handoff (client_id, case_id, seq, from_agent, to_agent, facts, packet_id, at_ms) \
         SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6, $7 FROM agent_handoff \
         WHERE client_id = $1 AND case_id = $2",
        params![client, case, pass.from, pass.to, pass.facts, packet, now_ms],
    )?;
    Ok(())
}
