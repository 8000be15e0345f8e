//! Verification of an export, from its files and the public key alone.

use super::export::FORMAT;
use super::note;
use super::tree::{Growing, Hash, is_consistent, leaf_hash, root_from_path};
use super::verify::BadEntry;
use baton_base::{ClientId, Error, Result};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Texts of an export's files, by name.
pub type Files = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Manifest {
    format: String,
    client: ClientId,
    first: u64,
    size: u64,
}

#[derive(Deserialize)]
struct HeadLine {
    size: u64,
    root: String,
    note: String,
}

#[derive(Deserialize)]
struct PathLine {
    #[serde(default)]
    index: u64,
    #[serde(default)]
    from: u64,
    #[serde(default)]
    to: u64,
    path: Vec<String>,
}

/// What verification of an export found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offline {
    /// Whether everything holds.
    pub ok: bool,
    /// Whose ledger.
    pub client: ClientId,
    /// Entries whose inclusion is proved.
    pub entries: u64,
    /// Number of the first entry.
    pub first: u64,
    /// Signed heads that hold.
    pub checkpoints: u64,
    /// Proofs from one head to the next that hold.
    pub consistency: u64,
    /// Root of the last head, hex.
    pub root: String,
    /// The first thing that does not hold.
    pub first_bad: Option<BadEntry>,
}

/// Checks signatures, inclusion of every entry, consistency of every head with the next, that no entry is missing, and
/// for a whole export the tree again from its leaves. `kept` are notes that somebody kept elsewhere: a whole export must
/// lead to each of them.
pub fn verify_files(files: &Files, key: &VerifyingKey, kept: &[String]) -> Result<Offline> {
    let manifest: Manifest =
        serde_json::from_str(file(files, "manifest.json")?).map_err(|e| unread("manifest.json", &e))?;
    if manifest.format != FORMAT {
        return Err(Error::invalid("this is no ledger export", format!("its format is '{}'", manifest.format)));
    }
    let mut found = Offline {
        ok: false,
        client: manifest.client.clone(),
        entries: 0,
        first: manifest.first,
        checkpoints: 0,
        consistency: 0,
        root: String::new(),
        first_bad: None,
    };
    found.first_bad = check(files, key, kept, &manifest, &mut found)?.err();
    found.ok = found.first_bad.is_none();
    Ok(found)
}

type Checked<T = ()> = std::result::Result<T, BadEntry>;

fn check(
    files: &Files,
    key: &VerifyingKey,
    kept: &[String],
    manifest: &Manifest,
    found: &mut Offline,
) -> Result<Checked> {
    let heads = match heads(files, key, manifest)? {
        Ok(heads) => heads,
        Err(bad) => return Ok(Err(bad)),
    };
    found.checkpoints = heads.len() as u64;
    let Some((size, root)) = heads.last().copied().filter(|(size, _)| *size == manifest.size) else {
        return Ok(Err(bad(None, manifest.size, "no signed head covers all that the manifest promises")));
    };
    found.root = hex::encode(root);
    let checked = inclusion(files, manifest, (size, root), found)?
        .and_then(|leaves| again(manifest, &heads, &leaves).map(|()| leaves));
    let leaves = match checked {
        Ok(leaves) => leaves,
        Err(bad) => return Ok(Err(bad)),
    };
    if let Err(bad) = consistency(files, &heads, found)? {
        return Ok(Err(bad));
    }
    Ok(kept.iter().try_for_each(|note| agrees(note, key, manifest, &leaves)))
}

fn heads(files: &Files, key: &VerifyingKey, manifest: &Manifest) -> Result<Checked<Vec<(u64, Hash)>>> {
    let mut heads: Vec<(u64, Hash)> = Vec::new();
    for line in lines::<HeadLine>(files, "checkpoints.jsonl")? {
        let wrong =
            |why: &str| bad(None, line.size, &format!("the head over {} entries does not hold: {why}", line.size));
        let opened = match note::open(&manifest.client, &line.note, key) {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(wrong(&why))),
        };
        if opened.size != line.size || hex::encode(opened.root) != line.root {
            return Ok(Err(wrong("what stands beside the note is not what it signs")));
        }
        if heads.last().is_some_and(|(before, _)| *before >= opened.size) {
            return Ok(Err(wrong("it is out of order")));
        }
        heads.push((opened.size, opened.root));
    }
    Ok(Ok(heads))
}

