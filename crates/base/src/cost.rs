//! What small things cost: amounts far below a minor unit, such as one exchange with a language model, exact.

use crate::{Currency, MoneyError};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::fmt;
use std::str::FromStr;

/// Digits after the point that are kept: a cost is an integer of 10^-12 of a currency's unit. A price of a million tokens
/// with six digits, times a number of tokens, is one without rounding.
const DIGITS: usize = 12;
/// One unit of a currency.
const UNIT: u128 = 1_000_000_000_000;
/// Fewest digits after the point that are written.
const DIGITS_SHOWN_MIN: usize = 2;

/// An amount of one currency in integers of 10^-12 of its unit. Not for amounts that are paid: those are [`crate::Money`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cost {
    /// 10^-12 of the currency's unit.
    pub pico: i128,
    /// ISO 4217 code.
    pub currency: Currency,
}

impl Cost {
    /// An amount from its 10^-12 parts.
    pub const fn new(pico: i128, currency: Currency) -> Self {
        Self { pico, currency }
    }

    /// The share of one of `parts`, to the nearest 10^-12, halves away from zero; `None` of no parts.
    #[must_use]
    pub fn per(self, parts: i64) -> Option<Self> {
        let parts = i128::from(parts);
        if parts <= 0 {
            return None;
        }
        let half = parts / 2 * self.pico.signum();
        Some(Self { pico: self.pico.saturating_add(half) / parts, ..self })
    }

    /// The amount alone as a decimal number, exactly: at least two digits after the point, and no zeros that say nothing.
    pub fn amount(&self) -> String {
        let abs = self.pico.unsigned_abs();
        let sign = if self.pico < 0 { "-" } else { "" };
        let mut after = format!("{:0DIGITS$}", abs % UNIT);
        while after.len() > DIGITS_SHOWN_MIN && after.ends_with('0') {
            after.pop();
        }
        format!("{sign}{}.{after}", abs / UNIT)
    }
}

/// `0.000395 USD`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// Reads `0.05 USD`.
impl FromStr for Cost {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let bad = || MoneyError::NotAnAmount(text.to_owned());
        let (amount, currency) = text.trim().split_once(' ').ok_or_else(bad)?;
        let currency = currency.trim().parse().map_err(|_| bad())?;
        let pico = decimal(amount, DIGITS).ok_or_else(bad)?;
        Ok(Self { pico, currency })
    }
}

/// `{"amount": "0.000395", "currency": "USD"}`: the amount is a text, so that no reader makes a float of it.
impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("Cost", 2)?;
        shown.serialize_field("amount", &self.amount())?;
        shown.serialize_field("currency", &self.currency)?;
        shown.end()
    }
}

/// A decimal number without a sign, in units of 10^-`digits`; `None` of anything else, of more digits after the point, and
/// of more than 12 before it. Never through a float, never rounding.
pub fn decimal(text: &str, digits: usize) -> Option<i128> {
    const WHOLE_DIGITS_MAX: usize = 12;
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let fits = !whole.is_empty() && whole.len() <= WHOLE_DIGITS_MAX && after.len() <= digits;
    let point = text.contains('.') && after.is_empty();
    if !fits || point || !plain(whole) || !plain(after) {
        return None;
    }
    format!("{whole}{after:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_and_written_without_a_float_and_without_rounding() {
        for (text, pico, shown) in [
            ("0.05 USD", 50_000_000_000, "0.05 USD"),
            ("1 EUR", 1_000_000_000_000, "1.00 EUR"),
            ("0.000000000001 EUR", 1, "0.000000000001 EUR"),
            ("123456789012.1 JPY", 123_456_789_012_100_000_000_000, "123456789012.10 JPY"),
        ] {
            let cost: Cost = text.parse().unwrap();
            assert_eq!((cost.pico, cost.to_string().as_str()), (pico, shown));
        }
        for bad in [
            "",
            "0.05",
            "0.05USD",
            "USD 0.05",
            "-1 USD",
            "1e3 USD",
            ".5 USD",
            "1. USD",
            "0.0000000000001 USD",
            "1,5 EUR",
        ] {
            assert!(bad.parse::<Cost>().is_err(), "{bad}");
        }
        assert_eq!(Cost::new(-1_500_000_000_000, Currency::EUR).to_string(), "-1.50 EUR");
    }

    #[test]
    fn a_share_is_the_nearest_there_is_and_none_of_nothing() {
        let of = |pico: i128, parts| Cost::new(pico, Currency::USD).per(parts).map(|cost| cost.pico);
        assert_eq!((of(10, 4), of(10, 3), of(11, 3), of(-10, 4)), (Some(3), Some(3), Some(4), Some(-3)));
        assert_eq!((of(10, 0), of(10, -1)), (None, None));
    }
}
