//! What a release says about people's work: its queues, and what each intent wants in a handoff.

use crate::queues::{self, Queue};
use baton_base::{Bundle, ClientId, Finding, Result, Versions};
use baton_cases::Cases;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What this room works with. Cheap to clone.
#[derive(Clone, Default)]
pub struct Desk {
    /// Queues and handoff fields of the releases.
    pub intake: Arc<Versions<Intake>>,
    /// The cases room's parts.
    pub cases: Cases,
}

impl Desk {
    /// The live queues and handoff fields of a client.
    pub fn live(&self, client: &ClientId) -> Result<Arc<Intake>> {
        self.intake.live(client).map(|(_, intake)| intake)
    }
}

/// One field that an intent wants in a handoff.
#[derive(Debug, Clone)]
pub struct HandoffField {
    /// Name of the case's field; `identity`, `summary`, `steps`, `customer` and `language` are the packet's own.
    pub name: String,
    /// 3 is critical, 1 is nice to have.
    pub weight: i64,
    /// The form its value must have.
    pub pattern: Option<Pattern>,
    /// Wanted only when another field has this value.
    pub when: Option<When>,
    /// Phrases by which people ask for it, beside its name.
    pub asked_as: Vec<String>,
}

/// When a conditional field is wanted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The other field.
    pub field: String,
    /// Its value.
    pub equals: Value,
}

/// A regular expression, compiled.
#[derive(Debug, Clone)]
pub struct Pattern(Arc<jsonschema::Validator>, Arc<str>);

impl Pattern {
    /// Compiles an ECMA 262 regular expression.
    pub fn new(text: &str) -> std::result::Result<Self, String> {
        let schema = json!({"type": "string", "pattern": text});
        jsonschema::validator_for(&schema).map(|v| Self(Arc::new(v), text.into())).map_err(|e| e.to_string())
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.1
    }

    /// Whether a value is text of this form.
    pub fn matches(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }
}

/// Queues and handoff fields of one release.
#[derive(Debug)]
pub struct Intake {
    queues: Vec<Queue>,
    handoff: BTreeMap<String, Vec<HandoffField>>,
    no_delay: Vec<String>,
}

/// `handoff.yaml`: what holds for the handoffs of all intents.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoffFile {
    no_delay: Vec<String>,
}

/// Triggers that bear no delay where a blueprint does not say: the customer has asked, is upset or at risk, or nothing can
/// be asked any more.
const NO_DELAY: [&str; 9] = [
    "customer_asks",
    "vulnerable_customer",
    "sentiment",
    "safety",
    "process_fault",
    "person_takes",
    "turn_budget",
    "stopped",
    "sla",
];

// The rest of an intent's file belongs to the agents.
#[derive(Deserialize)]
struct IntentText {
    id: Option<String>,
    #[serde(default)]
    handoff: Vec<HandoffText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoffText {
    name: String,
    weight: i64,
    pattern: Option<String>,
    when: Option<When>,
    #[serde(default)]
    asked_as: Vec<String>,
}

impl Intake {
    /// Reads `queues.yaml` and the `handoff` lists of `intents/*.yaml`. A blueprint without queues has one, `people`.
    pub fn load(bundle: &Bundle) -> std::result::Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let queues = queues::load(bundle, &mut findings);
        let mut handoff = BTreeMap::new();
        for (path, stem, text) in bundle.in_folder("intents", "yaml") {
            match Bundle::yaml::<IntentText>(path, text) {
                Ok(intent) => {
                    let fields =
                        intent.handoff.into_iter().filter_map(|f| read_field(path, f, &mut findings)).collect();
                    handoff.insert(intent.id.unwrap_or_else(|| stem.to_owned()), fields);
                }
                Err(finding) => findings.push(finding),
            }
        }
        let no_delay = read_no_delay(bundle, &mut findings);
        if findings.is_empty() { Ok(Self { queues, handoff, no_delay }) } else { Err(findings) }
    }

    /// All queues, in the order of the file.
    pub fn queues(&self) -> &[Queue] {
        &self.queues
    }

