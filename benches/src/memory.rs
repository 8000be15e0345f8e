//! Resident memory of a server with many open cases, each waiting for its customer.

use crate::Options;
use crate::chat::{Browser, Member};
use crate::installation::{Installation, Server};
use crate::machine::{self, Memory, megabytes};
use anyhow::{Context as _, Result, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::time::{Duration, Instant};

/// Conversations begun at the same time.
const AT_ONCE: usize = 32;
/// Cases opened before the first look, so that code and caches are in memory.
const WARM_UP: usize = 200;
/// Pause before memory is looked at, seconds.
const REST_S: u64 = 5;
/// How long cases may take to wait for their customers, seconds.
const SETTLE_S_MAX: u64 = 300;

/// Measures and prints.
pub async fn measure(options: &Options) -> Result<()> {
    let installation = Installation::new(&options.root, None).await?;
    let server = installation.serve().await?;
    let started = look(&server).await?;
    let member = supervisor(&server).await?;
    open_cases(&server, &member, 0, WARM_UP).await?;
    let before = look(&server).await?;
    let load = machine::load();
    let begin = Instant::now();
    open_cases(&server, &member, WARM_UP, options.open).await?;
    let took_s = begin.elapsed().as_secs_f64();
    let after = look(&server).await?;
    server.stop().await?;
    let server = installation.serve().await?;
    let again = look(&server).await?;
    let waiting = waiting(&supervisor(&server).await?).await?;
    server.stop().await?;
    println!("memory of the server process, SQLite, load {load} -> {}", machine::load());
    println!("  {:<38} {:>12} {:>12}", "", "resident", "of it heap");
    show("started", started);
    show(&format!("{WARM_UP} open cases"), before);
    show(&format!("{} open cases ({took_s:.0} s to open)", WARM_UP + options.open), after);
    show(&format!("restarted, {waiting} open cases"), again);
    let more = i128::from(after.resident) - i128::from(before.resident);
    let each = more / i128::from(options.open.max(1) as u64);
    println!("  {each} bytes per open case\n");
    Ok(())
}

fn show(name: &str, memory: Memory) {
    println!("  {name:<38} {:>12} {:>12}", megabytes(memory.resident), megabytes(memory.anonymous));
}

async fn look(server: &Server) -> Result<Memory> {
    tokio::time::sleep(Duration::from_secs(REST_S)).await;
    machine::memory(server.process()?)
}

/// Opens cases by chat, and waits until each has its question asked.
async fn open_cases(server: &Server, member: &Member, from: usize, count: usize) -> Result<()> {
    let browser = Browser::new(&server.url)?;
    stream::iter(from..from + count)
        .map(|number| {
            let browser = browser.clone();
            async move {
                let mut conversation = browser.converse(&format!("Customer {number}")).await?;
                conversation.say("I would like to cancel an order").await
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    let begin = Instant::now();
    while waiting(member).await? < (from + count) as u64 {
        if begin.elapsed() > Duration::from_secs(SETTLE_S_MAX) {
            bail!("after {SETTLE_S_MAX} s only {} cases wait for their customers", waiting(member).await?);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn supervisor(server: &Server) -> Result<Member> {
    Browser::new(&server.url)?.sign_in("supervisor@baton.example").await
}

/// Cases that wait for their customers.
async fn waiting(member: &Member) -> Result<u64> {
    let floor = member.read("/api/v1/floor").await?;
    // The totals' own `waiting` counts cases that wait for a person.
    let actors = floor["actors"].as_array().context("the floor has no actors")?;
    Ok(actors.iter().filter_map(|actor| actor["waiting"].as_u64()).sum())
}
