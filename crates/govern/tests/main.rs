//! The tests of `baton-govern` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod autonomy;
mod common;
mod dmn;
mod forbid_law;
mod ledger;
mod ledger_export;
mod passkeys;
mod permission_matrix;
mod proofs;
mod rulebook;
mod rules_checked;
mod signin;
mod stop_policy;
