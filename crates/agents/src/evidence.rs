//! What stands behind what an agent made of a message: which rule's threshold counted, what else was likely, which guidelines held,
//! which articles were looked at, and from which words fields were read. Bounded, and sealed as the message is.

use crate::agent::Guideline;
use crate::entities::{Choice, amounts, dates};
use crate::fields::{Reading, key_of, reads_days_first, side_of};
use crate::roster::{FieldSpec, Kind};
use crate::text::{fold, head};
use baton_base::{Citation, Currency, MessageId};
use baton_knowledge::Looked;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Other needs that are kept.
const OTHERS_MAX: usize = 4;
/// Guidelines that are kept.
const GUIDELINES_MAX: usize = 20;
/// Fields that are kept.
const FIELDS_MAX: usize = 40;
/// Longest words that are kept of a field, bytes.
const SAID_BYTES_MAX: usize = 160;
/// As much of a text is looked through for a value, bytes.
const SEARCHED_BYTES_MAX: usize = 4 * 1024;
/// Words over which one value may be spread.
const SPREAD_MAX: usize = 12;

/// What is kept of a message beside what it was taken for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Whose threshold the need had to reach; none where no need was looked for.
    pub threshold_of: Option<ThresholdOf>,
    /// The next likeliest labels, likeliest first.
    pub others: Vec<Other>,
    /// The articles, where one was looked for.
    pub articles: Option<Articles>,
    /// Fields that were read from the message, in the order in which they were.
    pub fields: Vec<FieldRead>,
}

/// Where a threshold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdOf {
    /// In the agent's `escalation`, for this intent.
    Escalation,
    /// In the intent's own file.
    Intent,
    /// In the agent's `thresholds`, for all intents.
    Agent,
}

/// A label that the message could also have been taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// The label.
    pub intent: String,
    /// Its probability, 0 to 1.
    pub confidence: f32,
}

/// Articles that were looked at for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Articles {
    /// Share of the question that a section had to speak of, 0 to 1.
    pub least: f64,
    /// The best sections, best first; none where no section has a word of the question.
    pub sections: Vec<SectionSeen>,
}

/// One section, and why it was or was not used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionSeen {
    /// The section.
    pub source: Citation,
    /// How well its words fit; comparable within one search only.
    pub score: f64,
    /// Share of the question that it speaks of, 0 to 1.
    pub coverage: f64,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is the answer.
    Used,
    /// It speaks of too little of the question.
    TooLittle,
    /// Another one fits better.
    NotBest,
    /// It would be the answer, and a policy fact in it has no value today.
    NoFact,
}

/// A field that was read from a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRead {
    /// The field.
    pub name: String,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// Who found it.
    pub by: Finder,
    /// The words that it was read from, as far as they can be told.
    pub said: Option<String>,
}

/// Who found a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finder {
    /// The readers of this program.
    Local,
    /// A language model; the words stand in the message all the same.
    Model,
}

/// A guideline that held of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidelineHeld {
    /// Its name.
    pub name: String,
    /// Its priority.
    pub priority: i32,
    /// Whether it passes the case to a person.
    pub person: bool,
    /// It names needs, and was looked at once the need was known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_need: bool,
    /// It is the one that was followed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub followed: bool,
}

/// What is written down of a message.
#[derive(Debug)]
pub(crate) struct Noted {
    pub id: String,
    pub message: Option<MessageId>,
    pub goal: &'static str,
    pub intent: Option<String>,
    pub confidence: Option<f32>,
    pub threshold: f32,
    pub signals: Vec<&'static str>,
    pub turns: u32,
    pub asked: u32,
    pub trigger: Option<String>,
    /// Failed calls that the process reports.
    pub failures: u32,
}

/// What a step gathers about the message that it hears: written as it ends, in one statement.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// None where no message is heard.
    pub noted: Option<Noted>,
    pub evidence: Evidence,
    /// Those that held, where any were looked at.
    pub guidelines: Option<Vec<GuidelineHeld>>,
}

