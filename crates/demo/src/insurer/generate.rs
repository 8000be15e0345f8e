//! The seeded policies of an insurer.

use super::model::{Holder, House, Insurer, Line, PastClaim, Policy, PolicyStatus, perils_of};
use crate::words::{self, digits, pick, zip};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Policies of one insurer.
pub const POLICY_COUNT: usize = 1_500;

/// Makes an insurer of a seed, with no documents, letters or payments yet.
pub fn generate(house: House, seed: u64) -> Insurer {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x1257 ^ (house.policy_prefix().as_bytes()[0] as u64) << 32);
    let mut insurer = Insurer {
        house,
        policies: BTreeMap::new(),
        history: BTreeMap::new(),
        documents: Vec::new(),
        letters: Vec::new(),
        payments: Vec::new(),
    };
    while insurer.policies.len() < POLICY_COUNT {
        let policy = policy(&mut rng, house);
        let history = history(&mut rng, &policy);
        if insurer.policies.contains_key(&policy.policy_number) {
            continue;
        }
        insurer.history.insert(policy.policy_number.clone(), history);
        insurer.policies.insert(policy.policy_number.clone(), policy);
    }
    insurer
}

fn holder(rng: &mut ChaCha8Rng, house: House) -> (Holder, String) {
    let (given, family, streets, cities, country) = match house {
        House::HarborMutual => (words::GIVEN_EN, words::FAMILY_EN, words::STREETS_EN, words::CITIES_EN, "US"),
        House::Nordlicht => (words::GIVEN_DE, words::FAMILY_DE, words::STREETS_DE, words::CITIES_DE, "DE"),
    };
    let (first, last) = (pick(rng, given), pick(rng, family));
    let (city, state, prefix) = pick(rng, cities);
    let (street, number) = (pick(rng, streets), rng.random_range(1..200));
    let holder = Holder {
        name: format!("{first} {last}"),
        email: format!("{}.{}{}@example.com", words::ascii(first), words::ascii(last), digits(rng, 4)),
        street: if country == "US" { format!("{number} {street}") } else { format!("{street} {number}") },
        postal_code: zip(rng, prefix),
        city: (*city).to_owned(),
    };
    (holder, format!("{country}-{state}"))
}

fn policy(rng: &mut ChaCha8Rng, house: House) -> Policy {
    let (holder, jurisdiction) = holder(rng, house);
    let line = *pick(rng, &Line::ALL);
    let mut perils: Vec<String> = perils_of(line).iter().map(|p| (*p).to_owned()).collect();
    perils.shuffle(rng);
    // Every policy covers at least two perils for certain, one on conditions, and leaves one out.
    let conditional_perils = vec![perils.remove(0)];
    perils.remove(0);
    perils.sort();
    let limit_minor = match line {
        Line::Home => rng.random_range(20..=80) * 100_000,
        Line::Motor => rng.random_range(10..=40) * 100_000,
    };
    let mut peril_limits_minor = BTreeMap::new();
    if rng.random_bool(0.4) {
        peril_limits_minor.insert(pick(rng, &perils).clone(), limit_minor / rng.random_range(2..=4));
    }
    let year = rng.random_range(2024..=2025);
    let status = match rng.random_range(0..20) {
        0 => PolicyStatus::Lapsed,
        1 => PolicyStatus::Cancelled,
        _ => PolicyStatus::Active,
    };
    Policy {
        policy_number: format!("{}-{}-{}", house.policy_prefix(), digits(rng, 3), digits(rng, 6)),
        holder,
        product_line: line,
        covered_perils: perils,
        conditional_perils,
        limit_minor,
        peril_limits_minor,
        deductible_minor: *pick(rng, &[0, 10_000, 15_000, 25_000, 50_000]),
        currency: house.currency().to_owned(),
        effective_from: format!("{year}-{:02}-01", rng.random_range(1..=12)),
        effective_to: format!("{}-{:02}-28", year + 2, rng.random_range(1..=12)),
        status,
        jurisdiction,
    }
}

fn history(rng: &mut ChaCha8Rng, policy: &Policy) -> Vec<PastClaim> {
    let count = rng.random_range(0..4_u32).saturating_sub(1);
    (0..count)
        .map(|_| {
            let paid = rng.random_bool(0.8);
            PastClaim {
                claim_id: format!("past-{}", digits(rng, 7)),
                date_of_loss: format!("2023-{:02}-{:02}", rng.random_range(1..=12), rng.random_range(1..=28)),
                peril: pick(rng, perils_of(policy.product_line)).to_string(),
                outcome: if paid { "paid" } else { "denied" }.to_owned(),
                paid_minor: if paid { rng.random_range(5_000..200_000) } else { 0 },
                currency: policy.currency.clone(),
            }
        })
        .collect()
}
