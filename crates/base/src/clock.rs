//! Time and ids as inputs. No room reads the wall clock or a random source by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC, from whoever runs the program.
pub trait Clock: Send + Sync + 'static {
    /// Now, in milliseconds since the epoch.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that tests and simulations move by hand.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `now_ms`.
    pub fn at(now_ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now_ms)))
    }
    /// Moves the clock, backwards too.
    pub fn advance_ms(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Makes ids that sort by time within one source: `prefix_` and a lower-case ULID.
#[derive(Debug)]
pub struct IdSource {
    entropy: u64,
    count: AtomicU64,
}

impl IdSource {
    /// A source whose ids differ from those of any source with other entropy.
    pub fn seeded(entropy: u64) -> Self {
        Self { entropy, count: AtomicU64::new(0) }
    }

    /// A new id text, such as `case_01hv…`.
    pub fn text(&self, prefix: &str, now_ms: i64) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // 80 random bits of the ULID: 40 bits of sequence (keeps order), 40 of this source.
        let random = (u128::from(count & 0xff_ffff_ffff) << 40) | u128::from(self.entropy & 0xff_ffff_ffff);
        let ulid = ulid::Ulid::from_parts(now_ms.max(0).unsigned_abs(), random);
        format!("{prefix}_{}", ulid.to_string().to_lowercase())
    }

    /// The text before all ids made at or after this time, for lists that are cut by age.
    pub fn floor(prefix: &str, ms: i64) -> String {
        let ulid = ulid::Ulid::from_parts(ms.max(0).unsigned_abs(), 0);
        format!("{prefix}_{}", ulid.to_string().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_source_sort_by_time_then_sequence_and_never_repeat() {
        let ids = IdSource::seeded(7);
        let made: Vec<_> = [5, 5, 5, 6].iter().map(|ms| ids.text("x", *ms)).collect();
        let mut sorted = made.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(made, sorted);
        let (floor, next) = (IdSource::floor("x", 5), IdSource::floor("x", 6));
        assert!(floor < made[0] && made[2] < next && next < made[3]);
        assert_ne!(IdSource::seeded(1).text("x", 5), IdSource::seeded(2).text("x", 5));
    }
}
