//! Outside agents as systems: an agent is pinned by a digest of its Agent Card, and asked by messages (A2A 1.0, JSON-RPC).
//!
//! An agent that no longer says of itself what was pinned is not asked. The effect's key is the message's id, so that an
//! agent that takes a message once by its id takes it once.

pub mod card;
mod exchange;

use crate::catalogue::{Action, Does, Kind};
use crate::http::Attempt;
use crate::mcp::{Credential, Trouble};
use crate::wire::is_metadata_url;
use baton_base::Digest;
use exchange::Place;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a card counts as what the agent says, milliseconds.
const CARD_MS_MAX: u64 = 30_000;
/// Cards remembered, count.
const CARDS_MAX: usize = 500;
/// First pause between two looks at a task, milliseconds; it doubles.
const LOOK_MS_MIN: u64 = 100;
/// Longest pause between two looks, milliseconds.
const LOOK_MS_MAX: u64 = 2_000;
/// Share of the time that is left for the last look, milliseconds.
const LEFT_MS: u64 = 1_000;
/// Longest time from sending a message to telling its task as it stands, if the agent has taken it on, milliseconds. A call
/// that is under way holds up a worker that stops, and this is less than that waits.
const WAIT_MS_MAX: u64 = 10_000;

/// An outside agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Where it is called.
    pub url: Url,
    /// Where its card is.
    pub card_url: Url,
    /// Which of its tenants, where the pinned card names one.
    pub tenant: Option<String>,
}

/// What is asked of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Send a message, and wait for what comes of it.
    Send,
    /// How far a task has come.
    Task,
    /// Withdraw a task.
    Cancel,
}

/// The operation of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which.
    pub operation: Operation,
    /// Digest of the card that was pinned.
    pub pinned: Digest,
}

impl Operation {
    /// By its name in a connector's file.
    pub fn named(text: &str) -> Option<Self> {
        Some(match text {
            "send" => Self::Send,
            "task" => Self::Task,
            "cancel" => Self::Cancel,
            _ => return None,
        })
    }

    /// As in a connector's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Task => "task",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it may change something at the agent.
    pub fn writes(self) -> bool {
        self != Self::Task
    }

    /// JSON Schema of its arguments.
    pub fn schema(self) -> Value {
        let id = json!({"type": "string", "minLength": 1, "maxLength": 200});
        match self {
            Self::Send => json!({
                "type": "object", "additionalProperties": false, "required": ["text"],
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 16384},
                    "data": {"type": "object"}, "context": id, "task": id,
                },
            }),
            Self::Task | Self::Cancel => json!({
                "type": "object", "additionalProperties": false, "required": ["task"], "properties": {"task": id},
            }),
        }
    }
}

/// Asks agents.
#[derive(Default)]
pub(crate) struct Agents {
    cards: Mutex<HashMap<String, (Digest, Instant)>>,
}

impl Agents {
    /// One attempt; never fails.
    pub(crate) async fn send(
        &self,
        client: &Client,
        action: &Action,
        args: &Value,
        credential: Credential,
        key: &str,
    ) -> Attempt {
        let (Kind::A2a(agent), Does::A2a(call)) = (&action.system.kind, &action.does) else {
            return Attempt::Refused { status: 0, detail: json!("this is no outside agent") };
        };
        let mut place = Place { client, agent, credential, until: Instant::now() + action.system.timeout };
        let told = match self.same(&place, call).await {
            Ok(()) => ask(&mut place, call.operation, args, key).await,
            Err(trouble) => Err(trouble),
        };
        match told {
            Ok(result) => Attempt::Done(Some(result)),
            Err(Trouble::Refused(status, detail)) => Attempt::Refused { status, detail },
            Err(Trouble::Nothing(why)) => {
                Attempt::Nothing { why: format!("{}: {why}", action.system.name), status: None, wait_ms: None }
            }
            Err(Trouble::Unclear(why)) => {
                Attempt::Unclear { why: format!("{}: {why}", action.system.name), status: None }
            }
        }
    }

