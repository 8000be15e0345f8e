//! Fields out of text: one reader per kind of value, and what is wrong where a value cannot be taken.

use crate::entities::{
    self, Address, Choice, Day, FoundDate, FoundMoney, Iban, Pick, Side, address, amounts, bare_name, choose_many,
    choose_one, dates, full_name, iban, named_outright, numbered, phones, yes_no,
};
use crate::roster::{FieldSpec, Kind};
use crate::text::{alike, fold, pattern, words};
use baton_base::Currency;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Longest free text kept as a field, characters.
const TEXT_CHARS_MAX: usize = 2_000;

/// Why a value that was given cannot be taken. Each has a template `problem_<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A date that does not exist.
    DateImpossible,
    /// A date that lies in the future.
    DateFuture,
    /// A date that is over.
    DatePast,
    /// Several dates; which is meant is not said.
    DateSeveral,
    /// An amount below zero.
    AmountNegative,
    /// An amount beyond anything that is dealt with here.
    AmountTooLarge,
    /// Several amounts; which is meant is not said.
    AmountSeveral,
    /// Several of the choices fit: their labels.
    ChoiceSeveral(Vec<String>),
    /// Several different numbers.
    NumberSeveral,
    /// A number whose check digits do not fit: there is a slip in it.
    NumberWrong,
}

impl Problem {
    /// Name, as in templates and in what `extract` reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DateImpossible => "date_impossible",
            Self::DateFuture => "date_future",
            Self::DatePast => "date_past",
            Self::DateSeveral => "date_several",
            Self::AmountNegative => "amount_negative",
            Self::AmountTooLarge => "amount_too_large",
            Self::AmountSeveral => "amount_several",
            Self::ChoiceSeveral(_) => "choice_several",
            Self::NumberSeveral => "number_several",
            Self::NumberWrong => "number_wrong",
        }
    }
}

/// How to read: whether the text answers a question for this very field, and the circumstances.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// The field was just asked for.
    pub answering: bool,
    /// Now, milliseconds since the epoch.
    pub now_ms: i64,
    /// Language of the conversation.
    pub language: &'a str,
    /// What is known already (a name given before completes an identity).
    pub known: &'a Map<String, Value>,
}

/// What was read for one field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Values by key; most fields have one key, their name.
    pub values: Map<String, Value>,
    /// How sure, 0 to 1; 0 if nothing was found.
    pub confidence: f64,
    /// What is wrong with what was given.
    pub problem: Option<Problem>,
}

impl Found {
    fn one(name: &str, value: impl Into<Value>, confidence: f64) -> Self {
        Self { values: Map::from_iter([(name.to_owned(), value.into())]), confidence, problem: None }
    }
    fn wrong(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::default() }
    }
    fn maybe(name: &str, value: Option<impl Into<Value>>, confidence: f64) -> Self {
        value.map_or_else(Self::default, |v| Self::one(name, v, confidence))
    }
}

/// The key under which a field's presence shows.
pub fn key_of(name: &str, kind: Kind) -> String {
    if kind == Kind::Money { format!("{name}_minor") } else { name.to_owned() }
}

/// Whether a field is known: empty text, empty lists and null are not.
pub fn is_known(fields: &Map<String, Value>, name: &str, kind: Kind) -> bool {
    match fields.get(&key_of(name, kind)) {
        None | Some(Value::Null) => false,
        Some(Value::String(s)) => !s.trim().is_empty(),
        Some(Value::Array(a)) => !a.is_empty(),
        Some(_) => true,
    }
}

