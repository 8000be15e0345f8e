//! One step: what the customer, the model or an action said is taken in, and what follows is decided.

use super::state::{Act, Phase};
use super::{Actions, no_actions, outside, words};
use crate::agent::{FINISH, PASS, said};
use crate::entities::yes_no;
use crate::fenced::fenced;
use crate::model::{Spoken, ToolCall};
use crate::text::{READ_BYTES_MAX, head};
use crate::triggers::{Trigger, on_failures};
use crate::turn::args::{Args, Heard, Memo};
use crate::turn::confirm::{Said, keep, said_to};
use crate::turn::reading::{MESSAGES_SHOWN, told};
use crate::turn::scene::{Answer, Scene};
use baton_base::{Error, Result};
use baton_db::Tx;
use baton_engine::ErrorDoc;
use baton_govern::stop;
use baton_knowledge::{Audience, Query};
use baton_runs::{CallCx, Outcome};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Sections of articles that are given with a message.
const SECTIONS_GIVEN: usize = 3;
/// Most sections given in one goal.
const GIVEN_MAX: usize = 12;
/// Longest part of a message that a model is shown, bytes.
const SHOWN_BYTES_MAX: usize = 6 * 1024;
/// Longest part of a section that it is given, bytes.
const SECTION_BYTES_MAX: usize = 3 * 1024;
/// Longest part of an answer of an action that a model is shown, bytes.
const RESULT_BYTES_MAX: usize = 8 * 1024;
/// Longest reason and summary that are taken of a model, bytes.
const SUMMARY_BYTES_MAX: usize = 1_000;
/// Replies in a row with calls that do not fit, and texts in a row that cannot be sent: the first is told to the model.
const FAULTS_MAX: u32 = 1;

/// What is done with a call that the model asks for.
enum Judged {
    /// It is not made, and the model is told why.
    Told(String),
    /// The customer is asked for a yes to these arguments.
    Asks(Value),
    /// It is made with these arguments.
    Calls(Value),
    /// The turn ends, or waits.
    Ends(Outcome),
}

impl Scene<'_> {
    fn act(&mut self) -> &mut Act {
        self.memo.acting.get_or_insert_with(Box::default)
    }

    /// Gives the model the sections of articles that speak of a message most, each once.
    fn look_up(&mut self, text: &str) {
        let (now_ms, only, language) = (self.ctx.now_ms(), &self.agent.knowledge, self.language.clone());
        let query = Query { text, locale: &language, audience: Audience::Customer, at_ms: now_ms, only };
        let found = self.shelf.search(&query, SECTIONS_GIVEN);
        let act = self.act();
        for (text, source) in found.into_iter().filter_map(|hit| Some((hit.text.ok()?, hit.source))) {
            if act.given.len() < GIVEN_MAX && act.given.iter().all(|one| one.source != source) {
                act.given.push(Answer { text: head(&text, SECTION_BYTES_MAX).to_owned(), source });
            }
        }
    }
}

/// Begins: with what the customer wrote, with a question of the process, or with what stands in the case.
pub(super) fn begin(mut scene: Scene<'_>, heard: Option<&Heard>) -> Result<Outcome> {
    let args = scene.args;
    let from = (scene.case.message_count - MESSAGES_SHOWN).max(0);
    let question = args.template.as_ref().filter(|_| heard.is_none());
    if let Some(key) = question {
        scene.say(key, &args.data)?;
    }
    let all = baton_cases::messages(scene.tx, &scene.cx.ctx, &scene.case.id, from)?;
    let this = heard.and_then(|heard| heard.message_id.as_ref());
    let before = told(all.iter().filter(|one| this != Some(&one.id)));
    let language = scene.language.clone();
    let act = scene.act();
    (act.before, act.language) = (before, language);
    if question.is_some() {
        act.phase = Phase::Customer;
        return scene.wait();
    }
    match heard {
        Some(heard) => hear(scene, heard),
        None => outside(&scene.memo),
    }
}

