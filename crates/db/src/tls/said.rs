//! What an address says of TLS, and the address without it: the driver knows only some of these words.

use std::iter::Peekable;
use std::str::CharIndices;

/// An address, taken apart.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// Without `sslmode` and `sslrootcert`.
    pub(super) rest: String,
    pub(super) mode: Option<String>,
    /// A file of certificates, PEM, or `system`.
    pub(super) roots: Option<String>,
}

impl Said {
    /// Reads a URL or pairs; never fails: what is wrong with the rest, the driver says.
    pub(super) fn of(text: &str) -> Self {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        if is_url { Self::of_url(text) } else { Self::of_pairs(text) }
    }

    fn of_url(text: &str) -> Self {
        // As the driver reads it: whatever stands before the first @ is a name and a password.
        let after = text.find('@').map_or(0, |at| at + 1);
        let (before, behind) = text.split_at(after);
        let Some((place, query)) = behind.split_once('?') else {
            return Self { rest: text.to_owned(), ..Self::default() };
        };
        let (mut said, mut kept) = (Self::default(), Vec::new());
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !said.take(key, || decoded(value)) {
                kept.push(pair);
            }
        }
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        said.rest = format!("{before}{place}{query}");
        said
    }

    fn of_pairs(text: &str) -> Self {
        let (mut said, mut kept) = (Self::default(), Vec::new());
        let mut chars = text.char_indices().peekable();
        loop {
            while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            let Some((start, _)) = chars.peek().copied() else { break };
            let mut key = String::new();
            while let Some((_, c)) = chars.next_if(|(_, c)| !c.is_whitespace() && *c != '=') {
                key.push(c);
            }
            while chars.next_if(|(_, c)| c.is_whitespace() || *c == '=').is_some() {}
            let value = value(&mut chars);
            let end = chars.peek().map_or(text.len(), |(at, _)| *at);
            if !said.take(&key, || value) {
                kept.push(text.get(start..end).unwrap_or_default());
            }
        }
        said.rest = kept.join(" ");
        said
    }

    /// Whether a pair is about TLS, and then kept here.
    fn take(&mut self, key: &str, value: impl FnOnce() -> String) -> bool {
        let place = match key {
            "sslmode" => &mut self.mode,
            "sslrootcert" => &mut self.roots,
            _ => return false,
        };
        *place = Some(value());
        true
    }
}

/// A value as libpq quotes it.
fn value(chars: &mut Peekable<CharIndices<'_>>) -> String {
    let quoted = chars.next_if(|(_, c)| *c == '\'').is_some();
    let mut value = String::new();
    while let Some((_, c)) = chars.next_if(|(_, c)| quoted || !c.is_whitespace()) {
        match c {
            '\'' if quoted => break,
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    value
}

/// Without the percent signs of a URL.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.split_at_checked(2).and_then(|(two, after)| {
            let two = std::str::from_utf8(two).ok()?;
            Some((u8::from_str_radix(two, 16).ok()?, after))
        });
        match (first, hex) {
            (b'%', Some((byte, after))) => {
                bytes.push(byte);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_of_tls_is_taken_out_of_it() {
        for (text, rest, mode, roots) in [
            ("postgres://u:p@h/d", "postgres://u:p@h/d", None, None),
            ("postgres://u:p%3F@h/d?sslmode=require", "postgres://u:p%3F@h/d", Some("require"), None),
            ("postgres://u:a?b@h/d?sslmode=disable", "postgres://u:a?b@h/d", Some("disable"), None),
            (
                "postgresql://h/d?a=b&sslrootcert=%2Fetc%2Fca%20s.pem&sslmode=verify-full&c=d",
                "postgresql://h/d?a=b&c=d",
                Some("verify-full"),
                Some("/etc/ca s.pem"),
            ),
            (
                r"host=h password='it\'s a' sslmode = verify-ca user=u",
                r"host=h password='it\'s a' user=u",
                Some("verify-ca"),
                None,
            ),
            (r"sslrootcert='/a \'b\'/c.pem' host=h password=a\ b", r"host=h password=a\ b", None, Some("/a 'b'/c.pem")),
        ] {
            let said = Said::of(text);
            assert_eq!(
                (said.rest.as_str(), said.mode.as_deref(), said.roots.as_deref()),
                (rest, mode, roots),
                "{text}"
            );
        }
    }
}
