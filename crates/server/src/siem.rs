//! Entries of the ledger for security monitoring: OCSF 1.3 events, and CEF in syslog messages.

use baton_base::Actor;
use baton_govern::ledger::Entry;
use serde_json::{Value, json};

/// Version of the schema that the events follow.
const OCSF: &str = "1.3.0";
/// Syslog: facility 13 (log audit), severity 6 (informational) or 4 (warning).
const INFORMATION: u8 = 13 * 8 + 6;
const WARNING: u8 = 13 * 8 + 4;

/// Whether an entry tells of something that did not go as asked.
fn is_refusal(entry: &Entry) -> bool {
    [".refused", ".failed", ".unknown", ".suspended"].iter().any(|end| entry.kind.ends_with(end))
}

/// OCSF: sessions are Authentication (3002), all else is API Activity (6003).
pub fn ocsf(entry: &Entry) -> Value {
    let (class, activity, name) = class_of(&entry.kind);
    let refused = is_refusal(entry);
    let category = class / 1000;
    json!({
        "time": entry.at_ms,
        "category_uid": category,
        "category_name": if category == 3 { "Identity & Access Management" } else { "Application Activity" },
        "class_uid": class,
        "class_name": if class == 3002 { "Authentication" } else { "API Activity" },
        "activity_id": activity,
        "activity_name": name,
        "type_uid": class * 100 + activity,
        "severity_id": if refused { 3 } else { 1 },
        "status_id": if refused { 2 } else { 1 },
        "status_detail": entry.data["reason"].as_str(),
        "actor": {"user": {"uid": entry.actor.name(), "type": entry.actor.kind()}},
        "user": {"uid": if class == 3002 { entry.subject.as_str() } else { entry.actor.name() }},
        "api": {"operation": entry.kind, "service": {"name": "baton"}, "request": {"uid": entry.id}},
        "resources": [{"uid": entry.subject, "type": entry.kind.split('.').next()}],
        "metadata": {
            "version": OCSF, "uid": entry.id, "sequence": entry.leaf_index, "tenant_uid": entry.client,
            "product": {"name": "Baton", "vendor_name": "Baton", "version": env!("CARGO_PKG_VERSION")},
        },
        "unmapped": {
            "case": entry.case, "run": entry.run, "on_behalf_of": entry.on_behalf_of, "data": entry.data,
            "agent_version": match &entry.actor {
                Actor::Agent { version, .. } => Some(version),
                Actor::Member { .. } | Actor::System { .. } => None,
            },
        },
    })
}

fn class_of(kind: &str) -> (i64, i64, &'static str) {
    match kind {
        "session.opened" | "session.refused" => (3002, 1, "Logon"),
        "session.ended" => (3002, 2, "Logoff"),
        _ => match kind.rsplit('.').next().unwrap_or_default() {
            "created" | "opened" | "started" | "deployed" => (6003, 1, "Create"),
            "exported" => (6003, 2, "Read"),
            "changed" | "set" | "recorded" | "granted" => (6003, 3, "Update"),
            "erased" | "revoked" => (6003, 4, "Delete"),
            _ => (6003, 99, "Other"),
        },
    }
}

/// CEF: one line.
pub fn cef(entry: &Entry) -> String {
    let severity = if is_refusal(entry) { 6 } else { 3 };
    let version = env!("CARGO_PKG_VERSION");
    let (kind, extra) = (head(&entry.kind), extension);
    let mut line = format!("CEF:0|Baton|Baton|{version}|{kind}|{kind}|{severity}|rt={}", entry.at_ms);
    let pairs = [
        ("externalId", entry.id.to_string()),
        ("suser", entry.actor.name().to_owned()),
        ("sourceServiceName", entry.actor.kind().to_owned()),
        ("cs1Label", "client".to_owned()),
        ("cs1", entry.client.to_string()),
        ("cs2Label", "subject".to_owned()),
        ("cs2", entry.subject.clone()),
        ("cs3Label", "case".to_owned()),
        ("cs3", entry.case.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("cn1Label", "leaf".to_owned()),
        ("cn1", entry.leaf_index.map(|n| n.to_string()).unwrap_or_default()),
        ("msg", entry.data.to_string()),
    ];
    for (name, value) in pairs {
        line.push_str(&format!(" {name}={}", extra(&value)));
    }
    line
}

fn head(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn extension(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\r', "\\r").replace('\n', "\\n")
}

/// A syslog message (RFC 5424) around a line, with its length before it: for TLS (RFC 5425, section 4.3) and TCP (RFC 6587).
pub fn syslog(entry: &Entry, line: &str) -> String {
    let priority = if is_refusal(entry) { WARNING } else { INFORMATION };
    let message = format!("<{priority}>1 - - baton - {} - {line}", entry.id);
    format!("{} {message}", message.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::{ClientId, EntryId};

    fn entry(kind: &str) -> Entry {
        Entry {
            id: EntryId::known("led_1".to_owned()),
            client: ClientId::known("acme"),
            at_ms: 1_700_000_000_000,
            actor: Actor::system("door"),
            on_behalf_of: None,
            kind: kind.to_owned(),
            subject: "eff_1".to_owned(),
            case: None,
            run: None,
            data: json!({"reason": "a = b | c\nd"}),
            leaf_index: Some(7),
        }
    }

    #[test]
    fn a_refusal_is_a_failure_of_medium_severity() {
        let event = ocsf(&entry("action.refused"));
        assert_eq!((&event["class_uid"], &event["type_uid"]), (&json!(6003), &json!(600_399)));
        assert_eq!((&event["severity_id"], &event["status_id"]), (&json!(3), &json!(2)));
        assert_eq!(ocsf(&entry("session.opened"))["type_uid"], 300_201);
    }

    #[test]
    fn cef_escapes_what_would_end_a_field() {
        let line = cef(&entry("action.refused"));
        assert!(line.starts_with("CEF:0|Baton|Baton|") && line.contains("|6|rt=1700000000000 "), "{line}");
        assert!(line.contains("a \\= b | c\\\\nd") && !line.contains('\n'), "{line}");
        let framed = syslog(&entry("action.refused"), &line);
        let (length, message) = framed.split_once(' ').unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), message.len());
        assert!(message.starts_with("<108>1 - - baton - led_1 - CEF:0|"), "{message}");
    }
}
