//! After a handoff: what the agent would have made of a customer's message that a person answers. Nothing of it is sent, and
//! nothing is done; compared with what the person made of the case, it is evidence of how far the agent may be trusted.

use crate::entities::signals;
use crate::evidence::{Noted, Trace};
use crate::roster::{AgentSpec, Roster};
use crate::store::{insert_reading, set_draft};
use crate::text::{READ_BYTES_MAX, head};
use crate::triggers::on_message;
use crate::triggers::replay::PastCase;
use crate::turn::is_no_need;
use baton_base::{AgentName, CaseId, MessageId, Result};
use baton_cases::CaseState;
use baton_db::{Tx, params};
use baton_govern::Ctx;
use baton_knowledge::{Audience, Query, Shelf};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The goal of a reading that was only for comparison.
pub const GOAL: &str = "shadow";
/// Sections of articles that are looked at for an answer.
const HITS_MAX: usize = 3;

/// A message that an agent has read along with.
#[derive(Debug, Clone)]
pub struct Along {
    /// The agent.
    pub agent: AgentName,
    /// The case.
    pub case: CaseId,
    /// The message.
    pub message: MessageId,
    /// Id of what was kept of it.
    pub(crate) reading: String,
    /// What it was taken for without a model, and how surely.
    pub(crate) local: (String, f32),
}

/// Keeps what the agent would have made of a message; none where no person has the case, no agent had it before, or the
/// message is no customer's or was read so before, here or on another node.
pub fn shadow(
    tx: &mut Tx,
    ctx: &Ctx,
    roster: &Roster,
    shelf: &Shelf,
    (case, message): (&CaseId, &MessageId),
) -> Result<Option<Along>> {
    let row = baton_cases::row(tx, ctx, case)?;
    if row.state != CaseState::WithPerson {
        return Ok(None);
    }
    let Some(agent) = last_agent(tx, ctx, case)?.and_then(|name| roster.agents.get(&name)) else { return Ok(None) };
    let found = baton_cases::message_of(tx, ctx, std::slice::from_ref(case), message)?;
    let Some(found) = found.filter(|found| found.author.kind == "customer") else { return Ok(None) };
    let text = head(&found.text, READ_BYTES_MAX);
    let Some((intent, confidence)) = roster.recogniser.recognise_message(text).into_iter().next() else {
        return Ok(None);
    };
    let threshold = roster.threshold(agent, &intent);
    let would = Would { roster, shelf, agent, language: &row.language, text, at_ms: ctx.now_ms() };
    let draft = would.have(&intent, confidence >= threshold);
    // Every node hears of a message: the first one to write keeps it.
    let reading = format!("rdg-{message}");
    let noted = Noted {
        id: reading.clone(),
        message: Some(message.clone()),
        goal: GOAL,
        intent: Some(intent.clone()),
        confidence: Some(confidence),
        threshold,
        signals: signals(text).names(),
        turns: 0,
        asked: 0,
        trigger: None,
        failures: 0,
    };
    let trace = Trace { noted: Some(noted), ..Trace::default() };
    if !insert_reading(tx, ctx, (case, agent.name.as_str()), &trace)? {
        return Ok(None);
    }
    set_draft(tx, ctx, &reading, &draft)?;
    let (agent, case, message) = (agent.name.clone(), case.clone(), message.clone());
    Ok(Some(Along { agent, case, message, reading, local: (intent, confidence) }))
}

/// The agent that read this case last.
fn last_agent(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Option<String>> {
    tx.query_opt(
        "SELECT agent FROM reading WHERE client_id = $1 AND case_id = $2 ORDER BY at_ms DESC, reading_id DESC LIMIT 1",
        params![ctx.client, case],
        |r| r.text(0),
    )
}

/// What an agent would have done with a text, as far as one message shows it.
pub(crate) struct Would<'a> {
    pub roster: &'a Roster,
    pub shelf: &'a Shelf,
    pub agent: &'a AgentSpec,
    pub language: &'a str,
    pub text: &'a str,
    pub at_ms: i64,
}

