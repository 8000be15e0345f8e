//! The journal of exchanges with language models.

use baton_base::{CaseId, Result};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use serde_json::Value;

/// One exchange, as sent and received.
pub(crate) struct Exchange {
    pub agent: String,
    pub model: String,
    pub request: Value,
    pub reply: Value,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub latency_ms: i64,
}

/// Writes an exchange down.
pub(crate) fn insert_exchange(tx: &mut Tx, ctx: &Ctx, case: Option<&CaseId>, exchange: &Exchange) -> Result<()> {
    tx.execute(
        "INSERT INTO model_exchange (client_id, exchange_id, case_id, agent, model, request, reply, tokens_in, tokens_out, \
         latency_ms, at_ms) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        params![
            ctx.client, ctx.id("mex"), case, exchange.agent.as_str(), exchange.model.as_str(), exchange.request.to_string(),
            exchange.reply.to_string(), exchange.tokens_in, exchange.tokens_out, exchange.latency_ms, ctx.now_ms()
        ],
    )?;
    Ok(())
}
