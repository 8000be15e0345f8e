//! Pure decisions: what text is accepted, what a case is called, when it is due, what a message changes.

use crate::{CaseState, Channel, Sla, limits};
use baton_base::{Error, Result, limits::BODY_BYTES_MAX, limits::MESSAGE_BYTES_MAX};
use serde_json::Value;

/// Customer text as it will be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clean {
    pub text: String,
    /// Control characters that were taken out.
    pub stripped: usize,
    /// Longer than a message may be: a person reads it, no program does.
    pub oversized: bool,
}

/// Takes out control characters except line break and tab, and checks the length.
pub(crate) fn clean_text(text: &str, channel: Channel) -> Result<Clean> {
    let max = match channel {
        Channel::Chat | Channel::A2a | Channel::Voice => MESSAGE_BYTES_MAX,
        Channel::Api | Channel::Email => BODY_BYTES_MAX,
    };
    if text.len() > max {
        let what = format!("a message on the {channel} channel has at most {max} bytes; this one has {}", text.len());
        return Err(Error::Limit(what));
    }
    let (text, stripped) = strip_controls(text);
    if text.trim().is_empty() {
        return Err(Error::invalid_at("text", "the message is empty", "send some text"));
    }
    let oversized = text.len() > MESSAGE_BYTES_MAX;
    Ok(Clean { text, stripped, oversized })
}

/// The text without control characters except line break and tab, and how many were taken out.
pub(crate) fn strip_controls(text: &str) -> (String, usize) {
    let unwanted = |c: char| c.is_control() && c != '\n' && c != '\t';
    let text = text.replace("\r\n", "\n");
    let stripped = text.chars().filter(|c| unwanted(*c)).count();
    let kept = if stripped == 0 { text } else { text.chars().filter(|c| !unwanted(*c)).collect() };
    (kept, stripped)
}

/// One line without control characters, cut to `chars_max` characters.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(chars_max).collect()
}

/// What a case is called in lists: the first line that says something.
pub(crate) fn subject_of(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let subject = one_line(line, limits::SUBJECT_CHARS_MAX + 1);
    if subject.chars().count() <= limits::SUBJECT_CHARS_MAX {
        return subject;
    }
    let cut: String = subject.chars().take(limits::SUBJECT_CHARS_MAX - 1).collect();
    format!("{cut}…")
}

/// The text that a run gets: an oversized one is cut at a character, the whole stays in the message.
pub(crate) fn text_for_run(clean: &Clean) -> &str {
    if clean.oversized { cut(&clean.text) } else { &clean.text }
}

/// As much of a text as one message may have, cut at a character.
pub(crate) fn cut(text: &str) -> &str {
    let max = MESSAGE_BYTES_MAX.min(text.len());
    let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// A value given from outside that must be short, printable and not empty.
pub(crate) fn short(place: &str, text: &str, bytes_max: usize) -> Result<String> {
    let trimmed = text.trim();
    let fits = !trimmed.is_empty() && trimmed.len() <= bytes_max && !trimmed.chars().any(char::is_control);
    if fits {
        return Ok(trimmed.to_owned());
    }
    let detail = format!("give 1 to {bytes_max} bytes without control characters");
    Err(Error::invalid_at(place, format!("{place} is not valid"), detail))
}

/// A language tag such as `de-DE`.
pub(crate) fn locale(text: &str) -> Result<String> {
    let fits = (2..=limits::LOCALE_BYTES_MAX).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(text.to_owned());
    }
    Err(Error::invalid_at("locale", "the language tag is not valid", "give a BCP 47 tag such as en or de-DE"))
}

/// JSON that is not larger than allowed.
pub(crate) fn sized(place: &str, value: &Value, bytes_max: usize) -> Result<()> {
    let bytes = value.to_string().len();
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(Error::Limit(format!("{place} has {bytes} bytes of JSON; at most {bytes_max} are allowed")))
}

/// When the service level runs out: of the first reply until there is one, of the resolution after it.
pub(crate) fn due_ms(sla: &Sla, opened_ms: i64, replied: bool) -> Option<i64> {
    let first = if replied { None } else { sla.first_reply_ms };
    first.or(sla.resolution_ms).map(|ms| sla.after_ms(opened_ms, ms))
}

/// Where a case stands after its customer wrote.
pub(crate) fn after_customer(state: CaseState) -> CaseState {
    match state {
        CaseState::WaitingCustomer => CaseState::Open,
        other => other,
    }
}

/// Where a case stands after an agent wrote: the customer has the next step, unless a person has the case.
pub(crate) fn after_agent(state: CaseState) -> CaseState {
    match state {
        CaseState::Open => CaseState::WaitingCustomer,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_are_counted() {
        let clean = clean_text("a\u{0}b\u{1b}[31m\r\nc\td", Channel::Chat).unwrap();
        assert_eq!((clean.text.as_str(), clean.stripped, clean.oversized), ("ab[31m\nc\td", 2, false));
        assert!(matches!(clean_text("\u{0} \n", Channel::Chat), Err(Error::Invalid { .. })));
    }

    #[test]
    fn a_long_chat_message_is_refused_and_a_long_api_text_is_kept_whole() {
        let long = "ä".repeat(600_000);
        assert!(matches!(clean_text(&long, Channel::Chat), Err(Error::Limit(_))));
        let clean = clean_text(&long, Channel::Api).unwrap();
        assert!(clean.oversized && clean.text == long);
        assert!(text_for_run(&clean).len() <= MESSAGE_BYTES_MAX);
        assert!(matches!(clean_text(&"x".repeat(BODY_BYTES_MAX + 1), Channel::Api), Err(Error::Limit(_))));
    }

    #[test]
    fn a_subject_is_the_first_line_that_says_something() {
        assert_eq!(subject_of("\n  \n  My  parcel\tis late\nmore"), "My parcel is late");
        let long = subject_of(&"word ".repeat(100));
        assert_eq!(long.chars().count(), limits::SUBJECT_CHARS_MAX);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn the_first_reply_is_due_first_and_then_the_resolution() {
        let sla = Sla { first_reply_ms: Some(10), resolution_ms: Some(100), ..Sla::default() };
        assert_eq!((due_ms(&sla, 1, false), due_ms(&sla, 1, true)), (Some(11), Some(101)));
        assert_eq!(due_ms(&Sla::default(), 1, false), None);
    }
}
