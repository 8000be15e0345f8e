//! Which runs are wanted, in words and in SQL.

use baton_base::{CaseId, ClientId, Error, IdSource, Result, RunId};
use baton_db::Value as Param;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Begun, and not yet taken up by a worker.
    Running,
    /// Waits for something.
    Waiting,
    /// Somebody stopped it, or Baton did after a fault of its own (then `error` says so).
    Suspended,
    /// Ended with an error that nobody caught.
    Faulted,
    /// Ended well.
    Completed,
    /// Ended by somebody.
    Cancelled,
}

impl RunStatus {
    /// All of them, those that are open first.
    pub const ALL: &[Self] =
        &[Self::Running, Self::Waiting, Self::Suspended, Self::Faulted, Self::Completed, Self::Cancelled];
    /// Those that have not ended, and those that ended badly: what somebody may have to look at.
    pub const OPEN: &[Self] = &[Self::Running, Self::Waiting, Self::Suspended, Self::Faulted];

    /// As stored and as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Faulted => "faulted",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for RunStatus {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|status| status.as_str() == text);
        found.ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|status| status.as_str()).collect();
            Error::invalid_at("status", format!("'{text}' is no status of a run"), format!("use {}", known.join(", ")))
        })
    }
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsOn {
    /// A person: a work item is open.
    Person,
    /// A moment in time.
    Timer,
    /// An event, of one type or of any.
    Event(Option<String>),
    /// A message of the customer.
    Message,
    /// A process that it started.
    Child,
    /// A platform function by name.
    Function(String),
}

impl FromStr for WaitsOn {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Ok(match text.split_once(':').unwrap_or((text, "")) {
            ("person", "") => Self::Person,
            ("timer", "") => Self::Timer,
            ("message", "") => Self::Message,
            ("child", "") => Self::Child,
            ("event", "") => Self::Event(None),
            ("event", kind) => Self::Event(Some(kind.to_owned())),
            ("function", name) if !name.is_empty() => Self::Function(name.to_owned()),
            _ => {
                let use_one = "use person, timer, message, child, event, event:TYPE or function:NAME";
                return Err(Error::invalid_at("waits_on", format!("'{text}' is nothing a run waits for"), use_one));
            }
        })
    }
}

/// Functions that put up a work item.
const PEOPLE: &str = "('human-task', 'approval', 'escalate')";

/// Which runs. Every field that is given narrows.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Clients whose runs the caller may see: the caller of this room has checked it.
    pub clients: Vec<ClientId>,
    /// Process name.
    pub process: Option<String>,
    /// Digests of definitions; any if empty.
    pub digests: Vec<String>,
    /// Any of these; all if empty.
    pub statuses: Vec<RunStatus>,
    /// Of one of these cases; any if `None`.
    pub cases: Option<Vec<CaseId>>,
    /// Started by this run.
    pub parent: Option<RunId>,
    /// Started at this time or later, ms.
    pub from_ms: Option<i64>,
    /// Started before this time, ms.
    pub to_ms: Option<i64>,
    /// Only runs that cannot go on: faulted, or suspended after a fault of Baton.
    pub dead: bool,
    /// Part of the error's type or text.
    pub error: Option<String>,
    /// Path of the task that failed, such as `/do/3/plan`.
    pub failed_at: Option<String>,
    /// A value that the event must have which it waits for, where its listen correlates by one value.
    pub correlation: Option<String>,
    /// What it waits for.
    pub waits_on: Option<WaitsOn>,
    /// Part of the run's data, such as a business key or a value that it correlates by; small or capital letters.
    pub text: Option<String>,
}

/// SQL conditions and their parameters.
pub(super) struct Where {
    pub sql: String,
    pub values: Vec<Param>,
}

impl Where {
    /// Adds a condition in which `?` is this value.
    pub fn and(&mut self, condition: &str, value: impl Into<Param>) {
        let bound = self.bind(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &bound));
    }

    fn bind(&mut self, value: impl Into<Param>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn any_of(&mut self, column: &str, values: Vec<Param>) {
        let bound: Vec<_> = values.into_iter().map(|value| self.bind(value)).collect();
        self.sql.push_str(&format!(" AND {column} IN ({})", bound.join(", ")));
    }
}

impl RunFilter {
    /// The statuses to look through, one after the other.
    pub(super) fn statuses(&self) -> Vec<RunStatus> {
        let asked = if self.statuses.is_empty() { RunStatus::ALL } else { &self.statuses };
        let failed = self.error.is_some() || self.failed_at.is_some();
        let waits = self.waits_on.is_some() || self.correlation.is_some();
        let keep = |status: &RunStatus| match (self.dead, failed, waits) {
            (true, _, _) => matches!(status, RunStatus::Faulted | RunStatus::Suspended),
            (false, true, _) => {
                matches!(status, RunStatus::Faulted | RunStatus::Suspended | RunStatus::Cancelled)
            }
            (false, false, true) => {
                matches!(status, RunStatus::Running | RunStatus::Waiting | RunStatus::Suspended)
            }
            (false, false, false) => true,
        };
        asked.iter().copied().filter(keep).collect()
    }

