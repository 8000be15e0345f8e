//! What the door keeps of the calls of a case, taken out.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Empties a case's effects: that they were made, when, and the digest of their arguments stay. Returns how many.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute(
        "UPDATE effect SET args = '{}', permit = '{}', result = NULL WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )
}
