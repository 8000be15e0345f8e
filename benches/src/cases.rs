//! Cases per second through the whole path: customers, claims, systems, policy, people at the desk.

use crate::installation::Installation;
use crate::{Options, machine};
use anyhow::{Context as _, Result, bail};
use baton_demo::play::{CheckOptions, Report, SignIn, check};
use baton_testkit::PgServer;

/// Measures on both databases, and prints.
pub async fn measure(options: &Options) -> Result<()> {
    let postgres = tokio::task::spawn_blocking(PgServer::start).await.context("PostgreSQL did not start")?;
    let (server, url) = tokio::task::spawn_blocking(move || {
        let url = postgres.fresh_database();
        (postgres, url)
    })
    .await?;
    println!("cases through the whole path, {} at a time", options.concurrency);
    println!(
        "  {:<12} {:>6} {:>8} {:>9} {:>15} {:>17}   load",
        "", "cases", "s", "cases/s", "server ms/case", "by AI, by people"
    );
    let mut failed = Vec::new();
    for (name, database) in [("SQLite", None), ("PostgreSQL", Some(url))] {
        let report = play(options, name, database).await?;
        if !report.passed() {
            failed.push(format!("{name}:\n{report}"));
        }
    }
    println!();
    tokio::task::spawn_blocking(move || drop(server)).await?;
    if !failed.is_empty() {
        bail!("cases did not end as they must, so their number means nothing\n{}", failed.join("\n"));
    }
    Ok(())
}

async fn play(options: &Options, name: &str, database: Option<String>) -> Result<Report> {
    let installation = Installation::new(&options.root, database).await?;
    let server = installation.serve().await?;
    let desk = SignIn { email: "supervisor@baton.example".to_owned(), password: "baton-demo".to_owned() };
    let mut played = CheckOptions::new(&server.url, installation.systems.clone(), desk);
    (played.claims_max, played.needs_max) = (options.claims, options.needs);
    played.concurrency = options.concurrency;
    let load = machine::load();
    let report = check(&played).await.map_err(|e| anyhow::anyhow!("the play on {name} broke: {e}"))?;
    let used_ms = machine::processor_ms(server.process()?)?;
    server.stop().await?;
    let sum = |read: fn(&baton_demo::play::Row) -> usize| report.rows.iter().map(read).sum::<usize>();
    println!(
        "  {name:<12} {:>6} {:>8.1} {:>9.1} {:>15.1} {:>17}   {load} -> {}",
        report.cases(),
        report.elapsed_ms as f64 / 1_000.0,
        report.cases_per_second_milli() as f64 / 1_000.0,
        used_ms as f64 / report.cases().max(1) as f64,
        format!("{}, {}", sum(|r| r.by_ai), sum(|r| r.by_people)),
        machine::load()
    );
    Ok(report)
}
