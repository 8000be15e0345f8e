//! AES-256-GCM under one key, and digests keyed with it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use baton_base::{Error, Result};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;

/// A key that seals and opens.
pub(super) struct Key {
    cipher: LessSafeKey,
    digest: hmac::Key,
}

impl Key {
    pub(super) fn new(bytes: &[u8]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| Error::broken("a key has not 32 bytes"))?;
        Ok(Self { cipher: LessSafeKey::new(key), digest: hmac::Key::new(hmac::HMAC_SHA256, bytes) })
    }

    /// Nonce, cipher text and tag; opens only with the same `bound`.
    pub(super) fn seal(&self, bound: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let nonce = random::<NONCE_LEN>()?;
        let mut body = text.to_vec();
        self.cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut body)
            .map_err(|_| Error::Limit("a text is too large to seal".to_owned()))?;
        Ok([nonce.as_slice(), &body].concat())
    }

    pub(super) fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::broken("a sealed text does not open");
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut body = body.to_vec();
        let length = self.cipher.open_in_place(nonce, Aad::from(bound), &mut body).map_err(|_| wrong())?.len();
        body.truncate(length);
        Ok(body)
    }

    /// HMAC-SHA256, hex.
    pub(super) fn digest(&self, text: &[u8]) -> String {
        hmac::sign(&self.digest, text).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Random bytes nobody can guess.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::Unavailable("the machine gives no random bytes".to_owned()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_in_its_own_place_and_unchanged_only() {
        let key = Key::new(&[7; KEY_BYTES]).unwrap();
        let mut sealed = key.seal(b"here", b"the text").unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"text"));
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"the text");
        assert!(key.open(b"there", &sealed).is_err());
        assert!(Key::new(&[8; KEY_BYTES]).unwrap().open(b"here", &sealed).is_err());
        sealed[NONCE_LEN] ^= 1;
        assert!(key.open(b"here", &sealed).is_err());
        assert!(key.open(b"here", b"short").is_err());
    }
}
