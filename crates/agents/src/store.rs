//! The journal of exchanges with language models, and what agents made of each message.

use crate::evidence::{Evidence, GuidelineHeld, Trace};
use crate::model::{Completion, ModelConfig, Price, Usage};
use crate::triggers::Trigger;
use crate::triggers::replay::Reading;
use baton_base::{CaseId, ClientId, Cost, Error, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::Ctx;
use serde_json::{Value, json};

/// One exchange, as sent and received.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub agent: String,
    pub model: String,
    pub request: Value,
    pub reply: Value,
    /// As the model's server counts; `None` where it does not tell, or did not answer.
    pub usage: Option<Usage>,
    /// Of the model, at this time.
    pub price: Option<Price>,
    /// `None` where there is no price, or nobody told how many tokens it took.
    pub cost: Option<Cost>,
    pub latency_ms: i64,
    /// Ids of the whispers that the model was shown.
    pub whispers: Vec<String>,
}

impl Exchange {
    /// One with a model that has said nothing yet to what it is shown.
    pub(crate) fn asking(agent: &str, model: &ModelConfig, shown: Value) -> Self {
        Self {
            agent: agent.to_owned(),
            model: model.label(),
            request: shown,
            reply: Value::Null,
            usage: None,
            price: model.price,
            cost: None,
            latency_ms: 0,
            whispers: Vec::new(),
        }
    }

    /// One that was not made, and why: it cost nothing.
    pub(crate) fn not_made(agent: &str, model: &ModelConfig, shown: Value, why: &str) -> Self {
        let mut exchange = Self::asking(agent, model, shown);
        exchange.failed(why);
        exchange.cost = model.price.as_ref().map(|price| price.of(Usage::default()));
        exchange
    }

    /// The model has replied; what it wrote.
    pub(crate) fn replied(&mut self, done: Completion) -> String {
        (self.request, self.reply) = (done.request, done.reply);
        (self.usage, self.cost) = (done.usage, done.cost);
        done.text
    }

    /// There is no reply, and why.
    pub(crate) fn failed(&mut self, why: &str) {
        self.reply = json!({"error": why});
    }
}

/// Writes an exchange down, with what it cost at the price of this time: a price that changes later changes no past figure. Where
/// its case was erased while the model was asked, what it cost stays alone.
pub(crate) fn insert_exchange(tx: &mut Tx, ctx: &Ctx, case: Option<&CaseId>, exchange: &Exchange) -> Result<()> {
    let erased = case.map_or(Ok(false), |case| baton_cases::is_erased(tx, &ctx.client, case))?;
    let words = |said: &Value| if erased { Value::Null.to_string() } else { said.to_string() };
    let (request, reply) = (words(&exchange.request), words(&exchange.reply));
    let Usage { tokens_in, tokens_out } = exchange.usage.unwrap_or_default();
    let cost_pico = exchange.cost.and_then(|cost| i64::try_from(cost.pico).ok());
    let currency = exchange.price.map(|price| price.currency.as_str().to_owned());
    tx.execute(
        "INSERT INTO model_exchange (client_id, exchange_id, case_id, agent, model, request, reply, tokens_in, tokens_out, \
         latency_ms, at_ms, cost_pico, currency, price) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        params![
            ctx.client, ctx.id("mex"), case, exchange.agent.as_str(), exchange.model.as_str(), request, reply, tokens_in,
            tokens_out, exchange.latency_ms, ctx.now_ms(), cost_pico, currency, exchange.price.map(|price| price.to_string())
        ],
    )?;
    Ok(())
}

/// Writes down what was made of a message of a case by an agent; what stands behind it is sealed as messages are, since it holds words
/// of one. False where no message was heard, or it was written down before.
pub(crate) fn insert_reading(tx: &mut Tx, ctx: &Ctx, (case, agent): (&CaseId, &str), trace: &Trace) -> Result<bool> {
    let Some(noted) = &trace.noted else { return Ok(false) };
    let told = trace.evidence != Evidence::default();
    let evidence = told.then(|| serde_json::to_string(&trace.evidence)).transpose().map_err(Error::broken)?;
    let evidence = match evidence {
        Some(text) => Some(tx.seal(&place(&ctx.client, &noted.id), &text)?),
        None => None,
    };
    let guidelines = trace.guidelines.as_ref().map(serde_json::to_string).transpose().map_err(Error::broken)?;
    let written = tx.execute(
        "INSERT INTO reading (client_id, reading_id, case_id, message_id, agent, goal, intent, confidence, threshold, signals, \
         turns, asked, trigger_name, at_ms, failures, guidelines, evidence) \
         VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17) \
         ON CONFLICT (client_id, reading_id) DO NOTHING",
        params![
            ctx.client, noted.id, case, noted.message, agent, noted.goal, noted.intent, noted.confidence.map(f64::from),
            f64::from(noted.threshold), noted.signals.join(" "), noted.turns, noted.asked, noted.trigger, ctx.now_ms(),
            noted.failures, guidelines, evidence
        ],
    )?;
    Ok(written > 0)
}

