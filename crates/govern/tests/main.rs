//! The tests of `baton-govern` as one program, linked once; a new file is named here.

mod autonomy;
mod common;
mod forbid_law;
mod ledger;
mod ledger_export;
mod passkeys;
mod permission_matrix;
mod proofs;
mod rulebook;
mod rules_checked;
mod signin;
