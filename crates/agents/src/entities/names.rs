//! Names of people, where the customer says that it is one.

use crate::text::{fold, pattern};
use regex::Regex;
use std::sync::LazyLock;

const NAME_WORDS_MAX: usize = 4;

/// Words that end a name, or show that what follows "I'm" is none.
const NOT_NAMES: &[&str] = &[
    "a",
    "about",
    "after",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "angry",
    "are",
    "at",
    "back",
    "because",
    "but",
    "calling",
    "can",
    "contacting",
    "customer",
    "email",
    "for",
    "from",
    "glad",
    "good",
    "happy",
    "having",
    "hello",
    "here",
    "hi",
    "hoping",
    "i",
    "i'm",
    "id",
    "in",
    "interested",
    "is",
    "it",
    "just",
    "living",
    "looking",
    "mail",
    "my",
    "need",
    "no",
    "not",
    "number",
    "of",
    "ok",
    "on",
    "order",
    "our",
    "please",
    "policy",
    "postal",
    "really",
    "since",
    "so",
    "sorry",
    "still",
    "sure",
    "thanks",
    "thank",
    "that",
    "the",
    "there",
    "this",
    "to",
    "trying",
    "unable",
    "unhappy",
    "very",
    "was",
    "we",
    "with",
    "wondering",
    "writing",
    "yes",
    "you",
    "your",
    "zip",
    "code",
    "name",
    "first",
    "last",
    "user",
    "account",
    "und",
    "ich",
    "mein",
    "meine",
    "aus",
    "die",
    "der",
    "das",
    "mit",
    "plz",
    "wohne",
    "hier",
    "bin",
    "bei",
    "von",
    "habe",
    "moechte",
    "ein",
    "eine",
    "nicht",
    "guten",
    "tag",
    "hallo",
    "danke",
    "bitte",
    "postleitzahl",
    "kunde",
    "kundin",
    "sehr",
    "police",
    "policennummer",
    "versicherungsnummer",
    "vertragsnummer",
    "e-mail",
    "address",
    "want",
    "would",
    "like",
];

/// (first, last) where the text says it is a name: "my name is …", "this is …", "ich heiße …".
pub fn full_name(text: &str) -> Option<(String, String)> {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:my (?:full )?name(?:'s| is|:)|the name(?:'s| is)|name is|(?:^|\b)name\s*:|ich hei(?:ß|ss)e|mein name ist|mein name:|name lautet)\s+",
        )
    });
    static HINTED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:i'm|i’m|i am|this is|ich bin|hier ist|hier spricht|regards,?|grüße,?|gruß,?)\s+")
    });
    if let Some(m) = SAID.find(text)
        && let Some(name) = read(&text[m.end()..], false)
    {
        return Some(name);
    }
    HINTED.find_iter(text).find_map(|m| read(&text[m.end()..], true))
}

/// (first, last) where the whole message is an answer to "what is your name": "Yusuf Rossi, 19122".
pub fn bare_name(text: &str) -> Option<(String, String)> {
    static NOISE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\S*[@#\d]\S*"));
    if let Some(name) = full_name(text) {
        return Some(name);
    }
    let clean = NOISE.replace_all(text, " ");
    let kept: Vec<&str> = clean
        .split(|c: char| !(c.is_alphabetic() || "'’-".contains(c)))
        .filter(|w| !w.is_empty() && !is_stop(w))
        .collect();
    let short = (2..=3).contains(&kept.len()) && kept.iter().all(|w| w.chars().count() >= 2);
    short.then(|| joined(&kept))
}

fn read(rest: &str, capitals: bool) -> Option<(String, String)> {
    let mut kept: Vec<&str> = Vec::new();
    for raw in rest.split_whitespace().take(NAME_WORDS_MAX) {
        let word = raw.trim_end_matches(|c: char| ".,;:!?)".contains(c));
        let letters = word.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c)) && !word.is_empty();
        let cased = word.chars().next().is_some_and(char::is_uppercase);
        if !letters || is_stop(word) || (capitals && !cased) {
            break;
        }
        kept.push(word);
        if word.len() < raw.len() {
            break;
        }
    }
    (kept.len() >= 2).then(|| joined(&kept))
}

fn is_stop(word: &str) -> bool {
    NOT_NAMES.contains(&fold(word).as_str())
}

fn joined(words: &[&str]) -> (String, String) {
    let titled: Vec<String> = words.iter().map(|w| titled(w)).collect();
    (titled[0].clone(), titled[1..].join(" "))
}

/// `rossi` → `Rossi`; a word that has capitals already stays as it is.
fn titled(word: &str) -> String {
    if word.chars().any(char::is_uppercase) && word.chars().any(char::is_lowercase) {
        return word.to_owned();
    }
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(&str, &str)>) {
        let expect = expect.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(full_name(text), expect, "{text}");
    }

    #[test]
    fn takes_a_name_only_where_one_is_given() {
        check("My name is Yusuf Rossi and my zip is 19122", Some(("Yusuf", "Rossi")));
        check("hi, my name is mei davis, zip 80217", Some(("Mei", "Davis")));
        check("I'm Sofia Kovacs. I need help", Some(("Sofia", "Kovacs")));
        check("Ich heiße Jörg Lüders, guten Tag", Some(("Jörg", "Lüders")));
        check("I'm trying to cancel my order", None);
        check("I am Very Angry about this", None);
        check("I'm Anna", None);
        check("This is the Third time", None);
    }

    #[test]
    fn reads_a_bare_answer() {
        assert_eq!(bare_name("Yusuf Rossi, 19122"), Some(("Yusuf".into(), "Rossi".into())));
        assert_eq!(bare_name("sure: yusuf rossi 19122 thanks"), Some(("Yusuf".into(), "Rossi".into())));
        assert_eq!(bare_name("I would like to see where my parcel went"), None);
    }
}
