//! Changes to what steers AI and processes are proposals: what would become so, what was checked, who made it and why;
//! approved by others than the author, published at once or at a time, and taken back in one step. All of it is in the
//! ledger.

mod act;
mod diff;
mod owners;
mod proofs;
mod rules;
mod store;

pub use act::{approvals, approve, due, miss, propose, publish, reject, roll_back, set_approvals};
pub use diff::{FileDiff, diff};
pub use owners::without_owner;
pub use proofs::{proofs_required, require_proofs};
pub use rules::{Check, Content, Kind, New, Proposal, State, Vote};
pub use store::{content, get, list, votes};

/// Name of the check that tells what is proven of a proposal's policies: `details` lists the properties with their `outcome`.
pub const PROOFS_CHECK: &str = "proofs";
/// Setting that says whether every property has to be proven before a release of a client is published.
pub const PROOFS: &str = "changes.proofs";
/// Setting with the number of people who have to approve a proposal of a client.
pub const APPROVALS: &str = "changes.approvals";
/// Most people who can be asked to approve one proposal.
pub const APPROVALS_MAX: i64 = 5;
