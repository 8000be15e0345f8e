//! A process, an agent or a person writes down what is known about a case, and how it ended.

use crate::store::write;
use crate::{Case, CaseState, limits, people, rules};
use baton_base::{Actor, CaseId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, ledger, redact};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What to write down; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Recognised need.
    pub intent: Option<String>,
    /// Probability of the intent, 0 to 1.
    pub confidence: Option<f64>,
    /// Fields to add or replace; `null` removes one.
    pub fields: Option<Map<String, Value>>,
    /// How and when the customer was identified: `{how, at}`.
    pub identity: Option<Value>,
    /// How the case ended; ends it.
    pub outcome: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// `resolved` (the default where an outcome is given) or `closed`: ends the case.
    pub state: Option<CaseState>,
}

const INTENT_BYTES_MAX: usize = 100;

/// Writes a patch. An ended case takes no more, except the same outcome again.
pub fn record(tx: &mut Tx, ctx: &Ctx, id: &CaseId, patch: Patch) -> Result<Case> {
    let patch = checked(patch)?;
    let (case, ended) = write::change(tx, &ctx.client, id, ctx.now_ms(), |_, case| apply(ctx, case, &patch))?;
    if ended || case.row.state.is_live() {
        people::note(tx, &ctx.client, id, patch.fields.as_ref(), patch.identity.as_ref())?;
    }
    let event = Event::new(&ctx.client, "case.recorded", id).in_case(id);
    ledger::append(tx, ctx, event.with(facts(&patch)))?;
    if ended {
        let data = json!({"outcome": case.row.outcome, "by": case.outcome_by, "number": case.row.number});
        let kind = if case.row.state == CaseState::Closed { "case.closed" } else { "case.resolved" };
        ledger::append(tx, ctx, Event::new(&ctx.client, kind, id).in_case(id).with(data))?;
    }
    Ok(case)
}

fn checked(mut patch: Patch) -> Result<Patch> {
    patch.fields.iter_mut().flatten().for_each(|(_, value)| {
        redact::mask_cards_in(value);
    });
    if let Some(intent) = &patch.intent {
        patch.intent = Some(rules::short("intent", intent, INTENT_BYTES_MAX)?);
    }
    if let Some(outcome) = &patch.outcome {
        patch.outcome = Some(rules::short("outcome", outcome, limits::OUTCOME_BYTES_MAX)?);
    }
    if let Some(language) = &patch.language {
        patch.language = Some(rules::locale(language)?);
    }
    if patch.confidence.is_some_and(|c| !(0.0..=1.0).contains(&c)) {
        return Err(Error::invalid_at("confidence", "confidence is not a probability", "give a number from 0 to 1"));
    }
    match patch.state {
        Some(state) if state.is_live() => {
            Err(Error::invalid_at("state", "record only ends cases", "give resolved or closed, or leave it out"))
        }
        Some(CaseState::Resolved) if patch.outcome.is_none() => {
            Err(Error::invalid_at("outcome", "a resolved case has an outcome", "give the outcome"))
        }
        _ => Ok(patch),
    }
}

/// Alters the case; true if that ended it.
fn apply(ctx: &Ctx, case: &mut Case, patch: &Patch) -> Result<bool> {
    let ends = patch.state.or(patch.outcome.as_ref().map(|_| CaseState::Resolved));
    if !case.row.state.is_live() {
        let same = case.row.outcome == patch.outcome && ends.is_some();
        let why = format!("case {} has ended with '{}'", case.row.number, case.row.outcome.as_deref().unwrap_or("-"));
        return if same { Ok(false) } else { Err(Error::Conflict(why)) };
    }
    let by_member = matches!(ctx.actor, Actor::Member { .. });
    let held = case.row.state == CaseState::WithPerson && case.row.actor.kind == "member";
    if ends.is_some() && held && !by_member {
        return Err(Error::Conflict(format!(
            "case {} is with a person, who ends it or gives it back",
            case.row.number
        )));
    }
    case.row.intent = patch.intent.clone().or(case.row.intent.take());
    case.row.confidence = patch.confidence.or(case.row.confidence);
    case.identity = patch.identity.clone().or(case.identity.take());
    if let Some(language) = &patch.language {
        case.row.language.clone_from(language);
    }
    if let Some(fields) = &patch.fields {
        merge(&mut case.fields, fields);
        rules::sized("fields", &case.fields, limits::FIELDS_BYTES_MAX)?;
    }
    case.person_touched |= by_member;
    if let Some(state) = ends {
        case.row.outcome.clone_from(&patch.outcome);
        case.outcome_by = Some(if case.person_touched { "member" } else { "agent" }.to_owned());
        case.end(state, ctx.now_ms());
    }
    Ok(ends.is_some())
}

fn merge(into: &mut Value, fields: &Map<String, Value>) {
    if !into.is_object() {
        *into = json!({});
    }
    if let Some(known) = into.as_object_mut() {
        for (name, value) in fields {
            match value {
                Value::Null => known.remove(name),
                value => known.insert(name.clone(), value.clone()),
            };
        }
    }
}

/// What the ledger says: names of fields, not their values.
fn facts(patch: &Patch) -> Value {
    let fields: Vec<_> = patch.fields.iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut facts = json!({});
    let pairs = [
        ("intent", json!(patch.intent)),
        ("confidence", json!(patch.confidence)),
        ("fields", if fields.is_empty() { Value::Null } else { json!(fields) }),
        ("identity", json!(patch.identity.as_ref().and_then(|i| i.get("how")))),
        ("outcome", json!(patch.outcome)),
        ("language", json!(patch.language)),
    ];
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_null()) {
        facts[name] = value;
    }
    facts
}
