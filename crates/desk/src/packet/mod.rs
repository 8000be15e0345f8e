//! The handoff packet: everything known about a case, in one typed document that travels with it.

pub mod reask;
pub mod score;

use crate::rules::{Completeness, completeness};
use crate::{Intake, limits, store};
use baton_base::{CaseId, Event, PacketId, Result};
use baton_cases::{Case, MessageRow};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The error by which a process passes a case to people; its title is the trigger.
pub(crate) const ESCALATION: &str = "urn:baton:error:escalation";
/// Messages at the beginning of a conversation among which its customer's first is looked for, where it is longer than a page.
const OPENING_MAX: i64 = 10;

/// Why a case is handed over, and what its giver adds.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Which trigger: `low_confidence`, `policy`, `customer_asks` …
    pub trigger: String,
    /// Why, in words.
    pub reason: String,
    /// What the giver would do.
    pub recommendation: Option<String>,
    /// What the customer wants, in words; from the customer's own words if `None`.
    pub goal: Option<String>,
    /// What has happened so far, in words; put together from the case if `None`.
    pub summary: Option<String>,
    /// Fields beyond those of the case.
    pub fields: Map<String, Value>,
    /// What was refused, in words, beyond the refusals in the ledger.
    pub not_allowed: Vec<String>,
    /// How the customer seems, in words; as they sound in what they wrote last if `None`.
    pub mood: Option<String>,
    /// Why something critical is missing, where the giver knows.
    pub excuse: Option<String>,
}

/// A packet as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Packet {
    /// `{id, number, channel, language, subject, opened_ms}`.
    pub case: Value,
    /// `{id, name}`.
    pub customer: Value,
    /// `{how, at}`, if the customer was identified.
    pub identity: Option<Value>,
    /// Recognised need.
    pub intent: Option<String>,
    /// Probability of the intent.
    pub confidence: Option<f64>,
    /// What happened so far.
    pub summary: String,
    /// What the customer wants.
    pub goal: String,
    /// What was collected.
    pub fields: Value,
    /// What the intent wants, with completeness and validity.
    #[serde(flatten)]
    pub completeness: Completeness,
    /// Why the case is handed over although something critical is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excuse: Option<String>,
    /// How the customer seems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mood: Option<String>,
    /// Articles that the AI's answers stood on; of a conversation that is longer than a page, the newest of them.
    pub articles: Vec<String>,
    /// What was tried: `{at, what, result}`.
    pub steps: Vec<Value>,
    /// Side effects: `{id, action, writes, state, at}`.
    pub effects: Vec<Value>,
    /// Why a person is asked, as a trigger.
    pub trigger: String,
    /// Why a person is asked, in words.
    pub reason: String,
    /// What the giver would do.
    pub recommendation: Option<String>,
    /// What was refused, in words.
    pub not_allowed: Vec<String>,
    /// Messages so far.
    pub messages_count: i64,
}

/// Puts a packet together and stores it.
pub fn build_packet(tx: &mut Tx, ctx: &Ctx, intake: &Intake, case: &CaseId, ask: Ask) -> Result<PacketId> {
    let found = baton_cases::get(tx, &ctx.as_system("desk"), case)?;
    let messages = talk(tx, ctx, &found)?;
    let happened = Happened::read(tx, ctx, case)?;
    let packet = put_together(intake, &found, &messages, happened, ask);
    let id = PacketId::known(ctx.id(PacketId::PREFIX));
    let body = serde_json::to_value(&packet).map_err(baton_base::Error::broken)?;
    store::packets::insert(tx, &ctx.client, &id, case, &found.release, &packet, &body, ctx.now_ms())?;
    let checked = &packet.completeness;
    let facts = json!({
        "trigger": packet.trigger, "completeness": checked.completeness, "validity": checked.validity,
        "gate": checked.gate, "intent": packet.intent, "missing": checked.missing(), "excuse": packet.excuse,
        "score": score::score(checked.completeness, checked.validity, 1.0),
    });
    ledger::append(tx, ctx, Event::new(&ctx.client, "handoff.packed", &id).in_case(case).with(facts))?;
    Ok(id)
}

/// What was said, as far as a packet tells of it, oldest first: the newest page, and of a longer conversation its beginning too.
fn talk(tx: &mut Tx, ctx: &Ctx, case: &Case) -> Result<Vec<MessageRow>> {
    let (ctx, id) = (ctx.as_system("desk"), &case.row.id);
    let newest = baton_cases::latest_messages(tx, &ctx, id)?;
    let mut all = Vec::new();
    for seq in opening(newest.first().map_or(0, |first| first.seq)) {
        all.extend(baton_cases::message(tx, &ctx, id, seq)?);
    }
    all.extend(newest);
    Ok(all)
}

