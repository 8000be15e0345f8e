//! The one way out: a connector spends a permit on one call, with retries where sending again changes nothing.

use crate::a2a::Agents;
use crate::breaker::{Breakers, Standing};
use crate::catalogue::Action;
use crate::http::{Attempt, Http};
use crate::mcp::Mcp;
use crate::request::Prepared;
use crate::sql::Sql;
use baton_base::{ClientId, Result, digest_of_text};
use baton_govern::{Ctx, Permit};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Calls to one system at a time, count.
pub const CALLS_PER_SYSTEM_MAX: usize = 256;
/// First pause between attempts, milliseconds; it doubles.
const PAUSE_MS_MIN: u64 = 100;
/// Longest pause between attempts, milliseconds.
const PAUSE_MS_MAX: u64 = 2_000;

/// One call, ready to go.
pub struct Sending<'a> {
    /// Whose system is called.
    pub client: &'a ClientId,
    /// The action.
    pub action: &'a Action,
    /// Digest of the canonical arguments.
    pub args_digest: &'a str,
    /// What is sent.
    pub request: &'a Prepared,
    /// The effect's key.
    pub key: &'a str,
    /// Secret of the system, if it wants one.
    pub secret: Option<&'a str>,
    /// An earlier attempt, before a crash, may have reached the system.
    pub maybe_done: bool,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// What is known of the other side.
    pub how: How,
    /// Attempts made now.
    pub attempts: u32,
}

impl Ended {
    /// The same, with another form of the answer.
    pub(crate) fn map(self, change: impl FnOnce(Value) -> Value) -> Self {
        match self.how {
            How::Done(Some(value)) => Self { how: How::Done(Some(change(value))), attempts: self.attempts },
            how => Self { how, attempts: self.attempts },
        }
    }
}

/// What is known of the other side after the last attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// It did it; `None` where the answer had to be withheld.
    Done(Option<Value>),
    /// It says no.
    Refused {
        /// HTTP status; 0 where nothing could be sent.
        status: u16,
        /// What it said.
        detail: Value,
    },
    /// It did nothing.
    Nothing {
        /// Why, in words.
        why: String,
    },
    /// It may have done it.
    Unclear {
        /// Why, in words.
        why: String,
    },
}

