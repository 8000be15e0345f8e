//! `OpenAPI` descriptions (2.0, 3.0, 3.1): fetched when first needed, and the operation that a call names.

use super::exchange::{Exchange, url};
use super::going::Going;
use super::{Fault, Told, answer, auth, limits};
use baton_base::{Bundle, ClientId};
use baton_engine::Endpoint;
use reqwest::Url;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// References that lead to references, count.
const HOPS_MAX: usize = 16;

type Kept = HashMap<(ClientId, String), (i64, Arc<Value>)>;

/// Descriptions kept for a while, by client and address.
#[derive(Default)]
pub(crate) struct Documents(Mutex<Kept>);

impl Documents {
    fn get(&self, client: &ClientId, address: &str, now_ms: i64) -> Option<Arc<Value>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_ms, document) = kept.get(&(client.clone(), address.to_owned()))?;
        (now_ms - read_ms < limits::DOCUMENT_KEPT_MS).then(|| Arc::clone(document))
    }

    fn put(&self, client: &ClientId, address: &str, now_ms: i64, document: &Arc<Value>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= limits::DOCUMENTS_MAX {
            kept.clear();
        }
        kept.insert((client.clone(), address.to_owned()), (now_ms, Arc::clone(document)));
    }
}

/// The description at an address.
pub(crate) async fn read(going: &mut Going, at: &Endpoint) -> Told<Arc<Value>> {
    let (client, now_ms) = (going.cx.ctx.client.clone(), going.cx.ctx.now_ms());
    let inner = Arc::clone(&going.inner);
    if let Some(document) = inner.documents.get(&client, &at.uri, now_ms) {
        return Ok(document);
    }
    let mut exchange = Exchange { bytes_max: limits::DOCUMENT_BYTES_MAX, ..Exchange::get(url(&at.uri)?) };
    exchange.header("accept", "application/json, application/yaml;q=0.9, */*;q=0.5", false)?;
    auth::authorize(going, &mut exchange, at.authentication.as_ref()).await?;
    let (exchange, answered) = going.follow(exchange, true).await?;
    if answered.status != 200 {
        return Err(answer::error(&exchange, &answered));
    }
    let document = parsed(&answered.body, &at.uri)?;
    let known = document.get("swagger").or_else(|| document.get("openapi")).and_then(Value::as_str);
    if !known.is_some_and(|version| ["2.", "3.0", "3.1"].iter().any(|start| version.starts_with(start))) {
        return Err(Fault::configuration(format!("{} is no OpenAPI description of version 2.0, 3.0 or 3.1", at.uri)));
    }
    let document = Arc::new(document);
    inner.documents.put(&client, &at.uri, now_ms, &document);
    Ok(document)
}

fn parsed(body: &[u8], name: &str) -> Told {
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = std::str::from_utf8(body).map_err(|_| Fault::garbled(format!("{name} is no text")))?;
    Bundle::yaml(name, text).map_err(|finding| Fault::garbled(finding.to_string()))
}

/// One operation of a description.
pub(crate) struct Operation {
    pub document: Arc<Value>,
    /// The description's own address, which relative ones are meant from.
    pub from: Url,
    /// Path template.
    pub path: String,
    /// HTTP method, upper case.
    pub method: String,
    /// As described.
    pub value: Value,
    /// Parameters of the path and of the operation, references resolved.
    pub params: Vec<Value>,
    /// What the path says beside its operations.
    item: Value,
}

impl Operation {
    /// The operation with this id.
    pub(crate) fn find(document: &Arc<Value>, from: &Url, id: &str) -> Told<Self> {
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        for (path, item) in paths {
            let item = resolved(document, item);
            for method in METHODS {
                let Some(value) = item.get(method) else { continue };
                if value.get("operationId").and_then(Value::as_str) != Some(id) {
                    continue;
                }
                let params = params(document, item, value);
                return Ok(Self {
                    document: Arc::clone(document),
                    from: from.clone(),
                    path: path.clone(),
                    method: method.to_uppercase(),
                    value: value.clone(),
                    params,
                    item: item.clone(),
                });
            }
        }
        Err(Fault::configuration(format!("{from} describes no operation '{id}'")))
    }

    /// Whether the description is of version 2.0.
    pub(crate) fn is_old(&self) -> bool {
        self.document.get("swagger").is_some()
    }

    /// A part of the description, references resolved.
    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        resolved(&self.document, value)
    }

    /// The address that the operation's path comes after.
    pub(crate) fn base(&self) -> Told<Url> {
        let wrong = |text: &str| Fault::configuration(format!("the server '{text}' of {} is no address", self.from));
        if self.is_old() {
            let part = |name: &str| self.document.get(name).and_then(Value::as_str);
            let schemes = self.value.get("schemes").or_else(|| self.document.get("schemes"));
            let schemes: Vec<&str> =
                schemes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
            let scheme = match schemes.as_slice() {
                [] => self.from.scheme(),
                offered if offered.contains(&self.from.scheme()) => self.from.scheme(),
                offered => offered.iter().find(|s| **s == "https").unwrap_or(&offered[0]),
            };
            let own = self.from.origin().ascii_serialization();
            let own_host = own.split_once("://").map_or("", |(_, host)| host);
            let text = format!("{scheme}://{}{}", part("host").unwrap_or(own_host), part("basePath").unwrap_or("/"));
            return Url::parse(&text).map_err(|_| wrong(&text));
        }
        let places = [&self.value, &self.item, &*self.document];
        let server = places.iter().find_map(|place| place.get("servers")?.get(0));
        let mut text = server.and_then(|s| s.get("url")).and_then(Value::as_str).unwrap_or("/").to_owned();
        let variables = server.and_then(|s| s.get("variables")).and_then(Value::as_object).into_iter().flatten();
        for (name, variable) in variables {
            let value = variable.get("default").map(answer::text).unwrap_or_default();
            text = text.replace(&format!("{{{name}}}"), &value);
        }
        self.from.join(&text).map_err(|_| wrong(&text))
    }
}

fn params(document: &Value, item: &Value, operation: &Value) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for place in [item, operation] {
        for param in place.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let param = resolved(document, param);
            // What the operation says of a parameter takes the place of what its path says.
            found.retain(|known| known["name"] != param["name"] || known["in"] != param["in"]);
            found.push(param.clone());
        }
    }
    found
}

fn resolved<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..HOPS_MAX {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else { return value };
        match target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)) {
            Some(found) => value = found,
            None => return value,
        }
    }
    value
}
