//! Postal addresses, by the forms of `forms`: complete ones, and nothing guessed. Where neighbours write alike, the country must show.

use super::forms::{COUNTIES, ELSEWHERE, FORMS, Form, Order};
use crate::text::{fold, pattern};
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
    /// Code of two letters of a state or province, in the USA, in Canada and, where it is written, in Italy; else empty.
    pub state: String,
    /// Postal code, in capitals, with a space where the country writes one.
    pub zip: String,
    /// In English, such as `USA`, `Germany` or `United Kingdom`.
    pub country: String,
}

/// A form, ready to be looked for.
struct Ready {
    form: &'static Form,
    /// The code with the city before it, or the whole address.
    whole: Regex,
    /// What a street must have in it.
    street: Option<Regex>,
}

/// Words that join those of a city's name.
const JOINS: &str = "a|aan|am|an|bei|d|de|del|dei|den|der|di|en|het|i|im|in|la|le|les|los|ob|sous|sul|sur|y";

impl Ready {
    fn of(form: &'static Form) -> Self {
        let whole = match form.order {
            Order::NumberFirst => {
                let names: Vec<&str> = form.regions.iter().map(|(name, _)| *name).collect();
                form.code.replace("{regions}", &names.join("|"))
            }
            Order::CodeFirst => {
                let Form { street, code, letters, unit, .. } = form;
                let unit = if unit.is_empty() { String::new() } else { format!("(?:, ?(?P<unit>{unit}))?") };
                let word = r"\p{Lu}[\p{L}'’-]+";
                let city = format!(r"(?:['’]s-|St\. )?{word}(?: (?:(?:{JOINS}) ){{0,2}}{word}){{0,3}}");
                let end = format!(
                    r"(?:(?P<letters>{letters})-)?(?P<zip>{code})[ ]+(?P<city>{city})(?: ?\((?P<state>[A-Z]{{2}})\))?"
                );
                format!(r"(?P<street>{street}){unit}\s*(?:[,\n]|\s-\s)\s*{end}")
            }
        };
        let asks = form.order == Order::NumberFirst && !form.street.is_empty();
        Self { form, whole: pattern(&whole), street: asks.then(|| pattern(form.street)) }
    }
}

/// The first complete address in the text, of the first form that fits.
pub fn address(text: &str) -> Option<Address> {
    static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| FORMS.iter().map(Ready::of).collect());
    READY.iter().find_map(|ready| match ready.form.order {
        Order::NumberFirst => number_first(ready, text),
        Order::CodeFirst => ready.whole.captures_iter(text).find_map(|found| code_first(ready.form, &found, text)),
    })
}

fn number_first(ready: &Ready, text: &str) -> Option<Address> {
    static START: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)(?:^|[\s:(])((?:\d{1,6}[a-z]?(?:-\d+)?|p\.?\s?o\.?\s?box)\s+[\p{L}\d])"));
    // `1250, rue …` is one part.
    static COMMA: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(\d{1,6}),\s+(rue|avenue|boulevard|chemin|place|rang|mont[ée]e|c[ôo]te)\b"));
    let text = COMMA.replace_all(text, "$1 $2");
    for end in ready.whole.captures_iter(&text) {
        let (Some(state), Some(whole)) = (state_of(ready.form, &end), end.get(0)) else { continue };
        let before = &text[..whole.start()];
        let line = before.rfind(['!', '?']).map_or(0, |i| i + 1);
        let starts: Vec<usize> =
            START.captures_iter(&before[line..]).filter_map(|c| c.get(1)).map(|m| line + m.start()).collect();
        // The nearest start whose rest reads as street and city; "Apt 4 Denver" is not a street.
        let read = |from: &usize| {
            let flat = if ready.form.regions.is_empty() { flat_before(&before[..*from]) } else { None };
            let found = street_and_city(without_county(ready.form, &before[*from..]), before[..*from].trim_end())?;
            let fits = ready.street.as_ref().is_none_or(|street| street.is_match(&found.0));
            fits.then_some((found, flat))
        };
        if let Some(((address1, unit, city), flat)) = starts.iter().rev().find_map(read) {
            let parts: Vec<String> = flat.into_iter().chain([unit]).filter(|part| !part.is_empty()).collect();
            let (zip, country) = (zip_of(ready.form, &end), ready.form.country.to_owned());
            return Some(Address { address1, address2: parts.join(", "), city, state, zip, country });
        }
    }
    None
}

