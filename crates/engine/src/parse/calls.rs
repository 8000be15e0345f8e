//! `call`: what is called, with what.

use super::Parser;
use super::grammar::WAYS;
use super::reader::shown;
use crate::ast::{Call, CallTarget, TaskBody, Template};
use crate::node::{Kind, Node};
use serde_json::{Map, Value};

/// Where the arguments of built-in calls say how to sign in.
const AUTHENTICATIONS: [&[&str]; 6] = [
    &["authentication"],
    &["endpoint", "authentication"],
    &["document", "endpoint", "authentication"],
    &["transport", "http", "endpoint", "authentication"],
    &["agentCard", "endpoint", "authentication"],
    &["server", "authentication"],
];

impl Parser<'_> {
    pub(super) fn call(&mut self, node: &Node, task: &Node) -> Option<TaskBody> {
        let target = match node.text()? {
            "http" => CallTarget::Http,
            "openapi" => CallTarget::OpenApi,
            "mcp" => CallTarget::Mcp,
            "a2a" => CallTarget::A2a,
            "grpc" | "asyncapi" => return None,
            "" => {
                self.error(node, "name", "'call' names no function", "name a function, or http, openapi, mcp, a2a");
                return None;
            }
            name => self.function_target(node, name)?,
        };
        let built_in = !matches!(target, CallTarget::Own(_) | CallTarget::Platform(_));
        let Some(with) = task.get("with") else {
            let with = Template::Literal(Value::Object(Map::new()));
            return (!built_in).then_some(TaskBody::Call(Call { target, with }));
        };
        if built_in {
            for path in AUTHENTICATIONS {
                if let Some(node) = path.iter().try_fold(with, |node, key| node.get(key)) {
                    self.authentication(node);
                }
            }
        }
        if let Some(node) = with.get("timeout").filter(|_| target == CallTarget::Mcp) {
            self.span(node, "'timeout'");
        }
        let with = self.template(with).filter(|_| matches!(with.kind, Kind::Map(_)))?;
        Some(TaskBody::Call(Call { target, with: self.with_policies(with) }))
    }

    /// The arguments, authentication references replaced by the policies they name.
    fn with_policies(&self, template: Template) -> Template {
        match template {
            Template::Object(parts) => Template::Object(
                parts
                    .into_iter()
                    .map(|(key, part)| {
                        let policy = (key == "authentication").then(|| self.policy_of(&part)).flatten();
                        let part = policy.unwrap_or_else(|| self.with_policies(part));
                        (key, part)
                    })
                    .collect(),
            ),
            Template::Literal(value) if holds_reference(&value) => self.with_policies(opened(value)),
            other => other,
        }
    }

    fn policy_of(&self, part: &Template) -> Option<Template> {
        let name = match part {
            Template::Literal(value) => value.get("use")?.as_str()?,
            Template::Object(parts) => match parts.as_slice() {
                [(key, Template::Literal(Value::String(name)))] if key == "use" => name,
                _ => return None,
            },
            _ => return None,
        };
        self.known().authentications.get(name).cloned()
    }

    /// An authentication policy, or the name of one.
    pub(super) fn authentication(&mut self, node: &Node) -> Option<Template> {
        if let Some(reference) = node.get("use") {
            let name = reference.text()?;
            if !self.known().authentications.contains_key(name) {
                self.unknown_use(reference, "authentication", "authentications", name);
            }
            return None;
        }
        let policy = WAYS.iter().find_map(|way| node.get(way))?;
        if let Some(secret) = policy.get("use")
            && let Some(name) = secret.text()
        {
            self.secret_known(secret, name);
        }
        self.template(node)
    }

    pub(super) fn secret_known(&mut self, node: &Node, name: &str) {
        if !self.known().secrets.iter().any(|known| known == name) {
            self.warn(
                node,
                "unknown-secret",
                format!("secret '{}' is not declared", shown(name)),
                "list it under use.secrets, so that a release can be checked for it",
            );
        }
    }
}

/// Whether a literal holds `authentication: {use: name}` somewhere.
fn holds_reference(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key == "authentication" || holds_reference(value)),
        _ => false,
    }
}

/// A literal object as a template, one level opened.
fn opened(value: Value) -> Template {
    match value {
        Value::Object(map) => {
            Template::Object(map.into_iter().map(|(key, value)| (key, Template::Literal(value))).collect())
        }
        other => Template::Literal(other),
    }
}
