//! How many streams and waits of one caller are open at once.

use super::no::{Kind, No, Told};
use baton_govern::Ctx;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams and waits of one caller in this process.
const SEATS_MAX: usize = 32;

type Taken = Arc<Mutex<HashMap<String, usize>>>;

/// Who follows tasks here just now.
#[derive(Default)]
pub(crate) struct Seats(Taken);

impl Seats {
    /// A seat for a caller, until it is dropped.
    pub(super) fn take(&self, ctx: &Ctx) -> Told<Seat> {
        let who = format!("{}/{}", ctx.client, ctx.actor.name());
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seats = taken.entry(who.clone()).or_default();
        if *seats >= SEATS_MAX {
            let words = format!("you follow {SEATS_MAX} tasks already: end one, or send with returnImmediately");
            return Err(No::new(Kind::Later, words));
        }
        *seats += 1;
        Ok(Seat { taken: Arc::clone(&self.0), who })
    }
}

/// One stream or wait of a caller.
pub(super) struct Seat {
    taken: Taken,
    who: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seats) = taken.get_mut(&self.who) {
            *seats = seats.saturating_sub(1);
            if *seats == 0 {
                taken.remove(&self.who);
            }
        }
    }
}
