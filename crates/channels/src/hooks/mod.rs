//! Webhooks out: what happens at a client is told to other systems, signed as Standard Webhooks 1.0 say, at least once.
//!
//! What is told are the sealed entries of the client's ledger, in their order: each subscription remembers up to which entry it
//! has looked, in the transaction that writes down what it is told. Nothing is left out, however long Baton was away. A body holds
//! what the entry holds: ids and facts, no words of customers.

mod rules;
mod send;
mod store;
mod tell;

pub use rules::{signature, signed_headers};
pub use store::{HookRow, NewHook, Sending, create, deliveries, list, remove, replay, rotate, switch, test};

use crate::Channels;
use tokio::sync::watch;

/// Tells until it is stopped.
pub async fn work(channels: Channels, stop: watch::Receiver<bool>) {
    tokio::join!(tell::run(channels.clone(), stop.clone()), send::run(channels, stop));
}
