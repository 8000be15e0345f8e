//! Deliveries are sent: signed, by the way out that the release's egress list guards, and written down whatever comes of them.

use super::rules::{again_ms, signed_headers};
use super::store::{self, Held};
use crate::Channels;
use baton_base::{Event, Result};
use baton_govern::{Ctx, ledger};
use baton_tools::wire::Posted;
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked for deliveries without a reason, milliseconds.
const LOOK_MS: u64 = 2_000;
/// Deliveries sent at the same time.
const AT_ONCE: u32 = 32;
/// Longest wait for an answer, milliseconds; and for how long a worker holds a delivery.
const ANSWER_MS_MAX: u64 = 15_000;
const LEASE_MS: i64 = 60_000;
/// The other side wants no more (Standard Webhooks 1.0).
const GONE: u16 = 410;

/// Sends until it is stopped.
pub(super) async fn run(channels: Channels, mut stop: watch::Receiver<bool>) {
    let worker = channels.env.id("teller");
    let mut wake = channels.db.on_wake();
    while !*stop.borrow() {
        match round(&channels, &worker).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "webhooks that are owed could not be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
            changed = wake.changed() => if changed.is_err() { break },
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
}

async fn round(channels: &Channels, worker: &str) -> Result<usize> {
    let (by, now_ms) = (worker.to_owned(), channels.now_ms());
    if !channels.db.read(move |tx| store::any_due(tx, now_ms)).await? {
        return Ok(0);
    }
    let held = channels.db.write(move |tx| store::claim(tx, &by, now_ms, LEASE_MS, AT_ONCE)).await?;
    let count = held.len();
    futures::future::join_all(held.into_iter().map(|held| one(channels, held))).await;
    Ok(count)
}

async fn one(channels: &Channels, held: Held) {
    let ctx = Ctx::system(&channels.env, &held.client, "webhooks");
    let (status, error) = match send(channels, &ctx, &held).await {
        Ok(Posted::Answered(status)) if (200..300).contains(&status) => (Some(status), None),
        Ok(Posted::Answered(status)) => (Some(status), Some(format!("it answers {status}"))),
        Ok(Posted::NotSent(why) | Posted::Lost(why)) => (None, Some(why)),
        Err(error) => (None, Some(error.to_string())),
    };
    let done = channels.db.write(move |tx| {
        let now_ms = ctx.now_ms();
        let gone = status == Some(GONE);
        let again = again_ms(held.attempts, now_ms).filter(|_| !gone);
        store::note(tx, &held, (status, error.as_deref()), again, now_ms)?;
        if gone {
            store::set_state(
                tx,
                &held.client,
                &held.hook,
                false,
                Some("the other side wants no more: it answers 410"),
            )?;
        }
        if error.is_some() && again.is_none() {
            let event = Event::new(&held.client, "webhook.given_up", &held.hook);
            ledger::append(tx, &ctx, event.with(json!({"delivery": held.id, "attempts": held.attempts})))?;
        }
        Ok(())
    });
    if let Err(error) = done.await {
        tracing::warn!(%error, "what came of a webhook could not be written down; it is sent again");
    }
}

async fn send(channels: &Channels, ctx: &Ctx, held: &Held) -> Result<Posted> {
    let (of, hook, now_ms) = (held.client.clone(), held.hook.clone(), ctx.now_ms());
    let secrets = channels.db.read(move |tx| store::secrets(tx, &of, &hook, now_ms)).await?;
    let headers = signed_headers(&secrets, &held.id, now_ms / 1000, &held.body)?;
    channels.wire.post(ctx, &held.url, &headers, held.body.clone(), ANSWER_MS_MAX).await
}
