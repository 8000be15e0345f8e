//! Runs that every release leaves behind as files, and the people, systems and clocks that move them on: one script
//! (`plans.json`) is played by the release that writes the files and by each later program that reads them.

#![allow(dead_code, clippy::unwrap_used, reason = "each program takes what it needs, and a test may unwrap")]

use baton_base::{Bundle, CallId, ClientId, IdSource, ManualClock, ReleaseId, Result, RunId, Versions};
use baton_db::{Db, Tx, params};
use baton_engine::ErrorDoc;
use baton_govern::{Ctx, Env};
use baton_runs::{
    CallCx, Finish, Function, Outcome, Processes, RunDetail, RunInput, Runs, RunsBuilder, detail, journal, post,
    publish, start,
};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub const START_MS: i64 = 1_800_000_000_000;
/// Between two things that happen, milliseconds.
const PAUSE_MS: i64 = 1_000;
/// Turns until nothing is left to do: a chain of processes takes a few.
const TURNS: usize = 16;

/// Functions whose calls stay open until the script answers.
const ASKED: &[&str] = &[
    "agent-turn",
    "human-task",
    "approval",
    "decide",
    "escalate",
    "action",
    "notify",
    "record",
    "http",
    "openapi",
    "mcp",
    "a2a",
];

/// What one run goes through.
#[derive(Clone, Serialize, Deserialize)]
pub struct Plan {
    pub name: String,
    pub process: String,
    pub input: Value,
    /// Before the release's files are written …
    pub before: Vec<Step>,
    /// … and what then takes it to its end.
    pub after: Vec<Step>,
    /// The release's last worker dies in the middle of an outside call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
}

/// One thing that happens to a run or to a process it has started.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Step {
    /// Task whose call is meant; otherwise the only open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Answer(Value),
    Fail(ErrorDoc),
    /// An event, without its id, source and version.
    Event(Value),
    /// A message for whichever call waits for one.
    Say(String),
    /// Time passes until the run's next timer.
    Timer(bool),
    Cancel(String),
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub status: String,
    pub output: Option<Value>,
    pub error: Option<Value>,
}

struct Asked(&'static str);

impl Function for Asked {
    fn name(&self) -> &'static str {
        self.0
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: None, memo: Value::Null })
    }
}

struct Hear;

impl Function for Hear {
    fn name(&self) -> &'static str {
        "hear"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: Some("message"), memo: json!({"heard": 0}) })
    }
    fn resume(&self, _: &mut Tx, _: &CallCx, _: &Value, _: &Value, event: &Value) -> Result<Outcome> {
        Ok(Outcome::Done(event.clone()))
    }
}

/// Goes outside; never comes back where a worker is to die in the middle.
struct Fetch {
    hold: bool,
}

impl Function for Fetch {
    fn name(&self) -> &'static str {
        "fetch"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: json!("kept") })
    }
    fn perform(&self, _: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let hold = self.hold;
        async move {
            if hold {
                std::future::pending::<()>().await;
            }
            let finish: Finish = Box::new(move |_| Ok(Outcome::Done(json!({"fetched": args, "memo": memo}))));
            Ok(finish)
        }
        .boxed()
    }
}

/// A worker on a database, with the processes of a folder as its one live release.
pub struct World {
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    pub processes: Arc<Versions<Processes>>,
    pub runs: Runs,
    events: AtomicI64,
}

pub fn acme() -> ClientId {
    ClientId::known("acme")
}

pub fn journals() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/journals")
}

/// The folders of all releases, oldest first.
pub fn releases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(journals()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "no release under {}", journals().display());
    folders
}

/// Name without extension and text of a folder's files with this extension, in order.
pub fn texts(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|e| e == extension));
    wanted
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

