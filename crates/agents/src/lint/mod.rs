//! What the author of agents should look at in a release: what loads, and would disappoint a customer.
//!
//! | rule | what it finds |
//! |---|---|
//! | `budget-without-person` | a turn budget may run out in a process that passes no case to a person |
//! | `unconfirmed-action` | an action that its connector wants confirmed is called where the customer is never asked |
//! | `guideline-contradicts` | two guidelines of one priority that can hold together and end otherwise; refused at load |
//! | `unused-field` | a field is asked for that no process, table, connector, template or handoff uses |
//! | `never-said` | a template or an article says what an agent never says; of templates refused at load |
//! | `unknown-article` | an agent is to answer from an article that there is not |
//! | `unspoken-language` | an agent is to converse in a language without templates |
//! | `unused-tools` | an agent's model may call actions, and no process lets it act |
//! | `act-without-tools` | an agent's model is to act, and may call no action |
//! | `delegate-takes-nothing` | an agent is handed cases and takes no need: without a model it is handed none |

mod calls;

use crate::agent::{AgentSpec, base, said};
use crate::roster::{IntentSpec, Kind, Roster};
use baton_base::{ArticleId, Bundle, Finding, Severity};
use baton_knowledge::{Article, Audience};
use calls::{Call, Calls, Process};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that give a case, or a part of its work, to people.
const TO_PEOPLE: [&str; 3] = ["escalate", "human-task", "approval"];
/// Where fields of intents may be used beside processes.
const USERS: [(&str, &str); 4] =
    [("tables", "yaml"), ("connectors", "yaml"), ("templates", "yaml"), ("policies", "cedar")];

/// Errors where the agents do not load; else warnings, in the order of files.
pub fn lint(bundle: &Bundle) -> Vec<Finding> {
    match Roster::load(bundle) {
        Ok(roster) => warnings(bundle, &roster),
        Err(findings) => findings,
    }
}

/// The warnings of a release whose agents load.
pub fn warnings(bundle: &Bundle, roster: &Roster) -> Vec<Finding> {
    let calls = Calls::read(bundle);
    let mut findings = Vec::new();
    for (root, within) in calls.trees() {
        budgets(root, &within, &mut findings);
    }
    unconfirmed(bundle, &calls, &mut findings);
    unused(bundle, roster, &calls, &mut findings);
    tools(roster, &calls, &mut findings);
    let shelf: Vec<(&str, &str, Article)> = bundle
        .in_folder("knowledge", "md")
        .filter_map(|(path, _, text)| Some((path, text, Article::parse(path, text).ok()?)))
        .collect();
    for agent in roster.agents.values() {
        articles(&shelf, agent, &mut findings);
        languages(bundle, agent, &mut findings);
        delegates(roster, agent, &mut findings);
    }
    findings.sort_by(|a, b| (&a.file, &a.rule).cmp(&(&b.file, &b.rule)));
    findings
}

fn warning(file: &str, rule: &str, message: String, remedy: &str) -> Finding {
    Finding { severity: Severity::Warning, ..Finding::error(file, rule, message, remedy) }
}

/// Templates with words that an agent never says.
pub(crate) fn forbidden_templates(bundle: &Bundle, agent: &AgentSpec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if agent.never.is_empty() {
        return findings;
    }
    for (path, _, text) in bundle.in_folder("templates", "yaml") {
        // What is wrong with the file itself is told by whoever owns it.
        let Ok(templates) = Bundle::yaml::<BTreeMap<String, String>>(path, text) else { continue };
        for (key, text) in templates {
            if let Some(phrase) = said(&agent.never, &text) {
                let message = format!("'{key}' says '{phrase}', which {} never says", agent.name);
                findings.push(Finding::error(path, "never-said", message, "say it otherwise"));
            }
        }
    }
    findings
}

/// Whether a case can go to a person where an agent's turn budget runs out.
fn budgets(root: &Process, within: &[&Process], findings: &mut Vec<Finding>) {
    let mut calls = within.iter().copied().flat_map(|process| &process.calls);
    let Some(agent) = calls.clone().find_map(Call::converses) else { return };
    if calls.any(|call| TO_PEOPLE.contains(&call.function.as_str())) {
        return;
    }
    let message = format!("the turn budget of '{agent}' may run out here, and nothing gives the case to a person");
    let remedy = "catch the error and call escalate or human-task";
    findings.push(warning(&root.path, "budget-without-person", message, remedy));
}

