//! Goal `understand`: find out what the customer needs, answering questions from articles on the way.

use super::args::Heard;
use super::collect::read_by;
use super::reading::ModelReading;
use super::scene::{Scene, is_no_need};
use super::small_talk::{nothing_more, only_greeting, only_yes};
use crate::entities::{email, full_name, zip};
use crate::fields::{Reading, is_known};
use crate::text::{READ_BYTES_MAX, head};
use crate::triggers::on_unclear;
use baton_base::Result;
use baton_recognise::{OUT_OF_SCOPE, UNCLEAR};
use baton_runs::Outcome;
use serde_json::Value;

/// A need with this much probability is preferred to a question, where the message names an order or a policy.
const NEED_BESIDE_QUESTION_MIN: f32 = 0.05;
/// From this probability a message is answered as out of scope; below, the customer is asked.
const OUT_OF_SCOPE_MIN: f32 = 0.5;

/// Takes a message.
pub(super) fn hear(mut scene: Scene<'_>, heard: &Heard, model: Option<&ModelReading>) -> Result<Outcome> {
    if let Some(out) = scene.hear(heard)? {
        return Ok(out);
    }
    let text = head(&heard.text, READ_BYTES_MAX).to_owned();
    let follow_up = scene.args.follow_up.unwrap_or(false);
    if (follow_up || scene.memo.answered) && nothing_more(&text) {
        return Ok(Outcome::Done(scene.understood("no_more", 1.0, &text, &[])));
    }
    if only_greeting(&text) {
        scene.say("greeting", &Value::Null)?;
        return scene.wait();
    }
    if (follow_up || scene.memo.answered) && only_yes(&text) {
        scene.say("ask_again", &Value::Null)?;
        return scene.wait();
    }
    if !scene.memo.need.is_empty() {
        scene.memo.need.push('\n');
    }
    scene.memo.need.push_str(&text);
    let ranked = ranked(&scene, &text, model);
    decide(scene, &text, &ranked, model)
}

/// Labels by probability: of this message, or of all that was said of the need where that is clearer.
fn ranked(scene: &Scene<'_>, text: &str, model: Option<&ModelReading>) -> Vec<(String, f32)> {
    let mut ranked = scene.roster.recogniser.recognise_message(text);
    if scene.memo.need.len() > text.len() {
        for (label, p) in scene.roster.recogniser.recognise_message(&scene.memo.need) {
            if let Some(known) =
                ranked.iter_mut().find(|(l, _)| *l == label && label != OUT_OF_SCOPE && label != UNCLEAR)
            {
                known.1 = known.1.max(p);
            }
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    if let Some((intent, confidence)) = model.and_then(|m| m.intent.clone().map(|i| (i, m.confidence)))
        && confidence >= scene.roster.threshold(scene.agent, &intent)
    {
        ranked.retain(|(label, _)| *label != intent);
        ranked.insert(0, (intent, confidence));
    }
    ranked
}

fn decide(mut scene: Scene<'_>, text: &str, ranked: &[(String, f32)], model: Option<&ModelReading>) -> Result<Outcome> {
    let Some((best, p)) = best_of(&scene, text, ranked) else { return clarify(scene) };
    scene.note_intent(&best, p);
    scene.trace.others(&best, ranked);
    let sure = p >= scene.roster.threshold(scene.agent, &best);
    if sure && !is_no_need(&best) {
        gather(&mut scene, &best, model);
        if let Some(out) = scene.follow_need(text, &best)? {
            return Ok(out);
        }
        let also: Vec<String> = ranked
            .iter()
            .filter(|(l, q)| *l != best && !is_no_need(l) && *q >= scene.roster.threshold(scene.agent, l))
            .map(|(l, _)| l.clone())
            .collect();
        let need = scene.memo.need.clone();
        let mut out = scene.understood(&best, p, &need, &also);
        match scene.delegated(&best, p, model)? {
            Some(Outcome::Done(handed)) => out["agent"] = handed["to"].clone(),
            Some(stopped) => return Ok(stopped),
            None => {}
        }
        return Ok(Outcome::Done(out));
    }
    if best == "question" || (!sure && text.contains('?')) {
        let none_of_ours = best == OUT_OF_SCOPE || best == UNCLEAR;
        if let Some(hit) = scene.article_for(text, none_of_ours)? {
            // What was asked is answered; the next message begins anew.
            scene.memo.need.clear();
            if scene.worded {
                return scene.word(text, hit);
            }
            scene.say_article(&hit)?;
            return scene.wait();
        }
        if sure {
            return scene.escalate("no_article", "no article answers the question");
        }
    }
    if best == OUT_OF_SCOPE && p >= OUT_OF_SCOPE_MIN {
        return Ok(Outcome::Done(scene.understood(OUT_OF_SCOPE, p, text, &[])));
    }
    clarify(scene)
}

/// The likeliest label; a question that names an order is about that order.
fn best_of(scene: &Scene<'_>, text: &str, ranked: &[(String, f32)]) -> Option<(String, f32)> {
    let (best, p) = ranked.first()?.clone();
    if best != "question" || !names_a_number(scene, text) {
        return Some((best, p));
    }
    let need = ranked.iter().find(|(label, q)| !is_no_need(label) && *q >= NEED_BESIDE_QUESTION_MIN);
    // Both speak for the same need, so their probabilities add up.
    Some(need.map_or((best, p), |(label, q)| (label.clone(), (q + p).min(1.0))))
}

fn names_a_number(scene: &Scene<'_>, text: &str) -> bool {
    let patterns = scene.roster.intents.values().flat_map(|i| i.fields.values()).filter_map(|f| f.pattern.as_deref());
    patterns.into_iter().any(|p| !crate::entities::numbered(p, text).is_empty())
}

fn clarify(mut scene: Scene<'_>) -> Result<Outcome> {
    let before = scene.count_ask("");
    if let Some(cause) = on_unclear(before, &scene.limits()) {
        return scene.escalate_for(cause);
    }
    let key = if before == 0 { "clarify" } else { "clarify_again" };
    scene.say(key, &Value::Null)?;
    scene.wait()
}

/// Reads the intent's fields, and who the customer says they are, from all that was said.
fn gather(scene: &mut Scene<'_>, intent: &str, model: Option<&ModelReading>) {
    let text = scene.memo.need.clone();
    let mut found = scene.memo.fields.clone();
    if let Some((first, last)) = full_name(&text) {
        found.insert("first_name".to_owned(), first.into());
        found.insert("last_name".to_owned(), last.into());
    }
    for (key, value) in [("email", email(&text)), ("zip", zip(&text))] {
        if let Some(value) = value {
            found.insert(key.to_owned(), value.into());
        }
    }
    if let Some(spec) = scene.roster.intents.get(intent) {
        for (name, field) in &spec.fields {
            let how =
                Reading { answering: false, now_ms: scene.ctx.now_ms(), language: &scene.language, known: &found };
            let (values, confidence, by) = read_by(name, field, &text, &how, model);
            scene.trace.read((name, field), (&values, confidence, by), &text, &how);
            found.extend(values);
            if !is_known(&found, name, field.kind) {
                found.remove(name);
            }
        }
    }
    scene.memo.fields = found;
}
