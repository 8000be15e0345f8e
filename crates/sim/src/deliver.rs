//! What comes from outside: new runs, messages, events, answers of people; and what the senders remember.

use crate::operators::Order;
use baton_base::{CallId, ClientId, Result, RunId, Versions};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use baton_runs::{Processes, RunInput, post, publish, start};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One thing that somebody sends, until it is accepted.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// Unique; stands in what is sent.
    pub id: String,
    pub client: ClientId,
    pub what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A new run of a process.
    Start { process: String, input: Value },
    /// A customer's message for a run.
    Message { run: RunId },
    /// An event for whoever listens for its type.
    Event { kind: String, reference: String },
    /// A person's answer.
    Answer { run: RunId, call: CallId },
    /// Somebody ends a run.
    Cancel { run: RunId },
    /// Somebody operates a run.
    Order { run: RunId, order: Order },
    /// A timer that has fired is delivered again.
    Timer { run: RunId, call: CallId },
}

impl Delivery {
    /// The event, as it is sent.
    fn event(&self, kind: &str, reference: &str) -> Value {
        json!({"specversion": "1.0", "id": self.id, "type": kind, "source": "https://sim.example/outside",
               "data": {"ref": reference, "id": self.id}})
    }

    /// Delivers in a transaction; the runs that it reached.
    pub fn deliver(&self, tx: &mut Tx, ctx: &Ctx, processes: &Versions<Processes>) -> Result<Vec<RunId>> {
        let (run, input) = match &self.what {
            What::Start { process, input } => return self.begin(tx, ctx, processes, process, input),
            What::Event { kind, reference } => return self.to_listeners(tx, ctx, kind, reference),
            What::Order { run, order } => return order.give(tx, ctx, processes, run, &self.id),
            What::Message { run } => {
                let event = json!({"type": "message", "id": self.id, "n": 1});
                (run, RunInput::Message { event })
            }
            What::Answer { run, call } => {
                (run, RunInput::CallDone { call: call.clone(), output: json!({"answer": self.id, "n": 3}) })
            }
            What::Cancel { run } => (run, RunInput::Cancel { reason: self.id.clone(), compensate: false }),
            What::Timer { run, call } => (run, RunInput::Timer { call: call.clone() }),
        };
        // A run that has ended takes nothing more, and is not there for it either if it goes on later.
        let sql = "SELECT status FROM run WHERE client_id = $1 AND run_id = $2";
        let status = tx.query_opt(sql, params![&ctx.client, run], |row| row.text(0))?.unwrap_or_default();
        post(tx, ctx, run, &input)?;
        let ended = matches!(status.as_str(), "completed" | "faulted" | "cancelled");
        Ok(if ended { Vec::new() } else { vec![run.clone()] })
    }

    /// Sent again, it begins nothing new: a channel knows what it has received.
    fn begin(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        processes: &Versions<Processes>,
        process: &str,
        input: &Value,
    ) -> Result<Vec<RunId>> {
        let sql = "SELECT run_id FROM sim_started WHERE client_id = $1 AND delivery = $2";
        if let Some(run) = tx.query_opt(sql, params![&ctx.client, &self.id], |row| row.id(0))? {
            return Ok(vec![run]);
        }
        let run = start(tx, ctx, processes, process, None, input.clone())?;
        tx.execute(
            "INSERT INTO sim_started (client_id, delivery, run_id) VALUES ($1, $2, $3)",
            params![&ctx.client, &self.id, &run],
        )?;
        Ok(vec![run])
    }

    /// Published once for all who listen; the runs that have it now.
    fn to_listeners(&self, tx: &mut Tx, ctx: &Ctx, kind: &str, reference: &str) -> Result<Vec<RunId>> {
        publish(tx, ctx, &self.event(kind, reference))?;
        let sql = "SELECT run_id, input FROM run_inbox WHERE client_id = $1 ORDER BY run_id, seq";
        let waiting: Vec<(RunId, Value)> = tx.query(sql, params![&ctx.client], |row| Ok((row.id(0)?, row.json(1)?)))?;
        let mine = waiting.into_iter().filter(|(_, input)| input["event"]["id"] == self.id.as_str());
        let mut runs: Vec<RunId> = mine.map(|(run, _)| run).collect();
        // Where an earlier copy still waits, this one came once more all the same.
        runs.dedup();
        Ok(runs)
    }
}

/// What the senders know of one delivery.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub delivery: Delivery,
    /// Whom it reached, by run: how often for sure.
    pub sure: BTreeMap<RunId, u32>,
    /// How often it may have been saved although the sender heard of an error.
    pub maybe: u32,
    /// Place in the order of first acceptance.
    pub nth: u64,
}

/// Everything that was sent, by id.
#[derive(Debug, Default)]
pub(crate) struct Register {
    pub sent: BTreeMap<String, Sent>,
    accepted: u64,
}

impl Register {
    fn of(&mut self, delivery: &Delivery) -> &mut Sent {
        let fresh = || Sent { delivery: delivery.clone(), sure: BTreeMap::new(), maybe: 0, nth: 0 };
        self.sent.entry(delivery.id.clone()).or_insert_with(fresh)
    }

    /// The sender was told that it is saved.
    pub fn accepted(&mut self, delivery: &Delivery, runs: &[RunId]) {
        self.accepted += 1;
        let nth = self.accepted;
        let sent = self.of(delivery);
        if sent.nth == 0 {
            sent.nth = nth;
        }
        for run in runs {
            *sent.sure.entry(run.clone()).or_default() += 1;
        }
    }

    /// The sender heard of an error, and what was sent may be saved all the same.
    pub fn unsure(&mut self, delivery: &Delivery) {
        self.of(delivery).maybe += 1;
    }
}
