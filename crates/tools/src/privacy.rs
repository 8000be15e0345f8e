//! What the door keeps of the calls of a case, taken out.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Empties a case's effects, and the calls from outside that wait or waited for a person in it: that they were made, when,
/// and the digest of their arguments stay, so that none is made twice. Returns how many effects.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute(
        "UPDATE waiting_call SET args = NULL, reason = '' WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )?;
    tx.execute(
        "UPDATE effect SET args = '{}', permit = '{}', result = NULL WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )
}
