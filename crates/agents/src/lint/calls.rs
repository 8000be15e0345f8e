//! What the processes of a release call, as far as it stands in their files; what is reckoned only when they run is not seen.

use baton_base::Bundle;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Goals in which an agent talks with the customer.
const CONVERSING: [&str; 4] = ["understand", "collect", "confirm", "act"];
/// Deepest nesting that is read.
const DEPTH_MAX: usize = 64;

/// One call of a function.
pub(super) struct Call {
    /// The function.
    pub function: String,
    with: Value,
}

impl Call {
    fn text(&self, name: &str) -> Option<&str> {
        self.with.get(name).and_then(Value::as_str)
    }

    fn goal(&self) -> Option<&str> {
        self.text("goal").filter(|_| self.function == "agent-turn")
    }

    /// The agent that talks with the customer here.
    pub fn converses(&self) -> Option<&str> {
        self.goal().filter(|goal| CONVERSING.contains(goal)).and_then(|_| self.text("agent"))
    }

    /// The agent whose model acts here.
    pub fn acts_by_model(&self) -> Option<&str> {
        self.goal().filter(|goal| *goal == "act").and_then(|_| self.text("agent"))
    }

    /// The action for which a yes is asked here.
    pub fn confirms(&self) -> Option<&str> {
        self.goal().filter(|goal| *goal == "confirm").and_then(|_| self.text("action"))
    }

    /// The action that is called here.
    pub fn acts(&self) -> Option<&str> {
        self.text("action").filter(|_| self.function == "action")
    }

    /// Fields that are asked for here, whatever intents say of them.
    pub fn asks_for(&self) -> Vec<&str> {
        let asked = self.goal().filter(|goal| *goal == "collect").and_then(|_| self.with.get("fields")?.as_object());
        let optional = |field: &Value| field.get("optional").and_then(Value::as_bool).unwrap_or_default();
        asked.into_iter().flatten().filter(|(_, field)| !optional(field)).map(|(name, _)| name.as_str()).collect()
    }
}

/// One process.
pub(super) struct Process {
    /// Its file.
    pub path: String,
    /// Its calls, in the order of the file.
    pub calls: Vec<Call>,
    /// All texts in it that are no keys.
    pub texts: Vec<String>,
    /// Names of the processes that it runs.
    runs: BTreeSet<String>,
}

/// The processes of a release by name.
pub(super) struct Calls(BTreeMap<String, Process>);

impl Calls {
    /// Reads them; what is wrong with a file is told by whoever owns it.
    pub fn read(bundle: &Bundle) -> Self {
        let mut all = BTreeMap::new();
        for (path, stem, text) in bundle.in_folder("processes", "yaml").filter(|(_, stem, _)| !stem.ends_with(".test"))
        {
            let Ok(file) = Bundle::yaml::<Value>(path, text) else { continue };
            let name = file.pointer("/document/name").and_then(Value::as_str).unwrap_or(stem).to_owned();
            let mut process =
                Process { path: path.to_owned(), calls: Vec::new(), texts: Vec::new(), runs: BTreeSet::new() };
            walk(&file, &mut process, 0);
            all.insert(name, process);
        }
        Self(all)
    }

    /// All of them.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.0.values()
    }

    /// Each process that no other one runs, with all that it runs, itself first.
    pub fn trees(&self) -> Vec<(&Process, Vec<&Process>)> {
        let run: BTreeSet<&String> = self.0.values().flat_map(|process| &process.runs).collect();
        let roots = self.0.iter().filter(|(name, _)| !run.contains(name));
        roots.map(|(name, root)| (root, self.within(name))).collect()
    }

    fn within(&self, root: &str) -> Vec<&Process> {
        let (mut found, mut seen, mut next) = (Vec::new(), BTreeSet::new(), vec![root]);
        while let Some(name) = next.pop() {
            if let Some(process) = self.0.get(name).filter(|_| seen.insert(name)) {
                next.extend(process.runs.iter().map(String::as_str));
                found.push(process);
            }
        }
        found
    }
}

fn walk(value: &Value, process: &mut Process, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(map) => {
            if let Some(function) = map.get("call").and_then(Value::as_str) {
                let with = map.get("with").cloned().unwrap_or_default();
                process.calls.push(Call { function: function.to_owned(), with });
            }
            if let Some(name) = map.get("run").and_then(|run| run.pointer("/workflow/name")).and_then(Value::as_str) {
                process.runs.insert(name.to_owned());
            }
            map.values().for_each(|inner| walk(inner, process, depth + 1));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, process, depth + 1)),
        Value::String(text) => process.texts.push(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
