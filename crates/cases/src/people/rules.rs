//! Pure decisions: what of a case tells who somebody is, and how far two customers look the same.

use crate::NamedCustomer;
use serde::Serialize;
use serde_json::{Map, Value};

/// Most traits read of one case, count.
const TRAITS_MAX: usize = 50;
/// Deepest nesting read.
const DEPTH_MAX: usize = 3;
/// Longest trait, bytes.
const TRAIT_BYTES_MAX: usize = 200;
/// Fewest characters of a number by which somebody is known.
const NUMBER_CHARS_MIN: usize = 4;
/// Digits of a phone number, fewest and most (E.164 has at most 15).
const PHONE_DIGITS: (usize, usize) = (7, 15);
/// How a field begins that holds the number of something that is one customer's.
const NUMBERED: [&str; 9] =
    ["order", "policy", "contract", "invoice", "account", "booking", "claim", "customer", "reservation"];
/// And its end.
const NUMBER: [&str; 9] = ["", "s", "_id", "_ids", "_id_all", "_no", "_number", "_numbers", "_number_all"];

/// Of what kind something is by which a customer may be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TraitKind {
    /// Who they are in a system of record.
    Account,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The number of an order, a policy, a contract.
    Number,
}

impl TraitKind {
    /// As stored.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Number => "number",
        }
    }
}

/// How something is known of a customer; the stronger stands later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// They said so.
    Claimed,
    /// They write from it, or call from it.
    Address,
    /// A system of record said so when they were identified.
    Verified,
}

/// Something by which a customer may be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trait {
    pub kind: TraitKind,
    /// In the one form in which it is compared.
    pub text: String,
    pub seen: Seen,
}

/// One thing that two customers have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sameness {
    /// What it is.
    pub kind: TraitKind,
    /// The same for both.
    pub text: String,
    /// How it is known of this customer.
    pub here: Seen,
    /// How it is known of the other.
    pub there: Seen,
}

/// Another customer who looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Likeness {
    /// The other.
    pub customer: NamedCustomer,
    /// What both have in common.
    pub by: Vec<Sameness>,
    /// A system of record has said the same of both. Otherwise somebody only claims it: ask before you link.
    pub proved: bool,
}

/// Whether a system of record has said one of these of both.
pub(super) fn proved(by: &[Sameness]) -> bool {
    by.iter().any(|one| one.here == Seen::Verified && one.there == Seen::Verified)
}

/// What of a case tells who its customer is: what was collected is claimed, what the identification found is verified.
pub(super) fn traits(fields: Option<&Map<String, Value>>, identity: Option<&Value>) -> Vec<Trait> {
    let mut found = Vec::new();
    if let Some(Value::Object(parts)) = identity {
        parts.iter().for_each(|(name, value)| collect(&mut found, name, value, Seen::Verified, 0));
    }
    if let Some(parts) = fields {
        parts.iter().for_each(|(name, value)| collect(&mut found, name, value, Seen::Claimed, 0));
    }
    found
}

/// What an address of a channel tells.
pub(super) fn of_address(channel: &str, address: &str) -> Option<Trait> {
    let seen = Seen::Address;
    let email = || as_email(address).map(|text| Trait { kind: TraitKind::Email, text, seen });
    let phone = || as_phone(address).map(|text| Trait { kind: TraitKind::Phone, text, seen });
    match channel {
        "email" => email(),
        "voice" => phone(),
        "api" => email().or_else(phone),
        _ => None,
    }
}

fn collect(found: &mut Vec<Trait>, name: &str, value: &Value, seen: Seen, depth: usize) {
    if found.len() >= TRAITS_MAX || depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(parts) => parts.iter().for_each(|(name, value)| collect(found, name, value, seen, depth + 1)),
        Value::Array(items) => items.iter().for_each(|value| collect(found, name, value, seen, depth + 1)),
        Value::String(text) => {
            let known = |one: &Trait, had: &Trait| one.kind == had.kind && one.text == had.text;
            if let Some(one) = read(&name.to_lowercase(), text.trim(), seen)
                && !found.iter().any(|had| known(&one, had))
            {
                found.push(one);
            }
        }
        Value::Number(number) => collect(found, name, &Value::String(number.to_string()), seen, depth + 1),
        Value::Null | Value::Bool(_) => {}
    }
}

