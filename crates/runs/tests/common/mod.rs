//! A small installation to test with: a few processes, functions whose every step a test can see and hold.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and a test may unwrap")]

use baton_base::{Bundle, ClientId, Error, IdSource, ManualClock, MemberId, ReleaseId, Result, RunId, Versions};
use baton_db::{Db, Tx, params};
use baton_govern::{Ctx, Env, Role};
use baton_runs::{
    Asked, CallCx, Finish, Function, Operated, Outcome, Processes, RunDetail, RunInput, Runs, RunsBuilder, cancel,
    detail, post, retry, start,
};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

pub const START_MS: i64 = 1_800_000_000_000;
/// Why an operator does what they do.
pub const WHY: &str = "the cause is gone";

const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: PROCESS, version: '1.0.0' }\n";

const PROCESSES: &[(&str, &str)] = &[
    // Reads two letters, with work in between that another process does.
    (
        "talk",
        "do:\n  - first: { call: hear, export: { as: '${ { first: .text } }' } }\n  \
         - second: { call: hear, export: { as: '${ $context + { second: .text } }' } }\noutput: { as: '${ $context }' }\n",
    ),
    ("late", "do:\n  - pause: { wait: { minutes: 10 } }\n  - first: { call: hear }\n"),
    (
        "hasty",
        "do:\n  - ask:\n      try:\n        - wait: { call: hear, timeout: { after: { minutes: 5 } } }\n      \
      catch:\n        do:\n          - nobody: { set: { answered: false } }\n",
    ),
    ("fetch", "do:\n  - get: { call: outside, with: { what: weather } }\n"),
    ("rounds", "do:\n  - get: { call: rounds }\n"),
    ("boom", "do:\n  - get: { call: boom }\n"),
    ("boom-outside", "do:\n  - get: { call: boom-outside }\n"),
    (
        "broken",
        "do:\n  - stop: { raise: { error: { type: 'https://example.org/broken', status: 500, title: Broken } } }\n",
    ),
    (
        "picky",
        "do:\n  - look: { set: '${ . + { looked: true } }' }\n  \
         - half: { set: { half: '${ .n / 2 }' } }\n",
    ),
    ("half-letter", "do:\n  - half: { set: { half: '${ .n / 2 }' } }\n  - letter: { call: hear }\n"),
    (
        "trip",
        "use:\n  functions:\n    unbook: { set: { gone: true } }\ndo:\n  \
         - book: { call: hear, metadata: { compensate: unbook } }\n  - more: { call: hear }\n",
    ),
    (
        "listen",
        "do:\n  - note: { set: { noted: true } }\n  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }\n",
    ),
    (
        "parent",
        "do:\n  - child:\n      run: { workflow: { namespace: test, name: one-letter, version: '1.0.0', input: {} } }\n      \
         export: { as: '${ { child: .text } }' }\n  \
         - own: { call: hear, export: { as: '${ $context + { own: .text } }' } }\noutput: { as: '${ $context }' }\n",
    ),
    (
        "paid",
        "do:\n  - wait:\n      listen:\n        to:\n          one:\n            with: { type: order.paid }\n            \
      correlate: { order: { from: '${ .data.order }', expect: '${ .order }' } }\n",
    ),
    ("letters", "do:\n  - all: { for: { each: one, in: '${ .letters }' }, do: [ { letter: { call: hear } } ] }\n"),
    ("fetch-later", "do:\n  - get: { call: outside }\n  - pause: { wait: { milliseconds: 100 } }\n"),
    ("one-letter", "do:\n  - letter: { call: hear }\n"),
    (
        "both",
        "do:\n  - both:\n      fork:\n        branches:\n          - a: { call: hear }\n          - b: { call: hear }\n",
    ),
];

/// Waits for a message and gives it.
struct Hear;

impl Function for Hear {
    fn name(&self) -> &'static str {
        "hear"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: Some("message"), memo: Value::Null })
    }
    fn resume(&self, _: &mut Tx, _: &CallCx, _: &Value, _: &Value, event: &Value) -> Result<Outcome> {
        Ok(Outcome::Done(event.clone()))
    }
}

/// What a test holds of the functions that go outside.
#[derive(Clone)]
pub struct Outside {
    /// The call and attempt of every try, in order.
    pub tries: Arc<Mutex<Vec<(String, i64)>>>,
    /// The first try goes on when the test gives a permit.
    pub first: Arc<Semaphore>,
    /// So many tries fail for a while.
    pub away: Arc<AtomicI64>,
}

impl Outside {
    fn new() -> Self {
        Self { tries: Arc::default(), first: Arc::new(Semaphore::new(0)), away: Arc::default() }
    }

