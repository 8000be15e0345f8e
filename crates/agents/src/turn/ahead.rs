//! Whether a step will ask the recogniser. With an encoder that takes its time, and is done before the step's transaction, for which
//! others wait; what is answered without it is taken at once.

use super::args::{Args, Goal, Memo};
use super::{collect, confirm};
use crate::roster::Roster;
use crate::text::{READ_BYTES_MAX, head};

/// Whether what a goal makes of a message depends on what it is recognised as. Where this is mistaken, the step asks by itself.
pub(super) fn recognises(args: &Args, memo: &Memo, roster: &Roster, text: &str, now_ms: i64) -> bool {
    let text = head(text, READ_BYTES_MAX);
    match args.goal {
        Goal::Understand => true,
        Goal::Collect => collect::is_left_open(args, memo, roster, text, now_ms),
        Goal::Confirm => !confirm::is_plain(text),
        Goal::Act | Goal::Answer | Goal::Extract => false,
    }
}

/// Whether an article may answer a message, with whose sections it is then compared as a whole: the others are not encoded once more.
pub(super) fn asks(text: &str, ranked: &[(String, f32)]) -> bool {
    text.contains('?') || ranked.first().is_some_and(|(label, _)| label == "question")
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::Bundle;
    use serde_json::json;

    const INTENT: &str = "id: track\ntitle: T\nrisk: low\nowner: o\nexamples:\n  en: [where is it, track it, has it shipped, is it sent, find it]\nfields:\n  order: {kind: pattern, pattern: '#W[0-9]{7}'}\n";

    fn check(goal: &str, waiting: Option<&str>, text: &str, expected: bool) {
        let mut bundle = Bundle::default();
        bundle.files.insert("intents/track.yaml".into(), INTENT.into());
        let roster = Roster::load(&bundle).unwrap();
        let args = Args::read(&json!({"agent": "a", "goal": goal, "intent": "track"})).unwrap();
        let memo = Memo { waiting: waiting.map(str::to_owned), ..Memo::default() };
        assert_eq!(recognises(&args, &memo, &roster, text, 0), expected, "{goal}: {text}");
    }

    #[test]
    fn only_a_question_is_read_as_a_whole() {
        let ranked = |label: &str| vec![(label.to_owned(), 0.9)];
        assert!(asks("where is it?", &ranked("track")) && asks("tell me about refunds", &ranked("question")));
        assert!(!asks("track it", &ranked("track")) && !asks("hm", &[]));
    }

    #[test]
    fn only_what_may_be_about_something_else_is_recognised_ahead() {
        check("understand", None, "hm", true);
        check("collect", None, "cancel my order instead", false);
        check("collect", Some("order"), "cancel my order instead", true);
        check("collect", Some("order"), "why?", true);
        check("collect", Some("order"), "no idea", false);
        check("collect", Some("order"), "it is the order #W1234567", false);
        check("confirm", None, "yes please", false);
        check("confirm", None, "no thanks", false);
        check("confirm", None, "no, I would rather cancel the whole order instead", true);
        check("confirm", None, "what does it cost?", true);
        check("answer", None, "hm", false);
    }
}
