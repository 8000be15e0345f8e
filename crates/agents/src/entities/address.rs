//! Postal addresses, American and German.

use crate::text::pattern;
use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A complete postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    pub address1: String,
    /// Suite, flat, floor; may be empty.
    pub address2: String,
    /// City.
    pub city: String,
    /// Two-letter state; empty in Germany.
    pub state: String,
    /// Zip code.
    pub zip: String,
    /// `USA` or `Germany`.
    pub country: String,
}

const STATES: &[(&str, &str)] = &[
    ("alabama", "AL"),
    ("alaska", "AK"),
    ("arizona", "AZ"),
    ("arkansas", "AR"),
    ("california", "CA"),
    ("colorado", "CO"),
    ("connecticut", "CT"),
    ("delaware", "DE"),
    ("district of columbia", "DC"),
    ("florida", "FL"),
    ("georgia", "GA"),
    ("hawaii", "HI"),
    ("idaho", "ID"),
    ("illinois", "IL"),
    ("indiana", "IN"),
    ("iowa", "IA"),
    ("kansas", "KS"),
    ("kentucky", "KY"),
    ("louisiana", "LA"),
    ("maine", "ME"),
    ("maryland", "MD"),
    ("massachusetts", "MA"),
    ("michigan", "MI"),
    ("minnesota", "MN"),
    ("mississippi", "MS"),
    ("missouri", "MO"),
    ("montana", "MT"),
    ("nebraska", "NE"),
    ("nevada", "NV"),
    ("new hampshire", "NH"),
    ("new jersey", "NJ"),
    ("new mexico", "NM"),
    ("new york", "NY"),
    ("north carolina", "NC"),
    ("north dakota", "ND"),
    ("ohio", "OH"),
    ("oklahoma", "OK"),
    ("oregon", "OR"),
    ("pennsylvania", "PA"),
    ("rhode island", "RI"),
    ("south carolina", "SC"),
    ("south dakota", "SD"),
    ("tennessee", "TN"),
    ("texas", "TX"),
    ("utah", "UT"),
    ("vermont", "VT"),
    ("virginia", "VA"),
    ("washington", "WA"),
    ("west virginia", "WV"),
    ("wisconsin", "WI"),
    ("wyoming", "WY"),
];

/// The first complete address in the text.
pub fn address(text: &str) -> Option<Address> {
    american(text).or_else(|| german(text))
}

fn american(text: &str) -> Option<Address> {
    static END: LazyLock<Regex> = LazyLock::new(|| {
        let names: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
        pattern(&format!(
            r"(?i)[,\s]\s*(?P<state>{}|[A-Z]{{2}})\b[\s,.]+(?:zip(?: code)?:?\s*)?(?P<zip>\d{{5}}(?:-\d{{4}})?)\b",
            names.join("|")
        ))
    });
    static START: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)(?:^|[\s:(])((?:\d{1,6}[a-z]?(?:-\d+)?|p\.?\s?o\.?\s?box)\s+[\p{L}\d])"));
    for end in END.captures_iter(text) {
        let (Some(state), Some(whole)) = (state_of(&end), end.get(0)) else { continue };
        let before = &text[..whole.start()];
        let line = before.rfind(['!', '?']).map_or(0, |i| i + 1);
        let starts: Vec<usize> =
            START.captures_iter(&before[line..]).filter_map(|c| c.get(1)).map(|m| line + m.start()).collect();
        // The nearest start whose rest reads as street and city; "Apt 4 Denver" is not a street.
        let found = starts.iter().rev().find_map(|from| street_and_city(&before[*from..], before[..*from].trim_end()));
        if let Some((address1, address2, city)) = found {
            let zip = end.name("zip").map_or("", |m| m.as_str()).to_owned();
            return Some(Address { address1, address2, city, state, zip, country: "USA".into() });
        }
    }
    None
}

fn state_of(end: &Captures<'_>) -> Option<String> {
    let written = end.name("state")?.as_str().to_lowercase();
    let known = STATES.iter().find(|(name, code)| *name == written || code.to_lowercase() == written);
    known.map(|(_, code)| (*code).to_owned())
}

