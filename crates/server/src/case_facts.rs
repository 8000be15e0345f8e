//! What the door is told of a case: from the rooms that keep it, never from what a model said.

use baton_base::{CaseId, ClientId, Error, Result};
use baton_db::Tx;
use baton_desk::{Kind, State};
use baton_govern::Ctx;
use baton_tools::CaseReader;
use serde_json::{Value, json};
use std::sync::Arc;

/// Reads cases for the door.
pub struct CaseFacts {
    /// For the context of its reads.
    pub env: Arc<baton_govern::Env>,
}

impl CaseReader for CaseFacts {
    fn read(&self, tx: &mut Tx, client: &ClientId, case: Option<&CaseId>) -> Result<baton_tools::CaseFacts> {
        let currency = baton_clients::currency(tx, client)?.parse().map_err(Error::broken)?;
        let Some(id) = case else {
            return Ok(baton_tools::CaseFacts {
                case: Value::Null,
                intent: None,
                identity: Value::Null,
                customer: None,
                currency,
            });
        };
        let ctx = Ctx::system(&self.env, client, "door");
        let found = baton_cases::get(tx, &ctx, id)?;
        let review = review(tx, &ctx, id)?;
        let row = &found.row;
        Ok(baton_tools::CaseFacts {
            case: json!({"id": id, "channel": row.channel, "state": row.state, "fields": found.fields, "review": review}),
            intent: row.intent.clone(),
            identity: found.identity.clone().unwrap_or(Value::Null),
            customer: Some(row.customer.id.clone()),
            currency,
        })
    }
}

/// The last review of the case that a member has decided: `{decision, fields, by}`.
fn review(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Value> {
    let items = baton_desk::of_case(tx, ctx, case)?;
    let reviews = items.into_iter().filter(|item| item.kind == Kind::Review && item.state == State::Done);
    let Some(last) = reviews.max_by_key(|item| item.ended_ms) else { return Ok(Value::Null) };
    let detail = baton_desk::detail(tx, ctx, &last.id)?;
    Ok(detail.result.unwrap_or(Value::Null))
}
