//! SQL of the tables `run` and `run_*`.

mod calls;
mod claim;
mod deliveries;
mod inbox;
mod run;
mod timers;
mod told;
mod writes;

pub(crate) use calls::{
    Holding, Leased, OpenCall, call, calls, free_leases, give_back, lease_calls, release_leases, renew_leases,
    take_as_left,
};
pub(crate) use claim::{Lives, Pulse, ReadyRuns, pulse, take_ready};
pub(crate) use deliveries::{
    Arm, Delivery, clients_with_deliveries, count_told, first_delivery, insert_delivery, last_listening, listening,
    listening_between, told_to,
};
pub(crate) use inbox::{InboxRow, inbox_of, inbox_page, inboxes, let_go, wake};
pub(crate) use run::{Kept, Key, Loaded, NewRun, inserting_runs, key_rows, open_children, peek, take};
pub(crate) use timers::{next_timer, take_due_timers};
pub(crate) use told::{Taken, take_told};
pub(crate) use writes::{Ended, NewCall, Rest, RunWrites, Saved, Writes, suspend};
