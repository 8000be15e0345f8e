//! Past cases with what agents read in them.

use baton_agents::triggers::replay::{PastCase, Reading};
use baton_base::{CaseId, ClientId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Env};
use std::collections::HashMap;
use std::sync::Arc;

/// Most readings that are looked at.
const READINGS_MAX: u32 = 200_000;

/// A client's cases with readings since a time, in the order in which they were first read.
pub(super) fn cases(tx: &mut Tx, env: &Arc<Env>, client: &ClientId, since_ms: i64) -> Result<Vec<PastCase>> {
    if !baton_clients::clients(tx)?.iter().any(|row| row.id == *client) {
        return Err(Error::not_found(format!("client {client}")));
    }
    let all = baton_agents::readings(tx, client, since_ms, READINGS_MAX)?;
    if all.len() >= READINGS_MAX as usize {
        return Err(Error::Limit(format!("{READINGS_MAX} messages; take a shorter time with --since")));
    }
    let mut order: Vec<CaseId> = Vec::new();
    let mut of_case: HashMap<CaseId, Vec<Reading>> = HashMap::new();
    for heard in all {
        let readings = of_case.entry(heard.case.clone()).or_default();
        if readings.is_empty() {
            order.push(heard.case);
        }
        readings.push(heard.reading);
    }
    let ctx = Ctx::system(env, client, "cli:escalation");
    order
        .into_iter()
        .map(|id| {
            let case = baton_cases::get(tx, &ctx, &id)?;
            let readings = of_case.remove(&id).unwrap_or_default();
            let (shadows, readings): (Vec<Reading>, Vec<Reading>) =
                readings.into_iter().partition(|reading| reading.goal == baton_agents::shadow::GOAL);
            let (number, intent) = (case.row.number, case.row.intent);
            Ok(PastCase { number, intent, by_person: case.person_touched, readings, shadows })
        })
        .collect()
}
