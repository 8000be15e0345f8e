//! `call`: arguments evaluated, endpoints filled in, answers taken.

use super::scope::Scope;
use super::task::{Begun, Opened, misplaced};
use super::{Cx, Done, Poll};
use crate::api::{A2aCall, Action, Data, Endpoint, FunctionCall, HttpCall, HttpOutput, McpCall, OpenApiCall, RunEvent};
use crate::ast::{Call, CallTarget, Flow, Task, TaskBody};
use crate::error::{ErrorDoc, ErrorKind};
use crate::span;
use crate::state::{Body, TaskFrame};
use baton_base::CallId;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Version of MCP where the author names none (the specification's default).
const MCP_VERSION: &str = "2025-06-18";

impl<'a> Cx<'a> {
    pub(super) fn open_call(
        &mut self,
        task: &'a Task,
        call: &'a Call,
        input: &Data,
        scope: &Scope<'_>,
    ) -> Result<Opened, ErrorDoc> {
        let with = self.within_limit(self.fill(&call.with, input, scope)?)?;
        if let CallTarget::Own(name) = &call.target {
            return self.open_function(task, name, with);
        }
        let function = function_call(&call.target, with, input)?;
        let id = self.next_call();
        self.act(Action::Call { call: id.clone(), task: task.path.to_string(), attempt: self.attempt, function });
        Ok(Opened::Waits(Body::Call(id)))
    }

    /// A function of `use.functions`: its task with the arguments as input.
    fn open_function(&mut self, task: &'a Task, name: &str, args: Value) -> Result<Opened, ErrorDoc> {
        let def = self.def;
        let function = def.uses.functions.get(name).ok_or_else(|| misplaced(task))?;
        // The function sees its arguments, not the loops around its caller.
        let outer = std::mem::take(&mut self.vars);
        let args = Arc::new(args);
        let begun = self.begin(function, Arc::clone(&args));
        self.vars = outer;
        Ok(match begun? {
            Begun::Open(frame) => Opened::Waits(Body::Function(frame)),
            Begun::Skipped => Opened::Done(args),
        })
    }

    pub(super) fn poll_function(&mut self, task: &'a Task, inner: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let def = self.def;
        let TaskBody::Call(Call { target: CallTarget::Own(name), .. }) = &task.body else {
            return Err(misplaced(task));
        };
        let function = def.uses.functions.get(name).ok_or_else(|| misplaced(task))?;
        let outer = std::mem::take(&mut self.vars);
        let polled = self.poll_task(function, inner);
        self.vars = outer;
        Ok(match polled? {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Done { output, flow: Flow::End }) => Poll::Ready(Done { output, flow: Flow::End }),
            Poll::Ready(Done { output, .. }) => Poll::Ready(Done { output, flow: task.then.clone() }),
        })
    }

    /// The answer to an open call, if this turn's event is that.
    pub(super) fn answer(&self, open: &CallId) -> Result<Option<Data>, ErrorDoc> {
        match self.event {
            RunEvent::CallFinished { call, output } if call == open => Ok(Some(Arc::new(output.clone()))),
            RunEvent::CallFailed { call, error } if call == open => Err(error.clone()),
            _ => Ok(None),
        }
    }
}

fn wrong(detail: impl Into<String>) -> ErrorDoc {
    ErrorDoc::standard(ErrorKind::Expression, detail)
}

