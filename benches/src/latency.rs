//! From a customer's message to the reply on the stream, without a model; and with one that answers at once, which is Baton's own time
//! of a turn with a model: the shop's needs are in every prompt, and each exchange is journalled. A third time with such a model in the
//! goal `act`: eight actions and three sections of articles are in every prompt.
//!
//! Conversations begin at a steady pace, each of three messages: a need (the agent asks who it is), something
//! that answers nothing (it asks again), and the customer's e-mail address (the agent looks them and their orders
//! up in the shop's system, and asks which order). Time counts from when a message was due, so that a slow server
//! does not slow down its own measurement.

use crate::chat::Browser;
use crate::installation::Installation;
use crate::{Options, acting, machine, model, verdict};
use anyhow::{Context as _, Result, bail};
use baton_demo::world::{Right, retail};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Aims without a model, microseconds: half of the replies, and 99 of 100.
const P50_AIM_US: u64 = 10_000;
const P99_AIM_US: u64 = 40_000;
/// Aim for half of the replies with a model that answers at once, microseconds.
const P50_MODEL_AIM_US: u64 = 5_000;
/// Messages per second while that is measured, at most: how long one turn takes, not how many there can be.
const MODEL_RATE_MAX: u64 = 20;
/// From one message of a customer to the next, milliseconds.
const GAP_MS: u64 = 2_000;
/// A reply later than this is no reply, seconds.
const REPLY_S_MAX: u64 = 10;
/// Conversations before the measurement, one after the other.
const WARM_UP: u64 = 20;

/// What each message of a conversation is, for the table.
const KINDS: [&str; 3] = ["need stated", "asked again", "with calls to the shop"];
/// The same where the model answers each.
const ACTING_KINDS: [&str; 3] = ["first question", "second question", "third question"];
const QUESTIONS: [&str; 3] = [
    "Which items of an order can I return?",
    "How does a return work, and where does the refund go?",
    "Can the refund of a return go to a gift card?",
];

struct Timed {
    kind: usize,
    /// `None` when there was no reply.
    micros: Option<u64>,
}

/// What is measured.
struct Plan<'a> {
    what: &'a str,
    /// Folder with `blueprints` and `demo/overlays`.
    root: &'a Path,
    /// Address of a model's interface.
    model: Option<&'a str>,
    kinds: [&'a str; 3],
    /// The messages of a customer with this e-mail address.
    words: fn(&str) -> [String; 3],
    rate: u64,
    p50_aim_us: u64,
    p99_aim_us: Option<u64>,
}

/// Measures without a model, prints, and says whether the aims were met.
pub async fn measure(options: &Options) -> Result<bool> {
    let (p50_aim_us, p99_aim_us) = (P50_AIM_US, Some(P99_AIM_US));
    let (what, root, model, rate) = ("without a model", options.root.as_path(), None, options.rate);
    let plan = Plan { what, root, model, kinds: KINDS, words: needs, rate, p50_aim_us, p99_aim_us };
    measure_one(options, &plan).await
}

/// The same with a model that answers at once.
pub async fn measure_with_model(options: &Options) -> Result<bool> {
    let (url, _, serving) = model::serve().await?;
    let (what, rate) = ("with a model that answers at once", options.rate.min(MODEL_RATE_MAX));
    let (root, model, p50_aim_us) = (options.root.as_path(), Some(url.as_str()), P50_MODEL_AIM_US);
    let plan = Plan { what, root, model, kinds: KINDS, words: needs, rate, p50_aim_us, p99_aim_us: None };
    let met = measure_one(options, &plan).await;
    serving.abort();
    met
}

/// The same with such a model that may call actions; fails where it was not shown what is said of it.
pub async fn measure_acting(options: &Options) -> Result<bool> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    acting::write(&options.root, folder.path())?;
    let (url, shown, serving) = model::serve().await?;
    let what = "with a model that answers at once and may call 8 actions, with 3 sections of articles and more";
    let (root, model, rate) = (folder.path(), Some(url.as_str()), options.rate.min(MODEL_RATE_MAX));
    let p50_aim_us = P50_MODEL_AIM_US;
    let plan = Plan { what, root, model, kinds: ACTING_KINDS, words: questions, rate, p50_aim_us, p99_aim_us: None };
    let met = measure_one(options, &plan).await;
    serving.abort();
    let least = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    let (functions, articles) = (least(&shown.functions), least(&shown.articles));
    if met.is_ok() && (least(&shown.requests) == 0 || functions != acting::FUNCTIONS || articles < acting::ARTICLES) {
        bail!("the model was shown {functions} functions and {articles} sections of articles");
    }
    met
}

