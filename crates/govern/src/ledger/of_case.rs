//! The entries of one case as they were hashed, each with the proof of its place: what a third party needs to believe one case,
//! without the rest of the ledger.

use super::entry::{COLUMNS, Stored};
use super::prove::{Proof, check_inclusion, prove};
use super::tree::leaf_hash;
use baton_base::{CaseId, ClientId, EntryId, Result};
use baton_db::{Tx, params};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

/// Most entries of one case.
pub const CASE_ENTRIES_MAX: i64 = 5_000;

/// One entry, as it was hashed, and the proof that it stands in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// Canonical JSON of the entry's public columns: its leaf.
    pub line: String,
    /// None while the entry is not sealed.
    pub proof: Option<Proof>,
}

/// The entries of a case, oldest first.
pub fn of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Proved>> {
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND case_id = $2 ORDER BY entry_id LIMIT $3");
    let found = tx.query(&sql, params![client, case, CASE_ENTRIES_MAX], Stored::read)?;
    let mut all = Vec::with_capacity(found.len());
    for stored in found {
        let proof = prove(tx, client, &EntryId::known(stored.id.clone())).ok();
        all.push(Proved { line: stored.line(), proof });
    }
    Ok(all)
}

/// Whether an entry is what the signed tree holds at its place: offline, from the public key alone.
pub fn check_proved(client: &ClientId, entry: &Proved, key: &VerifyingKey) -> Result<(), String> {
    let Some(proof) = &entry.proof else { return Err("it was not sealed yet when the file was made".to_owned()) };
    if hex::encode(leaf_hash(entry.line.as_bytes())) != proof.leaf_hash {
        return Err("its text is not what was sealed".to_owned());
    }
    check_inclusion(client, proof, key)
}
