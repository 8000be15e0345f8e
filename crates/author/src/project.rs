//! A process and those beside it, read from files.

use crate::folder::Folder;
use crate::limits;
use baton_base::{Bundle, Error, Finding, Result};
use baton_engine::Definition;
use baton_runs::Processes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Ending of the files that hold test cases.
pub(crate) const TESTS: &str = ".test.yaml";
/// Start of the names of functions that stand for processes.
pub(crate) const STAND_IN: &str = "process:";

/// A process with the processes that it may run.
pub struct Project {
    /// The file of the process.
    pub file: PathBuf,
    /// Name of the process, as in its document.
    pub name: String,
    /// The process, compiled.
    pub definition: Definition,
    text: String,
    others: BTreeMap<String, String>,
    /// Files that the processes take in, by their paths in the blueprint's folder.
    taken: BTreeMap<String, String>,
    /// Files beside it that are no right processes, with the name in their document and what is wrong.
    broken: BTreeMap<String, (Option<String>, Vec<Finding>)>,
}

/// Why there is no project.
#[derive(Debug)]
pub enum Refused {
    /// A file cannot be read.
    Unreadable(Error),
    /// The definition is not valid.
    Invalid(Vec<Finding>),
}

impl Project {
    /// Reads a process, those in the same folder, and those in `more` files. `{{param.NAME}}` in them is replaced by
    /// the parameter's value.
    pub fn read(
        file: &Path,
        more: &[PathBuf],
        parameters: &BTreeMap<String, Value>,
    ) -> std::result::Result<Self, Refused> {
        let text = text_of(file, parameters).map_err(Refused::Unreadable)?;
        Self::of(file, text, more, parameters)
    }

    fn of(
        file: &Path,
        text: String,
        more: &[PathBuf],
        parameters: &BTreeMap<String, Value>,
    ) -> std::result::Result<Self, Refused> {
        let folder = Folder::of(file, parameters);
        let definition = folder.parse(file, &text).map_err(Refused::Invalid)?;
        let name = definition.name().to_owned();
        let (file, taken) = (file.to_owned(), folder.taken());
        let (others, broken) = (BTreeMap::new(), BTreeMap::new());
        let mut project = Self { file, name, definition, text, others, taken, broken };
        for path in beside(&project.file) {
            project.add(&path, false, parameters)?;
        }
        for path in more {
            project.add(path, true, parameters)?;
        }
        Ok(project)
    }

    /// Adds another process; one that is not `wanted` may be no right process.
    fn add(
        &mut self,
        path: &Path,
        wanted: bool,
        parameters: &BTreeMap<String, Value>,
    ) -> std::result::Result<(), Refused> {
        let text = match read(path) {
            Ok(text) => filled(&text, parameters),
            Err(error) if wanted => return Err(Refused::Unreadable(error)),
            Err(_) => return Ok(()),
        };
        let folder = Folder::of(path, parameters);
        match folder.parse(path, &text) {
            Ok(found) if found.name() != self.name => {
                self.others.insert(found.name().to_owned(), text);
                for (name, text) in folder.taken() {
                    let known = self.taken.entry(name.clone()).or_insert_with(|| text.clone());
                    if *known != text {
                        let why = format!("{} means another file by '{name}' than the others do", path.display());
                        return Err(Refused::Unreadable(Error::invalid("the processes do not fit together", why)));
                    }
                }
            }
            Ok(_) => {}
            Err(findings) if wanted => return Err(Refused::Invalid(findings)),
            Err(findings) => {
                let value = Bundle::yaml("process", &text).unwrap_or(Value::Null);
                let name = value.pointer("/document/name").and_then(Value::as_str).map(str::to_owned);
                self.broken.insert(path.display().to_string(), (name, findings));
            }
        }
        Ok(())
    }

