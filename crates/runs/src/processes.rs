//! The processes of one release, compiled.

use baton_base::{Bundle, Finding};
use baton_engine::Definition;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiled processes of a release, by name, and which one a channel's cases enter by.
pub struct Processes {
    by_name: BTreeMap<String, Arc<Definition>>,
    texts: BTreeMap<String, String>,
    entry: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    entry: BTreeMap<String, String>,
}

impl Processes {
    /// Compiles `processes/*.yaml`, with the files of the release that they take in; every function they call must be in
    /// `known`.
    pub fn load(bundle: &Bundle, known: &[&str]) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut by_name = BTreeMap::new();
        let mut texts = BTreeMap::new();
        for (path, stem, text) in bundle.in_folder("processes", "yaml") {
            match Definition::load(path, text, known, &|other| bundle.file(other).map(str::to_owned)) {
                Ok((definition, _)) => {
                    texts.insert(stem.to_owned(), text.to_owned());
                    by_name.insert(stem.to_owned(), Arc::new(definition));
                }
                Err(more) => findings.extend(more),
            }
        }
        let entry = match bundle.file("blueprint.yaml").map(|text| Bundle::yaml::<Head>("blueprint.yaml", text)) {
            Some(Ok(head)) => head.entry,
            Some(Err(finding)) => {
                findings.push(finding);
                BTreeMap::new()
            }
            None => BTreeMap::new(),
        };
        for (channel, process) in &entry {
            if !by_name.contains_key(process) {
                findings.push(Finding::error(
                    "blueprint.yaml",
                    "entry-process",
                    format!("channel '{channel}' enters by process '{process}', which does not exist or does not load"),
                    "name a file in processes/ without its extension",
                ));
            }
        }
        if findings.is_empty() { Ok(Self { by_name, texts, entry }) } else { Err(findings) }
    }

    /// One process.
    pub fn get(&self, name: &str) -> Option<&Arc<Definition>> {
        self.by_name.get(name)
    }

    /// The text a process was compiled from.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The process by which cases of a channel enter.
    pub fn entry(&self, channel: &str) -> Option<&str> {
        self.entry.get(channel).map(String::as_str)
    }

    /// All processes, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Arc<Definition>)> {
        self.by_name.iter().map(|(name, definition)| (name.as_str(), definition))
    }
}
