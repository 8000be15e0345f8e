//! What a member decides: decisions with their fields, checked by JSON Schema.

use crate::limits;
use baton_base::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// One decision that a member may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionSpec {
    /// Stable id, such as `approve`.
    pub id: String,
    /// What the button says.
    pub title: String,
    /// The key that takes it: one letter or digit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Fields that come with it.
    #[serde(default)]
    pub fields: Vec<String>,
    /// The recommended one.
    #[serde(default)]
    pub primary: bool,
}

impl DecisionSpec {
    /// A decision with a key and fields.
    pub fn new(id: &str, title: &str, key: &str, fields: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            key: Some(key.to_owned()),
            fields: fields.iter().map(|f| (*f).to_owned()).collect(),
            primary: false,
        }
    }
}

/// A work item's form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What can be decided.
    pub decisions: Vec<DecisionSpec>,
    /// JSON Schema of all fields together: an object with `properties`.
    #[serde(default = "no_fields")]
    pub schema: Value,
    /// Proposed values.
    #[serde(default)]
    pub values: Map<String, Value>,
}

/// The decision that fails an approval.
pub(crate) const REJECT: &str = "reject";

fn no_fields() -> Value {
    json!({"type": "object", "properties": {}})
}

impl Form {
    /// Decisions without fields.
    pub fn of(decisions: Vec<DecisionSpec>) -> Self {
        Self { decisions, schema: no_fields(), values: Map::new() }
    }

    /// Yes or no, with the reason in the note.
    pub fn approval() -> Self {
        let mut approve = DecisionSpec::new("approve", "Approve", "y", &[]);
        approve.primary = true;
        Self::of(vec![approve, DecisionSpec::new(REJECT, "Reject", "n", &[])])
    }

    /// A form that a member can use: decisions, distinct ids and keys, a schema that compiles and knows every field.
    pub fn check(&self) -> Result<()> {
        let bad = |what: String, remedy: &str| Err(Error::invalid_at("form", what, remedy));
        let bytes = serde_json::to_string(self).map_err(Error::broken)?.len();
        if bytes > limits::FORM_BYTES_MAX {
            return Err(Error::Limit(format!("a form has at most {} bytes; this has {bytes}", limits::FORM_BYTES_MAX)));
        }
        if self.decisions.is_empty() || self.decisions.len() > limits::DECISIONS_MAX {
            return bad(format!("{} decisions", self.decisions.len()), "give 1 to 12 decisions");
        }
        let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
        for decision in &self.decisions {
            if decision.id.is_empty() || !ids.insert(&decision.id) {
                return bad(format!("decision id '{}' is empty or given twice", decision.id), "give each its own id");
            }
            if let Some(key) = &decision.key {
                let one = key.chars().count() == 1 && key.chars().all(char::is_alphanumeric);
                if !one || !keys.insert(key.to_lowercase()) {
                    return bad(
                        format!("key '{key}' is no single letter or digit, or is given twice"),
                        "give each its own",
                    );
                }
            }
            if let Some(field) =
                decision.fields.iter().find(|field| self.schema["properties"][field.as_str()].is_null())
            {
                return bad(
                    format!("field '{field}' of '{}' is not in the schema", decision.id),
                    "add it to properties",
                );
            }
        }
        compile(&self.schema).map(|_| ())
    }

