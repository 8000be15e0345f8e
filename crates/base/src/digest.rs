//! SHA-256 over canonical JSON (RFC 8785 key order; numbers as serde_json prints them).

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Lower-case hex of a SHA-256.
pub type Digest = String;

/// Object keys sorted at every level, no white space.
pub fn canonical_json(value: &Value) -> String {
    let mut out = Vec::with_capacity(128);
    write_canonical(value, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            out.push(b'{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_plain(key, out);
                out.push(b':');
                write_canonical(&map[key], out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        plain => write_plain(plain, out),
    }
}

// Into memory, and neither a text nor a number can fail to be written.
fn write_plain(value: &impl Serialize, out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, value);
}

/// Digest of a value's canonical JSON. A value that is not JSON (a map with non-text keys) has the digest of `null`.
pub fn digest_of<T: Serialize>(value: &T) -> Digest {
    let json = serde_json::to_value(value).unwrap_or(Value::Null);
    digest_of_text(&canonical_json(&json))
}

/// Digest of text.
pub fn digest_of_text(text: &str) -> Digest {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_does_not_change_a_digest_and_values_do() {
        assert_eq!(digest_of(&json!({"a":1,"b":[{"d":2,"c":3}]})), digest_of(&json!({"b":[{"c":3,"d":2}],"a":1})));
        assert_ne!(digest_of(&json!({"a":1})), digest_of(&json!({"a":2})));
    }
}
