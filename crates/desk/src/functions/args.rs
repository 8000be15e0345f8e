//! What processes write under `with`, shared by the three functions.

use crate::actions::open::astray;
use crate::packet::missing_before;
use crate::truth;
use crate::{Ask, Desk, Form, Intake, Kind, Needs, NewItem, OnDone, build_packet, limits, open_item};
use baton_base::{Actor, Error, PacketId, Result, WorkItemId};
use baton_cases::duration_ms;
use baton_db::Tx;
use baton_runs::{CallCx, Outcome};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The arguments common to all work that a process gives to people.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    pub kind: Option<Kind>,
    pub queue: Option<String>,
    pub title: Option<String>,
    pub trigger: Option<String>,
    pub reason: Option<String>,
    pub recommendation: Option<String>,
    pub goal: Option<String>,
    pub summary: Option<String>,
    #[serde(default)]
    pub fields: Option<Map<String, Value>>,
    #[serde(default)]
    pub not_allowed: Option<Vec<String>>,
    pub needs: Option<Needs>,
    pub form: Option<Form>,
    pub due: Option<String>,
    pub priority: Option<i64>,
    /// The agent that asks, for the record.
    pub agent: Option<String>,
    /// How the customer seems.
    pub mood: Option<String>,
    /// Why something critical is missing.
    pub excuse: Option<String>,
    /// What to do where something critical is missing and the trigger bears a delay.
    #[serde(default)]
    pub gate: Gate,
    /// What to do where nobody is there.
    #[serde(default)]
    pub nobody: Nobody,
}

/// What a handoff does where the queue is closed, or nobody is available for it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Nobody {
    /// Waits in the queue, and the customer is told how it stands.
    #[default]
    Wait,
    /// Gives `{decision: "nobody", queue: {open, opens_ms, opens, wait_ms}}` back, so that the AI goes on.
    Return,
}

/// What a handoff does where something critical is missing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Gate {
    /// Hands over, and the packet says why.
    #[default]
    Explain,
    /// Gives `{decision: "collect", missing: [...]}` back, so that the process asks first.
    Collect,
}

impl Args {
    pub(super) fn read(function: &str, args: &Value) -> Result<Self> {
        let read = Self::deserialize(args).map_err(|e| {
            Error::invalid_at("with", format!("the arguments of '{function}' are not valid"), e.to_string())
        })?;
        for text in [&read.reason, &read.recommendation, &read.goal, &read.summary, &read.mood, &read.excuse]
            .into_iter()
            .flatten()
        {
            if text.len() > limits::NOTE_BYTES_MAX {
                let what = format!("a text of '{function}' has {} bytes", text.len());
                return Err(Error::invalid_at("with", what, format!("at most {} are kept", limits::NOTE_BYTES_MAX)));
            }
        }
        Ok(read)
    }

    fn ask(&mut self, trigger: &str) -> Ask {
        Ask {
            trigger: self.trigger.take().unwrap_or_else(|| trigger.to_owned()),
            reason: self.reason.take().unwrap_or_default(),
            recommendation: self.recommendation.take(),
            goal: self.goal.take(),
            summary: self.summary.take(),
            fields: self.fields.take().unwrap_or_default(),
            not_allowed: self.not_allowed.take().unwrap_or_default(),
            mood: self.mood.take(),
            excuse: self.excuse.take(),
        }
    }
}

/// The decision of a handoff that first wants something from the customer.
const COLLECT: &str = "collect";

/// The decision of a handoff for which nobody is there.
const NOBODY: &str = "nobody";

/// What one function makes of the arguments.
pub(super) struct Shape {
    pub kind: Kind,
    pub title: &'static str,
    pub trigger: &'static str,
    pub form: Form,
    pub on_done: OnDone,
}

