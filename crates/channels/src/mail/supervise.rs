//! One reader for each mailbox of each live release, and the carrier of answers.

use super::read::Reader;
use super::send;
use super::store::Holder;
use crate::{Channels, Mailbox};
use baton_base::ClientId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often it is looked whether releases have other mailboxes now, milliseconds.
const LOOK_MS: u64 = 1_000;

struct Running {
    mailbox: Mailbox,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Reads every mailbox and carries every answer until it is stopped.
pub async fn work(channels: Channels, mut stop: watch::Receiver<bool>) {
    let carrying = tokio::spawn(send::run(channels.clone(), stop.clone()));
    let worker = channels.env.id("reader");
    let mut running: HashMap<(ClientId, String), Running> = HashMap::new();
    while !*stop.borrow() {
        let wanted = wanted(&channels);
        let gone: Vec<_> = running
            .iter()
            .filter(|(key, found)| wanted.get(*key) != Some(&found.mailbox) || found.task.is_finished())
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            if let Some(found) = running.remove(&key) {
                end(found).await;
            }
        }
        for (key, mailbox) in wanted {
            if let Entry::Vacant(free) = running.entry(key) {
                let started = start(&channels, &worker, free.key(), mailbox);
                free.insert(started);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    for found in running.into_values() {
        end(found).await;
    }
    let _ = carrying.await;
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
