//! Consent: the customer's explicit yes to exactly one set of arguments of one action, in one case.

use crate::{Ctx, ledger};
use baton_base::{CaseId, Event, MessageId, Result};
use baton_db::{Tx, params};
use serde_json::json;

/// Records the yes that stands in a message. The last one counts: a yes that is given again, in another message, is given
/// on what is known by then.
pub fn record(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &CaseId,
    action: &str,
    args_digest: &str,
    message: &MessageId,
) -> Result<()> {
    let new = tx.execute(
        "INSERT INTO consent (client_id, case_id, action, args_digest, message_id, given_ms) VALUES ($1,$2,$3,$4,$5,$6) \
         ON CONFLICT (client_id, case_id, action, args_digest) DO UPDATE SET message_id = excluded.message_id, \
         given_ms = excluded.given_ms WHERE consent.message_id <> excluded.message_id",
        params![ctx.client, case, action, args_digest, message, ctx.now_ms()],
    )?;
    if new > 0 {
        let data = json!({"action": action, "args_digest": args_digest, "message": message});
        ledger::append(tx, ctx, Event::new(&ctx.client, "consent.given", message).in_case(case).with(data))?;
    }
    Ok(())
}

/// Whether the customer said yes to exactly these arguments in this case.
pub fn given(tx: &mut Tx, ctx: &Ctx, case: &CaseId, action: &str, args_digest: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT given_ms FROM consent WHERE client_id = $1 AND case_id = $2 AND action = $3 AND args_digest = $4",
        params![ctx.client, case, action, args_digest],
        |row| row.int(0),
    )?;
    Ok(found.is_some())
}
