//! The forms by which personal data is found.

use super::{Kind, card};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Fewest and most digits of a telephone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

struct Forms {
    email: Regex,
    url: Regex,
    ip: Regex,
    ssn: Regex,
    iban: Regex,
    date: Regex,
    phone: Regex,
    person: Regex,
}

/// A form that does not compile finds nothing; a test sees to it that all do.
fn form(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|_| NOTHING.clone())
}

#[expect(clippy::unwrap_used, reason = "a constant; a test compiles it")]
static NOTHING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\s\S]").unwrap());

static FORMS: LazyLock<Forms> = LazyLock::new(|| Forms {
    email: form(r"(?i)[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}"),
    url: form(r#"(?i)\b(?:https?://|www\.)[^\s<>"')\]]*[^\s<>"')\].,;:!?]"#),
    ip: form(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b"),
    ssn: form(r"\b\d{3}-\d{2}-\d{4}\b"),
    iban: form(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
    date: form(r"\b\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b"),
    phone: form(r"(?:\+|\b|\()\d[\d ().\-/]{5,}\d(?: ?x\d{1,6})?"),
    person: form(
        r"(?:\b(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof)\.? |\b(?:[Mm]y name is|[Mm]y name's|I am called) )(\p{Lu}[\p{L}'’\-]+(?: \p{Lu}[\p{L}'’\-]+){0,2})",
    ),
});

/// Places of one kind, in bytes.
pub(super) fn of(kind: Kind, text: &str) -> Vec<(usize, usize)> {
    let forms = &*FORMS;
    match kind {
        Kind::CreditCard => card::find(text),
        Kind::EmailAddress => all(&forms.email, text, |_| true),
        Kind::DomainName => all(&forms.url, text, |_| true),
        Kind::IpAddress => all(&forms.ip, text, |_| true),
        Kind::UsSsn => all(&forms.ssn, text, |_| true),
        Kind::Iban => all(&forms.iban, text, is_iban),
        Kind::DateTime => all(&forms.date, text, |_| true),
        Kind::PhoneNumber => all(&forms.phone, text, is_phone),
        Kind::Person => {
            let name = |found: Captures<'_>| found.get(1).map(|name| (name.start(), name.end()));
            forms.person.captures_iter(text).filter_map(name).collect()
        }
    }
}

fn all(form: &Regex, text: &str, is: impl Fn(&str) -> bool) -> Vec<(usize, usize)> {
    form.find_iter(text).filter(|found| is(found.as_str())).map(|found| (found.start(), found.end())).collect()
}

/// Plain digits in one piece are as likely an order's number: a telephone number has groups or a plus.
fn is_phone(text: &str) -> bool {
    let number = text.split('x').next().unwrap_or(text);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    PHONE_DIGITS.contains(&digits) && number.bytes().any(|byte| !byte.is_ascii_digit())
}

/// The check of ISO 13616: the rearranged number leaves 1 when divided by 97.
fn is_iban(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    let rest = letters.iter().cycle().skip(4).take(letters.len()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    letters.len() >= 15 && rest == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        let forms = &*FORMS;
        for form in
            [&forms.email, &forms.url, &forms.ip, &forms.ssn, &forms.iban, &forms.date, &forms.phone, &forms.person]
        {
            assert_ne!(form.as_str(), NOTHING.as_str());
        }
    }
}
