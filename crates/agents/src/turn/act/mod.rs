//! Goal `act`: the agent's model reaches it by calling actions that the agent's file lists, each through the door as a process calls it.
//!
//! A model cannot be asked twice for the same, so each of its replies is kept before anything of it is done, and each call is a step of
//! its own: what comes of it is kept before the model is asked again. A call that is made again after a crash has the same step, and
//! so the same key at the door.

mod ask;
mod prompt;
mod state;
mod step;
mod words;

use super::args::{Args, Heard, Memo};
use super::{AgentTurn, agent_of, heard_whispers, parked};
use crate::model::{Spoken, Taken};
use crate::store::insert_exchange;
use crate::text::head;
use crate::triggers::Trigger;
use baton_base::{ClientId, Error, ReleaseId, Result};
use baton_db::Tx;
use baton_runs::{CallCx, Finish, Function, Outcome};
use serde_json::Value;
pub(super) use state::Act;
use std::sync::Arc;

/// An action as a model is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// What people read.
    pub title: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
}

/// An action of a release; `None` where it has none of this name.
pub type Describe = Arc<dyn Fn(&ClientId, &ReleaseId, &str) -> Result<Option<Described>> + Send + Sync>;
/// Whether arguments fit an action; `Invalid` says what is wrong with them.
pub type Check = Arc<dyn Fn(&ClientId, &ReleaseId, &str, &Value) -> Result<()> + Send + Sync>;
/// An action's answer as it is told to whoever reads words: amounts with their currency, and not in minor units.
pub type Tell = Arc<dyn Fn(&mut Tx, &ClientId, &ReleaseId, &str, Value) -> Value + Send + Sync>;

/// How an agent's model calls actions.
#[derive(Clone)]
pub struct Actions {
    /// The function `action`.
    pub call: Arc<dyn Function>,
    /// What there is.
    pub describe: Describe,
    /// What fits.
    pub check: Check,
    /// How answers are told.
    pub tell: Tell,
}

/// Longest part of what a supervisor whispers that a model is shown, bytes.
const WHISPER_BYTES_MAX: usize = 2 * 1024;

/// What a supervisor whispers, as the model hears it from then on. It permits nothing.
fn whispered(note: &baton_cases::Note) -> Spoken {
    Spoken::Note { text: format!("From your supervisor: {}", head(&note.text, WHISPER_BYTES_MAX)) }
}

fn no_actions() -> Error {
    Error::broken("this installation lets models call no actions")
}

/// What is done next is done outside of a transaction.
fn outside(memo: &Memo) -> Result<Outcome> {
    Ok(Outcome::Outside { memo: memo.stored()? })
}

impl AgentTurn {
    /// Begins the goal, or takes it up again where AI may go on.
    pub(super) fn act_begin(
        &self,
        tx: &mut Tx,
        cx: &CallCx,
        args: &Args,
        memo: Memo,
        heard: Option<&Heard>,
    ) -> Result<Outcome> {
        if memo.acting.is_some() {
            return outside(&memo);
        }
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let has_model = !self.models_for(cx, args, agent_of(&roster, args)?).is_empty();
        self.with_scene(tx, cx, args, memo, |mut scene| {
            if has_model {
                return step::begin(scene, heard);
            }
            scene.escalate(Trigger::ToolFailure.name(), "the goal 'act' needs a language model, and none is configured")
        })
    }

    /// Takes in what the customer wrote.
    pub(super) fn act_hear(&self, tx: &mut Tx, cx: &CallCx, args: &Args, memo: Memo, heard: &Heard) -> Result<Outcome> {
        if memo.acting.is_none() {
            return self.act_begin(tx, cx, args, memo, Some(heard));
        }
        self.with_scene(tx, cx, args, memo, |scene| step::hear(scene, heard))
    }

    /// Wakes the action that is under way.
    pub(super) fn act_resume(
        &self,
        tx: &mut Tx,
        cx: &CallCx,
        args: &Args,
        memo: Memo,
        event: &Value,
    ) -> Result<Outcome> {
        let actions = self.actions.as_ref().ok_or_else(no_actions)?;
        let (inner, with, kept) = step::under_way(cx, args, &memo)?;
        let outcome = actions.call.resume(tx, &inner, &with, &kept, event)?;
        step::came(tx, actions, cx, memo, outcome)
    }

