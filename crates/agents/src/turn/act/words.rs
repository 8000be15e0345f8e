//! What a model wants said to the customer, checked before it is sent: nothing that the agent never says, and no number, link or address
//! that stands nowhere. An article counts where it is cited.

use super::prompt;
use super::state::Act;
use crate::agent::{PASS, said};
use crate::model::Spoken;
use crate::text::pattern;
use crate::turn::args::Args;
use crate::turn::scene::Answer;
use crate::turn::words::{invented, source_of};
use baton_base::Citation;
use baton_cases::SAYING_BYTES_MAX;
use regex::Regex;
use std::sync::LazyLock;

/// The text as it is sent, and what it cites; or in words why it may not be sent.
pub(super) fn checked(never: &[String], args: &Args, act: &Act, text: &str) -> Result<(String, Vec<Citation>), String> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\[s([0-9]{1,3})\]"));
    let mut cited: Vec<&Answer> = Vec::new();
    for mark in MARK.captures_iter(text) {
        let number = mark.get(1).and_then(|number| number.as_str().parse::<usize>().ok()).unwrap_or_default();
        let Some(answer) = number.checked_sub(1).and_then(|at| act.given.get(at)) else {
            return Err(format!("[s{number}] is no article that was given"));
        };
        if !cited.contains(&answer) {
            cited.push(answer);
        }
    }
    let text = MARK.replace_all(text, "").trim().to_owned();
    if text.is_empty() {
        return Err("it says nothing".to_owned());
    }
    if text.len() > SAYING_BYTES_MAX {
        return Err("it is too long".to_owned());
    }
    if is_no_message(&text) {
        return Err("it is a call or a thought written as a text".to_owned());
    }
    if let Some(phrase) = said(never, &text) {
        return Err(format!("it says '{phrase}', which the agent never says"));
    }
    if let Some(word) = invented(&source_of(&source(args, act, &cited)), &text) {
        return Err(format!(
            "'{word}' stands neither in the conversation, nor in an answer of a function, nor in an article that it cites"
        ));
    }
    Ok((text, cited.into_iter().map(|answer| answer.source.clone()).collect()))
}

/// Whether a server that does not read its model's calls, or its thoughts, has passed them on as if they were words.
fn is_no_message(text: &str) -> bool {
    text.starts_with(['{', '[', '<', '`']) || ["<tool_call", "</think", PASS].iter().any(|&mark| text.contains(mark))
}

/// What numbers, links and addresses may be taken from: never what the model itself wrote.
fn source(args: &Args, act: &Act, cited: &[&Answer]) -> String {
    let mut parts = vec![act.before.clone(), prompt::data(args)];
    let heard = act.talk.iter().filter_map(|one| match one {
        Spoken::User { text } | Spoken::Result { text, done: true, .. } => Some(text.clone()),
        Spoken::Note { .. } | Spoken::Model { .. } | Spoken::Result { done: false, .. } => None,
    });
    parts.extend(heard);
    parts.extend(cited.iter().map(|answer| format!("{}\n{}", answer.source.heading, answer.text)));
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn act() -> Act {
        let source = Citation {
            article: "payments".parse().unwrap(),
            title: "Payments".into(),
            locale: "en".into(),
            version: "v".into(),
            section: "refunds".into(),
            heading: "How long a refund takes".into(),
        };
        Act {
            before: "customer: order #W1234567\n".into(),
            talk: vec![
                Spoken::User { text: "<message>\nis it 40 euros?\n</message>".into() },
                Spoken::Result { call: "a".into(), text: r#"{"total":"46.99 EUR"}"#.into(), done: true },
                Spoken::Result { call: "b".into(), text: "there is no order 8888888".into(), done: false },
                Spoken::Note { text: "'7777777' stands nowhere".into() },
            ],
            given: vec![Answer { text: "A refund takes 5 to 7 days.".into(), source }],
            ..Act::default()
        }
    }

    #[test]
    fn a_text_is_sent_where_all_that_it_names_is_known_and_without_its_marks() {
        let args = Args::read(&json!({"agent": "a", "goal": "act", "data": {"name": "Ada", "floor": 3}})).unwrap();
        let check = |text: &str| checked(&["we guarantee".to_owned()], &args, &act(), text);
        let (text, cited) =
            check("Order #W1234567 costs 46.99 EUR and goes to floor 3. It takes 5 days [s1].").unwrap();
        assert_eq!(text, "Order #W1234567 costs 46.99 EUR and goes to floor 3. It takes 5 days.");
        assert_eq!(cited.iter().map(|one| one.section.as_str()).collect::<Vec<_>>(), ["refunds"]);
        assert!(check("One moment, please.").unwrap().1.is_empty());
        for (bad, why) in [
            ("It costs 12.00 EUR.", "'12.00'"),
            ("It takes 5 days.", "an article that it cites"),
            ("It is order 8888888.", "8888888"),
            ("It is order 7777777.", "7777777"),
            ("It takes long [s2].", "[s2]"),
            ("We guarantee it.", "never says"),
            ("[s1]", "says nothing"),
            ("<tool_call>{\"name\": \"look\"}</tool_call>", "a call"),
            ("{\"name\": \"look\", \"arguments\": {}}", "a call"),
            ("They want it.</think> One moment, please.", "a thought"),
            ("See evil.example for more.", "evil.example"),
        ] {
            let found = check(bad).unwrap_err();
            assert!(found.contains(why), "{bad}: {found}");
        }
    }
}