/// Reads one field from a text.
pub fn read(name: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Found {
    match spec.kind {
        Kind::Pattern | Kind::PolicyNumber => number(name, spec, text, how),
        Kind::Email => Found::maybe(name, entities::email(text), 0.98),
        Kind::Phone => phone(name, text, how),
        Kind::Iban => match iban(text) {
            Some(Iban::Right(iban)) => Found::one(name, iban, 0.98),
            Some(Iban::Wrong) => Found::wrong(Problem::NumberWrong),
            None => Found::default(),
        },
        Kind::Zip => Found::maybe(name, entities::zip(text), 0.9),
        Kind::Name => Found::maybe(name, name_in(text, how).map(|(first, last)| format!("{first} {last}")), 0.9),
        Kind::FullName => {
            Found::maybe(name, name_in(text, how).map(|(f, l)| json!({"first_name": f, "last_name": l})), 0.9)
        }
        Kind::Identity => identity(name, text, how),
        Kind::Money => money(name, spec, text, how),
        Kind::Date => date(name, spec, text, how),
        Kind::Address => Found::maybe(name, address(text).map(|a: Address| json!(a)), 0.9),
        Kind::Choice => choice(name, spec, text, how),
        Kind::Choices => Found::maybe(name, choose_many(&spec.choices, text, how.answering), 0.9),
        Kind::YesNo if how.answering => Found::maybe(name, yes_no(text), 0.95),
        Kind::Number if how.answering => Found::maybe(name, whole_number(text), 0.9),
        Kind::Text if how.answering => free_text(name, text),
        Kind::Mention => Found::maybe(name, mentioned(&spec.words, text).then_some(true), 0.9),
        Kind::YesNo | Kind::Number | Kind::Text => Found::default(),
    }
}

fn number(name: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Found {
    let source = spec.pattern.as_deref().unwrap_or_default();
    let mut found = numbered(source, text);
    if found.is_empty() && how.answering {
        // "1234567" where "#W1234567" was asked for.
        let prefix: String =
            source.trim_start_matches(['^', '#']).chars().take_while(char::is_ascii_alphabetic).collect();
        let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|d| !d.is_empty());
        found = digits.flat_map(|d| numbered(source, &format!("{prefix}{d}"))).collect();
    }
    let given = !found.is_empty();
    found.retain(|number| spec.check.is_none_or(|check| check.passes(number)));
    match (found.len(), spec.kind) {
        (0, _) if given => Found::wrong(Problem::NumberWrong),
        (0, _) => Found::default(),
        (1, _) => Found::one(name, found.remove(0), 0.98),
        (_, Kind::PolicyNumber) => Found::wrong(Problem::NumberSeveral),
        _ => {
            let mut several = Found::one(name, found[0].clone(), 0.8);
            several.values.insert(format!("{name}_all"), json!(found));
            several
        }
    }
}

fn phone(name: &str, text: &str, how: &Reading<'_>) -> Found {
    let mut found = phones(text, how.answering);
    match found.len() {
        0 => Found::default(),
        1 => Found::one(name, found.remove(0), 0.9),
        _ => Found::wrong(Problem::NumberSeveral),
    }
}

fn name_in(text: &str, how: &Reading<'_>) -> Option<(String, String)> {
    if how.answering { bare_name(text) } else { full_name(text) }
}

fn identity(name: &str, text: &str, how: &Reading<'_>) -> Found {
    if let Some(email) = entities::email(text) {
        return Found::one(name, json!({ "email": email }), 0.98);
    }
    let known = |key: &str| how.known.get(key).and_then(Value::as_str).map(str::to_owned);
    let said = name_in(text, how);
    let zip = entities::zip(text).or_else(|| known("zip"));
    let first = said.as_ref().map(|(first, _)| first.clone()).or_else(|| known("first_name"));
    let last = said.map(|(_, last)| last).or_else(|| known("last_name"));
    if let (Some(first), Some(last), Some(zip)) = (&first, &last, &zip) {
        return Found::one(name, json!({"first_name": first, "last_name": last, "zip": zip}), 0.9);
    }
    // Half an identity is kept for the next message, without counting as found.
    let mut half = Found::default();
    for (key, value) in [("first_name", first), ("last_name", last), ("zip", zip)] {
        if let Some(value) = value {
            half.values.insert(key.to_owned(), value.into());
        }
    }
    half
}

fn money(name: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Found {
    let fallback = spec.currency.unwrap_or(if how.language == "de" { Currency::EUR } else { Currency::USD });
    let mut found = amounts(text, fallback, how.answering || labelled(text));
    // A number without a currency counts only where no amount has one, and a label says that it is one.
    let written = found.iter().any(|f| f.currency_written);
    found.retain(|f| f.currency_written || (!written && (how.answering || after_label(text, f.at))));
    let aside = |f: &FoundMoney| !how.answering && is_aside(text, f.at);
    let kept: Vec<&FoundMoney> = found.iter().filter(|f| !aside(f)).collect();
    if let Some(bad) = kept.iter().find_map(|f| f.problem) {
        return Found::wrong(if bad == "negative" { Problem::AmountNegative } else { Problem::AmountTooLarge });
    }
    let totals: Vec<&&FoundMoney> = kept.iter().filter(|f| is_total(text, f.at)).collect();
    let mut pool: Vec<(i64, Currency)> = if totals.is_empty() {
        kept.iter().map(|f| (f.money.minor, f.money.currency)).collect()
    } else {
        totals.iter().map(|f| (f.money.minor, f.money.currency)).collect()
    };
    pool.sort_unstable();
    pool.dedup();
    match pool.as_slice() {
        [] => Found::default(),
        [(minor, currency)] => {
            let confidence = if kept.len() == 1 || !totals.is_empty() { 0.95 } else { 0.85 };
            let mut one = Found::one(&key_of(name, Kind::Money), *minor, confidence);
            one.values.insert("currency".to_owned(), currency.as_str().into());
            one
        }
        _ => Found::wrong(Problem::AmountSeveral),
    }
}

/// The folded words just before a place in the text.
fn before(text: &str, at: usize, bytes: usize) -> String {
    let mut from = at.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    fold(&text[from..at])
}

const LABELS: &str = r"(?:amount|damages?|costs?|repairs?|estimate|invoice|bill|total|claimed|claim amount|betrag|schaden(?:shoehe|ssumme|hoehe)|kosten|rechnung|gesamt|summe|forderung|hoehe)";

fn labelled(text: &str) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b{LABELS}\b[^.\n]{{0,12}}[:=]")));
    RE.is_match(&fold(text))
}

fn after_label(text: &str, at: usize) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b{LABELS}\b[^.\n]{{0,12}}[:=]\s*[-]?$")));
    RE.is_match(&before(text, at, 50))
}

