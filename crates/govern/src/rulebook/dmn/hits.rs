//! Hit policies of DMN as those that tables have.

use super::super::cell::Cell;
use super::super::gaps::Gap;
use super::super::table::{Hit, Rule, Table};
use super::clause::Output;
use super::feel::{Refused, refused};
use super::read::{Found, free};
use super::xml::Element;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A hit policy of DMN without aggregation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    Unique,
    First,
    Any,
    Priority,
    Collect,
    OutputOrder,
}

const ORDER: &str = "list all that each output can be in its outputValues, the first before the second";
const DEFAULT: &str = "write a last rule for all the rest, with the hit policy FIRST";

impl Policy {
    pub fn of(grid: &Element<'_>) -> Result<Self, Refused> {
        let policy = match grid.attr("hitPolicy").unwrap_or("UNIQUE").trim() {
            "UNIQUE" => Self::Unique,
            "FIRST" => Self::First,
            "ANY" => Self::Any,
            "PRIORITY" => Self::Priority,
            "COLLECT" | "RULE ORDER" => Self::Collect,
            "OUTPUT ORDER" => Self::OutputOrder,
            other => return Err(refused(format!("there is no hit policy '{other}'"), "use one of DMN's seven")),
        };
        match grid.attr("aggregation").map(str::trim).filter(|how| !how.is_empty()) {
            None => Ok(policy),
            Some(how) => Err(refused(
                format!("a table does not aggregate ({how})"),
                "collect without aggregation, and let the process count or add up the list, such as .outputs.fee | add",
            )),
        }
    }
}

/// The table with the policy that it has here: what it decides is the same.
pub(super) fn apply(found: &mut Found<'_>, line: u32, policy: Policy, mut table: Table, outputs: &[Output]) -> Table {
    if matches!(policy, Policy::Priority | Policy::OutputOrder)
        && let Some(true) = found.keep(line, "", by_priority(&mut table, outputs))
    {
        let why = refused("its rules stand in the order of their outputs here", "read them from the top");
        found.note(line, "", &why);
    }
    table.hit = match policy {
        Policy::Unique => Hit::Unique,
        Policy::First | Policy::Any | Policy::Priority => Hit::First,
        Policy::Collect | Policy::OutputOrder => Hit::Collect,
    };
    if policy == Policy::Any {
        let alike = table.overlap_where(|a, b| a.then != b.then);
        found.keep(line, "", agreed(alike, "say different things", "let them say the same, or use FIRST"));
    }
    if outputs.iter().any(|output| output.default.is_some()) {
        let added = with_default(&mut table, outputs);
        found.keep(line, "", added);
    }
    table
}

/// Puts the rules in the order of what they say; whether any has changed its place.
fn by_priority(table: &mut Table, outputs: &[Output]) -> Result<bool, Refused> {
    let rank = |rule: &Rule| -> Result<Vec<usize>, Refused> {
        let place = |(value, output): (&Value, &Output)| output.order.iter().position(|one| one == value);
        let places: Option<Vec<usize>> = rule.then.iter().zip(outputs).map(place).collect();
        places.ok_or_else(|| {
            refused(format!("rule '{}' says what has no place in the order of its output", rule.id), ORDER)
        })
    };
    let before: Vec<String> = table.rules.iter().map(|rule| rule.id.clone()).collect();
    let mut ranked = Vec::with_capacity(table.rules.len());
    for rule in std::mem::take(&mut table.rules) {
        ranked.push((rank(&rule)?, rule));
    }
    ranked.sort_by(|a, b| a.0.cmp(&b.0));
    table.rules = ranked.into_iter().map(|(_, rule)| rule).collect();
    Ok(table.rules.iter().map(|rule| &rule.id).ne(before.iter()))
}

/// Adds a last rule for all the rest. In a unique table it would match beside the others, so that table becomes one in which
/// the first counts, once no two of its rules match together.
fn with_default(table: &mut Table, outputs: &[Output]) -> Result<(), Refused> {
    match table.hit {
        Hit::Collect => {
            return Err(refused(
                "a table that collects has no defaults",
                "catch urn:baton:error:undecided in the process, and go on there",
            ));
        }
        Hit::Unique => {
            agreed(table.overlap_where(|_, _| true), "both match", DEFAULT)?;
            table.hit = Hit::First;
        }
        Hit::First => {}
    }
    let mut taken: BTreeSet<String> = table.rules.iter().map(|rule| rule.id.clone()).collect();
    let then = outputs.iter().map(|output| output.default.clone().unwrap_or_default()).collect();
    let cells = table.inputs.iter().map(|_| Cell::Any).collect();
    table.rules.push(Rule { id: free(&mut taken, "default"), note: None, when: Map::new(), cells, then });
    Ok(())
}

/// Nothing where no two rules are in the way of each other.
fn agreed(met: Result<Option<Gap>, String>, how: &str, remedy: &'static str) -> Result<(), Refused> {
    match met {
        Ok(None) => Ok(()),
        Ok(Some(gap)) => {
            let example: Vec<_> = gap.example.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let example = if example.is_empty() { "any input".to_owned() } else { example.join(", ") };
            Err(refused(format!("its rules '{}' {how} for {example}", gap.rules.join("' and '")), remedy))
        }
        Err(why) => Err(refused(format!("whether its rules are in each other's way cannot be told: {why}"), remedy)),
    }
}
