//! Agents of the real blueprints at work: small processes, a real database, a worker turned by hand.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and a test may unwrap")]

use baton_agents::triggers::replay::Reading;
use baton_agents::{Actions, AgentTurn, Delegate, Models, Roster};
use baton_base::{Actor, Bundle, CaseId, ClientId, IdSource, ManualClock, ReleaseId, Versions};
use baton_cases::{Case, Cases, CasesConfig, Channel, Incoming, MessageRow, Notify, Record, get, messages, receive};
use baton_db::Db;
use baton_engine::ErrorDoc;
use baton_govern::{Ctx, Env, consent};
use baton_knowledge::Shelf;
use baton_knowledge::gaps::{Filter, Gap, list};
use baton_runs::{Outcome, Processes, Runs, RunsBuilder};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// 22 November 2026.
pub const NOW_MS: i64 = 1_795_305_600_000;

const FUNCTIONS: &[&str] = &["agent-turn", "notify", "record"];

pub fn client() -> ClientId {
    ClientId::known("acme")
}

/// The language part of a blueprint, with one test process.
pub fn bundle(blueprint: &str, process: &str) -> Bundle {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints").join(blueprint);
    let mut bundle = Bundle::default();
    for folder in ["agents", "intents", "knowledge", "templates"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            let text = std::fs::read_to_string(&path).unwrap();
            let text =
                text.replace("{{param.policy_pattern}}", "HM-[0-9]{3}-[0-9]{6}").replace("{{param.currency}}", "USD");
            bundle.files.insert(name, text);
        }
    }
    let facts = std::fs::read_to_string(root.join("facts.yaml")).unwrap();
    let facts = facts.replace("{{param.limit_minor}}", "250000").replace("{{param.currency}}", "USD");
    bundle.files.insert("facts.yaml".into(), facts);
    bundle.files.insert("blueprint.yaml".into(), "entry: { chat: test, api: test }".into());
    bundle.files.insert("processes/test.yaml".into(), process.to_owned());
    bundle
}

/// A process of one agent turn whose output becomes the case's fields; errors become the outcome.
pub fn one_turn(with: &str) -> String {
    format!(
        "document: {{ dsl: '1.0.3', namespace: test, name: test, version: '1.0.0' }}
do:
  - attempt:
      try:
        - turn:
            call: agent-turn
            with: {with}
            export: {{ as: '${{ . }}' }}
        - note:
            call: record
            with: {{ fields: {{ output: '${{ $context }}' }} }}
            then: exit
      catch:
        as: error
        do:
          - failed:
              call: record
              with: {{ fields: {{ error: '${{ $error }}' }} }}
"
    )
}

pub struct World {
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    cases: Cases,
    runs: Runs,
    sent: AtomicUsize,
    /// Arguments of the handoffs that agents have made by themselves.
    pub handed: Arc<Mutex<Vec<Value>>>,
}

/// Hands cases over as the desk does, as far as a turn sees it; what is handed to `circle` goes round.
fn handing(kept: Arc<Mutex<Vec<Value>>>) -> Delegate {
    Arc::new(move |tx, cx, args| {
        kept.lock().unwrap().push(args.clone());
        let to = args["to"].as_str().unwrap();
        if to == "circle" {
            let (kind, title) = ("urn:baton:error:escalation".to_owned(), Some("loop".to_owned()));
            return Ok(Outcome::Failed(ErrorDoc { kind, status: 409, title, detail: None, instance: None }));
        }
        let case = cx.case.as_ref().unwrap();
        let actor = Actor::Agent { name: to.parse().unwrap(), version: cx.release.to_string() };
        let state = baton_cases::row(tx, &cx.ctx, case)?.state;
        baton_cases::assign(tx, &cx.ctx, case, &actor, state)?;
        Ok(Outcome::Done(json!({"to": to})))
    })
}

impl World {
    pub async fn new(blueprint: &str, process: &str, models: Models) -> Self {
        Self::on(baton_testkit::sqlite().await, blueprint, process, models)
    }

    pub fn on(db: Db, blueprint: &str, process: &str, models: Models) -> Self {
        Self::of(db, &bundle(blueprint, process), models)
    }

    /// With these files.
    pub fn of(db: Db, bundle: &Bundle, models: Models) -> Self {
        Self::reading(db, bundle, Roster::load(bundle).unwrap(), models)
    }

    /// With these files, and their agents as they were loaded.
    pub fn reading(db: Db, bundle: &Bundle, roster: Roster, models: Models) -> Self {
        Self::built(db, bundle, roster, models, None)
    }

    /// With these files, whose agents' models call these actions.
    pub fn acting(db: Db, bundle: &Bundle, models: Models, actions: Actions) -> Self {
        Self::built(db, bundle, Roster::load(bundle).unwrap(), models, Some(actions))
    }

