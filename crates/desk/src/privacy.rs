//! What the desk keeps of a case, taken out.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Deletes a case's packets; returns how many.
pub fn erase_packets(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute(
        "UPDATE work_item SET packet_id = NULL WHERE client_id = $1 AND case_id = $2 AND packet_id IS NOT NULL",
        params![client, case],
    )?;
    tx.execute("DELETE FROM packet WHERE client_id = $1 AND case_id = $2", params![client, case])
}

/// Deletes a case's packets and empties its work items; returns how many of each.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<(u64, u64)> {
    let items = tx.execute(
        "UPDATE work_item SET title = '(erased)', form = '{\"decisions\":[]}', result = NULL, packet_id = NULL \
         WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )?;
    tx.execute("UPDATE tag SET note = '' WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    tx.execute(
        "UPDATE transfer SET note = '', answer = '' WHERE client_id = $1 AND work_item_id IN \
         (SELECT work_item_id FROM work_item WHERE client_id = $1 AND case_id = $2)",
        params![client, case],
    )?;
    tx.execute(
        "DELETE FROM approval_look WHERE client_id = $1 AND work_item_id IN \
         (SELECT work_item_id FROM work_item WHERE client_id = $1 AND case_id = $2)",
        params![client, case],
    )?;
    tx.execute("DELETE FROM case_hold WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    tx.execute("DELETE FROM agent_handoff WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    Ok((erase_packets(tx, client, case)?, items))
}