/// The leaves of the entries, each proved to stand under the head.
fn inclusion(
    files: &Files,
    manifest: &Manifest,
    (size, root): (u64, Hash),
    found: &mut Offline,
) -> Result<Checked<Vec<Hash>>> {
    let proofs = lines::<PathLine>(files, "inclusion.jsonl")?;
    let mut leaves = Vec::new();
    for (index, line) in (manifest.first..).zip(file(files, "entries.jsonl")?.lines()) {
        let leaf = leaf_hash(line.as_bytes());
        let proof = proofs.get(leaves.len()).filter(|proof| proof.index == index);
        let path = proof.and_then(|proof| hashes(&proof.path));
        let leads = path.and_then(|path| root_from_path(index, size, leaf, &path)) == Some(root);
        if !leads {
            let entry = serde_json::from_str::<Value>(line).ok();
            let id = entry.as_ref().and_then(|entry| entry["entry_id"].as_str()).map(str::to_owned);
            return Ok(Err(bad(id, index, "this entry was changed, put in or moved, or one before it taken out")));
        }
        leaves.push(leaf);
        found.entries += 1;
    }
    let there = manifest.first + found.entries;
    if there != size {
        return Ok(Err(bad(None, there, &format!("the entries from {there} to {size} are missing"))));
    }
    Ok(Ok(leaves))
}

/// The tree again from the leaves of a whole export: every head must be met on the way.
fn again(manifest: &Manifest, heads: &[(u64, Hash)], leaves: &[Hash]) -> Checked {
    if manifest.first > 0 {
        return Ok(());
    }
    let (mut tree, mut heads) = (Growing::default(), heads.iter().peekable());
    for leaf in leaves {
        tree.push(*leaf);
        if let Some((size, root)) = heads.next_if(|(size, _)| *size == tree.size())
            && tree.root() != *root
        {
            return Err(bad(None, *size, "the head signs another tree than these entries make"));
        }
    }
    Ok(())
}

fn consistency(files: &Files, heads: &[(u64, Hash)], found: &mut Offline) -> Result<Checked> {
    let proofs = lines::<PathLine>(files, "consistency.jsonl")?;
    for pair in heads.windows(2) {
        let ((old, old_root), (new, new_root)) = (pair[0], pair[1]);
        let proof = proofs.iter().find(|proof| proof.from == old && proof.to == new);
        let path = proof.and_then(|proof| hashes(&proof.path));
        if !path.is_some_and(|path| is_consistent((old, old_root), (new, new_root), &path)) {
            return Ok(Err(bad(None, new, &format!("the tree of {new} entries does not begin with that of {old}"))));
        }
        found.consistency += 1;
    }
    Ok(Ok(()))
}

fn agrees(kept: &str, key: &VerifyingKey, manifest: &Manifest, leaves: &[Hash]) -> Checked {
    let head = note::open(&manifest.client, kept, key)
        .map_err(|why| bad(None, 0, &format!("the head that was kept does not hold: {why}")))?;
    if manifest.first > 0 || head.size > leaves.len() as u64 {
        return Err(bad(None, head.size, "the head that was kept covers other entries than this export: export all"));
    }
    let mut tree = Growing::default();
    leaves.iter().take(usize::try_from(head.size).unwrap_or(usize::MAX)).for_each(|leaf| {
        tree.push(*leaf);
    });
    if tree.root() == head.root {
        Ok(())
    } else {
        Err(bad(None, head.size, "history before the head that was kept was rewritten"))
    }
}

fn file<'a>(files: &'a Files, name: &str) -> Result<&'a str> {
    let text = files.get(name).map(String::as_str);
    text.ok_or_else(|| Error::invalid(format!("{name} is missing"), "give the folder that baton audit export wrote"))
}

fn lines<T: for<'a> Deserialize<'a>>(files: &Files, name: &str) -> Result<Vec<T>> {
    let all = file(files, name)?.lines().map(|line| serde_json::from_str(line).map_err(|e| unread(name, &e)));
    all.collect()
}

fn unread(name: &str, e: &serde_json::Error) -> Error {
    Error::invalid(format!("{name} cannot be read"), e.to_string())
}

fn hashes(texts: &[String]) -> Option<Vec<Hash>> {
    texts.iter().map(|text| super::seal::hash(text).ok()).collect()
}

fn bad(entry: Option<String>, leaf_index: u64, what: &str) -> BadEntry {
    BadEntry { entry, leaf_index: i64::try_from(leaf_index).unwrap_or(i64::MAX), what: what.to_owned() }
}