impl Trace {
    /// Keeps the labels beside the one that counts.
    pub(crate) fn others(&mut self, best: &str, ranked: &[(String, f32)]) {
        let beside = ranked.iter().filter(|(intent, _)| intent != best).take(OTHERS_MAX);
        let kept = beside.map(|(intent, confidence)| Other { intent: intent.clone(), confidence: *confidence });
        self.evidence.others = kept.collect();
    }

    /// Keeps what was looked at for an answer; `lacks` where what would answer lacks a policy fact.
    pub(crate) fn looked(&mut self, looked: &Looked, least: f64, lacks: bool) {
        let answers = looked.answer.as_ref().map(|(at, _)| *at);
        let sections = looked.considered.iter().enumerate().map(|(at, one)| {
            let verdict = match (answers == Some(at), lacks) {
                (true, true) => Verdict::NoFact,
                (true, false) => Verdict::Used,
                (false, _) if one.coverage < least => Verdict::TooLittle,
                (false, _) => Verdict::NotBest,
            };
            SectionSeen { source: one.source.clone(), score: one.score, coverage: one.coverage, verdict }
        });
        self.evidence.articles = Some(Articles { least, sections: sections.collect() });
    }

    /// Keeps the guidelines that held; `followed` names the one that is followed.
    pub(crate) fn held(&mut self, held: &[&Guideline], followed: Option<&str>, of_need: bool) {
        let kept = self.guidelines.get_or_insert_default();
        let room = GUIDELINES_MAX.saturating_sub(kept.len());
        kept.extend(held.iter().take(room).map(|one| GuidelineHeld {
            name: one.name.clone(),
            priority: one.priority,
            person: one.then.person.is_some(),
            of_need,
            followed: followed == Some(one.name.as_str()),
        }));
    }

    /// Keeps from which words of a text a field was read, and how surely; nothing where it was not.
    pub(crate) fn read(
        &mut self,
        (name, spec): (&str, &FieldSpec),
        (values, confidence, by): (&Map<String, Value>, f64, Finder),
        text: &str,
        how: &Reading<'_>,
    ) {
        if values.contains_key(&key_of(name, spec.kind)) {
            let said = said(name, spec, values, text, how);
            self.field(FieldRead { name: name.to_owned(), confidence, by, said });
        }
    }

    fn field(&mut self, read: FieldRead) {
        self.evidence.fields.retain(|known| known.name != read.name);
        if self.evidence.fields.len() < FIELDS_MAX {
            self.evidence.fields.push(read);
        }
    }
}

/// The words of a text from which the values of a field were read, as far as they can be told.
pub(crate) fn said(
    name: &str,
    spec: &FieldSpec,
    values: &Map<String, Value>,
    text: &str,
    how: &Reading<'_>,
) -> Option<String> {
    let (value, text) = (values.get(&key_of(name, spec.kind))?, head(text, SEARCHED_BYTES_MAX));
    let found = match spec.kind {
        Kind::Date => day_said(value.as_str()?, spec, text, how),
        Kind::Money => amount_said(value.as_i64()?, text),
        Kind::Choice | Kind::Choices => choice_said(value, &spec.choices, text, how.language),
        // The whole message is the answer.
        Kind::Text | Kind::YesNo | Kind::Mention => None,
        _ => standing_in_all(value, text),
    };
    found.map(|words| head(&words, SAID_BYTES_MAX).to_owned())
}

fn day_said(day: &str, spec: &FieldSpec, text: &str, how: &Reading<'_>) -> Option<String> {
    let found = dates(text, how.now_ms, reads_days_first(spec, how), side_of(spec));
    let one = found.into_iter().find(|one| one.day.is_some_and(|found| found.to_string() == day))?;
    // It was found in the folded text.
    standing_in(&one.text, text).or(Some(one.text))
}

fn amount_said(minor: i64, text: &str) -> Option<String> {
    // The currency decides nothing here but how many digits are its parts.
    let found = amounts(text, Currency::EUR, true);
    found.into_iter().find(|one| one.money.minor == minor).map(|one| one.text)
}