/// Takes in what the customer wrote.
pub(super) fn hear(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    if let Some(out) = scene.hear(heard)? {
        return Ok(out);
    }
    scene.act().language = scene.language.clone();
    if scene.act().phase == Phase::Confirm {
        return answered(scene, heard);
    }
    take_in(scene, heard)
}

fn take_in(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    let text = head(&heard.text, SHOWN_BYTES_MAX);
    scene.look_up(text);
    scene.act().hear(format!("<message>\n{}\n</message>", fenced(text)));
    outside(&scene.memo)
}

/// The customer answers the question for a yes. Only a clear one counts, read here and by no model; everything else the model hears.
fn answered(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    let Some(call) = scene.act().open.first().cloned() else { return take_in(scene, heard) };
    let clear = yes_no(head(&heard.text, READ_BYTES_MAX));
    if clear == Some(true) {
        let args = read_args(&call).map_err(Error::broken)?;
        if let Some(out) = at_a_stop(&mut scene, &call)? {
            return Ok(out);
        }
        return match said_to(&mut scene, heard)? {
            Said::ToIt => {
                keep(&mut scene, heard, &call.name, &args)?;
                make(scene, &call, &args)
            }
            Said::TooEarly => scene.wait(),
            Said::ToAPerson => ask_yes(scene, &call, &args),
        };
    }
    let no = if clear == Some(false) { "The customer said no" } else { "The customer gave no clear yes" };
    scene.act().answer(&format!("{no}: it was not done."), false);
    take_in(scene, heard)
}

/// Takes in what the model replied.
pub(super) fn replied(mut scene: Scene<'_>, reply: super::ask::Replied) -> Result<Outcome> {
    let act = scene.act();
    act.talk.push(Spoken::Model { text: reply.text.clone(), calls: reply.calls.clone() });
    if reply.calls.is_empty() {
        return speak(scene, &reply.text);
    }
    (act.open, act.is_faulty, act.left) = (reply.calls, false, 0);
    next(scene)
}

/// Says what the model wrote, if it may be said, and waits for the customer.
fn speak(mut scene: Scene<'_>, text: &str) -> Result<Outcome> {
    match checked(&mut scene, text) {
        Ok((text, sources)) => {
            scene.send(&text, &sources)?;
            let act = scene.act();
            (act.phase, act.left) = (Phase::Customer, 0);
            scene.wait()
        }
        Err(why) => {
            if let Some(out) = unfit(&mut scene, &why)? {
                return Ok(out);
            }
            let note = format!("Your last message was not sent: {why}. Write another, or call pass_to_person.");
            scene.act().talk.push(Spoken::Note { text: note });
            outside(&scene.memo)
        }
    }
}

fn checked(scene: &mut Scene<'_>, text: &str) -> std::result::Result<(String, Vec<baton_base::Citation>), String> {
    let (agent, args) = (scene.agent, scene.args);
    let act = scene.act();
    let checked = words::checked(&agent.never, args, act, text)?;
    act.unfit = 0;
    Ok(checked)
}

/// Counts a text that may not be sent; what the turn ends with where it is one too many.
fn unfit(scene: &mut Scene<'_>, why: &str) -> Result<Option<Outcome>> {
    let act = scene.act();
    act.unfit += 1;
    if act.unfit <= FAULTS_MAX {
        return Ok(None);
    }
    let reason = format!("what the agent's model would have said was not sent: {why}");
    scene.escalate(Trigger::LowConfidence.name(), &reason).map(Some)
}

/// Goes on with the calls of the last reply, one after the other; where none is left, the model is asked.
pub(super) fn next(mut scene: Scene<'_>) -> Result<Outcome> {
    if let Some((trigger, reason)) = scene.act().person.take() {
        return scene.escalate(&trigger, &reason);
    }
    if scene.act().is_too_long() {
        let reason = "the conversation with the agent's model has become longer than it may";
        return scene.escalate(Trigger::TurnBudget.name(), reason);
    }
    scene.act().away = false;
    let (failures, limits) = (scene.act().failures, scene.limits());
    if let Some(cause) = on_failures(failures, &limits) {
        return scene.escalate_for(cause);
    }
    while let Some(call) = scene.act().open.first().cloned() {
        match judge(&mut scene, &call)? {
            Judged::Told(why) => scene.act().answer(&why, false),
            Judged::Asks(args) => return ask_yes(scene, &call, &args),
            Judged::Calls(args) => return make(scene, &call, &args),
            Judged::Ends(outcome) => return Ok(outcome),
        }
    }
    outside(&scene.memo)
}

