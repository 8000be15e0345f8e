//! What the desk's commands print.

use crate::cli::say;
use serde_json::Value;

/// A text of an answer, empty where there is none.
pub(super) fn text(found: &Value, name: &str) -> String {
    match &found[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn items<'a>(found: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    found[name].as_array().into_iter().flatten()
}

fn percent(found: &Value, name: &str) -> String {
    found[name].as_f64().map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

pub(super) fn team(found: &Value) {
    say(&format!(
        "{:<30} {:<24} {:<10} {:>4} {:>6} {:>5} {:>5}",
        "member", "name", "state", "has", "places", "late", "done"
    ));
    for one in items(found, "items") {
        let state = one["presence"]["state"].as_str().unwrap_or("off");
        let places = &one["profile"]["places"];
        let (member, name) = (text(one, "member"), text(one, "name"));
        say(&format!(
            "{member:<30} {name:<24} {state:<10} {:>4} {places:>6} {:>5} {:>5}",
            text(one, "has"),
            text(one, "late"),
            text(one, "done_today")
        ));
    }
}

pub(super) fn handoffs(found: &Value) {
    handoff_rows(items(found, "items"));
}

fn handoff_rows<'a>(rows: impl Iterator<Item = &'a Value>) {
    say(&format!(
        "{:<16} {:<28} {:>8} {:>9} {:>9} {:>9} {:>6} {:>5} {:>8}",
        "client", "intent", "handoffs", "complete", "critical", "not asked", "score", "good", "lacking"
    ));
    for one in rows {
        let gate = match (one["gate_passed"].as_f64(), one["handoffs"].as_f64()) {
            (Some(passed), Some(all)) if all > 0.0 => format!("{:.0} %", passed / all * 100.0),
            _ => "-".to_owned(),
        };
        let intent = one["intent"].as_str().unwrap_or("not recognised");
        say(&format!(
            "{:<16} {intent:<28} {:>8} {:>9} {gate:>9} {:>9} {:>6.2} {:>5} {:>8}",
            text(one, "client"),
            text(one, "handoffs"),
            percent(one, "completeness"),
            percent(one, "no_reask"),
            one["score"].as_f64().unwrap_or(0.0),
            text(one, "good"),
            text(one, "lacking")
        ));
    }
}

pub(super) fn fixes(found: &Value) {
    say(&format!(
        "{:<32} {:<12} {:<10} {:>6} {:>8} {:>9}  title",
        "fix", "type", "state", "cases", "minutes", "h/month"
    ));
    for one in items(found, if found["fixes"].is_array() { "fixes" } else { "items" }) {
        say(&format!(
            "{:<32} {:<12} {:<10} {:>6} {:>8.1} {:>9.1}  {}",
            text(one, "id"),
            text(one, "fix_type"),
            text(one, "state"),
            text(one, "cases"),
            one["minutes"].as_f64().unwrap_or(0.0),
            one["hours_a_month"].as_f64().unwrap_or(0.0),
            text(one, "title")
        ));
    }
}

pub(super) fn week(found: &Value) {
    say("Handoffs");
    handoff_rows(items(found, "handoffs"));
    say("\nFixes");
    fixes(found);
    say("\nHanded to people, and nobody has said why");
    for one in items(found, "untagged") {
        say(&format!("{:<32} {:<20} {}", text(one, "case"), text(one, "trigger"), text(one, "subject")));
    }
}

pub(super) fn moved(found: &Value) {
    for one in items(found, "items") {
        let why = if one["moved"] == true { "moved".to_owned() } else { text(one, "why") };
        say(&format!("{:<32} {why}", text(one, "item")));
    }
}
