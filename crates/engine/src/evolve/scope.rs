//! What expressions see, and how values are made, checked and limited.

use super::Cx;
use crate::api::Data;
use crate::ast::{Expr, Schema, Span, Task, Template};
use crate::error::{ErrorDoc, ErrorKind};
use crate::expr::ExprError;
use crate::limits::{DATA_BYTES_MAX, DATA_LEVELS_MAX};
use crate::span;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// Most schema violations named in one error, count.
const VIOLATIONS_SHOWN_MAX: usize = 3;

/// Where the arguments of a built-in call say how it signs in (JSON pointers).
const SIGN_INS: [&str; 5] = [
    "/endpoint/authentication",
    "/authentication",
    "/server/authentication",
    "/transport/http/endpoint/authentication",
    "/agentCard/endpoint/authentication",
];

/// Where an expression stands, and so what its variables are.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// The task, unless it is the run's own input or output.
    pub task: Option<&'s Task>,
    /// The task's input as it came.
    pub raw: &'s Value,
    /// The task's input after `input.from`.
    pub input: &'s Value,
    /// What its work gave, once it has.
    pub result: Option<&'s Value>,
    /// Its output after `output.as`, once made.
    pub output: Option<&'s Value>,
    /// When it started, milliseconds since the epoch.
    pub started_ms: i64,
}

impl<'s> Scope<'s> {
    /// The scope of a run's own input, output and timeout.
    pub(super) fn of_run(input: &'s Value) -> Self {
        Self { task: None, raw: input, input, result: None, output: None, started_ms: 0 }
    }
}

