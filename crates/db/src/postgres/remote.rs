//! Live events and wake-ups between nodes.
//!
//! They are sent after the commit by a connection of their own: a transaction that holds NOTIFY commits under a lock of
//! the whole server, which would undo the gain of many connections. What is lost when a node dies in between is a
//! hint only.

use crate::db::spawn;
use crate::live::{Hub, LIVE_EVENTS_MAX, Outbox};
use crate::tls::Address;
use crate::{Live, error};
use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::{Client, Config, NoTls};
use baton_base::Result;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// PostgreSQL refuses a notification of 8,000 bytes and more.
const NOTIFICATION_BYTES_MAX: usize = 7_900;
/// Outboxes sent in one round trip.
const OUTBOXES_MAX: usize = 1_024;
/// Pause after hints were sent, milliseconds: the first is sent at once, and under load one message tells of many commits.
const GATHER_MS: u64 = 10;
/// How long the listener waits before it looks whether it is still wanted, milliseconds.
const LISTEN_MS: u64 = 500;
/// Pause before a lost connection is made anew, milliseconds.
const RECONNECT_MS: u64 = 1_000;

/// One notification; without a live event it is a wake-up.
#[derive(Serialize, Deserialize)]
struct Note {
    node: u64,
    live: Option<Live>,
}

/// Starts the two threads; both end when the hub is gone. The one that tells other nodes ends before, when there is nothing
/// more to tell them: whoever closes waits for it.
pub(crate) fn start(address: &Address) -> Result<(Arc<Hub>, JoinHandle<()>)> {
    let (remote, outboxes) = sync_channel(LIVE_EVENTS_MAX);
    let hub = Arc::new(Hub::new(Some(remote)));
    // Only tells this node from others; no id, no secret.
    let node = RandomState::new().hash_one("baton");
    // Listening before the first answer: who waits for an event of another node misses none from here on.
    let first = listen(address)?;
    let (to_listen, watched) = (address.clone(), Arc::downgrade(&hub));
    spawn("baton-db-listen", move || listen_loop(&to_listen, node, &watched, first))?;
    let to_notify = address.clone();
    let telling = spawn("baton-db-notify", move || notify_loop(&to_notify, node, &outboxes))?;
    Ok((hub, telling))
}

fn notify_loop(address: &Address, node: u64, outboxes: &Receiver<Outbox>) {
    let mut client = None;
    while let Ok(first) = outboxes.recv() {
        let mut all = first;
        for more in outboxes.try_iter().take(OUTBOXES_MAX) {
            all.append(more);
        }
        let texts = notes(node, all);
        // A connection that was lost while idle is simply made anew.
        let sent = notify(address, &mut client, &texts).or_else(|_| {
            client = None;
            notify(address, &mut client, &texts)
        });
        if let Err(e) = sent {
            tracing::warn!(error = %e, "live events for other nodes were not sent; their screens refresh by polling");
            client = None;
            // The others have lost their connections too, and look when they have them again.
            outboxes.try_iter().for_each(drop);
        }
        std::thread::sleep(Duration::from_millis(GATHER_MS));
    }
}

fn notes(node: u64, outbox: Outbox) -> Vec<String> {
    let wake = outbox.wakes().then_some(None);
    let all = outbox.live.into_iter().map(Some).chain(wake).map(|live| Note { node, live });
    let texts = all.filter_map(|note| serde_json::to_string(&note).ok());
    texts.filter(|text| text.len() <= NOTIFICATION_BYTES_MAX).collect()
}

fn notify(address: &Address, client: &mut Option<Client>, notes: &[String]) -> Result<()> {
    if client.as_ref().is_none_or(Client::is_closed) {
        let mut fresh = connect(address)?;
        // A hint that a crash of the server loses need not wait for its disk.
        fresh.batch_execute("SET synchronous_commit = off").map_err(|e| error::connecting(&e))?;
        *client = Some(fresh);
    }
    let sql = "SELECT pg_notify('baton', note) FROM unnest($1::text[]) AS note";
    let sent = client.as_mut().map(|c| c.execute(sql, &[&notes]));
    sent.transpose().map(|_| ()).map_err(|e| error::of_postgres(&e, sql))
}

fn connect(address: &Address) -> Result<Client> {
    let config = Config::from(address.config.clone());
    let connected = match &address.tls {
        None => config.connect(NoTls),
        Some(tls) => config.connect(tls.clone()),
    };
    connected.map_err(|e| error::connecting(&e))
}

fn listen(address: &Address) -> Result<Client> {
    let mut client = connect(address)?;
    client.batch_execute("LISTEN baton").map_err(|e| error::connecting(&e))?;
    Ok(client)
}

fn listen_loop(address: &Address, node: u64, hub: &Weak<Hub>, first: Client) {
    let mut client = Some(first);
    while let Some(hub) = hub.upgrade() {
        match client.as_mut().filter(|c| !c.is_closed()) {
            Some(listening) => {
                if hear(listening, node, &hub).is_err() {
                    client = None;
                }
            }
            None => {
                client = listen(address).ok();
                match client {
                    // Whatever was missed meanwhile: workers look.
                    Some(_) => hub.deliver_here(&Outbox { wake: true, ..Outbox::default() }),
                    None => std::thread::sleep(Duration::from_millis(RECONNECT_MS)),
                }
            }
        }
    }
}

fn hear(client: &mut Client, node: u64, hub: &Hub) -> Result<(), ::postgres::Error> {
    let mut heard = client.notifications();
    let mut heard = heard.timeout_iter(Duration::from_millis(LISTEN_MS));
    while let Some(notification) = heard.next()? {
        let Ok(note) = serde_json::from_str::<Note>(notification.payload()) else { continue };
        if note.node != node {
            let wake = note.live.is_none();
            hub.deliver_here(&Outbox { live: note.live.into_iter().collect(), wake, ..Outbox::default() });
        }
    }
    Ok(())
}
