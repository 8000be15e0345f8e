//! An event from outside reaches the runs that listen for it.

use super::{Operating, reason, store};
use crate::RunInput;
use crate::input::post;
use crate::outcome::event_type;
use crate::read::RunStatus;
use crate::subscribe::{Delivered, deliver};
use baton_base::{Error, Event, Result, RunId, canonical_json, limits};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Longest text of an attribute that names an event, bytes.
const NAME_BYTES_MAX: usize = 256;

/// Where an event went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sent {
    /// Its id, as given or as made here.
    pub id: String,
    /// Its source.
    pub source: String,
    /// Its type.
    pub r#type: String,
    /// How many runs it was put before so far; whether it is what they wait for they decide themselves.
    pub runs: i64,
    /// True while more are being told: where very many listen, or such an event came before, it reaches them by and by.
    pub more: bool,
    /// False if an event with this source and id came in before: it was not delivered again.
    pub new: bool,
}

/// Puts an event before every run of the client that listens for its type. An event that came in before (same source
/// and id) is not delivered again.
pub fn send_event(tx: &mut Tx, ctx: &Ctx, event: &Value, why: Option<&str>) -> Result<Sent> {
    ctx.allow(Right::RunOperate)?;
    let why = why.map(reason).transpose()?;
    let event = complete(ctx, event)?;
    let (id, source, kind) = names(&event);
    if let Some((runs, more)) = store::event_runs(tx, &ctx.client, &source, &id)? {
        return Ok(Sent { id, source, r#type: kind, runs, more, new: false });
    }
    let Delivered { told, more } = deliver(tx, ctx, &event, Some((source.clone(), id.clone())))?;
    let runs = i64::try_from(told).unwrap_or(i64::MAX);
    if !store::insert_event(tx, ctx, (&source, &id, &kind), runs)? {
        return Err(Error::Conflict("the same event is coming in twice at this moment; send it again".into()));
    }
    let data = json!({"id": id, "source": source, "type": kind, "runs": runs, "more": more, "reason": why});
    ledger::append(tx, ctx, Event::new(&ctx.client, "event.received", &kind).with(data))?;
    Ok(Sent { id, source, r#type: kind, runs, more, new: true })
}

/// Puts an event before one run, whether or not it listens for its type now; an event that nothing in the run waits
/// for changes nothing. A suspended run keeps it.
pub fn send_event_to_run(tx: &mut Tx, ctx: &Ctx, run: &RunId, event: &Value, why: &str) -> Result<Sent> {
    let found = Operating::open(tx, ctx, run, why)?;
    let event = complete(ctx, event)?;
    let (id, source, kind) = names(&event);
    match found.status {
        RunStatus::Running | RunStatus::Waiting | RunStatus::Suspended => {
            post(tx, ctx, run, &RunInput::Event { event })?;
            found.record(tx, ctx, "event_sent", json!({"id": id, "source": source, "type": kind}))?;
            Ok(Sent { id, source, r#type: kind, runs: 1, more: false, new: true })
        }
        RunStatus::Faulted | RunStatus::Completed | RunStatus::Cancelled => {
            found.conflict("a run that has ended takes no event")
        }
    }
}

fn names(event: &Value) -> (String, String, String) {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("id"), text("source"), event_type(event).to_owned())
}

/// A `CloudEvent` (1.0, JSON format) with what the sender left out: `specversion`, `id`, `source`, `time` stays out.
fn complete(ctx: &Ctx, event: &Value) -> Result<Value> {
    let bad = |title: &str, detail: &str| Err(Error::invalid_at("event", title, detail));
    let Some(given) = event.as_object() else { return bad("an event is an object", "send a CloudEvent as JSON") };
    if canonical_json(event).len() > limits::RUN_DATA_BYTES_MAX {
        return Err(Error::Limit(format!("an event has at most {} bytes", limits::RUN_DATA_BYTES_MAX)));
    }
    let mut event: Map<String, Value> = given.clone();
    event.entry("specversion").or_insert_with(|| json!("1.0"));
    event.entry("id").or_insert_with(|| json!(ctx.id("evt")));
    event.entry("source").or_insert_with(|| json!(format!("baton/{}/{}", ctx.actor.kind(), ctx.actor.name())));
    if event["specversion"] != "1.0" {
        return bad("only CloudEvents 1.0 are taken", "set specversion to \"1.0\", or leave it out");
    }
    for name in ["type", "id", "source"] {
        let text = event.get(name).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() || text.len() > NAME_BYTES_MAX {
            let title = format!("the event's {name} is missing or too long");
            let detail = format!("give it as text of 1 to {NAME_BYTES_MAX} bytes");
            return Err(Error::invalid_at(format!("event/{name}"), title, detail));
        }
    }
    Ok(Value::Object(event))
}
