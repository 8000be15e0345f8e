//! The two things that every answer holds: what the browser says (client data, 5.8.1), and what the device says
//! (authenticator data, 6.1). Only their shape is looked at here.

use ciborium::Value;
use ciborium::de::from_reader_with_recursion_limit;
use serde::Deserialize;

/// Deepest nesting of what is read.
const DEPTH_MAX: usize = 16;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;

/// What the browser says.
#[derive(Debug, Deserialize)]
pub(super) struct ClientData {
    pub r#type: String,
    pub challenge: String,
    pub origin: String,
    #[serde(default, rename = "crossOrigin")]
    pub cross_origin: Option<bool>,
    #[serde(default, rename = "topOrigin")]
    pub top_origin: Option<String>,
}

impl ClientData {
    /// UTF-8, with or without its mark, then JSON.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()
    }
}

/// One CBOR value off the front.
pub(super) fn cbor(reader: &mut &[u8]) -> Option<Value> {
    from_reader_with_recursion_limit(reader, DEPTH_MAX).ok()
}

/// One CBOR value and nothing after it.
pub(super) fn whole_cbor(mut bytes: &[u8]) -> Option<Value> {
    cbor(&mut bytes).filter(|_| bytes.is_empty())
}

/// The value under a text in a CBOR map.
pub(super) fn under<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

/// What the device says.
#[derive(Debug)]
pub(super) struct AuthData {
    /// Digest of the name that the passkey belongs to.
    pub site_hash: [u8; 32],
    flags: u8,
    /// How often the device has signed; 0 if it does not count.
    pub count: u32,
    /// A new credential.
    pub attested: Option<Attested>,
}

/// A new credential.
#[derive(Debug)]
pub(super) struct Attested {
    pub id: Vec<u8>,
    /// The public key, as it came (COSE).
    pub key: Vec<u8>,
}

impl AuthData {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (site_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&[flags], rest) = rest.split_first_chunk::<1>()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let attested = if flags & ATTESTED == 0 { None } else { Some(Attested::read(&mut rest)?) };
        if flags & EXTENDED != 0 && !cbor(&mut rest)?.is_map() {
            return None;
        }
        let count = u32::from_be_bytes(*count);
        rest.is_empty().then_some(Self { site_hash: *site_hash, flags, count, attested })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Somebody has touched the device.
    pub(super) fn is_present(&self) -> bool {
        self.has(USER_PRESENT)
    }

    /// The device has made sure who it was: a PIN, a finger, a face.
    pub(super) fn is_verified(&self) -> bool {
        self.has(USER_VERIFIED)
    }

    /// The key may be kept on several devices.
    pub(super) fn is_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    /// The key is kept on several devices.
    pub(super) fn is_backed_up(&self) -> bool {
        self.has(BACKED_UP)
    }
}

impl Attested {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let all = *rest;
        let (_model, after) = all.split_first_chunk::<16>()?;
        let (length, after) = after.split_first_chunk::<2>()?;
        let (id, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let mut left = after;
        cbor(&mut left)?;
        let key = after.get(..after.len() - left.len())?;
        *rest = left;
        Some(Self { id: id.to_vec(), key: key.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(flags: u8, more: &[u8]) -> Vec<u8> {
        [&[7_u8; 32][..], &[flags], &[0, 0, 1, 2], more].concat()
    }

    #[test]
    fn what_a_device_says_is_read_whole_or_not_at_all() {
        let plain = AuthData::read(&data(0x05, &[])).unwrap();
        assert!(plain.is_present() && plain.is_verified() && !plain.is_eligible() && plain.count == 258);
        // A model of 16 bytes, an id of 2, a key {1: 2}; then extensions {}.
        let credential: Vec<u8> = [&[0_u8; 16][..], &[0, 2, 8, 9], &[0xa1, 1, 2]].concat();
        let new = AuthData::read(&data(0xc1, &[&credential[..], &[0xa0]].concat())).unwrap().attested.unwrap();
        assert_eq!((new.id, new.key), (vec![8, 9], vec![0xa1, 1, 2]));
        for (flags, more) in [
            (0x01, vec![0]),                                // more than there should be
            (0x81, vec![]),                                 // extensions that are not there
            (0x81, vec![0x01]),                             // extensions that are no map
            (0x41, credential[..20].to_vec()),              // no key
            (0x41, [&credential[..], &[0xa0]].concat()),    // extensions that are not announced
            (0x41, [&[0_u8; 16][..], &[0xff; 2]].concat()), // an id longer than all
        ] {
            assert!(AuthData::read(&data(flags, &more)).is_none(), "{flags:x} {more:?}");
        }
        assert!(AuthData::read(&data(1, &[])[..36]).is_none());
        let deep = [[0x81_u8; 64].as_slice(), &[0]].concat();
        assert!(whole_cbor(&deep).is_none() && whole_cbor(&[0xa0, 0]).is_none() && whole_cbor(&[0xa0]).is_some());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reading(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = (AuthData::read(&bytes), whole_cbor(&bytes), super::super::cose::Key::read(&bytes));
            let _ = AuthData::read(&data(0xc1, &[&[0_u8; 16][..], &[0, 1, 7], &bytes[..]].concat()));
        }
    }

    #[test]
    fn what_a_browser_says_may_hold_more_than_is_known() {
        let text =
            r#"{"type":"webauthn.get","challenge":"AA","origin":"https://a.example","crossOrigin":false,"other":{}}"#;
        assert_eq!(ClientData::read(text.as_bytes()).unwrap().origin, "https://a.example");
        assert!(ClientData::read(format!("\u{feff}{text}").as_bytes()).is_some());
        assert!(ClientData::read(b"[]").is_none() && ClientData::read(b"\xff{}").is_none());
    }
}
