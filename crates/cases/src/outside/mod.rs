//! Tasks of outside agents: what an agent that is not Baton's asks for, and how far it has come.
//!
//! A task is a case on the channel `a2a`, and its context is the conversation that the case belongs to. A caller sees the
//! tasks that they brought in, and no others. One context has at most one task that is worked on: a message to a context
//! joins it, and opens the next where the last has ended. A task that people split off one goes on beside it, and is spoken to
//! by its own id; one that they merged into another case stands as that case stands, and is answered from there.

mod ask;
mod read;
mod rules;
mod withdraw;

pub use ask::{Ask, Asked, ask};
pub use read::{TaskFilter, TaskRow, count, task, tasks, words};
pub use rules::{TaskState, state_of};
pub use withdraw::{Withdrawn, withdraw};

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, params};

/// Longest name of a context, bytes.
pub const CONTEXT_BYTES_MAX: usize = 128;
/// Longest id of a message, bytes.
pub const SENT_ID_BYTES_MAX: usize = 200;

/// Takes the senders' ids of a case's messages out: nobody can send them again.
pub(crate) fn forget(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    tx.execute("DELETE FROM outside_message WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    tx.execute(
        "UPDATE outside_task SET context = '(erased)' WHERE client_id = $1 AND case_id = $2",
        params![client, case],
    )?;
    Ok(())
}
