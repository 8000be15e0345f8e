//! Telephone numbers, as people write them.

use crate::text::{fold, head, pattern};
use regex::Regex;
use std::sync::LazyLock;

/// Fewest digits of a number within a country, and most of any (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 6..=15;
/// What stands at most so far before a number says that it is one of a telephone, bytes.
const SAID_BYTES_MAX: usize = 40;

/// All different telephone numbers, as digits with a `+` where the country was written. In a text that does not answer a question for
/// one, a number counts that begins with `+`, or of which the words before it say so: other numbers look alike.
pub fn phones(text: &str, answering: bool) -> Vec<String> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\+|\()?[0-9](?:[ ().\-/]{0,3}[0-9])+"));
    let folded = fold(head(text, crate::text::READ_BYTES_MAX));
    let mut found: Vec<String> = Vec::new();
    for number in NUMBER.find_iter(&folded) {
        let written = number.as_str();
        let glued = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "#@_-/".contains(c));
        let before = &folded[..number.start()];
        if glued(before.chars().next_back()) || glued(folded[number.end()..].chars().next()) || is_day(written) {
            continue;
        }
        let phone = plain(written);
        // A number that begins with two zeros may be that of an order, too.
        let abroad = written.starts_with('+');
        if (answering || abroad || is_said(before)) && is_number(&phone) && !found.contains(&phone) {
            found.push(phone);
        }
    }
    found
}

/// Digits alone; `00` before a country is a `+`, and the `(0)` that is not dialled from abroad is left out.
fn plain(written: &str) -> String {
    let abroad = written.starts_with('+') || written.starts_with("00");
    let dialled = if abroad { written.replace("(0)", "") } else { written.to_owned() };
    let digits: String = dialled.chars().filter(char::is_ascii_digit).collect();
    if abroad { format!("+{}", digits.trim_start_matches('0')) } else { digits }
}

fn is_number(phone: &str) -> bool {
    let digits = phone.trim_start_matches('+');
    let all_alike = digits.bytes().all(|digit| digits.as_bytes().first() == Some(&digit));
    DIGITS.contains(&digits.len()) && !all_alike
}

/// `2026-03-12`, `12.03.2026`, `12/03/2026`.
fn is_day(written: &str) -> bool {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(?:[0-9]{4}([-/.])[0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?[0-9]{4})$")
    });
    DAY.is_match(written)
}

/// Whether the words just before a number say that it is one of a telephone.
fn is_said(before: &str) -> bool {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:phone|telephone|tel|cell|mobile|call me|reach me|text me|whatsapp|telefon\w*|handy\w*|mobil\w*|rufnummer|durchwahl|rueckruf\w*|erreichbar|anrufen)\b[^0-9\n]*$",
        )
    });
    let mut from = before.len().saturating_sub(SAID_BYTES_MAX);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    SAID.is_match(&before[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_however_they_are_grouped() {
        for (text, expect) in [
            ("+49 30 1234567", "+49301234567"),
            ("+49 (0)30 / 12 34 567", "+49301234567"),
            ("0049 30 1234567.", "+49301234567"),
            ("(555) 123-4567", "5551234567"),
            ("it is 555.123.4567, thanks", "5551234567"),
            ("030/1234567", "0301234567"),
        ] {
            assert_eq!(phones(text, true), [expect], "{text}");
        }
        assert_eq!(phones("+1 555 123 4567 or +1 555 765 4321, not +1 (555) 123-4567", false).len(), 2);
    }

    #[test]
    fn other_numbers_are_none_and_unasked_only_what_is_said_to_be_one() {
        for text in
            ["#W1234567", "HM-204-118833", "12345", "2026-03-12", "am 12.03.2026", "000000000", "1234567890123456"]
        {
            assert_eq!(phones(text, true), [""; 0], "{text}");
        }
        assert_eq!(phones("order 555 123 4567 is late", false), [""; 0]);
        assert_eq!(phones("order 0012345678 is late", false), [""; 0]);
        assert_eq!(phones("call me at 0049 30 1234567", false), ["+49301234567"]);
        assert_eq!(phones("call me at 555 123 4567 please", false), ["5551234567"]);
        assert_eq!(phones("Sie erreichen mich telefonisch unter 030 1234567", false), ["0301234567"]);
        assert_eq!(phones("my phone is broken, order 1 costs 20.00", false), [""; 0]);
    }
}