fn read(name: &str, text: &str, seen: Seen) -> Option<Trait> {
    if text.is_empty() || text.len() > TRAIT_BYTES_MAX {
        return None;
    }
    let one = |kind: TraitKind, text: String| Some(Trait { kind, text, seen });
    if let Some(email) = as_email(text) {
        return one(TraitKind::Email, email);
    }
    if ["phone", "mobile", "telephone", "caller"].iter().any(|word| name.contains(word)) {
        return as_phone(text).and_then(|phone| one(TraitKind::Phone, phone));
    }
    if NUMBERED.iter().any(|word| name.strip_prefix(word).is_some_and(|rest| NUMBER.contains(&rest))) {
        return as_number(text).and_then(|number| one(TraitKind::Number, number));
    }
    // Whatever else an identification names by an id is who they are there.
    let is_id = name == "id" || name.ends_with("_id");
    if seen == Seen::Verified && is_id { one(TraitKind::Account, text.to_owned()) } else { None }
}

/// An e-mail address in lower case; `None` where the text is anything else.
pub(super) fn as_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['@', ' ', '<', '>', '"', ',', ';']);
    (plain(local) && plain(domain) && domain.contains('.') && text.len() <= TRAIT_BYTES_MAX).then_some(text)
}

/// A phone number as digits, with `+` where it is international.
fn as_phone(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '/' | '.')).collect();
    let international = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
    let digits = international.unwrap_or(&bare);
    let fits = (PHONE_DIGITS.0..=PHONE_DIGITS.1).contains(&digits.len());
    if !fits || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(if international.is_some() { format!("+{digits}") } else { digits.to_owned() })
}

/// A number in capitals, without the sign before it.
fn as_number(text: &str) -> Option<String> {
    let text = text.trim_start_matches('#').to_uppercase();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "-_/.".contains(c));
    let fits = text.chars().count() >= NUMBER_CHARS_MIN && text.chars().any(|c| c.is_ascii_digit());
    (plain && fits).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(fields: Value, identity: Value, expect: &[(TraitKind, &str, Seen)]) {
        let found = traits(fields.as_object(), Some(&identity));
        let found: Vec<_> = found.iter().map(|one| (one.kind, one.text.as_str(), one.seen)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn what_a_system_found_is_verified_and_what_was_said_is_claimed() {
        check(
            json!({"email": "Ada@Home.example", "order_id": "#w123456", "reason": "too late", "phone": "+49 (30) 123-4567"}),
            json!({"how": "e-mail", "orders": ["#W1", "#W1234567"], "user_id": "ada_1"}),
            &[
                (TraitKind::Number, "W1234567", Seen::Verified),
                (TraitKind::Account, "ada_1", Seen::Verified),
                (TraitKind::Email, "ada@home.example", Seen::Claimed),
                (TraitKind::Number, "W123456", Seen::Claimed),
                (TraitKind::Phone, "+49301234567", Seen::Claimed),
            ],
        );
    }

    #[test]
    fn what_many_share_is_no_trait() {
        check(
            json!({"item_id": "1234567890", "amount_minor": 4000, "claim_amount": 40000, "order_id": "W1"}),
            Value::Null,
            &[],
        );
        check(json!({"user_id": "ada_1"}), Value::Null, &[]);
    }

    #[test]
    fn an_address_tells_as_much_as_its_channel_does() {
        let of = |channel, address| of_address(channel, address).map(|one| one.text);
        assert_eq!(of("email", "Ada@home.example").as_deref(), Some("ada@home.example"));
        assert_eq!(of("voice", "0049 30 1234567").as_deref(), Some("+49301234567"));
        assert_eq!(of("api", "notices").as_deref(), None);
        assert_eq!(of("chat", "ada@home.example").as_deref(), None);
    }

    #[test]
    fn only_what_is_verified_on_both_sides_is_proof() {
        let same = |here, there| Sameness { kind: TraitKind::Email, text: "a@b.example".to_owned(), here, there };
        assert!(proved(&[same(Seen::Claimed, Seen::Address), same(Seen::Verified, Seen::Verified)]));
        assert!(!proved(&[same(Seen::Verified, Seen::Claimed), same(Seen::Address, Seen::Verified)]));
    }
}