fn judge(scene: &mut Scene<'_>, call: &ToolCall) -> Result<Judged> {
    match call.name.as_str() {
        PASS => return pass(scene, call).map(Judged::Ends),
        FINISH if scene.act().is_alone() => return finish(scene, call),
        // What it says of the others was written before anybody could know what comes of them.
        FINISH => return faulty(scene, call, "it is called alone, once the other calls have their answers"),
        _ => {}
    }
    let (cx, agent, actions) = (scene.cx, scene.agent, scene.actions.ok_or_else(no_actions)?);
    if let Some(out) = at_a_stop(scene, call)? {
        return Ok(Judged::Ends(out));
    }
    let (act, most) = (scene.act(), agent.tool_calls_max);
    act.calls += 1;
    if act.calls > most {
        let reason = format!("the agent's model wanted more than {most} calls in one goal");
        return scene.escalate(Trigger::TurnBudget.name(), &reason).map(Judged::Ends);
    }
    let known = (actions.describe)(&cx.ctx.client, &cx.release, &call.name)?;
    let Some((tool, known)) = agent.tool(&call.name).zip(known) else {
        return faulty(scene, call, "there is no function of this name");
    };
    let count = act.by_action.entry(call.name.clone()).or_default();
    *count += 1;
    if *count > tool.calls_max {
        return Ok(Judged::Told(format!("Not called: it may be called {} times in one goal.", tool.calls_max)));
    }
    let args = match read_args(call) {
        Ok(args) => args,
        Err(why) => return faulty(scene, call, &why),
    };
    match (actions.check)(&cx.ctx.client, &cx.release, &call.name, &args) {
        Ok(()) => {}
        Err(error @ (Error::Invalid { .. } | Error::Limit(_))) => return faulty(scene, call, &in_words(&error)),
        Err(error) => return Err(error),
    }
    if let Some(Err(why)) = tool.confirm.as_ref().map(|key| askable(scene, key, &args, &known.schema)) {
        return faulty(scene, call, &why);
    }
    let act = scene.act();
    if !act.is_faulty {
        act.faulty = 0;
    }
    Ok(if tool.confirm.is_some() { Judged::Asks(args) } else { Judged::Calls(args) })
}

/// What the turn ends with where a stop covers the action that is to be called: a person goes on, as where the door meets it. At a stop of
/// the agent or its client the turn waits, and does not come here.
fn at_a_stop(scene: &mut Scene<'_>, call: &ToolCall) -> Result<Option<Outcome>> {
    let (agent, intent) = (scene.args.agent.as_str(), scene.args.intent.clone().or_else(|| scene.case.intent.clone()));
    let stop = stop::check(scene.tx, &scene.ctx.client, Some(agent), intent.as_deref(), Some(call.name.as_str()))?;
    let Some(stop) = stop else { return Ok(None) };
    let reason = format!("the agent's model wanted to call '{}', which is stopped: {}", call.name, stop.reason);
    scene.escalate(Trigger::Policy.name(), &reason).map(Some)
}

/// A call that does not fit is told to the model once; then a person goes on.
fn faulty(scene: &mut Scene<'_>, call: &ToolCall, why: &str) -> Result<Judged> {
    let act = scene.act();
    // Of one reply all calls are told.
    act.faulty += u32::from(!std::mem::replace(&mut act.is_faulty, true));
    if act.faulty > FAULTS_MAX {
        let reason = format!("the agent's model called '{}' wrongly twice: {why}", call.name);
        return scene.escalate(Trigger::ToolFailure.name(), &reason).map(Judged::Ends);
    }
    Ok(Judged::Told(format!("Not called: {why}. Correct it.")))
}

