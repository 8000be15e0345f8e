//! A day that might have been: arrivals at a rate, work of a mean length, both exponential, the same for the same seed.

use super::{Arrival, Line};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const HOUR_MS: f64 = 3_600_000.0;
/// Random bits of a double.
const BITS: u32 = 53;
/// Most arrivals drawn for one line.
const ARRIVALS_MAX: usize = 5_000_000;

/// Arrivals of each line, so many an hour, for some hours; in order of time.
pub fn draw(lines: &[(Line, f64)], hours: f64, seed: u64) -> Vec<Arrival> {
    let mut all = Vec::new();
    for (at, (line, per_h)) in lines.iter().enumerate() {
        // Each line has its own draws, so that changing one leaves the others as they were.
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(at as u64));
        if *per_h <= 0.0 {
            continue;
        }
        let mut now_ms = exponential(&mut random, HOUR_MS / per_h);
        while now_ms < hours * HOUR_MS && all.len() < ARRIVALS_MAX {
            let handling_ms = whole(exponential(&mut random, super::order::real(line.handling_ms)));
            all.push(Arrival { at_ms: whole(now_ms), line: at, handling_ms });
            now_ms += exponential(&mut random, HOUR_MS / per_h);
        }
    }
    all.sort_by_key(|arrival| arrival.at_ms);
    all
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a double")]
fn exponential(random: &mut ChaCha8Rng, mean: f64) -> f64 {
    let part = (random.next_u64() >> (64 - BITS)) as f64 / (1_u64 << BITS) as f64;
    -mean * (1.0 - part).ln()
}

#[expect(clippy::cast_possible_truncation, reason = "times of a simulated day")]
fn whole(ms: f64) -> i64 {
    ms as i64
}
