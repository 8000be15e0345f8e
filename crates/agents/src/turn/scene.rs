//! One step of a turn: everything it needs, and the few ways in which it can end.

use super::act::Actions;
use super::args::{Args, Heard, Memo};
use super::delegate::Delegate;
use super::wording;
use crate::agent::{Guideline, Seen, base, holding, said};
use crate::entities::{Signals, signals};
use crate::evidence::{Noted, Trace};
use crate::roster::{AgentSpec, FieldSpec, Kind, Roster};
use crate::text::language;
use crate::triggers::{Cause, Limits, Trigger, on_failures, on_message};
use baton_base::{CaseId, Citation, Error, MessageId, Result};
use baton_cases::{CaseRow, CasesConfig, Patch, Said, Saying, record, say_once};
use baton_db::Tx;
use baton_engine::ErrorDoc;
use baton_govern::Ctx;
use baton_knowledge::gaps::{Asked, Reason, note};
use baton_knowledge::{Audience, Query, Shelf};
use baton_runs::{CallCx, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Sections of articles that are looked at for an answer.
const HITS_MAX: usize = 3;

/// The template in which an article's words are sent.
pub(super) const ANSWER: &str = "answer_article";

/// What an article says to a question, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub text: String,
    pub source: Citation,
}

pub(super) struct Scene<'a> {
    pub tx: &'a mut Tx,
    pub cx: &'a CallCx,
    pub args: &'a Args,
    pub memo: Memo,
    pub roster: &'a Roster,
    pub agent: &'a AgentSpec,
    pub shelf: &'a Shelf,
    pub config: &'a CasesConfig,
    pub case: CaseRow,
    /// Language of this conversation.
    pub language: String,
    /// A model words what articles say, and there is one.
    pub worded: bool,
    /// How the case is handed to another agent.
    pub delegate: Option<&'a Delegate>,
    /// How a model calls actions.
    pub actions: Option<&'a Actions>,
    /// Acts as the agent, at the version of its release.
    pub ctx: Ctx,
    /// What is written down of this message, and what stands behind it: kept as the step ends.
    pub trace: &'a mut Trace,
    /// Priority of the guideline that is followed because of this message.
    pub rank: Option<i32>,
}

