//! Macros: answers that people give often, as a template each, with the action that goes with it.

use crate::{Case, CasesConfig, Templates};
use baton_base::{Bundle, Finding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A macro of a release, from `macros.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// Its name.
    pub id: String,
    /// For people.
    pub title: String,
    /// The template of its text.
    pub template: String,
    /// Intents that it is for; any, if none is named.
    #[serde(default)]
    pub intents: Vec<String>,
    /// The action whose form opens with it.
    #[serde(default)]
    pub action: Option<String>,
}

/// A macro filled in for a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filled {
    /// The macro.
    #[serde(flatten)]
    pub spec: Macro,
    /// Its text, in the language of the case; none where the case lacks something that it says.
    pub text: Option<String>,
    /// What is lacking, in words.
    pub lacking: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    macros: Vec<Macro>,
}

const FILE: &str = "macros.yaml";

pub(crate) fn load(bundle: &Bundle, templates: Option<&Templates>, findings: &mut Vec<Finding>) -> Vec<Macro> {
    let macros = match bundle.file(FILE).map(|text| Bundle::yaml::<File>(FILE, text)) {
        Some(Ok(file)) => file.macros,
        Some(Err(finding)) => {
            findings.push(finding);
            return Vec::new();
        }
        None => return Vec::new(),
    };
    for (at, one) in macros.iter().enumerate() {
        if one.id.is_empty() || macros.iter().take(at).any(|before| before.id == one.id) {
            let what = format!("macro id '{}' is empty or given twice", one.id);
            findings.push(Finding::error(FILE, "macro-id", what, "give each macro its own id"));
        }
        if templates.is_some_and(|templates| !templates.has(&one.template)) {
            let what = format!("macro '{}' names the template '{}', which is in no language", one.id, one.template);
            findings.push(Finding::error(FILE, "macro-template", what, "add it to templates/<locale>.yaml"));
        }
    }
    macros
}

/// The macros for a case, filled in from what is known of it; `member` is the name of whoever answers.
pub fn filled(config: &CasesConfig, case: &Case, member: &str, now_ms: i64) -> Vec<Filled> {
    let mut data: Map<String, Value> = case.fields.as_object().cloned().unwrap_or_default();
    data.insert("customer".to_owned(), case.row.customer.name.clone().into());
    data.insert("case_number".to_owned(), case.row.number.into());
    data.insert("member".to_owned(), member.into());
    let data = json!(data);
    let fits = |one: &&Macro| {
        one.intents.is_empty() || case.row.intent.as_ref().is_some_and(|intent| one.intents.contains(intent))
    };
    let fill = |one: &Macro| match config.render(&case.row.language, &one.template, &data, now_ms) {
        Ok(text) => Filled { spec: one.clone(), text: Some(text), lacking: None },
        Err(error) => Filled { spec: one.clone(), text: None, lacking: Some(error.to_string()) },
    };
    config.macros.iter().filter(fits).map(fill).collect()
}