impl Would<'_> {
    /// `{does, …}`: pass it to a `person`, `serve` a need, `answer` from an article, or `ask` what is meant.
    pub(crate) fn have(&self, intent: &str, sure: bool) -> Value {
        if let Some(cause) = on_message(&signals(self.text), 1, &self.agent.limits(Some(intent))) {
            return json!({"does": "person", "trigger": cause.trigger.name()});
        }
        if sure && !is_no_need(intent) {
            let title = self.roster.intents.get(intent).map(|known| known.title.as_str());
            return json!({"does": "serve", "title": title});
        }
        let asks = intent == "question" || self.text.contains('?');
        if let Some((text, source)) = if asks { self.article() } else { None } {
            return json!({"does": "answer", "text": text, "source": source});
        }
        json!({"does": if sure && intent == "question" { "person" } else { "ask" }})
    }

    fn article(&self) -> Option<(String, Value)> {
        let only = &self.agent.knowledge;
        let (text, locale) = (self.text, self.language);
        let query = Query { text, locale, audience: Audience::Customer, at_ms: self.at_ms, only };
        let best = self.shelf.answer(&query, HITS_MAX, self.agent.thresholds.answer)?;
        Some((best.text.ok()?, json!(best.source)))
    }
}

/// How drafts of one need compare with what people made of the cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Cases in which the agent read this need while a person had them.
    pub cases: usize,
    /// Of these, the agent was sure enough to go on.
    pub sure: usize,
    /// The case ended with the same need.
    pub right: usize,
    /// It was sure enough, and the case ended with another need.
    pub sure_and_wrong: usize,
}

/// Drafts compared with what people made of the cases, by the need that the agent read: the first one of each case counts.
pub fn compared(cases: &[PastCase]) -> BTreeMap<String, Compared> {
    let mut all: BTreeMap<String, Compared> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.by_person && case.intent.is_some()) {
        let Some((intent, reading)) = case.shadowed() else { continue };
        let sure = reading.confidence.is_some_and(|confidence| confidence >= reading.threshold);
        let right = case.intent.as_deref() == Some(intent);
        let row = all.entry(intent.to_owned()).or_default();
        row.cases += 1;
        row.sure += usize::from(sure);
        row.right += usize::from(right);
        row.sure_and_wrong += usize::from(sure && !right);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triggers::replay::Reading;

    fn reading(intent: &str, confidence: f64) -> Reading {
        Reading {
            goal: GOAL.into(),
            intent: Some(intent.into()),
            confidence: Some(confidence),
            threshold: 0.5,
            signals: Vec::new(),
            turns: 0,
            asked: 0,
            trigger: None,
            failures: None,
            guidelines: None,
        }
    }

    fn case(intent: &str, by_person: bool, shadows: Vec<Reading>) -> PastCase {
        PastCase { number: 1, intent: Some(intent.into()), by_person, readings: Vec::new(), shadows }
    }

    #[test]
    fn the_first_need_that_was_drafted_is_compared_with_what_the_case_ended_with() {
        let cases = [
            case("refund", true, vec![reading("unclear", 0.9), reading("refund", 0.8), reading("status", 0.9)]),
            case("refund", true, vec![reading("status", 0.7)]),
            case("status", true, vec![reading("status", 0.3)]),
            case("status", false, vec![reading("status", 0.9)]),
            case("status", true, vec![]),
        ];
        let found = compared(&cases);
        assert_eq!(found["refund"], Compared { cases: 1, sure: 1, right: 1, sure_and_wrong: 0 });
        assert_eq!(found["status"], Compared { cases: 2, sure: 1, right: 1, sure_and_wrong: 1 });
        let labels: Vec<_> = cases.iter().filter_map(PastCase::label).map(|(intent, _)| intent).collect();
        assert_eq!(labels, ["refund", "status", "status"], "they are labels for thresholds too");
    }
}
