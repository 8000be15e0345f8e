//! Platform function `agent-turn`: one agent reaches one goal in a case, message by message.
//!
//! Every step is one transaction: take a message, decide, say something, wait or be done. With a model configured,
//! the message is shown to it between two steps; its reading is journalled at once and helps, and never decides alone. With an encoder
//! it is encoded there as well: a transaction is not held up by that.

mod act;
mod ahead;
mod args;
mod asking;
mod collect;
mod confirm;
mod delegate;
mod meanwhile;
mod parked;
mod reading;
mod scene;
mod small_talk;
mod understand;
mod wording;
mod words;

use crate::agent::base;
use crate::evidence::Trace;
use crate::extract::{Extracted, extract};
use crate::fields::{Reading, is_known};
use crate::model::{ModelConfig, Models, Taken};
use crate::roster::{AgentSpec, FieldSpec, Kind, Roster};
use crate::store::{Exchange, insert_exchange, insert_reading};
use crate::text::{READ_BYTES_MAX, head, language};
pub use act::{Actions, Described};
use args::{Args, Goal, Heard, Memo};
use baton_base::{Error, Result, Versions};
use baton_cases::Cases;
use baton_db::{Db, Tx};
use baton_knowledge::Shelf;
use baton_runs::{CallCx, Finish, Function, Outcome};
pub use delegate::Delegate;
use futures::future::BoxFuture;
use meanwhile::Meanwhile;
use reading::ModelReading;
pub(crate) use reading::{MESSAGES_SHOWN, READING_TOKENS_MAX, need_in, shown, told};
pub(crate) use scene::is_no_need;
use scene::{Scene, case_of, specs};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How sure a value is that only a model found in a text.
const MODEL_CONFIDENCE: f64 = 0.6;

/// The function. Cheap to clone.
#[derive(Clone)]
pub struct AgentTurn {
    db: Db,
    rosters: Arc<Versions<Roster>>,
    shelves: Arc<Versions<Shelf>>,
    cases: Cases,
    models: Arc<Models>,
    delegate: Option<Delegate>,
    actions: Option<Actions>,
}

impl AgentTurn {
    /// The function over the releases' parts. Steps run in the run's own transactions; `db` is read for what a model is shown of
    /// the conversation, and takes what came of asking it.
    pub fn new(
        db: Db,
        rosters: Arc<Versions<Roster>>,
        shelves: Arc<Versions<Shelf>>,
        cases: Cases,
        models: impl Into<Arc<Models>>,
    ) -> Self {
        Self { db, rosters, shelves, cases, models: models.into(), delegate: None, actions: None }
    }

    /// The same, whose agents hand cases to others by themselves, where their files say so, by the function `handoff` that is given.
    #[must_use]
    pub fn delegating(self, delegate: Delegate) -> Self {
        Self { delegate: Some(delegate), ..self }
    }

    /// The same, whose agents' models may call actions, where their files say which, by the function `action` that is given.
    #[must_use]
    pub fn acting(self, actions: Actions) -> Self {
        Self { actions: Some(actions), ..self }
    }

    /// The models that read a message, in the order in which they are asked; none where none is configured.
    fn models_for(&self, cx: &CallCx, args: &Args, agent: &AgentSpec) -> Vec<ModelConfig> {
        // Consent and plain statements need no model, and a yes must be the customer's own words.
        let reads = matches!(args.goal, Goal::Understand | Goal::Collect | Goal::Act | Goal::Extract);
        let first = reads.then(|| self.models.for_agent(&cx.ctx.client, agent.model.as_ref())).flatten();
        first.into_iter().flat_map(|first| std::iter::once(first).chain(agent.fallbacks.iter().cloned())).collect()
    }

    /// Keeps an exchange at once and not with the turn that hears of it: it is paid for, also where its run has ended meanwhile.
    /// False where the database was away; then the turn keeps it.
    async fn keep(&self, cx: &CallCx, exchange: &Exchange) -> bool {
        let (ctx, case, exchange) = (cx.ctx.clone(), cx.case.clone(), exchange.clone());
        let kept = self.db.write(move |tx| insert_exchange(tx, &ctx, case.as_ref(), &exchange)).await;
        if let Err(error) = &kept {
            tracing::warn!(%error, "an exchange with a model is kept with its turn");
        }
        kept.is_ok()
    }