    fn try_it(&self, cx: &CallCx) -> (usize, i64) {
        let mut tries = self.tries.lock().unwrap();
        tries.push((cx.call.to_string(), cx.attempt));
        (tries.len(), self.away.fetch_sub(1, Ordering::SeqCst))
    }

    /// How often something was tried.
    pub fn count(&self) -> usize {
        self.tries.lock().unwrap().len()
    }

    async fn go(self, cx: CallCx) -> Result<usize> {
        let (number, away) = self.try_it(&cx);
        if away > 0 {
            return Err(Error::Unavailable("the weather station does not answer".into()));
        }
        if number == 1 && away <= HOLD_FIRST {
            self.first.acquire().await.unwrap().forget();
        }
        Ok(number)
    }
}

/// Value of `away` that holds the first try until the test lets it go on.
pub const HOLD_FIRST: i64 = -1_000;

struct Fetch(Outside);

impl Function for Fetch {
    fn name(&self) -> &'static str {
        "outside"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: json!("kept") })
    }
    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let outside = self.0.clone();
        async move {
            let number = outside.go(cx).await?;
            let finish: Finish =
                Box::new(move |_| Ok(Outcome::Done(json!({"try": number, "args": args, "memo": memo}))));
            Ok(finish)
        }
        .boxed()
    }
}

/// Goes outside, waits for a message, goes outside again; the end names the try that made it.
struct Rounds(Outside);

impl Function for Rounds {
    fn name(&self) -> &'static str {
        "rounds"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: json!({"round": 1}) })
    }
    fn resume(&self, _: &mut Tx, _: &CallCx, _: &Value, _: &Value, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: json!({"round": 2}) })
    }
    fn perform(&self, cx: CallCx, _: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let outside = self.0.clone();
        async move {
            let number = outside.clone().go(cx).await?;
            if memo["round"] == 2 {
                outside.first.acquire().await.unwrap().forget();
            }
            let finish: Finish = Box::new(move |_| {
                Ok(match memo["round"].as_i64() {
                    Some(1) => Outcome::Pending { wake_on: Some("message"), memo: memo.clone() },
                    _ => Outcome::Done(json!({"try": number})),
                })
            });
            Ok(finish)
        }
        .boxed()
    }
}

struct Boom;

impl Function for Boom {
    fn name(&self) -> &'static str {
        "boom"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        panic!("a fault of ours")
    }
}

struct BoomOutside;

impl Function for BoomOutside {
    fn name(&self) -> &'static str {
        "boom-outside"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: Value::Null })
    }
    fn perform(&self, _: CallCx, _: Value, _: Value) -> BoxFuture<'static, Result<Finish>> {
        async { panic!("a fault of ours, outside") }.boxed()
    }
}

pub struct World {
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    pub processes: Arc<Versions<Processes>>,
    pub outside: Outside,
    /// Run and error of every fault that an owner was told of.
    pub faults: Arc<Mutex<Vec<(RunId, Value)>>>,
    pub runs: Runs,
}

pub fn acme() -> ClientId {
    ClientId::known("acme")
}

/// The same processes, one of them with another text.
pub fn processes_with(name: &str, body: &str) -> Processes {
    let all: Vec<_> = PROCESSES.iter().map(|(n, b)| if *n == name { (*n, body) } else { (*n, *b) }).collect();
    load(&all)
}

fn processes() -> Processes {
    load(PROCESSES)
}

fn load(all: &[(&str, &str)]) -> Processes {
    let file = |(name, body): &(&str, &str)| {
        (format!("processes/{name}.yaml"), format!("{}{body}", HEAD.replace("PROCESS", name)))
    };
    let bundle = Bundle { files: all.iter().map(file).collect(), ..Bundle::default() };
    Processes::load(&bundle, &["hear", "outside", "rounds", "boom", "boom-outside"])
        .unwrap_or_else(|found| panic!("{found:?}"))
}

/// Longest time a test waits for something that happens elsewhere, milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// Waits until a test sees what it waits for.
pub async fn until(what: &str, mut seen: impl AsyncFnMut() -> bool) {
    let looked = async {
        while !seen().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_millis(PATIENCE_MS), looked).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Lets a worker work by itself; it stops when the sender goes.
pub fn let_work(runs: &Runs) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, stopping) = watch::channel(false);
    let runs = runs.clone();
    (stop, tokio::spawn(async move { runs.work(stopping).await }))
}

/// What an operator does to runs.
impl World {
    pub fn lead(&self) -> Ctx {
        Ctx::member(&self.env, &acme(), &MemberId::known("mem_lead"), &[Role::AiLead])
    }

