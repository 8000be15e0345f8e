//! Why a call was allowed or refused: the policies and rules with their text, and what they saw.

use crate::rules::Rules;
use baton_base::{ClientId, EffectId, EntryId, Error, ReleaseId, Result};
use baton_db::Tx;
use baton_govern::ledger::{self, Entry};
use baton_govern::{GridRule, Written};
use baton_tools::store::{self, Effect};
use baton_tools::{Said, Tried};
use serde::Serialize;
use serde_json::{Value, json};

/// Entries of an effect among which its release is looked for.
const ENTRIES_MAX: u32 = 20;

/// The explanation of one call.
#[derive(Debug, Serialize)]
pub struct Why {
    /// What is explained: an effect, a ledger entry, or a call as given.
    pub about: String,
    /// `allow`, `approve`, `refuse`, `undecided` or `invalid`.
    pub said: String,
    /// In words.
    pub reason: String,
    /// The action.
    pub action: String,
    /// Who acted, where that is recorded.
    pub actor: Option<String>,
    /// The release whose rules are shown.
    pub release: Option<ReleaseId>,
    /// Whether that is the release that the call was judged by, and not only the live one.
    pub release_recorded: bool,
    /// Ids of all that decided.
    pub ids: Vec<String>,
    /// Policies among them, as written.
    pub policies: Vec<Written>,
    /// Rules of the decision table among them.
    pub rules: Vec<RuleShown>,
    /// Level, consent and approval.
    pub terms: Value,
    /// Arguments, facts, case and identity as they were seen; null where they were not kept.
    pub saw: Value,
}

/// A rule with its table.
#[derive(Debug, Serialize)]
pub struct RuleShown {
    /// The table's name.
    pub table: String,
    /// The table in words.
    pub title: String,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// The rule as written.
    pub rule: GridRule,
}

/// Explains an effect or a ledger entry of a client, by its id.
pub fn of(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Why> {
    if id.starts_with(&format!("{}_", EffectId::PREFIX)) {
        let named = id.parse().map_err(|_| Error::not_found(format!("effect {id}")))?;
        let effect = store::get(tx, client, &named)?;
        return of_effect(tx, client, &effect);
    }
    let id: EntryId = id.parse().map_err(|_| Error::not_found(format!("effect or ledger entry {id}")))?;
    let entry = ledger::get(tx, client, &id)?;
    match entry.data["effect"].as_str() {
        Some(effect) if entry.kind.starts_with("action.") => {
            let effect = store::get(tx, client, &EffectId::known(effect))?;
            of_effect(tx, client, &effect)
        }
        _ => of_entry(tx, client, &entry),
    }
}

fn of_effect(tx: &mut Tx, client: &ClientId, effect: &Effect) -> Result<Why> {
    let filter = ledger::Filter {
        clients: vec![client.clone()],
        kind: Some("action.".to_owned()),
        subject: Some(effect.id.to_string()),
        ..ledger::Filter::default()
    };
    let entries = ledger::list(tx, &filter, None, ENTRIES_MAX)?.items;
    let entry = entries.into_iter().find(|entry| entry.data["release"].is_string());
    let (release, rules) = rules_of(tx, client, entry.as_ref())?;
    let permit = &effect.permit;
    let mut why = Why::new(effect.id.as_str(), "allow", &effect.action);
    why.actor = Some(effect.actor.clone());
    why.reason = "policies permit it, and nothing refuses".to_owned();
    why.release_recorded = release.1;
    why.release = Some(release.0);
    why.terms =
        json!({"autonomy": permit["autonomy"], "confirmed": permit["confirmed"], "approved_by": permit["approved_by"]});
    why.saw = permit.get("basis").cloned().unwrap_or(Value::Null);
    if why.saw.is_object() {
        why.saw["args"] = effect.args.clone();
    }
    let table = permit["rules"]["table"].as_str().unwrap_or_default();
    let named = texts(&permit["rules"]["rules"]).into_iter().map(|rule| format!("{table}#{rule}"));
    why.add(texts(&permit["policies"]).into_iter().chain(named), &rules);
    Ok(why)
}

fn of_entry(tx: &mut Tx, client: &ClientId, entry: &Entry) -> Result<Why> {
    let data = &entry.data;
    let Some(action) = data["action"].as_str() else {
        let detail = format!("'{}' is not about a call of an action; name an effect or an action's entry", entry.kind);
        return Err(Error::invalid("there is nothing to explain", detail));
    };
    let (release, rules) = rules_of(tx, client, Some(entry))?;
    let said = match data["outcome"].as_str() {
        Some("approval") => "approve",
        Some(outcome @ ("undecided" | "invalid")) => outcome,
        _ => "refuse",
    };
    let mut why = Why::new(entry.id.as_str(), said, action);
    why.actor = Some(entry.actor.to_string());
    why.reason = data["reason"].as_str().unwrap_or_default().to_owned();
    why.release_recorded = release.1;
    why.release = Some(release.0);
    let table = data["rules"]["table"].as_str().unwrap_or_default();
    let matched = texts(&data["rules"]["rules"]).into_iter().map(|rule| format!("{table}#{rule}"));
    why.add(texts(&data["policies"]).into_iter().chain(matched), &rules);
    Ok(why)
}

/// The release that an entry names, else the live one; and its rules.
fn rules_of(tx: &mut Tx, client: &ClientId, entry: Option<&Entry>) -> Result<((ReleaseId, bool), Rules)> {
    let named = entry.and_then(|entry| entry.data["release"].as_str()).map(ReleaseId::known);
    let (release, rules) = Rules::stored(tx, client, named.as_ref())?;
    Ok(((release, named.is_some()), rules))
}

/// Explains a call that was tried.
pub fn of_trial(tried: &Tried, action: &str, rules: &Rules) -> Why {
    let mut why = Why::new("the call as given", baton_author::policies::word(tried.said), action);
    why.reason.clone_from(&tried.reason);
    if tried.said == Said::Allow {
        why.reason = "policies permit it, and nothing refuses".to_owned();
    }
    why.terms = json!({"autonomy": tried.level, "approval_of": tried.role});
    why.saw = tried.saw.clone();
    let used = tried.rules.iter().flat_map(|used| used.rules.iter().map(|rule| format!("{}#{rule}", used.table)));
    why.add(tried.policies.iter().cloned().chain(used), rules);
    why
}

impl Why {
    fn new(about: &str, said: &str, action: &str) -> Self {
        Self {
            about: about.to_owned(),
            said: said.to_owned(),
            reason: String::new(),
            action: action.to_owned(),
            actor: None,
            release: None,
            release_recorded: false,
            ids: Vec::new(),
            policies: Vec::new(),
            rules: Vec::new(),
            terms: Value::Null,
            saw: Value::Null,
        }
    }

    fn add(&mut self, ids: impl IntoIterator<Item = String>, rules: &Rules) {
        for id in ids {
            if self.ids.contains(&id) {
                continue;
            }
            self.policies.extend(rules.rulebook.policy(&id).cloned());
            let rule = id.split_once('#').and_then(|(table, rule)| shown(rules, table, rule));
            self.rules.extend(rule);
            self.ids.push(id);
        }
    }
}

fn shown(rules: &Rules, table: &str, rule: &str) -> Option<RuleShown> {
    let table = rules.rulebook.table(table)?;
    Some(RuleShown {
        table: table.name().to_owned(),
        title: table.title().to_owned(),
        inputs: table.inputs().map(str::to_owned).collect(),
        outputs: table.outputs().to_vec(),
        rule: table.rule(rule)?,
    })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
