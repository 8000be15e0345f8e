//! What the door keeps of the calls of a case, taken out.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Empties a case's effects, and the calls from outside that wait or waited for a person in it: that they were made, when,
/// and the digest of their arguments stay, so that none is made twice. One that was not made yet waits no longer. Returns
/// how many effects.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute(
        "UPDATE waiting_call SET args = NULL, reason = '', expires_ms = CASE WHEN EXISTS ( \
         SELECT 1 FROM approval_use u WHERE u.client_id = waiting_call.client_id \
         AND u.work_item_id = waiting_call.work_item_id) THEN expires_ms ELSE 0 END \
         WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )?;
    tx.execute(
        "UPDATE effect SET args = '{}', permit = '{}', result = NULL WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )
}