    pub async fn operate<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.lead();
        self.db.write(move |tx| work(tx, &ctx)).await
    }

    pub async fn cancel(&self, run: &RunId, compensate: bool) -> Result<Operated> {
        let (run, processes) = (run.clone(), self.processes.clone());
        self.operate(move |tx, ctx| cancel(tx, ctx, &processes, &run, WHY, compensate)).await
    }

    pub async fn retry(&self, run: &RunId, input: Option<Value>) -> Result<Operated> {
        let (run, processes) = (run.clone(), self.processes.clone());
        self.operate(move |tx, ctx| retry(tx, ctx, &processes, &run, WHY, input.as_ref())).await
    }
}

impl World {
    pub fn new(db: Db) -> Self {
        let clock = ManualClock::at(START_MS);
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let versions = Arc::new(Versions::default());
        versions.put_live(&acme(), &ReleaseId::known("rel_1"), Arc::new(processes()));
        let (outside, faults) = (Outside::new(), Arc::default());
        let runs = worker(&db, &env, &versions, &outside, &faults);
        Self { db, env, clock, processes: versions, outside, faults, runs }
    }

    /// Another worker on the same database, as another node has.
    pub fn second_worker(&self) -> Runs {
        worker(&self.db, &self.env, &self.processes, &self.outside, &self.faults)
    }

    /// Another worker, which has loaded these releases only.
    pub fn worker_that_knows(&self, processes: &Arc<Versions<Processes>>) -> Runs {
        worker(&self.db, &self.env, processes, &self.outside, &self.faults)
    }

    pub fn system(&self) -> Ctx {
        Ctx::system(&self.env, &acme(), "test")
    }

    /// Starts a run; nothing of it has happened yet.
    pub async fn start(&self, process: &'static str) -> RunId {
        self.start_with(process, json!({"from": "test"})).await
    }

    pub async fn start_with(&self, process: &'static str, input: Value) -> RunId {
        let (ctx, processes) = (self.system(), self.processes.clone());
        self.db.write(move |tx| start(tx, &ctx, &processes, process, None, input)).await.unwrap()
    }

    /// Another client with the same processes.
    pub fn neighbour(&self) -> Ctx {
        let globex = ClientId::known("globex");
        let (release, live) = self.processes.live(&acme()).unwrap();
        self.processes.put_live(&globex, &release, live);
        Ctx::system(&self.env, &globex, "test")
    }

    pub async fn post(&self, run: &RunId, input: RunInput) {
        let (ctx, run) = (self.system(), run.clone());
        self.db.write(move |tx| post(tx, &ctx, &run, &input)).await.unwrap();
    }

    /// Sends a message with this text.
    pub async fn say(&self, run: &RunId, text: &str) {
        self.post(run, RunInput::Message { event: json!({"type": "message", "text": text}) }).await;
    }

    /// The calls that a worker's turn has asked for are made, and what came of them waits for its next turn.
    pub async fn make_all(&self, worker: &Runs, asked: &[Asked]) {
        for asked in asked {
            let made = worker.step_make(asked).await;
            worker.step_came(made).await;
        }
    }

    /// Lets the worker turn until nothing is left to do.
    pub async fn settle(&self) {
        for _ in 0..12 {
            self.runs.turn_once().await.unwrap();
        }
    }

    pub async fn detail(&self, run: &RunId) -> RunDetail {
        let run = run.clone();
        self.db.read(move |tx| detail(tx, &acme(), &run)).await.unwrap()
    }

    pub async fn status(&self, run: &RunId) -> String {
        self.detail(run).await.row.status
    }

    /// Inputs that wait in a run's inbox.
    pub async fn inbox(&self, run: &RunId) -> i64 {
        let run = run.clone();
        let sql = "SELECT COUNT(*) FROM run_inbox WHERE client_id = $1 AND run_id = $2";
        self.db.read(move |tx| tx.query_one(sql, params![&acme(), &run], |r| r.int(0))).await.unwrap()
    }
}

fn worker(
    db: &Db,
    env: &Arc<Env>,
    processes: &Arc<Versions<Processes>>,
    outside: &Outside,
    faults: &Arc<Mutex<Vec<(RunId, Value)>>>,
) -> Runs {
    let faults = Arc::clone(faults);
    RunsBuilder::new(db.clone(), Arc::clone(env), Arc::clone(processes))
        .function(Hear)
        .function(Fetch(outside.clone()))
        .function(Rounds(outside.clone()))
        .function(Boom)
        .function(BoomOutside)
        .is_stored(|_, _, release| Ok(release.as_str().starts_with("rel_stored")))
        .on_fault(move |_, faulted| {
            faults.lock().unwrap().push((faulted.run.clone(), faulted.error.clone()));
            Ok(())
        })
        .build()
}