    /// A process given as text alone.
    pub fn of_text(file: &str, text: &str) -> std::result::Result<Self, Vec<Finding>> {
        let definition = Definition::parse(file, text)?;
        let name = definition.name().to_owned();
        let (others, taken, broken) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { file: PathBuf::from(file), name, definition, text: text.to_owned(), others, taken, broken })
    }

    /// Names of the other processes that it may come to run, and of those that are not there.
    pub fn runs(&self) -> BTreeSet<String> {
        self.reached(&BTreeSet::new())
    }

    /// Processes that it may come to run and that are not there, each with what is wrong with the file that has its name.
    pub fn missing(&self) -> Vec<(String, &[Finding])> {
        let missing = self.runs().into_iter().filter(|name| !self.others.contains_key(name) && *name != self.name);
        let wrong = |wanted: &str| {
            let mut files = self.broken.values().filter(|(name, _)| name.as_deref() == Some(wanted));
            files.next().map_or(&[][..], |(_, findings)| findings.as_slice())
        };
        missing.map(|name| (name.clone(), wrong(&name))).collect()
    }

    /// The definition as a value, to look at its tasks by their paths.
    pub(crate) fn value(&self) -> Value {
        Bundle::yaml("process", &self.text).unwrap_or(Value::Null)
    }

    /// The processes compiled; those named in `stand_ins` only ask for a scripted answer.
    pub(crate) fn compiled(&self, stand_ins: &BTreeSet<&str>) -> Result<(Processes, BTreeSet<String>)> {
        let mut files = self.taken.clone();
        let mut functions: BTreeSet<String> = self.definition.functions().into_iter().collect();
        let mut wanted = self.reached(stand_ins);
        wanted.remove(&self.name);
        files.insert(path(&self.name), self.text.clone());
        for name in &wanted {
            let known = self.others.get(name).cloned();
            let scripted = stand_ins.contains(name.as_str()).then(|| stand_in(name));
            let Some(text) = scripted.or(known) else { continue };
            if let Ok(found) = Definition::parse_in(name, &text, &|path| self.taken.get(path).cloned()) {
                functions.extend(found.functions());
                files.insert(path(name), text);
            }
        }
        let known: Vec<&str> = functions.iter().map(String::as_str).collect();
        let bundle = Bundle { files, ..Bundle::default() };
        let processes = Processes::load(&bundle, &known).map_err(|findings| {
            let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            Error::invalid("the processes do not load together", lines.join("\n"))
        })?;
        Ok((processes, functions))
    }
}

impl Project {
    /// Names of the processes that may come to run, there or not: those that it runs, and those that they run.
    fn reached(&self, stand_ins: &BTreeSet<&str>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = vec![self.text.as_str()];
        while let Some(text) = open.pop() {
            let mut names = Vec::new();
            runs(&Bundle::yaml("process", text).unwrap_or(Value::Null), &mut names);
            for name in names {
                if reached.insert(name.clone())
                    && !stand_ins.contains(name.as_str())
                    && let Some(text) = self.others.get(&name)
                {
                    open.push(text);
                }
            }
        }
        reached
    }
}

/// Names of the processes that a definition runs.
fn runs(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let name = map.get("run").and_then(|run| run.pointer("/workflow/name")).and_then(Value::as_str);
            names.extend(name.map(str::to_owned));
            map.values().for_each(|value| runs(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| runs(value, names)),
        _ => {}
    }
}

fn path(name: &str) -> String {
    format!("processes/{name}.yaml")
}

fn stand_in(name: &str) -> String {
    format!(
        "document: {{ dsl: '1.0.3', namespace: stand-in, name: {name}, version: '1.0.0' }}\n\
         do:\n  - {name}: {{ call: '{STAND_IN}{name}', with: {{ input: '${{ $workflow.input }}' }} }}\n"
    )
}

/// Process files in the same folder, in order of their names.
fn beside(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_process(path)).collect();
    found.sort();
    found.retain(|path| path.file_name() != file.file_name());
    found.truncate(limits::FILES_MAX);
    found
}

/// The text of a file with a blueprint's parameters filled in.
///
/// # Errors
/// `Invalid` if it cannot be read, or is too large.
pub fn text_of(file: &Path, parameters: &BTreeMap<String, Value>) -> Result<String> {
    Ok(filled(&read(file)?, parameters))
}

/// Whether a file looks like a process by its name: YAML or JSON, and no test.
pub fn is_process(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json")) && !name.ends_with(TESTS)
}

pub(crate) fn read(path: &Path) -> Result<String> {
    let wrong = |why: String| Error::invalid(format!("cannot read {}", path.display()), why);
    let bytes = std::fs::metadata(path).map_err(|e| wrong(e.to_string()))?.len();
    if bytes > limits::FILE_BYTES_MAX {
        return Err(wrong(format!("it has {bytes} bytes; at most {} are read", limits::FILE_BYTES_MAX)));
    }
    std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => wrong("it is no text in UTF-8".to_owned()),
        _ => wrong(e.to_string()),
    })
}

/// A blueprint's parameters filled in: texts as they stand, the rest as JSON. What is not given stays as it is, and
/// is then found where it stands.
pub(crate) fn filled(text: &str, parameters: &BTreeMap<String, Value>) -> String {
    parameters.iter().fold(text.to_owned(), |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{{param.{name}}}}}"), &value)
    })
}
