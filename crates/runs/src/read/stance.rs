//! Whether anything goes on in a case by itself.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// How the runs of a case stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// A run has something to take in, or a call to the outside is under way.
    Busy,
    /// Nothing goes on until a message comes.
    Listens,
    /// Nothing goes on: it waits for something else, or has ended.
    Rests,
}

/// How the runs of a case stand. A case without a run rests.
pub fn stance(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Stance> {
    let sql = "SELECT COUNT(*) FROM run WHERE client_id = $1 AND case_id = $2 AND ready = 1";
    if tx.query_one(sql, params![client, case], |r| r.int(0))? > 0 {
        return Ok(Stance::Busy);
    }
    let sql = "SELECT k.state, k.wake_on FROM run r JOIN run_call k ON k.client_id = r.client_id AND k.run_id = r.run_id \
               WHERE r.client_id = $1 AND r.case_id = $2 AND r.status IN ('running', 'waiting')";
    let calls = tx.query(sql, params![client, case], |r| Ok((r.text(0)?, r.text_opt(1)?)))?;
    if calls.iter().any(|(state, _)| state == "requested") {
        return Ok(Stance::Busy);
    }
    let listens = calls.iter().any(|(_, wake_on)| wake_on.as_deref() == Some("message"));
    Ok(if listens { Stance::Listens } else { Stance::Rests })
}
