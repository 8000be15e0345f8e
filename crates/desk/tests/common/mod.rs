//! A small operation to test with: a process that asks people, members who answer, a worker turned by hand.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and a test may unwrap")]

use baton_base::{Bundle, CaseId, ClientId, Error, IdSource, ManualClock, MemberId, ReleaseId, Result};
use baton_cases::{Cases, CasesConfig, Channel, Incoming, Notify, Record, receive};
use baton_db::{Db, Tx, params};
use baton_desk::{
    AgentHandoff, Approval, Desk, Escalate, HumanTask, Intake, Side, WorkFilter, WorkItem, list, run_faulted,
};
use baton_govern::members::{self, NewMember};
use baton_govern::{Ctx, Env, Role};
use baton_runs::{CallCx, Function, Outcome, Processes, Runs, RunsBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const START_MS: i64 = 1_800_000_000_000;

const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: PROCESS, version: '1.0.0' }\n";

/// A claim is looked at by a licensed person, and paid or not.
const CLAIM: &str = "
do:
  - write:
      call: record
      with: { intent: claim_new, confidence: 0.8, fields: { policy_number: P-12, cause: '' } }
  - look:
      call: human-task
      with:
        kind: review
        queue: claims
        trigger: policy
        reason: Over the limit.
        recommendation: pay
        fields: { amount: 120000 }
        needs: { licences: [adjuster] }
        due: PT1H
        priority: 3
        form:
          decisions:
            - { id: pay, title: Pay, key: p, fields: [amount], primary: true }
            - { id: deny, title: Deny, key: d, fields: [] }
          schema:
            type: object
            required: [amount]
            properties: { amount: { type: integer, minimum: 1, maximum: 500000 } }
          values: { amount: 120000 }
  - note:
      call: record
      with: { outcome: '${ .decision }', fields: { amount: '${ .fields.amount }' } }
";

/// The customer asks for a person, and the AI goes on when the person returns the case.
const SUPPORT: &str = "
do:
  - up: { call: escalate, with: { trigger: customer_asks, reason: Asked for a person. } }
  - go:
      switch:
        - back: { when: '${ .decision == \"return_to_ai\" }', then: hear }
        - done: { then: close }
  - hear: { call: test-hear }
  - close: { call: record, with: { outcome: answered } }
";

/// What is missing is asked for before anybody is handed the case.
const GATED: &str = "
do:
  - known: { call: record, with: { intent: claim_new, fields: { cause: storm } } }
  - up: { call: escalate, with: { gate: collect, trigger: policy, reason: Over the limit. } }
  - go:
      switch:
        - collect: { when: '${ .decision == \"collect\" }', then: ask }
        - done: { then: close }
  - ask: { call: test-hear }
  - noted: { call: record, with: { fields: { policy_number: P-77 } } }
  - again: { call: escalate, with: { trigger: policy, reason: Over the limit. } }
  - close: { call: record, with: { outcome: answered } }
";

/// The AI goes on where nobody is there.
const AFTER_HOURS: &str = "
do:
  - up: { call: escalate, with: { nobody: return, trigger: customer_asks, reason: Asked for a person. } }
  - go:
      switch:
        - alone: { when: '${ .decision == \"nobody\" }', then: hear }
        - done: { then: close }
  - hear: { call: test-hear }
  - close: { call: record, with: { outcome: answered } }
";

/// A payment needs a yes.
const PAYMENT: &str = "
do:
  - ask:
      try:
        - yes: { call: approval, with: { title: Pay 10, queue: claims, agent: concierge } }
        - paid: { call: record, with: { outcome: paid } }
      catch:
        errors: { with: { type: 'urn:baton:error:rejected' } }
        do:
          - no: { call: record, with: { outcome: rejected } }
";

/// To which queue a case goes is computed from what its customer wrote.
const COMPUTED: &str = "
do:
  - up: { call: escalate, with: { trigger: policy, reason: Over the limit., queue: '${ $workflow.input.text }' } }
  - close: { call: record, with: { outcome: answered } }
";

/// What is computed for a queue is no text at all.
const COUNTED: &str = "
do:
  - up: { call: escalate, with: { trigger: policy, reason: Over the limit., queue: '${ 3 + 4 }' } }
";

/// Stops without a reason that the process handles.
const BROKEN: &str = "
do:
  - stop: { raise: { error: { type: 'https://example.org/broken', status: 500, title: Broken, detail: It broke. } } }
";

/// Nobody answers in time.
const HASTY: &str = "
do:
  - ask:
      try:
        - wait: { call: human-task, with: { title: Look }, timeout: { after: { minutes: 5 } } }
      catch:
        do:
          - late: { call: record, with: { outcome: nobody } }
";

/// The AI talks with the customer.
const TALK: &str = "
do:
  - hear: { call: test-hear }
  - close: { call: record, with: { outcome: answered } }
";

