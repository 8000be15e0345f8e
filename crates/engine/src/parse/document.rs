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
        self.check_definition(root);
        let mut parsed = Parsed::default();
        if let Some(node) = root.get("document") {
            parsed.document = self.document(node);
            parsed.document.raw = root.to_value();
        }
        if let Some(node) = root.get("use") {
            self.uses(node);
        }
        parsed.input = self.mapping(root.get("input"), "from");
        parsed.output = self.mapping(root.get("output"), "as");
        parsed.timeout = root.get("timeout").and_then(|node| self.timeout(node));
        parsed.schedule = root.get("schedule").map(|node| self.schedule(node));
        if let Some(node) = root.get("evaluate") {
            self.evaluate(node);
        }
        if let Some(node) = root.get("do") {
            parsed.list = self.task_list(node, "/do");
        }
        self.function_cycles();
        parsed.functions = std::mem::take(&mut self.called);
        parsed.sources = std::mem::take(&mut self.sources);
        parsed.uses = std::mem::take(&mut self.uses);
        parsed
    }

    fn document(&mut self, node: &Node) -> Document {
        let text = |key: &str| node.text_of(key).map(str::to_owned);
        if let Some(dsl) = node.get("dsl")
            && let Some(version) = dsl.text()
            && !(is_semver(version) && DSL_MAJOR_MINOR.iter().any(|start| version.starts_with(start)))
        {
            let message = format!("version '{}' of the language is not understood", shown(version));
            self.error(dsl, "dsl", message, "use dsl: '1.0.3'");
        }
        if let Some(at) = node.get("version")
            && let Some(version) = at.text().filter(|version| !is_semver(version))
        {
            let message = format!("'{}' is not a semantic version", shown(version));
            self.error(at, "version", message, "write three numbers, such as '1.0.0'");
        }
        Document {
            namespace: self.document_name(node, "namespace"),
            name: self.document_name(node, "name"),
            version: text("version").unwrap_or_default(),
            title: text("title"),
            summary: text("summary"),
            tags: free(node.get("tags")),
            metadata: free(node.get("metadata")),
            raw: node.to_value(),
        }
    }

    fn document_name(&mut self, document: &Node, key: &str) -> String {
        let Some(node) = document.get(key) else { return String::new() };
        let Some(text) = node.text() else { return String::new() };
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits =
            (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-');
        if !fits {
            let message = format!("'{key}' cannot be '{}'", shown(text));
            self.error(node, "name", message, "1 to 63 letters, digits and inner hyphens");
        }
        text.to_owned()
    }

    /// How expressions are read: only as the specification's defaults say.
    fn evaluate(&mut self, node: &Node) {
        if let Some(at) = node.get("language")
            && let Some(language) = at.text().filter(|language| *language != "jq")
        {
            self.not_offered(at, Feature::EvaluateLanguage, language);
        }
        if let Some(at) = node.get("mode").filter(|mode| mode.text() == Some("loose")) {
            self.not_offered(at, Feature::EvaluateLoose, "");
        }
    }
}

/// A mapping whose keys are the author's.
pub(super) fn free(node: Option<&Node>) -> Map<String, Value> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.iter().map(|(key, value)| (key.text.clone(), value.to_value())).collect()
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