    /// Takes a message at once, or has it read by the encoder and the model first.
    fn hear(&self, tx: &mut Tx, cx: &CallCx, args: &Args, mut memo: Memo, heard: Heard) -> Result<Outcome> {
        if args.goal == Goal::Act {
            return self.act_hear(tx, cx, args, memo, &heard);
        }
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let now_ms = cx.ctx.now_ms();
        let is_encoded = roster.recogniser.encodes() && ahead::recognises(args, &memo, &roster, &heard.text, now_ms);
        let is_read = is_encoded || !self.models_for(cx, args, agent_of(&roster, args)?).is_empty();
        if is_read && !heard.text.trim().is_empty() {
            memo.hearing = Some(heard);
            return Ok(Outcome::Outside { memo: memo.stored()? });
        }
        self.step(tx, cx, args, memo, &heard, None)
    }

    /// Has an encoder read what is heard, and all that was said of the need with it; what it fails at is read in the step.
    async fn read_ahead(&self, cx: &CallCx, args: &Args, memo: &Memo, heard: &Heard) {
        let Ok(roster) = self.rosters.at(&cx.ctx.client, &cx.release) else { return };
        let recogniser = &roster.recogniser;
        if !recogniser.encodes() || !ahead::recognises(args, memo, &roster, &heard.text, cx.ctx.now_ms()) {
            return;
        }
        let text = head(&heard.text, READ_BYTES_MAX).to_owned();
        let of_need = args.goal == Goal::Understand && !memo.need.is_empty();
        let need = of_need.then(|| format!("{}\n{text}", memo.need));
        let reading = tokio::task::spawn_blocking(move || {
            let ranked = roster.recogniser.recognise_message(&text);
            if ahead::asks(&text, &ranked) {
                roster.recogniser.read_whole(&text);
            }
            if let Some(need) = need {
                let _ = roster.recogniser.recognise_message(&need);
            }
        });
        let _ = reading.await;
    }

    /// One step with everything at hand.
    fn step(
        &self,
        tx: &mut Tx,
        cx: &CallCx,
        args: &Args,
        memo: Memo,
        heard: &Heard,
        model: Option<&ModelReading>,
    ) -> Result<Outcome> {
        let started = memo.said > 0 || memo.turns > 0;
        self.with_scene(tx, cx, args, memo, |scene| match args.goal {
            Goal::Understand => understand::hear(scene, heard, model),
            // What came before the first question is only read; what a customer wrote since is heard.
            Goal::Collect if !started && heard.message_id == args.message_id => collect::start(scene, model),
            Goal::Collect if !started => collect::start_late(scene, heard, model),
            Goal::Collect => collect::hear(scene, heard, model),
            Goal::Confirm => confirm::hear(scene, heard),
            Goal::Act | Goal::Answer | Goal::Extract => Err(Error::broken("this goal takes no messages here")),
        })
    }

    fn with_scene(
        &self,
        tx: &mut Tx,
        cx: &CallCx,
        args: &Args,
        memo: Memo,
        act: impl FnOnce(Scene<'_>) -> Result<Outcome>,
    ) -> Result<Outcome> {
        let client = &cx.ctx.client;
        let roster = self.rosters.at(client, &cx.release)?;
        let shelf = self.shelves.at(client, &cx.release)?;
        let config = self.cases.config.at(client, &cx.release)?;
        let agent = agent_of(&roster, args)?;
        let ctx = cx.ctx.as_agent(&agent.name, cx.release.as_str());
        let case = baton_cases::row(tx, &ctx, case_of(cx)?)?;
        // A customer whose language has no templates is served in the client's.
        let spoken = args.language.as_ref().unwrap_or(&case.language);
        let known = config.templates.locales().any(|locale| base(locale) == base(spoken));
        let spoken = if known { spoken } else { &config.locale };
        let own = agent.languages.first().filter(|_| !agent.speaks(spoken));
        let language = base(own.unwrap_or(spoken)).to_owned();
        let worded = agent.answers.model && !self.models_for(cx, args, agent).is_empty();
        let (mut trace, id) = (Trace::default(), case.id.clone());
        let outcome = act(Scene {
            tx: &mut *tx,
            cx,
            args,
            memo,
            roster: &roster,
            agent,
            shelf: &shelf,
            config: &config,
            case,
            language,
            worded,
            delegate: self.delegate.as_ref(),
            actions: self.actions.as_ref(),
            ctx: ctx.clone(),
            trace: &mut trace,
            rank: None,
        })?;
        insert_reading(tx, &ctx, (&id, agent.name.as_str()), &trace)?;
        Ok(outcome)
    }

    fn extracted(&self, cx: &CallCx, args: &Args, model: Option<&ModelReading>) -> Result<Outcome> {
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let wanted = specs(args, &roster)?;
        let text = args.text.clone().unwrap_or_default();
        let spoken = args.language.clone().unwrap_or_else(|| language(&text, "en"));
        let specs: BTreeMap<String, FieldSpec> = wanted.into_iter().collect();
        let mut found = extract(&specs, &text, &args.data, &spoken, cx.ctx.now_ms());
        if let Some(model) = model {
            fill_gaps(&mut found, &specs, model, &text, cx.ctx.now_ms());
        }
        let mut out = serde_json::to_value(found).map_err(Error::broken)?;
        out["text"] = head(&text, 2_000).into();
        Ok(Outcome::Done(out))
    }
}

/// A model may find what the local readers did not; it may not overrule them, nor mend what they found wrong.
fn fill_gaps(
    found: &mut Extracted,
    specs: &BTreeMap<String, FieldSpec>,
    model: &ModelReading,
    text: &str,
    now_ms: i64,
) {
    for (name, spec) in specs {
        let wrong = found.problems.iter().any(|p| p.field == *name);
        if wrong || spec.kind == Kind::Text || is_known(&found.fields, name, spec.kind) {
            continue;
        }
        let known = found.fields.clone();
        let how = Reading { answering: false, now_ms, language: &found.language, known: &known };
        let values = model.field(name, spec, text, &how);
        if !values.is_empty() {
            found.fields.extend(values);
            found.confidences.insert(name.clone(), MODEL_CONFIDENCE);
            found.missing.retain(|m| m != name);
        }
    }
    if found.missing.is_empty() && found.problems.is_empty() {
        let required = specs.iter().filter(|(_, s)| !s.optional).filter_map(|(n, _)| found.confidences.get(n));
        found.confidence = required.copied().fold(1.0, f64::min);
    }
}

fn agent_of<'a>(roster: &'a Roster, args: &Args) -> Result<&'a AgentSpec> {
    roster.agents.get(&args.agent).ok_or_else(|| {
        let known: Vec<&str> = roster.agents.keys().map(String::as_str).collect();
        Error::invalid_at(
            "with/agent",
            format!("there is no agent '{}'", args.agent),
            format!("known: {}", known.join(", ")),
        )
    })
}

