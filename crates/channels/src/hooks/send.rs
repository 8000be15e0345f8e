//! Deliveries are sent: signed, by the way out that the release's egress list guards, and written down whatever comes of them.

use super::rules::{GIVEN_UP, again_ms, signed_headers};
use super::store::{self, Held};
use crate::Channels;
use crate::rounds::{self, Tasks, Work};
use baton_base::{Error, Event, Result};
use baton_govern::{Ctx, ledger};
use baton_tools::wire::Posted;
use serde_json::json;
use tokio::sync::watch;

/// Deliveries sent at the same time, and those of one subscription.
const AT_ONCE: u32 = 64;
const AT_ONCE_EACH: u32 = 4;
/// Longest wait for an answer, milliseconds; and for how long a worker holds a delivery.
const ANSWER_MS_MAX: u64 = 15_000;
const LEASE_MS: i64 = 60_000;
/// The other side wants no more (Standard Webhooks 1.0).
const GONE: u16 = 410;

/// Sends until it is stopped.
pub(super) async fn run(channels: Channels, stop: watch::Receiver<bool>) {
    let db = channels.db.clone();
    let worker = channels.env.id("teller");
    let sender = Sender { channels, worker, tasks: Tasks::new(AT_ONCE, AT_ONCE_EACH) };
    rounds::run(&db, sender, stop).await;
}

struct Sender {
    channels: Channels,
    worker: String,
    tasks: Tasks,
}

impl Work for Sender {
    const LOOK_MS: u64 = 2_000;
    const WOKEN: bool = true;
    const FAILED: &'static str = "webhooks that are owed could not be looked for";

    async fn round(&mut self) -> Result<()> {
        let (left, now_ms) = (self.tasks.left(), self.channels.now_ms());
        if left == 0 {
            return Ok(());
        }
        let due = self.channels.db.read(move |tx| store::due(tx, now_ms)).await?;
        let room = self.tasks.room(due.into_iter().map(|due| (due.name(), due)));
        if room.is_empty() {
            return Ok(());
        }
        let by = self.worker.clone();
        let held = self.channels.db.write(move |tx| store::claim(tx, &by, (now_ms, LEASE_MS), room, left)).await?;
        for held in held {
            let channels = self.channels.clone();
            self.tasks.begin(held.to.name(), async move { one(&channels, held).await });
        }
        Ok(())
    }

    fn tasks(&mut self) -> Option<&mut Tasks> {
        Some(&mut self.tasks)
    }
}

async fn one(channels: &Channels, held: Held) {
    let ctx = Ctx::system(&channels.env, &held.to.client, "webhooks");
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
        if !store::note(tx, &held, (status, error.as_deref()), again, now_ms)? {
            return Ok(());
        }
        if gone {
            let why = "the other side wants no more: it answers 410";
            store::set_state(tx, &held.to.client, &held.to.hook, false, Some(why))?;
        }
        if error.is_some() && again.is_none() {
            let facts = json!({"delivery": held.id, "kind": held.kind, "attempts": held.attempts});
            ledger::append(tx, &ctx, Event::new(&held.to.client, GIVEN_UP, &held.to.hook).with(facts))?;
        }
        Ok(())
    });
    if let Err(error) = done.await {
        tracing::warn!(%error, "what came of a webhook could not be written down; it is sent again");
    }
}

async fn send(channels: &Channels, ctx: &Ctx, held: &Held) -> Result<Posted> {
    let (of, hook, now_ms) = (held.to.client.clone(), held.to.hook.clone(), ctx.now_ms());
    let secrets = channels.db.read(move |tx| store::secrets(tx, &of, &hook, now_ms)).await?;
    if secrets.is_empty() {
        return Err(Error::Unavailable("its secret is gone: rotate makes another".to_owned()));
    }
    let headers = signed_headers(&secrets, &held.id, now_ms / 1000, &held.body)?;
    channels.wire.post(ctx, &held.to.url, &headers, held.body.clone(), ANSWER_MS_MAX).await
}
