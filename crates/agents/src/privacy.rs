//! What the agents keep of a case, taken out.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Deletes the exchanges with language models about a case, and what agents made of its messages; returns how many exchanges.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute("DELETE FROM reading WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    tx.execute("DELETE FROM model_exchange WHERE client_id = $1 AND case_id = $2", params![client, case])
}

/// The same of what was made at a time or later: since another customer's case was merged into it.
pub fn erase_since(tx: &mut Tx, client: &ClientId, case: &CaseId, since_ms: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM reading WHERE client_id = $1 AND case_id = $2 AND at_ms >= $3",
        params![client, case, since_ms],
    )?;
    tx.execute(
        "DELETE FROM model_exchange WHERE client_id = $1 AND case_id = $2 AND at_ms >= $3",
        params![client, case, since_ms],
    )
}

/// Deletes the exchanges from before a time; returns how many.
pub fn erase_before(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<u64> {
    tx.execute("DELETE FROM model_exchange WHERE client_id = $1 AND at_ms < $2", params![client, before_ms])
}
