//! Models are asked to read a message: which, what they are shown, what they may take, and what they gave.

use super::args::{Args, Goal, Heard};
use super::meanwhile::{BROKEN_OFF, Meanwhile};
use super::reading::{self, MESSAGES_SHOWN, ModelReading, READING_TOKENS_MAX, told};
use super::scene::specs;
use super::{AgentTurn, agent_of};
use crate::agent::AgentSpec;
use crate::model::{Ask, ModelConfig, Models, Taken};
use crate::question::{Answered, Question};
use crate::roster::Roster;
use crate::store::Exchange;
use baton_base::Result;
use baton_runs::CallCx;

/// Longest wait for the reading of one model, milliseconds: a customer waits too.
const READING_MS_MAX: u64 = 20_000;

/// What came of asking models.
pub(super) struct Asked {
    /// What one of them read; none where no model is configured, where all failed or may take no more.
    pub reading: Option<ModelReading>,
    /// The exchanges to journal, in their order.
    pub exchanges: Vec<Exchange>,
    /// What models have taken in this turn by now.
    pub taken: Taken,
    /// The customer wrote again, and there is no reading for that.
    pub broken_off: bool,
}

/// What a model is shown.
struct Shown {
    system: String,
    user: String,
    /// Ids of the whispers in it.
    whispers: Vec<String>,
}

/// One message that models are asked about.
struct Asking<'a> {
    models: &'a Models,
    cx: &'a CallCx,
    agent: &'a AgentSpec,
    roster: &'a Roster,
    shown: Shown,
    meanwhile: &'a Meanwhile,
    from_ms: i64,
}

impl AgentTurn {
    /// What a supervisor has whispered and the agent has not read.
    pub(super) async fn whispers(&self, cx: &CallCx) -> Result<Vec<baton_cases::Note>> {
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
        Ok(told(all.iter().filter(|m| m.seq <= count && Some(&m.id) != heard.message_id.as_ref())))
    }

    async fn shown(&self, cx: &CallCx, args: &Args, roster: &Roster, heard: &Heard) -> Result<Shown> {
        let wanted = if args.goal == Goal::Understand { Vec::new() } else { specs(args, roster)? };
        let before = self.conversation(cx, heard).await?;
        let whispers = self.whispers(cx).await?;
        let texts: Vec<String> = whispers.iter().map(|note| note.text.clone()).collect();
        let agent = agent_of(roster, args)?;
        let (system, user) = reading::prompt(args, agent, roster, &wanted, (&before, &texts, &heard.text));
        Ok(Shown { system, user, whispers: whispers.into_iter().map(|note| note.id).collect() })
    }

    /// The reading of the first model that gives one, and the exchanges to journal. A model that fails is no reading, never an
    /// error; nor is one that may take no more in this turn. Where the customer writes again, no model is asked any more. A
    /// request that a cassette does not hold is an error: a test is not to go on without it.
    pub(super) async fn ask_models(
        &self,
        cx: &CallCx,
        args: &Args,
        heard: &Heard,
        taken: Taken,
        meanwhile: &Meanwhile,
    ) -> Result<Asked> {
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let agent = agent_of(&roster, args)?;
        let mut asked = Asked { reading: None, exchanges: Vec::new(), taken, broken_off: false };
        let models = self.models_for(cx, args, agent);
        if models.is_empty() {
            return Ok(asked);
        }
        asked.broken_off = meanwhile.has_written().await;
        if asked.broken_off {
            return Ok(asked);
        }
        let shown = self.shown(cx, args, &roster, heard).await?;
        let from_ms = cx.ctx.now_ms();
        let asking = Asking { models: &self.models, cx, agent, roster: &roster, shown, meanwhile, from_ms };
        for model in &models {
            asking.of(model, &mut asked).await?;
            if asked.reading.is_some() || asked.broken_off {
                break;
            }
        }
        Ok(asked)
    }
}

impl Asking<'_> {
    /// Asks one model, and once more where its reply is not of the form.
    async fn of(&self, model: &ModelConfig, asked: &mut Asked) -> Result<()> {
        let user = self.shown.user.clone();
        let Some(reply) = self.exchange(model, &user, false, asked).await? else { return Ok(()) };
        let why = match ModelReading::parse(&reply, self.roster) {
            Ok(reading) => {
                asked.reading = Some(reading);
                return Ok(());
            }
            Err(why) => why,
        };
        let user = reading::again(&user, &reply, &why);
        if let Some(reply) = self.exchange(model, &user, true, asked).await? {
            asked.reading = ModelReading::parse(&reply, self.roster).ok();
        }
        Ok(())
    }

    /// One exchange, journalled; what came back. Asking again that may take no more is left out, and no failure to journal.
    async fn exchange(
        &self,
        model: &ModelConfig,
        user: &str,
        again: bool,
        asked: &mut Asked,
    ) -> Result<Option<String>> {
        let (ctx, name) = (&self.cx.ctx, self.agent.name.as_str());
        let wait_ms = self.left_ms().min(READING_MS_MAX);
        let ask = Ask { system: &self.shown.system, user, answer_tokens: READING_TOKENS_MAX, wait_ms };
        let shown = self.models.shown(model, ask.system, user);
        let within = match wait_ms {
            0 => Err(format!("models may take {} s with one message, and have", self.agent.model_seconds)),
            _ => Question::within((self.agent.bounds(), asked.taken), ctx, (name, model), (ask, shown.clone())),
        };
        let question = match within {
            Ok(question) => question,
            Err(_) if again => return Ok(None),
            Err(why) => {
                tracing::warn!(agent = name, model = model.label(), %why, "a model is not asked");
                asked.exchanges.push(Exchange::not_made(name, model, shown, &why));
                return Ok(None);
            }
        };
        let completed = tokio::select! {
            biased;
            completed = self.models.complete(model, &question.ask) => Some(completed),
            () = self.meanwhile.written() => None,
        };
        asked.broken_off = completed.is_none();
        let Answered { text, mut exchange, taken } = match completed {
            Some(completed) => question.answered(ctx, completed)?,
            None => question.broken_off(ctx, BROKEN_OFF),
        };
        exchange.whispers.clone_from(&self.shown.whispers);
        asked.taken = taken;
        asked.exchanges.push(exchange);
        Ok(text)
    }

    /// What is left of the time that models may take, milliseconds.
    fn left_ms(&self) -> u64 {
        let taken_ms = u64::try_from(self.cx.ctx.now_ms() - self.from_ms).unwrap_or_default();
        (u64::from(self.agent.model_seconds) * 1_000).saturating_sub(taken_ms)
    }
}