    fn built(db: Db, bundle: &Bundle, roster: Roster, models: Models, actions: Option<Actions>) -> Self {
        let clock = ManualClock::at(NOW_MS);
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(11)));
        let (release, handed) = (ReleaseId::known("rel_1"), Arc::default());
        let (cases, rosters, shelves) =
            (Cases::default(), Arc::new(Versions::default()), Arc::new(Versions::default()));
        rosters.put_live(&client(), &release, Arc::new(roster));
        shelves.put_live(&client(), &release, Arc::new(Shelf::load(bundle).unwrap()));
        cases.config.put_live(&client(), &release, Arc::new(CasesConfig::load(bundle, "en-US").unwrap()));
        cases.processes.put_live(&client(), &release, Arc::new(Processes::load(bundle, FUNCTIONS).unwrap()));
        let turn = AgentTurn::new(db.clone(), rosters, shelves, cases.clone(), models)
            .delegating(handing(Arc::clone(&handed)));
        let turn = match actions {
            Some(actions) => turn.acting(actions),
            None => turn,
        };
        let runs = RunsBuilder::new(db.clone(), env.clone(), cases.processes.clone())
            .function(turn)
            .function(Notify(cases.clone()))
            .function(Record)
            .build();
        Self { db, env, clock, cases, runs, sent: AtomicUsize::new(0), handed }
    }

    /// A customer's message; the agent answers before this returns.
    pub async fn write(&self, text: &str) -> CaseId {
        let case = self.take_in(text).await;
        self.settle().await;
        case
    }

    /// A customer's message, which waits for the agent.
    pub async fn take_in(&self, text: &str) -> CaseId {
        let n = self.sent.fetch_add(1, Ordering::SeqCst);
        let incoming = Incoming {
            channel: Channel::Chat,
            address: "conv-1".into(),
            name: Some("Ada Lovelace".into()),
            locale: None,
            text: text.into(),
            external_id: Some(format!("m{n}")),
            case: None,
            data: json!({}),
        };
        let (ctx, cases) = (self.ctx(), self.cases.clone());
        self.db.write(move |tx| receive(tx, &ctx, &cases, incoming)).await.unwrap().case
    }

    /// Lets the worker turn until nothing is left to do.
    pub async fn settle(&self) {
        for _ in 0..6 {
            self.runs.turn_once().await.unwrap();
        }
    }

    /// Makes calls again that were cut off on the way, once their time has come.
    pub async fn make_again(&self) {
        for asked in self.runs.step_leases(false, 10).await.unwrap() {
            let made = self.runs.step_make(&asked).await;
            self.runs.step_came(made).await;
        }
    }

    /// Lets the worker turn until the agent has answered in this case, or its turn has returned; false where it does neither.
    pub async fn settled(&self, case: &CaseId) -> bool {
        for _ in 0..20 {
            let fields = self.case(case).await.fields;
            let answered = self.messages(case).await.iter().any(|m| m.author.kind == "agent");
            if !fields["output"].is_null() || answered {
                return true;
            }
            self.runs.turn_once().await.unwrap();
        }
        false
    }

    /// A person, or a queue of people, gives a case back to the AI, as the desk does; `answered` by a person meanwhile.
    pub async fn give_back(&self, case: &CaseId, answered: bool) {
        let (ctx, case) = (self.ctx(), case.clone());
        let agent = Actor::Agent { name: "concierge".parse().unwrap(), version: "rel_1".to_owned() };
        self.db
            .write(move |tx| {
                for (run, of) in baton_runs::parked(tx, &ctx.client, None, 10)? {
                    assert_eq!(of, case);
                    baton_runs::unpark(tx, &ctx, &run, answered)?;
                }
                baton_cases::give_back(tx, &ctx, &case, &agent, true)
            })
            .await
            .unwrap();
        self.settle().await;
    }

    pub fn ctx(&self) -> Ctx {
        Ctx::system(&self.env, &client(), "channel:test")
    }

    pub async fn case(&self, case: &CaseId) -> Case {
        let (ctx, case) = (self.ctx(), case.clone());
        self.db.read(move |tx| get(tx, &ctx, &case)).await.unwrap()
    }

    pub async fn messages(&self, case: &CaseId) -> Vec<MessageRow> {
        let (ctx, case) = (self.ctx(), case.clone());
        self.db.read(move |tx| messages(tx, &ctx, &case, 0)).await.unwrap()
    }

    /// Questions that no article answered.
    pub async fn gaps(&self) -> Vec<Gap> {
        let filter = Filter { clients: vec![client()], state: None };
        self.db.read(move |tx| list(tx, &filter, None, None)).await.unwrap().items
    }

    /// What the agent wrote last.
    pub async fn last_reply(&self, case: &CaseId) -> MessageRow {
        self.messages(case).await.into_iter().rfind(|m| m.author.kind == "agent").expect("the agent has written")
    }

    /// What the turn returned.
    pub async fn output(&self, case: &CaseId) -> Value {
        let fields = self.case(case).await.fields;
        assert!(fields["error"].is_null(), "{}", fields["error"]);
        fields["output"].clone()
    }

    /// The error by which the turn ended.
    pub async fn error(&self, case: &CaseId) -> Value {
        self.case(case).await.fields["error"].clone()
    }

    /// What the agent read of each message, oldest first.
    pub async fn readings(&self) -> Vec<Reading> {
        let read = self.db.read(|tx| baton_agents::readings(tx, &client(), 0, 100)).await.unwrap();
        read.into_iter().map(|heard| heard.reading).collect()
    }

    pub async fn consented(&self, case: &CaseId, action: &'static str, digest: String) -> bool {
        let (ctx, case) = (self.ctx(), case.clone());
        self.db.read(move |tx| consent::given(tx, &ctx, &case, action, &digest)).await.unwrap()
    }
}