/// The code of a region; nothing where the country has none, and none where what is written is no region.
fn state_of(form: &Form, end: &Captures<'_>) -> Option<String> {
    let Some(written) = end.name("state") else { return Some(String::new()) };
    let written = written.as_str().to_lowercase();
    let known = form.regions.iter().find(|(name, code)| *name == written || code.to_lowercase() == written);
    known.map(|(_, code)| (*code).to_owned())
}

/// `OX4 7ZZ`, `M5V 9Z9`, `1015 ZZ`; digits as they are.
fn zip_of(form: &Form, found: &Captures<'_>) -> String {
    let written = found.name("zip").map_or("", |m| m.as_str());
    let has_letters = written.contains(char::is_alphabetic);
    let plain: String = written.to_uppercase().chars().filter(|c| !has_letters || c.is_ascii_alphanumeric()).collect();
    if !has_letters {
        return plain;
    }
    let (first, last) = plain.split_at(plain.len() - if form.order == Order::NumberFirst { 3 } else { 2 });
    format!("{first} {last}")
}

/// `Flat 3,` just before the number of the house.
fn flat_before(before: &str) -> Option<String> {
    static FLAT: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b((?:flat|apartment|apt|unit|floor)\.?\s*[\w-]{1,6})\s*,\s*$"));
    FLAT.captures(before).map(|c| clean(&c[1]))
}

/// A British address without the county before its code.
fn without_county<'t>(form: &Form, text: &'t str) -> &'t str {
    let Some((rest, last)) = text.trim_end_matches([',', ' ', '\n']).rsplit_once([',', '\n']) else { return text };
    let last = fold(last.trim());
    let is_county = COUNTIES.contains(&last.as_str()) || last.ends_with("shire");
    if form.regions.is_empty() && is_county && rest.contains([',', '\n']) { rest } else { text }
}

fn code_first(form: &Form, found: &Captures<'_>, text: &str) -> Option<Address> {
    let whole = found.get(0)?;
    let mut city = clean(&found["city"]);
    let mut state = found.name("state").map_or(String::new(), |m| m.as_str().to_owned());
    // `20121 Milano MI`
    if form.province
        && let Some((name, code)) = city.rsplit_once(' ').filter(|(_, code)| is_code(code))
    {
        (city, state) = (name.to_owned(), code.to_owned());
    }
    let (named, folded) = (country_after(&text[whole.end()..]), fold(&city));
    // `06600 Ciudad de México`
    let elsewhere = folded.rsplit(' ').next().unwrap_or_default();
    if named.is_some_and(|named| named != form.country) || ELSEWHERE.contains(&elsewhere) {
        return None;
    }
    let shows = || found.name("letters").is_some() || form.cities.contains(&folded.as_str());
    if !form.cities.is_empty() && named.is_none() && !shows() {
        return None;
    }
    Some(Address {
        address1: clean(&found["street"]),
        address2: found.name("unit").map_or(String::new(), |m| clean(m.as_str())),
        city,
        state,
        zip: zip_of(form, found),
        country: form.country.to_owned(),
    })
}

fn is_code(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// The country that is named next; nothing for one whose addresses are not read.
fn country_after(rest: &str) -> Option<&'static str> {
    let rest = fold(crate::text::head(rest, 60));
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ",.-(".contains(c));
    let begins =
        |name: &str| rest.strip_prefix(name).is_some_and(|more| !more.starts_with(|c: char| c.is_alphanumeric()));
    let known = FORMS.iter().find(|form| form.names.iter().any(|name| begins(name)));
    known.map(|form| form.country).or_else(|| ELSEWHERE.iter().any(|name| begins(name)).then_some(""))
}

