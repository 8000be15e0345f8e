//! Room `desk`: people's work. Queues, work items, handoff packets, takeover and return.
//!
//! A work item is opened by a process ([`HumanTask`], [`Approval`], [`Escalate`]), by the door (an approval of one
//! action, [`open_item`]), by a fault ([`run_faulted`]) or by a person who takes a case ([`take_case`]). One member
//! claims it, decides by its form, and the decision goes back to whoever waits.
//!
//! Locks are taken in one order, as in every room: run, then work item, then case.
//!
//! Not here: what a decision means (the process says), messages (cases), who a member is (govern).

mod actions;
mod dispatch;
mod fixes;
mod form;
mod functions;
mod intake;
mod listening;
mod model;
mod named;
mod packet;
mod privacy;
mod queues;
mod reviewed;
pub mod route;
mod rules;
mod settings;
mod simulate;
mod sla;
mod stops;
mod store;
mod team;
mod truth;

pub use actions::claim::{claim, release};
pub use actions::complete::{Decision, complete};
pub use actions::fault::run_faulted;
pub use actions::give::{Moved, To, reassign, reassign_back, take_back_lost, take_back_shut};
pub use actions::handoff::{note_reply, rate_packet};
pub use actions::merge::{merge_cases, split_case, unmerge_case};
pub use actions::open::open_item;
pub use actions::pass::pass_on;
pub use actions::retried::{run_retried, run_set_aside};
pub use actions::take::{return_case, take_case};
pub use actions::transfer::{Offer, Offered, answer_offer, offer, offers, offers_of_case, withdraw_offer};
pub use actions::undelivered::{not_taken_in, reply_failed};
pub use actions::withdraw::withdraw_item;
pub use dispatch::{Planned, assign_round, tidy_round};
pub use fixes::{
    Evidence, Fix, FixFilter, FixPatch, FixState, FixType, NewTag, OVERRIDE_REASONS, Source, Tagged, Untagged,
    evidence, fix, fixes, override_outcome, suggest, tag_case, untagged, update_fix,
};
pub use form::{DecisionSpec, Form};
pub use functions::{AgentHandoff, Approval, Escalate, HumanTask, Knows, Side};
pub use intake::{Desk, HandoffField, Intake, Pattern, When};
pub use listening::{listen_in, listens};
pub use model::{Kind, Needs, NewItem, OnDone, State, WorkItem, WorkItemDetail};
pub use named::unknown_queues;
pub use packet::reask::reasked;
pub use packet::score::{Handoff, mean_share, no_reask, score};
pub use packet::{Ask, Packet, build_packet, packet_of_case};
pub use privacy::{erase_case, erase_packets};
pub use queues::{Late, OtherWays, Queue, overflow_circles};
pub use reviewed::{Reviewed, reviewed};
pub use rules::{Completeness, completeness};
pub use settings::{QueueSettings, Written, pointers_of};
pub use simulate::{Recorded, day_of_file, recorded_day, with_people};
pub use stops::{Effect, Progress, QueueEffect, Staff, StopRound, preview, progress, stop_round};
pub use store::before::{Before, look};
pub use store::day::{QueueDay, queue_days};
pub use store::list::{QueueCount, WorkFilter, list, queue_counts};
pub use store::of_run::{Owner, items_of_run, owners, owners_by_case};
pub use store::packets::{HandoffReport, handoffs};
pub use store::{detail, get, of_case};
pub use team::{
    Colleague, Here, Profile, ProfilePatch, TakesOn, Whereabouts, colleagues, leave, profile, set_presence,
    set_presence_of, set_profile, show_life, takes_on, whereabouts,
};

/// Limits of this room.
pub mod limits {
    /// Times that agents may hand one case on among themselves until its customer writes again; after that it is a person's.
    pub const PASSES_MAX: usize = 8;
    /// Times that they may do so in one case, whatever its customer writes: whoever talks as long is better served by a person.
    pub const CASE_PASSES_MAX: usize = 64;
    /// Queues of one release.
    pub const QUEUES_MAX: usize = 500;
    /// Time a work item may take where its maker says nothing, milliseconds: 8 hours.
    pub const DUE_MS_DEFAULT: i64 = 8 * 60 * 60 * 1000;
    /// Longest title, characters.
    pub const TITLE_CHARS_MAX: usize = 200;
    /// Longest text of a reason, recommendation, note or instruction, bytes.
    pub const NOTE_BYTES_MAX: usize = 8 * 1024;
    /// Most decisions of one form.
    pub const DECISIONS_MAX: usize = 12;
    /// Largest form, bytes of JSON.
    pub const FORM_BYTES_MAX: usize = 64 * 1024;
    /// Largest set of fields given with a decision, bytes of JSON.
    pub const FIELDS_BYTES_MAX: usize = 64 * 1024;
    /// Most licences, languages and skills an item may ask for, together.
    pub const NEEDS_MAX: usize = 16;
    /// Steps and effects listed in a packet, each.
    pub const PACKET_STEPS_MAX: u32 = 50;
    /// Customer words quoted in a packet's summary, characters.
    pub const QUOTE_CHARS_MAX: usize = 280;
    /// Work items of one case returned at once.
    pub const CASE_ITEMS_MAX: i64 = 100;
}