impl Function for AgentTurn {
    fn name(&self) -> &'static str {
        "agent-turn"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let mut args = Args::read(args)?;
        let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
        let memo = Memo { agent: delegate::taker(tx, cx, &args, &roster)?, ..Memo::default() };
        args.taken_by(&memo);
        if let Some(parked) = parked::at_a_stop(tx, cx, &args, memo.clone(), None)? {
            return Ok(parked);
        }
        self.begin(tx, cx, &args, memo)
    }

    fn resume(&self, tx: &mut Tx, cx: &CallCx, args: &Value, memo: &Value, event: &Value) -> Result<Outcome> {
        let (mut args, mut memo) = (Args::read(args)?, Memo::read(memo)?);
        args.taken_by(&memo);
        if memo.acting.as_ref().is_some_and(|act| act.calls_now()) {
            return self.act_resume(tx, cx, &args, memo, event);
        }
        let heard = match parked::released(&mut memo, event) {
            parked::Released::No => {
                let next = heard_in(event);
                // It may have waited while a person had the case.
                if let Some(waits) = parked::answered(tx, cx, &args, &memo, &next)? {
                    return Ok(waits);
                }
                Some(meanwhile::together(&mut memo, &args, next))
            }
            parked::Released::Again(heard) => heard,
            // A yes would be to what the person asked: the question is put anew, and not in words that were sent before.
            parked::Released::Answered if args.goal == Goal::Confirm => {
                memo = Memo { said: memo.said, agent: memo.agent.take(), ..Memo::default() };
                None
            }
            parked::Released::Answered => {
                if let Some(act) = &mut memo.acting {
                    act.answered_by_a_person();
                }
                return Ok(Outcome::Pending { wake_on: Some("message"), memo: memo.stored()? });
            }
        };
        if let Some(parked) = parked::at_a_stop(tx, cx, &args, memo.clone(), heard.as_ref())? {
            return Ok(parked);
        }
        match heard {
            Some(heard) => self.hear(tx, cx, &args, memo, heard),
            None => self.begin(tx, cx, &args, memo),
        }
    }

    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let this = self.clone();
        Box::pin(async move {
            let (mut args, mut memo) = (Args::read(&args)?, Memo::read(&memo)?);
            args.taken_by(&memo);
            if let Some(wording) = memo.wording.take() {
                return this.worded(cx, args, memo, wording).await;
            }
            if args.goal == Goal::Act {
                return this.act_perform(cx, args, memo).await;
            }
            let heard = memo.hearing.take().ok_or_else(|| Error::broken("there is no message to read"))?;
            let taken = Taken { pico: memo.spent_pico, tokens: memo.spent_tokens };
            let meanwhile = Meanwhile::of(&this.db, &cx, &args, &memo, &heard);
            let asking = this.ask_models(&cx, &args, &heard, taken, &meanwhile);
            let (asked, ()) = tokio::join!(asking, this.read_ahead(&cx, &args, &memo, &heard));
            let asked = asked?;
            let asking::Asked { reading, exchanges, taken, broken_off } = asked;
            (memo.spent_pico, memo.spent_tokens) = (taken.pico, taken.tokens);
            memo.broken_off = meanwhile::count(memo.broken_off, broken_off, &exchanges);
            let mut kept = Vec::with_capacity(exchanges.len());
            for exchange in &exchanges {
                kept.push(this.keep(&cx, exchange).await);
            }
            let finish: Finish = Box::new(move |tx| {
                for (exchange, _) in exchanges.iter().zip(&kept).filter(|(_, is_kept)| !**is_kept) {
                    insert_exchange(tx, &cx.ctx, cx.case.as_ref(), exchange)?;
                }
                if let Some(parked) = parked::at_a_stop(tx, &cx, &args, memo.clone(), Some(&heard))? {
                    return Ok(parked);
                }
                if let Some(parked) = parked::with_a_person(tx, &cx, &args, &memo, Some(&heard))? {
                    return Ok(parked);
                }
                if let Some(waits) = parked::answered(tx, &cx, &args, &memo, &heard)? {
                    return Ok(waits);
                }
                if broken_off {
                    return meanwhile::go_on(tx, &cx, memo.clone(), &heard);
                }
                // What was whispered counts as read where the turn that read it goes on: one that waits reads it again.
                if let Some(exchange) = exchanges.iter().find(|one| one.reply.get("error").is_none()) {
                    heard_whispers(tx, &cx, &args, &exchange.whispers)?;
                }
                match args.goal {
                    Goal::Extract => this.extracted(&cx, &args, reading.as_ref()),
                    _ => this.step(tx, &cx, &args, memo.clone(), &heard, reading.as_ref()),
                }
            });
            Ok(finish)
        })
    }

    /// What an action that a model called waits for is withdrawn.
    fn cancel(&self, tx: &mut Tx, cx: &CallCx) -> Result<()> {
        self.actions.as_ref().map_or(Ok(()), |actions| actions.call.cancel(tx, cx))
    }
}

