//! Encryption at rest: what is sealed stands in its column as text that only the vault opens.
//!
//! Every client has a data key for each [`Class`] of records (AES-256-GCM). Data keys stand in `data_key`, wrapped by the
//! master key, which is given at the start and never stored in the database. A sealed text is bound to its client, table,
//! row and key version: copied to another row, it does not open. A text that was written before the vault is read as
//! it stands, until the sweep has sealed it ([`sweep`]).
//!
//! Nonces are random, 96 bits: a data key must not seal more than 2^32 texts. Rotate it before.

mod cipher;
mod keys;
mod master;
pub mod sweep;

pub use keys::{KeyRow, status};
pub use master::{Master, fresh_text};

use crate::Tx;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use baton_base::{ClientId, Error, Result};
use cipher::Key;
use master::Ring;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What every sealed text begins with; the version of its key and the text follow.
const MARK: &str = "bv1:";
/// Unwrapped keys kept in memory, count.
const KEYS_MAX: usize = 10_000;

/// What a record is, for its key and for how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Secrets of connected systems, and keys of the installation.
    Secret,
    /// What customers and those who answer them write.
    Message,
    /// Addresses of customers.
    Identity,
    /// Handoff packets.
    Packet,
    /// Second factors of members.
    Factor,
    /// Keys of digests by which a sealed text is found again. Never rotated: the digests would change.
    Lookup,
}

impl Class {
    /// Every class.
    pub const ALL: &[Self] = &[Self::Secret, Self::Message, Self::Identity, Self::Packet, Self::Factor, Self::Lookup];

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Message => "message",
            Self::Identity => "identity",
            Self::Packet => "packet",
            Self::Factor => "factor",
            Self::Lookup => "lookup",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a sealed text stands. It opens there and nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whose.
    pub client: &'a ClientId,
    /// Under which of the client's keys.
    pub class: Class,
    /// Table.
    pub table: &'a str,
    /// What names the row in the table, for this client.
    pub row: &'a str,
}

impl Place<'_> {
    fn bound(&self, version: i64) -> Vec<u8> {
        format!("{}\n{}\n{}\n{version}", self.client, self.table, self.row).into_bytes()
    }
}

type KeyId = (ClientId, Class, i64);

/// The keys of one open database.
#[derive(Default)]
pub(crate) struct Vault {
    ring: RwLock<Option<Ring>>,
    /// Unwrapped keys with the text they were unwrapped from. A key that a transaction made and took back again
    /// is never used for sealing: sealing reads the row each time.
    opened: Mutex<HashMap<KeyId, (String, Arc<Key>)>>,
}

