//! A counterexample as a call: what the solver names, made as the door would make it, and let through by the rules.

use crate::rulebook::{Asked, Property, Query};
use crate::tokens::ACCOUNT;
use crate::{Role, Rulebook};
use cedar_policy::{Context, EntityUid, EvalResult};
use cedar_policy_symcc::Env as Model;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A call that the policies let through although a property forbids it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// `agent:NAME`, `member:ID` or `system:NAME`.
    pub actor: String,
    /// Roles of a person or a service account.
    pub roles: Vec<Role>,
    /// The client that it is made for.
    pub client: String,
    /// The action's name.
    pub action: String,
    /// The case's id, where it is about one.
    pub case_id: Option<String>,
    /// Its arguments.
    pub args: Value,
    /// All else that policies see: `facts`, `derived`, `policy`, `case`, `identity`, `intent`, `confirmed`, `approved`, `rules`.
    pub context: Map<String, Value>,
    /// Ids of the policies that let it through.
    pub policies: Vec<String>,
    /// Whose approval it takes, where it takes one.
    pub approval: Option<Role>,
    /// What the action's decision table says of it, which policies alone do not know; absent where it has none.
    pub table: Option<String>,
}

/// What policies see of a call, besides what it is about.
const SEEN: [&str; 9] = ["facts", "derived", "policy", "case", "identity", "intent", "confirmed", "approved", "rules"];

/// The call that a model describes, where the rules let it through; otherwise why it is none.
pub(super) fn of(
    rulebook: &Rulebook,
    property: &Property,
    query: &Query,
    model: &Model,
    now_ms: i64,
) -> Result<Call, String> {
    let raw = read(query, model).ok_or("the solver names a call that cannot be read")?;
    // First with names that a reader knows; what the solver makes up counts where only that is let through.
    let named = named(&raw, rulebook, query);
    let own = Call { actor: raw.actor.clone(), client: raw.client.clone(), ..named.clone() };
    for call in [named, own, raw] {
        let through = rulebook.let_through(query, property.even_with_approval, &asked(&call));
        if let Some((policies, approval)) = through {
            let table = by_table(rulebook, &call, now_ms);
            return Ok(Call { policies, approval, table, ..call });
        }
    }
    Err("the solver names a call that is refused when it is made".to_owned())
}

fn read(query: &Query, model: &Model) -> Option<Call> {
    let principal = model.request.principal()?;
    let resource = model.request.resource()?;
    let context = model.request.context()?;
    let above = |of: &EntityUid, kind: &str| -> Vec<String> {
        let all = model.entities.ancestors(of).into_iter().flatten();
        all.filter(|uid| uid.type_name().to_string() == kind).map(id).collect()
    };
    // Where policies ask for roles in the context alone, the solver names them nowhere else.
    let held = above(principal, "Role").into_iter().chain(texts(context, "roles"));
    let roles: BTreeSet<Role> = held.filter_map(|name| name.parse().ok()).collect();
    let seen = SEEN.iter().filter_map(|name| Some(((*name).to_owned(), value(&context.get(name)?))));
    Some(Call {
        actor: format!("{}:{}", principal.type_name().to_string().to_lowercase(), name(model, principal)),
        roles: roles.into_iter().collect(),
        client: text(context, "client_id"),
        action: query.action.clone(),
        case_id: (resource.type_name().to_string() == "Case").then(|| id(resource)),
        args: context.get("args").map_or(Value::Null, |args| value(&args)),
        context: seen.collect(),
        policies: Vec::new(),
        approval: None,
        table: None,
    })
}

fn id(uid: &EntityUid) -> String {
    uid.id().unescaped().to_owned()
}

/// The attribute `name`, which at the door is the id.
fn name(model: &Model, principal: &EntityUid) -> String {
    match model.entities.get(principal).and_then(|entity| entity.attr("name")) {
        Some(Ok(EvalResult::String(name))) if !name.is_empty() => name,
        _ => id(principal),
    }
}

