//! Checks a definition against the grammar: every mapping, key, word and type, each finding at its place. What the
//! builders of the syntax tree read afterwards has the right shape, or is passed over because it was reported here.

use super::Parser;
use super::grammar::{self, BUILT_IN, DEFINITION, Holds, KINDS, NO_CALLS, Need, Shape, TASK_KEYS};
use crate::expr;
use crate::node::{Key, Kind, Node};

/// Most characters of a text that a message shows, count.
const SHOWN_CHARS_MAX: usize = 60;

impl Parser<'_> {
    /// Checks a whole definition.
    pub(super) fn check_definition(&mut self, root: &Node) {
        self.check_shape(root, &DEFINITION);
    }

    fn check(&mut self, node: &Node, holds: Holds, what: &str) {
        match holds {
            Holds::Anything => {}
            Holds::Either(either) => match either.iter().find(|holds| fits(node, **holds)) {
                Some(holds) => self.check(node, *holds, what),
                None => self.wrong_type(node, what, &expected(holds)),
            },
            Holds::Words(words) => self.check_word(node, words, what),
            Holds::Uri => self.check_uri(node, what),
            Holds::Refused(feature) => self.not_offered(node, feature, ""),
            Holds::Shape(shape) => self.check_shape(node, shape),
            Holds::Task => self.check_task(node, what),
            Holds::Tasks => self.check_named(node, Holds::Task, what),
            Holds::Named(entry) | Holds::NamedNotEmpty(entry) => {
                self.check_named(node, *entry, what);
                if matches!(holds, Holds::NamedNotEmpty(_))
                    && matches!(&node.kind, Kind::List(items) if items.is_empty())
                {
                    self.error(node, "shape", format!("{what} has no case"), "add at least one");
                }
            }
            Holds::List(item) => match &node.kind {
                Kind::List(items) => {
                    items.iter().for_each(|node| self.check(node, *item, &format!("an entry of {what}")))
                }
                _ => self.wrong_type(node, what, "a list"),
            },
            Holds::Map(entry) => match &node.kind {
                Kind::Map(entries) => entries.iter().for_each(|(key, node)| self.check(node, *entry, &named(key))),
                _ => self.wrong_type(node, what, "a mapping"),
            },
            Holds::FreeNotEmpty if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) => {
                self.error(node, "shape", format!("{what} is empty"), "write at least one 'name: value'");
            }
            Holds::Text
            | Holds::Expr
            | Holds::Wrapped
            | Holds::Usually(_)
            | Holds::Bool
            | Holds::Integer
            | Holds::Free
            | Holds::FreeNotEmpty => {
                if !fits(node, holds) {
                    self.wrong_type(node, what, &expected(holds));
                }
            }
        }
    }

    fn check_word(&mut self, node: &Node, words: &[&str], what: &str) {
        let Kind::Text(text) = &node.kind else { return self.wrong_type(node, what, "a text") };
        if !words.contains(&text.as_str()) {
            let message = format!("{what} cannot be '{}'", shown(text));
            self.error(node, "value", message, format!("one of: {}", words.join(", ")));
        }
    }

    /// A URI (or URI template), or an expression that gives one.
    fn check_uri(&mut self, node: &Node, what: &str) {
        let Kind::Text(text) = &node.kind else { return self.wrong_type(node, what, "a text") };
        if !is_uri(text) && expr::unwrapped(text).is_none() {
            let message = format!("{what} is not a URI: '{}'", shown(text));
            self.error(node, "uri", message, "write it in full, such as https://host/path, or as an expression ${ … }");
        }
    }

    fn check_shape(&mut self, node: &Node, shape: &Shape) {
        let Kind::Map(entries) = &node.kind else { return self.wrong_type(node, shape.what, "a mapping") };
        let keys: Vec<&grammar::Key> = shape.keys.iter().collect();
        self.check_keys(node, entries, &keys, shape.open, shape.what);
        self.check_need(node, entries, shape);
    }

    fn check_keys(&mut self, node: &Node, entries: &[(Key, Node)], keys: &[&grammar::Key], open: bool, what: &str) {
        for (key, value) in entries {
            match keys.iter().find(|known| known.name == key.text) {
                Some(known) => self.check(value, known.holds, &named(key)),
                None if open => {}
                None => {
                    let message = format!("unknown key '{}' in {what}", shown(&key.text));
                    let known: Vec<&str> = keys.iter().map(|known| known.name).collect();
                    self.error(&key.place(), "unknown-key", message, format!("known here: {}", known.join(", ")));
                }
            }
        }
        for key in keys.iter().filter(|key| key.required && node.get(key.name).is_none()) {
            self.error(node, "missing-key", format!("{what} has no '{}'", key.name), format!("add '{}'", key.name));
        }
    }

    /// Reports alternatives of which none, or more than one, is there.
    fn check_need(&mut self, node: &Node, entries: &[(Key, Node)], shape: &Shape) {
        let count = |keys: &[&str]| keys.iter().filter(|key| node.get(key).is_some()).count();
        let what = shape.what;
        match shape.need {
            Need::Any if entries.is_empty() => {
                self.error(node, "shape", format!("{what} is empty"), "give at least one key, or leave it out");
            }
            Need::Some(keys) if count(keys) == 0 => {
                let message = format!("{what} says none of: {}", keys.join(", "));
                self.error(node, "shape", message, "add one of them");
            }
            Need::One(keys) if count(keys) != 1 => {
                let message = format!("{what} must say exactly one of: {}", keys.join(", "));
                self.error(node, "shape", message, "keep one of them");
            }
            Need::Nothing | Need::Any | Need::Some(_) | Need::One(_) => {}
        }
    }

    /// A list of `- name: …`.
    fn check_named(&mut self, node: &Node, entry: Holds, what: &str) {
        let Kind::List(items) = &node.kind else { return self.wrong_type(node, what, "a list") };
        for item in items {
            match &item.kind {
                Kind::Map(entries) if entries.len() == 1 => {
                    entries.iter().for_each(|(key, node)| self.check(node, entry, &named(key)));
                }
                Kind::Map(entries) => {
                    let message = format!("an entry of {what} has {} keys, not one", entries.len());
                    let remedy = "write each as '- name: …', with what belongs to it indented below";
                    self.error(item, "shape", message, remedy);
                }
                _ => self.wrong_type(item, &format!("an entry of {what}"), "a mapping"),
            }
        }
    }

    /// A task: the keys that every task has, the key that says its kind, and those that belong to that.
    pub(super) fn check_task(&mut self, node: &Node, name: &str) {
        let what = format!("task {name}");
        let Kind::Map(entries) = &node.kind else { return self.wrong_type(node, &what, "a mapping") };
        let kinds: Vec<_> = KINDS.iter().filter(|kind| node.get(kind.key.name).is_some()).collect();
        let mut keys: Vec<&grammar::Key> = TASK_KEYS.iter().collect();
        match kinds.first() {
            Some(kind) => {
                keys.push(&kind.key);
                keys.extend(kind.beside);
                for other in &kinds[1..] {
                    let beside = kind.beside.iter().any(|key| key.name == other.key.name);
                    if !beside {
                        keys.push(&other.key);
                        let message = format!("a task cannot be both '{}' and '{}'", kind.key.name, other.key.name);
                        self.error(node, "task-kind", message, "make two tasks of it");
                    }
                }
            }
            None => {
                keys.extend(KINDS.iter().map(|kind| &kind.key));
                let known: Vec<_> = KINDS.iter().map(|kind| kind.key.name).collect();
                let message = "this task does not say what to do";
                self.error(node, "task-kind", message, format!("add one of: {}", known.join(", ")));
            }
        }
        let call = node.get("call").and_then(Node::text).unwrap_or_default();
        if let Some((_, feature)) = NO_CALLS.iter().find(|(name, _)| *name == call) {
            self.not_offered(node, *feature, "");
        }
        self.check_keys(node, entries, &keys, false, &what);
        if let Some((_, shape)) = BUILT_IN.iter().find(|(name, _)| *name == call) {
            match node.get("with") {
                Some(with) => self.check_shape(with, shape),
                None => self.error(node, "missing-key", format!("{what} has no 'with'"), "add 'with'"),
            }
        }
    }

    fn wrong_type(&mut self, node: &Node, what: &str, expected: &str) {
        let message = format!("{what} must be {expected}, not {}", node.kind.describe());
        self.error(node, "type", message, format!("write {expected} here"));
    }
}

