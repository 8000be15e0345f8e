//! Checkpoints: the signed head of a client's tree, as a C2SP `tlog-checkpoint` in a C2SP `signed-note`.
//!
//! ```text
//! baton/acme
//! 1027
//! <base64 of the root>
//!
//! — baton/acme <base64 of key hash and Ed25519 signature>
//! ```

use super::tree::Hash;
use crate::{secret, vault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_base::{ClientId, Error, Result};
use baton_db::Tx;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Name of the secret (of the house) that holds the signing key's 32 bytes, hex.
const KEY_SECRET: &str = "ledger_signing_key";
/// The signed-note algorithm number of Ed25519.
const ED25519: u8 = 1;

/// A signed head of a client's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose.
    pub client: ClientId,
    /// Number of leaves.
    pub size: i64,
    /// The root, hex.
    pub root: String,
    /// The signed note.
    pub note: String,
    /// When.
    pub sealed_ms: i64,
}

/// What a note says, once its signature has been checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub size: u64,
    pub root: Hash,
}

/// The installation's signing key; made at first use.
pub fn signing_key(tx: &mut Tx) -> Result<SigningKey> {
    let fresh = hex::encode(secret::bytes::<32>()?);
    let stored = vault::set_once(tx, &ClientId::house(), KEY_SECRET, &fresh)?;
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(&stored, &mut bytes).map_err(|e| Error::broken(format!("secret {KEY_SECRET}: {e}")))?;
    Ok(SigningKey::from_bytes(&bytes))
}

/// Origin of the client's log and name of the key that signs it.
pub fn key_name(client: &ClientId) -> String {
    format!("baton/{client}")
}

fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest =
        Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The signed note for a tree head.
pub(super) fn sign(client: &ClientId, size: u64, root: &Hash, key: &SigningKey) -> String {
    let name = key_name(client);
    let body = format!("{name}\n{size}\n{}\n", STANDARD.encode(root));
    let mut signed = key_hash(&name, &key.verifying_key()).to_vec();
    signed.extend_from_slice(&key.sign(body.as_bytes()).to_bytes());
    format!("{body}\n\u{2014} {name} {}\n", STANDARD.encode(signed))
}

/// Reads a note and checks its signature; the error says in words what does not hold.
pub(super) fn open(client: &ClientId, note: &str, key: &VerifyingKey) -> Result<Head, String> {
    let name = key_name(client);
    let (body, signatures) = note.split_once("\n\n").ok_or("the note has no signature")?;
    let body = format!("{body}\n");
    let line = format!("\u{2014} {name} ");
    let ours = signatures.lines().find_map(|l| l.strip_prefix(&line)).ok_or("the note is not signed by this log")?;
    let bytes = STANDARD.decode(ours).map_err(|_| "the signature is not base64")?;
    let (hash, signature) = bytes.split_at_checked(4).ok_or("the signature is too short")?;
    if hash != key_hash(&name, key) {
        return Err("the note is signed with another key".to_owned());
    }
    let signature = Signature::from_slice(signature).map_err(|_| "the signature has not 64 bytes")?;
    key.verify_strict(body.as_bytes(), &signature).map_err(|_| "the signature is wrong")?;
    head(&name, &body)
}

fn head(name: &str, body: &str) -> Result<Head, String> {
    let mut lines = body.lines();
    if lines.next() != Some(name) {
        return Err("the note is of another log".to_owned());
    }
    let size = lines.next().and_then(|text| text.parse().ok()).ok_or("the note has no size")?;
    let root = lines.next().and_then(|text| STANDARD.decode(text).ok()).ok_or("the note has no root")?;
    Ok(Head { size, root: root.try_into().map_err(|_| "the root has not 32 bytes")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_opens_with_its_key_and_no_changed_byte_passes() {
        let (client, key) = (ClientId::known("acme"), SigningKey::from_bytes(&[7; 32]));
        let note = sign(&client, 5, &[9; 32], &key);
        let head = open(&client, &note, &key.verifying_key()).unwrap();
        assert_eq!(head, Head { size: 5, root: [9; 32] });
        assert!(open(&client, &note.replace("\n5\n", "\n6\n"), &key.verifying_key()).is_err());
        assert!(open(&client, &note, &SigningKey::from_bytes(&[8; 32]).verifying_key()).is_err());
        assert!(open(&ClientId::known("globex"), &note, &key.verifying_key()).is_err());
    }

    #[test]
    fn the_note_has_the_form_of_the_specification() {
        let note = sign(&ClientId::known("acme"), 5, &[9; 32], &SigningKey::from_bytes(&[7; 32]));
        let lines: Vec<_> = note.split('\n').collect();
        assert_eq!((lines[0], lines[1], lines[3], lines.len()), ("baton/acme", "5", "", 6));
        assert!(lines[4].starts_with("\u{2014} baton/acme ") && lines[5].is_empty());
    }
}