fn function_call(target: &CallTarget, with: Value, input: &Value) -> Result<FunctionCall, ErrorDoc> {
    if let CallTarget::Platform(name) = target {
        return Ok(FunctionCall::Function { name: name.clone(), args: with });
    }
    let Value::Object(mut args) = with else { return Err(wrong("the arguments are not an object")) };
    Ok(match target {
        CallTarget::Http => FunctionCall::Http(Box::new(HttpCall {
            method: text(&mut args, "method")?.to_uppercase(),
            endpoint: endpoint(args.remove("endpoint"), input)?,
            headers: object(&mut args, "headers")?,
            query: object(&mut args, "query")?,
            body: args.remove("body"),
            output: output(&mut args),
            redirect: flag(&args, "redirect"),
        })),
        CallTarget::OpenApi => FunctionCall::OpenApi(Box::new(OpenApiCall {
            document: resource(args.remove("document"), input)?,
            operation_id: text(&mut args, "operationId")?,
            parameters: object(&mut args, "parameters")?,
            authentication: args.remove("authentication"),
            output: output(&mut args),
            redirect: flag(&args, "redirect"),
        })),
        CallTarget::Mcp => FunctionCall::Mcp(Box::new(mcp(args, input)?)),
        CallTarget::A2a => FunctionCall::A2a(Box::new(A2aCall {
            method: text(&mut args, "method")?,
            parameters: args.remove("parameters").unwrap_or_else(|| Value::Object(Map::new())),
            agent_card: args.remove("agentCard").map(|card| resource(Some(card), input)).transpose()?,
            server: args.remove("server").map(|server| endpoint(Some(server), input)).transpose()?,
        })),
        CallTarget::Own(name) | CallTarget::Platform(name) => {
            FunctionCall::Function { name: name.clone(), args: Value::Object(args) }
        }
    })
}

fn mcp(mut args: Map<String, Value>, input: &Value) -> Result<McpCall, ErrorDoc> {
    let mut transport = object(&mut args, "transport")?;
    let mut http = object(&mut transport, "http")?;
    let timeout_ms = args.remove("timeout").map(|span| span::from_value(&span).map_err(wrong)).transpose()?;
    Ok(McpCall {
        method: text(&mut args, "method")?,
        parameters: args.remove("parameters").unwrap_or_else(|| Value::Object(Map::new())),
        endpoint: endpoint(http.remove("endpoint"), input)?,
        headers: object(&mut http, "headers")?,
        protocol_version: text(&mut args, "protocolVersion").unwrap_or_else(|_| MCP_VERSION.to_owned()),
        timeout_ms,
    })
}

fn text(args: &mut Map<String, Value>, key: &str) -> Result<String, ErrorDoc> {
    match args.remove(key) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(wrong(format!("'{key}' is not a text"))),
    }
}

fn object(args: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, ErrorDoc> {
    match args.remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(wrong(format!("'{key}' is not an object"))),
    }
}

fn flag(args: &Map<String, Value>, key: &str) -> bool {
    args.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn output(args: &mut Map<String, Value>) -> HttpOutput {
    match args.remove("output").as_ref().and_then(Value::as_str) {
        Some("raw") => HttpOutput::Raw,
        Some("response") => HttpOutput::Response,
        _ => HttpOutput::Content,
    }
}

fn resource(value: Option<Value>, input: &Value) -> Result<Endpoint, ErrorDoc> {
    match value {
        Some(Value::Object(mut map)) => endpoint(map.remove("endpoint"), input),
        _ => Err(wrong("the resource is not an object")),
    }
}

fn endpoint(value: Option<Value>, input: &Value) -> Result<Endpoint, ErrorDoc> {
    let (uri, authentication) = match value {
        Some(Value::String(uri)) => (uri, None),
        Some(Value::Object(mut map)) => (text(&mut map, "uri")?, map.remove("authentication")),
        _ => return Err(wrong("the endpoint is neither a URI nor an object")),
    };
    Ok(Endpoint { uri: expand(&uri, input)?, authentication })
}

/// Fills in `{name}` (RFC 6570 level 1) from the task's input. A missing value is an error: without it the call
/// would go to another resource.
fn expand(template: &str, input: &Value) -> Result<String, ErrorDoc> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) =
            after.split_once('}').ok_or_else(|| wrong(format!("the URI template {template} is not closed")))?;
        out.push_str(before);
        let value = match input.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(n)) => n.to_string(),
            Some(Value::Bool(b)) => b.to_string(),
            Some(Value::Null) => String::new(),
            _ => return Err(wrong(format!("the URI needs '{name}', which the task's input does not have"))),
        };
        encode(&value, &mut out);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
