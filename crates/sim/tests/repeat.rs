//! A seed repeats.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_sim::{Options, world};

#[tokio::test]
async fn the_same_seed_gives_the_same_world_to_the_last_event() {
    let mut options = Options::seed(11);
    options.arrivals = (25, 35);
    let (first, second) = (world(&options, 0).await.unwrap(), world(&options, 0).await.unwrap());
    assert_eq!(first.violations.iter().map(|violation| &violation.what).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(first.runs() >= 25 && first.fault_count() > 0, "{first}");
    assert_eq!((first.digest(), first.steps), (second.digest(), second.steps));
    assert_eq!(first.faults, second.faults);
    let other = world(&options, 1).await.unwrap();
    assert_ne!(first.digest(), other.digest(), "another world of the seed is another");
}
