//! Results that could not be written down: they are held, and their client's writes are frozen until they are.

use super::call::{Halt, Record};
use baton_base::ClientId;
use baton_db::Db;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most results held for one client; the calls beyond them stay as requested, and the sweep gives them to a person.
const HELD_MAX: usize = 1_000;

/// What could not be written down, by client.
#[derive(Default)]
pub(super) struct Held(Mutex<HashMap<ClientId, Vec<Arc<Record>>>>);

impl Held {
    /// Keeps a result that could not be written down.
    pub(super) fn keep(&self, client: &ClientId, record: Arc<Record>) {
        tracing::error!(%client, "a result could not be written down; this client's writes are frozen until it is");
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = all.entry(client.clone()).or_default();
        if of_client.len() < HELD_MAX {
            of_client.push(record);
        }
    }

    /// Writes down what is held for a client; why nothing may be written meanwhile, if that still does not work.
    pub(super) async fn release(&self, db: &Db, client: &ClientId) -> Option<Halt> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(client).cloned()?;
        for record in held {
            let again = Arc::clone(&record);
            if db.write(move |tx| again(tx)).await.is_err() {
                const WHY: &str = "what an earlier call did could not be written down; until it is, nothing is written";
                return Some(Halt::refused("door:unrecorded", WHY));
            }
            self.forget(client, &record);
        }
        None
    }

    fn forget(&self, client: &ClientId, record: &Arc<Record>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_client) = all.get_mut(client) {
            of_client.retain(|kept| !Arc::ptr_eq(kept, record));
            if of_client.is_empty() {
                all.remove(client);
            }
        }
    }
}
