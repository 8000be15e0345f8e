//! The ledger: append-only record of all that happened, per client.
//!
//! An entry is appended in the transaction of the state it speaks of. Sealing, a job of its own, gives unsealed
//! entries their place in a Merkle tree (RFC 9162) and signs the tree's head (C2SP `tlog-checkpoint`). The order of the
//! tree is the order of sealing, so that an entry whose transaction commits late simply comes later.

mod around;
mod entry;
mod export;
mod list;
mod note;
mod of_case;
mod offline;
mod prove;
mod seal;
mod tree;
mod verify;

pub use around::{AROUND_MAX, around, proved_around};
pub use entry::{Entry, Noted, append, append_all, appending};
pub use export::{Exported, Most, export, sealed_after};
pub use list::{Filter, Page, count_unsealed, get, list};
pub use note::{Checkpoint, key_name, signing_key};
pub use of_case::{CASE_ENTRIES_MAX, Proved, check_proved, of_case};
pub use offline::{Files, Offline, verify_files};
pub use prove::{Proof, check_inclusion, prove};
pub use seal::{SEAL_ENTRIES_MAX, latest_checkpoint, seal};
pub use verify::{BadEntry, Verified, verify};

pub use ed25519_dalek::{SigningKey, VerifyingKey};
