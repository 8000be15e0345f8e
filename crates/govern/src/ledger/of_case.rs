//! The entries of one case as they were hashed, each with the proof of its place: what a third party needs to believe one case,
//! without the rest of the ledger.

use super::entry::{COLUMNS, LEAF_INDEX, Stored};
use super::prove::{Nodes, Proof, check_inclusion};
use super::seal::latest_checkpoint;
use super::tree::{leaf_hash, path_ranges};
use baton_base::{CaseId, ClientId, Result};
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

/// The entries of a case, oldest first, and whether they are all: of more than [`CASE_ENTRIES_MAX`] the first are given.
///
/// An entry that is not sealed yet has no proof. That a proof cannot be made of one that is, because the tree has lost a part,
/// is an error.
pub fn of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<(Vec<Proved>, bool)> {
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND case_id = $2 ORDER BY entry_id LIMIT $3");
    let mut found = tx.query(&sql, params![client, case, CASE_ENTRIES_MAX + 1], |row| {
        Ok((Stored::read(row)?, row.int_opt(LEAF_INDEX)?))
    })?;
    let most = usize::try_from(CASE_ENTRIES_MAX).unwrap_or(usize::MAX);
    let complete = found.len() <= most;
    found.truncate(most);
    Ok((proved(tx, client, found)?, complete))
}

/// Entries, with the index of those that are sealed, as they were hashed and each with its proof.
pub(super) fn proved(tx: &mut Tx, client: &ClientId, found: Vec<(Stored, Option<i64>)>) -> Result<Vec<Proved>> {
    let head = latest_checkpoint(tx, client)?;
    let mut nodes = Nodes::of(client);
    let mut all = Vec::with_capacity(found.len());
    for (stored, index) in found {
        let sealed = index.zip(head.as_ref()).filter(|(index, head)| *index < head.size);
        let proof = match sealed {
            None => None,
            Some((leaf_index, head)) => {
                let ranges = path_ranges(leaf_index.unsigned_abs(), head.size.unsigned_abs());
                let (path, leaf_hash) = (nodes.path(tx, ranges)?, hex::encode(stored.leaf()));
                Some(Proof { leaf_index, leaf_hash, path, checkpoint: head.clone() })
            }
        };
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