fn named(key: &Key) -> String {
    format!("'{}'", shown(&key.text))
}

/// Whether a node is of the kind that is meant; a mapping fits a shape whose required keys it has.
fn fits(node: &Node, holds: Holds) -> bool {
    match (&node.kind, holds) {
        (Kind::Map(_), Holds::Shape(shape)) => {
            // Two shapes for one place: the one that a key tells, else the first.
            !shape.keys.iter().any(|key| key.name == "use" && key.required) || node.get("use").is_some()
        }
        (Kind::Text(_), Holds::Text | Holds::Expr | Holds::Uri | Holds::Words(_) | Holds::Usually(_))
        | (Kind::Bool(_), Holds::Bool)
        | (Kind::Map(_), Holds::Free | Holds::FreeNotEmpty | Holds::Map(_) | Holds::Task)
        | (Kind::List(_), Holds::List(_) | Holds::Named(_) | Holds::NamedNotEmpty(_) | Holds::Tasks)
        | (_, Holds::Anything) => true,
        (Kind::Text(text), Holds::Wrapped) => expr::unwrapped(text).is_some(),
        (Kind::Number(_), Holds::Integer) => node.integer().is_some(),
        _ => false,
    }
}

/// What is meant, in words.
fn expected(holds: Holds) -> String {
    match holds {
        Holds::Either(either) => {
            let mut words: Vec<String> = either.iter().map(|holds| expected(*holds)).collect();
            words.dedup();
            words.join(" or ")
        }
        Holds::Anything => "something".to_owned(),
        Holds::Text | Holds::Words(_) | Holds::Usually(_) | Holds::Uri => "a text".to_owned(),
        Holds::Expr => "an expression".to_owned(),
        Holds::Wrapped => "an expression in ${ }".to_owned(),
        Holds::Bool => "true or false".to_owned(),
        Holds::Integer => "a whole number".to_owned(),
        Holds::Free | Holds::FreeNotEmpty | Holds::Shape(_) | Holds::Map(_) | Holds::Task | Holds::Refused(_) => {
            "a mapping".to_owned()
        }
        Holds::List(_) | Holds::Named(_) | Holds::NamedNotEmpty(_) | Holds::Tasks => "a list".to_owned(),
    }
}

/// Whether a text is a URI with its scheme.
pub(super) fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Text from a file, shortened for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).filter(|c| !c.is_control()).collect()
}
