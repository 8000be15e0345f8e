//! Each client's share of the work of runs, beside others that have work too: a setting, read again every second.

use baton_base::{ClientId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, ledger, settings};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Name of the setting.
const SETTING: &str = "runs.weight";
/// Largest weight; every client has 1 unless it is set.
pub const WEIGHT_MAX: u32 = 100;

/// The weights as this process knows them.
#[derive(Default)]
pub struct Weights {
    known: RwLock<HashMap<ClientId, u32>>,
}

impl Weights {
    /// A client's weight.
    pub fn of(&self, client: &ClientId) -> u32 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(client).copied().unwrap_or(1)
    }

    /// Takes over what is set now.
    pub fn put(&self, known: HashMap<ClientId, u32>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// What is set now.
pub fn read(tx: &mut Tx) -> Result<HashMap<ClientId, u32>> {
    let set = settings::of_all(tx, SETTING)?;
    Ok(set.into_iter().filter_map(|(client, text)| Some((client, text.parse().ok()?))).collect())
}

/// Sets the weight of the context's client, and writes it into the ledger.
pub fn set(tx: &mut Tx, ctx: &Ctx, weight: u32) -> Result<()> {
    if !(1..=WEIGHT_MAX).contains(&weight) {
        let title = format!("a weight is a whole number from 1 to {WEIGHT_MAX}");
        return Err(Error::invalid_at("weight", title, "1 is the weight of a client of which nothing is said"));
    }
    settings::set(tx, &ctx.client, SETTING, &weight.to_string())?;
    let event = Event::new(&ctx.client, "client.weight_set", &ctx.client).with(json!({"weight": weight}));
    ledger::append(tx, ctx, event)?;
    Ok(())
}
