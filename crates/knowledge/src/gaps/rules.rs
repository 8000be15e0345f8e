//! What counts as the same question, what is kept of it, and how a gap goes on.

use super::limits;
use crate::Shelf;
use baton_base::{Error, Result, digest_of};
use baton_govern::redact;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$vdoc:meta])* $variant:ident = $text:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// As stored and as in JSON.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Error::invalid_at($what, format!("'{text}' is no {}", $what), concat!("use one of:" $(, " ", $text)*))),
                }
            }
        }
    };
}

names! {
    /// Why a question was not answered.
    Reason, "reason":
    /// No article speaks of it.
    NoArticle = "no_article";
    /// An article does, and a policy fact in it has no value that day.
    NoFact = "no_fact";
}

names! {
    /// Where a gap stands.
    State, "state":
    /// Nobody has seen to it.
    Open = "open";
    /// Somebody writes an article.
    Planned = "planned";
    /// An article answers it. If it is asked again and is not answered, it is open again.
    Answered = "answered";
    /// It needs no article, however often it is asked.
    Dismissed = "dismissed";
}

/// What all ways to ask one thing have in common, as a digest.
pub fn digest(question: &str, locale: &str) -> String {
    let language = locale.split(['-', '_']).next().map(str::to_ascii_lowercase);
    digest_of(&(language, Shelf::gist(&masked(question), locale)))
}

/// The question without what names a person or a thing of theirs: addresses, names after a title, numbers.
pub fn masked(question: &str) -> String {
    let told = redact::masked(question, redact::Kind::ALL);
    let mask = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if digits >= 3 { "[number]".to_owned() } else { word.to_owned() }
    };
    let words: Vec<String> = told.split_whitespace().map(mask).collect();
    words.join(" ").chars().take(limits::QUESTION_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_ask_one_thing_are_one() {
        let same = |one: &str, other: &str| digest(one, "en-US") == digest(other, "en");
        assert!(same("Do you ship to Norway?", "hello, do you ship  to NORWAY please"));
        assert!(same("where is order #W1234567 insured", "Where is the order W7654321 insured?"));
        assert!(!same("Do you ship to Norway?", "Do you ship to Sweden?"));
    }

    #[test]
    fn nothing_of_a_person_is_kept() {
        assert_eq!(
            masked("write to ada@example.org, order W1234567, size 42"),
            "write to [email], order [number] size 42"
        );
        assert_eq!(masked(&"x".repeat(900)).len(), limits::QUESTION_CHARS_MAX);
    }

    #[test]
    fn a_state_that_is_none_is_refused() {
        assert_eq!("answered".parse::<State>().unwrap(), State::Answered);
        assert!("none".parse::<State>().is_err());
    }
}
