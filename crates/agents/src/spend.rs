//! What language models have cost lately, by agent, for live views.

use baton_base::{ClientId, Cost, Currency, Error, Result};
use baton_db::{Tx, params};
use std::collections::BTreeMap;

/// What the models of one agent have cost in a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    /// What is known of it, by currency.
    pub known: Vec<Cost>,
    /// Exchanges that took tokens and whose model had no price.
    pub unpriced: i64,
    /// Exchanges whose model had a price, and of which nobody told how many tokens they took.
    pub uncounted: i64,
}

/// What was spent at a client since a time (milliseconds since the epoch), by the name of the agent that asked.
pub fn spent(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<BTreeMap<String, Spent>> {
    let rows = tx.query(
        "SELECT agent, currency, CAST(SUM(cost_pico) AS BIGINT), \
         CAST(SUM(CASE WHEN price IS NULL AND tokens_in + tokens_out > 0 THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN price IS NOT NULL AND cost_pico IS NULL THEN 1 ELSE 0 END) AS BIGINT) \
         FROM model_exchange WHERE client_id = $1 AND at_ms >= $2 GROUP BY agent, currency ORDER BY agent, currency",
        params![client, since_ms],
        |r| Ok((r.text(0)?, r.text_opt(1)?, r.int_opt(2)?, r.int(3)?, r.int(4)?)),
    )?;
    let mut found: BTreeMap<String, Spent> = BTreeMap::new();
    for (agent, currency, pico, unpriced, uncounted) in rows {
        let spent = found.entry(agent).or_default();
        spent.unpriced += unpriced;
        spent.uncounted += uncounted;
        // Where of none the cost is known there is no sum: not nothing.
        if let Some((currency, pico)) = currency.zip(pico) {
            let currency: Currency = currency.parse().map_err(Error::broken)?;
            spent.known.push(Cost::new(i128::from(pico), currency));
        }
    }
    Ok(found)
}
