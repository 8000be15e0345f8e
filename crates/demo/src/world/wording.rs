//! How people write: variants, typos, lower case, remarks that have nothing to do with it.

use crate::words::text;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// Shortest word that gets a typo, in letters.
const TYPO_LETTERS_MIN: usize = 5;

/// Words that carry the meaning stay readable: a person would retype them.
const KEPT: &[&str] = &["cancel", "return", "exchange", "address", "payment", "person", "order", "status"];

/// A template with its `{slots}` filled after typos were made, so that ids and names stay as they are.
pub(super) fn write(rng: &mut ChaCha8Rng, template: &str, slots: &[(&str, &str)], typo_rate: f64) -> String {
    let mut text = String::new();
    for (index, word) in template.split(' ').enumerate() {
        if index > 0 {
            text.push(' ');
        }
        let plain = word.chars().all(char::is_alphabetic) && word.chars().count() >= TYPO_LETTERS_MIN;
        let kept = KEPT.iter().any(|kept| word.to_lowercase().contains(kept));
        if plain && !kept && rng.random_bool(typo_rate) {
            text.push_str(&typo(rng, word));
        } else {
            text.push_str(word);
        }
    }
    for (name, value) in slots {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// Two letters swapped, one left out, or one doubled; never the first.
fn typo(rng: &mut ChaCha8Rng, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.random_range(1..letters.len() - 1);
    match rng.random_range(0..3) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// Hello in English, or nothing.
pub(super) fn greeting(rng: &mut ChaCha8Rng) -> &'static str {
    text(rng, &["Hi, ", "Hello, ", "hey ", "Good morning. ", "", "", "Hi there! ", "hello "])
}

/// A remark that has nothing to do with it, or nothing.
pub(super) fn remark(rng: &mut ChaCha8Rng) -> &'static str {
    const REMARKS: &[&str] = &[
        "",
        "",
        "",
        "",
        " My sister loves your shop by the way.",
        " It is raining cats and dogs here today.",
        " Sorry for writing so late.",
        " I am on the train so the connection may be bad.",
        " The dog just stole my sandwich, bear with me.",
        " Your new catalogue looks lovely.",
        " We are moving house soon and it is a little chaotic.",
        " Typing on my phone, excuse the mistakes.",
    ];
    text(rng, REMARKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn typos_never_touch_slots() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let text =
                write(&mut rng, "please cancel {order} because something changed", &[("order", "#W1234567")], 1.0);
            assert!(text.contains("cancel #W1234567") && !text.contains("something changed"), "{text}");
        }
    }
}
