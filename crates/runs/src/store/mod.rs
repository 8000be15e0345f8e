//! SQL of the tables `run` and `run_*`.

mod calls;
mod claim;
mod inbox;
mod run;
mod timers;
mod writes;

pub(crate) use calls::{
    Holding, Leased, OpenCall, call, calls, free_leases, give_back, held, lease_calls, release_leases, renew_leases,
};
pub(crate) use claim::take_ready;
pub(crate) use inbox::{InboxRow, inbox_of, inboxes, let_go, put_input, wake};
pub(crate) use run::{Kept, Key, Loaded, NewRun, insert_runs, open_children, peek, take};
pub(crate) use timers::{take_due_timers, what_is_left};
pub(crate) use writes::{Ended, NewCall, RunWrites, Saved, Writes, suspend};
