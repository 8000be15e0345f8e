//! A worker whose transaction was saved and who never heard so.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::World;
use baton_db::{Fault, Faults};
use baton_runs::limits;
use baton_testkit::sqlite;

#[tokio::test]
async fn a_call_that_its_worker_does_not_know_of_is_made_when_its_lease_runs_out() {
    let db = sqlite().await;
    let faults = Faults::new(None, false);
    db.inject(faults.clone());
    let w = World::new(db);
    w.start("fetch").await;
    faults.arm(Fault::LostAfter);
    assert!(w.runs.step_turn().await.is_err());
    assert!(faults.disarm(), "the turn was saved, and with it the call that is leased to this worker");
    let (mut taken, mut waited_ms) = (Vec::new(), 0);
    while taken.is_empty() && waited_ms <= 3 * limits::CALL_LEASE_MS {
        w.clock.advance_ms(1_000);
        waited_ms += 1_000;
        taken = w.runs.step_leases(true, 10).await.unwrap();
    }
    assert_eq!(taken.iter().map(|asked| asked.attempt()).collect::<Vec<_>>(), [2], "after {waited_ms} ms");
}
