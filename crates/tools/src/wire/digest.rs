//! Digest access authentication (RFC 7616): the answer to a server's challenge.

use md5::{Digest as _, Md5};
use reqwest::Url;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// The `Authorization` for a challenge; none if it is not a digest one, or asks for what is not offered.
pub(crate) fn reply(
    challenge: &str,
    method: &str,
    url: &Url,
    (user, password): (&str, &str),
    cnonce: &str,
) -> Option<String> {
    let fields = fields(challenge)?;
    let field = |name: &str| fields.get(name).map(String::as_str);
    let algorithm = field("algorithm").unwrap_or("MD5").to_uppercase();
    let hash: fn(&str) -> String = match algorithm.as_str() {
        "MD5" | "MD5-SESS" => |text| hex(&Md5::digest(text.as_bytes())),
        "SHA-256" | "SHA-256-SESS" => |text| hex(&Sha256::digest(text.as_bytes())),
        _ => return None,
    };
    let (realm, nonce) = (field("realm")?, field("nonce")?);
    let uri = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut secret = hash(&format!("{user}:{realm}:{password}"));
    if algorithm.ends_with("-SESS") {
        secret = hash(&format!("{secret}:{nonce}:{cnonce}"));
    }
    let request = hash(&format!("{method}:{uri}"));
    let quality = match field("qop") {
        None => None,
        Some(offered) if offered.split(',').any(|q| q.trim() == "auth") => Some("auth"),
        Some(_) => return None,
    };
    let response = match quality {
        Some(quality) => hash(&format!("{secret}:{nonce}:00000001:{cnonce}:{quality}:{request}")),
        None => hash(&format!("{secret}:{nonce}:{request}")),
    };
    let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut reply = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", algorithm={algorithm}, \
         response=\"{response}\"",
        quote(user),
        quote(realm),
        quote(nonce)
    );
    if let Some(quality) = quality {
        reply.push_str(&format!(", qop={quality}, nc=00000001, cnonce=\"{cnonce}\""));
    }
    if let Some(opaque) = field("opaque") {
        reply.push_str(&format!(", opaque=\"{}\"", quote(opaque)));
    }
    Some(reply)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The challenge's fields, names in lower case.
fn fields(challenge: &str) -> Option<HashMap<String, String>> {
    let (scheme, mut rest) = challenge.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let mut found = HashMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_lowercase();
        let (value, tail) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        found.insert(name, value);
        rest = tail;
    }
    Some(found)
}

fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_gives_the_published_answers() {
        // RFC 7616, section 3.9.1.
        let url = Url::parse("http://api.example.org/dir/index.html").unwrap();
        let ask = |algorithm: &str| {
            let challenge = format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            reply(&challenge, "GET", &url, ("Mufasa", "Circle of Life"), cnonce).unwrap()
        };
        assert!(ask("MD5").contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
        assert!(
            ask("SHA-256").contains("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"")
        );
    }

    #[test]
    fn what_is_no_digest_challenge_gets_no_answer() {
        let url = Url::parse("http://x/").unwrap();
        for challenge in ["Basic realm=\"x\"", "Digest realm=\"x", "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\""]
        {
            assert_eq!(reply(challenge, "GET", &url, ("a", "b"), "c"), None, "{challenge}");
        }
    }
}