/// Calls connected systems.
pub struct Connector {
    http: Http,
    sql: Sql,
    mcp: Mcp,
    agents: Agents,
    breakers: Breakers,
    rooms: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Connector {
    /// A connector with its own connection pool.
    pub fn new() -> Result<Self> {
        Ok(Self {
            http: Http::new()?,
            sql: Sql::default(),
            mcp: Mcp::default(),
            agents: Agents::default(),
            breakers: Breakers::default(),
            rooms: Mutex::default(),
        })
    }

    /// The HTTP client, for questions to authorization servers.
    pub(crate) fn client(&self) -> &reqwest::Client {
        self.http.client()
    }

    /// Whether a system's breaker is open, and since how many calls in a row nothing came of them.
    pub fn breaker(&self, client: &ClientId, system: &str) -> Standing {
        self.breakers.standing(client, system)
    }

    /// Makes the call that the permit lets through, and no other. The permit is spent whatever comes of it.
    pub async fn run(&self, permit: Permit, ctx: &Ctx, sending: &Sending<'_>) -> Ended {
        let system = &sending.action.system.name;
        if let Err(why) = self.breakers.enter(sending.client, system) {
            let seen = Seen { maybe_done: sending.maybe_done, why };
            return seen.ended(0);
        }
        let ended = self.go(permit, ctx, sending).await;
        let answered = matches!(ended.how, How::Done(_) | How::Refused { .. });
        self.breakers.leave(sending.client, system, answered);
        ended
    }

    async fn go(&self, permit: Permit, ctx: &Ctx, sending: &Sending<'_>) -> Ended {
        let mut seen = Seen { maybe_done: sending.maybe_done, why: "an earlier attempt was cut off".to_owned() };
        if seen.maybe_done && !sending.action.may_repeat() {
            return seen.ended(0);
        }
        let room = self.room(sending.action);
        let Ok(_place) = room.acquire().await else { return seen.ended(0) };
        for number in 1..=sending.action.system.attempts {
            if let Err(error) = permit.covers(sending.client, &sending.action.name, sending.args_digest, ctx.now_ms()) {
                seen.why = error.to_string();
                return seen.ended(number - 1);
            }
            let attempt = self.attempt(sending).await;
            let last = number == sending.action.system.attempts;
            match seen.take(sending.action, attempt) {
                Step::End(how) => return Ended { how, attempts: number },
                Step::Again { .. } if last => return seen.ended(number),
                Step::Again { wait_ms } => {
                    let pause_ms = wait_ms.unwrap_or(0).max(pause_ms(sending.key, number));
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
            }
        }
        seen.ended(sending.action.system.attempts)
    }

    async fn attempt(&self, sending: &Sending<'_>) -> Attempt {
        let Sending { action, key, secret, .. } = sending;
        match sending.request {
            Prepared::Http(request) => self.http.send(action, request, key, *secret).await,
            Prepared::Mcp(args) => {
                let credential = secret.zip(action.system.auth.as_ref()).map(|(secret, auth)| auth.header(secret));
                self.mcp.send(self.http.client(), action, args, credential, sending.client.as_str()).await
            }
            Prepared::A2a(args) => {
                let credential = secret.zip(action.system.auth.as_ref()).map(|(secret, auth)| auth.header(secret));
                self.agents.send(self.http.client(), action, args, credential, key).await
            }
            Prepared::Sql(bound) => self.sql.send(action, bound, key, *secret).await,
        }
    }

    fn room(&self, action: &Action) -> Arc<Semaphore> {
        let place = action.system.place.clone();
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(place).or_insert_with(|| Arc::new(Semaphore::new(CALLS_PER_SYSTEM_MAX))))
    }
}

enum Step {
    End(How),
    Again { wait_ms: Option<u64> },
}

/// What the attempts so far have shown.
struct Seen {
    maybe_done: bool,
    why: String,
}

impl Seen {
    fn take(&mut self, action: &Action, attempt: Attempt) -> Step {
        // "Conflict" or "too early" right after a lost attempt can mean that the lost one is still being done.
        const STILL_AT_IT: [u16; 2] = [409, 425];
        match attempt {
            Attempt::Done(result) => Step::End(How::Done(result)),
            Attempt::Refused { status, .. } if self.maybe_done && action.writes && STILL_AT_IT.contains(&status) => {
                self.why = format!("it answered {status} after an attempt whose outcome was lost");
                Step::Again { wait_ms: None }
            }
            Attempt::Refused { status, detail } => Step::End(How::Refused { status, detail }),
            Attempt::Nothing { why, wait_ms, .. } => {
                if !self.maybe_done {
                    self.why = why;
                }
                Step::Again { wait_ms }
            }
            Attempt::Unclear { why, .. } => {
                self.why = why;
                self.maybe_done |= action.writes;
                if action.may_repeat() { Step::Again { wait_ms: None } } else { Step::End(self.how()) }
            }
        }
    }

    fn how(&self) -> How {
        let why = self.why.clone();
        if self.maybe_done { How::Unclear { why } } else { How::Nothing { why } }
    }

    fn ended(&self, attempts: u32) -> Ended {
        Ended { how: self.how(), attempts }
    }
}

// Spread by the key, so that calls that failed together do not come back together.
fn pause_ms(key: &str, attempt: u32) -> u64 {
    let doubled = PAUSE_MS_MIN.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(PAUSE_MS_MAX);
    let digest = digest_of_text(&format!("{key}.{attempt}"));
    let spread = u64::from_str_radix(&digest[..4], 16).unwrap_or(0) % (doubled / 2).max(1);
    doubled - spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for key in ["a", "b", "c"] {
            for attempt in 1..40 {
                let pause = pause_ms(key, attempt);
                assert!((PAUSE_MS_MIN / 2..=PAUSE_MS_MAX).contains(&pause), "{attempt}: {pause}");
            }
            assert!(pause_ms(key, 6) > pause_ms(key, 1));
        }
    }
}
