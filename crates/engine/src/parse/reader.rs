//! Reading mappings, texts, numbers: each with a finding at its place when it is not what it should be.

use super::Parser;
use crate::node::{Key, Kind, Node};
use baton_base::Finding;

/// The entries of a mapping; those never asked for are unknown.
pub(super) struct Fields<'n> {
    pub node: &'n Node,
    what: String,
    entries: &'n [(Key, Node)],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The value of a key, which thereby is known.
    pub fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }
}

impl Parser<'_> {
    /// The entries of a mapping.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        let entries = self.entries(node, what)?;
        Some(Fields { node, what: what.to_owned(), entries, known: Vec::new() })
    }

    /// The entries of a mapping with free keys.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        match &node.kind {
            Kind::Map(entries) => Some(entries),
            other => {
                self.wrong_type(node, what, "a mapping", other.describe());
                None
            }
        }
    }

    /// The single entry of a list item such as `- name: {…}`.
    pub(super) fn single<'n>(&mut self, node: &'n Node, what: &str) -> Option<(&'n Key, &'n Node)> {
        match self.entries(node, what)? {
            [(key, value)] => Some((key, value)),
            entries => {
                let message = format!("{what} has {} keys, not one", entries.len());
                self.error(node, "shape", message, "write each as '- name: …', with what belongs to it indented below");
                None
            }
        }
    }

    /// Reports the keys of a mapping that nobody asked for.
    pub(super) fn finish(&mut self, fields: Fields<'_>) {
        for (key, _) in fields.entries {
            if fields.known.contains(&key.text.as_str()) {
                continue;
            }
            let message = format!("unknown key '{}' in {}", shown(&key.text), fields.what);
            let mut known = fields.known.clone();
            known.dedup();
            let remedy = format!("known here: {}", known.join(", "));
            self.findings.push(Finding::error(&self.file, "unknown-key", message, remedy).at(key.line, key.column));
        }
    }

    /// Reports a required key that is missing.
    pub(super) fn missing(&mut self, fields: &Fields<'_>, key: &str) {
        let message = format!("{} has no '{key}'", fields.what);
        self.error(fields.node, "missing-key", message, format!("add '{key}'"));
    }

    /// A required value.
    pub(super) fn required<'n>(&mut self, fields: &mut Fields<'n>, key: &'static str) -> Option<&'n Node> {
        let found = fields.get(key);
        if found.is_none() {
            self.missing(fields, key);
        }
        found
    }

    fn wrong_type(&mut self, node: &Node, what: &str, expected: &str, got: &str) {
        self.error(node, "type", format!("{what} must be {expected}, not {got}"), format!("write {expected} here"));
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.kind {
            Kind::Text(text) => Some(text),
            other => {
                self.wrong_type(node, what, "a text", other.describe());
                None
            }
        }
    }

    /// A text at a key, if the key is there.
    pub(super) fn text_at<'n>(&mut self, fields: &mut Fields<'n>, key: &'static str) -> Option<&'n str> {
        let node = fields.get(key)?;
        let what = format!("'{key}'");
        self.text(node, &what)
    }

    /// A text at a key that must be there.
    pub(super) fn required_text(&mut self, fields: &mut Fields<'_>, key: &'static str) -> String {
        let what = format!("'{key}'");
        self.required(fields, key).and_then(|node| self.text(node, &what)).unwrap_or_default().to_owned()
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.kind {
            Kind::Bool(value) => Some(*value),
            other => {
                self.wrong_type(node, what, "true or false", other.describe());
                None
            }
        }
    }

    pub(super) fn integer(&mut self, node: &Node, what: &str) -> Option<i64> {
        match &node.kind {
            // A JSON Schema integer may be written 3.0.
            Kind::Number(n) => match n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64)) {
                Some(i) => Some(i),
                None => {
                    self.wrong_type(node, what, "a whole number", "another number");
                    None
                }
            },
            other => {
                self.wrong_type(node, what, "a whole number", other.describe());
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            other => {
                self.wrong_type(node, what, "a list", other.describe());
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<'n>(&mut self, node: &'n Node, what: &str, words: &[&str]) -> Option<&'n str> {
        let text = self.text(node, what)?;
        if words.contains(&text) {
            return Some(text);
        }
        self.error(
            node,
            "value",
            format!("{what} cannot be '{}'", shown(text)),
            format!("one of: {}", words.join(", ")),
        );
        None
    }
}

/// Text from a file, shortened for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(60).filter(|c| !c.is_control()).collect()
}