async fn measure_one(options: &Options, plan: &Plan<'_>) -> Result<bool> {
    let installation = Installation::new(plan.root, None).await?;
    let server = installation.serve_with(plan.model).await?;
    let browser = Browser::new(&server.url)?;
    let emails = emails();
    for number in 0..WARM_UP {
        let words = (plan.words)(&emails[number as usize % emails.len()]);
        converse(browser.clone(), words, Instant::now(), 50).await?;
    }
    let load = machine::load();
    let before_ms = machine::processor_ms(server.process()?)?;
    let begin = Instant::now();
    let timed = send_all(plan, options.seconds, (&browser, emails.as_slice()), begin).await?;
    let took = begin.elapsed();
    let used_ms = machine::processor_ms(server.process()?)? - before_ms;
    server.stop().await?;
    println!(
        "replies {}, SQLite: {} messages in {:.1} s, load {load} -> {}",
        plan.what,
        timed.len(),
        took.as_secs_f64(),
        machine::load()
    );
    println!("  {:<26} {:>8} {:>9} {:>9} {:>9} {:>9}", "", "messages", "p50 ms", "p90 ms", "p99 ms", "max ms");
    for (kind, name) in plan.kinds.iter().enumerate() {
        line(name, timed.iter().filter(|t| t.kind == kind));
    }
    let (p50, p99) = line("all", timed.iter());
    let lost = timed.iter().filter(|t| t.micros.is_none()).count();
    let met = p50 < plan.p50_aim_us && plan.p99_aim_us.is_none_or(|aim| p99 < aim);
    let p99_aim = plan.p99_aim_us.map(|aim| format!(", p99 < {} ms", aim / 1_000)).unwrap_or_default();
    let p50_aim = plan.p50_aim_us / 1_000;
    println!("  aim p50 < {p50_aim} ms{p99_aim} at {} messages/s: {}", plan.rate, verdict(met));
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

/// Somebody who wants an order cancelled.
fn needs(email: &str) -> [String; 3] {
    ["I would like to cancel an order", "let me look that up", &format!("my e-mail is {email}")].map(str::to_owned)
}

/// Somebody who asks what stands in articles.
fn questions(_: &str) -> [String; 3] {
    QUESTIONS.map(str::to_owned)
}

async fn send_all(
    plan: &Plan<'_>,
    seconds: u64,
    (browser, emails): (&Browser, &[String]),
    begin: Instant,
) -> Result<Vec<Timed>> {
    let rate = plan.rate;
    let conversations = rate * seconds / KINDS.len() as u64;
    let every = Duration::from_micros(1_000_000 * KINDS.len() as u64 / rate.max(1));
    let mut talks = JoinSet::new();
    for number in 0..conversations {
        let due = begin + every * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let words = (plan.words)(&emails[number as usize % emails.len()]);
        talks.spawn(converse(browser.clone(), words, due + Duration::from_millis(GAP_MS / 2), GAP_MS));
    }
    let mut timed = Vec::new();
    while let Some(talk) = talks.join_next().await {
        timed.extend(talk??);
    }
    Ok(timed)
}

/// One conversation; the first message is due at `due`.
async fn converse(browser: Browser, words: [String; 3], mut due: Instant, gap_ms: u64) -> Result<Vec<Timed>> {
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

/// Prints one line; returns its 50th and 99th percentiles.
fn line<'a>(name: &str, timed: impl Iterator<Item = &'a Timed>) -> (u64, u64) {
    let mut micros: Vec<u64> = timed.map(|t| t.micros.unwrap_or(u64::MAX)).collect();
    micros.sort_unstable();
    let at = |percent: usize| percentile(&micros, percent);
    let ms = |us: u64| if us == u64::MAX { "none".to_owned() } else { format!("{:.1}", us as f64 / 1_000.0) };
    let (p50, p90, p99, max) = (at(50), at(90), at(99), at(100));
    println!("  {name:<26} {:>8} {:>9} {:>9} {:>9} {:>9}", micros.len(), ms(p50), ms(p90), ms(p99), ms(max));
    (p50, p99)
}

/// By nearest rank; nothing measured is no figure.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(u64::MAX)
}