/// The AI talks with the customer, who has five minutes.
const HASTY_TALK: &str = "
do:
  - hear:
      try:
        - ask: { call: test-hear, timeout: { after: { minutes: 5 } } }
        - close: { call: record, with: { outcome: answered } }
      catch:
        do:
          - late: { call: record, with: { outcome: silence } }
";

/// Two agents, each of whom takes the case for the other's.
const ROUND: &str = "
do:
  - there: { call: handoff, with: { from: intake, to: billing, reason: It is about money., fields: { amount: 10 } } }
  - back: { call: handoff, with: { from: billing, to: intake, reason: Not mine. } }
  - ask: { call: handoff, with: { from: intake, to: planner, reason: Somebody outside may know. } }
  - round:
      try:
        - again: { call: handoff, with: { from: billing, to: intake, reason: Still not mine. } }
      catch:
        as: error
        errors: { with: { type: 'urn:baton:error:escalation' } }
        do:
          - person: { call: escalate, with: { trigger: '${ $error.title }', reason: '${ $error.detail }' } }
";

/// Two agents, and between their passes a system is called once more.
const CALL_ROUND: &str = "
do:
  - there: { call: handoff, with: { from: intake, to: billing, reason: It is about money. } }
  - back: { call: handoff, with: { from: billing, to: intake, reason: Not mine. } }
  - call: { call: test-call, with: { writes: WRITES } }
  - round:
      try:
        - again: { call: handoff, with: { from: intake, to: billing, reason: It is about money all the same. } }
      catch:
        as: error
        errors: { with: { type: 'urn:baton:error:escalation' } }
        do:
          - person: { call: escalate, with: { trigger: '${ $error.title }', reason: '${ $error.detail }' } }
";

/// Two agents, each of whom has a part of a long conversation; in a talk the customer writes after every two passes.
const LONG_ROUND: &str = "
do:
  - each:
      for: { each: n, in: '[1, 2, 3, 4, 5]' }
      do:
        - there: { call: handoff, with: { from: intake, to: billing, reason: Its turn., fields: { n: '${ $n }' } } }
        - back: { call: handoff, with: { from: billing, to: intake, reason: Its turn., fields: { n: '${ $n }' } } }
HEAR
  - close: { call: record, with: { outcome: answered } }
";

/// A call of a system that has been made.
struct TestCall;

impl Function for TestCall {
    fn name(&self) -> &'static str {
        "test-call"
    }
    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let id = cx.ctx.id("eff");
        tx.execute(
            "INSERT INTO effect (client_id, effect_id, idempotency_key, action, action_digest, writes, args, args_digest, \
             permit, actor, case_id, state, attempts, requested_ms) \
             VALUES ($1, $2, $2, 'get_account', 'd', $3, '{}', 'd', '{}', 'agent:intake', $4, 'finished', 1, $5)",
            params![cx.ctx.client, id, args["writes"].as_bool().unwrap(), cx.case, cx.ctx.now_ms()],
        )?;
        Ok(Outcome::Done(json!({})))
    }
    fn resume(&self, _: &mut Tx, _: &CallCx, _: &Value, _: &Value, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Done(json!({})))
    }
}

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
    pub desk: Desk,
    pub runs: Runs,
}

pub fn acme() -> ClientId {
    ClientId::known("acme")
}

pub fn globex() -> ClientId {
    ClientId::known("globex")
}

/// The bundle whose cases all enter by one process.
fn bundle(process: &str) -> Bundle {
    let text = match process {
        "claim" => CLAIM,
        "support" => SUPPORT,
        "after-hours" => AFTER_HOURS,
        "gated" => GATED,
        "payment" => PAYMENT,
        "broken" => BROKEN,
        "computed" => COMPUTED,
        "counted" => COUNTED,
        "hasty" => HASTY,
        "talk" => TALK,
        "hasty-talk" => HASTY_TALK,
        "round" => ROUND,
        "read-round" | "write-round" => CALL_ROUND,
        "long-talk" | "long-round" => LONG_ROUND,
        other => panic!("no process {other}"),
    };
    let hear = if process == "long-talk" { "        - hear: { call: test-hear }" } else { "" };
    let text = text.replace("WRITES", &(process == "write-round").to_string()).replace("HEAR", hear);
    let files = [
        ("blueprint.yaml".to_owned(), format!("entry: {{ chat: {process}, api: {process} }}")),
        (format!("processes/{process}.yaml"), HEAD.replace("PROCESS", process) + &text),
        (
            "templates/en.yaml".to_owned(),
            "people_wait: 'A colleague takes over in about {{ wait_minutes }} minutes.'\n\
             people_away: 'Nobody is here right now.'\n"
                .to_owned(),
        ),
        (
            "queues.yaml".to_owned(),
            "queues: [{ name: front, title: Front desk, default: true, sla: PT2H }, { name: claims, title: Claims }, \
             { name: experts, title: Experts, needs: { licences: [expert] } }]"
                .to_owned(),
        ),
        (
            "intents/claim_new.yaml".to_owned(),
            "id: claim_new\nhandoff:\n  - { name: policy_number, weight: 3, pattern: '^P-[0-9]+$' }\n  \
             - { name: cause, weight: 2 }\n  - { name: amount, weight: 2 }\n  - { name: photos, weight: 1 }\n"
                .to_owned(),
        ),
    ];
    Bundle { files: files.into_iter().collect::<BTreeMap<_, _>>(), ..Bundle::default() }
}