/// What stands behind a reading, as it was sealed.
pub(crate) fn open_evidence(tx: &mut Tx, client: &ClientId, reading: &str, sealed: &str) -> Result<Evidence> {
    let text = tx.unseal(&place(client, reading), sealed)?;
    serde_json::from_str(&text).map_err(|e| Error::broken(format!("stored evidence: {e}")))
}

fn place<'a>(client: &'a ClientId, reading: &'a str) -> Place<'a> {
    Place { client, class: Class::Message, table: "reading", row: reading }
}

/// Exchanges that stand under a name since a time.
pub(crate) fn exchanges_since(tx: &mut Tx, client: &ClientId, name: &str, since_ms: i64) -> Result<i64> {
    tx.query_one(
        "SELECT COUNT(*) FROM model_exchange WHERE client_id = $1 AND at_ms >= $2 AND agent = $3",
        params![client, since_ms, name],
        |r| r.int(0),
    )
}

/// Adds (intent, confidence, threshold): what the message was taken for.
pub(crate) fn set_intent(tx: &mut Tx, ctx: &Ctx, reading: &str, taken: (&str, f32, f32)) -> Result<()> {
    let (intent, confidence, threshold) = taken;
    tx.execute(
        "UPDATE reading SET intent = $3, confidence = $4, threshold = $5 WHERE client_id = $1 AND reading_id = $2",
        params![ctx.client, reading, intent, f64::from(confidence), f64::from(threshold)],
    )?;
    Ok(())
}

/// Adds what the agent would have done.
pub(crate) fn set_draft(tx: &mut Tx, ctx: &Ctx, reading: &str, draft: &Value) -> Result<()> {
    tx.execute(
        "UPDATE reading SET draft = $3 WHERE client_id = $1 AND reading_id = $2",
        params![ctx.client, reading, draft.to_string()],
    )?;
    Ok(())
}

/// A reading and its case.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The case.
    pub case: CaseId,
    /// What the agent made of the message.
    pub reading: Reading,
}

/// A client's readings since a time, oldest first, at most `max`.
pub fn readings(tx: &mut Tx, client: &ClientId, since_ms: i64, max: u32) -> Result<Vec<Heard>> {
    tx.query(
        "SELECT case_id, goal, intent, confidence, threshold, signals, turns, asked, trigger_name, failures, guidelines \
         FROM reading WHERE client_id = $1 AND at_ms >= $2 ORDER BY at_ms, reading_id LIMIT $3",
        params![client, since_ms, max],
        heard,
    )
}

fn heard(r: &Row) -> Result<Heard> {
    let count = |column: usize| -> Result<u32> { Ok(u32::try_from(r.int(column)?).unwrap_or_default()) };
    let reading = Reading {
        goal: r.text(1)?,
        intent: r.text_opt(2)?,
        confidence: r.real_opt(3)?,
        threshold: r.real(4)?,
        signals: r.text(5)?.split_whitespace().map(str::to_owned).collect(),
        turns: count(6)?,
        asked: count(7)?,
        trigger: r.text_opt(8)?.as_deref().and_then(Trigger::named),
        failures: r.int_opt(9)?.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        guidelines: held(r, 10)?,
    };
    Ok(Heard { case: r.id(0)?, reading })
}

/// The guidelines that held of a message; none where none was looked at.
pub(crate) fn held(r: &Row, column: usize) -> Result<Option<Vec<GuidelineHeld>>> {
    let stored =
        |text: String| serde_json::from_str(&text).map_err(|e| Error::broken(format!("stored guidelines: {e}")));
    r.text_opt(column)?.map(stored).transpose()
}
