//! The agents and intents of a release: definitions from files, checked at load, with the recogniser trained.

use crate::agent::Around;
pub use crate::agent::{AgentSpec, Thresholds, ToolSpec, Wants};
use crate::entities::{Check, Choice, check_pattern};
use crate::evidence::ThresholdOf;
use baton_base::{Bundle, Currency, Finding};
use baton_recognise::{Encoder, OUT_OF_SCOPE, Recogniser};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most examples one intent may have; training time grows with them.
const EXAMPLES_MAX: usize = 2_000;
/// Fewest examples an intent that is recognised needs.
const EXAMPLES_MIN: usize = 5;

/// One intent of the client's taxonomy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentSpec {
    /// Id; the file's name.
    pub id: String,
    /// What people read.
    pub title: String,
    /// `low`, `medium` or `high`.
    pub risk: Risk,
    /// Role or team that answers for it.
    pub owner: String,
    /// The process that serves it.
    #[serde(default)]
    pub process: Option<String>,
    /// Own threshold.
    #[serde(default)]
    pub threshold: Option<f32>,
    /// Example messages by language.
    pub examples: BTreeMap<String, Vec<String>>,
    /// Fields to understand and to collect.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldSpec>,
    /// What a handoff must carry.
    #[serde(default)]
    pub handoff: Vec<HandoffField>,
}

/// Risk class of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little harm if wrong.
    Low,
    /// Money or orders, within limits.
    Medium,
    /// Much money, rights or health.
    High,
}

/// A field that a handoff packet must carry. The rest of what an intent says of it belongs to the desk, which checks it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandoffField {
    /// Field name.
    pub name: String,
    /// Weight in the packet's completeness, 1 to 3.
    pub weight: u32,
}

/// One field: how it is found in text, and how it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// What kind of value it is.
    pub kind: Kind,
    /// Template that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// Pattern of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Check digits of numbers; without, none are looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Text of the present thing: what the customer does not mention stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// Not asked for.
    #[serde(default)]
    pub optional: bool,
    /// A list with one choice is not asked.
    #[serde(default)]
    pub single: bool,
    /// Currency where none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Dates must not lie in the future.
    #[serde(default)]
    pub past: bool,
    /// Dates must not lie in the past; one without its year is the next such day.
    #[serde(default)]
    pub future: bool,
    /// Numeric dates written with slashes have the day first; by default only in German.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_first: Option<bool>,
    /// Words and phrases whose mention makes a `mention` field true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// More variables for the asking template.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// Kinds of field values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number of a stated form; of several the first is taken.
    Pattern,
    /// A number of a stated form of which there can be only one.
    PolicyNumber,
    /// An e-mail address.
    Email,
    /// A telephone number, as digits, with a `+` where the country is written.
    Phone,
    /// An IBAN whose check digits fit, in capitals without spaces.
    Iban,
    /// A five-digit zip code.
    Zip,
    /// A name as one text.
    Name,
    /// First and last name.
    FullName,
    /// E-mail, or name and zip code.
    Identity,
    /// An amount.
    Money,
    /// A day.
    Date,
    /// A complete postal address.
    Address,
    /// One of the choices.
    Choice,
    /// Any of the choices.
    Choices,
    /// Yes or no.
    YesNo,
    /// A whole number.
    Number,
    /// True where one of the field's words is mentioned; never asked for.
    Mention,
    /// Any text.
    Text,
}

/// The agents and intents of one release.
pub struct Roster {
    /// Agents by name.
    pub agents: BTreeMap<String, AgentSpec>,
    /// Intents by id.
    pub intents: BTreeMap<String, IntentSpec>,
    /// Trained from the intents' examples.
    pub recogniser: Recogniser,
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roster").field("agents", &self.agents.keys()).field("intents", &self.intents.keys()).finish()
    }
}

