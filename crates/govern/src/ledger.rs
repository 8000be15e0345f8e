//! The ledger: append-only record of all that happened, per client.
//!
//! An entry is appended in the transaction of the state it speaks of. Sealing, a job of its own, gives unsealed
//! entries their place in a Merkle tree (RFC 9162) and signs the tree's head (C2SP `tlog-checkpoint`). The order of the
//! tree is the order of sealing, so that an entry whose transaction commits late simply comes later.

mod entry;
mod tree;

pub use entry::{Entry, append};
