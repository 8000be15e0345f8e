//! Room `cases`: customers, cases and messages; how a contact comes in and how an answer goes out.
//!
//! A contact enters by [`receive`]: it is deduplicated, joined to the identity's open case or opens a new one, and
//! is handed to the case's run. Actors answer by [`say`]; processes write what they found by [`record`]. Every
//! change appends to the ledger in the same transaction.
//!
//! Locks are taken in one order everywhere, so that transactions never wait for each other in a ring:
//! customer, then run, then case. A run's own turn starts with the run.
//!
//! [`people`] makes customers of several channels one, by hand.
//!
//! [`outside`] gives outside agents tasks, each of which is a case.
//!
//! Cases are merged and split in [`merged`]: a merged case is read beside the one it went into, and nothing of it moves.
//!
//! [`mail`] reads e-mail: threads, what of a text is new, and what no person wrote.
//!
//! An answer on a channel that something must carry is owed by a row in `delivery`, in the transaction that wrote it.
//!
//! Not here: work items and packets (desk), what agents say (agents), transport (channels).

mod actions;
mod config;
mod days;
mod deliver;
mod duration;
mod floor;
mod functions;
pub mod hours;
pub mod macros;
pub mod mail;
pub mod merged;
mod model;
mod mood;
mod notes;
pub mod outside;
pub mod people;
mod privacy;
mod rules;
mod saying;
mod sla;
mod store;
mod templates;
mod timeline;

pub use actions::assign::{assign, give_back, hand_over, touch_by_person};
pub use actions::override_outcome::override_outcome;
pub use actions::receive::{Cases, Incoming, Received, receive};
pub use actions::record::{Patch, record};
pub use actions::say::{Said, Saying, say, say_once};
pub use config::{CasesConfig, Sla};
pub use days::{Zone, zone_of};
pub use deliver::{
    Delivery, JOIN_MS, Joined, Owed, OwedState, bounced, carry_again, claim_deliveries, delivered, due_clients,
    give_up, owed, owed_counts, put_off,
};
pub use duration::duration_ms;
pub use floor::{FloorActor, FloorClient, FloorCounts, floor, utc_day_start_ms};
pub use functions::{Notify, Record};
pub use model::{Case, CaseRow, CaseState, Channel, MessageRow, NamedActor, NamedCustomer, Page, Paged, Writer};
pub use mood::read_moods;
pub use notes::{Mention, Note, add_note, all_notes, mentions, mentions_seen, notes, whisper, whispers, whispers_read};
pub use privacy::{
    CustomerRow, all_messages, cases_of, customer, erase, gone_since, held, held_beside, hold, holds_any, is_erased,
    lift, lock_cases,
};
pub use saying::{SAYING, SAYING_BYTES_MAX, said_so_far, saying_of, tell_saying};
pub use sla::{Clock, Late, Level, Raised, Times, clocks, clocks_of, late, mark, raise_sla};
pub use store::list::{CaseFilter, list};
pub use store::sealed::{addresses, seal_addresses};
pub use store::{
    case_of_said, customer_at, get, is_answered, last_message_id, latest_messages, message, message_of, messages, row,
};
pub use templates::Templates;
pub use timeline::{TimelineItem, timeline};

/// Limits of this room.
pub mod limits {
    /// Longest customer name kept, characters.
    pub const NAME_CHARS_MAX: usize = 200;
    /// Longest address on a channel, bytes.
    pub const ADDRESS_BYTES_MAX: usize = 320;
    /// Longest id given to a message by its sender, bytes.
    pub const EXTERNAL_ID_BYTES_MAX: usize = 200;
    /// Longest language tag, bytes.
    pub const LOCALE_BYTES_MAX: usize = 35;
    /// Calendars of one release.
    pub const CALENDARS_MAX: usize = 200;
    /// Longest subject line, characters.
    pub const SUBJECT_CHARS_MAX: usize = 120;
    /// Longest name of an outcome, bytes.
    pub const OUTCOME_BYTES_MAX: usize = 100;
    /// Largest structured data that comes with a contact, bytes of JSON.
    pub const DATA_BYTES_MAX: usize = 256 * 1024;
    /// Largest set of collected fields of one case, bytes of JSON.
    pub const FIELDS_BYTES_MAX: usize = 64 * 1024;
    /// Longest note, bytes.
    pub const NOTE_BYTES_MAX: usize = 8 * 1024;
    /// Messages returned at once.
    pub const MESSAGES_PAGE_MAX: i64 = 500;
    /// Ledger entries shown on one timeline.
    pub const TIMELINE_ITEMS_MAX: usize = 1000;
    /// Messages held while a person had the case that are handed to the run when it comes back.
    pub const HELD_MESSAGES_MAX: i64 = 50;
    /// Messages split off at once.
    pub const SPLIT_MESSAGES_MAX: usize = 100;
    /// Cases that may be merged into one, those merged into them included.
    pub const MERGED_MAX: usize = 50;
    /// Longest reason of a merge, characters.
    pub const MERGE_REASON_CHARS_MAX: usize = 300;
    /// Steps one template may take while it is rendered.
    pub const TEMPLATE_FUEL_MAX: u64 = 50_000;
    /// Longest template, bytes.
    pub const TEMPLATE_BYTES_MAX: usize = 16 * 1024;
}
