//! A small operation to test with: two clients, one process, a worker turned by hand.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and a test may unwrap")]

use baton_base::{Bundle, ClientId, Error, IdSource, ManualClock, ReleaseId, Result};
use baton_cases::{Cases, CasesConfig, Channel, Incoming, Notify, Received, Record, receive};
use baton_db::{Db, Tx};
use baton_govern::{Ctx, Env};
use baton_runs::{CallCx, Function, Outcome, Processes, Runs, RunsBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const START_MS: i64 = 1_800_000_000_000;

/// Greets, waits for one more message, records what it said, and resolves on "bye".
const PROCESS: &str = "
document: { dsl: '1.0.3', namespace: test, name: support, version: '1.0.0' }
do:
  - greet: { call: notify, with: { template: hello, agent: concierge, data: { name: '${ .customer.name }' } } }
  - hear: { call: test-hear }
  - note: { call: record, with: { intent: order_status, confidence: 0.9, fields: { said: '${ .text }' }, outcome: answered } }
";

/// Waits for one message and gives it.
struct Hear;

impl Function for Hear {
    fn name(&self) -> &'static str {
        "test-hear"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: Some("message"), memo: Value::Null })
    }
    fn resume(&self, _: &mut Tx, _: &CallCx, _: &Value, _: &Value, event: &Value) -> Result<Outcome> {
        Ok(Outcome::Done(event.clone()))
    }
}

pub struct World {
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    pub cases: Cases,
    pub runs: Runs,
}

pub fn acme() -> ClientId {
    ClientId::known("acme")
}

pub fn globex() -> ClientId {
    ClientId::known("globex")
}

pub fn bundle() -> Bundle {
    let files = [
        (
            "blueprint.yaml",
            "entry: { chat: support, api: support, a2a: support, email: support }\nsla: { first_reply: PT2M, resolution: PT24H }",
        ),
        ("processes/support.yaml", PROCESS),
        ("templates/en.yaml", "hello: 'Hello {{ name }}.'"),
        ("templates/de.yaml", "hello: 'Guten Tag {{ name }}.'"),
    ];
    let files: BTreeMap<_, _> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
    Bundle { files, ..Bundle::default() }
}

impl World {
    pub fn new(db: Db) -> Self {
        let clock = ManualClock::at(START_MS);
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let cases = Cases::default();
        for client in [acme(), globex()] {
            let release = ReleaseId::known("rel_1");
            let config = CasesConfig::load(&bundle(), "en-US").unwrap();
            cases.config.put_live(&client, &release, Arc::new(config));
            let processes =
                Processes::load(&bundle(), &["notify", "record", "test-hear"]).unwrap_or_else(|f| panic!("{f:?}"));
            cases.processes.put_live(&client, &release, Arc::new(processes));
        }
        let runs = RunsBuilder::new(db.clone(), env.clone(), cases.processes.clone())
            .function(Notify(cases.clone()))
            .function(Record)
            .function(Hear)
            .build();
        Self { db, env, clock, cases, runs }
    }

    pub fn system(&self, client: &ClientId) -> Ctx {
        Ctx::system(&self.env, client, "channel:test")
    }

    pub async fn write<T: Send + 'static>(&self, f: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.write(f).await
    }

    pub async fn receive(&self, client: &ClientId, incoming: Incoming) -> Result<Received> {
        let (ctx, cases) = (self.system(client), self.cases.clone());
        self.write(move |tx| receive(tx, &ctx, &cases, incoming)).await
    }

    /// Lets the worker turn until nothing is left to do.
    pub async fn settle(&self) {
        for _ in 0..20 {
            self.runs.turn_once().await.unwrap();
        }
    }
}

pub fn chat(address: &str, text: &str, external_id: &str) -> Incoming {
    Incoming {
        channel: Channel::Chat,
        address: address.to_owned(),
        name: Some("Ada".to_owned()),
        locale: None,
        text: text.to_owned(),
        external_id: Some(external_id.to_owned()),
        case: None,
        data: Value::Null,
    }
}

pub fn api(external_id: &str, text: &str) -> Incoming {
    let data = json!({"policy": "P-1"});
    Incoming { channel: Channel::Api, data, ..chat("notices@example.org", text, external_id) }
}

pub fn is_not_found<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::NotFound(_)))
}
