//! The journal of exchanges with language models, and what agents made of each message.

use crate::model::{Completion, ModelConfig, Price, Usage};
use crate::triggers::Trigger;
use crate::triggers::replay::Reading;
use baton_base::{CaseId, ClientId, Cost, MessageId, Result};
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

/// What is written down of a message as it is heard.
pub(crate) struct Noted<'a> {
    pub case: &'a CaseId,
    pub message: Option<&'a MessageId>,
    pub agent: &'a str,
    pub goal: &'a str,
    pub intent: Option<&'a str>,
    pub threshold: f32,
    pub signals: &'a [&'static str],
    pub turns: u32,
    pub trigger: Option<&'a str>,
}

/// Writes a reading down; its id.
pub(crate) fn insert_reading(tx: &mut Tx, ctx: &Ctx, noted: &Noted<'_>) -> Result<String> {
    let id = ctx.id("rdg");
    insert_reading_as(tx, ctx, &id, noted)?;
    Ok(id)
}

/// The same under an id; false where there is one.
pub(crate) fn insert_reading_as(tx: &mut Tx, ctx: &Ctx, id: &str, noted: &Noted<'_>) -> Result<bool> {
    let written = tx.execute(
        "INSERT INTO reading (client_id, reading_id, case_id, message_id, agent, goal, intent, threshold, signals, turns, \
         asked, trigger_name, at_ms) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) \
         ON CONFLICT (client_id, reading_id) DO NOTHING",
        params![
            ctx.client, id, noted.case, noted.message, noted.agent, noted.goal, noted.intent,
            f64::from(noted.threshold), noted.signals.join(" "), noted.turns, 0, noted.trigger, ctx.now_ms()
        ],
    )?;
    Ok(written > 0)
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

/// Adds how often the same was asked before, where the message did not answer it.
pub(crate) fn set_asked(tx: &mut Tx, ctx: &Ctx, reading: &str, asked: u32) -> Result<()> {
    tx.execute(
        "UPDATE reading SET asked = $3 WHERE client_id = $1 AND reading_id = $2",
        params![ctx.client, reading, asked],
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

/// Adds the trigger by which the case was passed on.
pub(crate) fn set_trigger(tx: &mut Tx, ctx: &Ctx, reading: &str, trigger: &str) -> Result<()> {
    tx.execute(
        "UPDATE reading SET trigger_name = $3 WHERE client_id = $1 AND reading_id = $2",
        params![ctx.client, reading, trigger],
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
        "SELECT case_id, goal, intent, confidence, threshold, signals, turns, asked, trigger_name FROM reading \
         WHERE client_id = $1 AND at_ms >= $2 ORDER BY at_ms, reading_id LIMIT $3",
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
    };
    Ok(Heard { case: r.id(0)?, reading })
}