impl Scene<'_> {
    /// Takes a message: counts it, remembers it, and looks at the triggers that always hold.
    pub(super) fn hear(&mut self, heard: &Heard) -> Result<Option<Outcome>> {
        self.memo.turns += 1;
        self.memo.message_id.clone_from(&heard.message_id);
        let spoken = language(&heard.text, &self.language);
        if self.agent.speaks(&spoken) && self.config.templates.locales().any(|l| base(l) == spoken) {
            self.language = spoken;
        }
        let found = signals(&heard.text);
        let failures = self.args.failures.unwrap_or_default();
        let limits = self.limits();
        let cause = on_message(&found, self.memo.turns, &limits).or_else(|| on_failures(failures, &limits));
        self.write_down(heard, &found, cause.as_ref());
        if let Some(cause) = cause {
            return self.escalate_for(cause).map(Some);
        }
        let about = self.about().map(str::to_owned);
        let agent = self.agent;
        self.follow(&agent.guidelines, &heard.text, &found, about.as_deref(), (None, false))
    }

    /// Follows one of the guidelines that name a need, once it is known: those without one were looked at as the message was heard,
    /// and the one that was followed then stands before all of no higher priority.
    pub(super) fn follow_need(&mut self, text: &str, need: &str) -> Result<Option<Outcome>> {
        let (agent, rank) = (self.agent, self.rank);
        let of_need = |one: &&Guideline| !one.when.intents.is_empty();
        self.follow(agent.guidelines.iter().filter(of_need), text, &signals(text), Some(need), (rank, true))
    }

    /// Follows one of these guidelines, where one holds of a message and stands above the priority of the one that is followed:
    /// says its words, and gives what the turn ends with where it passes the case to a person.
    fn follow<'g>(
        &mut self,
        among: impl IntoIterator<Item = &'g Guideline>,
        text: &str,
        found: &Signals,
        intent: Option<&str>,
        (above, of_need): (Option<i32>, bool),
    ) -> Result<Option<Outcome>> {
        let (signals, channel) = (found.names(), self.case.channel);
        let language = self.language.clone();
        let seen = Seen { text, intent, signals: &signals, language: &language, channel: channel.as_str() };
        let held = holding(among, &seen, &self.memo.followed);
        let first = held.first().copied().filter(|one| above.is_none_or(|rank| one.priority > rank));
        self.trace.held(&held, first.map(|one| one.name.as_str()), of_need);
        let Some(guideline) = first else { return Ok(None) };
        self.memo.followed.insert(guideline.name.clone());
        self.rank = Some(guideline.priority);
        if let Some(key) = &guideline.then.say {
            self.say(key, &Value::Null)?;
        }
        let Some(why) = &guideline.then.person else { return Ok(None) };
        let reason = format!("{why} (guideline '{}')", guideline.name);
        let said = guideline.then.say.is_some();
        self.passed_on(Trigger::Policy.name(), &reason, if said { None } else { Some("handed_to_person") }).map(Some)
    }

    /// The intent that the conversation is about, as far as it is known.
    fn about(&self) -> Option<&str> {
        self.args.intent.as_deref().or(self.case.intent.as_deref())
    }

    /// The parameters of this agent's triggers.
    pub(super) fn limits(&self) -> Limits {
        self.agent.limits(self.about())
    }

    fn write_down(&mut self, heard: &Heard, found: &Signals, cause: Option<&Cause>) {
        let about = self.about().map(str::to_owned);
        let threshold = about.as_deref().map_or(self.agent.thresholds.intent, |i| self.roster.threshold(self.agent, i));
        self.trace.noted = Some(Noted {
            id: self.ctx.id("rdg"),
            message: heard.message_id.clone(),
            goal: self.args.goal.name(),
            intent: about,
            confidence: None,
            threshold,
            signals: found.names(),
            turns: self.memo.turns,
            asked: 0,
            trigger: cause.map(|c| c.trigger.name().to_owned()),
            failures: self.args.failures.unwrap_or_default(),
        });
    }

    /// Notes what the message was taken for.
    pub(super) fn note_intent(&mut self, intent: &str, confidence: f32) {
        let (threshold, of) = self.roster.threshold_of(self.agent, intent);
        self.trace.evidence.threshold_of = Some(of);
        if let Some(noted) = &mut self.trace.noted {
            (noted.intent, noted.confidence, noted.threshold) = (Some(intent.to_owned()), Some(confidence), threshold);
        }
    }

    /// Counts one more question for a field; the count before, which is how often this message's like brought nothing.
    pub(super) fn count_ask(&mut self, field: &str) -> u32 {
        let before = self.memo.count_ask(field);
        if let Some(noted) = self.trace.noted.as_mut().filter(|_| before > 0) {
            noted.asked = before;
        }
        before
    }

    /// Says a template as the agent.
    pub(super) fn say(&mut self, key: &str, data: &Value) -> Result<MessageId> {
        self.say_from(key, data, &[]).map(|said| said.message)
    }

    pub(super) fn say_from(&mut self, key: &str, data: &Value, sources: &[Citation]) -> Result<Said> {
        if key == ANSWER && sources.is_empty() {
            let remedy = "ask the question in the goal 'understand'; what an article says is only sent with its source";
            return Err(Error::invalid_at("with/template", format!("'{ANSWER}' needs an article"), remedy));
        }
        let text = self.render(key, data)?;
        if let Some(phrase) = said(&self.agent.never, &text) {
            let name = &self.agent.name;
            let reason = format!("'{key}' would have said '{phrase}', which {name} never says; it was not sent");
            return Err(Error::refused(reason, vec![format!("agents/{name}.yaml#never")]));
        }
        self.send(&text, sources)
    }

    /// Sends a text that may be said.
    pub(super) fn send(&mut self, text: &str, sources: &[Citation]) -> Result<Said> {
        self.memo.said += 1;
        // One call never says the same thing twice, even if its transaction is tried again.
        let external_id = format!("{}:{}", self.cx.call, self.memo.said);
        let saying =
            Saying { text, sources, external_id: Some(&external_id), config: Some(self.config), ..Saying::default() };
        say_once(self.tx, &self.ctx, &self.case.id, &saying)
    }

    pub(super) fn render(&self, key: &str, data: &Value) -> Result<String> {
        let data = Value::Object(wording::dressed(data, &self.case.customer.name, &self.language));
        self.config.render(&self.language, key, &data, self.ctx.now_ms())
    }

    /// A template that a blueprint may leave out.
    pub(super) fn render_optional(&self, key: &str, data: &Value) -> Result<String> {
        if self.config.templates.has(key) { self.render(key, data) } else { Ok(String::new()) }
    }

    /// Waits for the customer's next message.
    pub(super) fn wait(self) -> Result<Outcome> {
        Ok(Outcome::Pending { wake_on: Some("message"), memo: self.memo.stored()? })
    }

    /// Passes the case to a person for a rule's reason.
    pub(super) fn escalate_for(&mut self, cause: Cause) -> Result<Outcome> {
        self.escalate(cause.trigger.name(), &cause.reason)
    }

    /// Passes the case to a person: tells the customer, keeps what is known on the case, and fails with the trigger.
    pub(super) fn escalate(&mut self, trigger: &str, reason: &str) -> Result<Outcome> {
        let key = match trigger {
            "vulnerable" => "handed_to_person_urgent",
            "no_article" => "no_article",
            _ => "handed_to_person",
        };
        self.passed_on(trigger, reason, Some(key))
    }

    /// Passes the case to a person, with the words of a template where there is one.
    fn passed_on(&mut self, trigger: &str, reason: &str, key: Option<&str>) -> Result<Outcome> {
        if let Some(key) = key.filter(|key| self.config.templates.has(key)) {
            self.say(key, &Value::Null)?;
        }
        if !self.memo.fields.is_empty() && self.case.state.is_live() {
            let patch = Patch { fields: Some(self.memo.fields.clone()), ..Patch::default() };
            record(self.tx, &self.ctx, &self.case.id, patch)?;
        }
        let trigger = if trigger == "no_article" { Trigger::LowConfidence.name() } else { trigger };
        if let Some(noted) = &mut self.trace.noted {
            noted.trigger = Some(trigger.to_owned());
        }
        Ok(Outcome::Failed(escalation(trigger, reason)))
    }

    /// What is known of a need, as `understand` returns it.
    pub(super) fn understood(&self, intent: &str, confidence: f32, text: &str, also: &[String]) -> Value {
        json!({
            "intent": intent, "confidence": (f64::from(confidence) * 1000.0).round() / 1000.0, "fields": self.memo.fields,
            "language": self.language, "text": text, "message_id": self.memo.message_id, "also": also,
            "flags": signals(text).names(),
        })
    }

    /// The section that answers a question, if one speaks of enough of it. Where none does, or where a policy fact in it has no
    /// value today, the question is kept as one that no article answers; unless it is `none_of_ours`.
    pub(super) fn article_for(&mut self, text: &str, none_of_ours: bool) -> Result<Option<Answer>> {
        let now_ms = self.ctx.now_ms();
        let only = &self.agent.knowledge;
        let query = Query { text, locale: &self.language, audience: Audience::Customer, at_ms: now_ms, only };
        let least = self.agent.thresholds.answer;
        let looked = self.shelf.look(&query, HITS_MAX, least);
        self.trace.looked(&looked, least, looked.answer.as_ref().is_some_and(|(_, hit)| hit.text.is_err()));
        let (reason, fact) = match looked.answer.map(|(_, hit)| (hit.text, hit.source)) {
            Some((Ok(text), source)) => return Ok(Some(Answer { text, source })),
            Some((Err(lacking), _)) => (Reason::NoFact, Some(lacking.fact)),
            None if none_of_ours => return Ok(None),
            None => (Reason::NoArticle, None),
        };
        let asked = Asked {
            question: text,
            locale: &self.language,
            intent: self.case.intent.as_deref(),
            reason,
            detail: fact.as_deref(),
            case: Some(&self.case.id),
        };
        note(self.tx, &self.ctx, &asked)?;
        Ok(None)
    }

    /// Whether a text is most likely a question that an article should answer.
    fn is_question(&self, text: &str) -> bool {
        self.roster.recogniser.recognise_message(text).first().is_some_and(|(label, _)| label == "question")
    }

    /// The section that answers a question put in between, where a text is one.
    pub(super) fn article_between(&mut self, text: &str) -> Result<Option<Answer>> {
        if !text.contains('?') {
            return Ok(None);
        }
        let none_of_ours = !self.is_question(text);
        self.article_for(text, none_of_ours)
    }

    pub(super) fn say_article(&mut self, answer: &Answer) -> Result<()> {
        self.say_from(ANSWER, &article_data(answer), std::slice::from_ref(&answer.source))?;
        self.memo.answered = true;
        Ok(())
    }

    /// The intents that a text states clearly enough, likeliest first; questions and the unknown left out.
    pub(super) fn other_need(&self, text: &str, least: f32) -> Option<(String, f32)> {
        let mut ranked = self.roster.recogniser.recognise_message(text).into_iter();
        let (intent, p) = ranked.next()?;
        let known = self.roster.intents.contains_key(&intent) && !is_no_need(&intent);
        (known && p >= least.max(self.roster.threshold(self.agent, &intent))).then_some((intent, p))
    }
}

