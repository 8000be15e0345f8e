//! `autonomy.yaml`: the autonomy levels a release starts with.
//!
//! ```yaml
//! default: act_with_approval          # writes; reads are free
//! rules:
//!   - { intent: cancel_order, action: cancel_pending_order, level: act }
//!   - { intent: "*", action: refund, level: suggest }
//! ```

use crate::autonomy::ANY;
use crate::rulebook::ActionInfo;
use crate::{Level, autonomy};
use baton_base::{Bundle, Finding};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "autonomy.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    default: Option<Level>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default = "any")]
    intent: String,
    #[serde(default = "any")]
    action: String,
    level: Level,
}

fn any() -> String {
    autonomy::ANY.to_owned()
}

/// The levels of a release.
pub(super) struct Defaults {
    default: Option<Level>,
    rules: Vec<Rule>,
}

impl Defaults {
    pub(super) fn load(bundle: &Bundle, actions: &BTreeMap<String, ActionInfo>, findings: &mut Vec<Finding>) -> Self {
        let file = match bundle.file(FILE).map(|text| Bundle::yaml::<File>(FILE, text)) {
            Some(Ok(file)) => file,
            Some(Err(finding)) => {
                findings.push(finding);
                File { default: None, rules: vec![] }
            }
            None => File { default: None, rules: vec![] },
        };
        for rule in file.rules.iter().filter(|r| r.action != ANY && !actions.contains_key(&r.action)) {
            let message = format!("there is no action '{}'", rule.action);
            findings.push(Finding::error(FILE, "autonomy-action", message, "name an action of a connector, or '*'"));
        }
        Self { default: file.default, rules: file.rules }
    }

    /// Intents that rules name for an action.
    pub(super) fn intents<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.rules.iter().filter(move |rule| rule.action == action || rule.action == ANY);
        of.map(|rule| rule.intent.as_str())
    }

    /// The most specific rule: the action counts more than the intent; of two alike the lower level holds.
    pub(super) fn level(&self, intent: &str, action: &str, writes: bool) -> Level {
        let fits = |rule: &&Rule| {
            (rule.intent == ANY || rule.intent == intent) && (rule.action == ANY || rule.action == action)
        };
        let rank = |rule: &Rule| (rule.action != ANY, rule.intent != ANY);
        let best = self.rules.iter().filter(fits).max_by_key(|rule| (rank(rule), std::cmp::Reverse(rule.level)));
        match best {
            Some(rule) => rule.level,
            None if writes => self.default.unwrap_or(Level::ActWithApproval),
            None => Level::Act,
        }
    }
}
