//! A clear yes or a clear no, in English and German. What is not clear is neither: consent is never guessed.

use crate::text::{alike, fold, pattern, words};
use regex::Regex;
use std::sync::LazyLock;

/// Words that say yes wherever they stand.
const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "yea",
    "yess",
    "yess!",
    "confirm",
    "confirmed",
    "absolutely",
    "definitely",
    "affirmative",
    "proceed",
    "ja",
    "jawohl",
    "jap",
    "einverstanden",
    "bestaetige",
    "bestaetigt",
    "jo",
    "unbedingt",
    "ye",
];
/// Words that say yes at the start, or in a very short answer.
const YES_SHORT: &[&str] = &[
    "ok",
    "okay",
    "k",
    "sure",
    "correct",
    "right",
    "fine",
    "perfect",
    "great",
    "good",
    "agreed",
    "exactly",
    "please",
    "alright",
    "y",
    "genau",
    "gerne",
    "gern",
    "klar",
    "passt",
    "stimmt",
    "richtig",
    "bitte",
    "super",
    "natuerlich",
    "korrekt",
];
const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "not",
    "don't",
    "dont",
    "never",
    "wrong",
    "incorrect",
    "stop",
    "wait",
    "hold",
    "cancel",
    "nein",
    "nicht",
    "nee",
    "falsch",
    "stopp",
    "halt",
    "warte",
    "niemals",
    "n",
    "kein",
    "keine",
    "doch",
    "but",
    "except",
    "actually",
    "instead",
    "aber",
    "sondern",
    "lieber",
    "unless",
    "if",
    "wenn",
    "can't",
    "won't",
    "isn't",
];
/// Of these, the ones that by themselves say no.
const CLEAR_NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "don't",
    "dont",
    "stop",
    "nein",
    "nee",
    "stopp",
    "never",
    "wrong",
    "falsch",
    "n",
    "niemals",
    "incorrect",
    "nicht",
    "wait",
];

/// `Some(true)` for a clear yes, `Some(false)` for a clear no, `None` for anything else.
pub fn yes_no(text: &str) -> Option<bool> {
    static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"no (?:problem|worries|more|other|further|rush|hurry|doubt)|why not|not a problem|nothing else|no,? that'?s (?:right|correct|fine)|kein problem|warum nicht|sonst nichts|can'?t wait|go ahead and cancel|cancel it|cancel the order|cancel my order|please cancel(?: it)?|and cancel",
        )
    });
    static PHRASE_YES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"go ahead|please do|do it|sounds (?:good|right|great)|that'?s (?:right|correct|fine|it)|looks (?:good|right|correct)|go for it|in ordnung|machen sie das|bitte machen|works for me|please proceed|of course|all good|i agree|einverstanden",
        )
    });
    static PHRASE_NO: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"never ?mind|chang(?:ed|e) my mind|do not|don'?t (?:do|want)|leave it|forget (?:it|about it)|not (?:right|correct|now|yet)|lieber nicht|doch nicht|nicht machen|abbrechen",
        )
    });
    let folded = fold(crate::text::head(text, 1_000));
    let harmless = HARMLESS.replace_all(&folded, " ");
    let tokens: Vec<&str> = words(&harmless).collect();
    let agreed_harmlessly = harmless.len() != folded.len() && tokens.len() <= 3;
    let first =
        tokens.iter().find(|w| !["oh", "um", "hm", "hmm", "well", "ah", "and", "so", "also"].contains(w)).copied();
    let leads = |list: &[&str]| first.is_some_and(|f| list.iter().any(|w| alike(f, w) && f.len() > 1 || f == *w));
    let has = |list: &[&str]| tokens.iter().any(|t| list.contains(t));
    if PHRASE_NO.is_match(&harmless) {
        return if leads(YES) { None } else { Some(false) };
    }
    let negative = has(NO);
    let asks = folded.contains('?');
    if leads(CLEAR_NO) {
        return if has(YES) { None } else { Some(false) };
    }
    if negative {
        return None;
    }
    let short = tokens.len() <= 4;
    let yes = leads(YES)
        || (!asks && (has(YES) || PHRASE_YES.is_match(&folded) || leads(YES_SHORT) || (short && has(YES_SHORT))));
    (yes || (agreed_harmlessly && !asks)).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_yes_is_a_yes() {
        for text in [
            "yes",
            "Yes please!",
            "yep, go ahead",
            "yess",
            "sure",
            "ok do it",
            "Ja, bitte",
            "ja genau",
            "That's correct",
            "sounds good to me",
            "yes, no other changes",
            "please proceed",
            "confirm",
            "Yes, please cancel it",
            "no problem, go ahead",
            "y",
            "in Ordnung",
            "Yes, cancel the order.",
            "okay thanks",
            "I confirm",
            "correct",
            "please go ahead and cancel",
        ] {
            assert_eq!(yes_no(text), Some(true), "{text}");
        }
    }

    #[test]
    fn a_clear_no_is_a_no() {
        for text in [
            "no",
            "No, thanks",
            "nope",
            "nein danke",
            "don't do that",
            "never mind",
            "I changed my mind",
            "stop",
            "lieber nicht",
            "no that's wrong",
            "Nein, doch nicht",
        ] {
            assert_eq!(yes_no(text), Some(false), "{text}");
        }
    }

    #[test]
    fn what_is_not_clear_is_neither() {
        for text in [
            "yes but not the chair",
            "what would I pay?",
            "is that right?",
            "hmm",
            "yes, actually wait",
            "my zip is 19122",
            "the blue one",
            "if it is free then yes",
            "",
            "#W1234567",
            "Yes, if I get the money back today",
        ] {
            assert_eq!(yes_no(text), None, "{text}");
        }
    }
}
