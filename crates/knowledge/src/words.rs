//! Words as the search compares them: folded, without the commonest, cut to their stem by the language's own rules
//! (Snowball; for German the variant that reads `ae` as `ä`).

use rust_stemmers::{Algorithm, Stemmer};

/// Languages whose words are written together, so that a part of one may be what was asked for.
const COMPOUNDING: [&str; 6] = ["de", "nl", "da", "sv", "no", "nb"];
/// Sounds that stand between the parts of a compound.
const JOINTS: [&str; 5] = ["", "s", "n", "en", "es"];
/// Shortest part of a compound, characters.
const PART_CHARS_MIN: usize = 4;

const STOP_EN: &[&str] = &[
    "a",
    "an",
    "the",
    "and",
    "or",
    "of",
    "to",
    "in",
    "on",
    "at",
    "is",
    "are",
    "was",
    "be",
    "been",
    "do",
    "does",
    "did",
    "i",
    "you",
    "my",
    "your",
    "me",
    "we",
    "our",
    "us",
    "it",
    "its",
    "this",
    "that",
    "these",
    "those",
    "with",
    "for",
    "from",
    "by",
    "as",
    "if",
    "can",
    "could",
    "would",
    "will",
    "should",
    "may",
    "what",
    "how",
    "when",
    "where",
    "which",
    "who",
    "whom",
    "why",
    "have",
    "has",
    "had",
    "not",
    "no",
    "so",
    "but",
    "about",
    "there",
    "then",
    "than",
    "please",
    "hi",
    "hello",
    "thanks",
    "just",
    "get",
    "got",
    "want",
    "need",
    "know",
    "tell",
    "am",
    "im",
    "ive",
    "id",
    "any",
    "some",
    "much",
    "many",
    "like",
    "question",
    "wondering",
    "also",
    "they",
    "them",
    "he",
    "she",
    "dont",
    "didnt",
    "cant",
    "wont",
    "doesnt",
    "isnt",
    "whats",
    "let",
    "into",
    "up",
    "out",
    "too",
    "very",
    "one",
    "really",
    "s",
    "t",
];
const STOP_DE: &[&str] = &[
    "der",
    "die",
    "das",
    "und",
    "oder",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "eines",
    "ist",
    "sind",
    "war",
    "ich",
    "sie",
    "mein",
    "meine",
    "meinen",
    "meinem",
    "meiner",
    "ihr",
    "ihre",
    "ihren",
    "wir",
    "es",
    "er",
    "mit",
    "für",
    "von",
    "zu",
    "zum",
    "zur",
    "im",
    "in",
    "auf",
    "an",
    "am",
    "bei",
    "wie",
    "was",
    "wann",
    "wo",
    "wer",
    "wird",
    "werden",
    "kann",
    "können",
    "könnte",
    "habe",
    "haben",
    "hat",
    "nicht",
    "bitte",
    "hallo",
    "danke",
    "dass",
    "wenn",
    "auch",
    "noch",
    "den",
    "dem",
    "des",
    "mir",
    "mich",
    "gibt",
    "über",
    "frage",
    "man",
    "muss",
    "soll",
    "sich",
    "so",
    "als",
    "aus",
    "nach",
    "da",
    "denn",
    "doch",
    "mal",
    "aber",
    "um",
    "ob",
    "nur",
    "schon",
    "möchte",
    "will",
    "wissen",
    "eigentlich",
    "uns",
];
/// Forms that the stemmer leaves apart.
const SAME_EN: &[(&str, &str)] =
    &[("cancelled", "cancel"), ("cancelling", "cancel"), ("cancellation", "cancel"), ("paid", "pay"), ("sent", "send")];

/// How one language's words are read.
pub(crate) struct Words {
    language: String,
    stemmer: Option<Stemmer>,
    stop: Vec<String>,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.language)
    }
}

impl Words {
    /// Reads words of a language; one that is not known is read without endings cut off.
    pub(crate) fn of(language: &str) -> Self {
        let stop: &[&str] = match language {
            "en" => STOP_EN,
            "de" => STOP_DE,
            _ => &[],
        };
        let mut words =
            Self { language: language.to_owned(), stemmer: algorithm(language).map(Stemmer::create), stop: vec![] };
        let mut stop: Vec<String> = stop.iter().map(|word| words.fold(word)).collect();
        stop.sort_unstable();
        words.stop = stop;
        words
    }

    /// Whether parts of words count.
    pub(crate) fn compounds(&self) -> bool {
        COMPOUNDING.contains(&self.language.as_str())
    }

    /// Stems of the words that carry meaning, in order.
    pub(crate) fn stems(&self, text: &str) -> Vec<String> {
        self.told(text).into_iter().map(|word| self.stem(&word)).collect()
    }

    /// The words that carry meaning, folded and whole.
    pub(crate) fn told(&self, text: &str) -> Vec<String> {
        let folded = self.fold(text);
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let telling = |w: &&str| (w.len() > 1 || w.bytes().all(|b| b.is_ascii_digit())) && !self.is_stop(w);
        words.filter(telling).map(str::to_owned).collect()
    }

