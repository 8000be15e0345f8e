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

/// Sums are made in two parts, whole 10^-6 of a unit and the rest: in one, 64 bits end at nine million units of a currency, which of
/// some are not much.
const PART_PICO: i128 = 1_000_000;

/// What was spent at a client since a time (milliseconds since the epoch), by the name of the agent that asked.
pub fn spent(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<BTreeMap<String, Spent>> {
    let rows = tx.query(
        "SELECT agent, currency, CAST(SUM(cost_pico / 1000000) AS BIGINT), CAST(SUM(cost_pico % 1000000) AS BIGINT), \
         CAST(SUM(CASE WHEN price IS NULL AND tokens_in + tokens_out > 0 THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN price IS NOT NULL AND cost_pico IS NULL THEN 1 ELSE 0 END) AS BIGINT) \
         FROM model_exchange WHERE client_id = $1 AND at_ms >= $2 GROUP BY agent, currency ORDER BY agent, currency",
        params![client, since_ms],
        |r| {
            let parts = r.int_opt(2)?.zip(r.int_opt(3)?);
            let pico = parts.map(|(whole, rest)| i128::from(whole) * PART_PICO + i128::from(rest));
            Ok((r.text(0)?, r.text_opt(1)?, pico, r.int(4)?, r.int(5)?))
        },
    )?;
    let mut found: BTreeMap<String, Spent> = BTreeMap::new();
    for (agent, currency, pico, unpriced, uncounted) in rows {
        let spent = found.entry(agent).or_default();
        spent.unpriced += unpriced;
        spent.uncounted += uncounted;
        // Where of none the cost is known there is no sum: not nothing.
        if let Some((currency, pico)) = currency.zip(pico) {
            let currency: Currency = currency.parse().map_err(Error::broken)?;
            spent.known.push(Cost::new(pico, currency));
        }
    }
    Ok(found)
}
