//! A model is asked to read a message: what it is shown, what it may cost, and what it gave.

use super::args::{Args, Goal, Heard};
use super::reading::{self, ModelReading};
use super::scene::specs;
use super::{AgentTurn, agent_of};
use crate::model::{Ask, allowed};
use crate::roster::Roster;
use crate::store::Exchange;
use crate::text::head;
use baton_base::{Error, Result};
use baton_runs::CallCx;
use serde_json::json;

/// Messages of the conversation that a model is shown.
const MESSAGES_SHOWN: i64 = 6;
/// Longest part of one of them, bytes.
const MESSAGE_SHOWN_BYTES_MAX: usize = 500;
/// Most tokens of a reading.
const READING_TOKENS_MAX: u32 = 800;
/// Longest wait for a reading, milliseconds: a customer waits too.
const READING_MS_MAX: u64 = 20_000;

/// What came of asking a model.
pub(super) struct Asked {
    /// What it read; none where no model is configured, where it failed or may cost no more.
    pub reading: Option<ModelReading>,
    /// The exchange to journal.
    pub exchange: Option<Exchange>,
    /// What models have cost in this turn by now, where its agent has a limit, 10^-12 of the limit's currency.
    pub spent_pico: i64,
}

impl AgentTurn {
    /// What a supervisor has whispered and the agent has not read.
    async fn whispers(&self, cx: &CallCx) -> Result<Vec<baton_cases::Note>> {
        let Some(case) = cx.case.clone() else { return Ok(Vec::new()) };
        let client = cx.ctx.client.clone();
        self.db.read(move |tx| baton_cases::whispers(tx, &client, &case)).await
    }

    /// The last messages before this one, oldest first.
    async fn conversation(&self, cx: &CallCx, heard: &Heard) -> Result<String> {
        let Some(case) = cx.case.clone() else { return Ok(String::new()) };
        let ctx = cx.ctx.clone();
        let (count, all) = self
            .db
            .read(move |tx| {
                let count = baton_cases::row(tx, &ctx, &case)?.message_count;
                Ok((count, baton_cases::messages(tx, &ctx, &case, (count - MESSAGES_SHOWN).max(0))?))
            })
            .await?;
        let lines = all.iter().filter(|m| m.seq <= count && Some(&m.id) != heard.message_id.as_ref());
        Ok(lines.map(|m| format!("{}: {}\n", m.author.kind, head(&m.text, MESSAGE_SHOWN_BYTES_MAX))).collect())
    }

    /// The model's reading and the exchange to journal. A model that fails is no reading, never an error; nor is one that may
    /// cost no more in this turn. A request that a cassette does not hold is an error: a test is not to go on without it.
    pub(super) async fn ask_model(&self, cx: &CallCx, args: &Args, heard: &Heard, spent_pico: i64) -> Result<Asked> {
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let agent = agent_of(&roster, args)?;
        let none = Asked { reading: None, exchange: None, spent_pico };
        let Some(model) = self.model_for(cx, args, agent) else { return Ok(none) };
        let wanted = if args.goal == Goal::Understand { Vec::new() } else { specs(args, &roster)? };
        let before = self.conversation(cx, heard).await?;
        let whispers = self.whispers(cx).await?;
        let texts: Vec<String> = whispers.iter().map(|note| note.text.clone()).collect();
        let (system, user) = reading::prompt(args, agent, &roster, &wanted, (&before, &texts, &heard.text));
        let ask = Ask { system: &system, user: &user, answer_tokens: READING_TOKENS_MAX, wait_ms: READING_MS_MAX };
        let mut exchange = Exchange::with(&args.agent, &model, json!({"system": system, "user": user}));
        exchange.whispers = whispers.into_iter().map(|note| note.id).collect();
        let price = model.price.as_ref();
        let allowed = match allowed(agent.turn_money, price, spent_pico, ask.bytes(), ask.answer_tokens) {
            Ok(allowed) => allowed,
            Err(why) => {
                tracing::warn!(agent = %args.agent, %why, "no model is asked; language is read locally");
                exchange.reply = json!({"error": why});
                exchange.cost = price.map(|price| price.of(crate::model::Usage::default()));
                return Ok(Asked { exchange: Some(exchange), ..none });
            }
        };
        let ask = Ask { answer_tokens: allowed.answer_tokens, ..ask };
        let from_ms = cx.ctx.now_ms();
        let completed = self.models.complete(&model, &ask).await;
        exchange.latency_ms = cx.ctx.now_ms() - from_ms;
        let reading = take(&mut exchange, completed, &roster)?;
        // What nobody tells the cost of counts as the most that it can have cost.
        let told = exchange.cost.and_then(|cost| i64::try_from(cost.pico).ok());
        let cost_pico = agent.turn_money.map_or(0, |_| told.unwrap_or(allowed.at_most_pico));
        Ok(Asked { reading, exchange: Some(exchange), spent_pico: spent_pico.saturating_add(cost_pico) })
    }
}

/// Writes what came back into the exchange, and reads it.
fn take(
    exchange: &mut Exchange,
    completed: Result<crate::model::Completion>,
    roster: &Roster,
) -> Result<Option<ModelReading>> {
    match completed {
        Ok(done) => {
            (exchange.request, exchange.reply) = (done.request, done.reply);
            (exchange.usage, exchange.cost) = (done.usage, done.cost);
            Ok(ModelReading::parse(&done.text, roster))
        }
        Err(missing @ Error::Invalid { .. }) => Err(missing),
        Err(error) => {
            tracing::warn!(%error, "the model gave no reading; language is read locally");
            exchange.reply = json!({"error": error.to_string()});
            Ok(None)
        }
    }
}