fn read_args(call: &ToolCall) -> std::result::Result<Value, String> {
    match serde_json::from_str(&call.args) {
        Ok(args @ Value::Object(_)) => Ok(args),
        Ok(_) => Err("the arguments are no JSON object".to_owned()),
        Err(error) => Err(format!("the arguments are no JSON: {error}")),
    }
}

fn in_words(error: &Error) -> String {
    let problem = error.problem();
    let place = problem.place.filter(|place| !place.is_empty()).map(|place| format!("{place}: ")).unwrap_or_default();
    format!("{place}{}: {}", problem.title, problem.detail)
}

fn pass(scene: &mut Scene<'_>, call: &ToolCall) -> Result<Outcome> {
    let args: Value = serde_json::from_str(&call.args).unwrap_or_default();
    let why = args["reason"].as_str().unwrap_or("it gives no reason");
    let reason = format!("the agent's model passes it on: {}", for_colleagues(why));
    scene.escalate(Trigger::LowConfidence.name(), &reason)
}

/// A model's words for colleagues, on one line.
fn for_colleagues(text: &str) -> String {
    head(text, SUMMARY_BYTES_MAX).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Done,
    Declined,
    Changed,
}

/// What a model says when it has finished.
#[derive(Deserialize)]
struct Finished {
    outcome: Ending,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    message: Option<String>,
}

fn finish(scene: &mut Scene<'_>, call: &ToolCall) -> Result<Judged> {
    let finished: Finished = match serde_json::from_str(&call.args) {
        Ok(finished) => finished,
        Err(error) => return faulty(scene, call, &format!("the arguments do not fit: {error}")),
    };
    if let Some(message) = finished.message.as_deref().filter(|text| !text.trim().is_empty()) {
        match checked(scene, message) {
            Ok((text, sources)) => {
                scene.send(&text, &sources)?;
            }
            Err(why) => {
                let ended = unfit(scene, &why)?.map(Judged::Ends);
                return Ok(
                    ended.unwrap_or_else(|| Judged::Told(format!("Not finished, the message was not sent: {why}.")))
                );
            }
        }
    }
    let outcome = match finished.outcome {
        Ending::Done => "done",
        Ending::Declined => "declined",
        Ending::Changed => "changed",
    };
    let done = scene.act().done.clone();
    Ok(Judged::Ends(Outcome::Done(json!({
        "outcome": outcome, "summary": for_colleagues(&finished.summary), "done": done,
        "message_id": scene.memo.message_id, "language": scene.language,
    }))))
}

/// Whether the customer can be asked for a yes to these arguments; in words why not. A model may have left out what the question names,
/// or put into the question, by an argument that the action does not have, what its call is not about.
fn askable(scene: &Scene<'_>, key: &str, args: &Value, schema: &Value) -> std::result::Result<(), String> {
    let named = schema.get("properties").and_then(Value::as_object);
    let unnamed =
        args.as_object().zip(named).and_then(|(args, named)| args.keys().find(|&name| !named.contains_key(name)));
    if let Some(name) = unnamed {
        return Err(format!("the action has no argument '{name}'"));
    }
    let text = scene.render(key, &asked_with(scene, args)).map_err(|error| in_words(&error))?;
    match said(&scene.agent.never, &text) {
        Some(phrase) => Err(format!("the customer would be asked with '{phrase}', which the agent never says")),
        None => Ok(()),
    }
}

/// What the question is filled in with: the call's arguments, over what the process knows.
fn asked_with(scene: &Scene<'_>, args: &Value) -> Value {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut data: Map<String, Value> = object(&scene.args.data);
    data.extend(object(args));
    Value::Object(data)
}