    /// The queue of this name.
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name)
    }

    /// Where items go that name no queue.
    pub fn default_queue(&self) -> &Queue {
        let marked = self.queues.iter().find(|queue| queue.default);
        marked.unwrap_or(&self.queues[0])
    }

    /// Whether a case is handed over at once for this trigger, whatever is missing.
    pub fn bears_no_delay(&self, trigger: &str) -> bool {
        self.no_delay.iter().any(|known| known == trigger)
    }

    /// JSON Schema of what an intent wants in a handoff, each field with its weight as `x-weight`; conditional ones as
    /// `if` and `then`.
    pub fn handoff_schema(&self, intent: &str) -> Option<Value> {
        let fields = self.handoff.get(intent)?;
        let (mut properties, mut required, mut conditions) = (serde_json::Map::new(), Vec::new(), Vec::new());
        for field in fields {
            let mut schema = json!({"x-weight": field.weight});
            if let Some(pattern) = &field.pattern {
                schema["type"] = json!("string");
                schema["pattern"] = json!(pattern.text());
            }
            properties.insert(field.name.clone(), schema);
            match &field.when {
                None => required.push(field.name.clone()),
                Some(when) => conditions.push(json!({
                    "if": {"properties": {&when.field: {"const": when.equals}}, "required": [when.field]},
                    "then": {"required": [field.name]},
                })),
            }
        }
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": format!("Handoff of {intent}"),
            "type": "object", "properties": properties, "required": required,
        });
        if !conditions.is_empty() {
            schema["allOf"] = json!(conditions);
        }
        Some(schema)
    }

    /// What an intent wants in a handoff; nothing for an unknown one.
    pub fn handoff(&self, intent: Option<&str>) -> &[HandoffField] {
        intent.and_then(|intent| self.handoff.get(intent)).map_or(&[], Vec::as_slice)
    }
}

fn read_no_delay(bundle: &Bundle, findings: &mut Vec<Finding>) -> Vec<String> {
    const HANDOFF: &str = "handoff.yaml";
    match bundle.file(HANDOFF).map(|text| Bundle::yaml::<HandoffFile>(HANDOFF, text)) {
        Some(Ok(file)) => file.no_delay,
        Some(Err(finding)) => {
            findings.push(finding);
            Vec::new()
        }
        None => NO_DELAY.iter().map(|trigger| (*trigger).to_owned()).collect(),
    }
}

fn read_field(path: &str, text: HandoffText, findings: &mut Vec<Finding>) -> Option<HandoffField> {
    if !(1..=10).contains(&text.weight) {
        let what = format!("handoff field '{}' has weight {}", text.name, text.weight);
        findings.push(Finding::error(
            path,
            "handoff-weight",
            what,
            "give a weight from 1 to 10 (from 3 on it is critical)",
        ));
        return None;
    }
    let pattern = match text.pattern.as_deref().map(Pattern::new).transpose() {
        Ok(pattern) => pattern,
        Err(e) => {
            let what = format!("handoff field '{}': {e}", text.name);
            findings.push(Finding::error(path, "handoff-pattern", what, "write a regular expression"));
            return None;
        }
    };
    Some(HandoffField { name: text.name, weight: text.weight, pattern, when: text.when, asked_as: text.asked_as })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> std::result::Result<Intake, Vec<Finding>> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Intake::load(&Bundle { files, ..Bundle::default() })
    }

    #[test]
    fn queues_and_handoff_fields_are_read() {
        let queues = "queues:\n  - {name: claims, title: Claims, sla: PT1H}\n  - {name: front, title: Front desk, default: true}";
        let intent =
            "id: claim_new\ntitle: New claim\nhandoff:\n  - {name: policy_number, weight: 3, pattern: '^P-[0-9]+$'}";
        let intake = load(&[("queues.yaml", queues), ("intents/claim_new.yaml", intent)]).unwrap();
        assert_eq!(intake.default_queue().name, "front");
        assert_eq!(intake.queue("claims").and_then(|q| q.sla_ms), Some(3_600_000));
        let field = &intake.handoff(Some("claim_new"))[0];
        assert!(field.pattern.as_ref().is_some_and(|p| p.matches(&json!("P-12")) && !p.matches(&json!("12"))));
        assert!(intake.handoff(Some("other")).is_empty());
        assert_eq!(load(&[]).unwrap().default_queue().name, "people");
    }

    #[test]
    fn mistakes_are_found_with_their_place() {
        for (path, text, rule) in [
            ("queues.yaml", "queues: []", "queue-default"),
            ("queues.yaml", "queues: [{name: a, title: A}, {name: b, title: B}]", "queue-default"),
            ("queues.yaml", "queues: [{name: a, title: A, default: true}, {name: a, title: B}]", "queue-name"),
            ("queues.yaml", "queues: [{name: a, title: A, sla: soon}]", "queue-sla"),
            ("queues.yaml", "queues: [{name: a, title: A, colour: red}]", "yaml"),
            ("intents/x.yaml", "handoff: [{name: a, weight: 0}]", "handoff-weight"),
            ("intents/x.yaml", "handoff: [{name: a, weight: 1, pattern: '['}]", "handoff-pattern"),
        ] {
            let findings = load(&[(path, text)]).unwrap_err();
            assert_eq!((findings[0].rule.as_str(), findings[0].file.as_str()), (rule, path), "{text}");
        }
    }
}
