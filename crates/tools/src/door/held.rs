//! Results of calls that went out and could not be written down: they are held, and their client's writes are frozen
//! until they are.

use super::Parts;
use super::call::{Halt, Record};
use super::lost::REQUESTED_MS_MAX;
use baton_base::{ClientId, Error};
use baton_govern::Ctx;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most results held for one client; the calls beyond them stay as requested, and the sweep gives them to a person.
const HELD_MAX: usize = 1_000;

struct One {
    record: Arc<Record>,
    since_ms: i64,
}

/// What could not be written down, by client.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<ClientId, Vec<Arc<One>>>>);

impl Held {
    /// Keeps a result that could not be written down. What will never be written down is not kept: its effect stays as
    /// requested, and the sweep gives it to a person.
    pub(super) fn keep(&self, ctx: &Ctx, record: Arc<Record>, error: &Error) {
        let client = &ctx.client;
        if !may_pass(error, 0) {
            tracing::error!(%client, %error, "a result cannot be written down; its effect becomes unknown");
            return;
        }
        tracing::error!(%client, %error, "a result could not be written down; this client's writes are frozen until it is");
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = all.entry(client.clone()).or_default();
        if of_client.len() < HELD_MAX {
            of_client.push(Arc::new(One { record, since_ms: ctx.now_ms() }));
        }
    }

    /// Writes down what is held for a client; why nothing may be written meanwhile, if that still does not work.
    pub(super) async fn release(&self, parts: &Parts, client: &ClientId) -> Option<Halt> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(client).cloned()?;
        for one in held {
            let record = Arc::clone(&one.record);
            match parts.db.write(move |tx| record(tx)).await {
                Ok(_) => {}
                Err(error) if may_pass(&error, parts.env.now_ms() - one.since_ms) => {
                    const WHY: &str =
                        "what an earlier call did could not be written down; until it is, nothing is written";
                    return Some(Halt::refused("door:unrecorded", WHY));
                }
                Err(error) => {
                    tracing::error!(%client, %error, "a result cannot be written down; its effect becomes unknown");
                }
            }
            self.forget(client, &one);
        }
        None
    }

    fn forget(&self, client: &ClientId, one: &Arc<One>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_client) = all.get_mut(client) {
            of_client.retain(|kept| !Arc::ptr_eq(kept, one));
            if of_client.is_empty() {
                all.remove(client);
            }
        }
    }
}

/// Whether the same result may be written down later: an outage passes; a fault may, for as long as nobody else says
/// that the effect is unknown; what is refused for what it is will be refused again.
fn may_pass(error: &Error, held_ms: i64) -> bool {
    match error {
        Error::Unavailable(_) | Error::TooMany(_) => true,
        Error::Broken(_) => held_ms < REQUESTED_MS_MAX,
        Error::Invalid { .. }
        | Error::NotFound(_)
        | Error::Unauthenticated(_)
        | Error::Refused { .. }
        | Error::Conflict(_)
        | Error::Limit(_) => false,
    }
}