fn choice_said(value: &Value, choices: &[Choice], text: &str, language: &str) -> Option<String> {
    let ids: Vec<&str> = match value {
        Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let words = ids.iter().filter_map(|id| {
        let choice = choices.iter().find(|choice| choice.id == *id)?;
        standing_in(&choice.id, text).or_else(|| standing_in(choice.label_in(language), text))
    });
    joined(words)
}

fn standing_in_all(value: &Value, text: &str) -> Option<String> {
    match value {
        Value::Object(parts) => {
            joined(parts.values().filter_map(Value::as_str).filter_map(|part| standing_in(part, text)))
        }
        Value::String(one) => standing_in(one, text),
        Value::Number(number) => standing_in(&number.to_string(), text),
        _ => None,
    }
}

fn joined(words: impl Iterator<Item = String>) -> Option<String> {
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(" … "))
}

/// The words of a text that are a value's letters and digits, whatever stands between them.
fn standing_in(value: &str, text: &str) -> Option<String> {
    let wanted = plain(value);
    if wanted.is_empty() {
        return None;
    }
    let words: Vec<(&str, String)> = text.split_whitespace().map(|word| (word, plain(word))).collect();
    let from = |start: usize| {
        let mut read = String::new();
        for (at, (_, word)) in words.iter().enumerate().skip(start).take(SPREAD_MAX) {
            read.push_str(word);
            if read == wanted {
                let whole: Vec<&str> = words[start..=at].iter().map(|(word, _)| *word).collect();
                return Some(whole.join(" ").trim_matches(|c: char| ".,;:!?()".contains(c)).to_owned());
            }
            if !wanted.starts_with(&read) {
                return None;
            }
        }
        None
    };
    (0..words.len()).filter(|start| !words[*start].1.is_empty()).find_map(from)
}

fn plain(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::read;
    use serde_json::json;

    /// Wednesday, 15 April 2026, noon.
    const NOW_MS: i64 = 1_776_254_400_000;

    fn check(spec: Value, text: &str, expect: Option<&str>) {
        let spec: FieldSpec = serde_json::from_value(spec).unwrap();
        let answering = spec.kind == Kind::YesNo;
        let how = Reading { answering, now_ms: NOW_MS, language: "en", known: &Map::new() };
        let found = read("it", &spec, text, &how);
        assert!(!found.values.is_empty(), "{text}");
        assert_eq!(said("it", &spec, &found.values, text, &how).as_deref(), expect, "{text}");
    }

    #[test]
    fn a_value_is_traced_to_the_words_that_it_was_read_from() {
        check(json!({"kind": "pattern", "pattern": "#W[0-9]{7}"}), "cancel order w1234567, thanks", Some("w1234567"));
        let policy = json!({"kind": "policy_number", "pattern": "HM-[0-9]{3}-[0-9]{6}"});
        check(policy, "my policy hm 204 118833.", Some("hm 204 118833"));
        check(json!({"kind": "yes_no"}), "yes", None);
        check(json!({"kind": "email"}), "write to Ada.Lovelace@Example.COM.", Some("Ada.Lovelace@Example.COM"));
        check(json!({"kind": "date", "past": true}), "it broke yesterday evening", Some("yesterday"));
        check(json!({"kind": "money"}), "the repair is $1,234.56.", Some("$1,234.56"));
        check(json!({"kind": "full_name"}), "My name is Yusuf Rossi and I wait", Some("Yusuf … Rossi"));
        let choices = json!([{"id": "paypal_1", "label": "PayPal"}, {"id": "card_2", "label": "Visa card"}]);
        check(json!({"kind": "choice", "choices": choices}), "to my Visa card please", Some("Visa card"));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut trace = Trace::default();
        for number in 0..100 {
            let name = format!("f{}", number % 60);
            trace.field(FieldRead { name, confidence: 0.9, by: Finder::Local, said: None });
        }
        assert_eq!(trace.evidence.fields.len(), FIELDS_MAX);
        let ranked: Vec<(String, f32)> = (0..9_u8).map(|n| (format!("n{n}"), 0.1)).collect();
        trace.others("n1", &ranked);
        let others: Vec<&str> = trace.evidence.others.iter().map(|one| one.intent.as_str()).collect();
        assert_eq!(others, ["n0", "n2", "n3", "n4"]);
    }
}
