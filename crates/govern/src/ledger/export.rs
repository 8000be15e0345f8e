//! A client's sealed ledger as files that can be verified without Baton's database, and without Baton.
//!
//! ```text
//! manifest.json       format, client, first and size, root, name of the key
//! entries.jsonl       one entry a line, in the order of the tree; SHA-256(0x00 || line) is its leaf
//! checkpoints.jsonl   signed heads: size, root, note (C2SP tlog-checkpoint), sealed_ms
//! inclusion.jsonl     for each entry its path to the root of the last head (RFC 9162, section 2.1.3)
//! consistency.jsonl   from each head to the next (RFC 9162, section 2.1.4)
//! ```

use super::entry::{COLUMNS, Entry, Stored, read};
use super::note::key_name;
use super::seal::{as_i64, hash, latest_checkpoint};
use super::tree::{Hash, Levels, consistency_ranges, path_ranges};
use baton_base::{ClientId, Error, Result};
use baton_db::{Row, Tx, params};
use serde_json::json;
use std::collections::BTreeMap;

/// Name of the format.
pub(super) const FORMAT: &str = "baton-ledger-export/1";

/// The files of an export: name → text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Entries in it.
    pub entries: u64,
    /// Entries under the last head.
    pub size: u64,
    /// Name → text.
    pub files: BTreeMap<&'static str, String>,
}

/// Exports what is sealed, from the entry number `first` on; 0 is all. `first` of a later export is the size of the one
/// before: then the first consistency proof begins there.
pub fn export(tx: &mut Tx, client: &ClientId, first: u64) -> Result<Exported> {
    let last =
        latest_checkpoint(tx, client)?.ok_or_else(|| Error::Conflict(format!("nothing of {client} is sealed yet")))?;
    let size = last.size.unsigned_abs();
    if first >= size {
        return Err(Error::Conflict(format!("the ledger of {client} has {size} sealed entries, none after {first}")));
    }
    let levels = Levels::of(leaves(tx, client)?);
    let lost = || Error::broken(format!("the ledger of {client} has lost a subtree"));
    let path = |ranges: Vec<(u64, u64)>| {
        let hashes = ranges.into_iter().map(|(start, end)| levels.range(start, end).map(hex::encode));
        hashes.collect::<Option<Vec<String>>>().ok_or_else(lost)
    };
    let (mut entries, mut inclusion, mut count) = (String::new(), String::new(), 0);
    for line in lines(tx, client, first, size)? {
        push(&mut entries, &line);
        let index = first + count;
        push(&mut inclusion, &json!({"index": index, "path": path(path_ranges(index, size))?}).to_string());
        count += 1;
    }
    let (mut checkpoints, mut consistency, mut before) = (String::new(), String::new(), None);
    for (at, head) in heads(tx, client, first)? {
        push(&mut checkpoints, &head);
        if let Some(before) = before {
            let proof = json!({"from": before, "to": at, "path": path(consistency_ranges(before, at))?});
            push(&mut consistency, &proof.to_string());
        }
        before = Some(at);
    }
    let manifest = json!({
        "format": FORMAT, "client": client, "first": first, "size": size, "root": last.root, "key_name": key_name(client),
    });
    let files = BTreeMap::from([
        ("manifest.json", format!("{manifest:#}\n")),
        ("entries.jsonl", entries),
        ("checkpoints.jsonl", checkpoints),
        ("inclusion.jsonl", inclusion),
        ("consistency.jsonl", consistency),
    ]);
    Ok(Exported { entries: count, size, files })
}

fn push(file: &mut String, line: &str) {
    file.push_str(line);
    file.push('\n');
}

fn leaves(tx: &mut Tx, client: &ClientId) -> Result<Vec<Hash>> {
    let sql = "SELECT hash FROM ledger_node WHERE client_id = $1 AND level = 0 ORDER BY position";
    tx.query(sql, params![client], |row| hash(&row.text(0)?))
}

fn lines(tx: &mut Tx, client: &ClientId, first: u64, size: u64) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index"
    );
    tx.query(&sql, params![client, as_i64(first)?, as_i64(size)?], |row| Ok(Stored::read(row)?.line()))
}

/// Heads from a size on, each with its line.
fn heads(tx: &mut Tx, client: &ClientId, first: u64) -> Result<Vec<(u64, String)>> {
    let sql =
        "SELECT size, root, note, sealed_ms FROM ledger_checkpoint WHERE client_id = $1 AND size >= $2 ORDER BY size";
    tx.query(sql, params![client, as_i64(first)?], |row: &Row| {
        let size = row.int(0)?.unsigned_abs();
        let line = json!({"size": size, "root": row.text(1)?, "note": row.text(2)?, "sealed_ms": row.int(3)?});
        Ok((size, line.to_string()))
    })
}

/// Sealed entries from a place in the tree on, in its order: nothing comes in between later, so that a place is a cursor.
pub fn sealed_after(tx: &mut Tx, client: &ClientId, first: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND leaf_index >= $2 ORDER BY leaf_index LIMIT {limit}"
    );
    tx.query(&sql, params![client, first], read)
}
