//! From a customer's message to the reply on the stream, without a model.
//!
//! Conversations begin at a steady pace, each of three messages: a need (the agent asks who it is), something
//! that answers nothing (it asks again), and the customer's e-mail address (the agent looks them and their orders
//! up in the shop's system, and asks which order). Time counts from when a message was due, so that a slow server
//! does not slow down its own measurement.

use crate::chat::Browser;
use crate::installation::Installation;
use crate::{Options, machine, verdict};
use anyhow::{Result, bail};
use baton_demo::world::{Right, retail};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Aim for the 99th percentile, microseconds.
const P99_AIM_US: u64 = 50_000;
/// From one message of a customer to the next, milliseconds.
const GAP_MS: u64 = 2_000;
/// A reply later than this is no reply, seconds.
const REPLY_S_MAX: u64 = 10;
/// Conversations before the measurement, one after the other.
const WARM_UP: u64 = 20;

/// What each message of a conversation is, for the table.
const KINDS: [&str; 3] = ["need stated", "asked again", "with calls to the shop"];

struct Timed {
    kind: usize,
    /// `None` when there was no reply.
    micros: Option<u64>,
}

/// Measures, prints, and says whether the aim was met.
pub async fn measure(options: &Options) -> Result<bool> {
    let installation = Installation::new(&options.root, None).await?;
    let server = installation.serve().await?;
    let browser = Browser::new(&server.url)?;
    let emails = emails();
    for number in 0..WARM_UP {
        converse(browser.clone(), emails[number as usize % emails.len()].clone(), Instant::now(), 50).await?;
    }
    let load = machine::load();
    let before_ms = machine::processor_ms(server.process()?)?;
    let begin = Instant::now();
    let timed = send_all(options, &browser, &emails, begin).await?;
    let took = begin.elapsed();
    let used_ms = machine::processor_ms(server.process()?)? - before_ms;
    server.stop().await?;
    println!(
        "replies without a model, SQLite: {} messages in {:.1} s, load {load} -> {}",
        timed.len(),
        took.as_secs_f64(),
        machine::load()
    );
    println!("  {:<26} {:>8} {:>9} {:>9} {:>9} {:>9}", "", "messages", "p50 ms", "p90 ms", "p99 ms", "max ms");
    for (kind, name) in KINDS.iter().enumerate() {
        line(name, timed.iter().filter(|t| t.kind == kind));
    }
    let p99 = line("all", timed.iter());
    let lost = timed.iter().filter(|t| t.micros.is_none()).count();
    let met = p99 < P99_AIM_US;
    println!("  aim p99 < {} ms at {} messages/s: {}", P99_AIM_US / 1_000, options.rate, verdict(met));
    println!("  the server's processor time: {:.2} ms a message\n", used_ms as f64 / timed.len().max(1) as f64);
    if lost > 0 {
        bail!("{lost} messages had no reply within {REPLY_S_MAX} s");
    }
    Ok(met)
}

/// Customers of the shop who have more than one thing there to choose from.
fn emails() -> Vec<String> {
    let needs = retail(1).needs;
    needs.into_iter().filter(|need| need.steps.iter().any(|s| s.right == Right::Done)).map(|need| need.email).collect()
}

async fn send_all(options: &Options, browser: &Browser, emails: &[String], begin: Instant) -> Result<Vec<Timed>> {
    let conversations = options.rate * options.seconds / KINDS.len() as u64;
    let every = Duration::from_micros(1_000_000 * KINDS.len() as u64 / options.rate.max(1));
    let mut talks = JoinSet::new();
    for number in 0..conversations {
        let due = begin + every * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let email = emails[number as usize % emails.len()].clone();
        talks.spawn(converse(browser.clone(), email, due + Duration::from_millis(GAP_MS / 2), GAP_MS));
    }
    let mut timed = Vec::new();
    while let Some(talk) = talks.join_next().await {
        timed.extend(talk??);
    }
    Ok(timed)
}

/// One conversation; the first message is due at `due`.
async fn converse(browser: Browser, email: String, mut due: Instant, gap_ms: u64) -> Result<Vec<Timed>> {
    let words = ["I would like to cancel an order", "let me look that up", &format!("my e-mail is {email}")];
    let mut conversation = browser.converse("").await?;
    let (mut replies, hearing) = conversation.listen().await?;
    let mut timed = Vec::new();
    for (kind, text) in words.iter().enumerate() {
        tokio::time::sleep_until(due.into()).await;
        while replies.try_recv().is_ok() {}
        conversation.say(text).await?;
        let heard = tokio::time::timeout(Duration::from_secs(REPLY_S_MAX), replies.recv()).await;
        let micros = heard.ok().flatten().map(|at| at.saturating_duration_since(due).as_micros());
        timed.push(Timed { kind, micros: micros.map(|m| u64::try_from(m).unwrap_or(u64::MAX)) });
        due += Duration::from_millis(gap_ms);
    }
    hearing.abort();
    Ok(timed)
}

/// Prints one line; returns its 99th percentile.
fn line<'a>(name: &str, timed: impl Iterator<Item = &'a Timed>) -> u64 {
    let mut micros: Vec<u64> = timed.map(|t| t.micros.unwrap_or(u64::MAX)).collect();
    micros.sort_unstable();
    let at = |percent: usize| percentile(&micros, percent);
    let ms = |us: u64| if us == u64::MAX { "none".to_owned() } else { format!("{:.1}", us as f64 / 1_000.0) };
    let (p50, p90, p99, max) = (at(50), at(90), at(99), at(100));
    println!("  {name:<26} {:>8} {:>9} {:>9} {:>9} {:>9}", micros.len(), ms(p50), ms(p90), ms(p99), ms(max));
    p99
}

/// By nearest rank; nothing measured is no figure.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(u64::MAX)
}
