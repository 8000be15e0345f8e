//! What happened in a case, in order: messages, what the ledger says, and the tasks of its runs.

use crate::merged::{self, Origin};
use crate::{MessageRow, latest_messages, limits};
use baton_base::{Actor, CaseId, Result, RunId};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use baton_runs::TraceRow;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// One thing on a case's timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineItem {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// `message`, `note`, `event` or `task`.
    pub kind: &'static str,
    /// Id of the message or ledger entry; run and number of a task.
    pub id: String,
    /// Who: `{kind, name, version}`.
    pub actor: Value,
    /// What it is called: the event's kind, the task's name.
    pub title: String,
    /// A message's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Facts.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// The case that it is of, where that was merged into this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Origin>,
}

/// Messages, ledger entries and tasks of a case and of those merged into it, by time, oldest first. A long case shows its latest
/// messages and entries and its first tasks; the limits are this room's.
pub fn timeline(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<TimelineItem>> {
    let mut items = of_one(tx, ctx, case)?;
    let mut split = merged::marks(tx, &ctx.client, case)?;
    for origin in merged::origins(tx, &ctx.client, case)? {
        split.extend(merged::marks(tx, &ctx.client, &origin.case)?);
        let theirs = of_one(tx, ctx, &origin.case)?;
        items.extend(theirs.into_iter().map(|item| TimelineItem { from: Some(origin.clone()), ..item }));
    }
    mark(&mut items, &split);
    // Stable: what happened in the same millisecond keeps its own order.
    items.sort_by_key(|item| item.at_ms);
    Ok(items)
}

fn of_one(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<TimelineItem>> {
    let mut items: Vec<_> = latest_messages(tx, ctx, case)?.into_iter().map(of_message).collect();
    items.extend(crate::notes(tx, ctx, case)?.into_iter().map(of_note));
    items.extend(entries(tx, ctx, case)?);
    let traces = baton_runs::trace_of_case(tx, &ctx.client, case)?;
    items.extend(traces.into_iter().map(|(run, line)| of_task(&run, line)));
    Ok(items)
}

/// Says of messages that were split off where they are said again.
fn mark(items: &mut [TimelineItem], split: &HashMap<String, Origin>) {
    for item in items.iter_mut().filter(|item| item.kind == "message") {
        if let Some(there) = split.get(&item.id) {
            item.data["split_into"] = json!(there);
        }
    }
}

fn of_message(message: MessageRow) -> TimelineItem {
    let author = &message.author;
    TimelineItem {
        at_ms: message.sent_ms,
        kind: "message",
        id: message.id.to_string(),
        actor: json!({"kind": author.kind, "name": author.name, "version": author.version}),
        title: format!("Message {}", message.seq),
        data: facts(&message),
        body: Some(message.text),
        from: None,
    }
}

fn of_note(note: crate::Note) -> TimelineItem {
    TimelineItem {
        at_ms: note.at_ms,
        kind: "note",
        id: note.id.clone(),
        actor: json!({"kind": "member", "name": note.author, "version": null}),
        title: note.kind.clone(),
        data: crate::notes::as_facts(&note),
        body: Some(note.text),
        from: None,
    }
}

fn facts(message: &MessageRow) -> Value {
    let mut data = json!({"seq": message.seq});
    if !message.articles.is_empty() {
        data["articles"] = json!(message.articles);
    }
    if !message.sources.is_empty() {
        data["sources"] = json!(message.sources);
    }
    if let Some(via) = &message.via_case {
        data["via_case"] = json!(via);
    }
    if let Some(original) = &message.copy_of {
        data["copy_of"] = json!(original);
    }
    data
}

fn of_task(run: &RunId, line: TraceRow) -> TimelineItem {
    TimelineItem {
        at_ms: line.at_ms,
        kind: "task",
        id: format!("{run}:{}", line.seq),
        actor: json!({"kind": "system", "name": "process", "version": null}),
        title: line.name,
        body: None,
        from: None,
        data: json!({"run": run, "task": line.task, "kind": line.kind, "phase": line.phase, "detail": line.detail}),
    }
}

/// Kinds of entries whose subjects are on the timeline as such.
const SHOWN_AS: [&str; 4] = ["message.received", "message.sent", "note.written", "note.whispered"];

/// The latest entries that belong to the case, oldest first; messages are shown as such already.
fn entries(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<TimelineItem>> {
    let filter = ledger::Filter { clients: vec![ctx.client.clone()], case: Some(case.clone()), ..Default::default() };
    let (mut found, mut after) = (Vec::new(), None);
    while found.len() < limits::TIMELINE_ITEMS_MAX {
        let page = ledger::list(tx, &filter, after.as_deref(), baton_base::limits::PAGE_MAX)?;
        found.extend(
            page.items
                .into_iter()
                .filter(|entry| !SHOWN_AS.iter().any(|kind| entry.kind.starts_with(kind)))
                .map(of_entry),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

fn of_entry(entry: ledger::Entry) -> TimelineItem {
    let version = match &entry.actor {
        Actor::Agent { version, .. } => Some(version.clone()),
        Actor::Member { .. } | Actor::System { .. } => None,
    };
    TimelineItem {
        at_ms: entry.at_ms,
        kind: "event",
        id: entry.id.to_string(),
        actor: json!({"kind": entry.actor.kind(), "name": entry.actor.name(), "version": version}),
        title: entry.kind,
        body: None,
        from: None,
        data: json!({"subject": entry.subject, "facts": entry.data}),
    }
}
