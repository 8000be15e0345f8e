//! What is spent, counted in the database in the transaction that writes the call down.

use super::{Limits, What};
use baton_base::{ClientId, Error, Result, digest_of_text};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Hex digits that tell apart what two limits count, count.
const MARK_CHARS: usize = 12;

/// What a call spends of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spending {
    scope: String,
    /// Where the window begins, milliseconds.
    window_ms: i64,
    amount: i64,
    #[serde(default)]
    most: i64,
}

impl Limits {
    /// What a call spends, of every limit that is about it. What cannot be worked out is refused.
    pub(crate) fn spending(&self, ctx: &Ctx, action: &str, view: &Value) -> Result<Vec<Spending>> {
        let mut all = Vec::new();
        for rule in &self.rules {
            let What::Spend { amount, most, per_ms } = &rule.what else { continue };
            let Some(scope) = rule.scope(&ctx.actor, action) else { continue };
            let what = digest_of_text(amount.text());
            let value = amount.value("what the call spends", view)?;
            if value.is_null() {
                continue;
            }
            let amount = value.as_i64().filter(|amount| *amount >= 0).ok_or_else(|| {
                let reason = format!("what the call spends is no amount in minor units ({scope})");
                Error::refused(reason, vec![format!("limit:spend:{scope}")])
            })?;
            let now_ms = ctx.now_ms();
            let scope = format!("{scope}/{per_ms}/{}/{}", rule.mark(), &what[..MARK_CHARS]);
            all.push(Spending { scope, window_ms: now_ms - now_ms.rem_euclid(*per_ms), amount, most: *most });
        }
        Ok(all)
    }
}

/// Takes what a call spends. `Refused` by `limit:spend:…` where it is more than is left, by `limit:down` where it cannot
/// be counted.
pub(crate) fn take(tx: &mut Tx, client: &ClientId, all: &[Spending]) -> Result<()> {
    for one in all {
        let taken = take_one(tx, client, one).map_err(|error| {
            tracing::warn!(%error, "what is spent cannot be counted");
            Error::refused(
                "the limits cannot be checked right now; nothing is written meanwhile",
                vec![DOWN.to_owned()],
            )
        })?;
        if !taken {
            let scope = one.scope.split('/').next().unwrap_or_default();
            let reason = format!("{} more would be over the limit of {} ({scope})", one.amount, one.most);
            return Err(Error::refused(reason, vec![format!("limit:spend:{scope}")]));
        }
    }
    Ok(())
}

/// The limits could not be counted.
pub(crate) const DOWN: &str = "limit:down";

fn take_one(tx: &mut Tx, client: &ClientId, one: &Spending) -> Result<bool> {
    tx.execute(
        "INSERT INTO spend (client_id, scope, window_ms, amount) VALUES ($1, $2, $3, 0) \
         ON CONFLICT (client_id, scope, window_ms) DO NOTHING",
        params![client, one.scope, one.window_ms],
    )?;
    let changed = tx.execute(
        "UPDATE spend SET amount = amount + $4 \
         WHERE client_id = $1 AND scope = $2 AND window_ms = $3 AND amount + $4 <= $5",
        params![client, one.scope, one.window_ms, one.amount, one.most],
    )?;
    Ok(changed == 1)
}

/// Gives back what a call took that did not happen.
pub(crate) fn give_back(tx: &mut Tx, client: &ClientId, all: &[Spending]) -> Result<()> {
    for one in all {
        tx.execute(
            "UPDATE spend SET amount = amount - $4 WHERE client_id = $1 AND scope = $2 AND window_ms = $3",
            params![client, one.scope, one.window_ms, one.amount],
        )?;
    }
    Ok(())
}