    /// Whether the agent still says of itself what was pinned.
    async fn same(&self, place: &Place<'_>, call: &Call) -> Result<(), Trouble> {
        let at = place.agent.card_url.to_string();
        let kept =
            self.kept().get(&at).filter(|(_, read)| read.elapsed() < Duration::from_millis(CARD_MS_MAX)).cloned();
        let seen = match kept {
            Some((seen, _)) => seen,
            None => {
                let read = exchange::card(place.client, &place.agent.card_url, place.left()).await;
                let seen = card::digest(&read.map_err(Trouble::Nothing)?);
                let mut cards = self.kept();
                if cards.len() >= CARDS_MAX {
                    cards.clear();
                }
                cards.insert(at, (seen.clone(), Instant::now()));
                seen
            }
        };
        if seen == call.pinned {
            return Ok(());
        }
        Err(Trouble::Refused(0, json!({"drift": "the agent's card is not what was pinned", "seen": seen})))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Digest, Instant)>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The card of an agent, for pinning it.
pub async fn card(url: &Url, time: Duration) -> Result<Value, String> {
    if is_metadata_url(url) {
        return Err("this is an address at which machines are told their secrets; it is never called".to_owned());
    }
    let calls = crate::http::Http::new().map_err(|e| e.to_string())?;
    exchange::card(calls.client(), url, time).await
}

/// The card at an address that somebody names; at one inside only where that is said.
pub async fn card_at(url: &Url, inside: bool, time: Duration) -> Result<Value, String> {
    let calls = crate::http::Http::to_named(url, inside).await?;
    exchange::card(calls.client(), url, time).await
}

async fn ask(place: &mut Place<'_>, operation: Operation, args: &Value, key: &str) -> Result<Value, Trouble> {
    let task = args.get("task").and_then(Value::as_str).unwrap_or_default();
    match operation {
        Operation::Task => place.rpc("GetTask", json!({"id": task}), false).await.map(|task| told(&task)),
        Operation::Cancel => place.rpc("CancelTask", json!({"id": task}), true).await.map(|task| told(&task)),
        Operation::Send => {
            let enough = Instant::now() + Duration::from_millis(WAIT_MS_MAX);
            let said = place.rpc("SendMessage", message(args, key), true).await?;
            let Some(task) = said.get("task") else {
                let words = said.get("message").map(|message| words(&[message]));
                let words = words.ok_or_else(|| Trouble::Unclear("it answered neither a task nor a message".into()))?;
                return Ok(json!({"state": "answered", "text": words, "task": null,
                    "context": said["message"]["contextId"], "data": data(&[&said["message"]])}));
            };
            place.until = place.until.min(enough);
            Ok(told(&settled(place, task.clone()).await))
        }
    }
}

/// A message with these arguments; the key is its id.
fn message(args: &Value, key: &str) -> Value {
    let mut parts = vec![json!({"text": args["text"], "mediaType": "text/plain"})];
    if let Some(data) = args.get("data").filter(|data| !data.is_null()) {
        parts.push(json!({"data": data, "mediaType": "application/json"}));
    }
    let mut message = json!({"messageId": key, "role": "ROLE_USER", "parts": parts});
    for (name, to) in [("context", "contextId"), ("task", "taskId")] {
        if let Some(value) = args.get(name).filter(|value| !value.is_null()) {
            message[to] = value.clone();
        }
    }
    json!({"message": message, "configuration": {"acceptedOutputModes": ["text/plain", "application/json"],
        "returnImmediately": true}})
}

/// Looks at a task until nothing goes on in it by itself, or the time is nearly over. It has been taken on: a look that fails,
/// or finds another task, only means that the task is told as it was seen last.
async fn settled(place: &Place<'_>, mut task: Value) -> Value {
    let mut pause_ms = LOOK_MS_MIN;
    while task["id"].is_string() && matches!(state(&task), "working" | "submitted") {
        let pause = Duration::from_millis(pause_ms);
        if place.left() <= pause + Duration::from_millis(LEFT_MS) {
            return task;
        }
        tokio::time::sleep(pause).await;
        pause_ms = (pause_ms * 2).min(LOOK_MS_MAX);
        match place.rpc("GetTask", json!({"id": task["id"]}), false).await {
            Ok(seen) if seen["id"] == task["id"] => task = seen,
            Ok(_) | Err(_) => {}
        }
    }
    task
}

/// The state of a task, without what all states begin with.
fn state(task: &Value) -> &'static str {
    const STATES: [(&str, &str); 8] = [
        ("TASK_STATE_SUBMITTED", "submitted"),
        ("TASK_STATE_WORKING", "working"),
        ("TASK_STATE_COMPLETED", "completed"),
        ("TASK_STATE_FAILED", "failed"),
        ("TASK_STATE_CANCELED", "canceled"),
        ("TASK_STATE_INPUT_REQUIRED", "input_required"),
        ("TASK_STATE_REJECTED", "rejected"),
        ("TASK_STATE_AUTH_REQUIRED", "auth_required"),
    ];
    let named = task["status"]["state"].as_str().unwrap_or_default();
    STATES.iter().find(|(name, _)| *name == named).map_or("unknown", |(_, state)| state)
}

/// A task as an action's result: `{task, context, state, text, data}`. The text is what its artifacts say, or else its status.
fn told(task: &Value) -> Value {
    let artifacts: Vec<&Value> = task["artifacts"].as_array().into_iter().flatten().collect();
    let status = &task["status"]["message"];
    let said = words(&artifacts);
    let text = if said.is_empty() { words(&[status]) } else { said };
    let held: Vec<&Value> = if artifacts.is_empty() { vec![status] } else { artifacts };
    json!({"task": task["id"], "context": task["contextId"], "state": state(task), "text": text, "data": data(&held),
        "asks": words(&[status])})
}

fn parts<'a>(of: &[&'a Value]) -> impl Iterator<Item = &'a Value> {
    let lists: Vec<&'a Value> = of.iter().copied().map(|one| &one["parts"]).collect();
    lists.into_iter().filter_map(Value::as_array).flatten()
}

fn words(of: &[&Value]) -> String {
    parts(of).filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn data(of: &[&Value]) -> Value {
    parts(of).filter_map(|part| part.get("data").cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_by_its_artifacts_or_else_by_its_status() {
        let mut task = json!({"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_INPUT_REQUIRED",
            "message": {"parts": [{"text": "Which order?"}]}}});
        let asked = json!({"task": "t", "context": "c", "state": "input_required", "text": "Which order?", "data": [],
            "asks": "Which order?"});
        assert_eq!(told(&task), asked);
        task["artifacts"] = json!([{"parts": [{"text": "a"}, {"data": {"x": 1}}]}, {"parts": [{"text": "b"}]}]);
        let now = told(&task);
        assert_eq!((&now["text"], &now["data"]), (&json!("a\nb"), &json!([{"x": 1}])));
    }
}