/// Deductibles, limits, premiums: amounts that are not the loss.
fn is_aside(text: &str, at: usize) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:deductible|excess|premium|limit|insured for|coverage of|sum insured|selbstbeteiligung|selbstbehalt|praemie|beitrag|versicherungssumme|deckungssumme|bought (?:it )?for|neuwert|purchase price)\b[^.;\n]{0,20}$",
        )
    });
    RE.is_match(&before(text, at, 45))
}

fn is_total(text: &str, at: usize) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:total(?:s|ling)?|in all|altogether|sum|gesamt\w*|insgesamt|summe|zusammen)\b[^.;\n]{0,30}$")
    });
    RE.is_match(&before(text, at, 50))
}

/// On which side of today a field's days lie.
pub(crate) fn side_of(spec: &FieldSpec) -> Side {
    match (spec.past, spec.future) {
        (true, _) => Side::Past,
        (false, true) => Side::Ahead,
        (false, false) => Side::Either,
    }
}

/// Whether days written with slashes have the day first.
pub(crate) fn reads_days_first(spec: &FieldSpec, how: &Reading<'_>) -> bool {
    spec.day_first.unwrap_or(how.language == "de")
}

fn date(name: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Found {
    let found = dates(text, how.now_ms, reads_days_first(spec, how), side_of(spec));
    let folded = fold(text);
    let aside = |f: &FoundDate| !how.answering && not_the_event(&folded, f.at);
    let kept: Vec<&FoundDate> = found.iter().filter(|f| !aside(f)).collect();
    let said: Vec<&&FoundDate> = kept.iter().filter(|f| of_the_event(&folded, f.at)).collect();
    let pool: Vec<&FoundDate> = if said.is_empty() { kept.clone() } else { said.into_iter().copied().collect() };
    if pool.iter().any(|f| f.day.is_none()) {
        return Found::wrong(Problem::DateImpossible);
    }
    let mut days: Vec<Day> = pool.iter().filter_map(|f| f.day).collect();
    days.sort_unstable();
    days.dedup();
    match days.as_slice() {
        [] => Found::default(),
        // The customer's clock may be a day ahead of ours, or behind it.
        [day] if spec.past && day.number > Day::of_ms(how.now_ms).number + 1 => Found::wrong(Problem::DateFuture),
        [day] if spec.future && day.number < Day::of_ms(how.now_ms).number - 1 => Found::wrong(Problem::DatePast),
        [day] => Found::one(name, day.to_string(), 0.95),
        _ => Found::wrong(Problem::DateSeveral),
    }
}

fn of_the_event(folded: &str, at: usize) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:date of (?:loss|the (?:loss|incident|accident|damage)|incident|accident)|loss date|happened|occurred|took place|schaden(?:s)?(?:datum|tag)|unfall(?:datum|tag)|ereignet\w*|passiert\w*|datum des (?:schadens|vorfalls))[^.;\n]{0,25}$",
        )
    });
    let from = floor_char(folded, at.saturating_sub(60));
    RE.is_match(&folded[from..at])
}

