//! How long until everybody sees whose work something is: a member claims an item while 200 consoles are open.
//!
//! Each console holds the stream of live hints, and reads the item again when it is told of it, as the console's page does. Time
//! counts from before the claim is sent until the console has read the item as claimed. What a page waits before it reads
//! (`FIRST_MS` in `ui/src/api/live.ts`) comes on top.

use super::figure;
use crate::chat::{Browser, Member};
use crate::installation::Installation;
use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

const CLIENT: &str = "larkspur";
const CONSOLES: usize = 200;
const CLAIMS: usize = 40;
/// Between two claims.
const GAP: Duration = Duration::from_millis(1_000);
/// Longest wait for anything.
const WAIT: Duration = Duration::from_secs(60);
const P99_AIM_MS: f64 = 300.0;

/// An item that is about to be claimed, and when.
type Claim = Option<(String, Instant)>;

pub(super) async fn measure(root: &Path) -> Result<bool> {
    let installation = Installation::new(root, None).await?;
    let server = installation.serve().await?;
    let browser = Browser::new(&server.url)?;
    let agent = browser.sign_in("agent@baton.example").await?;
    let watcher = Arc::new(browser.sign_in("supervisor@baton.example").await?);
    let items = waiting(&browser, &agent).await?;
    let (say, claim) = watch::channel::<Claim>(None);
    let (told, mut seen) = mpsc::unbounded_channel();
    let mut consoles = JoinSet::new();
    for _ in 0..CONSOLES {
        let events = watcher.stream("/api/v1/events").await?;
        consoles.spawn(console(Arc::clone(&watcher), events, claim.clone(), told.clone()));
    }
    let mut millis = Vec::new();
    for item in &items {
        tokio::time::sleep(GAP).await;
        let begin = Instant::now();
        say.send_replace(Some((item.clone(), begin)));
        agent.write(&format!("/api/v1/clients/{CLIENT}/work-items/{item}/claim"), &json!({})).await?;
        for _ in 0..CONSOLES {
            let at: Instant = tokio::time::timeout(WAIT, seen.recv()).await?.context("a console has ended")?;
            millis.push(at.saturating_duration_since(begin).as_secs_f64() * 1_000.0);
        }
    }
    consoles.shutdown().await;
    server.stop().await?;
    millis.sort_by(f64::total_cmp);
    let at =
        |percent: usize| millis.get((millis.len() * percent).div_ceil(100).max(1) - 1).copied().unwrap_or(f64::MAX);
    println!("claims seen: {CLAIMS} by {CONSOLES} consoles each, p50 {:.1} ms", at(50));
    Ok(figure("a claim seen by 200 open consoles, each reading it again, p99", at(99), "ms", P99_AIM_MS))
}

/// Customers who ask for a person; their items, once all wait.
async fn waiting(browser: &Browser, agent: &Member) -> Result<Vec<String>> {
    for _ in 0..CLAIMS {
        let mut conversation = browser.converse("").await?;
        conversation.say("I want to speak to a person please").await?;
    }
    let begin = Instant::now();
    loop {
        let page = agent.read(&format!("/api/v1/work-items?client={CLIENT}&state=waiting&limit=200")).await?;
        let all: Vec<&Value> = page["items"].as_array().into_iter().flatten().collect();
        if all.len() >= CLAIMS {
            let ids = all.iter().filter_map(|item| item["id"].as_str().map(str::to_owned));
            return Ok(ids.take(CLAIMS).collect());
        }
        if begin.elapsed() > WAIT {
            bail!("{} of {CLAIMS} items wait", all.len());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Hears hints until it is ended; says when it has seen each claim.
async fn console(
    member: Arc<Member>,
    stream: reqwest::Response,
    claim: watch::Receiver<Claim>,
    told: mpsc::UnboundedSender<Instant>,
) -> Result<()> {
    let mut chunks = stream.bytes_stream();
    let (mut text, mut done) = (String::new(), String::new());
    while let Some(chunk) = chunks.next().await {
        text.push_str(&String::from_utf8_lossy(&chunk?));
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let Some((item, _)) = claim.borrow().clone() else { continue };
            if item == done || !event.contains("work_item.claimed") || !event.contains(&item) {
                continue;
            }
            let read = member.read(&format!("/api/v1/clients/{CLIENT}/work-items/{item}")).await?;
            if read["state"] == "claimed" {
                told.send(Instant::now())?;
                done = item;
            }
        }
    }
    Ok(())
}
