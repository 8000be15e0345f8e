//! Connected systems are looked after while nobody calls them: sign-ins are renewed, and what systems say of themselves is
//! compared with what was pinned. By itself, since systems can be slow, and nothing else is to wait for them.

use crate::House;
use std::sync::Arc;
use std::time::Duration;

/// Time between rounds, milliseconds. Sign-ins are looked through in each.
const ROUND_MS: u64 = 60_000;
/// Rounds between those in which systems are compared, of which the first is ten minutes after the start: all of them in every
/// 36th, which is every six hours, and in the others those that were otherwise when they were last seen. One that answered oddly once
/// is not kept from work for long.
const COMPARED_EVERY: u64 = 10;
const ALL_EVERY: u64 = 36;

/// Goes round until the house stops.
pub async fn look_after(house: Arc<House>) {
    let mut stop = house.stopping();
    let mut round = 0_u64;
    while !*stop.borrow() {
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(ROUND_MS)) => {}
            _ = stop.changed() => return,
        }
        renew(&house).await;
        round = round.wrapping_add(1);
        if let Some(all) = comparing(round) {
            compare(&house, all).await;
        }
    }
}

/// Whether systems are compared in this round: all, or those alone that were otherwise.
fn comparing(round: u64) -> Option<bool> {
    let nth = (round / COMPARED_EVERY).checked_sub(1).filter(|_| round.is_multiple_of(COMPARED_EVERY))?;
    Some(nth.is_multiple_of(ALL_EVERY))
}

/// Of each client whole or not at all: what renews a sign-in may be good once.
async fn renew(house: &Arc<House>) {
    for client in house.parts.clients() {
        if *house.stopping().borrow() {
            return;
        }
        if let Err(error) = house.door.renew_sign_ins(&house.system(&client, "door")).await {
            tracing::warn!(%client, %error, "sign-ins at connected systems could not be looked through");
        }
    }
}

async fn compare(house: &Arc<House>, all: bool) {
    for client in house.parts.clients() {
        let stop = house.stopping();
        match house.door.compare(&house.system(&client, "door"), all, || !*stop.borrow()).await {
            Ok(away) => {
                for (connector, why) in away {
                    tracing::warn!(%client, %connector, %why, "a system could not be compared with what was pinned");
                }
            }
            Err(error) => tracing::warn!(%client, %error, "systems could not be compared with what was pinned"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::comparing;

    #[test]
    fn all_systems_are_compared_soon_after_the_start_and_some_times_a_day_and_the_others_oftener() {
        let of = |all: bool| (0..1_000).filter(|round| comparing(*round) == Some(all)).collect::<Vec<u64>>();
        assert_eq!(of(true), [10, 370, 730]);
        assert_eq!((of(false).len(), &of(false)[..2]), (96, &[20, 30][..]));
    }
}