fn not_the_event(folded: &str, at: usize) -> bool {
    static RE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:born|birth|policy (?:since|from|started|began)|insured since|customer since|bought|purchased|dated|invoice of|letter of|reported|geboren|versichert seit|kunde seit|kundin seit|vertrag (?:vom|seit)|rechnung vom|schreiben vom|gekauft|gemeldet|angebot vom|kostenvoranschlag vom)[^.;\n]{0,20}$",
        )
    });
    let from = floor_char(folded, at.saturating_sub(45));
    RE.is_match(&folded[from..at])
}

fn floor_char(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn choice(name: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Found {
    let pick = match classify(&spec.choices, text) {
        Some(pick) => pick,
        // In a text that answers no question, a word of a label proves nothing: the present variant has it too.
        None if !how.answering => named_outright(&spec.choices, text),
        None => choose_one(&spec.choices, text, true, spec.near.as_deref()),
    };
    match pick {
        Pick::One(id) => Found::one(name, id, 0.9),
        Pick::Nothing => Found::default(),
        Pick::Several(ids) => {
            let label =
                |id: &String| spec.choices.iter().find(|c| c.id == *id).map(|c| c.label_in(how.language).to_owned());
            Found::wrong(Problem::ChoiceSeveral(ids.iter().filter_map(label).collect()))
        }
    }
}

/// For choices described by words with wildcards (`wasser*`, `*bruch`): the one that most of its words speak for.
/// `None` if the choices have no such words.
fn classify(choices: &[Choice], text: &str) -> Option<Pick> {
    if !choices.iter().any(|c| c.words.iter().any(|w| w.contains('*'))) {
        return None;
    }
    let folded = fold(text);
    let said: Vec<&str> = words(&folded).collect();
    let padded = format!(" {} ", said.join(" "));
    let exact = |c: &Choice| c.words.iter().filter(|w| speaks(w, &said, &padded)).count();
    let typos = |c: &Choice| c.words.iter().filter(|w| nearly_speaks(w, &said)).count();
    // Typos count only in a text that names nothing outright: "stone" is no misspelt "stole".
    let named = choices.iter().any(|c| exact(c) > 0);
    let score = |c: &Choice| if named { exact(c) } else { typos(c) };
    let best = choices.iter().map(score).max().unwrap_or(0);
    if best == 0 {
        return Some(Pick::Nothing);
    }
    let mut ids: Vec<String> = choices.iter().filter(|c| score(c) == best).map(|c| c.id.clone()).collect();
    Some(if ids.len() == 1 { Pick::One(ids.remove(0)) } else { Pick::Several(ids) })
}

fn mentioned(phrases: &[String], text: &str) -> bool {
    let folded = fold(text);
    let said: Vec<&str> = words(&folded).collect();
    let padded = format!(" {} ", said.join(" "));
    phrases.iter().any(|w| speaks(w, &said, &padded))
}

fn speaks(word: &str, said: &[&str], padded: &str) -> bool {
    let folded = fold(word);
    match (folded.strip_prefix('*'), folded.strip_suffix('*')) {
        (Some(_), Some(_)) => said.iter().any(|s| s.contains(folded.trim_matches('*'))),
        (Some(end), None) => said.iter().any(|s| s.ends_with(end)),
        (None, Some(start)) => said.iter().any(|s| s.starts_with(start)),
        (None, None) => padded.contains(&format!(" {folded} ")),
    }
}

/// One slip in a word of five letters or more, at its start where the pattern goes on.
fn nearly_speaks(word: &str, said: &[&str]) -> bool {
    const LETTERS_MIN: usize = 5;
    // A shorter beginning is shared by too many words: "branch" is no "brand".
    const PREFIX_LETTERS_MIN: usize = 7;
    let folded = fold(word);
    let stem = folded.trim_end_matches('*');
    let letters = stem.chars().count();
    if letters < LETTERS_MIN || stem.contains([' ', '*']) {
        return false;
    }
    said.iter().any(|s| {
        let start: String = s.chars().take(letters).collect();
        alike(s, stem) || (stem.len() < folded.len() && letters >= PREFIX_LETTERS_MIN && alike(&start, stem))
    })
}

fn whole_number(text: &str) -> Option<i64> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|d| !d.is_empty());
    let first = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some(first)
}