fn heard_in(event: &Value) -> Heard {
    let text = event.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    Heard { text, message_id: event.get("message_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) }
}

impl AgentTurn {
    fn begin(&self, tx: &mut Tx, cx: &CallCx, args: &Args, memo: Memo) -> Result<Outcome> {
        let text = args.text.clone().filter(|t| !t.trim().is_empty());
        let heard = Heard { text: text.clone().unwrap_or_default(), message_id: args.message_id.clone() };
        match args.goal {
            Goal::Understand => match (&args.template, text) {
                (Some(key), _) => self.with_scene(tx, cx, args, memo, |mut scene| {
                    scene.say(key, &args.data)?;
                    scene.wait()
                }),
                (None, Some(_)) => self.hear(tx, cx, args, memo, heard),
                (None, None) => Ok(Outcome::Pending { wake_on: Some("message"), memo: memo.stored()? }),
            },
            Goal::Collect => self.hear(tx, cx, args, memo, heard),
            Goal::Act => self.act_begin(tx, cx, args, memo, text.is_some().then_some(&heard)),
            Goal::Confirm => self.with_scene(tx, cx, args, memo, confirm::start),
            Goal::Answer => self.with_scene(tx, cx, args, memo, |mut scene| {
                let key = args.needed("template", args.template.as_ref())?;
                let message = scene.say(key, &args.data)?;
                Ok(Outcome::Done(json!({ "message_id": message })))
            }),
            Goal::Extract => {
                let roster = self.rosters.at(&cx.ctx.client, &cx.release)?;
                if !self.models_for(cx, args, agent_of(&roster, args)?).is_empty() && text.is_some() {
                    let memo = Memo { hearing: Some(heard), ..memo };
                    return Ok(Outcome::Outside { memo: memo.stored()? });
                }
                self.extracted(cx, args, None)
            }
        }
    }
}

/// The model was shown what a supervisor had whispered: each is read once.
fn heard_whispers(tx: &mut Tx, cx: &CallCx, args: &Args, whispers: &[String]) -> Result<()> {
    let Some(case) = cx.case.as_ref() else { return Ok(()) };
    let ctx = cx.ctx.as_agent(&args.agent.parse::<baton_base::AgentName>()?, cx.release.as_str());
    baton_cases::whispers_read(tx, &ctx, case, whispers)
}
