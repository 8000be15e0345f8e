//! One reader for each mailbox of each live release, and the carrier of answers.

use super::read::Reader;
use super::send;
use super::store::Holder;
use crate::rounds::{self, Work};
use crate::{Channels, Mailbox};
use baton_base::{ClientId, Result};
use futures::future::join_all;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Running {
    mailbox: Mailbox,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Reads every mailbox and carries every answer until it is stopped.
pub async fn work(channels: Channels, stop: watch::Receiver<bool>) {
    let (db, worker) = (channels.db.clone(), channels.env.id("reader"));
    let readers = Readers { channels: channels.clone(), worker, running: HashMap::new() };
    tokio::join!(send::run(channels, stop.clone()), rounds::run(&db, readers, stop));
}

struct Readers {
    channels: Channels,
    worker: String,
    running: HashMap<(ClientId, String), Running>,
}

impl Work for Readers {
    /// How often it is looked whether releases have other mailboxes now.
    const LOOK_MS: u64 = 1_000;
    const WOKEN: bool = false;
    const FAILED: &'static str = "mailboxes could not be looked for";

    async fn round(&mut self) -> Result<()> {
        let wanted = wanted(&self.channels);
        let is_gone = |key: &(ClientId, String), found: &mut Running| {
            wanted.get(key) != Some(&found.mailbox) || found.task.is_finished()
        };
        join_all(self.running.extract_if(is_gone).map(|(_, found)| end(found))).await;
        for (key, mailbox) in wanted {
            if let Entry::Vacant(free) = self.running.entry(key) {
                let started = start(&self.channels, &self.worker, free.key(), mailbox);
                free.insert(started);
            }
        }
        Ok(())
    }

    async fn end(&mut self) {
        join_all(self.running.drain().map(|(_, found)| end(found))).await;
    }
}

fn wanted(channels: &Channels) -> HashMap<(ClientId, String), Mailbox> {
    let mut wanted = HashMap::new();
    for client in channels.config.clients() {
        let Ok((_, config)) = channels.config.live(&client) else { continue };
        for (name, mailbox) in &config.mail {
            wanted.insert((client.clone(), name.clone()), mailbox.clone());
        }
    }
    wanted
}

fn start(channels: &Channels, worker: &str, key: &(ClientId, String), mailbox: Mailbox) -> Running {
    let (stop, stopping) = watch::channel(false);
    let by = Holder { client: key.0.clone(), mailbox: key.1.clone(), worker: worker.to_owned() };
    let reader = Reader { channels: channels.clone(), mailbox: mailbox.clone(), by, stop: stopping };
    Running { mailbox, stop, task: tokio::spawn(reader.run()) }
}

async fn end(running: Running) {
    const END_MS_MAX: u64 = 5_000;
    let _ = running.stop.send(true);
    let mut task = running.task;
    if tokio::time::timeout(Duration::from_millis(END_MS_MAX), &mut task).await.is_err() {
        // A server that does not answer is not waited for: what was not committed is taken in at the next start.
        task.abort();
    }
}
