//! Master keys: 64 hex digits each, in a file with one a line or in a variable. The first wraps, all of them unwrap.

use super::cipher::{KEY_BYTES, Key, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use baton_base::{Error, Result, digest_of_text};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Digits of a master key's name.
const ID_DIGITS: usize = 16;

/// A key that wraps data keys.
#[derive(Clone)]
pub struct Master {
    id: String,
    key: std::sync::Arc<Key>,
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Master({})", self.id)
    }
}

/// The text of a new master key.
pub fn fresh_text() -> Result<String> {
    Ok(random::<KEY_BYTES>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Master {
    /// A master key that lives as long as this process.
    pub fn fresh() -> Result<Self> {
        Self::of(&fresh_text()?)
    }

    /// Its name: says which it is, and nothing of what it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The keys of a text: 64 hex digits each, between commas or line ends. Lines that begin with `#` are comments.
    pub fn read(text: &str) -> Result<Vec<Self>> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words = lines.flat_map(|line| line.split([',', ' '])).map(str::trim).filter(|word| !word.is_empty());
        let masters = words.map(Self::of).collect::<Result<Vec<_>>>()?;
        if masters.is_empty() { Err(no_key()) } else { Ok(masters) }
    }

    fn of(text: &str) -> Result<Self> {
        if text.len() != 2 * KEY_BYTES {
            return Err(no_key());
        }
        let digits = text.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        let bytes = digits.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == KEY_BYTES).ok_or_else(no_key)?;
        let id = digest_of_text(&format!("baton master key\n{}", text.to_lowercase()));
        Ok(Self { id: id[..ID_DIGITS].to_owned(), key: std::sync::Arc::new(Key::new(&bytes)?) })
    }

    pub(super) fn wrap(&self, bound: &[u8], key: &[u8]) -> Result<String> {
        Ok(STANDARD_NO_PAD.encode(self.key.seal(bound, key)?))
    }

    fn unwrap(&self, bound: &[u8], wrapped: &str) -> Result<Key> {
        Key::new(&self.unwrap_bytes(bound, wrapped)?)
    }

    fn unwrap_bytes(&self, bound: &[u8], wrapped: &str) -> Result<Vec<u8>> {
        let wrong = || Error::broken("a wrapped data key does not open: it was changed");
        self.key.open(bound, &STANDARD_NO_PAD.decode(wrapped).map_err(|_| wrong())?).map_err(|_| wrong())
    }
}

fn no_key() -> Error {
    Error::invalid("the master key is not one", "give 64 hex digits, such as from: openssl rand -hex 32")
}

/// The master keys in use.
pub(super) struct Ring {
    masters: Mutex<Vec<Master>>,
    file: Option<PathBuf>,
}

impl Ring {
    pub(super) fn new(masters: Vec<Master>, file: Option<PathBuf>) -> Self {
        Self { masters: Mutex::new(masters), file }
    }

    /// The key that wraps what is new. The file is looked at each time: a new master key may stand there.
    pub(super) fn first(&self) -> Result<Master> {
        self.read_file()?;
        self.masters.lock().unwrap_or_else(PoisonError::into_inner).first().cloned().ok_or_else(no_key)
    }

    pub(super) fn unwrap(&self, master: &str, bound: &[u8], wrapped: &str) -> Result<Key> {
        self.named(master)?.unwrap(bound, wrapped)
    }

    pub(super) fn unwrap_bytes(&self, master: &str, bound: &[u8], wrapped: &str) -> Result<Vec<u8>> {
        self.named(master)?.unwrap_bytes(bound, wrapped)
    }

    /// The master key of this name. One that is not known may have come into the file since the start.
    fn named(&self, id: &str) -> Result<Master> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        self.read_file()?;
        self.known(id).ok_or_else(|| {
            Error::Unavailable(format!("the data is under the master key {id}, which was not given: give that one"))
        })
    }

    fn read_file(&self) -> Result<()> {
        // A file that cannot be read just now changes nothing.
        let Some(Ok(text)) = self.file.as_ref().map(std::fs::read_to_string) else { return Ok(()) };
        *self.masters.lock().unwrap_or_else(PoisonError::into_inner) = Master::read(&text)?;
        Ok(())
    }

    fn known(&self, id: &str) -> Option<Master> {
        self.masters.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|master| master.id == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_lines_and_commas_and_nothing_else_is_one() {
        let (a, b) = (fresh_text().unwrap(), fresh_text().unwrap());
        let read = Master::read(&format!("# new\n{a}\n\n{b}\n")).unwrap();
        let names = |masters: &[Master]| masters.iter().map(|m| m.id().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&read), names(&Master::read(&format!("{a},{b}")).unwrap()));
        assert_eq!(read.len(), 2);
        for wrong in ["", "# only words", "abcd", &a[1..], &format!("+{}", &a[1..])] {
            assert!(Master::read(wrong).is_err(), "{wrong}");
        }
        assert!(!format!("{:?}", read[0]).contains(&a));
    }
}