/// Asks the customer for a yes to exactly these arguments.
fn ask_yes(mut scene: Scene<'_>, call: &ToolCall, args: &Value) -> Result<Outcome> {
    let agent = scene.agent;
    let key = agent.tool(&call.name).and_then(|tool| tool.confirm.as_deref());
    let key = key.ok_or_else(|| Error::broken("nothing says how to ask for a yes"))?;
    let data = asked_with(&scene, args);
    scene.memo.question_seq = scene.say_from(key, &data, &[])?.seq;
    scene.act().phase = Phase::Confirm;
    scene.wait()
}

/// Begins a call: the next step of this turn's.
fn make(mut scene: Scene<'_>, call: &ToolCall, args: &Value) -> Result<Outcome> {
    let actions = scene.actions.ok_or_else(no_actions)?;
    let act = scene.act();
    act.step += 1;
    let (inner, with) = (step_of(scene.cx, scene.act().step), with(call, args, scene.agent.name.as_str()));
    let outcome = actions.call.start(scene.tx, &inner, &with)?;
    came(scene.tx, actions, scene.cx, scene.memo, outcome)
}

fn step_of(cx: &CallCx, step: u32) -> CallCx {
    CallCx { call: cx.call.step(step), ..cx.clone() }
}

fn with(call: &ToolCall, args: &Value, agent: &str) -> Value {
    json!({"action": call.name, "args": args, "agent": agent})
}

/// The call that is under way: its step, its arguments, and what the function remembers of it.
pub(super) fn under_way(cx: &CallCx, args: &Args, memo: &Memo) -> Result<(CallCx, Value, Value)> {
    let none = || Error::broken("no call is under way");
    let act = memo.acting.as_ref().ok_or_else(none)?;
    let Phase::Call { memo: kept } = &act.phase else { return Err(none()) };
    let call = act.open.first().ok_or_else(none)?;
    let with = with(call, &read_args(call).map_err(Error::broken)?, &args.agent);
    Ok((step_of(cx, act.step), with, kept.clone()))
}

/// Keeps what came of a call. Nothing else is done with it, so that nothing can fail that would undo its record.
pub(super) fn came(tx: &mut Tx, actions: &Actions, cx: &CallCx, mut memo: Memo, outcome: Outcome) -> Result<Outcome> {
    let act = memo.acting.get_or_insert_with(Box::default);
    match outcome {
        Outcome::Outside { memo: kept } => act.phase = Phase::Call { memo: kept },
        Outcome::Pending { wake_on, memo: kept } => {
            act.phase = Phase::Call { memo: kept };
            return Ok(Outcome::Pending { wake_on, memo: memo.stored()? });
        }
        Outcome::Done(value) => {
            let name = act.open.first().map(|call| call.name.clone()).unwrap_or_default();
            let value = (actions.tell)(tx, &cx.ctx.client, &cx.release, &name, value);
            act.answer(&shown(&value), true);
            act.done.push(name);
            act.phase = Phase::Next;
        }
        Outcome::Failed(error) => {
            failed(act, &error);
            act.phase = Phase::Next;
        }
    }
    outside(&memo)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let text = fenced(&text);
    let part = head(&text, RESULT_BYTES_MAX);
    if part.len() < text.len() { format!("{part} (and more, which is not shown)") } else { part.to_owned() }
}

/// The model hears what the door refused, and why. Where nobody can say what holds, or what happened, a person goes on.
fn failed(act: &mut Act, error: &ErrorDoc) {
    let kind = error.kind.rsplit(':').next().unwrap_or_default();
    let title = error.title.as_deref().unwrap_or(kind);
    let why = error.detail.as_deref().unwrap_or(title);
    let name = act.open.first().map(|call| call.name.clone()).unwrap_or_default();
    let trigger = match kind {
        "escalation" => Some(Trigger::Policy),
        "outcome-unknown" => Some(Trigger::ToolFailure),
        _ => None,
    };
    if let Some(trigger) = trigger {
        act.person = Some((trigger.name().to_owned(), format!("the agent's model called '{name}': {why}")));
    }
    if kind == "communication" {
        act.failures += 1;
        act.away = true;
    }
    act.answer(&format!("Not done ({kind}). {title}: {}", fenced(why)), false);
}
