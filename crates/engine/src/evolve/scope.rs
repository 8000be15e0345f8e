//! What expressions see, and how values are made, checked and limited.

use super::Cx;
use crate::ast::{Expr, Schema, Span, Task, Template};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::{DATA_BYTES_MAX, DATA_LEVELS_MAX};
use crate::span;
use serde_json::{Map, Value, json};

/// Most schema violations named in one error, count.
const VIOLATIONS_SHOWN_MAX: usize = 3;

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub task: Option<&'s Task>,
    pub input: &'s Value,
    pub output: Option<&'s Value>,
    pub started_ms: i64,
}

impl Cx<'_> {
    /// The value of a variable, if it is defined here.
    fn variable(&self, name: &str, scope: &Scope<'_>) -> Option<Value> {
        if let Some((_, value)) = self.vars.iter().rev().find(|(known, _)| known == name) {
            return Some(value.clone());
        }
        Some(match name {
            "context" => self.context.clone(),
            "input" => scope.input.clone(),
            "output" => scope.output.cloned().unwrap_or(Value::Null),
            "secrets" => self.secrets(),
            "authorization" => Value::Null,
            "runtime" => json!({"name": "baton", "version": env!("CARGO_PKG_VERSION"), "metadata": {}}),
            "workflow" => json!({
                "id": self.run_id,
                "definition": {"document": self.def.document.raw},
                "input": self.input,
                "startedAt": Self::instant(self.started_ms),
            }),
            "task" => self.task_variable(scope),
            _ => return None,
        })
    }

    fn task_variable(&self, scope: &Scope<'_>) -> Value {
        let Some(task) = scope.task else { return Value::Null };
        json!({
            "name": &*task.name,
            "reference": &*task.path,
            "definition": task.raw,
            "input": scope.input,
            "output": scope.output,
            "startedAt": Self::instant(scope.started_ms),
        })
    }

    /// References, never values: a secret is put in by the door, when the call leaves.
    fn secrets(&self) -> Value {
        let names = self.def.uses.secrets.iter();
        Value::Object(names.map(|name| (name.clone(), json!({"secret": name}))).collect())
    }

    pub(super) fn eval(&self, expr: &Expr, data: &Value, scope: &Scope<'_>) -> Result<Value, ErrorDoc> {
        expr.run(data, &|name| self.variable(name, scope)).map_err(|e| {
            let text: String = expr.text().chars().take(120).collect();
            ErrorDoc::standard(ErrorKind::Expression, format!("{text}: {e}"))
        })
    }

    /// Whether a condition holds, as jq sees truth: all but `false` and `null`.
    pub(super) fn holds(&self, expr: Option<&Expr>, data: &Value, scope: &Scope<'_>) -> Result<bool, ErrorDoc> {
        let Some(expr) = expr else { return Ok(true) };
        Ok(!matches!(self.eval(expr, data, scope)?, Value::Null | Value::Bool(false)))
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

    /// `data` as a mapping makes it; unchanged where there is none.
    pub(super) fn mapped(&self, map: Option<&Template>, data: &Value, scope: &Scope<'_>) -> Result<Value, ErrorDoc> {
        map.map_or_else(|| Ok(data.clone()), |template| self.fill(template, data, scope))
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
        let mut left = DATA_BYTES_MAX;
        if fits(&value, &mut left, DATA_LEVELS_MAX) {
            return Ok(value);
        }
        let detail = format!(
            "a value is larger than {DATA_BYTES_MAX} bytes or nested deeper than {DATA_LEVELS_MAX} levels; keep a reference to it instead"
        );
        // Dropped here, at a depth that the check has bounded only by its size: level by level.
        drop_flat(value);
        Err(ErrorDoc::standard(ErrorKind::Runtime, detail))
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
fn fits(value: &Value, left: &mut usize, levels: usize) -> bool {
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
