//! Room `runs`: durable execution of processes. The engine decides, this room remembers.
//!
//! A run is one row; what happened to it arrives in its inbox; one *turn* takes the inbox, lets the engine
//! evolve the state, and writes state, journal, trace, timers and open calls in one transaction. There is no
//! lease on a run: the transaction is the claim. Calls to the outside are rows with a lease, made by tasks
//! of this process after the commit, and made again by another when the lease runs out.
//!
//! Deliberately absent: replay of code, in-memory state of waiting runs, and any knowledge of what a
//! platform function does. Functions register themselves through [`Function`].

mod calls;
mod function;
mod input;
mod outcome;
mod processes;
mod read;
mod store;
mod trace;
mod turn;
mod worker;

pub use function::{CallCx, Finish, Function, Outcome};
pub use input::{RunInput, finish_call, post, start};
pub use processes::Processes;
pub use read::{RunDetail, RunFilter, RunRow, TraceRow, Wait, detail, list, trace_of_case};
pub use worker::{FaultHook, Faulted, Runs, RunsBuilder};

/// Limits of this room.
pub mod limits {
    /// Runs advanced in one transaction.
    pub const RUNS_PER_TURN_MAX: u32 = 64;
    /// Timers fired in one transaction.
    pub const TIMERS_PER_TURN_MAX: u32 = 256;
    /// Outside calls under way at once in one process.
    pub const CALLS_IN_FLIGHT_MAX: usize = 256;
    /// Times one outside call is made before it counts as failed.
    pub const CALL_ATTEMPTS_MAX: i64 = 8;
    /// How long another worker leaves an outside call alone after its last sign of life.
    pub const CALL_LEASE_MS: i64 = 10_000;
    /// How often a worker renews the leases of its calls.
    pub const CALL_RENEW_MS: u64 = 3_000;
    /// Longest time between two looks for work when nothing wakes the worker.
    pub const POLL_MS_MAX: u64 = 500;
    /// Inputs of one run taken in one turn; the rest wait for the next.
    pub const INPUTS_PER_TURN_MAX: usize = 256;
    /// Bytes of input or output kept per line of a run's trace; longer values are cut to a note.
    pub const TRACE_VALUE_BYTES_MAX: usize = 16 * 1024;
    /// Deepest chain of processes that run processes.
    pub const CHILD_DEPTH_MAX: u32 = 8;
}