    /// Makes the call that is under way, goes on with the next, or asks the model.
    pub(super) async fn act_perform(&self, cx: CallCx, args: Args, memo: Memo) -> Result<Finish> {
        let act = memo.acting.as_ref().ok_or_else(|| Error::broken("there is nothing to go on with"))?;
        if act.calls_now() {
            return self.act_call(cx, args, memo).await;
        }
        let (asks, has_more) = (act.asks(), act.has_more());
        if asks && self.may_act(&cx, &args).await? {
            return self.act_ask(cx, args, memo).await;
        }
        let this = self.clone();
        let finish: Finish = Box::new(move |tx| {
            if let Some(halted) = halted(tx, &cx, &args, &memo)? {
                return Ok(halted);
            }
            // The model is asked once it may be.
            if asks {
                return outside(&memo);
            }
            // What the customer has written since comes before the calls that are left of a reply.
            if has_more && let Some(waits) = written_again(tx, &cx, &memo)? {
                return Ok(waits);
            }
            this.with_scene(tx, &cx, &args, memo.clone(), step::next)
        });
        Ok(finish)
    }

    /// Makes the call. What came of it is kept with nothing else that could fail.
    async fn act_call(&self, cx: CallCx, args: Args, memo: Memo) -> Result<Finish> {
        let actions = self.actions.clone().ok_or_else(no_actions)?;
        let (inner, with, kept) = step::under_way(&cx, &args, &memo)?;
        let record = actions.call.perform(inner, with, kept).await?;
        let finish: Finish = Box::new(move |tx| {
            let outcome = record(tx)?;
            step::came(tx, &actions, &cx, memo.clone(), outcome)
        });
        Ok(finish)
    }

    async fn may_act(&self, cx: &CallCx, args: &Args) -> Result<bool> {
        let (cx, args) = (cx.clone(), args.clone());
        self.db.read(move |tx| parked::may_speak(tx, &cx, &args)).await
    }

    /// Asks the model, and keeps its reply before anything of it is done.
    async fn act_ask(&self, cx: CallCx, args: Args, mut memo: Memo) -> Result<Finish> {
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let taken = Taken { pico: memo.spent_pico, tokens: memo.spent_tokens };
        let whispers = self.whispers(&cx).await?;
        let mut act: Act = memo.acting.as_deref().cloned().unwrap_or_default();
        act.talk.extend(whispers.iter().map(whispered));
        let whispers: Vec<String> = whispers.into_iter().map(|note| note.id).collect();
        let asked = self.ask_to_act(&cx, &args, agent_of(&roster, &args)?, (&act, taken)).await?;
        (memo.spent_pico, memo.spent_tokens) = (asked.taken.pico, asked.taken.tokens);
        let shown = Memo { acting: Some(Box::new(act)), ..memo.clone() };
        let mut unkept = Vec::new();
        for mut exchange in asked.exchanges {
            exchange.whispers.clone_from(&whispers);
            if !self.keep(&cx, &exchange).await {
                unkept.push(exchange);
            }
        }
        let (this, reply, why) = (self.clone(), asked.reply, asked.why);
        let finish: Finish = Box::new(move |tx| {
            for exchange in &unkept {
                insert_exchange(tx, &cx.ctx, cx.case.as_ref(), exchange)?;
            }
            // What it wanted is not done; it is asked again.
            if let Some(halted) = halted(tx, &cx, &args, &memo)? {
                return Ok(halted);
            }
            if let Some(waits) = written_again(tx, &cx, &memo)? {
                return Ok(waits);
            }
            if reply.is_some() {
                heard_whispers(tx, &cx, &args, &whispers)?;
            }
            this.with_scene(tx, &cx, &args, shown.clone(), |mut scene| match &reply {
                Some(reply) => step::replied(scene, reply.clone()),
                None => scene.escalate(why.0.name(), &why.1),
            })
        });
        Ok(finish)
    }
}

/// What the turn does where the customer wrote again while the model was asked, or while one of its calls was made: it takes that
/// message, in the same transaction, and nothing more of the reply is done.
fn written_again(tx: &mut Tx, cx: &CallCx, memo: &Memo) -> Result<Option<Outcome>> {
    if !baton_runs::message_waits(tx, &cx.ctx.client, &cx.run)? {
        return Ok(None);
    }
    let mut memo = memo.clone();
    let leaves = memo.acting.as_mut().is_some_and(|act| act.leave());
    Ok(if leaves { Some(Outcome::Pending { wake_on: Some("message"), memo: memo.stored()? }) } else { None })
}

/// What the turn does where a stop covers it, or a person has the case: it waits, and goes on from where it is.
fn halted(tx: &mut Tx, cx: &CallCx, args: &Args, memo: &Memo) -> Result<Option<Outcome>> {
    match parked::at_a_stop(tx, cx, args, memo.clone(), None)? {
        None => parked::with_a_person(tx, cx, args, memo, None),
        stopped => Ok(stopped),
    }
}