    /// Conditions that an index answers, to follow `client_id = $1`, for one status; of these runs alone, if some are given.
    pub(super) fn quick(
        &self,
        client: &ClientId,
        status: RunStatus,
        before: Option<&RunId>,
        among: Option<&[RunId]>,
    ) -> Where {
        let mut w = Where { sql: String::new(), values: vec![client.into()] };
        w.and("status = ?", status.as_str().to_owned());
        if let Some(process) = &self.process {
            w.and("process = ?", process.clone());
        }
        if !self.digests.is_empty() {
            w.any_of("process_digest", self.digests.iter().map(|digest| digest.clone().into()).collect());
        }
        if let Some(cases) = &self.cases {
            w.any_of("case_id", cases.iter().map(Param::from).collect());
        }
        if let Some(runs) = among {
            w.any_of("run_id", runs.iter().map(Param::from).collect());
        }
        if let Some(parent) = &self.parent {
            w.and("parent_run_id = ?", parent);
        }
        if self.dead {
            // Of a run that failed and that another waited for, the other has heard: it is that one's to deal with.
            w.sql.push_str(" AND error IS NOT NULL AND (parent_run_id IS NULL OR status = 'suspended')");
        }
        // Ids begin with the time at which they were made.
        if let Some(from_ms) = self.from_ms {
            w.and("run_id >= ?", IdSource::floor(RunId::PREFIX, from_ms));
        }
        if let Some(to_ms) = self.to_ms {
            w.and("run_id < ?", IdSource::floor(RunId::PREFIX, to_ms));
        }
        if let Some(before) = before {
            w.and("run_id < ?", before);
        }
        w
    }

    /// Adds the conditions that look at each run `r`; false if there are none.
    pub(super) fn slow(&self, w: &mut Where) -> bool {
        if let Some(error) = text(self.error.as_deref()) {
            w.and("LOWER(r.error) LIKE LOWER(?) ESCAPE '!'", like(error));
        }
        if let Some(task) = text(self.failed_at.as_deref()) {
            let instance = format!("\"instance\":{}", serde_json::Value::from(task));
            // LIKE would not tell `/do/0/Stop` from `/do/0/stop` on SQLite.
            w.and("REPLACE(r.error, ?, '') <> r.error", instance);
        }
        if let Some(text) = text(self.text.as_deref()) {
            w.and("LOWER(r.state) LIKE LOWER(?) ESCAPE '!'", like(&json_text(text)));
        }
        match &self.waits_on {
            None => {}
            Some(WaitsOn::Person) => w.sql.push_str(&format!(" AND {}", of_call(&format!("c.function IN {PEOPLE}")))),
            Some(WaitsOn::Message) => w.sql.push_str(&format!(" AND {}", of_call("c.wake_on = 'message'"))),
            Some(WaitsOn::Function(name)) => w.and(&of_call("c.function = ?"), name.clone()),
            Some(WaitsOn::Timer) => w.sql.push_str(&format!(" AND {}", of("run_timer", "c.due_ms > 0"))),
            Some(WaitsOn::Event(None)) => {
                w.sql.push_str(&format!(" AND {}", of("run_subscription", "c.call_id <> ''")))
            }
            Some(WaitsOn::Event(Some(kind))) => w.and(&of("run_subscription", "c.event_type = ?"), kind.clone()),
            Some(WaitsOn::Child) => w.sql.push_str(
                " AND EXISTS (SELECT 1 FROM run c WHERE c.client_id = r.client_id AND c.parent_run_id = r.run_id \
                 AND c.status IN ('running', 'waiting', 'suspended'))",
            ),
        }
        let texts = [&self.error, &self.failed_at, &self.text];
        texts.into_iter().any(|asked| text(asked.as_deref()).is_some()) || self.waits_on.is_some()
    }
}

/// What is asked for, if it is anything.
pub(super) fn text(asked: Option<&str>) -> Option<&str> {
    asked.map(str::trim).filter(|text| !text.is_empty())
}

fn of_call(condition: &str) -> String {
    of("run_call", condition)
}

fn of(table: &str, condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {table} c WHERE c.client_id = r.client_id AND c.run_id = r.run_id AND {condition})")
}

/// Text as it stands inside JSON text.
fn json_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

fn like(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_waits_for_is_read_from_words() {
        for (text, expect) in [
            ("person", WaitsOn::Person),
            ("event:order.paid", WaitsOn::Event(Some("order.paid".into()))),
            ("event", WaitsOn::Event(None)),
            ("function:agent-turn", WaitsOn::Function("agent-turn".into())),
        ] {
            assert_eq!(text.parse::<WaitsOn>().unwrap(), expect, "{text}");
        }
        for text in ["", "nobody", "function:", "person:mia"] {
            assert!(text.parse::<WaitsOn>().is_err(), "{text}");
        }
    }
}
