//! `emit`.

use super::Cx;
use super::scope::Scope;
use super::task::Opened;
use crate::api::Action;
use crate::ast::Template;
use crate::error::{ErrorDoc, ErrorKind};
use crate::span;
use serde_json::Value;
use std::sync::Arc;

impl Cx<'_> {
    pub(super) fn emit(&mut self, template: &Template, input: &Value, scope: &Scope<'_>) -> Result<Opened, ErrorDoc> {
        let Value::Object(mut event) = self.within_limit(self.fill(template, input, scope)?)? else {
            return Err(ErrorDoc::standard(ErrorKind::Expression, "the event is not an object"));
        };
        // What makes a CloudEvent must be text, whatever an expression gave.
        for key in ["id", "source", "specversion", "type", "time", "subject", "datacontenttype", "dataschema"] {
            if event.get(key).is_some_and(|value| value.as_str().is_none_or(str::is_empty)) {
                return Err(ErrorDoc::standard(ErrorKind::Expression, format!("the event's '{key}' is not a text")));
            }
        }
        let id = self.next_call();
        event.entry("id").or_insert_with(|| Value::from(id.as_str()));
        event.entry("specversion").or_insert_with(|| Value::from("1.0"));
        event.entry("time").or_insert_with(|| Value::from(span::rfc3339(self.now_ms)));
        let event = Value::Object(event);
        self.act(Action::Emit { event: event.clone() });
        Ok(Opened::Done(Arc::new(event)))
    }
}
