//! Goal `collect`: ask for one missing field at a time, take as many as the customer gives.

use super::MODEL_CONFIDENCE;
use super::args::{Args, Heard, Memo};
use super::reading::ModelReading;
use super::scene::{Scene, specs};
use super::small_talk::dropped;
use super::wording::numbered;
use crate::entities::Choice;
use crate::evidence::Finder;
use crate::fields::{Found, Problem, Reading, is_known, read};
use crate::roster::{FieldSpec, Kind, Roster};
use crate::text::{READ_BYTES_MAX, head, language};
use crate::triggers::on_no_answer;
use baton_base::Result;
use baton_runs::Outcome;
use serde_json::{Map, Value, json};

/// Another need must be this clear to leave the present one.
const OTHER_NEED_MIN: f32 = 0.65;
/// … and stated in at least this many words: "paypal" is an answer, not a need.
const OTHER_NEED_WORDS_MIN: usize = 3;

type Specs = Vec<(String, FieldSpec)>;

/// Begins: takes what is known, reads the text that came before, asks for the first thing missing.
pub(super) fn start(mut scene: Scene<'_>, model: Option<&ModelReading>) -> Result<Outcome> {
    let specs = taken_in(&mut scene, model)?;
    next(scene, &specs, None)
}

/// Begins with a message that came later than the text that the process has passed on: both are taken.
pub(super) fn start_late(mut scene: Scene<'_>, heard: &Heard, model: Option<&ModelReading>) -> Result<Outcome> {
    taken_in(&mut scene, None)?;
    hear(scene, heard, model)
}

/// Takes what is known and what the text before says; the fields that are wanted.
fn taken_in(scene: &mut Scene<'_>, model: Option<&ModelReading>) -> Result<Specs> {
    let specs = specs(scene.args, scene.roster)?;
    let known = scene.args.known.clone().unwrap_or_default();
    scene.memo.fields = known.into_iter().filter(|(_, v)| !v.is_null()).collect();
    scene.memo.message_id.clone_from(&scene.args.message_id);
    if let Some(text) = scene.args.text.clone() {
        scan(scene, &specs, head(&text, READ_BYTES_MAX), model);
    }
    for (name, spec) in &specs {
        if spec.single && spec.choices.len() == 1 && !is_known(&scene.memo.fields, name, spec.kind) {
            let id = Value::from(spec.choices[0].id.clone());
            let value = if spec.kind == Kind::Choices { json!([id]) } else { id };
            scene.memo.fields.insert(name.clone(), value);
        }
    }
    Ok(specs)
}

/// Takes a message.
pub(super) fn hear(mut scene: Scene<'_>, heard: &Heard, model: Option<&ModelReading>) -> Result<Outcome> {
    if let Some(out) = scene.hear(heard)? {
        return Ok(out);
    }
    let specs = specs(scene.args, scene.roster)?;
    let text = head(&heard.text, READ_BYTES_MAX).to_owned();
    let before = scene.memo.fields.len();
    let waiting = scene.memo.waiting.clone().unwrap_or_default();
    let asked = specs.iter().find(|(name, _)| *name == waiting);
    let problem = asked.and_then(|(name, spec)| answer(&mut scene, name, spec, &text, model));
    scan(&mut scene, &specs, &text, model);
    let got_it = asked.is_none_or(|(name, spec)| is_known(&scene.memo.fields, name, spec.kind));
    let got_some = scene.memo.fields.len() > before;
    if !got_it && problem.is_none() {
        if !got_some && let Some(out) = other_need(&mut scene, &text) {
            return Ok(out);
        }
        if !got_some && let Some(answer) = scene.article_between(&text)? {
            scene.say_article(&answer)?;
            // A question in between costs the customer no try.
            if let Some(count) = scene.memo.asked.get_mut(&waiting) {
                *count = count.saturating_sub(1);
            }
        }
    }
    if got_some && !got_it && problem.is_none() {
        // Half an identity is an answer too.
        if let Some(count) = scene.memo.asked.get_mut(&waiting) {
            *count = count.saturating_sub(1);
        }
    }
    next(scene, &specs, problem)
}

/// Whether a message leaves the question open that was put last, and may say something else: that is then recognised.
pub(super) fn is_left_open(args: &Args, memo: &Memo, roster: &Roster, text: &str, now_ms: i64) -> bool {
    let Some(waiting) = &memo.waiting else { return false };
    if !text.contains('?') && text.split_whitespace().count() < OTHER_NEED_WORDS_MIN {
        return false;
    }
    let Ok(specs) = specs(args, roster) else { return false };
    let Some((name, spec)) = specs.iter().find(|(name, _)| name == waiting) else { return false };
    let language = args.language.clone().unwrap_or_else(|| language(text, "en"));
    let how = Reading { answering: true, now_ms, language: &language, known: &memo.fields };
    read(name, spec, text, &how) == Found::default()
}

