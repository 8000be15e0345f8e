//! The measurements of the engine, in small: that they work, not what they measure.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::process::Command;

/// A part of every line that must be printed, for each database.
const FIGURES: &[&str] = &[
    "runs of 10 pure tasks",
    "durable steps",
    "run of 5 durable steps at 100 runs/s, p99",
    "per step, runs of 10 steps",
    "a step with 50000 ledger rows against 10000",
    "2000 waiting runs, resident",
    "woken by an event, p99",
];

#[test]
fn every_measurement_of_the_engine_works_in_small() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton-benches"));
    command.args(["engine", "--quick"]);
    let skipped = std::env::var("BATON_SKIP_POSTGRES").is_ok_and(|value| value == "1");
    let given = std::env::var("BATON_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    match given {
        _ if skipped => command.args(["--database", "sqlite"]),
        Some(url) => command.args(["--postgres", &url]),
        None => &mut command,
    };
    let ran = command.output().unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}{wrong}");
    let databases = if skipped { &["SQLite"][..] } else { &["SQLite", "PostgreSQL"][..] };
    for database in databases {
        for figure in FIGURES {
            let printed = said.lines().any(|line| line.starts_with(database) && line.contains(figure));
            assert!(printed, "{database} has no line '{figure}':\n{said}");
        }
    }
    assert_eq!(said.contains("two nodes against one"), !skipped, "{said}");
}