#[derive(Deserialize)]
struct Connector {
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Action {
    name: String,
    #[serde(default)]
    confirm: bool,
}

/// Actions that want a customer's yes, called where nobody asks for it.
fn unconfirmed(bundle: &Bundle, calls: &Calls, findings: &mut Vec<Finding>) {
    let mut wanted = BTreeSet::new();
    for (path, _, text) in bundle.in_folder("connectors", "yaml") {
        let Ok(connector) = Bundle::yaml::<Connector>(path, text) else { continue };
        wanted.extend(connector.actions.into_iter().filter(|one| one.confirm).map(|one| one.name));
    }
    let mut told = BTreeSet::new();
    for (_, within) in calls.trees() {
        let asked: BTreeSet<&str> =
            within.iter().copied().flat_map(|process| &process.calls).filter_map(Call::confirms).collect();
        for process in within {
            for action in process.calls.iter().filter_map(Call::acts) {
                if !wanted.contains(action) || asked.contains(action) || !told.insert((&process.path, action)) {
                    continue;
                }
                let message = format!("'{action}' wants the customer's yes, and is called without asking for it");
                let remedy = "ask before it: agent-turn with goal: confirm and the same action and arguments";
                findings.push(warning(&process.path, "unconfirmed-action", message, remedy));
            }
        }
    }
}

/// Agents that are to act by their model without an action to call, or that may call actions and are never to act.
fn tools(roster: &Roster, calls: &Calls, findings: &mut Vec<Finding>) {
    let acting: BTreeSet<&str> =
        calls.processes().flat_map(|process| &process.calls).filter_map(Call::acts_by_model).collect();
    let taking: BTreeSet<&str> =
        roster.agents.values().flat_map(|agent| &agent.delegates_to).map(|other| other.as_str()).collect();
    for agent in roster.agents.values() {
        let (name, file) = (agent.name.as_str(), format!("agents/{}.yaml", agent.name));
        match (acting.contains(name), agent.tools.is_empty()) {
            (true, true) => {
                let message = "its model is to act, and its file lists no action that it may call".to_owned();
                findings.push(warning(&file, "act-without-tools", message, "list actions under tools"));
            }
            // Whoever is handed a case acts where the process names another.
            (false, false) if !taking.contains(name) => {
                let message = "its model may call actions, and no process has the goal 'act' for it".to_owned();
                findings.push(warning(
                    &file,
                    "unused-tools",
                    message,
                    "call agent-turn with goal: act, or take tools out",
                ));
            }
            (true, false) | (false, true | false) => {}
        }
    }
}

/// Fields that are asked for, and that nothing uses.
fn unused(bundle: &Bundle, roster: &Roster, calls: &Calls, findings: &mut Vec<Finding>) {
    let mut used: BTreeSet<&str> =
        calls.processes().flat_map(|process| &process.texts).flat_map(|t| names(t)).collect();
    for (folder, ending) in USERS {
        used.extend(bundle.in_folder(folder, ending).flat_map(|(_, _, text)| names(text)));
    }
    used.extend(roster.intents.values().flat_map(|intent| &intent.handoff).map(|field| field.name.as_str()));
    let remedy = "use it, take it out, or make it optional";
    for (path, stem, _) in bundle.in_folder("intents", "yaml") {
        let of_file = |intent: &&IntentSpec| intent.id == stem;
        for (name, field) in roster.intents.values().find(of_file).into_iter().flat_map(|intent| &intent.fields) {
            if !field.optional && field.kind != Kind::Mention && !used.contains(name.as_str()) {
                let message = format!("'{name}' is asked for, and nothing uses it");
                findings.push(warning(path, "unused-field", message, remedy));
            }
        }
    }
    for process in calls.processes() {
        for name in process.calls.iter().flat_map(Call::asks_for) {
            if !used.contains(name) {
                let message = format!("'{name}' is asked for, and nothing uses it");
                findings.push(warning(&process.path, "unused-field", message, remedy));
            }
        }
    }
}

/// Names in a text: letters, digits and underscores.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|name| !name.is_empty())
}

/// What is wrong with the articles (path, text and what it says of itself) that an agent answers from; internal ones it never does.
fn articles(shelf: &[(&str, &str, Article)], agent: &AgentSpec, findings: &mut Vec<Finding>) {
    let own = |article: &Article| agent.knowledge.is_empty() || agent.knowledge.contains(&article.id);
    let is_said = |article: &Article| article.audience == Audience::Customer && own(article);
    for (path, text, _) in shelf.iter().filter(|(_, _, article)| is_said(article)) {
        if let Some(phrase) = said(&agent.never, text) {
            let message = format!("the article says '{phrase}', which {} never says: it is not sent", agent.name);
            findings.push(warning(path, "never-said", message, "say it otherwise, or keep it from this agent"));
        }
    }
    let file = format!("agents/{}.yaml", agent.name);
    let known: BTreeSet<&ArticleId> = shelf.iter().map(|(_, _, article)| &article.id).collect();
    for id in agent.knowledge.iter().filter(|id| !known.contains(id)) {
        let message = format!("there is no article '{id}' to answer from");
        findings.push(warning(&file, "unknown-article", message, "name the id of an article in knowledge/"));
    }
}

fn languages(bundle: &Bundle, agent: &AgentSpec, findings: &mut Vec<Finding>) {
    let locales: BTreeSet<&str> = bundle.in_folder("templates", "yaml").map(|(_, stem, _)| base(stem)).collect();
    for language in agent.languages.iter().filter(|one| !locales.contains(base(one))) {
        let message = format!("there are no templates in '{language}'");
        let file = format!("agents/{}.yaml", agent.name);
        findings.push(warning(&file, "unspoken-language", message, "add templates/LANGUAGE.yaml, or take it out"));
    }
}

/// Agents that are handed cases, and take no need by themselves.
fn delegates(roster: &Roster, agent: &AgentSpec, findings: &mut Vec<Finding>) {
    let named = agent.delegates_to.iter().filter_map(|name| roster.agents.get(name.as_str()));
    for other in named.filter(|other| other.takes.is_empty()) {
        let message = format!("'{}' takes no need: only a model hands it cases of {}", other.name, agent.name);
        let file = format!("agents/{}.yaml", other.name);
        findings.push(warning(&file, "delegate-takes-nothing", message, "name its intents: takes: [intent]"));
    }
}
