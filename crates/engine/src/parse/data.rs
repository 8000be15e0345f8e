//! Expressions, templates, schemas, mappings, durations.

use super::Parser;
use super::offered::Feature;
use super::reader::shown;
use crate::ast::{Expr, Mapping, Schema, Span, Template};
use crate::expr;
use crate::limits::DURATION_MS_MAX;
use crate::node::{Kind, Node};
use crate::span;
use serde_json::Value;
use std::sync::Arc;

impl Parser<'_> {
    /// An expression where the language takes one, wrapped in `${ }` or bare.
    pub(super) fn expr(&mut self, node: &Node) -> Option<Expr> {
        self.compile(node, node.text()?)
    }

    /// The expression at a key, if the key is there.
    pub(super) fn expr_of(&mut self, node: &Node, key: &str) -> Option<Expr> {
        node.get(key).and_then(|node| self.expr(node))
    }

    fn compile(&mut self, node: &Node, text: &str) -> Option<Expr> {
        let compiled = match expr::compile(text) {
            Ok(compiled) => compiled,
            Err(e) => {
                let message = format!("the expression '{}' cannot be used: {e}", shown(text));
                self.error(node, "expression", message, "correct the jq expression");
                return None;
            }
        };
        for name in compiled.vars() {
            if !self.globals.contains(&name.as_str()) && !self.scope.contains(name) {
                let known: Vec<_> = self.globals.iter().copied().chain(self.scope.iter().map(String::as_str)).collect();
                let remedy = format!("known here: ${}", known.join(", $"));
                self.error(node, "unknown-variable", format!("${} is not defined here", shown(name)), remedy);
                return None;
            }
        }
        // A name of the definition's own hides the run's secrets.
        if !self.scope.iter().any(|name| name == "secrets") {
            for name in compiled.secrets() {
                self.secret_known(node, name);
            }
        }
        Some(compiled)
    }

    /// A value in which whole texts `${ … }` are expressions.
    pub(super) fn template(&mut self, node: &Node) -> Option<Template> {
        match &node.kind {
            Kind::Text(text) => self.template_text(node, text),
            Kind::List(items) => {
                let parts: Vec<Template> = items.iter().filter_map(|item| self.template(item)).collect();
                (parts.len() == items.len()).then(|| folded(node, Template::Array(parts)))
            }
            Kind::Map(entries) => {
                let parts: Vec<(String, Template)> =
                    entries.iter().filter_map(|(key, value)| Some((key.text.clone(), self.template(value)?))).collect();
                (parts.len() == entries.len()).then(|| folded(node, Template::Object(parts)))
            }
            _ => Some(Template::Literal(node.to_value())),
        }
    }

    fn template_text(&mut self, node: &Node, text: &str) -> Option<Template> {
        if expr::unwrapped(text).is_some() {
            return self.compile(node, text).map(Template::Expr);
        }
        if text.contains("${") {
            self.warn(
                node,
                "partial-expression",
                "a text that holds ${ } among other text is taken literally",
                r#"make the whole text one expression: ${ "Hello \(.name)" }"#,
            );
        }
        Some(Template::Literal(Value::String(text.to_owned())))
    }

    /// A text that may be an expression, at a key.
    pub(super) fn text_template(&mut self, node: &Node, key: &str) -> Option<Template> {
        let node = node.get(key)?;
        node.text()?;
        self.template(node)
    }

    /// `from` or `as`: an expression, or an object of them.
    fn mapping_value(&mut self, node: &Node) -> Option<Template> {
        match &node.kind {
            Kind::Text(text) => self.compile(node, text).map(Template::Expr),
            _ => self.template(node),
        }
    }

    /// `input`, `output` or `export`, whose mapping stands at `key`.
    pub(super) fn mapping(&mut self, node: Option<&Node>, key: &str) -> Mapping {
        let Some(node) = node else { return Mapping::default() };
        let schema = node.get("schema").and_then(|node| self.schema(node));
        let map = node.get(key).and_then(|node| self.mapping_value(node));
        Mapping { schema, map }
    }

    fn schema(&mut self, node: &Node) -> Option<Schema> {
        if let Some(format) = node.get("format")
            && let Some(text) = format.text().filter(|text| *text != "json")
        {
            self.not_offered(format, Feature::SchemaFormat, text);
        }
        match (node.get("document"), node.get("resource")) {
            (Some(document), None) => self.compiled_schema(document, &document.to_value()),
            (None, Some(resource)) => self.schema_from_release(resource),
            _ => None,
        }
    }

    /// A schema in a file of the release.
    fn schema_from_release(&mut self, resource: &Node) -> Option<Schema> {
        let path = self.path_in_release(resource.get("endpoint")?, Feature::SchemaElsewhere)?;
        let root = self.file_of_release(resource, &path)?;
        self.compiled_schema(resource, &root.to_value())
    }

    fn compiled_schema(&mut self, at: &Node, document: &Value) -> Option<Schema> {
        match jsonschema::validator_for(document) {
            Ok(validator) => Some(Schema { validator: Arc::new(validator) }),
            Err(e) => {
                let message = format!("not a valid JSON Schema: {}", shown(&e.to_string()));
                self.error(at, "schema", message, "correct the schema; references to other documents are not read");
                None
            }
        }
    }

    /// A duration: units, ISO 8601 text, or an expression that gives one.
    pub(super) fn span(&mut self, node: &Node, what: &str) -> Option<Span> {
        match &node.kind {
            Kind::Text(text) if expr::unwrapped(text).is_some() => self.compile(node, text).map(Span::Expr),
            Kind::Text(text) => match span::parse_iso(text) {
                Ok(ms) => Some(Span::Ms(ms)),
                Err(message) => {
                    self.error(node, "duration", message, "write units (minutes: 15) or an ISO 8601 duration (PT15M)");
                    None
                }
            },
            Kind::Map(_) => self.inline_span(node, what),
            _ => None,
        }
    }

    fn inline_span(&mut self, node: &Node, what: &str) -> Option<Span> {
        let mut sum = Some(0_i64);
        for (unit, unit_ms) in span::UNITS {
            let Some(amount) = node.get(unit) else { continue };
            let amount = amount.integer()?;
            sum = sum.and_then(|sum| amount.checked_mul(unit_ms).and_then(|ms| sum.checked_add(ms)));
        }
        match sum.filter(|ms| (0..=DURATION_MS_MAX).contains(ms)) {
            Some(ms) => Some(Span::Ms(ms)),
            None => {
                let message = format!("{what} is negative or too long");
                self.error(node, "duration", message, "give no negative unit, and at most ten years in all");
                None
            }
        }
    }

    /// `{after: duration}` or the name of a timeout under `use`.
    pub(super) fn timeout(&mut self, node: &Node) -> Option<Span> {
        if let Kind::Text(name) = &node.kind {
            let found = self.uses.timeouts.get(name.as_str()).cloned();
            if found.is_none() {
                self.unknown_use(node, "timeout", "timeouts", name);
            }
            return found;
        }
        self.timeout_policy(node)
    }

    /// `{after: duration}`.
    pub(super) fn timeout_policy(&mut self, node: &Node) -> Option<Span> {
        self.span_of(node, "after")
    }

    /// The duration at a key, if the key is there.
    pub(super) fn span_of(&mut self, node: &Node, key: &str) -> Option<Span> {
        node.get(key).and_then(|node| self.span(node, &format!("'{key}'")))
    }

    pub(super) fn unknown_use(&mut self, node: &Node, one: &str, many: &str, name: &str) {
        let message = format!("there is no {one} '{}'", shown(name));
        self.error(node, "unknown-reference", message, format!("define it under use.{many}"));
    }
}

/// An object or array without expressions is one literal.
fn folded(node: &Node, template: Template) -> Template {
    let literal = match &template {
        Template::Object(parts) => parts.iter().all(|(_, part)| matches!(part, Template::Literal(_))),
        Template::Array(parts) => parts.iter().all(|part| matches!(part, Template::Literal(_))),
        _ => false,
    };
    if literal { Template::Literal(node.to_value()) } else { template }
}
