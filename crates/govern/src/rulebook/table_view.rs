//! A decision table as a grid, for screens and reports.

use super::gaps::{Gap, GapKind};
use super::table::{Hit, Table};
use baton_base::{Finding, Severity};
use serde::Serialize;
use serde_json::Value;

/// A table as rows and columns.
#[derive(Debug, Clone, Serialize)]
pub struct Grid {
    /// Its name: the file's.
    pub name: String,
    /// In words.
    pub title: String,
    /// What it is for, where the file says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which of the rules that match count.
    pub hit: Hit,
    /// Names of the inputs, with what each reads.
    pub inputs: Vec<(String, String)>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// In the order of the file.
    pub rules: Vec<GridRule>,
    /// SHA-256 of its text.
    pub digest: String,
    /// Gaps, overlaps, rules that never come to count, and inputs that could not be looked at.
    pub findings: Vec<Gap>,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct GridRule {
    /// Its id.
    pub id: String,
    /// In words, for whoever reads the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// One cell per input, as written; `-` where anything matches.
    pub when: Vec<Value>,
    /// One per output.
    pub then: Vec<Value>,
}

impl Table {
    /// The table as a grid, with what is found about it.
    pub fn grid(&self) -> Grid {
        Grid {
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            hit: self.hit,
            inputs: self.inputs.iter().map(|input| (input.name.clone(), input.expr.trim().to_owned())).collect(),
            outputs: self.outputs.clone(),
            rules: self.rules().collect(),
            digest: self.digest.to_string(),
            findings: self.gaps(),
        }
    }

    /// Names of its inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|input| input.name.as_str())
    }

    /// A rule as it is written.
    pub fn rule(&self, id: &str) -> Option<GridRule> {
        self.rules().find(|rule| rule.id == id)
    }

    fn rules(&self) -> impl Iterator<Item = GridRule> {
        let cell = |rule: &super::table::Rule, name: &str| rule.when.get(name).cloned().unwrap_or(Value::from("-"));
        self.rules.iter().map(move |rule| GridRule {
            id: rule.id.clone(),
            note: rule.note.clone(),
            when: self.inputs.iter().map(|input| cell(rule, &input.name)).collect(),
            then: rule.then.clone(),
        })
    }

    /// What is found about it as findings of its file: two rules where one may match are an error, the rest warnings.
    pub fn findings(&self) -> Vec<Finding> {
        let file = format!("tables/{}.yaml", self.name);
        let of = |gap: Gap| {
            let (rule, remedy) = match gap.kind {
                GapKind::Gap => {
                    ("table-gap", "add a rule, or leave it so that a person decides; 'values' says what can be")
                }
                GapKind::Overlap => ("table-overlap", "let one rule leave it out, or use hit: first"),
                GapKind::Never => ("table-never", "remove the rule, or put it before those that cover it"),
                GapKind::NotAnalysed => ("table-not-analysed", "look at this part by hand, or write it in fewer forms"),
            };
            let mut finding = Finding::error(&file, rule, gap.in_words(), remedy);
            if gap.kind != GapKind::Overlap {
                finding.severity = Severity::Warning;
            }
            finding
        };
        self.gaps().into_iter().map(of).collect()
    }
}
