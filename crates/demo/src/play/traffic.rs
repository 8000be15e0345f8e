//! Live traffic for a demonstration: customers and policy holders at the speed of people, until stopped.
//! Nobody works the desk: that is for the people who watch.

use super::api::Api;
use super::chat::{LIFELIKE, converse};
use super::check::Clients;
use super::holder::{Notices, send, tag};
use crate::insurer::House;
use crate::world::{ClaimCase, ClaimKind, Need, claims, retail};
use baton_base::{Error, Result};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Most arrivals per minute.
const PER_MINUTE_MAX: u32 = 6_000;
/// Conversations that may be open at the same time.
const OPEN_MAX: usize = 500;

/// Who comes, how often, and where.
#[derive(Debug, Clone)]
pub struct TrafficOptions {
    /// Baton's address.
    pub base_url: String,
    /// A service token that may open cases for the insurers.
    pub token: String,
    /// Names of the clients.
    pub clients: Clients,
    /// Seed of the worlds; the systems' own.
    pub seed: u64,
    /// Arrivals per minute, of all clients together.
    pub per_minute: u32,
}

enum Arrival {
    Need(Arc<Need>),
    Claim(Arc<ClaimCase>),
}

/// Sends people until the future is dropped or the worlds are through.
pub async fn traffic(options: &TrafficOptions) -> Result<()> {
    if !(1..=PER_MINUTE_MAX).contains(&options.per_minute) {
        let detail = format!("it must be from 1 to {PER_MINUTE_MAX}");
        return Err(Error::invalid_at("per_minute", "arrivals per minute out of range", detail));
    }
    let open = Api::new(&options.base_url)?;
    let service = open.with_token(&options.token);
    let world = retail(options.seed);
    let shop = Arc::new(world.shop);
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut people: JoinSet<()> = JoinSet::new();
    let notices = Notices::default();
    let tag = tag(&open, &options.clients.shop).await?;
    let mean_ms = 60_000 / u64::from(options.per_minute);
    for (number, arrival) in arrivals(options.seed, world.needs, &mut rng).into_iter().enumerate() {
        while people.len() >= OPEN_MAX {
            people.join_next().await;
        }
        let (open, service, clients) = (open.clone(), service.clone(), options.clients.clone());
        let (shop, notices, tag) = (Arc::clone(&shop), notices.clone(), tag.clone());
        people.spawn(async move {
            // A person who cannot get through is for the log of the server, not for the traffic.
            match arrival {
                Arrival::Need(need) => drop(converse(&open, &clients.shop, &need, &shop, LIFELIKE).await),
                Arrival::Claim(claim) => {
                    let client = if claim.house == House::Nordlicht { &clients.nordic } else { &clients.mutual };
                    drop(send(&service, client, &claim, (number, &tag), &notices, &notices).await);
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(rng.random_range(mean_ms / 2..=mean_ms * 3 / 2))).await;
    }
    while people.join_next().await.is_some() {}
    Ok(())
}

/// Everyone of the three worlds in a mixed order; megabyte notices stay out of a demonstration.
fn arrivals(seed: u64, needs: Vec<Need>, rng: &mut ChaCha8Rng) -> Vec<Arrival> {
    let mut out: Vec<Arrival> = needs.into_iter().map(|need| Arrival::Need(Arc::new(need))).collect();
    for house in House::ALL {
        let claims = claims(seed, house).into_iter().filter(|claim| claim.kind != ClaimKind::Oversized);
        out.extend(claims.map(|claim| Arrival::Claim(Arc::new(claim))));
    }
    out.shuffle(rng);
    out
}