/// Cuts `986 Sunset Drive, Suite 259, Denver` into its three parts; commas may be missing after a known street type.
fn street_and_city(text: &str, before: &str) -> Option<(String, String, String)> {
    static UNIT_ONLY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:suite|ste|apt|apartment|flat|unit|floor|room|#)\.?$"));
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

const UNIT: &str = r"(?:suite|ste\.?|apt\.?|apartment|flat|unit|floor|room|#)\s*[\w-]+";

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

    fn check_in(country: &str, text: &str, expect: [&str; 5]) {
        check(text, expect);
        assert_eq!(address(text).unwrap().country, country, "{text}");
    }

    #[test]
    fn reads_the_forms_of_several_countries() {
        let uk = "United Kingdom";
        check_in(uk, "Flat 3, 12 Alder Road, Oxford OX4 7ZZ", ["12 Alder Road", "Flat 3", "Oxford", "", "OX4 7ZZ"]);
        check_in(
            uk,
            "please send it to 48 Larch Lane, Headley, Leeds, West Yorkshire, ls79qq, thanks",
            ["48 Larch Lane", "Headley", "Leeds", "", "LS7 9QQ"],
        );
        check_in(
            "Canada",
            "It is 123 Maple Street, Unit 4, Toronto, ON m5v 9z9",
            ["123 Maple Street", "Unit 4", "Toronto", "ON", "M5V 9Z9"],
        );
        check_in(
            "Canada",
            "1250, rue des Érables, Montréal (Québec) H3B 9Z9",
            ["1250 rue des Érables", "", "Montréal", "QC", "H3B 9Z9"],
        );
        check_in(
            "France",
            "12 bis rue des Tilleuls, 75011 Paris",
            ["12 bis rue des Tilleuls", "", "Paris", "", "75011"],
        );
        check_in(
            "France",
            "Livrez au 8, avenue de la Gare\n69003 Lyon",
            ["8, avenue de la Gare", "", "Lyon", "", "69003"],
        );
        check_in("Spain", "Calle Mayor 5, 3º B, 28013 Madrid", ["Calle Mayor 5", "3º B", "Madrid", "", "28013"]);
        check_in(
            "Spain",
            "vivo en Avda. de la Luz, 12, 15004 La Coruña, España",
            ["Avda. de la Luz, 12", "", "La Coruña", "", "15004"],
        );
        check_in("Italy", "Via dei Tigli 12, 20121 Milano (MI)", ["Via dei Tigli 12", "", "Milano", "MI", "20121"]);
        check_in("Italy", "Corso Verdi, 4/B - 10121 Torino TO", ["Corso Verdi, 4/B", "", "Torino", "TO", "10121"]);
        check_in(
            "Netherlands",
            "Lindenstraat 12-2, 2511ZZ Den Haag",
            ["Lindenstraat 12-2", "", "Den Haag", "", "2511 ZZ"],
        );
        check_in("Austria", "Lindengasse 12/4, 1070 Wien", ["Lindengasse 12/4", "", "Wien", "", "1070"]);
        check_in("Austria", "Dorfstraße 3, A-6999 Kleindorf", ["Dorfstraße 3", "", "Kleindorf", "", "6999"]);
        check_in("Switzerland", "Lindenweg 4, 9000 St. Gallen", ["Lindenweg 4", "", "St. Gallen", "", "9000"]);
        check_in(
            "Switzerland",
            "Chemin des Lilas 7, 1999 Petitville, Suisse",
            ["Chemin des Lilas 7", "", "Petitville", "", "1999"],
        );
        check_in(
            "Germany",
            "Lange Reihe 12a\n60311 Frankfurt am Main\nViele Grüße",
            ["Lange Reihe 12a", "", "Frankfurt am Main", "", "60311"],
        );
    }

    #[test]
    fn what_could_be_in_several_countries_or_is_in_another_is_not_guessed() {
        for text in [
            "Dorfstraße 3, 3999 Kleindorf",
            "Calle Sol 5, 06600 Ciudad Nueva, México",
            "Calle Sol 5, 06600 Ciudad de México",
            "12 rue de la Paix, 1000 Bruxelles",
            "Hauptweg 5, 12345 Nystad, Finland",
            "2 chairs for a friend, Oxford OX4 7ZZ",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn half_an_address_is_none() {
        for text in ["Denver, CO 80279", "986 Sunset Drive", "order 2 chairs in 80279"] {
            assert_eq!(address(text).map(|a| a.address1), None, "{text}");
        }
    }
}