impl World {
    /// `seed` keeps the ids of two programs apart.
    pub fn new(db: Db, definitions: &BTreeMap<String, String>, now_ms: i64, seed: u64, hold: bool) -> Self {
        let clock = ManualClock::at(now_ms);
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(seed)));
        let files = definitions.iter().map(|(name, text)| (format!("processes/{name}.yaml"), text.clone())).collect();
        let known: Vec<_> = ASKED.iter().copied().chain(["hear", "fetch"]).collect();
        let loaded = Processes::load(&Bundle { files, ..Bundle::default() }, &known);
        let processes = Arc::new(Versions::default());
        let loaded = loaded.unwrap_or_else(|found| panic!("{found:#?}"));
        processes.put_live(&acme(), &ReleaseId::known("rel_1"), Arc::new(loaded));
        let mut builder = RunsBuilder::new(db.clone(), Arc::clone(&env), Arc::clone(&processes));
        for name in ASKED {
            builder = builder.function(Asked(name));
        }
        let runs = builder.function(Hear).function(Fetch { hold }).build();
        Self { db, env, clock, processes, runs, events: AtomicI64::new(0) }
    }

    pub fn ctx(&self) -> Ctx {
        Ctx::system(&self.env, &acme(), "script")
    }

    pub async fn start(&self, plan: &Plan) -> RunId {
        let (ctx, processes) = (self.ctx(), Arc::clone(&self.processes));
        let (process, input) = (plan.process.clone(), plan.input.clone());
        let run = self.db.write(move |tx| start(tx, &ctx, &processes, &process, None, input)).await.unwrap();
        self.clock.advance_ms(PAUSE_MS);
        run
    }

    /// Lets the worker turn until nothing is left to do.
    pub async fn settle(&self) {
        for _ in 0..TURNS {
            self.runs.turn_once().await.unwrap();
        }
    }

    pub async fn detail(&self, run: &RunId) -> RunDetail {
        let run = run.clone();
        self.db.read(move |tx| detail(tx, &acme(), &run)).await.unwrap()
    }

    pub async fn end(&self, run: &RunId) -> End {
        let found = self.detail(run).await;
        End { status: found.row.status, output: found.output, error: found.row.error }
    }

    /// The run and all that it has started and waits for, oldest first.
    pub async fn family(&self, run: &RunId) -> Vec<RunId> {
        let mut family = vec![run.clone()];
        let mut at = 0;
        while at < family.len() {
            let parent = family[at].clone();
            let sql = "SELECT run_id FROM run WHERE client_id = $1 AND parent_run_id = $2 ORDER BY run_id";
            let more = self.db.read(move |tx| tx.query(sql, params![&acme(), &parent], |r| r.id(0))).await.unwrap();
            family.extend(more);
            at += 1;
        }
        family
    }

    /// Plays one step and lets the worker turn.
    pub async fn play(&self, run: &RunId, step: &Step) {
        self.clock.advance_ms(PAUSE_MS);
        match &step.what {
            What::Answer(output) => {
                let (run, call) = self.open_call(run, step.at.as_deref()).await;
                self.post(&run, RunInput::CallDone { call, output: output.clone() }).await;
            }
            What::Fail(error) => {
                let (run, call) = self.open_call(run, step.at.as_deref()).await;
                self.post(&run, RunInput::CallFailed { call, error: error.clone() }).await;
            }
            What::Event(event) => {
                let whole = self.whole(event);
                self.post(run, RunInput::Event { event: whole }).await;
            }
            What::Say(text) => {
                self.post(run, RunInput::Message { event: json!({"type": "message", "text": text}) }).await;
            }
            What::Timer(_) => self.next_timer(run).await,
            What::Cancel(reason) => {
                self.post(run, RunInput::Cancel { reason: reason.clone(), compensate: false }).await
            }
        }
        self.settle().await;
    }

    /// Gives an event to whoever listens, and lets the worker turn.
    pub async fn publish(&self, event: Value) {
        let (ctx, event) = (self.ctx(), self.whole(&event));
        self.db.write(move |tx| publish(tx, &ctx, &event)).await.unwrap();
        self.settle().await;
    }

    /// An event with its id, source and version.
    fn whole(&self, event: &Value) -> Value {
        let number = self.events.fetch_add(1, Ordering::SeqCst);
        let mut whole =
            json!({"id": format!("e-{number}"), "source": "https://example.com/released", "specversion": "1.0"});
        whole.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
        whole
    }

    /// How many events a run has taken in.
    pub async fn taken(&self, run: &RunId) -> usize {
        let run = run.clone();
        self.db.read(move |tx| journal(tx, &acme(), &run)).await.unwrap().len()
    }

    async fn post(&self, run: &RunId, input: RunInput) {
        let (ctx, run) = (self.ctx(), run.clone());
        self.db.write(move |tx| post(tx, &ctx, &run, &input)).await.unwrap();
    }

    async fn open_call(&self, root: &RunId, at: Option<&str>) -> (RunId, CallId) {
        let mut open = Vec::new();
        for run in self.family(root).await {
            let waits = self.detail(&run).await.waits.into_iter().filter(|wait| wait.state == "pending");
            open.extend(waits.map(|wait| (run.clone(), wait)));
        }
        open.retain(|(_, wait)| at.is_none_or(|task| wait.task.rsplit('/').next() == Some(task)));
        assert_eq!(open.len(), 1, "{root}: {at:?} names one of {open:?}");
        let (run, wait) = open.remove(0);
        (run, wait.call)
    }

    async fn next_timer(&self, root: &RunId) {
        let mut due = Vec::new();
        for run in self.family(root).await {
            due.extend(self.detail(&run).await.waits.into_iter().filter_map(|wait| wait.due_ms));
        }
        let due_ms = due.into_iter().min().unwrap_or_else(|| panic!("{root} has no timer"));
        self.clock.advance_ms((due_ms - self.env.now_ms()).max(0));
    }
}

/// Loads the text of a whole database: statements divided by empty lines.
pub async fn load(db: &Db, dump: &str) {
    let statements: Vec<String> = dump
        .split("\n\n")
        .map(|s| s.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n"))
        .map(|s| s.trim().trim_end_matches(';').to_owned())
        .filter(|s| !s.is_empty())
        .collect();
    db.write(move |tx| {
        for statement in &statements {
            tx.execute(statement, params![])?;
        }
        Ok(())
    })
    .await
    .unwrap();
}
