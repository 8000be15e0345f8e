//! Inclusion proofs: that an entry stands in the tree of a signed head, for whoever has only the head.

use super::entry::leaf_of;
use super::note::{self, Checkpoint};
use super::seal::{as_i64, hash, latest_checkpoint, node};
use super::tree::{Growing, Hash, path_ranges, peaks, root_from_path};
use baton_base::{ClientId, EntryId, Error, Result};
use baton_db::{Tx, params};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

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
    let path = Nodes::of(client).path(tx, path_ranges(leaf_index.unsigned_abs(), checkpoint.size.unsigned_abs()))?;
    Ok(Proof { leaf_index, leaf_hash, path, checkpoint })
}

/// The stored subtrees of a client's tree, as far as they are asked for: each is read once.
pub(super) struct Nodes<'a> {
    client: &'a ClientId,
    known: HashMap<(u32, u64), Hash>,
}

impl<'a> Nodes<'a> {
    /// None read yet.
    pub fn of(client: &'a ClientId) -> Self {
        Self { client, known: HashMap::new() }
    }

    /// Reads, level by level, what the paths of the leaves `first..size` need; the tree before them is left out.
    pub fn read_ahead(&mut self, tx: &mut Tx, first: u64, size: u64) -> Result<()> {
        let sql = "SELECT position, hash FROM ledger_node WHERE client_id = $1 AND level = $2 AND position >= $3 \
                   AND position < $4";
        let begin = first.saturating_sub(1);
        for level in 0..u64::BITS {
            let (from, to) = ((begin >> level) & !1, size >> level);
            if to == 0 {
                break;
            }
            let found = tx.query(sql, params![self.client, level, as_i64(from)?, as_i64(to)?], |row| {
                Ok((row.int(0)?.unsigned_abs(), hash(&row.text(1)?)?))
            })?;
            self.known.extend(found.into_iter().map(|(position, hash)| ((level, position), hash)));
        }
        Ok(())
    }

    /// The roots over ranges of leaves, hex.
    pub fn path(&mut self, tx: &mut Tx, ranges: Vec<(u64, u64)>) -> Result<Vec<String>> {
        ranges.into_iter().map(|(start, end)| self.range(tx, start, end).map(hex::encode)).collect()
    }

    /// Root over the leaves `start..end`, where `start` is a multiple of the range's width rounded up to a power of two.
    fn range(&mut self, tx: &mut Tx, start: u64, end: u64) -> Result<Hash> {
        let mut hashes = Vec::new();
        for (level, position) in peaks(end - start) {
            let place = (level, (start >> level) + position);
            let found = match self.known.get(&place) {
                Some(known) => *known,
                None => node(tx, self.client, place.0, place.1)?,
            };
            self.known.insert(place, found);
            hashes.push(found);
        }
        Ok(Growing::at(end - start, hashes).root())
    }
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