impl Roster {
    /// Reads `agents/*.yaml` and `intents/*.yaml`, checks them, and trains the recogniser.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        Self::load_with(bundle, None)
    }

    /// The same with an encoder's help.
    pub fn load_with(bundle: &Bundle, encoder: Option<&Arc<Encoder>>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut agents = BTreeMap::new();
        for (path, stem, text) in bundle.in_folder("agents", "yaml") {
            match Bundle::yaml::<AgentSpec>(path, text) {
                Ok(agent) => {
                    agent.check(path, stem, &mut findings);
                    agents.insert(stem.to_owned(), agent);
                }
                Err(finding) => findings.push(finding),
            }
        }
        let templates = template_keys(bundle);
        let mut intents = BTreeMap::new();
        for (path, stem, text) in bundle.in_folder("intents", "yaml") {
            match Bundle::yaml::<IntentSpec>(path, text) {
                Ok(intent) => {
                    check_intent(path, stem, &intent, templates.as_ref(), &mut findings);
                    intents.insert(intent.id.clone(), intent);
                }
                Err(finding) => findings.push(finding),
            }
        }
        let known = |intent: &str| intents.contains_key(intent);
        let named = |agent: &str| agents.contains_key(agent);
        let around = Around { intent: &known, agent: &named, templates: templates.as_ref() };
        for (name, agent) in &agents {
            agent.check_around(&format!("agents/{name}.yaml"), &around, &mut findings);
            findings.extend(crate::lint::forbidden_templates(bundle, agent));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let recogniser = Recogniser::train_with(&examples(&intents), encoder).map_err(|error| {
            let remedy = "correct what it says, or serve without --encoder";
            vec![Finding::error("intents", "encoder", error.to_string(), remedy)]
        })?;
        Ok(Self { agents, intents, recogniser })
    }

    /// What is wrong with the actions that agents' models may call, given what each action wants; `None` where there is no such
    /// action.
    pub fn check_tools(&self, known: &dyn Fn(&str) -> Option<Wants>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, agent) in &self.agents {
            agent.check_tools(&format!("agents/{name}.yaml"), known, &mut findings);
        }
        findings
    }

    /// From which probability an intent counts for an agent.
    pub fn threshold(&self, agent: &AgentSpec, intent: &str) -> f32 {
        self.threshold_of(agent, intent).0
    }

    /// The same, and where it stands.
    pub fn threshold_of(&self, agent: &AgentSpec, intent: &str) -> (f32, ThresholdOf) {
        let own = agent.escalation.intents.get(intent).and_then(|over| over.threshold);
        let of_intent = || self.intents.get(intent).and_then(|i| i.threshold);
        own.map(|own| (own, ThresholdOf::Escalation))
            .or_else(|| of_intent().map(|least| (least, ThresholdOf::Intent)))
            .unwrap_or((agent.thresholds.intent, ThresholdOf::Agent))
    }
}

fn examples(intents: &BTreeMap<String, IntentSpec>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for intent in intents.values() {
        for text in intent.examples.values().flatten() {
            all.push((text.clone(), intent.id.clone()));
        }
    }
    all
}

fn check_intent(
    path: &str,
    stem: &str,
    intent: &IntentSpec,
    templates: Option<&BTreeSet<String>>,
    findings: &mut Vec<Finding>,
) {
    let mut refuse =
        |rule: &str, message: String, remedy: &str| findings.push(Finding::error(path, rule, message, remedy));
    if intent.id != stem && !(stem == "oos" && intent.id == OUT_OF_SCOPE) {
        refuse("intent-id", format!("the intent's id is '{}', its file '{stem}'", intent.id), "make both the same");
    }
    if intent.threshold.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
        refuse("threshold", "the threshold is not a probability".into(), "give a number from 0 to 1");
    }
    let count: usize = intent.examples.values().map(Vec::len).sum();
    if !(EXAMPLES_MIN..=EXAMPLES_MAX).contains(&count) {
        let remedy = "give between 5 and 2000 examples, 20 or more per language";
        refuse("examples", format!("the intent has {count} examples"), remedy);
    }
    for (name, field) in &intent.fields {
        if let Some(Err(why)) = field.pattern.as_deref().map(check_pattern) {
            refuse("pattern", format!("the pattern of '{name}' is not valid: {why}"), "correct the regular expression");
        }
        let needs_pattern = matches!(field.kind, Kind::Pattern | Kind::PolicyNumber);
        if needs_pattern && field.pattern.is_none() {
            refuse("pattern", format!("the field '{name}' has no pattern"), "give the form of the number");
        }
        if field.check.is_some() && !needs_pattern {
            refuse(
                "check",
                format!("'{name}' has check digits and no pattern"),
                "give kind: pattern, or leave out check",
            );
        }
        if field.past && field.future {
            refuse("date-side", format!("'{name}' must lie in the past and in the future"), "leave one of both out");
        }
        let ask = field.ask.as_ref().filter(|ask| templates.is_some_and(|t| !t.contains(*ask)));
        if let Some(ask) = ask {
            refuse(
                "ask-template",
                format!("'{name}' asks by template '{ask}', which no locale has"),
                "add the template",
            );
        }
    }
}

