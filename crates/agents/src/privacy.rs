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

/// Deletes the exchanges from before a time, but for those about cases of a customer who is held, by a hold of their own or of
/// somebody who is linked with them; returns how many.
pub fn erase_before(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM model_exchange WHERE client_id = $1 AND at_ms < $2 AND NOT EXISTS (SELECT 1 FROM case_file c \
         LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
         LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
         JOIN customer_hold h ON h.client_id = c.client_id \
         LEFT JOIN customer_link l ON l.client_id = h.client_id AND l.customer_id = h.customer_id \
         WHERE c.client_id = model_exchange.client_id AND c.case_id = model_exchange.case_id \
         AND COALESCE(l.into_id, h.customer_id) IN (c.customer_id, e.customer_id))",
        params![client, before_ms],
    )
}
