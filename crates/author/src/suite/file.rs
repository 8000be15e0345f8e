//! The file of cases.

use crate::events::Incoming;
use crate::project::{TESTS, read};
use crate::script::Script;
use baton_base::{Bundle, Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// File of the process, from the folder of the test; without it the test's own name without `.test`.
    #[serde(default)]
    pub process: Option<PathBuf>,
    /// Values for the blueprint's parameters in the process.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// More processes that it may run, besides those in its folder.
    #[serde(default)]
    pub with: Vec<PathBuf>,
    /// Answers for every case.
    #[serde(default)]
    pub mock: Map<String, Value>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in words.
    pub name: String,
    /// Input of the run.
    #[serde(default = "nothing")]
    pub input: Value,
    /// Answers; those of the file stand behind them.
    #[serde(default)]
    pub mock: Map<String, Value>,
    /// Events, in order.
    #[serde(default)]
    pub events: Vec<Value>,
    /// What shall come of it.
    pub expect: Expect,
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

/// What shall come of a case; what is not said is not looked at, but for the status.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How it ends; without it `faulted` where an error is expected, else `completed`.
    #[serde(default)]
    pub status: Option<String>,
    /// All tasks that it goes through, in order.
    #[serde(default)]
    pub path: Option<Vec<String>>,
    /// Some of the tasks that it goes through, in order.
    #[serde(default)]
    pub passes: Vec<String>,
    /// Tasks that it does not go through.
    #[serde(default)]
    pub never: Vec<String>,
    /// The output, whole.
    #[serde(default)]
    pub output: Option<Value>,
    /// Parts of the output.
    #[serde(default)]
    pub output_has: Option<Value>,
    /// Parts of the error.
    #[serde(default)]
    pub error: Option<Value>,
    /// Parts of every event that it emits, in order.
    #[serde(default)]
    pub emitted: Option<Vec<Value>>,
    /// Some of its calls, in order: parts of `{task, function, args, process}`.
    #[serde(default)]
    pub calls: Vec<Value>,
    /// How long it takes by its clock, such as `P14D`.
    #[serde(default)]
    pub takes: Option<Value>,
}

impl Suite {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let (shown, text) = (file.display().to_string(), read(file)?);
        let suite: Self = Bundle::yaml(&shown, &text)
            .map_err(|finding| Error::invalid("the test cannot be read", finding.to_string()))?;
        if suite.cases.is_empty() {
            return Err(Error::invalid("the test has no cases", format!("write some under 'cases' in {shown}")));
        }
        Ok(suite)
    }

    pub(crate) fn process(&self, file: &Path) -> PathBuf {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let own = PathBuf::from(format!("{}.yaml", name.strip_suffix(TESTS).unwrap_or(&name)));
        beside(file, self.process.as_ref().unwrap_or(&own))
    }

    pub(crate) fn more(&self, file: &Path) -> Vec<PathBuf> {
        self.with.iter().map(|path| beside(file, path)).collect()
    }
}

fn beside(file: &Path, other: &Path) -> PathBuf {
    file.parent().map_or_else(|| other.to_owned(), |folder| folder.join(other))
}

impl Case {
    pub(crate) fn script(&self, suite: &Suite) -> Result<Script> {
        let wrong = |why: String| Error::invalid(format!("the answers of '{}' cannot be read", self.name), why);
        let own = Script::of(&Value::Object(self.mock.clone())).map_err(wrong)?;
        let shared = Script::of(&Value::Object(suite.mock.clone())).map_err(wrong)?;
        Ok(own.over(&shared))
    }

    pub(crate) fn incoming(&self) -> Result<Vec<Incoming>> {
        let wrong = |why: String| Error::invalid(format!("the events of '{}' cannot be read", self.name), why);
        let events = self.events.iter().cloned().enumerate();
        events.map(|(at, value)| Incoming::of(at, value).map_err(wrong)).collect()
    }
}
