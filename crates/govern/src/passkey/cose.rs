//! Public keys as devices write them (COSE, RFC 9052, RFC 9053, RFC 8812), and what they have signed.

use super::data::whole_cbor;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use ciborium::Value;

/// Algorithms that are taken, in the order in which devices are asked for them: Ed25519, ECDSA on P-256, RSA.
pub(super) const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;
/// Length of a modulus, bytes: 2,048 to 8,192 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;
/// Longest exponent, bytes.
const EXPONENT_BYTES_MAX: usize = 8;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A point, uncompressed.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// The value under a number in a COSE key.
fn at(key: &Value, label: i64) -> Option<&Value> {
    let named = |value: &Value| value.as_integer().map(i128::from) == Some(i128::from(label));
    key.as_map()?.iter().find(|(name, _)| named(name)).map(|(_, value)| value)
}

fn number(key: &Value, label: i64) -> Option<i64> {
    at(key, label)?.as_integer().and_then(|number| i64::try_from(number).ok())
}

fn bytes(key: &Value, label: i64) -> Option<&[u8]> {
    at(key, label)?.as_bytes().map(Vec::as_slice)
}

/// A number without zeros before it.
fn whole(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

impl Key {
    /// Reads a key; none if it is of another kind, is not whole, or is no key at all, such as a point beside the curve.
    pub(super) fn read(cose: &[u8]) -> Option<Self> {
        let key = whole_cbor(cose)?;
        // 1: kind. 3: algorithm. -1: curve, or modulus. -2: x, or exponent. -3: y.
        match (number(&key, 1)?, number(&key, 3)?) {
            (2, ES256) if number(&key, -1)? == 1 => {
                let (x, y) = (bytes(&key, -2)?, bytes(&key, -3)?);
                let point = [&[4_u8][..], x, y].concat();
                let right = x.len() == 32 && y.len() == 32;
                (right && ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).is_ok()).then_some(Self::P256(point))
            }
            (1, EDDSA) if number(&key, -1)? == 6 => {
                let x = bytes(&key, -2)?.to_vec();
                (x.len() == 32).then_some(Self::Ed25519(x))
            }
            (3, RS256) => {
                let (n, e) = (whole(bytes(&key, -1)?), whole(bytes(&key, -2)?));
                let right = MODULUS_BYTES.contains(&n.len()) && (1..=EXPONENT_BYTES_MAX).contains(&e.len());
                right.then_some(Self::Rsa { n, e })
            }
            _ => None,
        }
    }

    /// Its algorithm's number.
    pub(super) fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => ES256,
            Self::Ed25519(_) => EDDSA,
            Self::Rsa { .. } => RS256,
        }
    }

    /// Whether the holder of the private key has signed this.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
            }
            Self::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok(),
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
        }
    }
}
