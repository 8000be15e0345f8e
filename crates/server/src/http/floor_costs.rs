//! What AI and people cost an hour, as the floor shows it: models by what they cost in the last hour, people by their rate.

use crate::House;
use baton_agents::spend::{Spent, spent};
use baton_base::{ClientId, Cost, Result};
use baton_cases::FloorActor;
use baton_db::Tx;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The time over which models are looked at, milliseconds: what they cost in it is their cost an hour.
const HOUR_MS: i64 = 3_600_000;

/// What was spent in the last hour, by client and agent; of the clients whose costs the caller may see, and of no other.
pub(super) struct Costs(BTreeMap<ClientId, BTreeMap<String, Spent>>);

impl Costs {
    /// Reads what the clients' models cost in the hour before now.
    pub(super) fn read(tx: &mut Tx, clients: &[ClientId], now_ms: i64) -> Result<Self> {
        let mut all = BTreeMap::new();
        for client in clients {
            all.insert(client.clone(), spent(tx, client, now_ms - HOUR_MS)?);
        }
        Ok(Self(all))
    }

    /// The sum over a client's agents, whoever of them has a case now, and the rate of its people; none where the caller may not
    /// see it.
    pub(super) fn of_client(&self, house: &House, client: &ClientId) -> Option<Value> {
        let mut sum = Spent::default();
        for one in self.0.get(client)?.values() {
            sum.unpriced += one.unpriced;
            sum.uncounted += one.uncounted;
            for cost in &one.known {
                match sum.known.iter_mut().find(|known| known.currency == cost.currency) {
                    Some(known) => known.pico += cost.pico,
                    None => sum.known.push(*cost),
                }
            }
        }
        let mut shown = told(&sum);
        shown["people_hour"] = json!(rate(house, client));
        Some(shown)
    }

    /// What one actor costs an hour; null for whoever is neither an agent nor a person, none where the caller may not see it.
    pub(super) fn of_actor(&self, house: &House, actor: &FloorActor) -> Option<Value> {
        let agents = self.0.get(&actor.client)?;
        Some(match actor.kind.as_str() {
            "agent" => {
                let none = Spent::default();
                let of = agents.get(&actor.name).unwrap_or(&none);
                let mut shown = told(of);
                shown["priced"] = json!(house.is_priced(&actor.client, &actor.name));
                shown
            }
            "member" => {
                let rate = rate(house, &actor.client);
                json!({"hour": rate.iter().collect::<Vec<_>>(), "unpriced": 0, "uncounted": 0, "priced": rate.is_some()})
            }
            _ => Value::Null,
        })
    }
}

fn told(spent: &Spent) -> Value {
    json!({"hour": spent.known, "unpriced": spent.unpriced, "uncounted": spent.uncounted})
}

/// What an hour of a client's people costs, where its live release says so.
fn rate(house: &House, client: &ClientId) -> Option<Cost> {
    house.parts.cases.live(client).ok().and_then(|(_, config)| config.people_per_hour)
}
