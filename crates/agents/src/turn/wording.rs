//! Data as templates want it: names, numbered choices, and money in the reader's form.

use crate::entities::Choice;
use baton_base::Currency;
use serde_json::{Map, Value, json};

/// Adds to `data` what every template may use: `customer`, and for every `x_minor` beside a currency the text `x`.
pub(super) fn dressed(data: &Value, customer: &str, language: &str) -> Map<String, Value> {
    let mut out = match data {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    // An absent value and a null one read the same in a template: not defined.
    out.retain(|_, value| !value.is_null());
    let first_name = customer.split_whitespace().next().unwrap_or_default();
    out.entry("customer").or_insert_with(|| first_name.into());
    let amounts: Vec<(String, String)> = out
        .iter()
        .filter_map(|(key, value)| {
            let name = key.strip_suffix("_minor")?;
            let currency = out.get(&format!("{name}_currency")).or_else(|| out.get("currency"))?.as_str()?;
            Some((name.to_owned(), money(value.as_i64()?, currency.parse().ok()?, language)))
        })
        .collect();
    for (name, text) in amounts {
        out.entry(name).or_insert_with(|| text.into());
    }
    out
}

/// `$1,234.50`, `1.234,50 €`.
pub(super) fn money(minor: i64, currency: Currency, language: &str) -> String {
    let german = language.starts_with("de");
    let scale = 10_u64.pow(currency.minor_digits());
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let (thousands, point) = if german { ('.', ',') } else { (',', '.') };
    let mut number = grouped(whole, thousands);
    if scale > 1 {
        let width = currency.minor_digits() as usize;
        number = format!("{number}{point}{part:0width$}");
    }
    let sign = if minor < 0 { "-" } else { "" };
    let symbol = match currency.as_str() {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        code => return format!("{sign}{number} {code}"),
    };
    if german { format!("{sign}{number} {symbol}") } else { format!("{sign}{symbol}{number}") }
}

fn grouped(whole: u64, mark: char) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

/// Choices as a list to show: `{number, id, label}`.
pub(super) fn numbered(choices: &[Choice], language: &str) -> Value {
    let line = |(i, c): (usize, &Choice)| json!({"number": i + 1, "id": c.id, "label": c.label_in(language)});
    choices.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_the_reader_writes_it() {
        assert_eq!(money(123_450, Currency::EUR, "de"), "1.234,50 €");
        assert_eq!(money(-5, Currency::USD, "en"), "-$0.05");
        assert_eq!(money(1_000_000, "JPY".parse().unwrap(), "en"), "1,000,000 JPY");
        let data = json!({"amount_minor": 120_000, "currency": "EUR", "reason": null});
        let dressed = dressed(&data, "Ada Lovelace", "en");
        assert_eq!((&dressed["amount"], &dressed["customer"]), (&json!("€1,200.00"), &json!("Ada")));
        assert!(!dressed.contains_key("reason"));
    }
}
