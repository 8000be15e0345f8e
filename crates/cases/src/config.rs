//! What a release says about cases: its templates, its service levels, the client's language.

use crate::hours::{self, Calendar};
use crate::macros::{self, Macro};
use crate::{Level, Templates, duration_ms, sla};
use baton_base::written::Places;
use baton_base::{Bundle, Cost, Finding, Result};
use baton_govern::PolicyFacts;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The name under which templates see policy facts.
const FACT: &str = "fact";

/// How soon a case must be answered and resolved.
#[derive(Debug, Clone)]
pub struct Sla {
    /// From opening to the first reply, milliseconds.
    pub first_reply_ms: Option<i64>,
    /// From a later message of the customer to the answer, milliseconds.
    pub next_reply_ms: Option<i64>,
    /// From opening to resolution, milliseconds.
    pub resolution_ms: Option<i64>,
    /// The resolution clock stands still while the customer has the next step.
    pub pauses: bool,
    /// A warning comes when so much of a clock's time is gone, percent.
    pub warn_percent: i64,
    /// Its clocks run in these hours only; always, if none.
    pub calendar: Option<Arc<Calendar>>,
    /// At which level a case that the AI has goes to people: a warning, the end, or never.
    pub escalate: Option<Level>,
}

impl Sla {
    /// When so much of a clock's time has passed since a time, milliseconds.
    pub fn after_ms(&self, since_ms: i64, within_ms: i64) -> i64 {
        match &self.calendar {
            Some(calendar) => calendar.after_open_ms(since_ms, within_ms),
            None => since_ms.saturating_add(within_ms),
        }
    }
}

impl Default for Sla {
    fn default() -> Self {
        Self {
            first_reply_ms: None,
            next_reply_ms: None,
            resolution_ms: None,
            pauses: true,
            warn_percent: 80,
            calendar: None,
            escalate: Some(Level::Breach),
        }
    }
}

/// The part of a release that this room works by.
#[derive(Debug)]
pub struct CasesConfig {
    /// Texts by language and key.
    pub templates: Templates,
    /// Answers that people give often.
    pub macros: Vec<Macro>,
    /// Service levels.
    pub sla: Sla,
    /// The client's language tag, where a customer's is not known.
    pub locale: String,
    /// What an hour of a person's work costs, where somebody has said so.
    pub people_per_hour: Option<Cost>,
    facts: PolicyFacts,
}

#[derive(Deserialize, Default)]
struct Head {
    #[serde(default)]
    sla: SlaText,
    #[serde(default)]
    costs: Costs,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Costs {
    /// `38.00 EUR`; empty where a parameter leaves it open.
    #[serde(default)]
    people_per_hour: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SlaText {
    first_reply: Option<String>,
    next_reply: Option<String>,
    resolution: Option<String>,
    pause_while: Option<Vec<PauseState>>,
    warn_percent: Option<i64>,
    calendar: Option<String>,
    #[serde(default)]
    escalate: Escalate,
}

/// When a case that the AI has goes to people.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Escalate {
    Warning,
    #[default]
    Breach,
    Never,
}

impl From<Escalate> for Option<Level> {
    fn from(escalate: Escalate) -> Self {
        match escalate {
            Escalate::Warning => Some(Level::Warning),
            Escalate::Breach => Some(Level::Breach),
            Escalate::Never => None,
        }
    }
}

/// When the resolution clock stands still.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum PauseState {
    WaitingCustomer,
}

impl CasesConfig {
    /// Reads `templates/<locale>.yaml`, and `sla` and `costs` of `blueprint.yaml`.
    pub fn load(bundle: &Bundle, client_locale: &str) -> std::result::Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let head = match bundle.file("blueprint.yaml").map(|text| Bundle::yaml::<Head>("blueprint.yaml", text)) {
            Some(Ok(head)) => head,
            Some(Err(finding)) => {
                findings.push(finding);
                Head::default()
            }
            None => Head::default(),
        };
        let sla = Sla {
            first_reply_ms: read(bundle, "first_reply", head.sla.first_reply.as_deref(), &mut findings),
            next_reply_ms: read(bundle, "next_reply", head.sla.next_reply.as_deref(), &mut findings),
            resolution_ms: read(bundle, "resolution", head.sla.resolution.as_deref(), &mut findings),
            pauses: head.sla.pause_while.is_none_or(|states| states.contains(&PauseState::WaitingCustomer)),
            warn_percent: sla::warn_percent(head.sla.warn_percent).unwrap_or_else(|e| {
                findings.push(wrong(bundle, "warn_percent", e.to_string(), "give 1 to 99"));
                80
            }),
            calendar: calendar_of(bundle, head.sla.calendar.as_deref(), &mut findings),
            escalate: head.sla.escalate.into(),
        };
        let people_per_hour = per_hour(&head.costs, &mut findings);
        let templates = Templates::load(bundle, client_locale).map_err(|more| findings.extend(more));
        let macros = macros::load(bundle, templates.as_ref().ok(), &mut findings);
        // What is wrong in the facts themselves is told by whoever owns them.
        let facts = PolicyFacts::load(bundle, &mut Vec::new());
        if let Ok(templates) = &templates {
            findings.extend(unknown_facts(bundle, templates, &facts));
        }
        match templates {
            Ok(templates) if findings.is_empty() => {
                Ok(Self { templates, macros, sla, locale: client_locale.to_owned(), people_per_hour, facts })
            }
            _ => Err(findings),
        }
    }

    /// Fills in a template as [`Templates::render`] does; policy facts that hold at that time stand in it as
    /// `{{ fact.refund.window }}`.
    pub fn render(&self, locale: &str, key: &str, data: &Value, now_ms: i64) -> Result<String> {
        let mut data = match data {
            Value::Object(map) => map.clone(),
            _ => Map::new(),
        };
        data.insert(FACT.to_owned(), self.facts.tree_at(now_ms));
        self.templates.render(locale, key, &Value::Object(data))
    }
}

