//! A signed text (JWS in its compact form, RFC 7515) and the keys that may have signed it (RFC 7517, RFC 7518, RFC 8037).
//!
//! Only signatures that the holder of a private key alone can make: `none` and shared secrets are not known here. The
//! key decides which algorithms it may be used with, never the text.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Largest token, bytes.
const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// What the head of a text says.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    /// Algorithm.
    pub alg: String,
    /// Name of the key.
    #[serde(default)]
    pub kid: Option<String>,
    /// What a reader must understand; nothing is.
    #[serde(default)]
    crit: Option<Value>,
}

/// A signed text, not looked at yet.
pub(super) struct Signed<'a> {
    pub head: Head,
    /// What the signature is over.
    message: &'a [u8],
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

impl<'a> Signed<'a> {
    /// Takes a text apart; none if it is no signed one, or asks for what is not understood.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (head, claims) = message.split_once('.')?;
        let head: Head = serde_json::from_slice(&bytes(head)?).ok()?;
        let claims = serde_json::from_slice(&bytes(claims)?).ok()?;
        let signature = bytes(signature)?;
        if head.crit.is_some() || signature.is_empty() {
            return None;
        }
        Some(Self { head, message: message.as_bytes(), signature, claims })
    }

    /// The claims, if one of the keys has signed them.
    pub(super) fn by_any<'k>(self, mut keys: impl Iterator<Item = &'k Key>) -> Option<Map<String, Value>> {
        let signed = keys.any(|key| key.has_signed(&self.head.alg, self.message, &self.signature));
        signed.then_some(self.claims)
    }
}

/// A public key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub name: Option<String>,
    /// The one algorithm that it is for, where it says so.
    stated: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    /// Reads a key; none if it is of a kind that is not known, or is not for signatures.
    pub(super) fn read(document: &Value) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let number = |name: &str| text(name).and_then(bytes);
        if text("use").is_some_and(|used| used != "sig") {
            return None;
        }
        let point = |size: usize| {
            // Both coordinates in full length, after the mark of an uncompressed point.
            let coordinate = |name: &str| number(name).filter(|found| found.len() == size);
            Some([vec![4], coordinate("x")?, coordinate("y")?].concat())
        };
        let kind = match (text("kty")?, text("crv")) {
            ("RSA", _) => Kind::Rsa { n: whole(&number("n")?), e: whole(&number("e")?) },
            ("EC", Some("P-256")) => Kind::P256(point(32)?),
            ("EC", Some("P-384")) => Kind::P384(point(48)?),
            ("EC", Some("P-521")) => Kind::P521(point(66)?),
            ("OKP", Some("Ed25519")) => Kind::Ed25519(number("x")?),
            _ => return None,
        };
        Some(Self { name: text("kid").map(str::to_owned), stated: text("alg").map(str::to_owned), kind })
    }

    fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        if self.stated.as_deref().is_some_and(|stated| stated != algorithm) {
            return false;
        }
        match (&self.kind, algorithm) {
            (Kind::Rsa { n, e }, _) => rsa(algorithm)
                .is_some_and(|rules| RsaPublicKeyComponents { n, e }.verify(rules, message, signature).is_ok()),
            (Kind::P256(point), "ES256") => proves(&ECDSA_P256_SHA256_FIXED, point, message, signature),
            (Kind::P384(point), "ES384") => proves(&ECDSA_P384_SHA384_FIXED, point, message, signature),
            (Kind::P521(point), "ES512") => proves(&ECDSA_P521_SHA512_FIXED, point, message, signature),
            (Kind::Ed25519(point), "EdDSA" | "Ed25519") => proves(&ED25519, point, message, signature),
            _ => false,
        }
    }
}

/// A number without zeros before it.
fn whole(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn proves(rules: &'static dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(rules, key).verify(message, signature).is_ok()
}

/// Whether an algorithm is one that only the holder of a private key can sign with.
pub(super) fn is_known(algorithm: &str) -> bool {
    rsa(algorithm).is_some() || matches!(algorithm, "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // RFC 8037, appendix A.4: an Ed25519 signature over the text "Example of Ed25519 signing".
    const KEY: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const SIGNATURE: &str = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    const MESSAGE: &[u8] = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";

    #[test]
    fn the_signature_of_the_standard_is_known_and_no_other() {
        let key = Key::read(&json!({"kty": "OKP", "crv": "Ed25519", "x": KEY})).unwrap();
        let signature = bytes(SIGNATURE).unwrap();
        assert!(key.has_signed("EdDSA", MESSAGE, &signature));
        assert!(!key.has_signed("ES256", MESSAGE, &signature));
        assert!(!key.has_signed("EdDSA", &MESSAGE[1..], &signature));
        let other = Key::read(&json!({"kty": "OKP", "crv": "Ed25519", "x": KEY, "alg": "ES256"})).unwrap();
        assert!(!other.has_signed("EdDSA", MESSAGE, &signature), "the key is for something else");
    }

    #[test]
    fn keys_that_are_not_for_signatures_and_texts_that_are_none_are_passed_over() {
        assert!(Key::read(&json!({"kty": "OKP", "crv": "Ed25519", "x": KEY, "use": "enc"})).is_none());
        assert!(Key::read(&json!({"kty": "oct", "k": "c2VjcmV0"})).is_none());
        assert!(Key::read(&json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})).is_none());
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (head, claims) = (part(json!({"alg": "none"})), part(json!({"sub": "x"})));
        for token in [
            format!("{head}.{claims}."),
            format!("{head}.{claims}"),
            format!("{}.{claims}.AAAA", part(json!({"alg": "RS256", "crit": ["exp"]}))),
            "a.b.c".to_owned(),
            String::new(),
        ] {
            assert!(Signed::read(&token).is_none(), "{token}");
        }
        assert!(!is_known("none") && !is_known("HS256") && is_known("PS384"));
    }
}