/// Keys of all templates; `None` if a file cannot be read (its own room reports that) or there is none.
fn template_keys(bundle: &Bundle) -> Option<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    for (path, _, text) in bundle.in_folder("templates", "yaml") {
        keys.extend(Bundle::yaml::<BTreeMap<String, String>>(path, text).ok()?.into_keys());
    }
    (!keys.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "name: helper\ntitle: Helper\nrole: Helps.\n";
    const INTENT: &str = "id: track\ntitle: Track\nrisk: low\nowner: support\nexamples:\n  en: [where is it, track it, where is my order, has it shipped, is it sent]\nfields:\n  order: {kind: pattern, pattern: '#W[0-9]{7}'}\n";

    fn load(files: &[(&str, &str)]) -> Result<Roster, Vec<Finding>> {
        let mut bundle = Bundle::default();
        for (path, text) in files {
            bundle.files.insert((*path).to_owned(), (*text).to_owned());
        }
        Roster::load(&bundle)
    }

    #[test]
    fn loads_agents_and_intents() {
        let roster = load(&[("agents/helper.yaml", AGENT), ("intents/track.yaml", INTENT)]).unwrap();
        assert_eq!(roster.agents["helper"].turn_budget, 24);
        assert_eq!(roster.recogniser.best("where is my parcel").unwrap().0, "track");
    }

    #[test]
    fn a_turns_money_goes_with_a_price_of_its_currency_or_with_the_installations_model() {
        let model =
            "model: { provider: openai, model: small, price: { input: \"0.25\", output: \"2\", currency: USD } }\n";
        for text in [format!("{AGENT}turn_money: 0.05 USD\n"), format!("{AGENT}turn_money: 0.05 USD\n{model}")] {
            let roster = load(&[("agents/helper.yaml", &text)]).unwrap();
            assert_eq!(roster.agents["helper"].turn_money.unwrap().0.to_string(), "0.05 USD");
        }
    }

    #[test]
    fn broken_definitions_are_refused_with_file_and_remedy() {
        let check = |path: &str, text: &str, rule: &str| {
            let findings = load(&[("agents/helper.yaml", AGENT), (path, text)]).unwrap_err();
            assert_eq!((findings[0].file.as_str(), findings[0].rule.as_str()), (path, rule), "{findings:?}");
            assert!(!findings[0].remedy.is_empty());
        };
        check("agents/other.yaml", AGENT, "agent-name");
        check(
            "agents/helper.yaml",
            &format!("{AGENT}escalation: {{ intents: {{ trak: {{}} }} }}\n"),
            "escalation-intent",
        );
        check("agents/x.yaml", "name: x\ntitle: X\nrole: y\nmood: good\n", "yaml");
        check("intents/track.yaml", &format!("{INTENT}  code: {{kind: text, check: luhn}}\n"), "check");
        check("intents/track.yaml", &format!("{INTENT}  day: {{kind: date, past: true, future: true}}\n"), "date-side");
        let guided = |text: &str| format!("{AGENT}guidelines:\n  - {{ name: g, {text} }}\n");
        for (text, rule) in [
            ("when: {}, then: { person: why }", "guideline-when"),
            ("when: { words: [gift] }, then: {}", "guideline-then"),
            ("when: { signals: [sad] }, then: { person: why }", "guideline-signal"),
            ("when: { intents: [trak] }, then: { person: why }", "guideline-intent"),
            ("when: { channels: [mail] }, then: { person: why }", "guideline-channel"),
            ("when: { words: ['?!'] }, then: { person: why }", "guideline-words"),
            (
                "when: { words: [gift] }, then: { person: why } }\n  - { name: h, when: { signals: [angry] }, then: { person: other }",
                "guideline-contradicts",
            ),
        ] {
            check("agents/helper.yaml", &guided(text), rule);
        }
        let many = ["gift"; 201].join(", ");
        let many = format!("when: {{ words: [{many}] }}, then: {{ person: why }}");
        check("agents/helper.yaml", &guided(&many), "guideline-words");
        check("agents/helper.yaml", &format!("{AGENT}never: ['?!']\n"), "never");
        check("agents/helper.yaml", &format!("{AGENT}turn_tokens: 10\n"), "turn-tokens");
        check("agents/helper.yaml", &format!("{AGENT}model_seconds: 0\n"), "model-seconds");
        check("agents/helper.yaml", &format!("{AGENT}shadow: {{ model: true, a_day: 0 }}\n"), "shadow");
        check("agents/helper.yaml", &format!("{AGENT}answers: {{ models: true }}\n"), "yaml");
        for wrong in ["[helper]", "[nobody]"] {
            check("agents/helper.yaml", &format!("{AGENT}delegates_to: {wrong}\n"), "delegates-to");
        }
        check("agents/helper.yaml", &format!("{AGENT}takes: [trak]\n"), "takes");
        let model = "model: { provider: openai, model: small }\n";
        let priced =
            "model: { provider: openai, model: small, price: { input: \"1\", output: \"4\", currency: EUR } }\n";
        check("agents/helper.yaml", &format!("{AGENT}turn_money: 0.05 USD\n{model}"), "turn-money");
        check("agents/helper.yaml", &format!("{AGENT}turn_money: 0.05 USD\n{priced}"), "turn-money");
        check("agents/helper.yaml", &format!("{AGENT}turn_money: five cents\n"), "yaml");
        check("agents/helper.yaml", &format!("{AGENT}{}", priced.replace("\"4\"", "4.5")), "yaml");
        check("intents/track.yaml", &INTENT.replace("#W[0-9]{7}", "["), "pattern");
        check("intents/track.yaml", &INTENT.replace("risk: low", "risk: none"), "yaml");
        check("intents/tracks.yaml", INTENT, "intent-id");
        check("intents/track.yaml", "id: track\ntitle: T\nrisk: low\nowner: o\nexamples: {en: [a]}\n", "examples");
    }
}