    fn is_stop(&self, word: &str) -> bool {
        self.stop.binary_search_by(|stop| stop.as_str().cmp(word)).is_ok()
    }

    /// A folded word's stem.
    pub(crate) fn stem(&self, word: &str) -> String {
        if self.language == "en"
            && let Some((_, stem)) = SAME_EN.iter().find(|(form, _)| *form == word)
        {
            return (*stem).to_owned();
        }
        match &self.stemmer {
            Some(stemmer) if !word.bytes().any(|b| b.is_ascii_digit()) => stemmer.stem(word).into_owned(),
            _ => word.to_owned(),
        }
    }

    fn fold(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars().flat_map(char::to_lowercase) {
            match c {
                'ß' => out.push_str("ss"),
                '\'' | '’' | '\u{ad}' | '\u{200b}' => {}
                c => out.push(c),
            }
        }
        if self.language == "de" { umlauts(&out) } else { out }
    }

    /// The two parts of a compound whose parts are words that are known by themselves; none of a word that is no compound.
    pub(crate) fn parts<'a>(&self, word: &'a str, known: impl Fn(&str) -> bool) -> Option<(&'a str, &'a str)> {
        let chars: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        if !self.compounds() || chars.len() < 2 * PART_CHARS_MIN {
            return None;
        }
        // The longest last part: it says what the thing is.
        (PART_CHARS_MIN..=chars.len() - PART_CHARS_MIN).find_map(|at| {
            let (first, last) = word.split_at(chars[at]);
            let first = JOINTS
                .iter()
                .filter_map(|joint| first.strip_suffix(joint))
                .find(|part| part.chars().count() >= PART_CHARS_MIN && (known(part) || known(&self.stem(part))))?;
            (known(last) || known(&self.stem(last))).then_some((first, last))
        })
    }
}

/// `ae` as `ä`, unless the letters before say that the two are apart (`neue`, `Quelle`, `aktuell` keep their sound, and fold
/// the same way in questions and articles).
fn umlauts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1) == Some(&'e');
        let before = at.checked_sub(1).map(|before| chars[before]);
        let folded = match chars[at] {
            'a' if next => Some('ä'),
            'o' if next => Some('ö'),
            'u' if next && !matches!(before, Some('q' | 'a' | 'e')) => Some('ü'),
            _ => None,
        };
        out.push(folded.unwrap_or(chars[at]));
        at += if folded.is_some() { 2 } else { 1 };
    }
    out
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "nb" | "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

/// Whether one word becomes the other by at most `most` letters left out, added, changed, or swapped with the next
/// (restricted Damerau–Levenshtein distance).
pub(crate) fn within(one: &str, other: &str, most: usize) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most {
        return false;
    }
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for i in 1..=one.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let changed = usize::from(one[i - 1] != other[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|cost| *cost > most) {
            return false;
        }
        (before, last) = (last, row);
    }
    last[width - 1] <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        let (en, de) = (Words::of("en"), Words::of("de"));
        for (words, forms) in [
            (&en, ["refunds", "refunded"]),
            (&en, ["cancellation", "Cancelled"]),
            (&de, ["Schäden", "schaeden"]),
            (&de, ["Zahlungen", "zahlung"]),
        ] {
            assert_eq!(words.stems(forms[0]), words.stems(forms[1]), "{forms:?}");
        }
        assert_eq!(en.stems("How do I return my lamp, please?"), ["return", "lamp"]);
        assert!(de.stems("Wie kann ich das für mich?").is_empty());
        assert_eq!(Words::of("xx").stems("Kuka tämä on"), ["kuka", "tämä", "on"]);
    }

    #[test]
    fn compounds_fall_into_words_that_are_known() {
        let de = Words::of("de");
        let known = |word: &str| ["schaden", "meldung", "vertrag", "nummer"].contains(&word);
        let stems = |word: &str| de.parts(word, known).map(|(first, last)| (de.stem(first), de.stem(last)));
        for (word, first, last) in [("schadensmeldung", "schad", "meldung"), ("vertragsnummer", "vertrag", "numm")] {
            assert_eq!(stems(word), Some((first.to_owned(), last.to_owned())), "{word}");
        }
        assert_eq!(de.parts("versicherung", known), None);
        assert_eq!(Words::of("en").parts("schadensmeldung", known), None);
    }

    #[test]
    fn slips_of_the_hand_are_near() {
        for (one, other, most, near) in [
            ("refund", "refnud", 1, true),
            ("refund", "refun", 1, true),
            ("refund", "refond", 1, true),
            ("refund", "return", 1, false),
            ("exchange", "exhcnage", 2, true),
            ("a", "abcd", 2, false),
        ] {
            assert_eq!(within(one, other, most), near, "{one} {other}");
        }
    }
}