/// Reads the answer to the field that was asked for; what is wrong with it, if it cannot be taken.
fn answer(
    scene: &mut Scene<'_>,
    name: &str,
    spec: &FieldSpec,
    text: &str,
    model: Option<&ModelReading>,
) -> Option<Problem> {
    let narrowed = scene.memo.narrowed.get(name).cloned().unwrap_or_default();
    let known = scene.memo.fields.clone();
    let how = Reading { answering: true, now_ms: scene.ctx.now_ms(), language: &scene.language, known: &known };
    let mut found = Found::default();
    if !narrowed.is_empty() {
        let few = FieldSpec { choices: among(&spec.choices, &narrowed), ..spec.clone() };
        found = read(name, &few, text, &how);
    }
    if found == Found::default() {
        found = read(name, spec, text, &how);
    }
    let mut by = Finder::Local;
    if found.values.is_empty()
        && let Some(values) = model.map(|m| m.field(name, spec, text, &how)).filter(|v| !v.is_empty())
    {
        by = Finder::Model;
        found = Found { values, confidence: MODEL_CONFIDENCE, problem: None };
    }
    scene.trace.read((name, spec), (&found.values, found.confidence, by), text, &how);
    if let Some(Problem::ChoiceSeveral(labels)) = &found.problem {
        let fits = |c: &&Choice| labels.iter().any(|l| l == c.label_in(&scene.language));
        let ids: Vec<String> = spec.choices.iter().filter(fits).map(|c| c.id.clone()).collect();
        scene.memo.narrowed.insert(name.to_owned(), ids);
    }
    scene.memo.fields.extend(found.values);
    found.problem
}

/// Reads every field that is still missing from a text that was not an answer to it.
fn scan(scene: &mut Scene<'_>, specs: &Specs, text: &str, model: Option<&ModelReading>) {
    for (name, spec) in specs {
        if is_known(&scene.memo.fields, name, spec.kind) || scene.memo.waiting.as_deref() == Some(name) {
            continue;
        }
        let known = scene.memo.fields.clone();
        let how = Reading { answering: false, now_ms: scene.ctx.now_ms(), language: &scene.language, known: &known };
        let (values, confidence, by) = read_by(name, spec, text, &how, model);
        scene.trace.read((name, spec), (&values, confidence, by), text, &how);
        scene.memo.fields.extend(values);
    }
}

/// What the local reader finds, or what a model does where that finds nothing: the values, how sure, and who found them.
pub(super) fn read_by(
    name: &str,
    spec: &FieldSpec,
    text: &str,
    how: &Reading<'_>,
    model: Option<&ModelReading>,
) -> (Map<String, Value>, f64, Finder) {
    let found = read(name, spec, text, how);
    if found.values.is_empty() && spec.kind != Kind::Text {
        let values = model.map(|m| m.field(name, spec, text, how)).unwrap_or_default();
        return (values, MODEL_CONFIDENCE, Finder::Model);
    }
    (found.values, found.confidence, Finder::Local)
}

fn other_need(scene: &mut Scene<'_>, text: &str) -> Option<Outcome> {
    if dropped(text) {
        return Some(changed(scene, "no_more", 1.0, text));
    }
    if text.split_whitespace().count() < OTHER_NEED_WORDS_MIN {
        return None;
    }
    let present = scene.args.intent.clone().or_else(|| scene.case.intent.clone());
    let (intent, p) = scene.other_need(text, OTHER_NEED_MIN)?;
    (present.as_deref() != Some(intent.as_str())).then(|| changed(scene, &intent, p, text))
}

fn changed(scene: &Scene<'_>, intent: &str, p: f32, text: &str) -> Outcome {
    let mut out = scene.understood(intent, p, text, &[]);
    out["changed"] = true.into();
    out["outcome"] = "changed".into();
    Outcome::Done(out)
}

/// Asks for the first field that is missing, or is done.
fn next(mut scene: Scene<'_>, specs: &Specs, problem: Option<Problem>) -> Result<Outcome> {
    let missing = specs.iter().find(|(name, spec)| !spec.optional && !is_known(&scene.memo.fields, name, spec.kind));
    let Some((name, spec)) = missing else { return Ok(Outcome::Done(complete(&scene))) };
    if matches!(spec.kind, Kind::Choice | Kind::Choices) && spec.choices.is_empty() {
        return scene.escalate("policy", &format!("there is nothing to choose from for '{name}'"));
    }
    let before = scene.count_ask(name);
    if let Some(cause) = on_no_answer(name, before, &scene.limits()) {
        return scene.escalate_for(cause);
    }
    ask(&mut scene, name, spec, before > 0, problem.as_ref())?;
    scene.memo.waiting = Some(name.clone());
    scene.wait()
}

fn complete(scene: &Scene<'_>) -> Value {
    let intent = scene.args.intent.clone().or_else(|| scene.case.intent.clone());
    json!({
        "outcome": "complete", "changed": false, "intent": intent, "fields": scene.memo.fields,
        "language": scene.language, "message_id": scene.memo.message_id,
    })
}

fn ask(scene: &mut Scene<'_>, name: &str, spec: &FieldSpec, again: bool, problem: Option<&Problem>) -> Result<()> {
    let mut data = Map::new();
    for more in [&scene.args.data, &spec.data] {
        if let Value::Object(map) = more {
            data.extend(map.clone());
        }
    }
    let shown = match scene.memo.narrowed.get(name) {
        Some(ids) if matches!(problem, Some(Problem::ChoiceSeveral(_))) => among(&spec.choices, ids),
        _ => {
            scene.memo.narrowed.remove(name);
            spec.choices.clone()
        }
    };
    let candidates = match problem {
        Some(Problem::ChoiceSeveral(labels)) => labels.clone(),
        _ => Vec::new(),
    };
    let said = match problem {
        Some(p) => scene.render_optional(&format!("problem_{}", p.name()), &json!({ "candidates": candidates }))?,
        None => String::new(),
    };
    data.insert("again".to_owned(), again.into());
    data.insert("problem".to_owned(), said.into());
    data.insert("choices".to_owned(), numbered(&shown, &scene.language));
    let fallback = format!("ask_{name}");
    scene.say(spec.ask.as_deref().unwrap_or(&fallback), &Value::Object(data))?;
    Ok(())
}

fn among(choices: &[Choice], ids: &[String]) -> Vec<Choice> {
    choices.iter().filter(|c| ids.contains(&c.id)).cloned().collect()
}