/// What the template of an answer is filled in with.
pub(super) fn article_data(answer: &Answer) -> Value {
    let Citation { title, heading, .. } = &answer.source;
    json!({"text": answer.text, "title": title, "heading": heading})
}

/// Labels that are no need with a process of its own.
pub(crate) fn is_no_need(intent: &str) -> bool {
    [baton_recognise::OUT_OF_SCOPE, baton_recognise::UNCLEAR, "question"].contains(&intent)
}

/// The error by which a case goes to a person.
pub(super) fn escalation(trigger: &str, reason: &str) -> ErrorDoc {
    ErrorDoc {
        kind: "urn:baton:error:escalation".to_owned(),
        status: 409,
        title: Some(trigger.to_owned()),
        detail: Some(reason.to_owned()),
        instance: None,
    }
}

/// The case that a conversation is about.
pub(super) fn case_of(cx: &CallCx) -> Result<&CaseId> {
    cx.case.as_ref().ok_or_else(|| {
        Error::invalid(
            "'agent-turn' speaks in a case, and this run has none",
            "call it in processes that cases enter by",
        )
    })
}

/// The fields of a goal in their order: what the task says, laid over what the intent says.
pub(super) fn specs(args: &Args, roster: &Roster) -> Result<Vec<(String, FieldSpec)>> {
    let intent = args.intent.as_deref().and_then(|id| roster.intents.get(id));
    let known: BTreeMap<String, FieldSpec> = intent.map(|i| i.fields.clone()).unwrap_or_default();
    let Some(wanted) = &args.fields else { return Ok(known.into_iter().collect()) };
    wanted.iter().map(|(name, over)| Ok((name.clone(), spec(name, known.get(name), over)?))).collect()
}

fn spec(name: &str, base: Option<&FieldSpec>, over: &Value) -> Result<FieldSpec> {
    let place = format!("with/fields/{name}");
    let mut merged = match base.map(serde_json::to_value).transpose().map_err(Error::broken)? {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    match over {
        Value::Null => {}
        Value::Object(map) => {
            merged.extend(map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())))
        }
        _ => return Err(Error::invalid_at(place, format!("the field '{name}' is not a map"), "give kind, ask …")),
    }
    let spec: FieldSpec = serde_json::from_value(Value::Object(merged))
        .map_err(|e| Error::invalid_at(place.clone(), format!("the field '{name}' is not valid"), e.to_string()))?;
    if spec.choices.len() > crate::entities::CHOICES_MAX {
        let limit = crate::entities::CHOICES_MAX;
        return Err(Error::Limit(format!("the field '{name}' offers more than {limit} choices")));
    }
    if matches!(spec.kind, Kind::Pattern | Kind::PolicyNumber) {
        let pattern = spec.pattern.as_deref().unwrap_or_default();
        crate::entities::check_pattern(pattern)
            .map_err(|why| Error::invalid_at(place, "the pattern is not valid", why))?;
    }
    Ok(spec)
}
