//! What an agent never says: whole words and phrases, whatever their case and accents.

use super::guidelines::stands_in;
use crate::text::{fold, words};
use baton_base::Finding;

/// Most phrases of one agent.
const PHRASES_MAX: usize = 200;
/// Longest of them, bytes.
const PHRASE_BYTES_MAX: usize = 200;

/// The first of these phrases that a text holds.
pub fn said<'a>(never: &'a [String], text: &str) -> Option<&'a str> {
    if never.is_empty() {
        return None;
    }
    let text = fold(text);
    let said: Vec<&str> = words(&text).collect();
    never.iter().map(String::as_str).find(|phrase| stands_in(&said, phrase))
}

pub(super) fn check(path: &str, never: &[String], findings: &mut Vec<Finding>) {
    let mut refuse = |message: String, remedy: &str| findings.push(Finding::error(path, "never", message, remedy));
    if never.len() > PHRASES_MAX {
        refuse(format!("{} phrases that it never says", never.len()), "give at most 200");
    }
    for phrase in never {
        if phrase.len() > PHRASE_BYTES_MAX || words(&fold(phrase)).next().is_none() {
            refuse(format!("'{phrase}' has no word, or is too long"), "give words that could be said");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_whole_whatever_its_case_and_marks() {
        let never = ["we guarantee".to_owned(), "Schadenfreiheit".to_owned()];
        assert_eq!(said(&never, "Yes: We  GUARANTEE it."), Some("we guarantee"));
        assert_eq!(said(&never, "keine schadenfreiheit, leider"), Some("Schadenfreiheit"));
        assert_eq!(said(&never, "we can guarantee nothing"), None);
        assert_eq!(said(&never, "our schadenfreiheitsrabatt"), None);
    }
}
