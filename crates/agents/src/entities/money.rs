//! Amounts of money as people write them in English and German, read without floats.

use crate::text::{head, pattern};
use baton_base::{Currency, Money};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Largest amount taken at its word, minor units: ten digits before the cents.
const AMOUNT_MINOR_MAX: i64 = 999_999_999_999;

/// An amount, where it stands, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMoney {
    /// The amount; negative amounts are kept as such and carry a problem.
    pub money: Money,
    /// Byte offset in the text.
    pub at: usize,
    /// As written.
    pub text: String,
    /// Whether a currency was written beside it.
    pub currency_written: bool,
    /// Why it cannot be taken, if so.
    pub problem: Option<&'static str>,
}

/// Amounts in the text, in order. `bare` also takes numbers without a currency (in the client's `currency`).
pub fn amounts(text: &str, currency: Currency, bare: bool) -> Vec<FoundMoney> {
    static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
        let unit =
            r"(?:US\$|CA\$|C\$|\$|€|£|us[-\ ]dollars?|dollars?|euros?|usd|eur|gbp|chf|cad|franken|pounds\ sterling)";
        pattern(&format!(
            r"(?ix)(?P<minus>(?:^|[\s(:])(?:-|−|–|minus\s)\s?)?
              (?P<before>{unit})?\s?(?P<minus2>-|−)?
              (?P<number>\d{{1,3}}(?:[.,'’\x{{a0}}\x{{202f}}]\d{{3}})+(?:[.,]\d{{1,2}})?|\d+(?:[.,]\d{{1,3}})?)
              (?:,-|,--|\.-)?(?:\s?(?P<after>{unit}))?"
        ))
    });
    let text = head(text, crate::text::READ_BYTES_MAX);
    AMOUNT.captures_iter(text).filter_map(|caps| read(text, &caps, currency, bare)).collect()
}

fn read(text: &str, caps: &Captures<'_>, fallback: Currency, bare: bool) -> Option<FoundMoney> {
    let whole = caps.get(0)?;
    let number = caps.name("number")?;
    let unit = caps.name("before").or_else(|| caps.name("after")).map(|m| m.as_str());
    if unit.is_none() && (!bare || is_part_of_something(text, number.start(), number.end())) {
        return None;
    }
    // "eur" inside a longer word, or digits glued to letters, are no amount.
    let glued = |i: usize| text[i..].chars().next().is_some_and(char::is_alphanumeric);
    if glued(whole.end()) && unit.is_some() {
        return None;
    }
    // `A$20` and `HK$20` are other dollars.
    let other = |m: regex::Match<'_>| m.as_str() == "$" && text[..m.start()].ends_with(char::is_alphabetic);
    if caps.name("before").is_some_and(other) {
        return None;
    }
    let currency = unit.map_or(Some(fallback), currency_of)?;
    let minor = minor_units(number.as_str(), currency);
    let negative = caps.name("minus").is_some() || caps.name("minus2").is_some();
    let (minor, problem) = match minor {
        None => (0, Some("too large")),
        Some(m) if m > AMOUNT_MINOR_MAX => (m, Some("too large")),
        Some(m) if negative => (-m, Some("negative")),
        Some(m) => (m, None),
    };
    Some(FoundMoney {
        money: Money::new(minor, currency),
        at: whole.start(),
        text: whole.as_str().trim().to_owned(),
        currency_written: unit.is_some(),
        problem,
    })
}

/// Digits inside an id, a date, a time, a percentage or a longer number.
fn is_part_of_something(text: &str, from: usize, to: usize) -> bool {
    let before = text[..from].chars().next_back();
    let after = text[to..].chars().next();
    let joins = |c: char| c.is_alphanumeric() || "#/:_-%.@".contains(c);
    let before_joins = before.is_some_and(|c| c.is_alphanumeric() || "#/:_-@.,".contains(c));
    let sentence_end =
        after.is_some_and(|c| ".:".contains(c)) && !text[to + 1..].starts_with(|c: char| c.is_ascii_digit());
    before_joins || (after.is_some_and(joins) && !sentence_end)
}

fn currency_of(unit: &str) -> Option<Currency> {
    let code = match unit.to_lowercase().as_str() {
        "$" | "us$" | "usd" | "dollar" | "dollars" | "us dollar" | "us dollars" | "us-dollar" | "us-dollars" => "USD",
        "€" | "eur" | "euro" | "euros" => "EUR",
        "£" | "gbp" | "pounds sterling" => "GBP",
        "chf" | "franken" => "CHF",
        "ca$" | "c$" | "cad" => "CAD",
        _ => return None,
    };
    code.parse().ok()
}

/// `1.234,56`, `1,234.56`, `1234`, `12,5` → minor units: the last mark before one or two digits is the decimal one,
/// marks before three digits part thousands.
fn minor_units(number: &str, currency: Currency) -> Option<i64> {
    let last = number.rfind(|c: char| !c.is_ascii_digit());
    let digits_only = |s: &str| s.chars().filter(char::is_ascii_digit).collect::<String>();
    let plain = match last {
        Some(i) => {
            let mark = number[i..].chars().next().map_or(1, char::len_utf8);
            let tail = &number[i + mark..];
            if tail.len() == 3 { digits_only(number) } else { format!("{}.{tail}", digits_only(&number[..i])) }
        }
        None => number.to_owned(),
    };
    Money::parse(&plain, currency).ok().map(|m| m.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(i64, &str)]) {
        let found: Vec<(i64, String)> = amounts(text, Currency::USD, false)
            .into_iter()
            .map(|f| (f.money.minor, f.money.currency.as_str().to_owned()))
            .collect();
        let expect: Vec<(i64, String)> = expect.iter().map(|(m, c)| (*m, (*c).to_owned())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn reads_both_ways_of_writing_amounts() {
        check("the repair is $1,234.56.", &[(123_456, "USD")]);
        check("Schaden: 1.234,56 €", &[(123_456, "EUR")]);
        check("etwa 1.200 Euro", &[(120_000, "EUR")]);
        check("EUR 950", &[(95_000, "EUR")]);
        check("950,- EUR", &[(95_000, "EUR")]);
        check("1200 dollars and 12,5 €", &[(120_000, "USD"), (1_250, "EUR")]);
        check("USD 1 and order #W1234567 of 2026-01-02", &[(100, "USD")]);
        check("12.345.678,90 EUR", &[(1_234_567_890, "EUR")]);
        check("3 Europeans came", &[]);
        check("CHF 1'234.50 oder 1’200 Franken", &[(123_450, "CHF"), (120_000, "CHF")]);
        check("200 US-Dollar, 30 US dollars", &[(20_000, "USD"), (3_000, "USD")]);
        check("CA$20 or 15 CAD", &[(2_000, "CAD"), (1_500, "CAD")]);
        check("A$20, HK$30", &[]);
    }

    #[test]
    fn says_what_is_wrong_with_an_amount() {
        let problem = |text: &str| amounts(text, Currency::EUR, false).first().and_then(|f| f.problem);
        for text in ["loss of -500 EUR", "minus 500 Euro", "€ -500", "-$20.00"] {
            assert_eq!(problem(text), Some("negative"), "{text}");
        }
        assert_eq!(problem("99999999999999999999999 EUR"), Some("too large"));
        assert_eq!(problem("500 EUR"), None);
    }

    #[test]
    fn takes_bare_numbers_only_when_asked_for_an_amount() {
        let bare: Vec<i64> = amounts("1200", Currency::USD, true).iter().map(|f| f.money.minor).collect();
        assert_eq!(bare, [120_000]);
        for text in ["HM-204-118833", "12/03/2026", "10:30", "#W1234567", "50%"] {
            assert!(amounts(text, Currency::USD, true).is_empty(), "{text}");
        }
    }
}
