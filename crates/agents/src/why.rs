//! Why an agent answered as it did: what it made of each message of a case, and what models were shown and said.

use crate::evidence::{Evidence, GuidelineHeld};
use crate::store::{held, open_evidence};
use baton_base::{CaseId, Cost, Currency, Error, Result};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right};
use serde::Serialize;
use serde_json::Value;

/// Most readings and most exchanges shown of one case: the latest.
const SHOWN_MAX: u32 = 200;

/// What is kept of how a case was read, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reasons {
    /// What the agents made of each message.
    pub readings: Vec<MessageRead>,
    /// What models were shown, and what they said.
    pub exchanges: Vec<ModelAsked>,
}

/// What an agent made of one message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageRead {
    /// Its id.
    pub id: String,
    /// The message.
    pub message: Option<String>,
    /// The agent.
    pub agent: String,
    /// What it was to reach: `understand`, `collect`, `confirm`; `shadow` where it only read along.
    pub goal: String,
    /// The need that it took the message for, or that the conversation was about.
    pub intent: Option<String>,
    /// Probability of it, 0 to 1; none where nothing was to be recognised.
    pub confidence: Option<f64>,
    /// Probability from which the need counts.
    pub threshold: f64,
    /// Signals of the message, such as `angry`.
    pub signals: Vec<String>,
    /// Messages of the goal, with this one.
    pub turns: i64,
    /// Times the same was asked before, where this message did not answer it.
    pub asked: i64,
    /// The trigger by which the case was passed to a person.
    pub trigger: Option<String>,
    /// Failed calls that the process had reported by then; none in readings from before it was kept.
    pub failures: Option<i64>,
    /// Guidelines that held of it, the one that was followed among them; none where none was looked at.
    pub guidelines: Option<Vec<GuidelineHeld>>,
    /// What else was likely, which articles were looked at, and from which words fields were read; none where there is nothing of it,
    /// and in readings from before it was kept.
    pub evidence: Option<Evidence>,
    /// What the agent would have done, where it only read along while a person had the case (goal `shadow`).
    pub draft: Option<Value>,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
}

/// One exchange with a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelAsked {
    /// Its id.
    pub id: String,
    /// The agent, or what else asked.
    pub agent: String,
    /// `provider/model`.
    pub model: String,
    /// As sent, without the key.
    pub request: Value,
    /// As received; `error` says in words why there is none.
    pub reply: Value,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// Until the reply, milliseconds.
    pub latency_ms: i64,
    /// What it cost, where that is known and may be seen.
    pub cost: Option<Cost>,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
}

impl ModelAsked {
    /// The same for whoever may not see what it cost. Some models' servers tell that beside the tokens that they count.
    fn without_cost(&mut self) {
        self.cost = None;
        if let Some(reply) = self.reply.as_object_mut() {
            reply.remove("usage");
        }
    }
}

/// How a case was read. Whoever may read the case may read this; what it cost, whoever may see performance.
pub fn reasons(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Reasons> {
    baton_cases::row(tx, ctx, case)?;
    let mut readings = readings(tx, ctx, case)?;
    let mut exchanges = tx.query(
        "SELECT exchange_id, agent, model, request, reply, tokens_in, tokens_out, latency_ms, cost_pico, currency, at_ms \
         FROM model_exchange WHERE client_id = $1 AND case_id = $2 ORDER BY at_ms DESC, exchange_id DESC LIMIT $3",
        params![ctx.client, case, SHOWN_MAX],
        asked,
    )?;
    readings.reverse();
    exchanges.reverse();
    if ctx.allow(Right::PerformanceRead).is_err() {
        exchanges.iter_mut().for_each(ModelAsked::without_cost);
    }
    Ok(Reasons { readings, exchanges })
}

/// The latest first.
fn readings(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<MessageRead>> {
    let found = tx.query(
        "SELECT reading_id, message_id, agent, goal, intent, confidence, threshold, signals, turns, asked, trigger_name, \
         at_ms, draft, failures, guidelines, evidence FROM reading WHERE client_id = $1 AND case_id = $2 \
         ORDER BY at_ms DESC, reading_id DESC LIMIT $3",
        params![ctx.client, case, SHOWN_MAX],
        |r| Ok((read(r)?, r.text_opt(15)?)),
    )?;
    let open = |(one, sealed): (MessageRead, Option<String>)| {
        let evidence = sealed.map(|sealed| open_evidence(tx, &ctx.client, &one.id, &sealed)).transpose()?;
        Ok(MessageRead { evidence, ..one })
    };
    found.into_iter().map(open).collect()
}

fn read(r: &Row) -> Result<MessageRead> {
    Ok(MessageRead {
        id: r.text(0)?,
        message: r.text_opt(1)?,
        agent: r.text(2)?,
        goal: r.text(3)?,
        intent: r.text_opt(4)?,
        confidence: r.real_opt(5)?,
        threshold: r.real(6)?,
        signals: r.text(7)?.split_whitespace().map(str::to_owned).collect(),
        turns: r.int(8)?,
        asked: r.int(9)?,
        trigger: r.text_opt(10)?,
        at_ms: r.int(11)?,
        draft: r.json_opt(12)?,
        failures: r.int_opt(13)?,
        guidelines: held(r, 14)?,
        evidence: None,
    })
}

fn asked(r: &Row) -> Result<ModelAsked> {
    let cost = match (r.int_opt(8)?, r.text_opt(9)?) {
        (Some(pico), Some(currency)) => {
            Some(Cost::new(i128::from(pico), currency.parse::<Currency>().map_err(Error::broken)?))
        }
        _ => None,
    };
    Ok(ModelAsked {
        id: r.text(0)?,
        agent: r.text(1)?,
        model: r.text(2)?,
        request: r.json(3)?,
        reply: r.json(4)?,
        tokens_in: r.int(5)?,
        tokens_out: r.int(6)?,
        latency_ms: r.int(7)?,
        cost,
        at_ms: r.int(10)?,
    })
}
