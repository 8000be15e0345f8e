//! Words around the need: greetings, thanks, goodbyes, "never mind".

use crate::entities::yes_no;
use crate::text::{alike, fold, pattern, words};
use regex::Regex;
use std::sync::LazyLock;

const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hiya",
    "good",
    "morning",
    "afternoon",
    "evening",
    "day",
    "there",
    "greetings",
    "howdy",
    "hallo",
    "guten",
    "tag",
    "morgen",
    "abend",
    "moin",
    "servus",
    "gruess",
    "gott",
    "to",
    "you",
    "all",
    "again",
    "team",
];
const THANKS: &[&str] = &[
    "thanks",
    "thank",
    "you",
    "thx",
    "ty",
    "great",
    "perfect",
    "cheers",
    "bye",
    "goodbye",
    "danke",
    "vielen",
    "dank",
    "super",
    "tschuess",
    "ok",
    "okay",
    "cool",
    "good",
    "so",
    "much",
    "very",
    "that's",
    "thats",
    "all",
    "is",
    "it",
    "done",
    "was",
    "war's",
    "wars",
    "das",
    "schon",
    "schoen",
    "schoenen",
    "tag",
    "noch",
    "have",
    "a",
    "nice",
    "day",
    "lovely",
    "for",
    "your",
    "help",
    "the",
    "everything",
    "nothing",
    "else",
    "no",
    "nope",
    "nein",
    "nichts",
    "weiter",
    "mehr",
    "auf",
    "wiedersehen",
    "alles",
    "klar",
    "im",
    "i'm",
    "fine",
    "i",
    "am",
    "will",
    "be",
    "by",
    "now",
    "and",
    "und",
    "fuer",
    "die",
    "hilfe",
    "that",
    "would",
    "needed",
    "need",
    "don't",
    "anything",
    "more",
    "today",
    "other",
    "than",
    "alright",
    "wonderful",
    "excellent",
    "awesome",
    "appreciate",
    "appreciated",
];

/// Nothing but a greeting.
pub(super) fn only_greeting(text: &str) -> bool {
    let folded = fold(text);
    let mut said = words(&folded).peekable();
    said.peek().is_some()
        && folded.len() < 60
        && said.all(|w| GREETINGS.iter().any(|g| *g == w || (w.len() > 4 && alike(g, w))))
}

/// "No, that's all, thank you": nothing more is needed.
pub(super) fn nothing_more(text: &str) -> bool {
    static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:that'?s (?:all|it|everything)|that (?:is|was|will be) (?:all|it)|that'?ll be all|nothing else|nothing more|no(?:thing)?,? (?:thanks|thank you)|all (?:good|set|done)|i'?m (?:good|fine|all set)|bye|goodbye|das (?:war|ist) alles|das war'?s|nein,? danke|nichts (?:mehr|weiter)|sonst nichts)\b",
        )
    });
    let folded = fold(text);
    if folded.contains('?') || folded.len() > 200 {
        return false;
    }
    let said: Vec<&str> = words(&folded).collect();
    let only_thanks = !said.is_empty() && said.len() <= 12 && said.iter().all(|w| THANKS.contains(w));
    let closing = CLOSING.is_match(&folded) && said.len() <= 14;
    only_thanks || closing || (yes_no(text) == Some(false) && said.len() <= 4)
}

/// "Never mind": the customer drops what was asked about.
pub(super) fn dropped(text: &str) -> bool {
    static DROPS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:never ?mind|forget (?:it|about it|that)|leave it|don'?t bother|drop it|i changed my mind|changed my mind|no longer interested|vergessen sie es|vergiss es|hat sich erledigt|schon gut|doch nicht|lassen wir das)\b",
        )
    });
    let folded = fold(text);
    DROPS.is_match(&folded) && words(&folded).count() <= 14
}

/// A yes and nothing else, as answer to "anything else?".
pub(super) fn only_yes(text: &str) -> bool {
    let folded = fold(text);
    words(&folded).count() <= 3 && yes_no(text) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_small_talk_from_a_need() {
        for text in ["hi", "Hello there!", "good morning", "Guten Tag"] {
            assert!(only_greeting(text), "{text}");
        }
        assert!(!only_greeting("hi, cancel my order") && !only_greeting(""));
        for text in [
            "no thanks",
            "No, that's all. Thank you!",
            "thanks, bye",
            "Nein danke, das war alles",
            "that's it",
            "nope",
            "thank you so much",
            "no that is all",
        ] {
            assert!(nothing_more(text), "{text}");
        }
        for text in [
            "no, but where is my order?",
            "thanks, and please return the lamp",
            "yes",
            "I want to cancel my order, that's all I know about it and nothing more to say",
        ] {
            assert!(!nothing_more(text), "{text}");
        }
        assert!(dropped("oh never mind") && !dropped("please cancel my order"));
    }
}
