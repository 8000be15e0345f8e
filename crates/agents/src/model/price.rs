//! What a model takes for its tokens, what an exchange with it costs, and how much of a turn's money is left for the next.

use baton_base::{Cost, Currency, decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Digits after the point that a price may have: with them, price times tokens is a cost without rounding.
const RATE_DIGITS: usize = 6;
/// Highest price of a million tokens, units of the currency: higher is a slip of the point.
const RATE_UNITS_MAX: i64 = 10_000;
/// 10^-6 of a unit, in a unit.
const MICROS: i64 = 1_000_000;
/// Most tokens of one exchange that are believed: what a server counts is data from outside.
const TOKENS_MAX: i64 = 10_000_000;
/// Tokens that a server may put around what it is sent.
const TOKENS_AROUND: usize = 64;
/// Fewest tokens of an answer for which a model is asked at all: fewer hold no whole reading.
const ANSWER_TOKENS_MIN: u32 = 100;

/// The price of a million tokens, in 10^-6 of a currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate(i64);

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let micros = decimal(text.trim(), RATE_DIGITS).and_then(|micros| i64::try_from(micros).ok());
        micros.filter(|micros| *micros <= RATE_UNITS_MAX * MICROS).map(Self).ok_or_else(|| {
            format!("'{text}' is no price: write a decimal number with at most {RATE_DIGITS} digits after the point, up to {RATE_UNITS_MAX}")
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = format!("{:06}", self.0 % MICROS);
        let kept = after.trim_end_matches('0');
        write!(f, "{}.{kept:0<2}", self.0 / MICROS)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = Rate;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the price of a million tokens in quotes, such as \"0.25\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, units: u64) -> Result<Rate, E> {
        units.to_string().parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Digits)
    }
}

/// What a model takes for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// That it reads.
    pub input: Rate,
    /// That it writes.
    pub output: Rate,
    /// In which currency.
    pub currency: Currency,
}

/// `0.25/2.00 USD`: a million tokens read, a million written.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.input, self.output, self.currency)
    }
}

impl FromStr for Price {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "write INPUT/OUTPUT CURRENCY for a million tokens, such as \"0.25/2.00 USD\"".to_owned();
        let (rates, currency) = text.trim().split_once(' ').ok_or_else(form)?;
        let (input, output) = rates.split_once('/').ok_or_else(form)?;
        let currency = currency.trim().parse().map_err(|_| form())?;
        Ok(Self { input: input.parse()?, output: output.parse()?, currency })
    }
}

impl Price {
    /// What so many tokens cost, exactly.
    pub fn of(&self, usage: Usage) -> Cost {
        let part = |rate: Rate, tokens: i64| i128::from(rate.0) * i128::from(tokens);
        Cost::new(part(self.input, usage.tokens_in) + part(self.output, usage.tokens_out), self.currency)
    }
}

/// How many tokens an exchange took, as the model's server counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
}

impl Usage {
    /// The counts of a server; a count that cannot be is brought to what can.
    pub fn told(tokens_in: i64, tokens_out: i64) -> Self {
        let fit = |tokens: i64| tokens.clamp(0, TOKENS_MAX);
        Self { tokens_in: fit(tokens_in), tokens_out: fit(tokens_out) }
    }
}

/// The money that models may cost in one turn of an agent: `0.05 USD` in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TurnMoney(pub Cost);

impl TryFrom<String> for TurnMoney {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let read: Option<Cost> = text.parse().ok();
        let fits = read.filter(|cost| cost.pico > 0 && i64::try_from(cost.pico).is_ok());
        fits.map(Self)
            .ok_or_else(|| format!("'{text}' is no amount of money: write one above nothing, such as 0.05 USD"))
    }
}

impl From<TurnMoney> for String {
    fn from(money: TurnMoney) -> Self {
        money.0.to_string()
    }
}

/// What the next exchange of a turn may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// Most tokens that the model may write.
    pub answer_tokens: u32,
    /// The most that the exchange can cost, 10^-12 of the currency's unit; nothing where there is no limit.
    pub at_most_pico: i64,
}

