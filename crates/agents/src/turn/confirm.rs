//! Goal `confirm`: a clear yes to exactly one set of arguments, recorded as consent. A model never gives it.

use super::args::Heard;
use super::scene::{Scene, case_of};
use super::small_talk::dropped;
use crate::entities::yes_no;
use crate::text::{READ_BYTES_MAX, head};
use crate::triggers::on_no_decision;
use baton_base::{Digest, Error, MessageId, Result, digest_of};
use baton_govern::consent;
use baton_runs::Outcome;
use serde_json::{Value, json};

/// Another need must be this clear to count as a change of mind.
const OTHER_NEED_MIN: f32 = 0.6;
/// A "no" in up to this many words says nothing else.
const PLAIN_NO_WORDS_MAX: usize = 6;

/// Puts the question.
pub(super) fn start(mut scene: Scene<'_>) -> Result<Outcome> {
    let args = scene.args;
    args.needed("action", args.action.as_ref())?;
    let key = args.needed("template", args.template.as_ref())?;
    scene.memo.question_seq = scene.say_from(key, &args.data, &[])?.seq;
    scene.wait()
}

/// Takes the answer.
pub(super) fn hear(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    if let Some(out) = scene.hear(heard)? {
        return Ok(out);
    }
    let text = head(&heard.text, READ_BYTES_MAX).to_owned();
    if is_plain(&text) {
        return if yes_no(&text) == Some(true) { yes(scene, heard) } else { Ok(declined(&scene)) };
    }
    if let Some((intent, p)) = scene.other_need(&text, OTHER_NEED_MIN) {
        let present = scene.args.intent.clone().or_else(|| scene.case.intent.clone());
        if present.as_deref() != Some(intent.as_str()) {
            let mut out = scene.understood(&intent, p, &text, &[]);
            out["changed"] = true.into();
            out["outcome"] = "changed".into();
            return Ok(Outcome::Done(out));
        }
    }
    if yes_no(&text) == Some(false) || dropped(&text) {
        return Ok(declined(&scene));
    }
    if let Some(hit) = scene.article_between(&text)? {
        scene.say_article(&hit)?;
    } else {
        let before = scene.count_ask("");
        if let Some(cause) = on_no_decision(before, &scene.limits()) {
            return scene.escalate_for(cause);
        }
    }
    scene.say("confirm_again", &Value::Null)?;
    scene.wait()
}

/// Whether a text is a yes, or a no that says nothing else.
pub(super) fn is_plain(text: &str) -> bool {
    match yes_no(text) {
        Some(is_yes) => is_yes || text.split_whitespace().count() <= PLAIN_NO_WORDS_MAX,
        None => false,
    }
}

/// To what a yes is said.
pub(super) enum Said {
    /// To the question that was put last.
    ToIt,
    /// To something before it: it was written earlier.
    TooEarly,
    /// To what a person has asked since.
    ToAPerson,
}

/// A yes is to what was asked last. One that was written before the question is none; one that a person has asked for since
/// is theirs, and the question is put again.
pub(super) fn said_to(scene: &mut Scene<'_>, heard: &Heard) -> Result<Said> {
    let Some(message) = &heard.message_id else { return Ok(Said::ToIt) };
    let case = case_of(scene.cx)?;
    let since = baton_cases::messages(scene.tx, &scene.cx.ctx, case, scene.memo.question_seq)?;
    let Some(at) = since.iter().position(|one| one.id == *message) else { return Ok(Said::TooEarly) };
    let by_a_person = since[..at].iter().any(|one| one.author.kind == "member");
    Ok(if by_a_person { Said::ToAPerson } else { Said::ToIt })
}

fn yes(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    match said_to(&mut scene, heard)? {
        Said::ToIt => confirmed(scene, heard),
        Said::TooEarly => scene.wait(),
        Said::ToAPerson => start(scene),
    }
}

/// Keeps the yes to exactly these arguments of an action; the message in which it stands, and the digest that it is bound to.
pub(super) fn keep(scene: &mut Scene<'_>, heard: &Heard, action: &str, args: &Value) -> Result<(MessageId, Digest)> {
    let message = heard.message_id.clone().ok_or_else(|| Error::broken("a message without an id cannot consent"))?;
    let digest = digest_of(args);
    consent::record(scene.tx, &scene.ctx, case_of(scene.cx)?, action, &digest, &message)?;
    Ok((message, digest))
}

fn confirmed(mut scene: Scene<'_>, heard: &Heard) -> Result<Outcome> {
    let args = scene.args;
    let action = args.needed("action", args.action.as_ref())?;
    let (message, digest) = keep(&mut scene, heard, action, &args.args)?;
    let data =
        json!({"outcome": "confirmed", "message_id": message, "args_digest": digest, "language": scene.language});
    Ok(Outcome::Done(data))
}

fn declined(scene: &Scene<'_>) -> Outcome {
    Outcome::Done(json!({
        "outcome": "declined", "message_id": scene.memo.message_id, "language": scene.language,
    }))
}
