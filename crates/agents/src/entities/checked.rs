//! Numbers that carry check digits: a slip in one is found before anybody looks for what does not exist.

use crate::text::{head, pattern};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Fewest and most letters and digits of an IBAN (ISO 13616-1).
const IBAN_CHARS: std::ops::RangeInclusive<usize> = 15..=34;
/// What has fewer digits is no try at an IBAN.
const IBAN_DIGITS_MIN: usize = 10;
/// Lengths by country, of the registry that ISO 13616-2 provides for; in countries that are not here any length may pass its check.
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("ME", 22),
    ("MK", 19),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
];

/// How a number's check digits are reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The last digit by ISO/IEC 7812-1, annex B (Luhn): cards, IMEI, many customers' numbers.
    Luhn,
    /// The last digit by GS1's weights of 3 and 1: GTIN, EAN, SSCC.
    Gtin,
    /// The two last characters by ISO/IEC 7064, MOD 97-10; letters count 10 to 35.
    Mod97,
}

impl Check {
    /// Whether a number's check digits fit. Marks between its characters do not count.
    pub fn passes(self, number: &str) -> bool {
        match self {
            Self::Luhn => weighted(number, |digit| digit / 5 + digit * 2 % 10),
            Self::Gtin => weighted(number, |digit| digit * 3),
            Self::Mod97 => rest_97(number.chars().filter(char::is_ascii_alphanumeric)) == Some(1),
        }
    }
}

/// Whether a number's digits, every second from the right but the last one weighed, add up to tens.
fn weighted(number: &str, weigh: impl Fn(u32) -> u32) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits.iter().rev().enumerate().map(|(place, d)| if place % 2 == 0 { *d } else { weigh(*d) }).sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// What is left of a number with letters when it is divided by 97; none of what has other characters, or none.
fn rest_97(mut characters: impl Iterator<Item = char>) -> Option<u32> {
    let mut some = false;
    let rest = characters.try_fold(0_u32, |rest, c| {
        some = true;
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    })?;
    some.then_some(rest)
}

/// An IBAN in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Iban {
    /// One that passes its check, in capitals and without spaces.
    Right(String),
    /// What was meant for one, and is none.
    Wrong,
}

/// The first IBAN in the text, however it is grouped; one that is right before one that is not.
pub fn iban(text: &str) -> Option<Iban> {
    static BEGIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]){4}"));
    let text = head(text, crate::text::READ_BYTES_MAX);
    let found: Vec<Iban> = BEGIN.find_iter(text).filter_map(|begin| iban_at(&text[begin.start()..])).collect();
    let right = found.iter().find(|iban| matches!(iban, Iban::Right(_)));
    right.or(found.first()).cloned()
}

/// The IBAN with which a text begins.
fn iban_at(text: &str) -> Option<Iban> {
    let mut whole = String::new();
    let mut ends: Vec<usize> = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_ascii_alphanumeric() && whole.len() < *IBAN_CHARS.end() => {
                whole.push(c.to_ascii_uppercase());
                if characters.peek().is_none_or(|next| !next.is_alphanumeric()) {
                    ends.push(whole.len());
                }
            }
            ' ' | '-' => {}
            _ => break,
        }
    }
    let length = IBAN_LENGTHS.iter().find(|(country, _)| whole.starts_with(country)).map(|(_, length)| *length);
    let digits = |written: &str| written.bytes().filter(u8::is_ascii_digit).count();
    let is_right = |end: &&usize| {
        let written = &whole[..**end];
        let turned = written[4..].chars().chain(written[..4].chars());
        let fits = IBAN_CHARS.contains(*end) && length.is_none_or(|length| length == **end);
        fits && digits(written) >= IBAN_DIGITS_MIN && rest_97(turned) == Some(1)
    };
    if let Some(end) = ends.iter().find(is_right) {
        return Some(Iban::Right(whole[..*end].to_owned()));
    }
    (digits(&whole) >= IBAN_DIGITS_MIN && length.is_some()).then_some(Iban::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_number_is_found_by_its_check_digits() {
        let check = |check: Check, right: &str, wrong: &[&str]| {
            assert!(check.passes(right), "{right}");
            for number in wrong {
                assert!(!check.passes(number), "{number}");
            }
        };
        check(Check::Luhn, "79927398713", &["79927398710", "79927398731", "", "0"]);
        check(Check::Luhn, "4111-1111-1111-1111", &["4111-1111-1111-1112"]);
        check(Check::Gtin, "4006381333931", &["4006381333932", "4006381339331"]);
        check(Check::Gtin, "96385074", &["96385075"]);
        check(Check::Mod97, "KD-48210-76", &["KD-48210-77", "KD-42810-76", ""]);
    }

    #[test]
    fn an_iban_is_read_however_it_is_grouped_and_a_wrong_one_is_told() {
        let right = |text: &str, expect: &str| assert_eq!(iban(text), Some(Iban::Right(expect.into())), "{text}");
        right("to DE89 3704 0044 0532 0130 00 please", "DE89370400440532013000");
        right("de89370400440532013000", "DE89370400440532013000");
        right("BE68 5390 0754 7034 with best regards", "BE68539007547034");
        right("it's GB29-NWBK-6016-1331-9268-19.", "GB29NWBK60161331926819");
        right("not DE88 3704 0044 0532 0130 00 but DE89 3704 0044 0532 0130 00", "DE89370400440532013000");
        for text in ["DE88 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130", "DE89 3704 0044 0532 0130 001"] {
            assert_eq!(iban(text), Some(Iban::Wrong), "{text}");
        }
        for text in ["order AB12 cannot be found", "my IBAN is below", "HM-204-118833", "#W1234567"] {
            assert_eq!(iban(text), None, "{text}");
        }
    }
}