fn text(context: &Context, name: &str) -> String {
    match context.get(name) {
        Some(EvalResult::String(text)) => text,
        _ => String::new(),
    }
}

fn texts(context: &Context, name: &str) -> Vec<String> {
    let Some(EvalResult::Set(items)) = context.get(name) else { return Vec::new() };
    let text = |item: &EvalResult| match item {
        EvalResult::String(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

fn value(result: &EvalResult) -> Value {
    match result {
        EvalResult::Bool(truth) => Value::from(*truth),
        EvalResult::Long(number) => Value::from(*number),
        EvalResult::String(text) | EvalResult::ExtensionValue(text) => Value::from(text.as_str()),
        EvalResult::EntityUid(uid) => Value::from(uid.to_string()),
        EvalResult::Set(items) => items.iter().map(value).collect(),
        EvalResult::Record(fields) => {
            Value::Object(fields.iter().map(|(name, inner)| (name.clone(), value(inner))).collect())
        }
    }
}

/// The same call with names in place of those that the solver made up, as far as no policy asks for a certain one.
fn named(raw: &Call, rulebook: &Rulebook, query: &Query) -> Call {
    let mut call = raw.clone();
    let known = |kind: &str, id: &str| query.named.contains(&(kind.to_owned(), id.to_owned()));
    if let Some((kind, name)) = raw.actor.split_once(':') {
        let (of, other) = match kind {
            "agent" => ("Agent", "some-agent"),
            "member" => ("Member", "some-member"),
            _ if name.starts_with(ACCOUNT) => ("System", "token:some-account"),
            _ => ("System", "some-process"),
        };
        if !known(of, name) {
            call.actor = format!("{kind}:{other}");
        }
    }
    if !known("Client", &raw.client) && rulebook.client() != Some(raw.client.as_str()) {
        call.client = "another-client".to_owned();
    }
    if let Some(made_up) = &raw.case_id {
        let case = call.context.entry("case").or_insert_with(|| json!({}));
        let own = case.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
        let id = if known("Case", made_up) { made_up.clone() } else { own.unwrap_or_else(|| "case_1".to_owned()) };
        case["id"] = Value::from(id.as_str());
        call.case_id = Some(id);
    }
    call
}

fn asked(call: &Call) -> Asked<'_> {
    let (kind, name) = call.actor.split_once(':').unwrap_or_default();
    let kind = match kind {
        "agent" => "Agent",
        "member" => "Member",
        _ => "System",
    };
    let seen = SEEN.iter().filter_map(|name| Some((*name, Cow::Borrowed(call.context.get(*name)?))));
    let mut context: Vec<(&'static str, Cow<'_, Value>)> = seen.collect();
    context.push(("args", Cow::Borrowed(&call.args)));
    context.push(("client_id", Cow::Owned(Value::from(call.client.as_str()))));
    Asked {
        kind,
        name,
        roles: &call.roles,
        client: &call.client,
        action: &call.action,
        case: call.case_id.as_deref(),
        context,
    }
}

/// What the action's decision table says of a call. The call has an answer of that table in it, which the solver chose.
fn by_table(rulebook: &Rulebook, call: &Call, now_ms: i64) -> Option<String> {
    let table = rulebook.table(rulebook.action(&call.action)?.table.as_deref()?)?;
    let mut facts = Value::Object(call.context.clone());
    facts["args"] = call.args.clone();
    let date = jiff::Timestamp::from_millisecond(now_ms).map(|at| at.strftime("%Y-%m-%d").to_string());
    facts["now"] = json!({"ms": now_ms, "date": date.unwrap_or_default()});
    Some(match table.decide(&facts) {
        Ok(decided) => {
            let verdict = decided.outputs.get("verdict").and_then(Value::as_str).unwrap_or("no verdict");
            let reason = decided.outputs.get("reason").and_then(Value::as_str).unwrap_or_default();
            format!("{verdict} [{}#{}] {reason}", table.name(), decided.rules.join(", ")).trim_end().to_owned()
        }
        Err(undecided) => format!("undecided: {}", undecided.reason),
    })
}
