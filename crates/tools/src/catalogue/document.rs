//! A view of an API description (Swagger 2.0, OpenAPI 3.0, 3.1, 3.2; JSON or YAML): its operations under stable names, and
//! local references.
//!
//! Only what a call needs is read; what is not understood is refused where an action uses it, and ignored elsewhere.

use super::input::Input;
use super::operation::{Operation, Place};
use super::{schema, swagger};
use baton_base::Bundle;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Longest chain of references followed, count.
const REFERENCES_MAX: usize = 32;
pub(super) const METHODS: [&str; 9] = ["get", "put", "post", "delete", "patch", "head", "options", "trace", "query"];

/// One operation of a description, by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The operation id where it has one of its own, else `GET /path`.
    pub name: String,
    /// As in the description, lower case.
    pub method: String,
    /// As in the description.
    pub path: String,
}

/// A description.
pub struct Document {
    root: Value,
    legacy: bool,
    version: String,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

impl Document {
    /// Reads a description as JSON or YAML, whichever the text is.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let root = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| format!("{name}: {e}"))?
        } else {
            Bundle::yaml(name, text).map_err(|finding| finding.to_string())?
        };
        Self::new(root)
    }

    /// Takes a parsed document; the error says what is wrong.
    pub fn new(root: Value) -> Result<Self, String> {
        let said = |key: &str| root.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (openapi, swagger) = (said("openapi"), said("swagger"));
        let modern = ["3.0", "3.1", "3.2"].iter().any(|known| openapi.starts_with(known));
        let (root, version) = match (modern, swagger.as_str()) {
            (true, _) => (root, openapi.clone()),
            (false, "2.0") => (swagger::upgraded(root)?, swagger.clone()),
            (false, _) => {
                let found = if openapi.is_empty() { swagger } else { openapi };
                return Err(format!(
                    "a description of Swagger 2.0, OpenAPI 3.0, 3.1 or 3.2 is needed, found version '{found}'"
                ));
            }
        };
        let legacy = version.starts_with("3.0") || version == "2.0";
        let mut document = Self { root, legacy, version, entries: Vec::new(), by_name: HashMap::new() };
        document.entries = document.named()?;
        document.by_name = document.entries.iter().enumerate().map(|(at, e)| (e.name.clone(), at)).collect();
        Ok(document)
    }

    /// The version of the language that it is written in.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The description as OpenAPI 3; a Swagger 2.0 one in its words.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Names under which operations can be used: operation ids, or `GET /path` where there is none of its own.
    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.name.clone()).collect()
    }

    /// All operations, in the order of the description.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn named(&self) -> Result<Vec<Entry>, String> {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        let mut raw = Vec::new();
        for (path, item) in self.root.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let item = self.follow(item)?;
            for method in METHODS {
                let Some(op) = item.get(method).filter(|op| op.is_object()) else { continue };
                let id = op.get("operationId").and_then(Value::as_str).map(str::trim).filter(|id| !id.is_empty());
                if let Some(id) = id {
                    *counts.entry(id).or_default() += 1;
                }
                raw.push((method, path, id));
            }
        }
        Ok(raw
            .into_iter()
            .map(|(method, path, id)| Entry {
                // An id that two operations share is neither's name.
                name: id.filter(|id| counts[id] == 1).map_or_else(|| plain(method, path), str::to_owned),
                method: method.to_owned(),
                path: path.clone(),
            })
            .collect())
    }

    /// Where an operation of this name stands: by its id or as `GET /path`.
    pub fn entry(&self, wanted: &str) -> Result<&Entry, String> {
        if let Some(at) = self.by_name.get(wanted) {
            return Ok(&self.entries[*at]);
        }
        let by_path = self.entries.iter().find(|entry| plain(&entry.method, &entry.path) == wanted);
        by_path.ok_or_else(|| {
            let twice =
                self.entries.iter().filter(|e| self.value(e).get("operationId") == Some(&json!(wanted))).count();
            match twice {
                0 => format!("there is no operation '{wanted}' in the description"),
                _ => format!("the description has {twice} operations called '{wanted}'; name one as 'GET /path'"),
            }
        })
    }

    /// An operation as described.
    pub fn value(&self, entry: &Entry) -> &Value {
        static NOTHING: Value = Value::Null;
        self.item(entry).and_then(|item| item.get(&entry.method)).unwrap_or(&NOTHING)
    }

    fn item(&self, entry: &Entry) -> Option<&Value> {
        self.follow(self.root.get("paths")?.get(&entry.path)?).ok()
    }

    /// The operation with this id, or this `GET /path`. `filled` are parameters that are no arguments: place and lower-case name;
    /// a header called `key_header` is filled in by the door.
    pub fn operation(&self, wanted: &str, key_header: &str) -> Result<Operation, String> {
        self.operation_without(wanted, key_header, &[])
    }

    /// The same, without parameters that authentication fills.
    pub fn operation_without(
        &self,
        wanted: &str,
        key_header: &str,
        filled: &[(Option<Place>, String)],
    ) -> Result<Operation, String> {
        let entry = self.entry(wanted)?;
        let op = self.value(entry);
        let mut input = Input::new(self, key_header, filled);
        for raw in self.parameters_of(entry, op)? {
            input.parameter(raw)?;
        }
        input.missing_places(&placeholders(&entry.path)?)?;
        if let Some(body) = op.get("requestBody") {
            input.body(self.follow(body)?)?;
        }
        let words = |key: &str| op.get(key).and_then(Value::as_str).map(str::to_owned);
        let summary = words("summary").or_else(|| words("description")).unwrap_or_default();
        input.finish(entry, first_line(&summary), self.accept_of(op))
    }

    // An operation's own parameter replaces the path's of the same name and place.
    fn parameters_of<'a>(&'a self, entry: &Entry, op: &'a Value) -> Result<Vec<&'a Value>, String> {
        let shared = self.item(entry).and_then(|item| item.get("parameters")).and_then(Value::as_array);
        let own = op.get("parameters").and_then(Value::as_array);
        let mut all: Vec<&Value> = Vec::new();
        for raw in shared.into_iter().flatten().chain(own.into_iter().flatten()) {
            let param = self.follow(raw)?;
            all.retain(|known| known.get("name") != param.get("name") || known.get("in") != param.get("in"));
            all.push(param);
        }
        Ok(all)
    }

    /// The content of good answers: media type and what is said of it.
    pub fn answers<'a>(&'a self, op: &'a Value) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let responses = op.get("responses").and_then(Value::as_object).into_iter().flatten();
        let good = responses.filter(|(code, _)| code.starts_with('2') || *code == "default");
        good.filter_map(|(_, response)| self.follow(response).ok()?.get("content")?.as_object()).flatten()
    }

    fn accept_of(&self, op: &Value) -> String {
        const KINDS_MAX: usize = 6;
        let mut kinds: Vec<&str> = Vec::new();
        for (media, _) in self.answers(op) {
            if !kinds.contains(&media.as_str()) && kinds.len() < KINDS_MAX && !media.contains(['\r', '\n']) {
                kinds.push(media);
            }
        }
        let json = kinds.iter().any(|media| media.contains("json"));
        if kinds.is_empty() || json { "application/json".to_owned() } else { kinds.join(", ") }
    }

    /// Schema of an operation's good JSON answer, self-contained.
    pub fn answer_schema(&self, entry: &Entry) -> Option<Value> {
        let (_, media) = self.answers(self.value(entry)).find(|(media, _)| media.contains("json"))?;
        let mut definitions = schema::Definitions::default();
        let mut schema = schema::convert(self, media.get("schema")?, &mut definitions).ok()?;
        let definitions = definitions.close(self).ok()?;
        if let (Some(map), false) = (schema.as_object_mut(), definitions.is_empty()) {
            map.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Some(schema)
    }

    /// What a local reference stands for; other values as they are.
    pub(crate) fn follow<'a>(&'a self, value: &'a Value) -> Result<&'a Value, String> {
        let mut at = value;
        for _ in 0..REFERENCES_MAX {
            match at.get("$ref").and_then(Value::as_str) {
                None => return Ok(at),
                Some(reference) => at = self.resolve(reference)?,
            }
        }
        Err(format!("references go in a circle or deeper than {REFERENCES_MAX}"))
    }

    /// The value at a local reference. Remote references are not followed.
    pub(super) fn resolve(&self, reference: &str) -> Result<&Value, String> {
        let pointer = reference
            .strip_prefix('#')
            .ok_or_else(|| format!("'{reference}' points out of the file; only local references are read"))?;
        let found = self.root.pointer(pointer).or_else(|| self.root.pointer(&decoded(pointer)));
        found.ok_or_else(|| format!("'{reference}' points at nothing"))
    }

    pub(super) fn is_legacy(&self) -> bool {
        self.legacy
    }

    /// Addresses that the description gives: of one operation where it has its own, else of all. Variables have
    /// their defaults.
    pub fn servers(&self, entry: Option<&Entry>) -> Vec<String> {
        let own = entry.and_then(|entry| self.value(entry).get("servers").or_else(|| self.item(entry)?.get("servers")));
        let list = match entry {
            Some(_) => own,
            None => self.root.get("servers"),
        };
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|server| {
            let mut url = server.get("url")?.as_str()?.to_owned();
            for (name, variable) in server.get("variables").and_then(Value::as_object).unwrap_or(&Map::new()) {
                let first = variable.get("enum").and_then(|list| list.get(0));
                let value = variable.get("default").or(first).and_then(Value::as_str).unwrap_or_default();
                url = url.replace(&format!("{{{name}}}"), value);
            }
            Some(url)
        })
        .collect()
    }
}

fn plain(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// The first line of a text, without the tags that some descriptions have in it.
fn first_line(text: &str) -> String {
    const TITLE_CHARS_MAX: usize = 120;
    let (mut plain, mut in_tag) = (String::new(), false);
    for c in text.trim().chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if !in_tag => plain.push(c),
            _ => {}
        }
    }
    let line = plain.lines().next().unwrap_or_default().trim();
    match line.char_indices().nth(TITLE_CHARS_MAX) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", line[..end].rsplit_once(' ').map_or(&line[..end], |(head, _)| head)),
    }
}

// References are URIs: a name may be written with percent signs.
pub(crate) fn decoded(pointer: &str) -> String {
    let bytes = pointer.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = pointer.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Names between braces in a path template.
pub(crate) fn placeholders(path: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let tail = &rest[open + 1..];
        let close = tail.find('}').ok_or_else(|| format!("the path {path} has a brace without its partner"))?;
        names.push(tail[..close].to_owned());
        rest = &tail[close + 1..];
    }
    Ok(names)
}
