//! Whether somebody asks for something that the packet was to bring: a question that names a field.

use crate::HandoffField;

/// Words that begin a request although no question mark follows, in the languages of the house.
const REQUESTS: [&str; 16] = [
    "please",
    "could you",
    "can you",
    "may i have",
    "i need",
    "tell me",
    "give me",
    "send me",
    "what is",
    "what's",
    "bitte",
    "können sie",
    "ich brauche",
    "nennen sie",
    "wie lautet",
    "wie ist",
];
/// A word of a field that is this short names nothing by itself.
const WORD_CHARS_MIN: usize = 3;
/// Words of fields that stand in many questions.
const COMMON: [&str; 8] = ["number", "date", "name", "type", "the", "nummer", "datum", "code"];

/// The fields of a packet that a text asks for.
pub fn reasked(fields: &[HandoffField], text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let questions: Vec<&str> = sentences(&text).filter(|sentence| asks(sentence)).collect();
    let asked = |field: &&HandoffField| questions.iter().any(|question| names(question, field));
    fields.iter().filter(asked).map(|field| field.name.clone()).collect()
}

/// Sentences with the mark that ends each.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '!', '?', '\n']).map(str::trim).filter(|sentence| !sentence.is_empty())
}

fn asks(sentence: &str) -> bool {
    sentence.ends_with('?')
        || REQUESTS.iter().any(|words| sentence.starts_with(words) || sentence.contains(&format!(", {words}")))
}

/// A field is named by a phrase that its intent gives or by its whole name; where it gives none, by the one word of its name that
/// means something too.
fn names(question: &str, field: &HandoffField) -> bool {
    if field.asked_as.iter().any(|phrase| has_phrase(question, &phrase.to_lowercase())) {
        return true;
    }
    let spoken = field.name.replace(['_', '-'], " ").to_lowercase();
    if has_phrase(question, &spoken) {
        return true;
    }
    // Whoever gives phrases knows how it is asked for: "Shall I cancel the order?" asks for no order number.
    if !field.asked_as.is_empty() {
        return false;
    }
    let own: Vec<&str> =
        spoken.split(' ').filter(|w| w.chars().count() >= WORD_CHARS_MIN && !COMMON.contains(w)).collect();
    matches!(own.as_slice(), [one] if has_phrase(question, one))
}

/// Whether a phrase stands in a text as whole words; a plural of it does too.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(phrase).any(|(at, found)| {
        let after = &text[at + found.len()..];
        edge(text[..at].chars().next_back()) && edge(after.strip_prefix('s').unwrap_or(after).chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, asked_as: &[&str]) -> HandoffField {
        let asked_as = asked_as.iter().map(|phrase| (*phrase).to_owned()).collect();
        HandoffField { name: name.to_owned(), weight: 3, pattern: None, when: None, asked_as }
    }

    fn check(text: &str, expect: &[&str]) {
        let fields =
            [field("order_id", &["order number", "Bestellnummer"]), field("amount", &[]), field("loss_date", &[])];
        assert_eq!(reasked(&fields, text), expect, "{text}");
    }

    #[test]
    fn a_question_that_names_a_field_asks_for_it() {
        check("Hello, could you give me your order number again?", &["order_id"]);
        check("What was the amount? And the loss date?", &["amount", "loss_date"]);
        check("Please tell me the amount.", &["amount"]);
        check("Wie lautet die Bestellnummer?", &["order_id"]);
        check("When did the loss happen?", &["loss_date"]);
    }

    #[test]
    fn telling_is_not_asking_and_other_words_are_other_words() {
        check("I have refunded the amount of 20 euros.", &[]);
        check("Your order number is W123. Anything else?", &[]);
        check("What is your name?", &[]);
        check("Is a mountain involved?", &[]);
        check("Shall I cancel the order?", &[]);
        check("", &[]);
    }
}
