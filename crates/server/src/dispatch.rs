//! The desk's loop: gives work to whoever is available as soon as something has changed, and looks after what nobody asks for.

use crate::House;
use baton_base::ClientId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Changes that come close together are looked at together, milliseconds.
const GATHER_MS: u64 = 40;
/// How often it is looked at without a reason: work kept for its owner comes free by itself, milliseconds.
const LOOK_MS: u64 = 2_000;
/// Every how many looks for people who vanished and work that waited too long.
const TIDY_EVERY: u32 = 3;
/// What may let somebody have work: beginnings of kinds of events.
const KINDS: [&str; 4] = ["work_item.", "presence.", "stop.engaged", "stop.released"];

/// Works until the process stops.
pub(crate) async fn run(house: Arc<House>) {
    let mut stop = house.stopping();
    let mut live = house.db.live();
    let mut round = 0_u32;
    // It goes on while changes come: however many there are, what nobody asks for is looked after.
    let often = Duration::from_millis(LOOK_MS);
    let mut look = interval_at(Instant::now() + often, often);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stop.borrow() {
        tokio::select! {
            () = something(&mut live) => tokio::time::sleep(Duration::from_millis(GATHER_MS)).await,
            _ = look.tick() => {
                round = round.wrapping_add(1);
                if round.is_multiple_of(TIDY_EVERY) {
                    tidy(&house).await;
                }
            }
            _ = stop.changed() => break,
        }
        let ctx = house.system(&ClientId::house(), "router");
        match baton_desk::stop_round(&house.db, &ctx, &house.desk()).await {
            Ok(done) if done == baton_desk::StopRound::default() => {}
            Ok(done) => tracing::info!(held = done.held, returned = done.returned, "the stop switch moved cases"),
            Err(error) => tracing::warn!(%error, "the stop switch could not move every case and will be tried again"),
        }
        match baton_desk::assign_round(&house.db, &ctx, &house.desk()).await {
            Ok(given) if given.is_empty() => {}
            Ok(given) => tracing::debug!(items = given.len(), "work was given out"),
            Err(error) => tracing::warn!(%error, "waiting work could not be given out and will be tried again"),
        }
    }
}

async fn tidy(house: &Arc<House>) {
    let ctx = house.system(&ClientId::house(), "desk");
    if let Err(error) = baton_desk::tidy_round(&house.db, &ctx, &house.desk()).await {
        tracing::warn!(%error, "the desk could not be looked after and will be again");
    }
}

/// Waits for a change that may let somebody have work.
async fn something(live: &mut tokio::sync::broadcast::Receiver<baton_db::Live>) {
    loop {
        match live.recv().await {
            Ok(item) if KINDS.iter().any(|kind| item.kind.starts_with(kind)) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // The database is closed: the process stops.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