/// Cuts `986 Sunset Drive, Suite 259, Denver` into its three parts; commas may be missing after a known street type.
fn street_and_city(text: &str, before: &str) -> Option<(String, String, String)> {
    static UNIT_ONLY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:suite|ste|apt|apartment|unit|floor|room|#)\.?$"));
    if UNIT_ONLY.is_match(before) {
        return None;
    }
    let parts: Vec<&str> = text.split([',', '\n']).map(str::trim).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [street, city] => match unit_at_end(street) {
            Some((street, unit)) => Some((street, unit, clean(city))),
            None => match unit_at_start(city) {
                Some((unit, city)) => Some((clean(street), unit, city)),
                None => Some((clean(street), String::new(), clean(city))),
            },
        },
        [street, unit, city] => Some((clean(street), clean(unit), clean(city))),
        [one] => without_commas(one),
        _ => None,
    }
    .filter(|(street, _, city)| {
        street.len() <= 80 && city.len() <= 40 && !city.is_empty() && !city.chars().any(|c| c.is_ascii_digit())
    })
}

const UNIT: &str = r"(?:suite|ste\.?|apt\.?|apartment|unit|floor|room|#)\s*[\w-]+";

fn unit_at_end(street: &str) -> Option<(String, String)> {
    static RE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)^(.+?)\s+({UNIT})$")));
    RE.captures(street).map(|c| (clean(&c[1]), clean(&c[2])))
}

fn unit_at_start(city: &str) -> Option<(String, String)> {
    static RE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)^({UNIT})\s+(\D+)$")));
    RE.captures(city).map(|c| (clean(&c[1]), clean(&c[2])))
}

fn without_commas(text: &str) -> Option<(String, String, String)> {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)^(.+?\s(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|way|terrace|parkway|pkwy|circle|square)\.?)\s+(?:({UNIT})\s+)?([\p{{L}} .'-]+)$"
        ))
    });
    let c = RE.captures(text)?;
    Some((clean(&c[1]), c.get(2).map_or(String::new(), |m| clean(m.as_str())), clean(&c[3])))
}

fn german(text: &str) -> Option<Address> {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<street>\p{Lu}[\p{L}.-]*(?:\s\p{L}[\p{L}.-]*){0,3}\s\d{1,4}\s?[a-z]?)\s*[,\n]\s*(?:D-)?(?P<zip>\d{5})\s+(?P<city>\p{Lu}[\p{L}-]+(?:\s(?:am|an|der|im|bei|\p{Lu}[\p{L}-]+)){0,3})",
        )
    });
    let c = RE.captures(text)?;
    Some(Address {
        address1: clean(&c["street"]),
        address2: String::new(),
        city: clean(&c["city"]),
        state: String::new(),
        zip: c["zip"].to_owned(),
        country: "Germany".into(),
    })
}

fn clean(part: &str) -> String {
    part.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches([',', ';', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: [&str; 5]) {
        let a = address(text).unwrap_or_else(|| panic!("no address in {text}"));
        assert_eq!([a.address1.as_str(), &a.address2, &a.city, &a.state, &a.zip], expect, "{text}");
    }

    #[test]
    fn reads_addresses_with_and_without_commas() {
        check(
            "986 Sunset Drive, Suite 259, Denver, CO 80279",
            ["986 Sunset Drive", "Suite 259", "Denver", "CO", "80279"],
        );
        check(
            "please send #W1234567 to 12 Elm St, New York, NY, 10083, USA",
            ["12 Elm St", "", "New York", "NY", "10083"],
        );
        check(
            "It's 215 River Road Suite 991, San Diego, California 92171.",
            ["215 River Road", "Suite 991", "San Diego", "CA", "92171"],
        );
        check("986 Sunset Drive Suite 259 Denver CO 80279", ["986 Sunset Drive", "Suite 259", "Denver", "CO", "80279"]);
        check(
            "I moved! new address: 7 Oak Lane,\nApt 4B,\nFort Worth, TX 76102",
            ["7 Oak Lane", "Apt 4B", "Fort Worth", "TX", "76102"],
        );
        check(
            "986 Sunset Drive, Suite 259 Denver, CO 80279",
            ["986 Sunset Drive", "Suite 259", "Denver", "CO", "80279"],
        );
        check("Neue Anschrift: Lange Reihe 12a, 20099 Hamburg", ["Lange Reihe 12a", "", "Hamburg", "", "20099"]);
    }

    #[test]
    fn half_an_address_is_none() {
        for text in ["Denver, CO 80279", "986 Sunset Drive", "order 2 chairs in 80279"] {
            assert_eq!(address(text).map(|a| a.address1), None, "{text}");
        }
    }
}
