//! The node sweep over a few kinds; `cargo xtask sim --sweep` does it over all.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and its table is worth reading")]

use baton_sim::sweep::{CASES, HEADING, sweep};

/// One of each way in which a run waits: for a system, a person, a timer, an event.
const HERE: &[&str] = &["call-outside", "call-person", "wait", "listen-one"];

#[tokio::test]
async fn a_task_ends_the_same_whatever_befalls_its_commits_and_calls() {
    println!("{HEADING}");
    for case in CASES.iter().filter(|case| HERE.contains(&case.name)) {
        let swept = sweep(case).await.unwrap();
        println!("{}", swept.line);
        assert!(swept.wrongs.is_empty(), "{}", swept.wrongs.join("\n"));
    }
}
