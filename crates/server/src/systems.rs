//! Connected systems are looked after while nobody calls them: sign-ins are renewed, and what systems say of themselves is
//! compared with what was pinned. By itself, since systems can be slow, and nothing else is to wait for them.

use crate::House;
use std::sync::Arc;
use std::time::Duration;

/// Time between rounds, milliseconds. Sign-ins are looked through in each.
const ROUND_MS: u64 = 60_000;
/// The first round in which systems are compared, count: ten minutes after the start. And every how many after that: six hours.
const COMPARED_FIRST: u64 = 10;
const COMPARED_EVERY: u64 = 360;

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
        if is_comparing(round) {
            compare(&house).await;
        }
    }
}

fn is_comparing(round: u64) -> bool {
    round.checked_sub(COMPARED_FIRST).is_some_and(|since| since.is_multiple_of(COMPARED_EVERY))
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

async fn compare(house: &Arc<House>) {
    for client in house.parts.clients() {
        let stop = house.stopping();
        match house.door.compare(&house.system(&client, "door"), || !*stop.borrow()).await {
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
    use super::is_comparing;

    #[test]
    fn systems_are_compared_soon_after_the_start_and_then_some_times_a_day() {
        let rounds: Vec<u64> = (0..1_000).filter(|round| is_comparing(*round)).collect();
        assert_eq!(rounds, [10, 370, 730]);
    }
}
