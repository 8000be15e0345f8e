//! Pure decisions: who may claim what, and how complete a handoff is.

use crate::route::skill_of;
use crate::{HandoffField, Needs};
use baton_govern::Role;
use serde::Serialize;
use serde_json::Value;

/// What a member brings along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Brings<'a> {
    pub licences: &'a [String],
    pub languages: &'a [String],
    pub skills: &'a [String],
    pub jurisdictions: &'a [String],
    pub roles: &'a [Role],
}

/// What is missing for the item, in words; empty if nothing is.
pub(crate) fn lacking(needs: &Needs, brings: &Brings<'_>) -> Vec<String> {
    let mut lacking = Vec::new();
    let all = |what: &str, wanted: &[String], has: &[String], out: &mut Vec<String>| {
        out.extend(wanted.iter().filter(|w| !has.contains(w)).map(|w| format!("the {what} '{w}'")));
    };
    all("licence", &needs.licences, brings.licences, &mut lacking);
    all("jurisdiction", &needs.jurisdictions, brings.jurisdictions, &mut lacking);
    lacking.extend(needs.skills.iter().filter(|wanted| !is_able(wanted, brings.skills)).map(|w| skill_words(w)));
    let speaks = |wanted: &String| brings.languages.iter().any(|has| same_language(has, wanted));
    if !needs.languages.is_empty() && !needs.languages.iter().any(speaks) {
        lacking.push(format!("one of the languages {}", needs.languages.join(", ")));
    }
    if !needs.roles.is_empty() && !needs.roles.iter().any(|role| brings.roles.contains(role)) {
        let roles: Vec<_> = needs.roles.iter().map(|role| role.title()).collect();
        lacking.push(format!("one of the roles {}", roles.join(", ")));
    }
    lacking
}

/// Whether a skill is there at the level wanted or above it.
fn is_able(wanted: &str, has: &[String]) -> bool {
    let (name, level) = skill_of(wanted);
    has.iter().map(|text| skill_of(text)).any(|(own, height)| own == name && height >= level)
}

fn skill_words(wanted: &str) -> String {
    match skill_of(wanted) {
        (name, 1) => format!("the skill '{name}'"),
        (name, level) => format!("the skill '{name}' at level {level}"),
    }
}

fn same_language(a: &str, b: &str) -> bool {
    language(a) == language(b)
}

/// The language of a tag: `de` of `de-AT`.
pub(crate) fn language(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or(tag).to_lowercase()
}

/// A field that the intent wants in a handoff, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequiredField {
    /// Name.
    pub name: String,
    /// 3 is critical, 1 is nice to have.
    pub weight: i64,
    /// Whether it has a value.
    pub present: bool,
    /// Whether its value has the form asked for; `None` where no form is asked for or no value is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
}

/// How complete a handoff is (methods §9).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Completeness {
    /// Every field wanted, conditional ones included where their condition holds.
    pub required: Vec<RequiredField>,
    /// Sum of the weights of fields present over the sum of all weights; 1 where nothing is wanted.
    pub completeness: f64,
    /// Share of the fields with a form whose value has it; 1 where none is checked.
    pub validity: f64,
    /// All critical fields (weight 3) are present.
    pub gate: bool,
}

impl Completeness {
    /// What is critical and not there.
    pub fn missing(&self) -> Vec<&str> {
        let missing = self.required.iter().filter(|f| !f.present && f.weight >= CRITICAL_WEIGHT);
        missing.map(|field| field.name.as_str()).collect()
    }
}

/// Weight from which a field is critical.
const CRITICAL_WEIGHT: i64 = 3;

/// Completeness of `fields` against what an intent wants: Σ weight·present / Σ weight. Empty text, empty lists and
/// null are absent.
pub fn completeness(wanted: &[HandoffField], fields: &Value) -> Completeness {
    let applies = |field: &&HandoffField| match &field.when {
        None => true,
        Some(when) => fields.get(&when.field) == Some(&when.equals),
    };
    let required: Vec<_> = wanted.iter().filter(applies).map(|field| look_at(field, fields)).collect();
    let total: i64 = required.iter().map(|f| f.weight).sum();
    let present: i64 = required.iter().filter(|f| f.present).map(|f| f.weight).sum();
    let checked: Vec<_> = required.iter().filter_map(|f| f.valid).collect();
    let valid = checked.iter().filter(|valid| **valid).count();
    Completeness {
        completeness: ratio(present, total),
        validity: ratio(i64::try_from(valid).unwrap_or(0), i64::try_from(checked.len()).unwrap_or(0)),
        gate: required.iter().all(|f| f.present || f.weight < CRITICAL_WEIGHT),
        required,
    }
}

fn look_at(field: &HandoffField, fields: &Value) -> RequiredField {
    let value = fields.get(&field.name);
    let present = value.is_some_and(|value| !is_absent(value));
    let valid = match (&field.pattern, value, present) {
        (Some(pattern), Some(value), true) => Some(pattern.matches(value)),
        _ => None,
    };
    RequiredField { name: field.name.clone(), weight: field.weight, present, valid }
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of a few small weights")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(items: &[&str]) -> Vec<String> {
        items.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn licences_and_skills_are_all_needed_and_one_language_is_enough() {
        let needs = Needs {
            licences: texts(&["adjuster-TX"]),
            languages: texts(&["de-DE", "fr"]),
            skills: texts(&["motor:3"]),
            roles: vec![Role::Supervisor],
            jurisdictions: texts(&["TX"]),
        };
        let tx = texts(&["TX", "FL"]);
        let (licences, languages, skills) =
            (texts(&["adjuster-TX"]), texts(&["de-AT", "en"]), texts(&["motor:4", "home"]));
        let roles = &[Role::Supervisor];
        let fit = Brings { licences: &licences, languages: &languages, skills: &skills, jurisdictions: &tx, roles };
        assert!(lacking(&needs, &fit).is_empty());
        let unfit = lacking(&needs, &Brings { languages: &texts(&["en"]), ..Brings::default() });
        assert_eq!(unfit.len(), 5, "{unfit:?}");
        assert!(unfit[0].contains("adjuster-TX"));
        assert!(lacking(&Needs::default(), &Brings::default()).is_empty());
    }

    #[test]
    fn nothing_wanted_is_complete() {
        let done = completeness(&[], &Value::Null);
        assert_eq!((done.completeness, done.validity, done.gate), (1.0, 1.0, true));
    }
}
