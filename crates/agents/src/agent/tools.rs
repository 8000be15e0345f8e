//! Actions that an agent's model may call by itself, and how often. What each call may do is the door's to decide.

use super::{AgentSpec, Around};
use baton_base::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most actions of one agent: each is described to the model in every exchange.
const TOOLS_MAX: usize = 24;
/// Most calls of one action, and of all, in one goal.
const CALLS_MAX: u32 = 50;
/// Functions that Baton offers every model in a goal `act`, and no action may be called like.
const OWN: [&str; 2] = [PASS, FINISH];
/// The model passes the case to a person.
pub(crate) const PASS: &str = "pass_to_person";
/// The model has reached the goal, or cannot.
pub(crate) const FINISH: &str = "finish";

/// One action that an agent's model may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// The action's name in the catalogue.
    pub action: String,
    /// Most calls in one goal.
    #[serde(default = "calls_of_an_action")]
    pub calls_max: u32,
    /// Template by which the customer is asked for a yes to exactly the call's arguments, before it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What an action wants before it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// The customer's yes to exactly its arguments.
    pub confirm: bool,
}

fn calls_of_an_action() -> u32 {
    4
}

pub(super) fn calls_of_a_goal() -> u32 {
    12
}

impl AgentSpec {
    /// The action of this name, if its model may call it.
    pub(crate) fn tool(&self, action: &str) -> Option<&ToolSpec> {
        self.tools.iter().find(|tool| tool.action == action)
    }

    pub(crate) fn check_tools(&self, path: &str, known: &dyn Fn(&str) -> Option<Wants>, findings: &mut Vec<Finding>) {
        for ToolSpec { action, confirm, .. } in &self.tools {
            match known(action) {
                None => {
                    let message = format!("its model may call '{action}', and there is no such action");
                    findings.push(Finding::error(
                        path,
                        "tools",
                        message,
                        "name an action of a connector of this release",
                    ));
                }
                Some(wants) if wants.confirm && confirm.is_none() => {
                    let message = format!("'{action}' wants the customer's yes, and nothing says how to ask for it");
                    findings.push(Finding::error(path, "tools", message, "add confirm: TEMPLATE to the tool"));
                }
                Some(_) => {}
            }
        }
    }
}

pub(super) fn check(path: &str, agent: &AgentSpec, findings: &mut Vec<Finding>) {
    let mut refuse = |message: String, remedy: &str| findings.push(Finding::error(path, "tools", message, remedy));
    if agent.tools.len() > TOOLS_MAX {
        refuse(format!("its model may call {} actions", agent.tools.len()), "name at most 24");
    }
    if !(1..=CALLS_MAX).contains(&agent.tool_calls_max) {
        refuse(format!("tool_calls_max is {}", agent.tool_calls_max), "give 1 to 50");
    }
    let mut named = BTreeSet::new();
    for ToolSpec { action, calls_max, .. } in &agent.tools {
        if !named.insert(action) {
            refuse(format!("'{action}' is named twice"), "name it once");
        }
        if OWN.contains(&action.as_str()) {
            refuse(format!("'{action}' is a function of Baton itself"), "give the action another name");
        }
        if !(1..=CALLS_MAX).contains(calls_max) {
            refuse(format!("calls_max of '{action}' is {calls_max}"), "give 1 to 50");
        }
    }
}

pub(super) fn check_templates(path: &str, tools: &[ToolSpec], around: &Around<'_>, findings: &mut Vec<Finding>) {
    let Some(templates) = around.templates else { return };
    for (action, key) in tools.iter().filter_map(|tool| Some((&tool.action, tool.confirm.as_ref()?))) {
        if !templates.contains(key) {
            let message = format!("'{action}' is confirmed by the template '{key}', and there is none");
            findings.push(Finding::error(path, "tools", message, "add the template, or name another"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::Roster;
    use baton_base::Bundle;

    fn found(more: &str) -> Vec<String> {
        let mut bundle = Bundle::default();
        let agent = format!("name: helper\ntitle: Helper\nrole: Helps.\n{more}");
        bundle.files.insert("agents/helper.yaml".into(), agent);
        bundle.files.insert("templates/en.yaml".into(), "sure: Shall I do it?\n".into());
        let examples = "examples:\n  en: [where is it, track it, has it shipped, is it sent, is it here]\n";
        let intent = format!("id: track\ntitle: Where it is\nrisk: low\nowner: support\n{examples}");
        bundle.files.insert("intents/track.yaml".into(), intent);
        let known = |name: &str| match name {
            "look" => Some(Wants { confirm: false }),
            "cancel" => Some(Wants { confirm: true }),
            _ => None,
        };
        let findings = match Roster::load(&bundle) {
            Ok(roster) => roster.check_tools(&known),
            Err(findings) => findings,
        };
        findings.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn tools_are_actions_that_there_are_with_limits_and_the_customers_yes_where_it_is_wanted() {
        let fine = "tools: [{ action: look, calls_max: 6 }, { action: cancel, calls_max: 1, confirm: sure }]\n";
        assert!(found(fine).is_empty(), "{:?}", found(fine));
        for (bad, why) in [
            ("tools: [{ action: fly }]\n", "no such action"),
            ("tools: [{ action: cancel }]\n", "wants the customer's yes"),
            ("tools: [{ action: cancel, confirm: sorry }]\n", "'sorry'"),
            ("tools: [{ action: look, calls_max: 0 }]\n", "calls_max"),
            ("tools: [{ action: look }, { action: look }]\n", "twice"),
            ("tools: [{ action: finish }]\n", "Baton itself"),
            ("tool_calls_max: 51\n", "tool_calls_max"),
            ("tools: [{ action: look, money: 3 }]\n", "money"),
        ] {
            let all = found(bad).join("\n");
            assert!(all.contains(why), "{bad}: {all}");
        }
    }
}