/// How much of a turn's money the next exchange may take, before it is made; or in words why it is not made. A prompt is
/// reckoned at one token a byte, which no tokeniser exceeds, so that the limit holds whatever the model answers.
pub fn allowed(
    limit: Option<TurnMoney>,
    price: Option<&Price>,
    spent_pico: i64,
    prompt_bytes: usize,
    answer_tokens: u32,
) -> Result<Allowed, String> {
    let Some(TurnMoney(limit)) = limit else { return Ok(Allowed { answer_tokens, at_most_pico: 0 }) };
    let Some(price) = price else {
        return Err(format!("the agent's turn may cost {limit}, and its model has no price: give it one"));
    };
    if price.currency != limit.currency {
        return Err(format!("the agent's turn may cost {limit}, and its model is paid in {}", price.currency));
    }
    let prompt = i64::try_from(prompt_bytes.saturating_add(TOKENS_AROUND)).unwrap_or(i64::MAX);
    let read = i128::from(price.input.0) * i128::from(prompt);
    let left = limit.pico - i128::from(spent_pico) - read;
    let rate = i128::from(price.output.0);
    let fits = if left < 0 { 0 } else { left.checked_div(rate).unwrap_or_else(|| i128::from(answer_tokens)) };
    let tokens = u32::try_from(fits).unwrap_or(u32::MAX).min(answer_tokens);
    if tokens < ANSWER_TOKENS_MIN.min(answer_tokens) {
        let spent = Cost::new(i128::from(spent_pico), limit.currency);
        return Err(format!(
            "the turn's money is used up: {spent} of {limit} spent, and one more answer could exceed it"
        ));
    }
    let most = read + rate * i128::from(tokens);
    Ok(Allowed { answer_tokens: tokens, at_most_pico: i64::try_from(most).unwrap_or(i64::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn tokens_times_price_is_exact_to_the_last_digit() {
        let small = price("0.0375/0.15 USD");
        let cost = small.of(Usage { tokens_in: 1, tokens_out: 0 });
        assert_eq!(cost.to_string(), "0.0000000375 USD");
        let cost = price("0.25/2.00 EUR").of(Usage { tokens_in: 120, tokens_out: 30 });
        assert_eq!(cost.to_string(), "0.00009 EUR");
        let most = price("10000/10000 USD").of(Usage::told(i64::MAX, i64::MAX));
        assert!(i64::try_from(most.pico).is_ok(), "what is stored holds any exchange: {most}");
        assert_eq!(Usage::told(-5, 7), Usage { tokens_in: 0, tokens_out: 7 });
    }

    #[test]
    fn a_price_is_read_from_a_command_line_and_from_a_file() {
        assert_eq!(price(" 0.25/2 USD ").to_string(), "0.25/2.00 USD");
        assert_eq!(price("3/15.000001 EUR").to_string(), "3.00/15.000001 EUR");
        for bad in ["0.25", "0.25/2", "0.25 USD", "0.25/x USD", "0.2500001/2 USD", "-1/2 USD", "10001/2 USD", "1/2 usd"]
        {
            assert!(bad.parse::<Price>().is_err(), "{bad}");
        }
        let read: Price = serde_json::from_str(r#"{"input": "0.25", "output": 2, "currency": "USD"}"#).unwrap();
        assert_eq!(read, price("0.25/2 USD"));
        let float = serde_json::from_str::<Price>(r#"{"input": 0.25, "output": 2, "currency": "USD"}"#);
        assert!(float.unwrap_err().to_string().contains("in quotes"));
    }

    #[test]
    fn the_next_exchange_can_never_go_beyond_the_limit() {
        let limit = |text: &str| Some(TurnMoney::try_from(text.to_owned()).unwrap());
        let small = price("1/4 USD");
        let free = allowed(None, None, 0, 9_999, 800).unwrap();
        assert_eq!(free, Allowed { answer_tokens: 800, at_most_pico: 0 });
        // 936 bytes and what is put around them are 0.001 USD; 800 tokens of answer 0.0032.
        let whole = allowed(limit("0.0042 USD"), Some(&small), 0, 936, 800).unwrap();
        assert_eq!(whole, Allowed { answer_tokens: 800, at_most_pico: 4_200_000_000 });
        let less = allowed(limit("0.0042 USD"), Some(&small), 1_000_000_000, 936, 800).unwrap();
        assert_eq!(less, Allowed { answer_tokens: 550, at_most_pico: 3_200_000_000 });
        for (limit, price, spent, says) in [
            (limit("0.0042 USD"), Some(&small), 3_000_000_000, "used up"),
            (limit("0.0005 USD"), Some(&small), 0, "used up"),
            (limit("0.0042 EUR"), Some(&small), 0, "paid in USD"),
            (limit("0.0042 USD"), None, 0, "no price"),
        ] {
            let why = allowed(limit, price, spent, 936, 800).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
        let gratis = price("0/0 USD");
        assert_eq!(allowed(limit("0.01 USD"), Some(&gratis), 0, 936, 800).unwrap().answer_tokens, 800);
        for bad in ["0 USD", "", "0.05", "5 cents"] {
            assert!(TurnMoney::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
