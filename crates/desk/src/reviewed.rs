//! What people have decided about the calls that AI asked approval for: the evidence of how far AI may go.

use baton_base::{ClientId, Result};
use baton_db::{Tx, params};
use serde_json::Value;

/// Most decided approvals looked at, newest first.
const REVIEWED_MAX: u32 = 5_000;

/// One decided approval of a call that an agent asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The case's intent, if it has one.
    pub intent: Option<String>,
    /// The action.
    pub action: String,
    /// Whether the person said yes.
    pub approved: bool,
}

/// Decided approvals of agents' calls since a time, newest first.
pub fn reviewed(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<Reviewed>> {
    let sql = format!(
        "SELECT c.intent, w.form, w.result FROM work_item w \
         LEFT JOIN case_file c ON c.client_id = w.client_id AND c.case_id = w.case_id \
         WHERE w.client_id = $1 AND w.kind = 'approval' AND w.state = 'done' AND w.requested_by LIKE 'agent:%' \
         AND w.ended_ms >= $2 ORDER BY w.ended_ms DESC LIMIT {REVIEWED_MAX}"
    );
    let rows = tx.query(&sql, params![client, since_ms], |row| {
        Ok((row.text_opt(0)?, row.json(1)?, row.json_opt(2)?.unwrap_or(Value::Null)))
    })?;
    let read = |(intent, form, result): (Option<String>, Value, Value)| {
        let action = form.pointer("/values/approval/action")?.as_str()?.to_owned();
        let approved = result["decision"].as_str()? == "approve";
        Some(Reviewed { intent, action, approved })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
