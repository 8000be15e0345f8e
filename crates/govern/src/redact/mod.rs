//! What must not be kept or shown: card numbers, and personal data that has a form of its own.
//!
//! Card numbers are taken out before anything is written. The rest is masked in logs always, and in what a language model is
//! sent where the operator wants it. Names and addresses have no form of their own: most of them are not found here.

mod card;
mod forms;

pub use card::{mask_cards, mask_cards_in};

use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A payment card's number that passes its check.
    CreditCard,
    /// An IBAN that passes its check.
    Iban,
    /// An e-mail address.
    EmailAddress,
    /// An address in the web.
    DomainName,
    /// An IPv4 address.
    IpAddress,
    /// A social security number of the United States.
    UsSsn,
    /// A telephone number.
    PhoneNumber,
    /// A date of a day.
    DateTime,
    /// A name after a title or an introduction.
    Person,
}

impl Kind {
    /// Every kind; where two would take the same text, the earlier one does.
    pub const ALL: &[Self] = &[
        Self::CreditCard,
        Self::Iban,
        Self::EmailAddress,
        Self::DomainName,
        Self::IpAddress,
        Self::UsSsn,
        Self::DateTime,
        Self::PhoneNumber,
        Self::Person,
    ];

    /// As in the mask and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreditCard => "card",
            Self::Iban => "iban",
            Self::EmailAddress => "email",
            Self::DomainName => "url",
            Self::IpAddress => "ip",
            Self::UsSsn => "ssn",
            Self::PhoneNumber => "phone",
            Self::DateTime => "date",
            Self::Person => "name",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = baton_base::Error;
    fn from_str(text: &str) -> baton_base::Result<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            baton_base::Error::invalid(
                format!("'{text}' is no kind of personal data"),
                format!("use {}", names.join(", ")),
            )
        })
    }
}

/// Something that was found, in bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What.
    pub kind: Kind,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Finds what has one of these kinds, in the order of the text, without overlaps.
pub fn find(text: &str, kinds: &[Kind]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for kind in Kind::ALL.iter().filter(|kind| kinds.contains(kind)) {
        for (start, end) in forms::of(*kind, text) {
            if found.iter().all(|other| end <= other.start || other.end <= start) {
                found.push(Found { kind: *kind, start, end });
            }
        }
    }
    found.sort_by_key(|found| found.start);
    found
}

/// The text with `[email]` and the like in the place of what was found.
pub fn masked<'a>(text: &'a str, kinds: &[Kind]) -> Cow<'a, str> {
    let found = find(text, kinds);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for one in found {
        out.push_str(&text[at..one.start]);
        out.push_str(&format!("[{}]", one.kind));
        at = one.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_masked_and_the_rest_stays() {
        let text = "Mail ada@example.org or call +44 20 7946 0958 about order 123456, from 10.0.0.7, SSN 531-21-7351.";
        let masked = masked(text, Kind::ALL);
        assert_eq!(masked, "Mail [email] or call [phone] about order 123456, from [ip], SSN [ssn].");
        assert_eq!(find(text, &[Kind::UsSsn]).len(), 1);
    }

    #[test]
    fn an_iban_must_pass_its_check() {
        assert_eq!(masked("to DE89 3704 0044 0532 0130 00 please", &[Kind::Iban]), "to [iban] please");
        assert_eq!(find("to DE88 3704 0044 0532 0130 00 please", &[Kind::Iban]), []);
    }
}
