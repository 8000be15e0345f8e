//! How customers sound in cases that were open before that was measured.

use crate::store;
use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Cases looked at by one step.
const STEP_MAX: i64 = 100;

/// Reads what the customer wrote last in open cases of a client of which it is not known how it sounds, and keeps the answer; one
/// step, after the case that the step before ended with. None where no case is left. Where a customer has written nothing it stays
/// unknown.
pub fn read_moods(
    tx: &mut Tx,
    client: &ClientId,
    is_upset: fn(&str) -> bool,
    after: Option<&CaseId>,
) -> Result<Option<CaseId>> {
    let open = "SELECT case_id FROM case_file WHERE client_id = $1 AND state IN ('open', 'waiting_customer', 'with_person') \
                AND upset IS NULL AND case_id > $2 ORDER BY case_id LIMIT $3";
    let after = after.map_or("", CaseId::as_str);
    let cases: Vec<CaseId> = tx.query(open, params![client, after, STEP_MAX], |row| row.id(0))?;
    for case in &cases {
        let Some(last) = store::last_message_id(tx, client, case)? else { continue };
        let Some(said) = store::message_by_id(tx, client, &last)? else { continue };
        // Whoever has written meanwhile has been read already.
        let keep = "UPDATE case_file SET upset = $3 WHERE client_id = $1 AND case_id = $2 AND upset IS NULL";
        tx.execute(keep, params![client, case, i64::from(is_upset(&said.text))])?;
    }
    Ok(cases.last().cloned())
}
