//! Rates (the generic cell rate algorithm, of crate `governor`) and calls at once, counted in this process.

use super::{Limits, What};
use baton_base::{ClientId, Error, Result};
use baton_govern::{Ctx, Env};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reads that a client may make each second while what is spent cannot be counted, count.
pub const READS_WHILE_DOWN: u32 = 5;
/// How long the limits count as down after they could not be counted, milliseconds.
pub const DOWN_MS: i64 = 5_000;
/// Most counts kept in memory; beyond them, those that are full anyway are forgotten.
const COUNTS_MAX: usize = 20_000;

/// Time as the rest of Baton has it.
#[derive(Clone)]
struct EnvClock(Arc<Env>);

impl Clock for EnvClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let ms = u64::try_from(self.0.now_ms()).unwrap_or_default();
        Nanos::from(Duration::from_millis(ms))
    }
}

type Rate = RateLimiter<NotKeyed, InMemoryState, EnvClock, NoOpMiddleware<Nanos>>;
/// Client, scope with the rule's mark, and the rate itself: another release may have another.
type RateKey = (ClientId, String, u32, u32, u64);
type Busy = Arc<Mutex<HashMap<(ClientId, String), usize>>>;

/// Counts calls.
pub(crate) struct Limiter {
    env: Arc<Env>,
    rates: Mutex<HashMap<RateKey, Arc<Rate>>>,
    busy: Busy,
    down_until_ms: AtomicI64,
}

/// One call under way that counts; gives its place back when it is over.
pub(crate) struct Place {
    busy: Busy,
    key: (ClientId, String),
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                busy.remove(&self.key);
            }
        }
    }
}

impl Limiter {
    pub(crate) fn new(env: &Arc<Env>) -> Self {
        let (rates, busy) = (Mutex::default(), Busy::default());
        Self { env: Arc::clone(env), rates, busy, down_until_ms: AtomicI64::new(0) }
    }

    /// Lets a call in, or says when to try again.
    pub(crate) fn admit(&self, limits: &Limits, ctx: &Ctx, action: &str) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        for rule in &limits.rules {
            let Some(scope) = rule.scope(&ctx.actor, action) else { continue };
            match &rule.what {
                What::Calls { count, burst, per_ms } => {
                    self.rate(ctx, [scope.as_str(), rule.mark()], *count, *burst, *per_ms)?;
                }
                What::AtOnce(most) => places.push(self.place(ctx, [scope.as_str(), rule.mark()], *most)?),
                What::Spend { .. } => {}
            }
        }
        Ok(places)
    }

    fn rate(&self, ctx: &Ctx, [scope, mark]: [&str; 2], count: u32, burst: u32, per_ms: u64) -> Result<()> {
        let key = (ctx.client.clone(), format!("{scope}/{mark}"), count, burst, per_ms);
        let rate = {
            let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
            if rates.len() >= COUNTS_MAX {
                // One that lets a whole burst through remembers nothing.
                rates.retain(|key, rate| {
                    NonZeroU32::new(key.3).is_none_or(|all| !matches!(rate.check_n(all), Ok(Ok(()))))
                });
            }
            let made = rates.entry(key).or_insert_with(|| Arc::new(self.limiter(count, burst, per_ms)));
            Arc::clone(made)
        };
        rate.check().map_err(|until| {
            let wait = until.wait_time_from(EnvClock(Arc::clone(&self.env)).now());
            Error::TooMany(format!(
                "{count} calls per {per_ms} ms are let through ({scope}); again in {} ms",
                wait.as_millis() + 1
            ))
        })
    }

    fn limiter(&self, count: u32, burst: u32, per_ms: u64) -> Rate {
        let each = Duration::from_nanos((per_ms * 1_000_000 / u64::from(count.max(1))).max(1));
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        RateLimiter::direct_with_clock(quota.allow_burst(burst), EnvClock(Arc::clone(&self.env)))
    }

    fn place(&self, ctx: &Ctx, [scope, mark]: [&str; 2], most: usize) -> Result<Place> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (ctx.client.clone(), format!("{scope}/{mark}"));
        let count = busy.entry(key.clone()).or_default();
        if *count >= most {
            return Err(Error::TooMany(format!("{most} calls at once are let through ({scope}); try again soon")));
        }
        *count += 1;
        Ok(Place { busy: Arc::clone(&self.busy), key })
    }

    /// What is spent could not be counted.
    pub(crate) fn down(&self) {
        self.down_until_ms.store(self.env.now_ms() + DOWN_MS, Ordering::Relaxed);
    }

    /// While what is spent cannot be counted, reads go on, a few.
    pub(crate) fn admit_read(&self, ctx: &Ctx) -> Result<()> {
        if self.env.now_ms() >= self.down_until_ms.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.rate(ctx, ["reads while limits are down", ""], READS_WHILE_DOWN, READS_WHILE_DOWN, 1_000)
    }
}
