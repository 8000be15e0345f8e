//! A description of any kind becomes a connector: which operations there are, which can be called, and for each a
//! suggestion of name, risk, repeatability, amounts and secrets. People look through it; policies decide.
//!
//! The same description gives the same files, byte for byte.

mod agent;
mod hook;
mod names;
mod pin;
mod security;
mod suggest;
mod tables;
mod tools;
mod write;
mod written;

pub use crate::catalogue::AuthFile;
pub use agent::agent;
pub use hook::{Hook, hook};
pub use tables::{Offered, offered};
pub use tools::tools;
pub use written::{Operated, Statement, WRITTEN_MAX, operations, statements};

use crate::catalogue::{Document, Entry, IDEMPOTENCY_HEADER_DEFAULT, Operation, is_name};
use crate::validate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to import, and how to call it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The connector's name; made from the description's title where none is given.
    pub name: Option<String>,
    /// Only these operations; all where none are given.
    pub picks: Option<Vec<Pick>>,
    /// How Baton signs in, `none` among its kinds; as the description says where nothing is given. Names of secrets that
    /// are left out are made from the connector's.
    pub auth: Option<AuthFile>,
    /// Where the system is; as the description says where nothing is given. A parameter of the overlay (`{{param.NAME}}`)
    /// stands for an address that each client has of its own.
    pub base_url: Option<String>,
}

/// One operation that somebody picked, with what they know better.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pick {
    /// Its id, or `GET /path`.
    pub operation: String,
    /// The action's name.
    pub name: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// Whether it changes something outside.
    pub writes: Option<bool>,
    /// `low`, `medium` or `high`.
    pub risk: Option<String>,
    /// Whether the system does it once however often it is sent with one key.
    pub idempotent: Option<bool>,
    /// Places in results that hold decimal amounts.
    pub money: Option<Vec<String>>,
    /// The action that undoes it.
    pub compensate: Option<String>,
}

/// One operation that can be called.
#[derive(Debug, Clone, Serialize)]
pub struct Suggested {
    /// The action's name.
    pub name: String,
    /// The operation's id, or `GET /path`.
    pub operation: String,
    /// HTTP method, upper case.
    pub method: String,
    /// As in the description.
    pub path: String,
    /// For people.
    pub title: String,
    /// Whether it changes something outside.
    pub writes: bool,
    /// `low`, `medium` or `high`.
    pub risk: String,
    /// Whether the system does it once however often it is sent with one key.
    pub idempotent: bool,
    /// Places in results that hold decimal amounts.
    pub money: Vec<String>,
    /// Arguments and places in results that seem to hold amounts in minor units already.
    pub minor: Vec<String>,
    /// Places that should not be written down.
    pub redact: Vec<String>,
    /// The action that undoes it; nobody but a person knows.
    pub compensate: Option<String>,
    /// An address of its own.
    pub base_url: Option<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One operation that cannot be called.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// The operation's id, or `GET /path`.
    pub operation: String,
    /// Why, in words.
    pub reason: String,
}

/// What an import found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The connector's name.
    pub name: String,
    /// The description's title.
    pub title: String,
    /// Version of the language of the description.
    pub language: String,
    /// Where the system is, as far as the description says.
    pub base_url: String,
    /// Operations in the description.
    pub found: usize,
    /// Operations picked.
    pub picked: usize,
    /// Operations that can be called.
    pub imported: usize,
    /// Those that cannot.
    pub refused: Vec<Refused>,
    /// Operations that call back, which is not listened to: webhooks of the blueprint are.
    pub callbacks: Vec<String>,
    /// What the system sends by itself.
    pub webhooks: Vec<String>,
    /// How the system wants to know who calls, in words.
    pub security: Vec<String>,
    /// How Baton signs in, as it stands in the connector's file; none where nobody asks who calls.
    pub auth: Option<AuthFile>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Those that can be called.
    pub operations: Vec<Suggested>,
}

/// An import: its report and the files of the connector.
#[derive(Debug, Clone)]
pub struct Import {
    /// What was found.
    pub report: Report,
    /// Path below the blueprint → text.
    pub files: BTreeMap<String, String>,
}

/// Whether a connector or an action can be called so.
pub fn can_be_named(name: &str) -> bool {
    is_name(name)
}

