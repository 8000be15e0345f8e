//! Sealing: unsealed entries get their places in the tree, and the head is signed.

use super::note::{self, Checkpoint};
use super::tree::{Growing, Hash, Node, peaks};
use baton_base::{ClientId, Error, Result};
use baton_db::{Column, Kind, Rows, Tx, params};
use ed25519_dalek::SigningKey;

/// Most entries sealed in one transaction, so that whoever has something to write meanwhile waits for a few milliseconds; the rest
/// follows in the next.
pub const SEAL_ENTRIES_MAX: u32 = 100;

const PLACED: &[(&str, Column)] =
    &[("client_id", Column::Text), ("entry_id", Column::Text), ("leaf_index", Column::Int)];
const NODES: &[(&str, Column)] =
    &[("client_id", Column::Text), ("level", Column::Int), ("position", Column::Int), ("hash", Column::Text)];

/// Seals what is unsealed, up to [`SEAL_ENTRIES_MAX`] entries, and signs the new head; `None` where there was nothing
/// to do or another node is at it. After `Some`, more may wait: call again.
pub fn seal(tx: &mut Tx, client: &ClientId, key: &SigningKey, now_ms: i64) -> Result<Option<Checkpoint>> {
    if !alone(tx, client)? {
        return Ok(None);
    }
    let old = latest_checkpoint(tx, client)?.map_or(0, |c| c.size);
    let leaves = place(tx, client, old)?;
    if leaves.is_empty() {
        return Ok(None);
    }
    let mut tree = load(tx, client, old)?;
    let nodes: Vec<Node> = leaves.iter().flat_map(|leaf| tree.push(*leaf)).collect();
    insert_nodes(tx, client, &nodes)?;
    let root = tree.root();
    let checkpoint = Checkpoint {
        client: client.clone(),
        size: as_i64(tree.size())?,
        root: hex::encode(root),
        note: note::sign(client, tree.size(), &root, key),
        sealed_ms: now_ms,
    };
    insert_checkpoint(tx, &checkpoint)?;
    Ok(Some(checkpoint))
}

// Two nodes that seal one client at once would give two entries one place; the unique index would stop them, the lock
// keeps it from coming to that. SQLite has one writer.
fn alone(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    match tx.kind() {
        Kind::Sqlite => Ok(true),
        Kind::Postgres => tx.query_one(
            "SELECT CASE WHEN pg_try_advisory_xact_lock(6962, hashtext($1)) THEN 1 ELSE 0 END",
            params![client],
            |row| row.bool(0),
        ),
    }
}

/// Numbers the unsealed entries in order of their ids; returns their leaf hashes in that order.
fn place(tx: &mut Tx, client: &ClientId, from: i64) -> Result<Vec<Hash>> {
    let fresh = tx.query(
        "SELECT entry_id, leaf_hash FROM ledger WHERE client_id = $1 AND leaf_index IS NULL ORDER BY entry_id LIMIT $2",
        params![client, i64::from(SEAL_ENTRIES_MAX)],
        |row| Ok((row.text(0)?, hash(&row.text(1)?)?)),
    )?;
    let mut placed = Rows::of(PLACED);
    let mut leaves = Vec::with_capacity(fresh.len());
    for ((entry, leaf), index) in fresh.into_iter().zip(from..) {
        placed.add(params![client, entry, index].to_vec());
        leaves.push(leaf);
    }
    tx.execute_rows(
        "UPDATE ledger SET leaf_index = {leaf_index} {from} WHERE ledger.client_id = {client_id} \
         AND ledger.entry_id = {entry_id} AND ledger.leaf_index IS NULL",
        &placed,
    )?;
    Ok(leaves)
}

/// The tree as last sealed, from its stored peaks.
fn load(tx: &mut Tx, client: &ClientId, size: i64) -> Result<Growing> {
    let size = size.unsigned_abs();
    let mut hashes = Vec::new();
    for (level, position) in peaks(size) {
        hashes.push(node(tx, client, level, position)?);
    }
    Ok(Growing::at(size, hashes))
}

/// A stored complete subtree.
pub(super) fn node(tx: &mut Tx, client: &ClientId, level: u32, position: u64) -> Result<Hash> {
    let found = tx.query_opt(
        "SELECT hash FROM ledger_node WHERE client_id = $1 AND level = $2 AND position = $3",
        params![client, level, as_i64(position)?],
        |row| hash(&row.text(0)?),
    )?;
    found.ok_or_else(|| Error::broken(format!("the ledger of {client} has lost the subtree {level}/{position}")))
}

fn insert_nodes(tx: &mut Tx, client: &ClientId, nodes: &[Node]) -> Result<()> {
    let mut rows = Rows::of(NODES);
    for node in nodes {
        rows.add(params![client, node.level, as_i64(node.position)?, hex::encode(node.hash)].to_vec());
    }
    tx.execute_rows("INSERT INTO ledger_node (client_id, level, position, hash) {values}", &rows)?;
    Ok(())
}

fn insert_checkpoint(tx: &mut Tx, c: &Checkpoint) -> Result<()> {
    tx.execute(
        "INSERT INTO ledger_checkpoint (client_id, size, root, note, sealed_ms) VALUES ($1, $2, $3, $4, $5)",
        params![c.client, c.size, c.root, c.note, c.sealed_ms],
    )?;
    Ok(())
}

/// The newest signed head; `None` before the first sealing.
pub fn latest_checkpoint(tx: &mut Tx, client: &ClientId) -> Result<Option<Checkpoint>> {
    tx.query_opt(
        "SELECT size, root, note, sealed_ms FROM ledger_checkpoint WHERE client_id = $1 ORDER BY size DESC LIMIT 1",
        params![client],
        |row| {
            Ok(Checkpoint {
                client: client.clone(),
                size: row.int(0)?,
                root: row.text(1)?,
                note: row.text(2)?,
                sealed_ms: row.int(3)?,
            })
        },
    )
}

pub(super) fn as_i64(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| Error::broken("the ledger is larger than its index"))
}

pub(super) fn hash(text: &str) -> Result<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).map_err(|e| Error::broken(format!("a stored hash is not one: {e}")))?;
    Ok(hash)
}
