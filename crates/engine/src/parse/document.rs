//! The definition as a whole: `document`, `evaluate`, and what surrounds `do`.

use super::offered::Feature;
use super::reader::shown;
use super::{Parsed, Parser};
use crate::ast::Document;
use crate::node::Node;
use serde_json::{Map, Value};

/// Versions of the language that are understood.
const DSL_MAJOR_MINOR: [&str; 1] = ["1.0."];

impl Parser<'_> {
    pub(super) fn definition(&mut self, root: &Node) -> Parsed {
        let mut parsed = Parsed::default();
        let Some(mut fields) = self.fields(root, "the definition") else { return parsed };
        if let Some(node) = self.required(&mut fields, "document") {
            parsed.document = self.document(node);
            parsed.document.raw = root.to_value();
        }
        if let Some(node) = fields.get("use") {
            self.uses(node);
        }
        parsed.input = self.mapping(fields.get("input"), "from", "'input'");
        parsed.output = self.mapping(fields.get("output"), "as", "'output'");
        parsed.timeout = fields.get("timeout").and_then(|node| self.timeout(node));
        parsed.schedule = fields.get("schedule").and_then(|node| self.schedule(node));
        if let Some(node) = fields.get("evaluate") {
            self.evaluate(node);
        }
        if let Some(node) = self.required(&mut fields, "do") {
            parsed.list = self.task_list(node, "/do", "'do'");
        }
        self.finish(fields);
        self.function_cycles();
        parsed.functions = std::mem::take(&mut self.called);
        parsed.sources = std::mem::take(&mut self.sources);
        parsed.uses = std::mem::take(&mut self.uses);
        parsed
    }

    fn document(&mut self, node: &Node) -> Document {
        let Some(mut fields) = self.fields(node, "'document'") else { return Document::default() };
        let dsl = self.required_text(&mut fields, "dsl");
        if let Some(node) = fields.get("dsl") {
            let known = is_semver(&dsl) && DSL_MAJOR_MINOR.iter().any(|start| dsl.starts_with(start));
            if !known && !dsl.is_empty() {
                let message = format!("version '{}' of the language is not understood", shown(&dsl));
                self.error(node, "dsl", message, "use dsl: '1.0.3'");
            }
        }
        let document = Document {
            namespace: self.document_name(&mut fields, "namespace"),
            name: self.document_name(&mut fields, "name"),
            version: self.required_text(&mut fields, "version"),
            title: self.text_at(&mut fields, "title").map(str::to_owned),
            summary: self.text_at(&mut fields, "summary").map(str::to_owned),
            tags: self.free(fields.get("tags"), "'tags'"),
            metadata: self.free(fields.get("metadata"), "'metadata'"),
            raw: node.to_value(),
        };
        if let Some(node) = fields.get("version").filter(|_| !is_semver(&document.version)) {
            let message = format!("'{}' is not a semantic version", shown(&document.version));
            self.error(node, "version", message, "write three numbers, such as '1.0.0'");
        }
        self.finish(fields);
        document
    }

    fn document_name(&mut self, fields: &mut super::reader::Fields<'_>, key: &'static str) -> String {
        let text = self.required_text(fields, key);
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits =
            (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-');
        if let Some(node) = fields.get(key).filter(|_| !fits) {
            let message = format!("'{key}' cannot be '{}'", shown(&text));
            self.error(node, "name", message, "1 to 63 letters, digits and inner hyphens");
        }
        text
    }

    /// A mapping whose keys are the author's.
    pub(super) fn free(&mut self, node: Option<&Node>, what: &str) -> Map<String, Value> {
        let entries = node.and_then(|node| self.entries(node, what)).unwrap_or_default();
        entries.iter().map(|(key, value)| (key.text.clone(), value.to_value())).collect()
    }

    /// How expressions are read: only as the specification's defaults say.
    fn evaluate(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "'evaluate'") else { return };
        if let Some(node) = fields.get("language")
            && let Some(language) = self.text(node, "'language'").filter(|language| *language != "jq")
        {
            self.not_offered(node, Feature::EvaluateLanguage, language);
        }
        if let Some(node) = fields.get("mode")
            && self.word(node, "'mode'", &["strict", "loose"]) == Some("loose")
        {
            self.not_offered(node, Feature::EvaluateLoose, "");
        }
        self.finish(fields);
    }
}

/// Whether a text is a semantic version (2.0.0, without checking the tags' inner rules).
fn is_semver(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let tags = &text[core.len()..];
    let numbers: Vec<&str> = core.split('.').collect();
    let number =
        |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && (*n == "0" || !n.starts_with('0'));
    numbers.len() == 3
        && numbers.iter().all(number)
        && tags.len() != 1
        && tags.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b))
}
