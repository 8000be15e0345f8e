//! Checks between actions, and which facts can be read at the same time.

use super::Catalogue;
use super::action::{Action, Fact};
use crate::expr::Exprs;
use baton_base::Finding;
use std::collections::BTreeMap;

/// A finding at the first line of the file that mentions `word`.
pub(super) fn at(path: &str, text: &str, word: &str, problem: String, remedy: &str) -> Finding {
    let found = text.lines().position(|line| mentions(line, word));
    let line = found.and_then(|line| u32::try_from(line + 1).ok()).unwrap_or(0);
    Finding::error(path, "connector", problem, remedy).at(line, u32::from(line > 0))
}

/// Whether `text` holds `word` as a whole word.
fn mentions(text: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

/// Each fact in the wave after the last fact it mentions. A fact that reads `facts` in a way that names none waits for
/// all before it.
pub(super) fn waves(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        let texts = texts_of(&facts[at]);
        let uses_facts = texts.iter().any(|text| mentions(text, "facts"));
        let named = |fact: &Fact| texts.iter().any(|text| mentions(text, &fact.name));
        let names_any = facts[..at].iter().any(named);
        let before = facts[..at].iter().filter(|fact| uses_facts && (named(fact) || !names_any));
        let wave = before.map(|fact| fact.wave + 1).max().unwrap_or(0);
        facts[at].wave = wave;
    }
}

fn texts_of(fact: &Fact) -> Vec<String> {
    let args = fact.args.iter().map(|(_, expr)| expr.text().to_owned());
    args.chain(fact.each.iter().map(|expr| expr.text().to_owned())).collect()
}

/// Facts and reconciliations must name reading actions, and give them arguments that they have.
pub(super) fn references(catalogue: &Catalogue, places: &BTreeMap<String, (&str, &str)>, findings: &mut Vec<Finding>) {
    for action in catalogue.actions() {
        let Some((path, text)) = places.get(&action.name) else { continue };
        if let Some(undo) = action.compensate.as_ref().filter(|undo| catalogue.action(undo).is_err()) {
            let problem = format!("action '{}': there is no action '{undo}' that could undo it", action.name);
            findings.push(at(path, text, &action.name, problem, "name an action of this release"));
        }
        let facts = action.facts.iter().map(|f| (format!("fact '{}'", f.name), &f.action, &f.args));
        let lost = action.reconcile.iter().map(|r| ("reconcile".to_owned(), &r.action, &r.args));
        for (what, name, args) in facts.chain(lost) {
            if let Some(problem) = read_problem(catalogue, name, args) {
                let problem = format!("action '{}', {what}: {problem}", action.name);
                findings.push(at(path, text, &action.name, problem, "name a reading action and arguments it has"));
            }
        }
    }
}

fn read_problem(catalogue: &Catalogue, name: &str, args: &Exprs) -> Option<String> {
    let Ok(read) = catalogue.action(name) else {
        return Some(format!("there is no action '{name}'"));
    };
    if read.writes {
        return Some(format!("'{name}' writes; only a read can be asked for"));
    }
    let unknown = args.iter().find(|(arg, _)| !has_argument(read, arg))?;
    Some(format!("'{name}' has no argument '{}'", unknown.0))
}

fn has_argument(action: &Action, name: &str) -> bool {
    let schema = action.schema();
    schema["properties"].get(name).is_some() || schema["additionalProperties"] != serde_json::Value::Bool(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;

    fn fact(name: &str, expr: &str) -> Fact {
        let args = vec![("id".to_owned(), Expr::Jq(expr.to_owned()))];
        Fact { name: name.into(), action: "read".into(), args, each: None, optional: false, wave: 0 }
    }

    #[test]
    fn facts_wait_only_for_the_facts_they_use() {
        let mut facts = vec![
            fact("order", ".args.order_id"),
            fact("policy", ".args.policy"),
            fact("user", ".facts.order.user_id"),
            fact("all", ".facts | keys"),
        ];
        waves(&mut facts);
        assert_eq!(facts.iter().map(|f| f.wave).collect::<Vec<_>>(), [0, 0, 1, 2]);
    }
}