impl World {
    pub fn new(db: Db, process: &str) -> Self {
        let clock = ManualClock::at(START_MS);
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let desk = Desk { cases: Cases::default(), ..Desk::default() };
        let known = ["notify", "record", "human-task", "approval", "escalate", "handoff", "test-hear", "test-call"];
        let bundle = bundle(process);
        for client in [acme(), globex()] {
            let release = ReleaseId::known("rel_1");
            desk.intake.put_live(&client, &release, Arc::new(Intake::load(&bundle).unwrap()));
            let config = CasesConfig::load(&bundle, "en").unwrap();
            desk.cases.config.put_live(&client, &release, Arc::new(config));
            let processes = Processes::load(&bundle, &known).unwrap_or_else(|found| panic!("{found:?}"));
            desk.cases.processes.put_live(&client, &release, Arc::new(processes));
        }
        let at_fault = desk.clone();
        let runs = RunsBuilder::new(db.clone(), env.clone(), desk.cases.processes.clone())
            .function(Notify(desk.cases.clone()))
            .function(Record)
            .function(HumanTask(desk.clone()))
            .function(Approval(desk.clone()))
            .function(Escalate(desk.clone()))
            .function(AgentHandoff {
                desk: desk.clone(),
                knows: Arc::new(|_, _, name| {
                    Ok(match name {
                        "intake" | "billing" => Some(Side::Inside),
                        "planner" => Some(Side::Outside),
                        _ => None,
                    })
                }),
            })
            .function(Hear)
            .function(TestCall)
            .on_fault(move |tx, faulted| run_faulted(tx, &at_fault, faulted))
            .build();
        Self { db, env, clock, desk, runs }
    }

    pub fn system(&self) -> Ctx {
        Ctx::system(&self.env, &acme(), "test")
    }

    pub async fn write<T: Send + 'static>(&self, f: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        self.db.write(f).await
    }

    /// A member of one client with these roles and licences.
    pub async fn member(&self, name: &str, roles: &[Role], licences: &[&str]) -> Ctx {
        let new = NewMember {
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            licences: licences.iter().map(|l| (*l).to_owned()).collect(),
            languages: vec!["en".to_owned()],
            ..NewMember::default()
        };
        let house = Ctx::system(&self.env, &ClientId::house(), "test");
        let id: MemberId = self.write(move |tx| members::create(tx, &house, &new)).await.unwrap();
        Ctx::member(&self.env, &acme(), &id, roles)
    }

    /// The same for a human agent, with the role on record so that others find them.
    pub async fn granted(&self, name: &str, licences: &[&str]) -> Ctx {
        self.granted_as(name, Role::HumanAgent, licences).await
    }

    /// The same with another role.
    pub async fn granted_as(&self, name: &str, role: Role, licences: &[&str]) -> Ctx {
        let ctx = self.member(name, &[role], licences).await;
        let (system, member) = (self.system(), ctx.member_id().unwrap().clone());
        self.write(move |tx| members::grant(tx, &system, &member, role)).await.unwrap();
        ctx
    }

    /// A case that has come in, its process turned until it waits.
    pub async fn case(&self, address: &str, text: &str, message: &str) -> CaseId {
        let case = self.message(address, text, message).await;
        self.settle().await;
        case
    }

    pub async fn message(&self, address: &str, text: &str, message: &str) -> CaseId {
        let (ctx, cases) = (self.system(), self.desk.cases.clone());
        let incoming = Incoming {
            channel: Channel::Chat,
            address: address.to_owned(),
            name: Some("Ada".to_owned()),
            locale: None,
            text: text.to_owned(),
            external_id: Some(message.to_owned()),
            case: None,
            data: json!({}),
        };
        self.write(move |tx| receive(tx, &ctx, &cases, incoming)).await.unwrap().case
    }

    /// Lets the worker turn until nothing is left to do.
    pub async fn settle(&self) {
        for _ in 0..20 {
            self.runs.turn_once().await.unwrap();
        }
    }

    /// What waits for people, most urgent first.
    pub async fn to_do(&self) -> Vec<WorkItem> {
        let filter = WorkFilter { clients: vec![acme()], ..WorkFilter::default() };
        self.write(move |tx| list(tx, &filter, &baton_cases::Page::default())).await.unwrap().items
    }

    pub async fn found(&self, case: &CaseId) -> baton_cases::Case {
        let (ctx, case) = (self.system(), case.clone());
        self.write(move |tx| baton_cases::get(tx, &ctx, &case)).await.unwrap()
    }
}

pub fn is_not_found<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::NotFound(_)))
}

pub fn is_conflict<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

pub fn is_refused<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Refused { .. }))
}
