//! With which words a server refuses whom it does not know (RFC 6750, section 3; RFC 9728, section 5.1).

use reqwest::Url;

/// What a refusal says of the way in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Challenge {
    /// Where it is said who gives out tokens.
    pub metadata: Option<Url>,
    /// What a token must allow.
    pub scopes: Vec<String>,
}

impl Challenge {
    /// Reads a header `WWW-Authenticate`. What it does not say is left open.
    pub fn read(header: &str) -> Self {
        let mut challenge = Self::default();
        for (name, value) in parameters(header) {
            match name.to_ascii_lowercase().as_str() {
                "resource_metadata" => challenge.metadata = value.parse().ok(),
                "scope" => challenge.scopes = value.split_whitespace().map(str::to_owned).collect(),
                _ => {}
            }
        }
        challenge
    }
}

/// The parameters of a header, of all schemes in it.
fn parameters(header: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), header);
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.rsplit([' ', ',', '\t']).next().unwrap_or_default().to_owned();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find([',', ' ', '\t']).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        rest = next;
        found.push((name, value));
    }
    found
}

/// A quoted text up to its end, and what comes after it.
fn unquoted(text: &str) -> (String, &str) {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &text[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_whatever_else_stands_in_the_header() {
        let check = |header: &str, metadata: Option<&str>, scopes: &[&str]| {
            let read = Challenge::read(header);
            assert_eq!(
                (read.metadata.as_ref().map(Url::as_str), read.scopes),
                (metadata, scopes.iter().map(|s| (*s).to_owned()).collect()),
                "{header}"
            );
        };
        check("Bearer", None, &[]);
        check(
            "Bearer scope=\"a b\", resource_metadata=\"https://x.example/m\"",
            Some("https://x.example/m"),
            &["a", "b"],
        );
        check(
            "Basic realm=\"a, scope=\\\"no\\\"\", Bearer resource_metadata=https://x.example/m,scope=a",
            Some("https://x.example/m"),
            &["a"],
        );
        check("Bearer error=\"insufficient_scope\", scope=\"admin", None, &["admin"]);
        check("Bearer resource_metadata=\"no address\"", None, &[]);
        check("=", None, &[]);
    }
}
