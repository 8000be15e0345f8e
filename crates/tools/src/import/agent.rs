//! What an outside agent says of itself becomes a connector: its card is pinned, and each of its skills is an action.

use super::tools::{first_line, named, picked};
use super::write::{self, Lines};
use super::written::suggested;
use super::{Import, Options, Report, Suggested, fits, names, security};
use crate::a2a::card::{TIMEOUT_MS, interface};
use crate::catalogue::written;
use reqwest::Url;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most skills of a card that become actions, count.
const SKILLS_MAX: usize = 100;
/// What people should know of skills.
const SKILLS: &str = "the protocol has no place for a skill: an action of one sends a message like any other, whose words say \
    what is wanted; each may have policies of its own";

/// Imports an outside agent by its card; the error says why it cannot be asked. A pick's `operation` is `send`, `task`,
/// `cancel`, or `send ID` for one of its skills.
pub fn agent(card_url: &Url, card: &Value, options: &Options) -> Result<Import, String> {
    let name = named(options)?;
    options.picks.iter().flatten().try_for_each(fits)?;
    let auth = options.auth.as_ref().map(|wanted| security::named(&name, wanted)).transpose()?.flatten();
    let interface = interface(card)?;
    written::address(interface.url.as_str())?;
    written::address(card_url.as_str())?;
    let said = |key: &str| card.get(key).and_then(Value::as_str).map(first_line).filter(|text| !text.is_empty());
    let title = said("name").unwrap_or_else(|| name.clone());
    let all = actions(&name, &title, card);
    let (found, mut refused) = (all.len(), Vec::new());
    let mut operations = match &options.picks {
        None => all,
        Some(picks) => picked(&all, picks, &mut refused, "the agent is not asked for"),
    };
    names::unique(&mut operations);
    let skilled = operations.iter().any(|one| one.operation.starts_with("send "));
    let report = Report {
        name,
        title,
        language: "A2A".to_owned(),
        base_url: interface.url.to_string(),
        found,
        picked: operations.len() + refused.len(),
        imported: operations.len(),
        refused,
        callbacks: Vec::new(),
        webhooks: Vec::new(),
        security: Vec::new(),
        auth,
        notes: skilled.then(|| SKILLS.to_owned()).into_iter().collect(),
        operations,
    };
    files(card_url, card, report)
}

fn files(card_url: &Url, card: &Value, report: Report) -> Result<Import, String> {
    let pinned = format!("connectors/{}.card.json", report.name);
    let head = [
        ("kind", json!("a2a")),
        ("base_url", json!(report.base_url)),
        ("describe_url", json!(card_url.as_str())),
        ("card", json!(pinned)),
        ("timeout_ms", json!(TIMEOUT_MS)),
        ("attempts", json!(1)),
    ];
    let text = write::of_written(&report, &head, own);
    written::file(&text)?;
    let said = serde_json::to_string_pretty(card).map_err(|e| e.to_string())?;
    let files = BTreeMap::from([(pinned, said + "\n"), (format!("connectors/{}.yaml", report.name), text)]);
    Ok(Import { report, files })
}

/// What an action asks the agent for. Whatever it answers, somebody outside wrote.
fn own(action: &Suggested) -> Lines {
    let asked = action.operation.split(' ').next().unwrap_or_default();
    vec![("operation", json!(asked)), ("outside_text", json!(true))]
}

fn actions(name: &str, title: &str, card: &Value) -> Vec<Suggested> {
    let action = |asked: &str, place: &str, title: String, risk: &str| {
        let own = names::cut(&names::snake(&format!("{name}_{}", if place.is_empty() { asked } else { place })), "ask");
        let operation = if place.is_empty() { asked.to_owned() } else { format!("{asked} {place}") };
        Suggested {
            operation,
            method: asked.to_owned(),
            path: place.to_owned(),
            writes: asked != "task",
            ..suggested(&own, &title, risk, asked == "task")
        }
    };
    let mut all = vec![action("send", "", format!("Ask {title}"), "high")];
    let skills = card.get("skills").and_then(Value::as_array).into_iter().flatten().take(SKILLS_MAX);
    for skill in skills {
        let text = |key: &str| skill.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = first_line(text("id"));
        if id.is_empty() || all.iter().any(|one| one.path == id) {
            continue;
        }
        let words = if text("name").is_empty() { id.as_str() } else { text("name") };
        all.push(action("send", &id, words.to_owned(), "high"));
    }
    all.push(action("task", "", format!("How far {title} has come"), "low"));
    all.push(action("cancel", "", format!("Withdraw what {title} was asked"), "medium"));
    names::unique(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{AuthFile, Catalogue};
    use crate::import::Pick;
    use baton_base::Bundle;

    fn import(picks: Option<&[&str]>, url: &str) -> Result<Import, String> {
        let card = json!({"name": "Planner", "skills": [
            {"id": "plan-trip", "name": "Plan a trip: \"all\" of it"}, {"id": "plan-trip"}, {"name": "nameless"}],
            "supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]});
        let pick = |operation: &&str| Pick { operation: (*operation).to_owned(), ..Pick::default() };
        let options = Options {
            name: Some("planner".to_owned()),
            picks: picks.map(|picks| picks.iter().map(pick).collect()),
            auth: Some(AuthFile { kind: Some("bearer".to_owned()), ..AuthFile::default() }),
            ..Options::default()
        };
        agent(&"https://planner.example/.well-known/agent-card.json".parse().unwrap(), &card, &options)
    }

    #[test]
    fn the_skills_of_an_agent_become_actions_of_a_connector_that_loads() {
        let Import { report, files } = import(None, "https://planner.example/rpc").unwrap();
        let seen: Vec<_> = report.operations.iter().map(|one| (one.name.as_str(), one.writes)).collect();
        let expected =
            [("planner_send", true), ("planner_plan_trip", true), ("planner_task", false), ("planner_cancel", true)];
        assert_eq!(seen, expected);
        assert_eq!(report.auth.as_ref().map(|auth| auth.setting.as_str()), Some("planner.token"));
        assert_eq!(report.notes.len(), 1);
        let catalogue = Catalogue::load(&Bundle { files, ..Bundle::default() }).unwrap_or_else(|f| panic!("{f:#?}"));
        let action = catalogue.action("planner_plan_trip").unwrap();
        assert_eq!(action.title, "Plan a trip: \"all\" of it");
        assert!(action.outside_text && action.writes && !catalogue.action("planner_task").unwrap().writes);
    }

    #[test]
    fn only_what_is_picked_is_asked_for_and_what_cannot_be_called_is_told() {
        let report =
            import(Some(&["send plan-trip", "task", "send fly"]), "https://planner.example/rpc").unwrap().report;
        assert_eq!((report.imported, report.refused.len()), (2, 1));
        assert!(report.refused[0].reason.contains("'send fly'"), "{:?}", report.refused);
        for bad in [
            "http://169.254.169.254/rpc",
            "https://ada:s3cret@planner.example/rpc",
            // A parameter of the overlay is for the file's author to name.
            "https://planner.example/rpc?from={{param.secret}}",
            "planner",
        ] {
            assert!(import(None, bad).is_err(), "{bad}");
        }
    }
}