fn free_text(name: &str, text: &str) -> Found {
    let clean: String = text.trim().chars().take(TEXT_CHARS_MAX).collect();
    Found::maybe(name, (!clean.is_empty()).then_some(clean), 0.9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 15 April 2026, noon.
    const NOW_MS: i64 = 1_776_254_400_000;

    /// The value of a field of this description, or what is wrong with what was given; none where nothing was.
    fn value(spec: Value, text: &str, answering: bool) -> Result<Value, Problem> {
        let spec: FieldSpec = serde_json::from_value(spec).unwrap();
        let how = Reading { answering, now_ms: NOW_MS, language: "en", known: &Map::new() };
        let found = read("field", &spec, text, &how);
        found.problem.map_or_else(|| Ok(found.values.get("field").cloned().unwrap_or_default()), Err)
    }

    #[test]
    fn a_number_with_a_slip_in_it_is_told_and_not_taken() {
        let number = json!({"kind": "pattern", "pattern": "[0-9]{11}", "check": "luhn"});
        assert_eq!(value(number.clone(), "it is 79927398713", false), Ok(json!("79927398713")));
        assert_eq!(value(number.clone(), "it is 79927398710", true), Err(Problem::NumberWrong));
        assert_eq!(value(number.clone(), "79927398710, no, 79927398713", true), Ok(json!("79927398713")));
        assert_eq!(value(number, "I have none", true), Ok(Value::Null));
        let iban = json!({"kind": "iban"});
        assert_eq!(value(iban.clone(), "DE89 3704 0044 0532 0130 00", false), Ok(json!("DE89370400440532013000")));
        assert_eq!(value(iban, "DE98 3704 0044 0532 0130 00", true), Err(Problem::NumberWrong));
    }

    #[test]
    fn a_telephone_number_is_taken_where_it_is_one() {
        let phone = || json!({"kind": "phone"});
        assert_eq!(value(phone(), "(555) 123-4567", true), Ok(json!("5551234567")));
        assert_eq!(value(phone(), "call me: +49 30 1234567", false), Ok(json!("+49301234567")));
        assert_eq!(value(phone(), "order 555 123 4567", false), Ok(Value::Null));
        assert_eq!(value(phone(), "+49 30 1234567 or +49 30 7654321", true), Err(Problem::NumberSeveral));
    }

    #[test]
    fn a_day_to_come_is_read_as_one_and_a_day_that_is_over_is_told() {
        let day = || json!({"kind": "date", "future": true});
        assert_eq!(value(day(), "on April 20", true), Ok(json!("2026-04-20")));
        assert_eq!(value(day(), "on March 20", true), Ok(json!("2027-03-20")));
        assert_eq!(value(day(), "next Friday", true), Ok(json!("2026-04-17")));
        assert_eq!(value(day(), "2026-03-20", true), Err(Problem::DatePast));
        assert_eq!(value(json!({"kind": "date", "past": true}), "2026-05-20", true), Err(Problem::DateFuture));
    }
}
