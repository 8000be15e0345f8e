//! Verification: every leaf again from its row, the tree again from the leaves, every head against its signature.
//!
//! Whoever can write the database can cut the newest entries off together with the heads that cover them. Only a head
//! kept elsewhere shows that: hand checkpoints to the client, and compare.

use super::entry::{COLUMNS, Stored};
use super::note;
use super::tree::{Growing, Hash};
use baton_base::{ClientId, Result};
use baton_db::{Row, Tx, params};
use ed25519_dalek::VerifyingKey;
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows read at a time.
const ROWS_MAX: i64 = 1_000;

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whether everything holds.
    pub ok: bool,
    /// Sealed entries that hold, from the first on.
    pub entries: i64,
    /// Entries that wait for sealing; nothing is proved about them yet.
    pub unsealed: i64,
    /// Signed heads that hold.
    pub checkpoints: i64,
    /// Root over those entries, hex.
    pub root: String,
    /// The first thing that does not hold.
    pub first_bad: Option<BadEntry>,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadEntry {
    /// The entry, if it is one.
    pub entry: Option<String>,
    /// Its place in the tree.
    pub leaf_index: i64,
    /// What is wrong, in words.
    pub what: String,
}

struct Head {
    root: String,
    note: String,
}

struct Leaf {
    index: i64,
    stored: Stored,
    leaf_hash: String,
    node_hash: Option<String>,
}

struct Walk<'a> {
    client: &'a ClientId,
    key: &'a VerifyingKey,
    heads: BTreeMap<i64, Head>,
    tree: Growing,
    checkpoints: i64,
}

/// Recomputes the client's sealed ledger and reports the first entry or head that does not hold.
pub fn verify(tx: &mut Tx, client: &ClientId, key: &VerifyingKey) -> Result<Verified> {
    let heads = heads(tx, client)?;
    let mut walk = Walk { client, key, heads, tree: Growing::default(), checkpoints: 0 };
    let first_bad = walk.walk(tx)?;
    Ok(Verified {
        ok: first_bad.is_none(),
        entries: walk.size(),
        unsealed: super::count_unsealed(tx, client)?,
        checkpoints: walk.checkpoints,
        root: hex::encode(walk.tree.root()),
        first_bad,
    })
}

fn heads(tx: &mut Tx, client: &ClientId) -> Result<BTreeMap<i64, Head>> {
    let sql = "SELECT size, root, note FROM ledger_checkpoint WHERE client_id = $1";
    let read = |row: &Row| Ok((row.int(0)?, Head { root: row.text(1)?, note: row.text(2)? }));
    Ok(tx.query(sql, params![client], read)?.into_iter().collect())
}

fn leaves(tx: &mut Tx, client: &ClientId, from: i64) -> Result<Vec<Leaf>> {
    let columns = COLUMNS.replace("client_id", "l.client_id");
    let sql = format!(
        "SELECT {columns}, n.hash FROM ledger l LEFT JOIN ledger_node n ON n.client_id = l.client_id AND n.level = 0 \
         AND n.position = l.leaf_index WHERE l.client_id = $1 AND l.leaf_index >= $2 ORDER BY l.leaf_index LIMIT $3"
    );
    tx.query(&sql, params![client, from, ROWS_MAX], |row| {
        Ok(Leaf {
            index: row.int(13)?,
            stored: Stored::read(row)?,
            leaf_hash: row.text(12)?,
            node_hash: row.text_opt(14)?,
        })
    })
}

impl Walk<'_> {
    fn size(&self) -> i64 {
        i64::try_from(self.tree.size()).unwrap_or(i64::MAX)
    }

    fn walk(&mut self, tx: &mut Tx) -> Result<Option<BadEntry>> {
        loop {
            let page = leaves(tx, self.client, self.size())?;
            if page.is_empty() {
                return Ok(self.end());
            }
            if let Some(bad) = page.iter().find_map(|leaf| self.take(leaf)) {
                return Ok(Some(bad));
            }
        }
    }

    /// Takes the next leaf in; what is wrong with it or with the head that ends at it.
    fn take(&mut self, leaf: &Leaf) -> Option<BadEntry> {
        let expected = self.size();
        if leaf.index != expected {
            return Some(bad(None, expected, format!("the entry at place {expected} is missing")));
        }
        let hash: Hash = leaf.stored.leaf();
        let hex = hex::encode(hash);
        let id = Some(leaf.stored.id.clone());
        if leaf.node_hash.as_ref() != Some(&hex) || leaf.leaf_hash != hex {
            return Some(bad(id, leaf.index, "the entry is not what was sealed".to_owned()));
        }
        self.tree.push(hash);
        let why = self.heads.remove(&self.size()).and_then(|head| self.check(&head).err());
        why.map(|why| bad(id, leaf.index, format!("the signed head after this entry does not hold: {why}")))
    }

    fn check(&mut self, head: &Head) -> Result<(), String> {
        let opened = note::open(self.client, &head.note, self.key)?;
        if opened.root != self.tree.root() || opened.size != self.tree.size() {
            return Err("it signs another tree".to_owned());
        }
        if head.root != hex::encode(opened.root) {
            return Err("the root beside the note is another".to_owned());
        }
        self.checkpoints += 1;
        Ok(())
    }

    /// After the last leaf: no head may promise more, and the last leaf must have been signed for.
    fn end(&self) -> Option<BadEntry> {
        let size = self.size();
        if let Some(promised) = self.heads.keys().next_back() {
            return Some(bad(None, size, format!("a signed head covers {promised} entries, there are {size}")));
        }
        (size > 0 && self.checkpoints == 0).then(|| bad(None, size, "no signed head covers these entries".to_owned()))
    }
}

fn bad(entry: Option<String>, leaf_index: i64, what: String) -> BadEntry {
    BadEntry { entry, leaf_index, what }
}
