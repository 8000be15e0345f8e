//! Text cut into the pieces that an encoder knows: WordPiece over a vocabulary in lower case, without accents, as BERT's
//! own reading does it (Devlin et al. 2019; Wu et al. 2016 §4.1).

use baton_base::{Error, Result};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// A longer word is one unknown piece.
const WORD_CHARS_MAX: usize = 100;
/// What a piece inside a word begins with.
const INSIDE: &str = "##";

/// A constant pattern. A wrong one is found by the first test that touches it.
#[expect(clippy::expect_used, reason = "patterns are constants of this crate and every one is used in a test")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern compiles")
}

/// The pieces of a vocabulary.
#[derive(Debug)]
pub(crate) struct Pieces {
    ids: HashMap<String, i32>,
    begin: i32,
    end: i32,
    unknown: i32,
}

impl Pieces {
    /// Reads a `vocab.txt`: one piece a line, its number the line's. `place` is what an error calls it.
    pub(crate) fn read(place: &str, text: &str) -> Result<Self> {
        let ids: HashMap<String, i32> = (0..).zip(text.lines()).map(|(id, piece)| (piece.to_owned(), id)).collect();
        let special = |piece: &str| {
            ids.get(piece).copied().ok_or_else(|| {
                let remedy = "take vocab.txt of the same model, a BERT vocabulary with one piece a line";
                Error::invalid_at(place, format!("{place} has no piece {piece}"), remedy)
            })
        };
        let (begin, end, unknown) = (special("[CLS]")?, special("[SEP]")?, special("[UNK]")?);
        Ok(Self { ids, begin, end, unknown })
    }

    /// Numbers of the text's pieces between the marks of its begin and end, at most `max` in all; what is beyond is left out.
    pub(crate) fn of(&self, text: &str, max: usize) -> Vec<i32> {
        let mut ids = vec![self.begin];
        let last = max.saturating_sub(1);
        for word in split(text) {
            if ids.len() >= last {
                break;
            }
            self.add(&word, &mut ids);
        }
        ids.truncate(last);
        ids.push(self.end);
        ids
    }

    /// The longest piece that fits, again and again; a word that does not come out even is unknown as a whole.
    fn add(&self, word: &str, ids: &mut Vec<i32>) {
        let before = ids.len();
        let mut rest = if word.chars().count() > WORD_CHARS_MAX { None } else { Some(word) };
        while let Some(part) = rest.filter(|part| !part.is_empty()) {
            let mark = if ids.len() == before { "" } else { INSIDE };
            let ends = part.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
            let mut found = ends.filter_map(|end| Some((end, *self.ids.get(&format!("{mark}{}", &part[..end]))?)));
            rest = found.next().map(|(end, id)| {
                ids.push(id);
                &part[end..]
            });
        }
        if rest.is_none() {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }
}

/// Words and marks, folded.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for c in text.nfd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase) {
        match c {
            c if c.is_whitespace() => end(&mut word),
            c if is_nothing(c) => {}
            c if is_mark(c) || is_ideograph(c) => {
                end(&mut word);
                end(&mut c.to_string());
            }
            c => word.push(c),
        }
    }
    end(&mut word);
    words
}

fn is(kind: &Regex, c: char) -> bool {
    kind.is_match(c.encode_utf8(&mut [0; 4]))
}

/// An accent that stands by itself, as decomposing leaves it.
fn is_accent(c: char) -> bool {
    static ACCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{Mn}$"));
    !c.is_ascii() && is(&ACCENT, c)
}

/// A character that is not there for people: control, format, and what stands for bytes that were none.
fn is_nothing(c: char) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{C}$"));
    c == '\u{fffd}' || if c.is_ascii() { c.is_ascii_control() } else { is(&OTHER, c) }
}

fn is_mark(c: char) -> bool {
    static MARK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{P}$"));
    if c.is_ascii() { c.is_ascii_punctuation() } else { is(&MARK, c) }
}

/// The blocks in which each character is a word (CJK Unified Ideographs and their extensions).
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_ceaf
        | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmy\ncar\n##d\n##ds\n.\n'\ns\nuber\n卡\nca";

    fn pieces() -> Pieces {
        Pieces::read("vocab.txt", VOCABULARY).unwrap()
    }

    #[test]
    fn words_are_cut_into_the_longest_pieces_that_are_known() {
        let check = |text: &str, expected: &[i32]| assert_eq!(pieces().of(text, 64), expected, "{text:?}");
        check("My card's.", &[2, 4, 5, 6, 9, 10, 8, 3]);
        check("CARDS", &[2, 5, 7, 3]);
        check("  Über\u{200b}\tmy卡", &[2, 11, 4, 12, 3]);
        check("card-cards", &[2, 5, 6, 1, 5, 7, 3]);
        // Nothing begins with `x`, and `cars` leaves an `s` that is no piece within a word.
        check("xmy cars my", &[2, 1, 1, 4, 3]);
        check("", &[2, 3]);
        check(&"d".repeat(WORD_CHARS_MAX + 1), &[2, 1, 3]);
    }

    #[test]
    fn a_text_is_read_as_far_as_its_limit_and_still_ends_with_its_mark() {
        assert_eq!(pieces().of("my my my my", 4), [2, 4, 4, 3]);
        assert_eq!(pieces().of("cards cards", 4), [2, 5, 7, 3]);
        assert_eq!(pieces().of("my card", 4), [2, 4, 5, 3]);
    }

    #[test]
    fn a_vocabulary_of_another_kind_is_refused_with_its_place() {
        let error = Pieces::read("there/vocab.txt", "<s>\n</s>\nmy").unwrap_err().to_string();
        assert!(error.contains("there/vocab.txt has no piece [CLS]") && error.contains("BERT"), "{error}");
    }
}
