//! The log on standard error: card numbers, accounts, e-mail addresses and Baton's own tokens do not go into it.

use baton_govern::redact::{Kind, masked};
use std::io::{self, Write};

const KINDS: &[Kind] = &[Kind::CreditCard, Kind::Iban, Kind::EmailAddress];
/// What a token of a service account begins with, and fewest digits that make it one.
const TOKEN: &str = "bt_";
const TOKEN_DIGITS_MIN: usize = 16;

/// Standard error, masked. The log writes one event at a time.
pub(crate) struct Masked;

impl Write for Masked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(line(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn line(text: &str) -> String {
    let text = masked(text, KINDS);
    let mut parts = text.split(TOKEN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str(TOKEN);
        out.push_str(if digits >= TOKEN_DIGITS_MIN { "[token]" } else { &part[..digits] });
        out.push_str(&part[digits..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_logged_is_masked_and_the_rest_is_not() {
        let token = format!("bt_{}", "0af3".repeat(16));
        let text = format!("WARN case=cas_1 who=ada@example.org token={token} card 4111 1111 1111 1111 bt_short");
        assert_eq!(line(&text), "WARN case=cas_1 who=[email] token=bt_[token] card [card] bt_short");
    }
}
