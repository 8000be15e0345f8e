//! Systems that do not answer are left alone for a while: nobody waits for what will not come, and a system that comes
//! back is not run over. One call probes; its answer closes the breaker.

use baton_base::ClientId;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Calls in a row without an answer before the breaker opens, count.
const FAILURES_MAX: u32 = 10;
/// How long it stays open at first, and at most, milliseconds; it doubles with each probe that fails.
const OPEN_MS_MIN: u64 = 1_000;
const OPEN_MS_MAX: u64 = 10_000;

/// How a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// `closed`, `open` or `half_open`.
    pub state: &'static str,
    /// Calls in a row without an answer.
    pub failures: u32,
}

#[derive(Default)]
struct Breaker {
    failures: u32,
    until: Option<Instant>,
    open_ms: u64,
}

/// One breaker for each client and system, in this process.
#[derive(Default)]
pub(crate) struct Breakers(Mutex<HashMap<(ClientId, String), Breaker>>);

impl Breakers {
    /// Whether a call may go; the error says why not.
    pub(crate) fn enter(&self, client: &ClientId, system: &str) -> Result<(), String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(breaker) = all.get_mut(&(client.clone(), system.to_owned())) else { return Ok(()) };
        let Some(until) = breaker.until else { return Ok(()) };
        if Instant::now() < until {
            let why =
                format!("{system} has not answered {} calls in a row and is left alone for a moment", breaker.failures);
            return Err(why);
        }
        // The others wait for what the probe finds; a probe that is given up leaves the way to the next one.
        breaker.until = Some(Instant::now() + Duration::from_millis(OPEN_MS_MAX));
        Ok(())
    }

    /// What came of a call.
    pub(crate) fn leave(&self, client: &ClientId, system: &str, answered: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client.clone(), system.to_owned());
        if answered {
            all.remove(&key);
            return;
        }
        let breaker = all.entry(key).or_default();
        breaker.failures = breaker.failures.saturating_add(1);
        if breaker.failures >= FAILURES_MAX {
            breaker.open_ms = (breaker.open_ms * 2).clamp(OPEN_MS_MIN, OPEN_MS_MAX);
            breaker.until = Some(Instant::now() + Duration::from_millis(breaker.open_ms));
        }
    }

    pub(crate) fn standing(&self, client: &ClientId, system: &str) -> Standing {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.get(&(client.clone(), system.to_owned()));
        let state = match found.map(|breaker| breaker.until) {
            None | Some(None) => "closed",
            Some(Some(until)) if Instant::now() < until => "open",
            Some(Some(_)) => "half_open",
        };
        Standing { state, failures: found.map_or(0, |breaker| breaker.failures) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_system_is_left_alone_and_one_probe_goes_through() {
        let (breakers, client) = (Breakers::default(), ClientId::known("acme"));
        let fail = || {
            breakers.enter(&client, "shop").unwrap();
            breakers.leave(&client, "shop", false);
        };
        (0..FAILURES_MAX).for_each(|_| fail());
        assert_eq!(breakers.standing(&client, "shop"), Standing { state: "open", failures: FAILURES_MAX });
        assert!(breakers.enter(&client, "shop").unwrap_err().contains("10 calls"));
        // Another client's, and another system, are another matter.
        assert!(breakers.enter(&ClientId::known("globex"), "shop").is_ok());
        assert!(breakers.enter(&client, "mail").is_ok());
        std::thread::sleep(Duration::from_millis(OPEN_MS_MIN + 50));
        assert_eq!(breakers.standing(&client, "shop").state, "half_open");
        assert!(breakers.enter(&client, "shop").is_ok());
        assert!(breakers.enter(&client, "shop").is_err(), "one probe at a time");
        breakers.leave(&client, "shop", true);
        assert_eq!(breakers.standing(&client, "shop").state, "closed");
    }
}
