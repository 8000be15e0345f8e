//! What a run tells the world of itself: the specification's lifecycle events, as `CloudEvents`.

use crate::api::{Action, Change, Phase, Trace, Turn};
use crate::{Definition, span};
use serde_json::{Map, Value, json};

/// What all types of lifecycle events begin with.
const TYPES: &str = "io.serverlessworkflow.";

/// The lifecycle events of one turn, in order. Pure, and apart from [`crate::evolve`], so that a turn that nobody listens
/// to costs nothing.
///
/// `seq` is the place of the turn's event in the run's journal: with it, the same turn gives events of the same ids,
/// and no two turns give one id.
pub fn lifecycle(def: &Definition, run_id: &str, seq: i64, turn: &Turn, now_ms: i64) -> Vec<Value> {
    let mut events = Events {
        name: format!("{}-{run_id}.{}", def.name(), def.namespace()),
        source: format!("urn:baton:run:{run_id}"),
        run_id,
        seq,
        time: span::rfc3339(now_ms),
        events: Vec::new(),
        stands: Vec::new(),
    };
    turn.changes.iter().for_each(|change| events.change(def, change));
    turn.trace.iter().for_each(|line| events.task(line));
    turn.actions.iter().for_each(|action| events.end(action));
    // After the others, whose ids do not change by them.
    for (kind, subject, data) in std::mem::take(&mut events.stands) {
        events.push(kind, &subject, data);
    }
    events.events
}

struct Events<'a> {
    name: String,
    source: String,
    run_id: &'a str,
    seq: i64,
    time: String,
    events: Vec<Value>,
    /// The specification's optional events, which say where a run or a task stands and nothing else: type, subject, data.
    stands: Vec<(&'static str, String, Value)>,
}

impl Events<'_> {
    fn push(&mut self, kind: &str, subject: &str, data: Value) {
        let id = format!("{}.{}.{}", self.run_id, self.seq, self.events.len());
        self.events.push(json!({
            "specversion": "1.0",
            "id": id,
            "source": self.source,
            "type": format!("{TYPES}{kind}.v1"),
            "subject": subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "data": data,
        }));
    }

    /// An event of the run: its name, when, and what else there is to say.
    fn run(&mut self, kind: &str, when: &str, more: Map<String, Value>) {
        let mut data = Map::new();
        data.insert("name".to_owned(), Value::from(self.name.as_str()));
        data.insert(when.to_owned(), Value::from(self.time.as_str()));
        data.extend(more);
        let subject = self.run_id;
        self.push(&format!("workflow.{kind}"), subject, Value::Object(data));
    }

    /// Where the run stands now, in a word of the specification.
    fn run_is(&mut self, status: &str) {
        let data = json!({"name": self.name, "updatedAt": self.time, "status": status});
        self.stands.push(("workflow.status-changed", self.run_id.to_owned(), data));
    }

    /// The same of a task.
    fn task_is(&mut self, task: &str, status: &str) {
        let data = json!({"workflow": self.name, "task": task, "updatedAt": self.time, "status": status});
        self.stands.push(("task.status-changed", task.to_owned(), data));
    }

    fn of_task(&mut self, kind: &str, task: &str, when: &str, more: Option<(&str, Value)>) {
        let mut data = Map::new();
        data.insert("workflow".to_owned(), Value::from(self.name.as_str()));
        data.insert("task".to_owned(), Value::from(task));
        data.insert(when.to_owned(), Value::from(self.time.as_str()));
        data.extend(more.map(|(key, value)| (key.to_owned(), value)));
        self.push(&format!("task.{kind}"), task, Value::Object(data));
    }

    fn change(&mut self, def: &Definition, change: &Change) {
        let none = Map::new;
        match change {
            Change::Started => {
                let definition = json!({"name": def.name(), "namespace": def.namespace(), "version": def.version()});
                self.run("started", "startedAt", Map::from_iter([("definition".to_owned(), definition)]));
                self.run_is("running");
            }
            Change::Suspended { tasks } => {
                self.run("suspended", "suspendedAt", none());
                self.run_is("suspended");
                tasks.iter().for_each(|task| {
                    self.of_task("suspended", task, "suspendedAt", None);
                    self.task_is(task, "suspended");
                });
            }
            Change::Resumed { tasks } => {
                self.run("resumed", "resumedAt", none());
                self.run_is("running");
                tasks.iter().for_each(|task| {
                    self.of_task("resumed", task, "resumedAt", None);
                    self.task_is(task, "running");
                });
            }
            // A run that goes on after a fault is running again, as after a pause.
            Change::Retried => {
                self.run("resumed", "resumedAt", none());
                self.run_is("running");
            }
            // The specification has no word for undoing; the tasks that do it tell of themselves.
            Change::Compensating => {}
            Change::Correlating { .. } => {
                self.run("correlation-started", "startedAt", none());
                self.run_is("waiting");
            }
            Change::Correlated { keys, .. } => {
                let keys = (!keys.is_empty()).then(|| ("correlationKeys".to_owned(), Value::Object(keys.clone())));
                self.run("correlation-completed", "completedAt", keys.into_iter().collect());
                self.run_is("running");
            }
        }
    }

    fn task(&mut self, line: &Trace) {
        // A line about the run as a whole tells of no task.
        if line.task.is_empty() {
            return;
        }
        let error = || line.error.as_ref().map(|error| ("error", error.to_value()));
        let status = match line.phase {
            Phase::Started => {
                self.of_task("created", &line.task, "createdAt", None);
                self.of_task("started", &line.task, "startedAt", None);
                if matches!(&*line.kind, "listen" | "wait") { "waiting" } else { "running" }
            }
            Phase::Finished => {
                let output = line.output.as_ref().map(|output| ("output", Value::clone(output)));
                self.of_task("completed", &line.task, "completedAt", output);
                "completed"
            }
            Phase::Failed => {
                self.of_task("faulted", &line.task, "faultedAt", error());
                "faulted"
            }
            Phase::Retried => {
                self.of_task("retried", &line.task, "retriedAt", None);
                "running"
            }
            Phase::Stopped => {
                self.of_task("cancelled", &line.task, "cancelledAt", None);
                "cancelled"
            }
            // It never came to be.
            Phase::Skipped => return,
        };
        self.task_is(&line.task, status);
    }

    fn end(&mut self, action: &Action) {
        match action {
            Action::Completed { output } => {
                self.run("completed", "completedAt", Map::from_iter([("output".to_owned(), output.clone())]));
                self.run_is("completed");
            }
            Action::Faulted { error } => {
                self.run("faulted", "faultedAt", Map::from_iter([("error".to_owned(), error.to_value())]));
                self.run_is("faulted");
            }
            Action::Cancelled { .. } => {
                self.run("cancelled", "cancelledAt", Map::new());
                self.run_is("cancelled");
            }
            Action::Call { .. }
            | Action::SetTimer { .. }
            | Action::CancelTimer { .. }
            | Action::CancelCall { .. }
            | Action::Listen { .. }
            | Action::Unlisten { .. }
            | Action::Emit { .. }
            | Action::RunProcess { .. } => {}
        }
    }
}
