//! The columns of a DMN table, and the types that they name.

use super::super::table::Input;
use super::feel::{self, Refused, refused};
use super::read::{Found, Given, free};
use super::xml::Element;
use super::{CELL, JQ, OWN, names};
use baton_engine::expr;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most columns of a table.
const COLUMNS_MAX: usize = 100;
/// Longest way from a type to what it is made of.
const TYPES_DEEP_MAX: usize = 8;

const EXPRESSION: &str =
    "name a fact, such as order.status; for more, set the expression's language to urn:baton:jq and write jq";

/// The types that a file names: name → what it is made of, and all that it can be.
pub(super) struct Types<'a> {
    named: BTreeMap<&'a str, (&'a str, &'a str)>,
}

impl<'a> Types<'a> {
    pub fn of(root: &'a Element<'_>) -> Self {
        let said = |item: &'a Element<'_>, name: &str| item.child(name).map_or("", |child| child.text.trim());
        let one = |item: &'a Element<'_>| {
            let values = item.child("allowedValues").map_or("", Element::says);
            Some((item.attr("name")?.trim(), (said(item, "typeRef"), values)))
        };
        Self { named: root.all("itemDefinition").filter_map(one).collect() }
    }

    /// What a type is made of, and the values that it allows, from the first that lists any.
    fn resolve(&self, name: &str) -> (String, String) {
        let (mut base, mut values) = (name.trim(), "");
        for _ in 0..TYPES_DEEP_MAX {
            let Some(&(next, allowed)) = self.named.get(base) else { break };
            base = next;
            values = if values.is_empty() { allowed } else { values };
        }
        let plain = base.rsplit(':').next().unwrap_or(base);
        (plain.to_owned(), values.to_owned())
    }
}

/// One column of results.
pub(super) struct Output {
    pub name: String,
    /// All that it can be, the first before the second.
    pub order: Vec<Value>,
    /// What it is where no rule matches.
    pub default: Option<Value>,
}

/// The language of an expression: one of Baton's own, or `None` for FEEL.
pub(super) fn language(of: &Element<'_>) -> Result<Option<&'static str>, Refused> {
    let language = of.attr("expressionLanguage").unwrap_or_default().trim();
    let own = [JQ, CELL].into_iter().find(|own| *own == language);
    let feel = language.is_empty() || language.eq_ignore_ascii_case("feel") || language.contains("/FEEL/");
    if own.is_some() || feel {
        return Ok(own);
    }
    Err(refused(format!("it is written in {language}"), "write it in FEEL"))
}

pub(super) fn inputs(found: &mut Found<'_>, root: &Element<'_>, grid: &Element<'_>, types: &Types<'_>) -> Vec<Input> {
    if let Err(why) = language(root) {
        found.wrong(root.line, "", &why);
    }
    if grid.all("input").count() > COLUMNS_MAX || grid.all("output").count() > COLUMNS_MAX {
        found.wrong(
            grid.line,
            "",
            &refused(format!("a table has at most {COLUMNS_MAX} inputs and outputs"), "split it"),
        );
        return Vec::new();
    }
    let outputs = grid.all("output").filter_map(|output| output.attr("name"));
    let mut taken: BTreeSet<String> = outputs.map(str::to_owned).collect();
    grid.all("input").map(|element| input(found, element, types, &mut taken)).collect()
}

fn input(found: &mut Found<'_>, element: &Element<'_>, types: &Types<'_>, taken: &mut BTreeSet<String>) -> Input {
    let expression = element.child("inputExpression");
    let text = expression.map_or("", Element::says);
    let label = element.attr("label").filter(|label| !label.trim().is_empty()).unwrap_or(text);
    let label = if label.is_empty() { "input" } else { label };
    let place = format!("column '{label}'");
    let name = free(taken, label);
    if name != label {
        found.note(
            element.line,
            &place,
            &refused(format!("its name is taken; here it is {name}"), "rename it as you like"),
        );
    }
    let expr = found.keep(element.line, &place, fact(expression, text)).unwrap_or_default();
    let (base, allowed) =
        types.resolve(expression.and_then(|expression| expression.attr("typeRef")).unwrap_or_default());
    let own = element.child("inputValues").map_or("", Element::says);
    let listed = if own.is_empty() { allowed.as_str() } else { own };
    let values = if listed.is_empty() { Some(Vec::new()) } else { feel::values(listed) };
    if values.is_none() {
        let why = format!("that it can be {listed} is not kept: only single values are");
        found.note(element.line, &place, &refused(why, "nothing is decided otherwise; gaps are looked for everywhere"));
    }
    let whole = element.attr_in(OWN, "whole") == Some("true") || ["integer", "long", "short"].contains(&base.as_str());
    Input { name, expr, whole, values: values.unwrap_or_default() }
}

/// An expression in jq, if it is one.
pub(super) fn jq(text: &str) -> Result<&str, Refused> {
    let text = expr::unwrapped(text).unwrap_or(text);
    expr::check(text).map(|()| text).map_err(|why| refused(why, "correct the expression in jq"))
}

/// The jq expression of an input.
fn fact(expression: Option<&Element<'_>>, text: &str) -> Result<String, Refused> {
    let language = expression.map_or(Ok(None), language)?;
    match language {
        _ if text.is_empty() => Err(refused("it has no expression", EXPRESSION)),
        Some(JQ) => jq(text).map(str::to_owned),
        Some(_) => Err(refused("an input cannot be written as a cell", EXPRESSION)),
        None => {
            names::to_jq(text).ok_or_else(|| refused(format!("'{text}' is more than the name of a fact"), EXPRESSION))
        }
    }
}

pub(super) fn outputs(found: &mut Found<'_>, grid: &Element<'_>, given: &Given) -> Vec<Output> {
    let count = grid.all("output").count();
    let mut seen = BTreeSet::new();
    let mut outputs = Vec::new();
    for element in grid.all("output") {
        let named = element.attr("name").filter(|name| !name.trim().is_empty());
        let name = named.or((count == 1).then_some("result")).unwrap_or_default().to_owned();
        let place = format!("column '{name}'");
        if !seen.insert(name.clone()) || name.is_empty() {
            let why = refused("outputs need names of their own", "name every output otherwise");
            found.wrong(element.line, &place, &why);
        }
        let order = element.child("outputValues").map_or("", Element::says);
        let default = element.child("defaultOutputEntry").filter(|entry| !entry.says().is_empty());
        let default = default.and_then(|entry| found.result(entry, &place, given));
        outputs.push(Output { name, order: feel::values(order).unwrap_or_default(), default });
    }
    if outputs.is_empty() {
        found.wrong(grid.line, "", &refused("a table without outputs says nothing", "add one"));
    }
    outputs
}
