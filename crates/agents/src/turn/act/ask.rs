//! The models of an agent are asked what to do next, in their order, within what one goal may take.

use super::prompt;
use super::state::Act;
use crate::agent::AgentSpec;
use crate::model::{ModelConfig, Taken, Talk, ToolCall};
use crate::store::Exchange;
use crate::triggers::Trigger;
use crate::turn::AgentTurn;
use crate::turn::args::Args;
use baton_base::{Error, Result};
use baton_runs::CallCx;

/// Most tokens of one reply.
const REPLY_TOKENS_MAX: u32 = 1_000;
/// Longest wait for the reply of one model, milliseconds: a customer waits too.
const REPLY_MS_MAX: u64 = 30_000;

/// What a model replied.
#[derive(Debug, Clone)]
pub(super) struct Replied {
    /// Its words; may be empty where there are calls.
    pub text: String,
    /// The calls that it asks for.
    pub calls: Vec<ToolCall>,
}

/// What came of asking.
pub(super) struct Asked {
    /// The reply of the first model that gave one.
    pub reply: Option<Replied>,
    /// The exchanges to journal, in their order.
    pub exchanges: Vec<Exchange>,
    /// What models have taken in this goal by now.
    pub taken: Taken,
    /// Where there is no reply: the trigger by which a person goes on, and the reason in words.
    pub why: (Trigger, String),
}

impl AgentTurn {
    /// The reply of the first model that gives one. A model that fails is no error; a request that a cassette does not hold is.
    pub(super) async fn ask_to_act(
        &self,
        cx: &CallCx,
        args: &Args,
        agent: &AgentSpec,
        (act, taken): (&Act, Taken),
    ) -> Result<Asked> {
        let actions = self.actions.as_ref().ok_or_else(super::no_actions)?;
        let (system, messages) = (prompt::system(agent, act), prompt::messages(args, act));
        let functions = prompt::offered(actions, cx, agent)?;
        let why = (Trigger::ToolFailure, "no language model gave an answer".to_owned());
        let mut asked = Asked { reply: None, exchanges: Vec::new(), taken, why };
        let from_ms = cx.ctx.now_ms();
        for model in &self.models_for(cx, args, agent) {
            let gone_ms = u64::try_from(cx.ctx.now_ms() - from_ms).unwrap_or_default();
            let wait_ms = (u64::from(agent.model_seconds) * 1_000).saturating_sub(gone_ms).min(REPLY_MS_MAX);
            if wait_ms == 0 {
                break;
            }
            let talk = Talk {
                system: &system,
                messages: &messages,
                functions: &functions,
                answer_tokens: REPLY_TOKENS_MAX,
                wait_ms,
            };
            self.exchange_to_act(cx, (agent, model), talk, &mut asked).await?;
            if asked.reply.is_some() {
                break;
            }
        }
        Ok(asked)
    }

    async fn exchange_to_act(
        &self,
        cx: &CallCx,
        (agent, model): (&AgentSpec, &ModelConfig),
        talk: Talk<'_>,
        asked: &mut Asked,
    ) -> Result<()> {
        let (name, bounds, bytes) = (agent.name.as_str(), agent.bounds(), talk.bytes());
        let shown = self.models.shown_of(model, &talk);
        let allowed = match bounds.next(model, asked.taken, bytes, talk.answer_tokens) {
            Ok(allowed) => allowed,
            Err(why) => {
                asked.exchanges.push(Exchange::not_made(name, model, shown, &why));
                asked.why = (Trigger::TurnBudget, why);
                return Ok(());
            }
        };
        let talk = Talk { answer_tokens: allowed.answer_tokens, ..talk };
        let mut exchange = Exchange::asking(name, model, shown);
        let from_ms = cx.ctx.now_ms();
        match self.models.talk(model, &talk).await {
            Ok(reply) => {
                let cut = reply.done.cut;
                let text = exchange.replied(reply.done);
                if cut {
                    // Half a call is none, and half a sentence is not sent.
                    exchange.reply["error"] = "not taken: it did not come to its end".into();
                } else {
                    asked.reply = Some(Replied { text, calls: reply.calls });
                }
            }
            Err(missing @ Error::Invalid { .. }) => return Err(missing),
            Err(error) => {
                tracing::warn!(agent = name, model = model.label(), %error, "a model gave no answer");
                exchange.failed(&error.to_string());
            }
        }
        exchange.latency_ms = cx.ctx.now_ms() - from_ms;
        let told_pico = exchange.cost.and_then(|cost| i64::try_from(cost.pico).ok());
        asked.taken = bounds.with(asked.taken, (told_pico, exchange.usage), allowed, bytes);
        asked.exchanges.push(exchange);
        Ok(())
    }
}