    /// Checks a decision and the fields that come with it. What the decision does not ask for is refused.
    pub fn accept(&self, decision: &str, fields: &Map<String, Value>) -> Result<()> {
        let known = || self.decisions.iter().map(|d| d.id.as_str()).collect::<Vec<_>>().join(", ");
        let spec = self.decisions.iter().find(|d| d.id == decision).ok_or_else(|| {
            Error::invalid_at(
                "/decision",
                format!("'{decision}' is not one of the decisions"),
                format!("use {}", known()),
            )
        })?;
        let bytes = Value::Object(fields.clone()).to_string().len();
        if bytes > limits::FIELDS_BYTES_MAX {
            return Err(Error::Limit(format!("fields have at most {} bytes", limits::FIELDS_BYTES_MAX)));
        }
        if let Some(extra) = fields.keys().find(|name| !spec.fields.contains(name)) {
            let asked = if spec.fields.is_empty() { "no fields".to_owned() } else { spec.fields.join(", ") };
            let detail = format!("'{decision}' takes {asked}");
            return Err(Error::invalid_at(
                format!("/fields/{extra}"),
                format!("field '{extra}' is not asked for"),
                detail,
            ));
        }
        let schema = self.schema_for(spec);
        let validator = compile(&schema)?;
        let value = Value::Object(fields.clone());
        match validator.iter_errors(&value).next() {
            None => Ok(()),
            Some(e) => {
                let place = format!("/fields{}", e.instance_path());
                Err(Error::invalid_at(place.clone(), "the fields are not valid", format!("{place}: {e}")))
            }
        }
    }

    /// The schema, narrowed to the fields of one decision.
    fn schema_for(&self, spec: &DecisionSpec) -> Value {
        let mut schema = self.schema.clone();
        let required = self.schema["required"].as_array().cloned().unwrap_or_default();
        let asked = |name: &Value| name.as_str().is_some_and(|n| spec.fields.iter().any(|f| f == n));
        let required: Vec<_> = required.into_iter().filter(asked).collect();
        if let Some(object) = schema.as_object_mut() {
            object.insert("required".to_owned(), required.into());
        }
        schema
    }
}

fn compile(schema: &Value) -> Result<jsonschema::Validator> {
    if !schema["properties"].is_object() {
        let remedy = "write type: object with properties";
        return Err(Error::invalid_at("form", "the form's schema has no properties", remedy));
    }
    jsonschema::validator_for(schema)
        .map_err(|e| Error::invalid_at("form", "the form's schema is not a valid JSON Schema", e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let schema = json!({
            "type": "object", "required": ["amount", "reason"],
            "properties": {"amount": {"type": "integer", "minimum": 1}, "reason": {"type": "string", "minLength": 1}},
        });
        let decisions = vec![
            DecisionSpec::new("pay", "Pay", "p", &["amount"]),
            DecisionSpec::new("deny", "Deny", "d", &["reason"]),
        ];
        Form { decisions, schema, values: Map::new() }
    }

    fn accept(decision: &str, fields: Value) -> Result<()> {
        form().accept(decision, fields.as_object().unwrap())
    }

    #[test]
    fn each_decision_asks_for_its_own_fields_only() {
        assert!(accept("pay", json!({"amount": 100})).is_ok());
        assert!(accept("deny", json!({"reason": "no cover"})).is_ok());
        for (decision, fields, place) in [
            ("pay", json!({"amount": -5}), "/fields/amount"),
            ("pay", json!({"amount": 1.5}), "/fields/amount"),
            ("pay", json!({}), "/fields"),
            ("pay", json!({"amount": 1, "reason": "x"}), "/fields/reason"),
            ("shred", json!({}), "/decision"),
        ] {
            let Err(Error::Invalid { place: Some(found), .. }) = accept(decision, fields) else { panic!("{decision}") };
            assert_eq!(found, place);
        }
    }

    #[test]
    fn a_form_that_no_one_could_use_is_refused() {
        assert!(form().check().is_ok());
        let mut unknown_field = form();
        unknown_field.decisions[0].fields.push("iban".to_owned());
        let mut same_key = form();
        same_key.decisions[1].key = Some("P".to_owned());
        let no_decision = Form::of(vec![]);
        let mut bad_schema = form();
        bad_schema.schema["properties"]["amount"] = json!({"type": "money"});
        for form in [unknown_field, same_key, no_decision, bad_schema] {
            assert!(form.check().is_err(), "{form:?}");
        }
    }
}
