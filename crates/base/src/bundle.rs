//! The files of a release as the rooms read them, and what they find wrong with them.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The files of one release, overlay already applied: path below the blueprint folder → text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// Path with forward slashes → file text.
    pub files: BTreeMap<String, String>,
    /// The client's parameters after defaults and overlay.
    pub parameters: BTreeMap<String, Value>,
    /// The files as they were written, before the parameters were filled in, with the tests; empty in releases that were
    /// made before they were kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, String>,
}

impl Bundle {
    /// Files below `folder/` with extension `ext`, as (path, stem, text), in path order.
    pub fn in_folder<'a>(
        &'a self,
        folder: &'a str,
        ext: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> + 'a {
        self.files.iter().filter_map(move |(path, text)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            let stem = name.strip_suffix(ext)?.strip_suffix('.')?;
            Some((path.as_str(), stem, text.as_str()))
        })
    }

    /// One file's text.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Reads a YAML file strictly; the finding names file, line and column.
    pub fn yaml<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Finding> {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|e| {
            let at = e.location();
            Finding {
                file: path.to_owned(),
                line: at.map_or(0, |l| u32::try_from(l.line()).unwrap_or(0)),
                column: at.map_or(0, |l| u32::try_from(l.column()).unwrap_or(0)),
                rule: "yaml".to_owned(),
                severity: Severity::Error,
                message: yaml_words(&e.to_string()),
                remedy: "correct the file; unknown keys and wrong types are refused".to_owned(),
            }
        })
    }
}

/// What is wrong with a YAML text, from what its reader says: for whoever wrote the text, without the reader's own terms.
pub fn yaml_words(said: &str) -> String {
    let line = said.lines().next().unwrap_or("not valid YAML");
    // The place is told beside the words.
    let placed = line.strip_prefix("error: line ").and_then(|rest| rest.split_once(": "));
    let words = placed.map_or(line, |(_, words)| words);
    if let Some(key) = words.strip_prefix("duplicate mapping key: ") {
        return format!("the key '{}' stands here twice", key.split(", set ").next().unwrap_or(key));
    }
    let known = [
        ("multiple YAML documents", "there is more than one document in this file"),
        ("recursive references", "an alias refers to something that it is a part of"),
        ("tabs disallowed", "a tab stands here; YAML is indented with spaces"),
        ("recursion limit", "it is nested too deeply"),
    ];
    let found = known.into_iter().find(|(start, _)| words.starts_with(start));
    found.map_or_else(|| words.to_owned(), |(_, words)| words.to_owned())
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Loads; should be looked at.
    Warning,
    /// Refused at load.
    Error,
}

/// What a linter or loader found, where, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// File, relative to the blueprint folder.
    pub file: String,
    /// 1-based; 0 where unknown.
    pub line: u32,
    /// 1-based; 0 where unknown.
    pub column: u32,
    /// Stable rule id, such as `then-target`.
    pub rule: String,
    /// Whether it stops the load.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// An error about a whole file.
    pub fn error(file: &str, rule: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            rule: rule.to_owned(),
            severity: Severity::Error,
            message: message.into(),
            remedy: remedy.into(),
        }
    }
    /// The same at a line and column.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (line, column);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: [{}] {}; {}", self.file, self.line, self.column, self.rule, self.message, self.remedy)
    }
}