/// Imports a description; the error says why nothing can be.
pub fn import(file: &str, text: &str, options: &Options) -> Result<Import, String> {
    let doc = Document::parse(file, text)?;
    let title = names::title(&doc);
    let name = match &options.name {
        Some(name) if is_name(name) => name.clone(),
        Some(name) => {
            return Err(format!("'{name}' is no connector name: letters, digits, '_' and '-', a letter first"));
        }
        None => names::connector(&title, file),
    };
    options.picks.iter().flatten().try_for_each(fits)?;
    let place = options.base_url.as_deref().map(place).transpose()?;
    let auth = match &options.auth {
        Some(wanted) => security::wanted(&doc, &name, wanted)?,
        None => security::suggested(&doc, &name),
    };
    let (picked, mut refused) = picked(&doc, options);
    let mut found = Vec::new();
    for (entry, pick) in &picked {
        match operation(&doc, entry, &auth) {
            Ok(operation) => found.push((*entry, operation, pick)),
            Err(reason) => refused.push(Refused { operation: entry.name.clone(), reason }),
        }
    }
    // A connector has one header for its keys: that of most operations, of those named equally often the first.
    let key_header = suggest::key_header(found.iter().filter_map(|(_, operation, _)| operation.takes_key.as_deref()));
    let of_all = suggest::OfAll { doc: &doc, key_header: &key_header };
    let suggested = found.iter().map(|(entry, operation, pick)| suggest::action(&of_all, entry, operation, pick));
    let mut suggested: Vec<Suggested> = suggested.collect();
    names::unique(&mut suggested);
    let base_url = place.or_else(|| doc.servers(None).into_iter().next()).unwrap_or_default();
    let mut report = Report {
        name,
        title,
        language: doc.version().to_owned(),
        base_url,
        found: doc.entries().len(),
        picked: picked.len() + refused.iter().filter(|r| doc.entry(&r.operation).is_err()).count(),
        imported: suggested.len(),
        refused,
        callbacks: suggest::callbacks(&doc),
        webhooks: suggest::webhooks(&doc),
        security: security::in_words(&doc),
        auth: auth.clone(),
        notes: Vec::new(),
        operations: suggested,
    };
    report.notes = notes(&report);
    let pinned = pin::pinned(&doc, &report.operations);
    let files = write::files(&report, auth.as_ref(), &key_header, &pinned);
    Ok(Import { report, files })
}

/// What somebody picked stands in the file as it is.
fn fits(pick: &Pick) -> Result<(), String> {
    const RISKS: [&str; 3] = ["low", "medium", "high"];
    if let Some(name) = pick.name.as_ref().filter(|name| !is_name(name)) {
        return Err(format!("'{name}' is no action name: letters, digits, '_' and '-', a letter first, at most 64"));
    }
    if let Some(undo) = pick.compensate.as_ref().filter(|undo| !is_name(undo)) {
        return Err(format!("'{undo}', which is to undo {}, is no action name", pick.operation));
    }
    match pick.risk.as_deref().filter(|risk| !RISKS.contains(risk)) {
        Some(risk) => Err(format!("'{risk}' is no risk; use low, medium or high")),
        None => Ok(()),
    }
}

/// Where somebody says that the system is. Whether it may be called there is found when the file is read.
fn place(said: &str) -> Result<String, String> {
    let said = said.trim();
    let known = ["https://", "http://", "{{param."].iter().any(|begins| said.starts_with(begins));
    match known && !said.contains(char::is_whitespace) {
        true => Ok(said.to_owned()),
        false => Err(format!(
            "'{said}' is no address of a system: it begins with https://, or is a parameter of the overlay"
        )),
    }
}

fn picked<'a>(doc: &'a Document, options: &Options) -> (Vec<(&'a Entry, Pick)>, Vec<Refused>) {
    let Some(picks) = &options.picks else {
        return (doc.entries().iter().map(|entry| (entry, Pick::default())).collect(), Vec::new());
    };
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for pick in picks {
        match doc.entry(&pick.operation) {
            Ok(entry) if found.iter().any(|(known, _): &(&Entry, Pick)| *known == entry) => {}
            Ok(entry) => found.push((entry, pick.clone())),
            Err(reason) => refused.push(Refused { operation: pick.operation.clone(), reason }),
        }
    }
    (found, refused)
}

/// The operation as a release would load it.
fn operation(doc: &Document, entry: &Entry, auth: &Option<AuthFile>) -> Result<Operation, String> {
    let covers = auth.as_ref().and_then(|auth| auth.read().ok()).map(|auth| auth.covers).unwrap_or_default();
    let operation = doc.operation_without(&entry.name, IDEMPOTENCY_HEADER_DEFAULT, &covers)?;
    validate::compile(&operation.schema).map_err(|e| format!("its arguments' schema is not valid: {e}"))?;
    Ok(operation)
}

fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if report.base_url.is_empty() || report.base_url.starts_with('/') {
        notes.push("the description does not say where the system is: fill in base_url".to_owned());
    }
    if !report.callbacks.is_empty() {
        notes.push(format!(
            "{} operations call back; to listen, declare a webhook in the blueprint",
            report.callbacks.len()
        ));
    }
    if !report.webhooks.is_empty() {
        notes.push(format!(
            "it sends {} kinds of webhook; to listen, declare them in the blueprint",
            report.webhooks.len()
        ));
    }
    notes
}
