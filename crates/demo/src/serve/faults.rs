//! Faults of a system, seeded: slow, failing before the work, or silent after it.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest delay that may be asked for, in milliseconds.
const SLOW_MS_MAX: u64 = 600_000;

/// How a system misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every answer waits this long, in milliseconds.
    pub slow_ms: u64,
    /// Share of calls answered 503 with nothing done, 0 to 1.
    pub fail_rate: f64,
    /// Share of calls done and never answered, 0 to 1.
    pub silent_rate: f64,
}

impl Faults {
    /// What is wrong with these figures, if anything.
    pub fn check(&self) -> Result<(), String> {
        for (name, rate) in [("fail_rate", self.fail_rate), ("silent_rate", self.silent_rate)] {
            if !(0.0..=1.0).contains(&rate) {
                return Err(format!("{name} is {rate}; it must be from 0 to 1"));
            }
        }
        if self.slow_ms > SLOW_MS_MAX {
            return Err(format!("slow_ms is {}; it must be at most {SLOW_MS_MAX}", self.slow_ms));
        }
        Ok(())
    }
}

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fate {
    pub slow_ms: u64,
    pub fails: bool,
    pub silent: bool,
}

/// The faults of one server, which may be changed while it runs.
#[derive(Clone)]
pub struct SharedFaults(Arc<Mutex<(Faults, ChaCha8Rng)>>);

impl SharedFaults {
    /// Faults drawn from `seed`.
    pub fn new(faults: Faults, seed: u64) -> Self {
        Self(Arc::new(Mutex::new((faults, ChaCha8Rng::seed_from_u64(seed)))))
    }
    /// The present faults.
    pub fn get(&self) -> Faults {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
    /// Other faults from now on.
    pub fn set(&self, faults: Faults) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = faults;
    }
    pub(super) fn draw(&self) -> Fate {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (faults, rng) = &mut *guard;
        let fails = rng.random_bool(faults.fail_rate);
        let silent = rng.random_bool(faults.silent_rate);
        Fate { slow_ms: faults.slow_ms, fails, silent: silent && !fails }
    }
}
