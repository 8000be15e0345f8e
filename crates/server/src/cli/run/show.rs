//! One run, for people.

use super::table::{ago, error, span, table, text};
use crate::cli::say;
use serde_json::Value;

/// Longest data shown of one change, characters.
const VALUE_CHARS_MAX: usize = 60;

/// Prints a run: where it stands, what it waits for and whom, its path with what each task changed (with `data`, all that each
/// had before and after), what it did in other systems, what people did.
pub fn show(run: &Value, now_ms: i64, data: bool) {
    let field = |name: &str| text(run, name);
    say(&format!("{}/{}", field("client"), field("id")));
    say(&format!("  process     {} {}{}", field("process"), field("version"), pinned(run)));
    say(&format!("  status      {}", field("status")));
    for (label, name) in [("case", "case"), ("parent", "parent")] {
        if !field(name).is_empty() {
            say(&format!("  {label:<10}  {}", field(name)));
        }
    }
    if !run["error"].is_null() {
        let failed = &run["error"];
        say(&format!("  error       {} ({}, at {})", error(failed), text(failed, "type"), text(failed, "instance")));
    }
    if let Some(owner) = run["owner"].as_object() {
        let who = owner["claimed_by"].as_str().unwrap_or("nobody yet");
        let (item, queue) = (text(&run["owner"], "work_item"), text(&run["owner"], "queue"));
        say(&format!("  left to     queue {queue}, work item {item}, claimed by {who}"));
    }
    if !run["output"].is_null() {
        say(&format!("  output      {}", run["output"]));
    }
    waits(run, now_ms);
    path(run);
    if data {
        before_and_after(run);
    }
    effects(run);
    operations(run);
    children(run);
}

fn pinned(run: &Value) -> String {
    match (run["live"].as_bool(), run["live_version"].as_str()) {
        (Some(true), _) => " (live)".to_owned(),
        (_, Some(live)) => format!(" (new runs start on {live})"),
        _ => " (no longer live)".to_owned(),
    }
}

fn items<'a>(run: &'a Value, name: &str) -> &'a [Value] {
    run[name].as_array().map_or(&[], Vec::as_slice)
}

fn waits(run: &Value, now_ms: i64) {
    let waits = items(run, "waits");
    if waits.is_empty() {
        return;
    }
    say("\nwaits for");
    let whom = items(run, "waits_for");
    let rows: Vec<_> = waits
        .iter()
        .enumerate()
        .map(|(at, wait)| {
            let of = whom.get(at).unwrap_or(&Value::Null);
            let (since, due) = (ago(now_ms, wait, "since_ms"), due(of, now_ms));
            let (function, whom) = (text(wait, "function"), text(of, "whom"));
            vec![format!("  {}", text(wait, "task")), function, since, due, whom, text(of, "work_item")]
        })
        .collect();
    table(&["  TASK", "FUNCTION", "SINCE", "DUE", "WHOM", "WORK ITEM"], &rows);
}

/// When the waiting ends at the latest.
fn due(of: &Value, now_ms: i64) -> String {
    match of["due_ms"].as_i64() {
        Some(due_ms) if due_ms < now_ms => format!("{} ago", span(now_ms - due_ms)),
        Some(due_ms) => format!("in {}", span(due_ms - now_ms)),
        None => "-".to_owned(),
    }
}

fn path(run: &Value) {
    say("\npath");
    let rows: Vec<_> = items(run, "trace")
        .iter()
        .map(|line| {
            let took = line["at_ms"].as_i64().unwrap_or(0) - line["started_ms"].as_i64().unwrap_or(0);
            let detail = &line["detail"];
            let said = if detail["error"].is_null() { changes(line) } else { error(&detail["error"]) };
            vec![format!("  {}", text(line, "task")), text(line, "phase"), text(line, "nth"), span(took), said]
        })
        .collect();
    table(&["  TASK", "PHASE", "TIME", "TOOK", "CHANGED"], &rows);
}

fn changes(line: &Value) -> String {
    let said = items(line, "changes").iter().map(|change| {
        let path = text(change, "path");
        let after = line["detail"]["output"].pointer(&path).map(ToString::to_string).unwrap_or_default();
        let after: String = after.chars().take(VALUE_CHARS_MAX).collect();
        if text(change, "how") == "removed" { format!("-{path}") } else { format!("{path}={after}") }
    });
    said.collect::<Vec<_>>().join(" ")
}

fn before_and_after(run: &Value) {
    say("\ndata");
    for line in items(run, "trace") {
        say(&format!("  {} ({})", text(line, "task"), text(line, "phase")));
        for (label, name) in [("before", "input"), ("after", "output")] {
            if let Some(value) = line["detail"].get(name) {
                say(&format!("    {label:<6}  {value}"));
            }
        }
    }
}

/// What it did in other systems, in order.
fn effects(run: &Value) {
    let effects = items(run, "effects");
    if effects.is_empty() {
        return;
    }
    say("\neffects");
    let rows: Vec<_> = effects
        .iter()
        .rev()
        .map(|effect| {
            let kind = if effect["writes"] == true { "writes" } else { "reads" };
            vec![format!("  {}", text(effect, "action")), kind.to_owned(), text(effect, "state"), text(effect, "id")]
        })
        .collect();
    table(&["  ACTION", "KIND", "STATE", "EFFECT"], &rows);
}

fn operations(run: &Value) {
    let done = items(run, "operations");
    if done.is_empty() {
        return;
    }
    say("\nwhat people did");
    for one in done {
        say(&format!(
            "  {} by {} {}: {}",
            text(one, "kind"),
            text(one, "actor_kind"),
            text(one, "actor"),
            text(one, "reason")
        ));
    }
}

fn children(run: &Value) {
    for child in items(run, "children") {
        say(&format!("\nstarted {} ({}): {}", text(child, "id"), text(child, "process"), text(child, "status")));
    }
}