impl Vault {
    pub(crate) fn unlock(&self, masters: Vec<Master>, file: Option<PathBuf>) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Ring::new(masters, file));
    }

    pub(crate) fn is_unlocked(&self) -> bool {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn with_ring<T>(&self, work: impl FnOnce(&Ring) -> Result<T>) -> Result<T> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        work(ring.as_ref().ok_or_else(locked)?)
    }

    fn unwrap(&self, id: &KeyId, wrapped: &str, master: &str) -> Result<Arc<Key>> {
        if let Some((from, key)) = self.kept().get(id)
            && from == wrapped
        {
            return Ok(Arc::clone(key));
        }
        let bound = keys::bound(&id.0, id.1, id.2);
        let key = Arc::new(self.with_ring(|ring| ring.unwrap(master, &bound, wrapped))?);
        let mut kept = self.kept();
        if kept.len() >= KEYS_MAX {
            kept.clear();
        }
        kept.insert(id.clone(), (wrapped.to_owned(), Arc::clone(&key)));
        Ok(key)
    }

    fn known(&self, id: &KeyId) -> Option<Arc<Key>> {
        self.kept().get(id).map(|(_, key)| Arc::clone(key))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<KeyId, (String, Arc<Key>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn locked() -> Error {
    Error::Unavailable("the vault is locked: give the master key with --master-key-file or BATON_MASTER_KEY".to_owned())
}

impl Tx {
    /// A text as it is stored: encrypted under the newest key of its class, which is made at first use.
    pub fn seal(&mut self, place: &Place<'_>, text: &str) -> Result<String> {
        let (version, key) = self.sealing_key(place.client, place.class)?;
        let sealed = key.seal(&place.bound(version), text.as_bytes())?;
        Ok(format!("{MARK}{version}:{}", STANDARD_NO_PAD.encode(sealed)))
    }

    /// A stored text as it was sealed. One that was changed, or comes from another place, is `Broken`.
    pub fn unseal(&mut self, place: &Place<'_>, stored: &str) -> Result<String> {
        let Some((version, sealed)) = parts(stored) else { return Ok(stored.to_owned()) };
        let wrong =
            || Error::broken(format!("a sealed text of {} does not open: it was changed or moved", place.table));
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| wrong())?;
        let (bound, id) = (place.bound(version), (place.client.clone(), place.class, version));
        let known = self.vault.known(&id).and_then(|key| key.open(&bound, &sealed).ok());
        let opened = match known {
            Some(opened) => opened,
            None => self.key(&id)?.open(&bound, &sealed).map_err(|_| wrong())?,
        };
        String::from_utf8(opened).map_err(|_| wrong())
    }

    /// A digest by which a sealed text is found again: without the client's key nobody can tell what it is of.
    pub fn lookup_digest(&mut self, client: &ClientId, text: &str) -> Result<String> {
        let (_, key) = self.sealing_key(client, Class::Lookup)?;
        Ok(key.digest(text.as_bytes()))
    }

    /// The same where it may be that nothing was ever sealed, and nothing may be written: `None` then.
    pub fn known_digest(&mut self, client: &ClientId, text: &str) -> Result<Option<String>> {
        let Some(found) = keys::newest(self, client, Class::Lookup)? else { return Ok(None) };
        let vault = Arc::clone(&self.vault);
        let key = vault.unwrap(&(client.clone(), Class::Lookup, found.version), &found.wrapped, &found.master)?;
        Ok(Some(key.digest(text.as_bytes())))
    }

    fn sealing_key(&mut self, client: &ClientId, class: Class) -> Result<(i64, Arc<Key>)> {
        let found = match keys::newest(self, client, class)? {
            Some(found) => found,
            None => keys::make(self, client, class, 1)?,
        };
        let vault = Arc::clone(&self.vault);
        let key = vault.unwrap(&(client.clone(), class, found.version), &found.wrapped, &found.master)?;
        Ok((found.version, key))
    }

    fn key(&mut self, id: &KeyId) -> Result<Arc<Key>> {
        let found = keys::at(self, &id.0, id.1, id.2)?;
        let found = found.ok_or_else(|| Error::broken(format!("the key {} {} of {} is gone", id.1, id.2, id.0)))?;
        let vault = Arc::clone(&self.vault);
        vault.unwrap(id, &found.wrapped, &found.master)
    }

    /// Makes a new version of a client's key. What is sealed from now on is under it; what is there stays readable,
    /// and is brought under it by the sweep.
    pub fn rotate_key(&mut self, client: &ClientId, class: Class) -> Result<i64> {
        if class == Class::Lookup {
            return Err(Error::invalid("the look-up key is not rotated", "its digests would no longer be found"));
        }
        let next = keys::newest(self, client, class)?.map_or(1, |newest| newest.version + 1);
        keys::make(self, client, class, next).map(|made| made.version)
    }

    /// Wraps every data key by the first master key; returns how many were under another.
    pub fn rewrap_keys(&mut self) -> Result<u64> {
        let vault = Arc::clone(&self.vault);
        keys::rewrap(self, &vault)
    }
}

/// Version and text of a sealed text.
fn parts(stored: &str) -> Option<(i64, &str)> {
    let (version, sealed) = stored.strip_prefix(MARK)?.split_once(':')?;
    Some((version.parse().ok()?, sealed))
}