fn per_hour(costs: &Costs, findings: &mut Vec<Finding>) -> Option<Cost> {
    let text = costs.people_per_hour.trim();
    let read = text.parse::<Cost>().ok().filter(|cost| cost.pico > 0);
    if read.is_none() && !text.is_empty() {
        let what = format!("costs.people_per_hour: '{text}' is no amount of money");
        findings.push(Finding::error("blueprint.yaml", "costs", what, "write one above nothing, such as 38.00 EUR"));
    }
    read
}

fn calendar_of(bundle: &Bundle, name: Option<&str>, findings: &mut Vec<Finding>) -> Option<Arc<Calendar>> {
    let name = name?;
    // What is wrong in the calendars themselves is told by the desk, whose queues have them too.
    let found = hours::load(bundle, &mut Vec::new()).remove(name);
    if found.is_none() {
        let what = format!("sla.calendar: there is no calendar '{name}'");
        findings.push(wrong(bundle, "calendar", what, "name one of calendars.yaml"));
    }
    found
}

/// Gaps of templates that name a policy fact which is nowhere.
fn unknown_facts(bundle: &Bundle, templates: &Templates, facts: &PolicyFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, locale, text) in bundle.in_folder("templates", "yaml") {
        for key in templates.keys_of(locale) {
            let used = templates.variables(locale, key).unwrap_or_default();
            for name in used.iter().filter_map(|name| name.strip_prefix("fact.")) {
                // Of `fact.a["b@c"]` only `a` is seen here: it must at least lead to a fact.
                let under = format!("{name}.");
                let known = facts.names().any(|fact| fact == name || fact.starts_with(&under));
                if !known {
                    let message =
                        format!("template '{key}' names the policy fact '{name}', which is not in facts.yaml");
                    let finding = Finding::error(path, "policy-fact", message, "add the fact, or correct its name");
                    let at = text.lines().position(|line| line.contains(&format!("fact.{name}")));
                    findings.push(finding.at(at.map_or(0, |at| u32::try_from(at + 1).unwrap_or(0)), 1));
                }
            }
        }
    }
    findings
}

fn read(bundle: &Bundle, name: &str, text: Option<&str>, findings: &mut Vec<Finding>) -> Option<i64> {
    match duration_ms(text?) {
        Ok(ms) => Some(ms),
        Err(e) => {
            let what = format!("sla.{name}: {e}");
            findings.push(wrong(bundle, name, what, "write a duration such as PT2M"));
            None
        }
    }
}

/// What is wrong with a service level, with its line.
fn wrong(bundle: &Bundle, field: &str, what: String, remedy: &str) -> Finding {
    let text = bundle.file("blueprint.yaml").unwrap_or_default();
    let (line, column) = Places::of(text).place_of(&format!("/sla/{field}"));
    Finding::error("blueprint.yaml", "sla", what, remedy).at(line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_people_costs_what_the_file_says_and_an_empty_parameter_says_nothing() {
        let read = |text: &str| {
            let mut findings = Vec::new();
            let cost = per_hour(&Costs { people_per_hour: text.to_owned() }, &mut findings);
            (cost.map(|cost| cost.to_string()), findings.len())
        };
        assert_eq!(read("38.5 EUR"), (Some("38.50 EUR".to_owned()), 0));
        assert_eq!(read(""), (None, 0));
        for wrong in ["38", "0 EUR", "EUR 38", "-1 EUR"] {
            assert_eq!(read(wrong), (None, 1), "{wrong}");
        }
    }
}
