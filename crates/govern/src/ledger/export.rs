//! A client's sealed ledger as files that can be verified without Baton's database, and without Baton.
//!
//! ```text
//! manifest.json       format, client, first and size, root, name of the key
//! entries.jsonl       one entry a line, in the order of the tree; SHA-256(0x00 || line) is its leaf
//! checkpoints.jsonl   signed heads: size, root, note (C2SP tlog-checkpoint), sealed_ms
//! inclusion.jsonl     for each entry its path to the root of the last head (RFC 9162, section 2.1.3)
//! consistency.jsonl   from each head to the next (RFC 9162, section 2.1.4)
//! ```

use super::entry::{COLUMNS, Entry, LEAF_INDEX, Stored, read};
use super::note::key_name;
use super::prove::Nodes;
use super::seal::{as_i64, latest_checkpoint};
use super::tree::{consistency_ranges, path_ranges};
use baton_base::{ClientId, Error, Result};
use baton_db::{Row, Tx, params};
use serde_json::json;
use std::collections::BTreeMap;

/// Name of the format.
pub(super) const FORMAT: &str = "baton-ledger-export/1";
/// Entries that are read at once.
const STEP: u64 = 500;

/// How much one export may hold. It ends with a signed head, so that what one sealing has sealed is in it at least.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Entries, count.
    pub entries: u64,
    /// Their texts, bytes; a few entries more are read before it is noticed.
    pub bytes: usize,
}

impl Most {
    /// Without limit.
    pub const ALL: Self = Self { entries: u64::MAX, bytes: usize::MAX };
}

/// The files of an export: name → text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Entries in it.
    pub entries: u64,
    /// Entries under its last head: where a later export goes on.
    pub size: u64,
    /// Entries that are sealed by now.
    pub sealed: u64,
    /// Name → text.
    pub files: BTreeMap<&'static str, String>,
}

/// Exports what is sealed, from the entry number `first` on, as far as `most` allows; 0 is from the beginning. `first` of a
/// later export is the size of the one before: then the first consistency proof begins there. What comes before is not read.
pub fn export(tx: &mut Tx, client: &ClientId, first: u64, most: Most) -> Result<Exported> {
    let last =
        latest_checkpoint(tx, client)?.ok_or_else(|| Error::Conflict(format!("nothing of {client} is sealed yet")))?;
    let sealed = last.size.unsigned_abs();
    if first >= sealed {
        return Err(Error::Conflict(format!("the ledger of {client} has {sealed} sealed entries, none after {first}")));
    }
    let (mut lines, read_to) = lines(tx, client, (first, sealed), most)?;
    let heads = heads(tx, client, first, read_to)?;
    let head = heads.last().filter(|head| head.size > first);
    let head = head.ok_or_else(|| Error::broken(format!("the ledger of {client} has lost a signed head")))?;
    let size = head.size;
    lines.retain(|(index, _)| *index < size);
    let mut nodes = Nodes::of(client);
    nodes.read_ahead(tx, first, size)?;
    let (mut entries, mut inclusion) = (String::new(), String::new());
    for (index, line) in &lines {
        push(&mut entries, line);
        let path = nodes.path(tx, path_ranges(*index, size))?;
        push(&mut inclusion, &json!({"index": index, "path": path}).to_string());
    }
    let (mut checkpoints, mut consistency, mut before) = (String::new(), String::new(), None);
    for head in &heads {
        push(&mut checkpoints, &head.line);
        if let Some(before) = before {
            let path = nodes.path(tx, consistency_ranges(before, head.size))?;
            push(&mut consistency, &json!({"from": before, "to": head.size, "path": path}).to_string());
        }
        before = Some(head.size);
    }
    let manifest = json!({"format": FORMAT, "client": client, "first": first, "size": size, "sealed": sealed,
        "root": head.root, "key_name": key_name(client)});
    let files = BTreeMap::from([
        ("manifest.json", format!("{manifest:#}\n")),
        ("entries.jsonl", entries),
        ("checkpoints.jsonl", checkpoints),
        ("inclusion.jsonl", inclusion),
        ("consistency.jsonl", consistency),
    ]);
    Ok(Exported { entries: lines.len() as u64, size, sealed, files })
}

fn push(file: &mut String, line: &str) {
    file.push_str(line);
    file.push('\n');
}

/// The entries from `first` on, each with its place, and the place after the last: as many as may be, and as many as the next
/// head covers.
fn lines(tx: &mut Tx, client: &ClientId, (first, sealed): (u64, u64), most: Most) -> Result<(Vec<(u64, String)>, u64)> {
    let next = "SELECT MIN(size) FROM ledger_checkpoint WHERE client_id = $1 AND size > $2";
    let least = tx.query_one(next, params![client, as_i64(first)?], |row| row.int(0))?.unsigned_abs();
    let end = first.saturating_add(most.entries).clamp(least, sealed);
    let sql = format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index"
    );
    let (mut all, mut bytes, mut at) = (Vec::new(), 0, first);
    while at < end && (at < least || bytes < most.bytes) {
        let to = end.min(at + STEP);
        let found = tx.query(&sql, params![client, as_i64(at)?, as_i64(to)?], |row| {
            Ok((row.int(LEAF_INDEX)?.unsigned_abs(), Stored::read(row)?.line()))
        })?;
        bytes += found.iter().map(|(_, line)| line.len()).sum::<usize>();
        all.extend(found);
        at = to;
    }
    Ok((all, at))
}

/// A signed head.
struct Head {
    size: u64,
    root: String,
    line: String,
}

/// Heads from a size on, up to another.
fn heads(tx: &mut Tx, client: &ClientId, first: u64, to: u64) -> Result<Vec<Head>> {
    let sql = "SELECT size, root, note, sealed_ms FROM ledger_checkpoint WHERE client_id = $1 AND size >= $2 \
               AND size <= $3 ORDER BY size";
    tx.query(sql, params![client, as_i64(first)?, as_i64(to)?], |row: &Row| {
        let (size, root) = (row.int(0)?.unsigned_abs(), row.text(1)?);
        let line = json!({"size": size, "root": root, "note": row.text(2)?, "sealed_ms": row.int(3)?}).to_string();
        Ok(Head { size, root, line })
    })
}

/// Sealed entries from a place in the tree on, in its order: nothing comes in between later, so that a place is a cursor.
pub fn sealed_after(tx: &mut Tx, client: &ClientId, first: i64, limit: u32) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND leaf_index >= $2 ORDER BY leaf_index LIMIT {limit}"
    );
    tx.query(&sql, params![client, first], read)
}
