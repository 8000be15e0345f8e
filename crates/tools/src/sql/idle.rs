//! Connections that nobody uses right now, by database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Idle connections kept for each database, count.
const IDLE_MAX: usize = 8;
/// Databases with idle connections, count.
const DATABASES_MAX: usize = 200;

/// The connections.
pub(super) struct Idle<C>(Mutex<HashMap<String, Vec<C>>>);

impl<C> Default for Idle<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C> Idle<C> {
    /// One of those that are still open.
    pub(super) fn take(&self, place: &str, is_open: impl Fn(&C) -> bool) -> Option<C> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = pool.get_mut(place)?;
        list.retain(is_open);
        list.pop()
    }

    /// Keeps one for the next call, if there is room.
    pub(super) fn keep(&self, place: String, connection: C) {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() >= DATABASES_MAX && !pool.contains_key(&place) {
            pool.clear();
        }
        let list = pool.entry(place).or_default();
        if list.len() < IDLE_MAX {
            list.push(connection);
        }
    }
}
