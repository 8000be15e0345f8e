//! Room `runs`: durable execution of processes. The engine decides, this room remembers.
//!
//! A run is one row; what happened to it arrives in its inbox; one *turn* takes the inboxes of many ready runs, lets the
//! engine evolve their states, and writes states, journals, traces, timers and open calls in one transaction, by a few
//! statements for all. There is no lease on a run: the transaction is the claim. Calls to the outside are rows with a lease, made by tasks
//! of this process after the commit, and made again by another when the lease runs out.
//!
//! Deliberately absent: replay of code, in-memory state of waiting runs, and any knowledge of what a
//! platform function does. Functions register themselves through [`Function`].

mod actions;
mod calls;
mod children;
mod deliver;
mod follow;
mod function;
mod handed;
mod hold;
mod input;
mod leases;
mod outcome;
mod privacy;
mod processes;
mod read;
mod schedule;
mod step;
mod store;
mod subscribe;
mod take;
mod trace;
mod turn;
mod worker;

pub use actions::{
    BULK_MAX, Bulk, BulkDone, Migrated, Misfit, Move, Operated, OperationRow, REASON_CHARS_MAX, Refusal, Sent, bulk,
    bulk_releases, cancel, migrate, operations, resume, retry, send_event, send_event_to_run, set_aside, suspend,
};
pub use children::{unknown_children, unknown_children_of};
pub use function::{CallCx, Finish, Function, Outcome};
pub use hold::{RELEASED, go_on, hold_case, let_go, parked, unpark};
pub use input::{RunInput, finish_call, message_waits, post, start, start_many};
pub use privacy::{ended_without_case, erase_case, erase_ended};
pub use processes::Processes;
pub use read::{
    Change, DeadGroup, DeadLetters, Found, JournalRow, RunCount, RunDetail, RunFilter, RunRow, RunStatus, Stance,
    TraceRow, Wait, WaitsOn, changed, counts, dead_letters, detail, journal, journal_page, list, row_of, stance,
    timeline, trace_of_case,
};
pub use schedule::{ScheduleOperated, SchedulePart, ScheduleRow, arm, pause_schedule, resume_schedule, schedules};
pub use step::{Asked, Made, Stepped};
pub use subscribe::publish;
pub use worker::{FaultHook, Faulted, Runs, RunsBuilder};

/// Limits of this room.
pub mod limits {
    use std::time::Duration;

    /// Ready runs advanced in one transaction.
    pub const RUNS_PER_TURN_MAX: u32 = 256;
    /// Ready runs advanced in one transaction after one has failed.
    pub const RUNS_PER_CAREFUL_TURN_MAX: u32 = 16;
    /// Ready runs of a client advanced in one transaction while as many of its calls are in hand as a process makes at once
    /// (PostgreSQL): another node may have room for more.
    pub const RUNS_BESIDE_FULL_MAX: u32 = 8;
    /// Ready runs advanced within a commit that has made some ready: whoever waits for that commit waits for them too.
    pub const RUNS_PER_FOLLOWING_TURN_MAX: u32 = 16;
    /// Runs of one turn of which each is taken and written by statements of its own, which PostgreSQL has planned once and for all;
    /// more are written by a few statements for all, each planned anew.
    pub const RUNS_WRITTEN_SINGLY_MAX: usize = 12;
    /// Turns in which each run is written by itself, after one has failed.
    pub const CAREFUL_TURNS: u32 = 64;
    /// When a worker looks again for runs whose release it had not loaded yet, milliseconds.
    pub const RELEASE_AWAITED_MS: i64 = 200;
    /// When a worker looks again for what was there to do while somebody else held it, milliseconds.
    pub const PASSED_OVER_MS: i64 = 100;
    /// Pause after a turn that failed, milliseconds.
    pub const AFTER_FAILURE_MS: u64 = 200;
    /// Turns in which nothing is supposed of more than a few runs, after it was wrong for one of them.
    pub const DISTRUSTFUL_TURNS: u64 = 64;
    /// Longest state of a run that is remembered while its call is made, bytes.
    pub const REMEMBERED_BYTES_MAX: usize = 16 * 1024;
    /// Results of outside calls taken in one transaction.
    pub const RESULTS_PER_TURN_MAX: usize = 256;
    /// Timers fired in one transaction.
    pub const TIMERS_PER_TURN_MAX: u32 = 256;
    /// Outside calls under way at once in one process.
    pub const CALLS_IN_FLIGHT_MAX: usize = 512;
    /// Of them, those of one client: a client whose systems are slow does not hold up the others.
    pub const CALLS_IN_FLIGHT_PER_CLIENT_MAX: usize = 256;
    /// Calls begun on the thread that took the turn; where there are more, each has a task of its own from the start.
    pub const CALLS_BEGUN_HERE_MAX: usize = 8;
    /// Times one outside call is made before it counts as failed.
    pub const CALL_ATTEMPTS_MAX: i64 = 8;
    /// Runs that wait for a turn that takes them without a look: where there are more, clients are served by their shares.
    pub const HANDED_MAX: usize = 16;
    /// Outside calls in hand up to which a process takes so what it has made ready itself: with more, other nodes get their part.
    pub const HANDED_BESIDE_CALLS_MAX: usize = 128;
    /// How long another worker leaves an outside call alone after its last sign of life.
    pub const CALL_LEASE_MS: i64 = 7_000;
    /// A lease that runs longer than this from now was given by a wrong clock, and binds nobody.
    pub const CALL_LEASE_BELIEVED_MS: i64 = 60_000;
    /// How often a worker renews the leases of its calls.
    pub const CALL_RENEW_MS: u64 = 2_000;
    /// How often a worker looks for calls whose worker has gone quiet: with the lease, a dead node's calls are taken over
    /// within ten seconds.
    pub const LEASE_POLL_MS: u64 = 1_000;
    /// How long a worker that stops waits for its calls.
    pub const DRAIN: Duration = Duration::from_secs(15);
    /// Longest time between two looks for work when nothing wakes the worker.
    pub const POLL_MS_MAX: u64 = 5_000;
    /// Inputs of one run taken in one turn; the rest wait for the next.
    pub const INPUTS_PER_TURN_MAX: usize = 256;
    /// Inputs of one run that are read at once where all of them are wanted.
    pub const INBOX_PAGE_MAX: usize = 1_024;
    /// Runs that are told of an event in one transaction; where more listen, by several, each after the commit of the last.
    pub const TOLD_TOGETHER_MAX: usize = 256;
    /// What is written for them at most, bytes; one run is told in any case.
    pub const TOLD_TOGETHER_BYTES_MAX: usize = 16 * 1024 * 1024;
    /// Events of one client whose listeners are told in one transaction, where each has few.
    pub const DELIVERIES_TOGETHER_MAX: usize = 64;
    /// Bytes of input or output kept per line of a run's trace; longer values are cut to a note.
    pub const TRACE_VALUE_BYTES_MAX: usize = 16 * 1024;
    /// How often a worker looks for schedules that events or the end of a run have made due, and for those of other nodes.
    pub const SCHEDULE_LOOK_MS: u64 = 500;
    /// Schedules taken in one look.
    pub const SCHEDULES_PER_LOOK_MAX: i64 = 256;
    /// Events that one schedule takes in one look.
    pub const SCHEDULE_EVENTS_PER_LOOK_MAX: i64 = 256;
    /// How long a schedule whose run could not begin waits, milliseconds.
    pub const SCHEDULE_AGAIN_MS: i64 = 60_000;
    /// Deepest chain of processes that run processes.
    pub const CHILD_DEPTH_MAX: u32 = 8;
}
