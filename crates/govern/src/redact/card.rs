//! Numbers of payment cards: found by length, issuer and check digit; only the last four digits stay.

use serde_json::Value;

/// Fewest and most digits of a card number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits that may stay (PCI DSS allows the last four).
const SHOWN: usize = 4;

/// Takes card numbers out of a text: `[card ending 1111]` is left of each. Returns how many there were.
pub fn mask_cards(text: &str) -> (String, usize) {
    let found = find(text);
    if found.is_empty() {
        return (text.to_owned(), 0);
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (start, end) in &found {
        let digits: Vec<char> = text[*start..*end].chars().filter(char::is_ascii_digit).collect();
        let last: String = digits[digits.len() - SHOWN..].iter().collect();
        out.push_str(&text[at..*start]);
        out.push_str(&format!("[card ending {last}]"));
        at = *end;
    }
    out.push_str(&text[at..]);
    (out, found.len())
}

/// The same in all texts and numbers of a JSON value, keys apart.
pub fn mask_cards_in(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let (masked, count) = mask_cards(text);
            if count > 0 {
                *text = masked;
            }
            count
        }
        Value::Number(number) => {
            let (masked, count) = mask_cards(&number.to_string());
            if count > 0 {
                *value = Value::String(masked);
            }
            count
        }
        Value::Array(items) => items.iter_mut().map(mask_cards_in).sum(),
        Value::Object(map) => map.values_mut().map(mask_cards_in).sum(),
        Value::Null | Value::Bool(_) => 0,
    }
}

/// Places of card numbers, in bytes. Digits may stand in groups, with one space or hyphen between.
pub(super) fn find(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let joined = at > 0 && bytes[at - 1].is_ascii_digit();
        match (bytes[at].is_ascii_digit() && !joined).then(|| card_at(bytes, at)).flatten() {
            Some(end) => {
                found.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// The end of the card number that begins here: the longest that is one.
fn card_at(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut digits, mut at, mut best) = (Vec::new(), start, None);
    while at < bytes.len() && digits.len() < *DIGITS.end() {
        match bytes[at] {
            digit @ b'0'..=b'9' => digits.push(digit - b'0'),
            _ => match gap(&bytes[at..]) {
                0 => break,
                wide => {
                    at += wide;
                    continue;
                }
            },
        }
        at += 1;
        let ends = !bytes.get(at).is_some_and(u8::is_ascii_digit);
        if ends && is_card(&digits) {
            best = Some(at);
        }
    }
    best
}

/// Bytes of what people write between two groups of digits; 0 where no digit follows it.
fn gap(rest: &[u8]) -> usize {
    const NO_BREAK_SPACE: &[u8] = &[0xC2, 0xA0];
    let one = |rest: &[u8]| match rest {
        [b' ' | b'-' | b'.' | b'/' | b'\n', ..] => 1,
        rest if rest.starts_with(NO_BREAK_SPACE) => NO_BREAK_SPACE.len(),
        _ => 0,
    };
    let first = one(rest);
    let second = if first > 0 { one(&rest[first..]) } else { 0 };
    [first, first + second].into_iter().find(|at| *at > 0 && rest.get(*at).is_some_and(u8::is_ascii_digit)).unwrap_or(0)
}

fn is_card(digits: &[u8]) -> bool {
    DIGITS.contains(&digits.len()) && issued(digits) && passes(digits)
}

/// Whether an issuer gives out numbers that begin so and are so long.
fn issued(digits: &[u8]) -> bool {
    let first = |n: usize| digits[..n].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match (first(1), first(2), first(3), first(4), digits.len()) {
        (4, _, _, _, 13 | 16 | 19) => true,
        (_, 51..=55, _, _, 16) | (_, _, _, 2221..=2720, 16) => true,
        (_, 34 | 37, _, _, 15) => true,
        (_, _, 300..=305, _, 14..=19) | (_, 36 | 38 | 39, _, _, 14..=19) => true,
        (_, 35, _, _, 16..=19) => true,
        (_, 60 | 62 | 64 | 65, _, _, 16..=19) | (_, 50 | 56..=59 | 61 | 63 | 66..=69, _, _, 13..=19) => true,
        (_, _, _, _, _) => false,
    }
}

/// The check digit of ISO/IEC 7812 (Luhn).
fn passes(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit / 5 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn card_numbers_go_and_their_last_four_digits_stay() {
        for (text, expect) in [
            ("my card 4111111111111111 thanks", "my card [card ending 1111] thanks"),
            ("4111 1111 1111 1111", "[card ending 1111]"),
            ("5555-5555-5555-4444.", "[card ending 4444]."),
            ("amex 3782 822463 10005", "amex [card ending 0005]"),
            ("two: 4111111111111111, 6011111111111117", "two: [card ending 1111], [card ending 1117]"),
            ("ü4111111111111111ü", "ü[card ending 1111]ü"),
            ("4111.1111.1111.1111", "[card ending 1111]"),
            ("4111\u{a0}1111\u{a0}1111\u{a0}1111", "[card ending 1111]"),
            ("4111 - 1111", "4111 - 1111"),
            ("4111  1111\n1111 / 1111", "4111  1111\n1111 / 1111"),
            ("4111  1111\n1111//1111", "[card ending 1111]"),
        ] {
            assert_eq!(mask_cards(text).0, expect);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "4111111111111112",
            "order 1234567890123",
            "#W2378156",
            "call 0049 30 901820",
            "41111111111111110",
            "+1 415 555 2671",
        ] {
            assert_eq!(mask_cards(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn json_is_masked_throughout() {
        let mut value = json!({"a": ["4111 1111 1111 1111"], "b": 4111111111111111_u64, "c": 12});
        assert_eq!(mask_cards_in(&mut value), 2);
        assert_eq!(value, json!({"a": ["[card ending 1111]"], "b": "[card ending 1111]", "c": 12}));
    }
}
