//! Inclusion proofs: that an entry stands in the tree of a signed head, for whoever has only the head.

use super::entry::leaf_of;
use super::note::{self, Checkpoint};
use super::seal::{latest_checkpoint, node};
use super::tree::{Growing, Hash, path_ranges, peaks, root_from_path};
use baton_base::{ClientId, EntryId, Error, Result};
use baton_db::Tx;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

/// Proof that an entry stands at its place in the tree of a checkpoint (RFC 9162, section 2.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The entry's place.
    pub leaf_index: i64,
    /// Its leaf hash, hex.
    pub leaf_hash: String,
    /// Sibling hashes from the leaf up, hex.
    pub path: Vec<String>,
    /// The head it leads to.
    pub checkpoint: Checkpoint,
}

/// The proof for one sealed entry against the newest head.
pub fn prove(tx: &mut Tx, client: &ClientId, entry: &EntryId) -> Result<Proof> {
    let (leaf_index, leaf_hash) = leaf_of(tx, client, entry)?;
    let checkpoint = latest_checkpoint(tx, client)?;
    let checkpoint = checkpoint.filter(|c| leaf_index.is_some_and(|index| index < c.size));
    let (Some(leaf_index), Some(checkpoint)) = (leaf_index, checkpoint) else {
        return Err(Error::Conflict(format!("entry {entry} is not sealed yet; ask again in a few seconds")));
    };
    let mut path = Vec::new();
    for (start, end) in path_ranges(leaf_index.unsigned_abs(), checkpoint.size.unsigned_abs()) {
        path.push(hex::encode(range_root(tx, client, start, end)?));
    }
    Ok(Proof { leaf_index, leaf_hash, path, checkpoint })
}

/// Root over the leaves `start..end`, where `start` is a multiple of the range's width rounded up to a power of two.
fn range_root(tx: &mut Tx, client: &ClientId, start: u64, end: u64) -> Result<Hash> {
    let mut hashes = Vec::new();
    for (level, position) in peaks(end - start) {
        hashes.push(node(tx, client, level, (start >> level) + position)?);
    }
    Ok(Growing::at(end - start, hashes).root())
}

/// Whether a proof holds: offline, from the proof and the log's public key alone.
pub fn check_inclusion(client: &ClientId, proof: &Proof, key: &VerifyingKey) -> Result<(), String> {
    let head = note::open(client, &proof.checkpoint.note, key)?;
    let leaf = super::seal::hash(&proof.leaf_hash).map_err(|e| e.to_string())?;
    let path =
        proof.path.iter().map(|h| super::seal::hash(h)).collect::<Result<Vec<_>>>().map_err(|e| e.to_string())?;
    match root_from_path(proof.leaf_index.unsigned_abs(), head.size, leaf, &path) {
        Some(root) if root == head.root => Ok(()),
        Some(_) | None => Err("the path does not lead to the signed root".to_owned()),
    }
}
