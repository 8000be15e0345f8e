//! Text as the recogniser and the entity finders see it: folded, cut into words and sentences.

use regex::Regex;
use std::sync::LazyLock;

/// Longest text that language work looks at, in bytes; what is beyond is a person's to read.
pub const READ_BYTES_MAX: usize = 32 * 1024;

/// A constant pattern. A wrong one is found by the first test that touches it.
///
/// # Panics
/// If `text` is no regular expression.
#[expect(clippy::expect_used, reason = "patterns are constants of our rooms and every one is used in a test")]
pub fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern compiles")
}

/// The first `max` bytes of `text`, cut at a character.
pub fn head(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Lower case, accents and typographic marks folded to plain letters (`ä` → `ae`, `ß` → `ss`, `’` → `'`).
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => out.push('o'),
            'ú' | 'ù' | 'û' => out.push('u'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            '’' | '‘' | '´' | '`' => out.push('\''),
            '“' | '”' | '„' => out.push('"'),
            '–' | '—' | '−' => out.push('-'),
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Words of folded text: runs of letters and digits; `don't` is one word.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !(c.is_alphanumeric() || c == '\'')).map(|w| w.trim_matches('\'')).filter(|w| !w.is_empty())
}

/// Sentences: cut at `.`, `!`, `?`, `;` before white space, and at line ends.
pub fn sentences(text: &str) -> Vec<&str> {
    static CUT: LazyLock<Regex> = LazyLock::new(|| pattern(r"[.!?;]+\s+|\s*\n+\s*"));
    CUT.split(text).map(str::trim).filter(|s| !s.is_empty()).collect()
}

/// Smallest number of inserted, deleted, replaced or swapped neighbouring letters between two words
/// (optimal string alignment; Boytsov 2011 §2.2).
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Whether two folded words are the same but for a typo: one slip in words of 4 letters, two from 8.
pub fn alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let length = a.chars().count().min(b.chars().count());
    let slips = if length >= 8 { 2 } else { usize::from(length >= 4) };
    slips > 0 && a.chars().count().abs_diff(b.chars().count()) <= slips && distance(a, b) <= slips
}

/// `en` or `de`, by their commonest words; `fallback` where neither shows.
pub fn language(text: &str, fallback: &str) -> String {
    const DE: &[&str] = &[
        "ich",
        "und",
        "der",
        "die",
        "das",
        "ist",
        "nicht",
        "ein",
        "eine",
        "mein",
        "meine",
        "meinen",
        "bitte",
        "wir",
        "sie",
        "auf",
        "mit",
        "wurde",
        "habe",
        "hallo",
        "fuer",
        "am",
        "im",
        "zu",
        "ja",
        "nein",
        "guten",
        "tag",
        "danke",
        "von",
        "bei",
        "dem",
        "den",
        "schaden",
        "versicherung",
        "wie",
        "kann",
        "moechte",
        "hat",
        "unser",
    ];
    const EN: &[&str] = &[
        "i", "the", "and", "my", "is", "to", "a", "of", "please", "not", "we", "it", "you", "was", "on", "with",
        "have", "hello", "hi", "for", "yes", "no", "thanks", "in", "at", "can", "want", "how", "need", "had", "our",
        "that", "this", "what", "policy", "order",
    ];
    let folded = fold(head(text, 2_000));
    let (mut de, mut en) = (0, 0);
    for word in words(&folded) {
        de += usize::from(DE.contains(&word));
        en += usize::from(EN.contains(&word));
    }
    match de.cmp(&en) {
        std::cmp::Ordering::Greater => "de".to_owned(),
        std::cmp::Ordering::Less => "en".to_owned(),
        std::cmp::Ordering::Equal => fallback.split(['-', '_']).next().unwrap_or(fallback).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_the_same_word_and_another_word_is_not() {
        for (a, b) in [("cancel", "cancle"), ("return", "retrun"), ("exchange", "exchnge"), ("address", "adress")] {
            assert!(alike(a, b), "{a} {b}");
        }
        for (a, b) in [("blue", "red"), ("yes", "no"), ("xl", "l"), ("black", "block!"), ("s", "m")] {
            assert!(!alike(a, b), "{a} {b}");
        }
    }

    #[test]
    fn tells_german_from_english_and_falls_back() {
        assert_eq!(language("Guten Tag, mein Auto wurde beschädigt", "en"), "de");
        assert_eq!(language("hi, i need to cancel my order", "de"), "en");
        assert_eq!(language("#W1234567", "de-DE"), "de");
    }

    #[test]
    fn cuts_text_only_at_characters() {
        assert_eq!(head("aü", 2), "a");
        assert_eq!(sentences("Hi! I want 3.5 things.\nBye"), ["Hi", "I want 3.5 things", "Bye"]);
    }
}