impl Cx<'_> {
    /// The value of a variable, if it is defined here.
    fn variable<'s>(&'s self, name: &str, scope: &Scope<'s>) -> Option<Cow<'s, Value>> {
        if let Some((_, value)) = self.vars.iter().rev().find(|(known, _)| *known == name) {
            return Some(Cow::Borrowed(value));
        }
        Some(match name {
            "context" => Cow::Borrowed(&*self.context),
            "input" => Cow::Borrowed(scope.input),
            "output" => scope.output.map_or(Cow::Owned(Value::Null), Cow::Borrowed),
            "secrets" => Cow::Owned(self.secrets()),
            "authorization" => Cow::Owned(self.authorization(scope)),
            "runtime" => Cow::Owned(json!({"name": "baton", "version": env!("CARGO_PKG_VERSION"), "metadata": {}})),
            "workflow" => Cow::Owned(json!({
                "id": self.run_id,
                "definition": self.def.document.raw,
                "input": **self.raw_input.as_ref().unwrap_or(&self.input),
                "startedAt": Self::instant(self.started_ms),
            })),
            "task" => Cow::Owned(Self::task_variable(scope)),
            _ => return None,
        })
    }

    pub(super) fn task_variable(scope: &Scope<'_>) -> Value {
        let Some(task) = scope.task else { return Value::Null };
        json!({
            "name": &*task.name,
            "reference": &*task.path,
            "definition": task.raw,
            "input": scope.raw,
            "output": scope.result,
            "startedAt": Self::instant(scope.started_ms),
        })
    }

    /// References, never values: a secret is put in by the door, when the call leaves.
    fn secrets(&self) -> Value {
        let names = self.def.uses.secrets.iter();
        Value::Object(names.map(|name| (name.clone(), json!({"secret": name}))).collect())
    }

    /// The scheme under which a task's call was authorised. Its parameter is a secret, and so is not here.
    fn authorization(&self, scope: &Scope<'_>) -> Value {
        let with = scope.task.and_then(|task| task.raw.get("with"));
        let found = with.and_then(|with| SIGN_INS.iter().find_map(|place| with.pointer(place)));
        let Some(policy) = found.and_then(Value::as_object) else { return Value::Null };
        let named = |name: &str| self.def.document.raw.pointer("/use/authentications")?.get(name)?.as_object();
        let policy = policy.get("use").and_then(Value::as_str).and_then(named).unwrap_or(policy);
        let scheme = match policy.keys().next().map(String::as_str) {
            Some("basic") => "Basic",
            Some("digest") => "Digest",
            Some("bearer" | "oauth2" | "oidc") => "Bearer",
            _ => return Value::Null,
        };
        json!({"scheme": scheme, "parameter": null})
    }

    pub(super) fn eval(&self, expr: &Expr, data: &Value, scope: &Scope<'_>) -> Result<Value, ErrorDoc> {
        expr.eval(data, &|name| self.variable(name, scope)).map_err(|e| unusable(expr, &e))
    }

    /// Whether a condition holds, as jq sees truth: all but `false` and `null`.
    pub(super) fn holds(&self, expr: Option<&Expr>, data: &Value, scope: &Scope<'_>) -> Result<bool, ErrorDoc> {
        let Some(expr) = expr else { return Ok(true) };
        expr.truth(data, &|name| self.variable(name, scope)).map_err(|e| unusable(expr, &e))
    }

    pub(super) fn fill(&self, template: &Template, data: &Value, scope: &Scope<'_>) -> Result<Value, ErrorDoc> {
        Ok(match template {
            Template::Literal(value) => value.clone(),
            Template::Expr(expr) => self.eval(expr, data, scope)?,
            Template::Array(parts) => {
                Value::Array(parts.iter().map(|part| self.fill(part, data, scope)).collect::<Result<_, _>>()?)
            }
            Template::Object(parts) => {
                let mut map = Map::with_capacity(parts.len());
                for (key, part) in parts {
                    map.insert(key.clone(), self.fill(part, data, scope)?);
                }
                Value::Object(map)
            }
        })
    }

    /// `data` as a mapping makes it; unchanged, and so not looked at again, where there is none.
    pub(super) fn mapped(&self, map: Option<&Template>, data: &Data, scope: &Scope<'_>) -> Result<Data, ErrorDoc> {
        match map {
            Some(template) => self.within_limit(self.fill(template, data, scope)?).map(Arc::new),
            None => Ok(Arc::clone(data)),
        }
    }

    pub(super) fn check_schema(&self, schema: Option<&Schema>, value: &Value, what: &str) -> Result<(), ErrorDoc> {
        let Some(schema) = schema else { return Ok(()) };
        let violations: Vec<String> = schema
            .validator
            .iter_errors(value)
            .take(VIOLATIONS_SHOWN_MAX)
            .map(|e| {
                let words: String = e.to_string().chars().take(200).collect();
                format!("{}: {words}", e.instance_path())
            })
            .collect();
        if violations.is_empty() {
            return Ok(());
        }
        Err(ErrorDoc::standard(
            ErrorKind::Validation,
            format!("{what} does not fit its schema: {}", violations.join("; ")),
        ))
    }

    pub(super) fn within_limit(&self, value: Value) -> Result<Value, ErrorDoc> {
        if fits(&value, &mut { DATA_BYTES_MAX }, DATA_LEVELS_MAX) {
            return Ok(value);
        }
        // Dropped here, at a depth that the check has bounded only by its size: level by level.
        drop_flat(value);
        Err(too_large())
    }

    /// The same for a value that is shared already.
    pub(super) fn kept(&self, value: Data) -> Result<Data, ErrorDoc> {
        if fits(&value, &mut { DATA_BYTES_MAX }, DATA_LEVELS_MAX) {
            return Ok(value);
        }
        if let Ok(value) = Arc::try_unwrap(value) {
            drop_flat(value);
        }
        Err(too_large())
    }

    /// Length of a span, milliseconds.
    pub(super) fn span(&self, span: &Span, data: &Value, scope: &Scope<'_>) -> Result<i64, ErrorDoc> {
        match span {
            Span::Ms(ms) => Ok(*ms),
            Span::Expr(expr) => span::from_value(&self.eval(expr, data, scope)?)
                .map_err(|message| ErrorDoc::standard(ErrorKind::Expression, format!("{}: {message}", expr.text()))),
        }
    }
}

fn too_large() -> ErrorDoc {
    let detail = format!(
        "a value is larger than {DATA_BYTES_MAX} bytes or nested deeper than {DATA_LEVELS_MAX} levels; keep a reference to it instead"
    );
    ErrorDoc::standard(ErrorKind::Runtime, detail)
}

fn unusable(expr: &Expr, error: &ExprError) -> ErrorDoc {
    let text: String = expr.text().chars().take(120).collect();
    // As the specification has it for a secret that is not there, or may not be read.
    let kind = if error.secret { ErrorKind::Authorization } else { ErrorKind::Expression };
    ErrorDoc::standard(kind, format!("{text}: {error}"))
}

/// Takes a value apart without recursion.
fn drop_flat(value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(map) => open.extend(map.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

/// Whether a value's JSON is at most about `left` bytes and `levels` deep; stops counting when it is not.
pub(super) fn fits(value: &Value, left: &mut usize, levels: usize) -> bool {
    if levels == 0 && (value.is_array() || value.is_object()) {
        return false;
    }
    let own = match value {
        Value::String(text) => text.len() + 2,
        _ => 4,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left, levels - 1)),
        Value::Object(map) => map.iter().all(|(key, value)| {
            *left = left.saturating_sub(key.len() + 4);
            fits(value, left, levels - 1)
        }),
        _ => true,
    }
}
