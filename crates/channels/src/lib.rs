//! Room `channels`: the transport of what customers write and of what they are answered, where it is more than a request to
//! Baton itself.
//!
//! [`voice`] is a phone call as text, without its connection. [`hooks`] tells other systems what happens. [`mail`] reads mailboxes over IMAP and carries answers over SMTP. What a mail is, and what of it is new, is read without
//! I/O in `cases::mail`; what becomes of a contact is decided by `cases::receive`.
//!
//! A mail that came in, how far its mailbox was read, and the case that it opened or went on with are one transaction: a mail
//! is neither lost nor taken twice. An answer is owed in the transaction that wrote it, and carried after it.
//!
//! [`files`] keeps what is attached where no mail brings it.
//!
//! Not here: web chat and the HTTP API (server), what is said (agents, desk).

mod config;
pub mod files;
pub mod hooks;
pub mod mail;
mod rounds;
pub mod voice;

pub use config::{ChannelsConfig, Line, Mailbox, Place, Security};

use baton_base::Versions;
use baton_cases::Cases;
use baton_db::Db;
use baton_desk::Desk;
use baton_govern::Env;
use baton_tools::wire::Wire;
use std::sync::Arc;

/// What this room works with. Cheap to clone.
#[derive(Clone)]
pub struct Channels {
    /// The database.
    pub db: Db,
    /// Clock and ids.
    pub env: Arc<Env>,
    /// Mailboxes of the releases.
    pub config: Arc<Versions<ChannelsConfig>>,
    /// Where contacts go.
    pub cases: Cases,
    /// Where goes what cannot go on.
    pub desk: Desk,
    /// The way out to other systems.
    pub wire: Wire,
}

impl Channels {
    fn now_ms(&self) -> i64 {
        self.env.clock.now_ms()
    }
}

/// Limits of this room.
pub mod limits {
    /// Most mailboxes of one client, count.
    pub const MAILBOXES_MAX: usize = 20;
    /// Largest file kept of a mail, bytes.
    pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
    /// Most files kept of a mail, count.
    pub const FILES_MAX: usize = 20;
    /// Longest whole text kept of a mail, bytes; what is new of it stands in the case as well.
    pub const WHOLE_TEXT_BYTES_MAX: usize = 256 * 1024;
    /// Mails of one sender that are taken in one hour; what comes above is set aside: two programs may be answering each other.
    pub const SENDER_MAILS_PER_HOUR_MAX: i64 = 30;
    /// Work items opened in one hour for what was set aside in one mailbox.
    pub const ASIDE_ITEMS_PER_HOUR_MAX: i64 = 10;
    /// Attempts to send an answer before it is given up: with the pauses between them, about a day.
    pub const SEND_ATTEMPTS_MAX: i64 = 20;
    /// Shortest and longest pause between two attempts, milliseconds.
    pub const SEND_AGAIN_MS: (i64, i64) = (10_000, 2 * 60 * 60 * 1000);
    /// Longest wait for one answer of a mail server, milliseconds.
    pub const SERVER_MS_MAX: u64 = 60_000;
    /// Longest wait until an answer is handed over with all that belongs to it, milliseconds: shorter than a worker holds it.
    pub const HAND_OVER_MS_MAX: u64 = 3 * 60 * 1000;
    /// Longest wait while a whole mail is fetched, milliseconds.
    pub const FETCH_MS_MAX: u64 = 10 * 60 * 1000;
    /// Longest time a mailbox is listened to before it is looked at anyway, milliseconds.
    pub const IDLE_MS_MAX: u64 = 2 * 60 * 1000;
    /// Pause between two looks where a server cannot tell by itself, milliseconds.
    pub const POLL_MS: u64 = 60_000;
    /// Shortest and longest pause before a mailbox that is away is tried again, milliseconds.
    pub const AWAY_MS: (u64, u64) = (1_000, 5 * 60 * 1000);
    /// For how long a node reads a mailbox without a sign of life before another may, milliseconds.
    pub const LEASE_MS: i64 = 90_000;
}
