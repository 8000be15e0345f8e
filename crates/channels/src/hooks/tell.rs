//! Entries of the ledger become deliveries, in their order.

use super::rules::{is_echo, wants};
use super::store::{self, Listener};
use crate::Channels;
use crate::rounds::{self, Work};
use baton_base::{ClientId, Error, Result};
use baton_govern::ledger::{self, Entry};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

/// Entries looked at in one transaction.
const BATCH: u32 = 500;
/// Every how many looks old deliveries are forgotten.
const FORGET_EVERY: u32 = 3_600;

/// Looks until it is stopped.
pub(super) async fn run(channels: Channels, stop: watch::Receiver<bool>) {
    let db = channels.db.clone();
    rounds::run(&db, Teller { channels, looks: 0 }, stop).await;
}

struct Teller {
    channels: Channels,
    looks: u32,
}

impl Work for Teller {
    /// Entries are sealed about once a second.
    const LOOK_MS: u64 = 1_000;
    const WOKEN: bool = false;
    const FAILED: &'static str = "what happened could not be told yet";

    async fn round(&mut self) -> Result<()> {
        let mut failed = None;
        for client in self.channels.config.clients() {
            if let Err(error) = of_client(&self.channels, &client).await {
                // The others are told all the same.
                failed = Some(error);
            }
            if self.looks.is_multiple_of(FORGET_EVERY) {
                forget(&self.channels, &client).await?;
            }
        }
        self.looks = self.looks.wrapping_add(1);
        failed.map_or(Ok(()), Err)
    }
}

/// Forgets old deliveries, a few at a time: other writers come in between.
async fn forget(channels: &Channels, client: &ClientId) -> Result<()> {
    let now_ms = channels.now_ms();
    loop {
        let of = client.clone();
        if channels.db.write(move |tx| store::forget(tx, &of, now_ms)).await? == 0 {
            return Ok(());
        }
    }
}

async fn of_client(channels: &Channels, client: &ClientId) -> Result<()> {
    let of = client.clone();
    let listeners = channels.db.read(move |tx| store::listeners(tx, &of)).await?;
    for listener in listeners {
        of_hook(channels, client, listener).await?;
    }
    Ok(())
}

/// Looks at what came since a subscription last looked; again until there is no more.
async fn of_hook(channels: &Channels, client: &ClientId, mut hook: Listener) -> Result<()> {
    loop {
        let (of, from) = (client.clone(), hook.next_leaf);
        let entries = channels.db.read(move |tx| ledger::sealed_after(tx, &of, from, BATCH)).await?;
        let Some(last) = entries.last().and_then(|entry| entry.leaf_index) else { return Ok(()) };
        let wanted = entries.iter().filter(|entry| {
            wants(&hook.kinds, &entry.kind) && !is_echo(&hook.id, (&entry.kind, &entry.subject), &entry.data)
        });
        let told = wanted.map(|entry| told(&hook, entry)).collect::<Result<Vec<_>>>()?;
        let (of, row, now_ms) = (client.clone(), hook.clone(), channels.now_ms());
        channels.db.write(move |tx| store::tell(tx, &of, &row, last + 1, &told, now_ms)).await?;
        hook.next_leaf = last + 1;
    }
}

/// Id, kind and body of what is told of an entry. The id is the same however often it is made.
fn told(hook: &Listener, entry: &Entry) -> Result<(String, String, String)> {
    let leaf = entry.leaf_index.unwrap_or_default();
    let data = json!({
        "client": entry.client, "entry": entry.id, "leaf": leaf, "subject": entry.subject, "case": entry.case,
        "run": entry.run, "actor": {"kind": entry.actor.kind(), "name": entry.actor.name()}, "facts": entry.data,
    });
    let id = format!("wh_{}_{leaf}", hook.id.trim_start_matches("hook_"));
    Ok((id, entry.kind.clone(), body(&entry.kind, entry.at_ms, data)?))
}

/// The body of a delivery, as Standard Webhooks suggest: type, time, data.
pub(super) fn body(kind: &str, at_ms: i64, data: Value) -> Result<String> {
    let at = Timestamp::from_millisecond(at_ms).map_err(Error::broken)?;
    Ok(json!({"type": kind, "timestamp": at.to_string(), "data": data}).to_string())
}
