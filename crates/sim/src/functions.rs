//! The platform functions of the simulation, one for each way in which a function can work.

use crate::world::{Heard, World};
use baton_base::{Error, Result};
use baton_db::{Tx, params};
use baton_runs::{CallCx, Finish, Function, Outcome, RunsBuilder};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// The world, shared by all nodes.
pub type Shared = Arc<Mutex<World>>;

/// Names of all functions, for loading processes.
pub const NAMES: &[&str] = &["sum", "refuse", "act", "ask", "hear", "talk"];

/// Tables of the simulation's own: which messages were taken in, which deliveries began a run (as a channel knows
/// what it has received), and which runs found an owner.
pub const TABLES: &[&str] = &[
    "CREATE TABLE sim_heard (client_id TEXT NOT NULL, run_id TEXT NOT NULL, nth BIGINT NOT NULL, \
     message TEXT NOT NULL, call_id TEXT NOT NULL, PRIMARY KEY (client_id, run_id, nth))",
    "CREATE TABLE sim_started (client_id TEXT NOT NULL, delivery TEXT NOT NULL, run_id TEXT NOT NULL, \
     PRIMARY KEY (client_id, delivery))",
    "CREATE TABLE sim_owner (client_id TEXT NOT NULL, run_id TEXT NOT NULL, error TEXT NOT NULL)",
];

/// Gives a worker all functions, and faulted runs an owner.
pub fn offer(builder: RunsBuilder, world: &Shared) -> RunsBuilder {
    let builder = builder.function(Sum).function(Refuse).function(Ask).function(Hear);
    let builder = builder.function(Act(Arc::clone(world))).function(Talk(Arc::clone(world)));
    builder.on_fault(|tx, faulted| {
        tx.execute(
            "INSERT INTO sim_owner (client_id, run_id, error) VALUES ($1, $2, $3)",
            params![&faulted.ctx.client, &faulted.run, faulted.error.to_string()],
        )?;
        Ok(())
    })
}

/// Adds, in the run's own transaction.
struct Sum;

impl Function for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, args: &Value) -> Result<Outcome> {
        Ok(Outcome::Done(json!({"n": args["n"].as_i64().unwrap_or(0) + 1, "ref": args["ref"]})))
    }
}

/// Says no, in the run's own transaction.
struct Refuse;

impl Function for Refuse {
    fn name(&self) -> &'static str {
        "refuse"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, args: &Value) -> Result<Outcome> {
        Err(Error::refused(format!("no rule allows {args}"), vec!["sim".to_owned()]))
    }
}

/// Waits for a person, who answers through `finish_call`.
struct Ask;

impl Function for Ask {
    fn name(&self) -> &'static str {
        "ask"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, args: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: None, memo: args.clone() })
    }
}

/// Waits for a customer's message.
struct Hear;

impl Function for Hear {
    fn name(&self) -> &'static str {
        "hear"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: Some("message"), memo: Value::Null })
    }
    fn resume(&self, tx: &mut Tx, cx: &CallCx, _: &Value, _: &Value, event: &Value) -> Result<Outcome> {
        heard(tx, cx, event)?;
        Ok(Outcome::Done(event.clone()))
    }
}

/// Writes down that a message was taken in.
fn heard(tx: &mut Tx, cx: &CallCx, event: &Value) -> Result<()> {
    let message = event["id"].as_str().unwrap_or_default();
    let nth = tx.query_one(
        "SELECT COUNT(*) FROM sim_heard WHERE client_id = $1 AND run_id = $2",
        params![&cx.ctx.client, &cx.run],
        |row| row.int(0),
    )?;
    tx.execute(
        "INSERT INTO sim_heard (client_id, run_id, nth, message, call_id) VALUES ($1, $2, $3, $4, $5)",
        params![&cx.ctx.client, &cx.run, nth, message, &cx.call],
    )?;
    Ok(())
}

/// Asks a system of the world to do something.
struct Act(Shared);

impl Function for Act {
    fn name(&self) -> &'static str {
        "act"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: Value::Null })
    }
    fn perform(&self, cx: CallCx, args: Value, _: Value) -> BoxFuture<'static, Result<Finish>> {
        let answer = ask(&self.0, cx.call.as_str(), &args);
        async move {
            let answer = answer?;
            let finish: Finish = Box::new(move |_| Ok(Outcome::Done(answer.clone())));
            Ok(finish)
        }
        .boxed()
    }
}

fn ask(world: &Shared, key: &str, args: &Value) -> Result<Value> {
    match world.lock().unwrap_or_else(PoisonError::into_inner).ask(key, args) {
        Heard::Answer(answer) => Ok(answer),
        Heard::Refusal(no) => Err(Error::refused(no, vec!["system".to_owned()])),
        Heard::Nothing(why) => Err(Error::Unavailable(why.to_owned())),
    }
}

/// Speaks through a system, waits for the customer, and speaks again: two rounds outside in one call.
struct Talk(Shared);

impl Function for Talk {
    fn name(&self) -> &'static str {
        "talk"
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> Result<Outcome> {
        Ok(Outcome::Outside { memo: json!({"round": 1}) })
    }
    fn resume(&self, tx: &mut Tx, cx: &CallCx, _: &Value, _: &Value, event: &Value) -> Result<Outcome> {
        heard(tx, cx, event)?;
        Ok(Outcome::Outside { memo: json!({"round": 2, "heard": event["id"]}) })
    }
    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let key = format!("{}/{}", cx.call, memo["round"]);
        let answer = ask(&self.0, &key, &json!({"n": args["n"], "heard": memo["heard"]}));
        async move {
            let answer = answer?;
            let finish: Finish = Box::new(move |_| {
                Ok(match memo["round"].as_i64() {
                    Some(1) => Outcome::Pending { wake_on: Some("message"), memo: memo.clone() },
                    _ => Outcome::Done(json!({"heard": memo["heard"], "answer": answer})),
                })
            });
            Ok(finish)
        }
        .boxed()
    }
}
