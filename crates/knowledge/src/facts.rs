//! Policy facts within articles: `{{fact.refund.window}}` is replaced by the value that holds when the article is read.
//! One value, one place: the article, the templates and the rules all read `facts.yaml`.

use baton_base::{Currency, Finding, Money};
use baton_govern::{PolicyFact, PolicyFacts};
use serde_json::Value;

/// How a policy fact begins in a text.
pub(crate) const OPEN: &str = "{{fact.";
const CLOSE: &str = "}}";

/// A policy fact that an article needs and that does not hold at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// Its name.
    pub fact: String,
}

impl std::fmt::Display for Lacking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the policy fact '{}' has no value today", self.fact)
    }
}

/// A piece of a text: words, or the name of a fact.
enum Piece<'a> {
    Words(&'a str),
    Fact(&'a str),
    /// Opened and not closed; from here to the end.
    Broken(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(OPEN) {
        out.push(Piece::Words(&rest[..start]));
        let after = &rest[start + OPEN.len()..];
        let Some(end) = after.find(CLOSE) else {
            out.push(Piece::Broken(&rest[start..]));
            return out;
        };
        out.push(Piece::Fact(after[..end].trim()));
        rest = &after[end + CLOSE.len()..];
    }
    out.push(Piece::Words(rest));
    out
}

/// The text with the values that hold at a time.
pub(crate) fn fill(text: &str, facts: &PolicyFacts, at_ms: i64) -> Result<String, Lacking> {
    if !text.contains(OPEN) {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) | Piece::Broken(words) => out.push_str(words),
            Piece::Fact(name) => {
                let fact = facts.at(name, at_ms).ok_or_else(|| Lacking { fact: name.to_owned() })?;
                out.push_str(&shown(fact));
            }
        }
    }
    Ok(out)
}

/// The text with every value that its facts have at some time, for searching.
pub(crate) fn fill_for_search(text: &str, facts: &PolicyFacts) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) | Piece::Broken(words) => out.push_str(words),
            Piece::Fact(name) => out.push_str(&facts.ever(name).map(shown).collect::<Vec<_>>().join(" ")),
        }
    }
    out
}

/// A value as people read it: money with its currency, lists with commas, all else as it stands.
fn shown(fact: &PolicyFact) -> String {
    let currency =
        fact.unit.as_deref().and_then(|unit| unit.strip_suffix("minor units").or(unit.strip_suffix("minor")));
    if let (Some(currency), Some(minor)) =
        (currency.and_then(|c| c.trim().parse::<Currency>().ok()), fact.value.as_i64())
    {
        return Money::new(minor, currency).to_string();
    }
    words(&fact.value)
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Placeholders that lead nowhere, with their lines; `line` is the text's first.
pub(crate) fn unknown(path: &str, line: u32, text: &str, facts: &PolicyFacts) -> Vec<Finding> {
    let (mut findings, mut at) = (Vec::new(), line);
    let breaks = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(0);
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => at += breaks(words),
            Piece::Broken(_) => {
                let message = "a policy fact is opened and not closed";
                findings.push(Finding::error(path, "policy-fact", message, "write {{fact.NAME}}").at(at, 1));
            }
            Piece::Fact(name) if facts.ever(name).next().is_none() => {
                let message = format!("the policy fact '{name}' is not in facts.yaml");
                let finding = Finding::error(path, "policy-fact", message, "add the fact, or correct its name");
                findings.push(finding.at(at, 1));
            }
            Piece::Fact(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::Bundle;
    use baton_govern::day_start_ms;

    const FACTS: &str = "facts:\n  - { key: refund.window, value: 30, unit: days, to: 2026-06-30, owner: o, source: s }\n  - { key: refund.window, value: 45, unit: days, from: 2026-07-01, to: 2026-12-31, owner: o, source: s }\n  - { key: refund.window, scope: gold, value: 90, unit: days, owner: o, source: s }\n  - { key: fee, value: 1250, unit: EUR minor units, owner: o, source: s }\n  - { key: ways, value: [card, voucher], owner: o, source: s }\n";

    fn facts() -> PolicyFacts {
        let mut bundle = Bundle::default();
        bundle.files.insert("facts.yaml".into(), FACTS.into());
        let mut findings = Vec::new();
        let facts = PolicyFacts::load(&bundle, &mut findings);
        assert!(findings.is_empty(), "{findings:?}");
        facts
    }

    #[test]
    fn a_value_stands_where_its_name_stood_and_changes_with_the_day() {
        let text =
            "{{fact.refund.window}} days, gold {{ fact.x }}{{fact.refund.window@gold}}; {{fact.fee}}; {{fact.ways}}";
        let on = |day: &str| fill(text, &facts(), day_start_ms(day).unwrap());
        assert_eq!(on("2026-06-30").unwrap(), "30 days, gold {{ fact.x }}90; 12.50 EUR; card, voucher");
        assert!(on("2026-07-01").unwrap().starts_with("45 days"));
        assert_eq!(on("2027-01-01").unwrap_err().fact, "refund.window");
        assert!(fill_for_search(text, &facts()).contains("30 45 days"));
    }

    #[test]
    fn a_fact_that_is_nowhere_is_found_with_its_line() {
        let text = "one\ntwo {{fact.fee}} and\n{{fact.fe}} and {{fact.ways";
        let found = unknown("knowledge/a.md", 10, text, &facts());
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [12, 12]);
        assert!(found[0].message.contains("'fe'"), "{found:?}");
    }
}