/// Numbers of the messages at the beginning that a page does not hold whose first one has this number.
fn opening(first: i64) -> std::ops::Range<i64> {
    1..first.min(OPENING_MAX + 1)
}

/// The newest packet of a case.
pub fn packet_of_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Option<Value>> {
    ctx.allow(baton_govern::Right::WorkRead)?;
    store::packets::last(tx, &ctx.client, case)
}

/// What effects and ledger know of the case.
struct Happened {
    steps: Vec<Value>,
    effects: Vec<Value>,
    refusals: Vec<String>,
}

impl Happened {
    fn read(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Self> {
        let lines = store::effects(tx, &ctx.client, case)?;
        let effects = lines.iter().filter(|line| line.writes).map(|line| {
            json!({"id": line.id, "action": line.action, "writes": true, "state": line.state, "at": line.requested_ms})
        });
        let effects = effects.collect();
        let mut steps: Vec<_> = lines
            .iter()
            .map(|line| json!({"at": line.finished_ms.unwrap_or(line.requested_ms), "what": line.action, "result": line.state}))
            .collect();
        let mut refusals = Vec::new();
        for entry in entries(tx, ctx, case)? {
            if let Some(result) = step_result(&entry) {
                steps.push(json!({"at": entry.at_ms, "what": entry.kind, "result": result}));
            }
            if entry.kind.ends_with(".refused") {
                refusals.extend(entry.data["reason"].as_str().map(str::to_owned));
            }
        }
        steps.sort_by_key(|step| step["at"].as_i64().unwrap_or(0));
        refusals.dedup();
        Ok(Self { steps, effects, refusals })
    }
}

/// The latest entries of the case that tell of steps, oldest first.
fn entries(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<ledger::Entry>> {
    let filter = ledger::Filter { clients: vec![ctx.client.clone()], case: Some(case.clone()), ..Default::default() };
    let mut found = ledger::list(tx, &filter, None, limits::PACKET_STEPS_MAX)?.items;
    found.reverse();
    Ok(found)
}

fn step_result(entry: &ledger::Entry) -> Option<String> {
    let text = |name: &str| entry.data[name].as_str().map(str::to_owned);
    match entry.kind.as_str() {
        "work_item.completed" => text("decision"),
        "action.refused" | "approval.refused" => text("reason"),
        "case.recorded" => text("intent").map(|intent| format!("intent {intent}")),
        "run.faulted" => fault(&entry.data["error"]),
        _ => None,
    }
}

/// What stopped a process. That it passed the case on is no step that failed: the packet says it.
fn fault(error: &Value) -> Option<String> {
    let text = |name: &str| error[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if text("type").as_deref() == Some(ESCALATION) {
        return None;
    }
    text("title").or(Some("faulted".to_owned()))
}

fn put_together(intake: &Intake, case: &Case, messages: &[MessageRow], happened: Happened, ask: Ask) -> Packet {
    let row = &case.row;
    let mut fields = case.fields.as_object().cloned().unwrap_or_default();
    fields.extend(ask.fields);
    let goal = ask.goal.unwrap_or_else(|| goal_of(row.intent.as_deref(), messages));
    let summary = ask.summary.unwrap_or_else(|| summary_of(case, messages, &happened));
    let wanted = intake.handoff(row.intent.as_deref());
    let own = with_own(&fields, case, &summary, &happened.steps);
    let completeness = completeness(wanted, &own);
    let excuse = excuse(intake, &completeness, ask.excuse, &ask.trigger);
    let mut not_allowed = happened.refusals;
    not_allowed.extend(ask.not_allowed);
    Packet {
        case: json!({
            "id": row.id, "number": row.number, "channel": row.channel, "language": row.language,
            "subject": row.subject, "opened_ms": row.opened_ms,
        }),
        customer: json!(row.customer),
        identity: case.identity.clone(),
        intent: row.intent.clone(),
        confidence: row.confidence,
        completeness,
        excuse,
        mood: ask.mood.or_else(|| mood_of(case.upset)),
        articles: articles(messages),
        summary,
        goal,
        fields: Value::Object(fields),
        steps: happened.steps,
        effects: happened.effects,
        trigger: ask.trigger,
        reason: ask.reason,
        recommendation: ask.recommendation,
        not_allowed,
        messages_count: row.message_count,
    }
}

/// Why something critical is missing: as the giver says, because the trigger bears no delay, or because nobody asked.
fn excuse(intake: &Intake, checked: &Completeness, given: Option<String>, trigger: &str) -> Option<String> {
    if checked.gate {
        return None;
    }
    let missing = checked.missing().join(", ");
    Some(match given.filter(|words| !words.trim().is_empty()) {
        Some(words) => words,
        None if intake.bears_no_delay(trigger) => {
            format!("{missing}: not asked for, the trigger '{trigger}' bears no delay")
        }
        None => format!("{missing}: the process handed over without it"),
    })
}

/// How the customer sounds in what they wrote last, where nobody has said it: plain anger is recognised and nothing finer.
fn mood_of(upset: Option<bool>) -> Option<String> {
    let words = if upset? { "upset" } else { "calm, as far as their words tell" };
    Some(words.to_owned())
}

fn articles(messages: &[MessageRow]) -> Vec<String> {
    let mut used: Vec<String> = messages.iter().flat_map(|m| m.articles.iter().map(ToString::to_string)).collect();
    used.sort();
    used.dedup();
    used
}

/// What is critical and not there, if a case were handed over now for this trigger; empty where the trigger bears no delay.
pub(crate) fn missing_before(tx: &mut Tx, ctx: &Ctx, intake: &Intake, case: &CaseId, ask: &Ask) -> Result<Vec<String>> {
    if intake.bears_no_delay(&ask.trigger) {
        return Ok(Vec::new());
    }
    let found = baton_cases::get(tx, &ctx.as_system("desk"), case)?;
    let mut fields = found.fields.as_object().cloned().unwrap_or_default();
    fields.extend(ask.fields.clone());
    // Summary and steps are written when the packet is put together; they are never what is missing.
    let own = with_own(&fields, &found, "-", &[json!("-")]);
    let wanted = intake.handoff(found.row.intent.as_deref());
    Ok(completeness(wanted, &own).missing().into_iter().map(str::to_owned).collect())
}

/// The fields, and under their names what the packet itself knows, so that an intent can want that too.
fn with_own(fields: &Map<String, Value>, case: &Case, summary: &str, steps: &[Value]) -> Value {
    let mut own = json!({
        "identity": case.identity, "summary": summary, "steps": steps, "customer": case.row.customer.name,
        "language": case.row.language, "intent": case.row.intent,
    });
    if let Some(own) = own.as_object_mut() {
        own.extend(fields.clone());
    }
    own
}

/// The name of an intent as a person reads it.
fn in_words(intent: &str) -> String {
    intent.replace(['_', '-'], " ")
}

fn goal_of(intent: Option<&str>, messages: &[MessageRow]) -> String {
    let first = messages.iter().find(|m| m.author.kind == "customer").map(|m| quote(&m.text));
    match (intent.map(in_words), first) {
        (Some(intent), Some(words)) => format!("{intent}: “{words}”"),
        (None, Some(words)) => format!("“{words}”"),
        (Some(intent), None) => intent,
        (None, None) => String::new(),
    }
}

fn summary_of(case: &Case, messages: &[MessageRow], happened: &Happened) -> String {
    let row = &case.row;
    let mut parts = vec![format!(
        "Case {} by {}, {} message{}.",
        row.number,
        row.channel,
        row.message_count,
        if row.message_count == 1 { "" } else { "s" }
    )];
    match (row.intent.as_deref().map(in_words), row.confidence) {
        (Some(intent), Some(confidence)) => parts.push(format!("Need: {intent} ({:.0} %).", confidence * 100.0)),
        (Some(intent), None) => parts.push(format!("Need: {intent}.")),
        (None, _) => parts.push("Need not recognised.".to_owned()),
    }
    parts.push(match case.identity.as_ref().and_then(|i| i["how"].as_str()) {
        Some(how) => format!("Identity verified by {how}."),
        None => "Identity not verified.".to_owned(),
    });
    let done = happened.effects.iter().filter(|e| e["state"] == "finished").count();
    if !happened.effects.is_empty() {
        parts.push(format!("{done} of {} changes in other systems done.", happened.effects.len()));
    }
    if let Some(last) = messages.iter().rev().find(|m| m.author.kind == "customer") {
        parts.push(format!("Last from the customer: “{}”", quote(&last.text)));
    }
    parts.join(" ")
}

fn quote(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= limits::QUOTE_CHARS_MAX {
        return words;
    }
    let cut: String = words.chars().take(limits::QUOTE_CHARS_MAX - 1).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_passed_the_case_on_has_not_failed() {
        for (error, wanted) in [
            (json!({"type": ESCALATION, "status": 409, "title": "customer_asks"}), None),
            (
                json!({"type": "urn:baton:error:system", "title": "the shop is down", "detail": "503"}),
                Some("the shop is down"),
            ),
            (json!({"type": "urn:baton:error:system", "title": ""}), Some("faulted")),
            (Value::Null, Some("faulted")),
        ] {
            assert_eq!(fault(&error).as_deref(), wanted, "{error}");
        }
    }
}