/// Packs what is known, opens the item, and waits for its decision.
pub(super) fn put_up(tx: &mut Tx, cx: &CallCx, desk: &Desk, mut args: Args, shape: Shape) -> Result<Outcome> {
    let due_in_ms = args.due.as_deref().map(duration_ms).transpose()?;
    let intake = desk.live(&cx.ctx.client)?;
    let title = title(tx, cx, args.title.take(), shape.title)?;
    let mut ask = args.ask(shape.trigger);
    if let Some(astray) = astray(&intake, args.queue.as_deref()) {
        ask.reason = format!("{} {}", ask.reason, astray.why).trim().to_owned();
    }
    if let (Gate::Collect, Some(case)) = (args.gate, &cx.case) {
        let missing = missing_before(tx, &cx.ctx, &intake, case, &ask)?;
        if !missing.is_empty() {
            return Ok(Outcome::Done(
                json!({"decision": COLLECT, "missing": missing, "fields": {}, "note": "", "by": null}),
            ));
        }
    }
    let queue = args.queue.as_deref().and_then(|name| intake.queue(name)).unwrap_or(intake.default_queue());
    let needs = args.needs.take().unwrap_or_default();
    let wanted = needs.clone().and(&queue.needs);
    let kind = shape.kind;
    // A customer is told of nothing but what takes their case over.
    let tells = cx.case.as_ref().filter(|_| matches!(kind, Kind::Takeover | Kind::Reply));
    let standing = if tells.is_some() || args.nobody == Nobody::Return {
        Some(truth::standing(tx, &cx.ctx.client, &intake, (queue, &wanted), cx.ctx.now_ms())?)
    } else {
        None
    };
    let away = standing.as_ref().filter(|standing| args.nobody == Nobody::Return && !standing.is_staffed());
    if let Some(standing) = away {
        let opens = truth::opens(queue, standing.opens_ms);
        let told = json!({
            "open": standing.open, "opens_ms": standing.opens_ms, "opens": opens, "wait_ms": standing.wait_ms,
        });
        return Ok(Outcome::Done(json!({"decision": NOBODY, "queue": told, "fields": {}, "note": "", "by": null})));
    }
    let packet = pack(tx, cx, &intake, ask)?;
    let new = NewItem {
        kind,
        queue: args.queue,
        title,
        case: cx.case.clone(),
        waiting: Some((cx.run.clone(), cx.call.clone())),
        run: None,
        packet,
        form: shape.form,
        needs,
        priority: args.priority.unwrap_or(5),
        requested_by: requester(cx, args.agent.as_deref())?,
        due_in_ms,
        on_done: shape.on_done,
    };
    let item: WorkItemId = open_item(tx, &cx.ctx, desk, new)?;
    if let (Some(case), Some(standing)) = (tells, &standing) {
        truth::tell(tx, &cx.ctx, desk, case, (queue, standing), &item)?;
    }
    Ok(Outcome::Pending { wake_on: None, memo: json!({"work_item": item}) })
}

fn title(tx: &mut Tx, cx: &CallCx, given: Option<String>, otherwise: &str) -> Result<String> {
    match (given, &cx.case) {
        (Some(title), _) => Ok(title),
        (None, Some(case)) => {
            let row = baton_cases::get(tx, &cx.ctx, case)?.row;
            Ok(format!("{otherwise}: {}", row.subject))
        }
        (None, None) => Ok(otherwise.to_owned()),
    }
}

fn pack(tx: &mut Tx, cx: &CallCx, intake: &Intake, ask: Ask) -> Result<Option<PacketId>> {
    match &cx.case {
        Some(case) => build_packet(tx, &cx.ctx, intake, case, ask).map(Some),
        None => Ok(None),
    }
}

fn requester(cx: &CallCx, agent: Option<&str>) -> Result<Actor> {
    match agent {
        Some(name) => Ok(Actor::Agent { name: name.parse()?, version: cx.release.to_string() }),
        None => Ok(cx.ctx.actor.clone()),
    }
}
