//! What stands in `limits.yaml`, checked.

use super::{LIMITS_MAX, Limits, Of, Rule, What};
use crate::expr::Expr;
use baton_base::{Bundle, Finding};
use serde::Deserialize;
use serde_json::Value;

const FILE: &str = "limits.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limits: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    of: Word,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    calls: Option<u32>,
    #[serde(default)]
    burst: Option<u32>,
    #[serde(default)]
    at_once: Option<u32>,
    #[serde(default)]
    spend: Option<String>,
    #[serde(default)]
    most: Option<i64>,
    #[serde(default)]
    per: Option<Per>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Word {
    Client,
    Agent,
    Action,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Per {
    Second,
    Minute,
    Hour,
    Day,
}

impl Per {
    fn ms(self) -> u32 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }
}

impl Limits {
    /// Reads `limits.yaml`; without it nothing is limited but what the door always limits.
    pub fn load(bundle: &Bundle, is_action: impl Fn(&str) -> bool, findings: &mut Vec<Finding>) -> Self {
        let Some(text) = bundle.file(FILE) else { return Self::default() };
        let file: File = match Bundle::yaml(FILE, text) {
            Ok(file) => file,
            Err(finding) => {
                findings.push(finding);
                return Self::default();
            }
        };
        let mut wrong = |at: usize, message: String, remedy: &str| {
            let finding = Finding::error(FILE, "limits", format!("limit {}: {message}", at + 1), remedy);
            findings.push(finding.at(line_of(text, at), 1));
        };
        if file.limits.len() > LIMITS_MAX {
            wrong(LIMITS_MAX, format!("more than {LIMITS_MAX} limits"), "join those that say the same");
        }
        let mut rules = Vec::with_capacity(file.limits.len());
        for (at, line) in file.limits.into_iter().enumerate() {
            match rule(line, &is_action) {
                Ok(rule) => rules.push(rule),
                Err((message, remedy)) => wrong(at, message, remedy),
            }
        }
        Self { rules }
    }
}

/// The line where the n-th entry begins.
fn line_of(text: &str, at: usize) -> u32 {
    let mut entries = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with('-'));
    entries.nth(at).map_or(0, |(line, _)| u32::try_from(line + 1).unwrap_or(0))
}

fn rule(line: Line, is_action: &impl Fn(&str) -> bool) -> Result<Rule, (String, &'static str)> {
    const ONE: &str = "say calls and per, or at_once, or spend, most and per";
    let of = match line.of {
        Word::Client => Of::Client,
        Word::Agent => Of::Agent,
        Word::Action => Of::Action,
    };
    if of == Of::Client && line.name.is_some() {
        return Err(("a limit of the client has no name".into(), "leave the name out"));
    }
    if let Some(name) = line.name.as_deref().filter(|name| of == Of::Action && !is_action(name)) {
        return Err((format!("there is no action '{name}'"), "name an action of a connector"));
    }
    let what = match (line.calls, line.at_once, line.spend, line.per) {
        (Some(0), ..) | (_, Some(0), ..) => return Err(("a limit of 0".into(), "stop the action instead")),
        (Some(count), None, None, Some(per)) if line.most.is_none() => {
            let burst = line.burst.unwrap_or(count);
            if burst == 0 {
                return Err(("a burst of 0".into(), "leave burst out, or give 1 or more"));
            }
            What::Calls { count, burst, per_ms: per.ms().into() }
        }
        (None, Some(count), None, None) if line.burst.is_none() && line.most.is_none() => {
            What::AtOnce(usize::try_from(count).unwrap_or(usize::MAX))
        }
        (None, None, Some(text), Some(per)) if line.burst.is_none() => {
            let most = line.most.filter(|most| *most >= 0).ok_or_else(|| ("most is missing".to_owned(), ONE))?;
            let amount = Expr::read(&Value::from(text)).map_err(|e| (format!("spend is not valid jq: {e}"), ONE))?;
            What::Spend { amount, most, per_ms: per.ms().into() }
        }
        _ => return Err(("it says nothing clear".into(), ONE)),
    };
    Ok(Rule { of, name: line.name, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Limits, Vec<Finding>> {
        let files = [(FILE.to_owned(), text.to_owned())].into();
        let mut findings = Vec::new();
        let limits = Limits::load(&Bundle { files, ..Bundle::default() }, |name| name == "pay", &mut findings);
        if findings.is_empty() { Ok(limits) } else { Err(findings) }
    }

    #[test]
    fn what_says_nothing_clear_is_a_finding_with_its_line() {
        let good = "limits:\n  - { of: client, calls: 10, per: second }\n  - { of: agent, name: a, at_once: 2 }\n  \
                    - { of: action, name: pay, spend: .derived.amount, most: 100, per: day }\n";
        assert_eq!(load(good).unwrap().rules.len(), 3);
        for bad in [
            "{ of: client, calls: 0, per: second }",
            "{ of: client, calls: 10 }",
            "{ of: client, name: x, calls: 10, per: second }",
            "{ of: action, name: nope, at_once: 1 }",
            "{ of: agent, at_once: 1, calls: 3, per: day }",
            "{ of: agent, spend: .a, per: day }",
            "{ of: agent, spend: '.a | (', most: 3, per: day }",
            "{ of: agent, calls: 5, per: day, burst: 0 }",
            "{ of: agent }",
        ] {
            let findings = load(&format!("limits:\n  - {{ of: client, at_once: 9 }}\n  - {bad}\n")).unwrap_err();
            assert_eq!((findings[0].line, findings.len()), (3, 1), "{bad}");
        }
        assert!(load("limits: [{ of: client, clals: 1 }]").is_err());
    }
}
