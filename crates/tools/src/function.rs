//! The platform function `action`: a connector action through the door.
//!
//! ```yaml
//! call: action
//! with: { action: cancel_order, args: { order_id: "${ .order }", reason: "no longer needed" }, agent: concierge }
//! ```
//! Its output is the system's answer. Errors that a process can catch: `urn:baton:error:refused`, `…:invalid`,
//! `…:escalation` (title `policy`: the rules do not say, or
//! a stop is engaged), `…:rejected`, `…:system` (with the system's status),
//! `…:communication` (nothing happened; trying again is safe) and `…:outcome-unknown`.

use crate::door::{Call, Called, Door};
use baton_base::{AgentName, Error, Result, WorkItemId};
use baton_db::Tx;
use baton_desk::Approval;
use baton_engine::ErrorDoc;
use baton_runs::{CallCx, Finish, Function, Outcome};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Kind of input that a call waiting for approval wakes on.
const WAKE_ON: &str = "approval";
/// Status of a failure on the way to a system: RFC 9110, bad gateway.
const BAD_GATEWAY: u16 = 502;

/// The function `action`.
pub struct ActionFunction {
    door: Door,
}

impl ActionFunction {
    /// The function, through this door.
    pub fn new(door: Door) -> Self {
        Self { door }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    action: String,
    #[serde(default = "no_args")]
    args: Value,
    #[serde(default)]
    agent: Option<AgentName>,
}

fn no_args() -> Value {
    json!({})
}

/// What a call remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memo {
    /// The approval it waits for or has.
    #[serde(default)]
    approval: Option<WorkItemId>,
}

fn with(args: &Value) -> Result<With> {
    With::deserialize(args).map_err(|e| {
        Error::invalid_at("with", format!("action is called wrongly: {e}"), "write with: {action, args, agent}")
    })
}

fn memo(value: &Value) -> Result<Memo> {
    if value.is_null() { Ok(Memo::default()) } else { Memo::deserialize(value).map_err(Error::broken) }
}

impl Function for ActionFunction {
    fn name(&self) -> &'static str {
        "action"
    }

    fn start(&self, _tx: &mut Tx, _cx: &CallCx, args: &Value) -> Result<Outcome> {
        with(args)?;
        Ok(Outcome::Outside { memo: json!(Memo::default()) })
    }

    fn resume(&self, _tx: &mut Tx, _cx: &CallCx, _args: &Value, memo: &Value, event: &Value) -> Result<Outcome> {
        let asked = self::memo(memo)?.approval;
        let decided = event.get("work_item").and_then(Value::as_str);
        if asked.as_ref().map(WorkItemId::as_str) != decided {
            // Meant for another call of the run: this one goes on waiting.
            return Ok(Outcome::Pending { wake_on: Some(WAKE_ON), memo: memo.clone() });
        }
        let decision = event.get("decision").and_then(Value::as_str).unwrap_or_default();
        if decision == crate::door::APPROVE {
            // What the desk wrote down is read again at the door; the event alone lets nothing through.
            return Ok(Outcome::Outside { memo: memo.clone() });
        }
        let note = event.pointer("/fields/reason").or_else(|| event.get("note")).and_then(Value::as_str);
        let detail = note.filter(|n| !n.is_empty()).unwrap_or("a person said no").to_owned();
        Ok(Outcome::Failed(doc("rejected", 403, "The approval was rejected", detail)))
    }

    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let door = self.door.clone();
        Box::pin(async move {
            let with = with(&args)?;
            let call = Call {
                action: with.action,
                args: with.args,
                case: cx.case.clone(),
                run: Some(cx.run.clone()),
                step_key: cx.call.to_string(),
                agent: with.agent,
                release: Some(cx.release.clone()),
                approval: self::memo(&memo)?.approval,
                ..Call::default()
            };
            let record = door.carry_out(&cx.ctx, call).await?;
            let finish: Finish = Box::new(move |tx| record(tx).map(outcome));
            Ok(finish)
        })
    }

    /// Nobody waits for the approval any more.
    fn cancel(&self, tx: &mut Tx, cx: &CallCx) -> Result<()> {
        Approval(self.door.desk().clone()).cancel(tx, cx)
    }
}

fn outcome(called: Called) -> Outcome {
    match called {
        Called::Done { result, .. } => Outcome::Done(result),
        Called::NeedsApproval { work_item, .. } => {
            Outcome::Pending { wake_on: Some(WAKE_ON), memo: json!(Memo { approval: Some(work_item) }) }
        }
        Called::Invalid(error) => {
            let problem = error.problem();
            let place = problem.place.map(|p| format!("{p}: ")).unwrap_or_default();
            Outcome::Failed(doc("invalid", problem.status, &problem.title, format!("{place}{}", problem.detail)))
        }
        // A stop is about us, not about what the customer wants: a person goes on.
        Called::Refused { reason, policies } if policies.iter().any(|policy| policy.starts_with("stop:")) => {
            Outcome::Failed(doc("escalation", 403, "policy", reason))
        }
        Called::Refused { reason, .. } => Outcome::Failed(doc("refused", 403, "Refused by policy", reason)),
        Called::Undecided { reason } => Outcome::Failed(doc("escalation", 409, "policy", reason)),
        Called::Failed { status, detail, .. } => {
            let status = if status == 0 { BAD_GATEWAY } else { status };
            Outcome::Failed(doc("system", status, "The system says no", words(&detail)))
        }
        Called::Unreachable { why } => Outcome::Failed(doc("communication", 503, "The system cannot be reached", why)),
        Called::Unknown { why, .. } => {
            Outcome::Failed(doc("outcome-unknown", BAD_GATEWAY, "Nobody can say whether it happened", why))
        }
    }
}

/// A problem document's detail or title, else the text itself.
fn words(detail: &Value) -> String {
    let part = |name: &str| detail.get(name).and_then(Value::as_str);
    let said = detail.as_str().or_else(|| part("detail")).or_else(|| part("title")).or_else(|| part("message"));
    said.map_or_else(|| detail.to_string(), str::to_owned)
}

fn doc(name: &str, status: u16, title: &str, detail: String) -> ErrorDoc {
    ErrorDoc {
        kind: format!("urn:baton:error:{name}"),
        status,
        title: Some(title.to_owned()),
        detail: Some(detail),
        instance: None,
    }
}
