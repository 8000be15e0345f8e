//! Sealing: unsealed entries get their places in the tree, and the head is signed.

use super::note::{self, Checkpoint};
use super::tree::{Growing, Hash, Node, peaks};
use baton_base::{ClientId, Error, Result};
use baton_db::{Kind, ToValue, Tx, Value, params};
use ed25519_dalek::SigningKey;

/// Most entries sealed in one transaction; the rest follows in the next.
pub const SEAL_ENTRIES_MAX: u32 = 2_000;
/// Tree nodes written by one statement: four parameters each.
const NODES_PER_INSERT_MAX: usize = 200;

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
    for chunk in nodes.chunks(NODES_PER_INSERT_MAX) {
        insert_nodes(tx, client, chunk)?;
    }
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
    let mut placed = tx.query(
        "WITH fresh AS (SELECT entry_id AS fresh_id, ROW_NUMBER() OVER (ORDER BY entry_id) - 1 AS n FROM ledger \
         WHERE client_id = $1 AND leaf_index IS NULL ORDER BY entry_id LIMIT $3) \
         UPDATE ledger SET leaf_index = $2 + fresh.n FROM fresh \
         WHERE client_id = $1 AND entry_id = fresh.fresh_id AND leaf_index IS NULL RETURNING leaf_index, leaf_hash",
        params![client, from, i64::from(SEAL_ENTRIES_MAX)],
        |row| Ok((row.int(0)?, hash(&row.text(1)?)?)),
    )?;
    placed.sort_unstable_by_key(|(index, _)| *index);
    Ok(placed.into_iter().map(|(_, hash)| hash).collect())
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
    let mut params: Vec<Value> = Vec::with_capacity(nodes.len() * 3 + 1);
    params.push(client.to_value());
    let mut rows = Vec::with_capacity(nodes.len());
    for node in nodes {
        let n = params.len();
        rows.push(format!("($1, ${}, ${}, ${})", n + 1, n + 2, n + 3));
        params.push(node.level.to_value());
        params.push(as_i64(node.position)?.to_value());
        params.push(hex::encode(node.hash).to_value());
    }
    let sql = format!("INSERT INTO ledger_node (client_id, level, position, hash) VALUES {}", rows.join(", "));
    tx.execute(&sql, &params)?;
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
