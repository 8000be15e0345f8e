//! Personal data that has a form of its own, and what stands for it: in what a model is sent where the operator wants it so, and
//! always in what is recorded on a cassette.
//!
//! A value has one place in a request, such as `[email-1]`, wherever it stands there. A reply that names the place means the value.

use baton_base::Error;
use baton_govern::redact::{self, Kind};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::str::FromStr;

/// Longest place, bytes: `[email-12345678]`.
const PLACE_BYTES_MAX: usize = 16;

/// Kinds of personal data that a model is not shown; none unless they are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Redact(Vec<Kind>);

impl Redact {
    /// The kinds, each once.
    pub fn kinds(&self) -> &[Kind] {
        &self.0
    }

    /// These kinds and those.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().filter(|kind| !self.0.contains(kind)));
        Self(all)
    }
}

impl TryFrom<Vec<String>> for Redact {
    type Error = Error;
    fn try_from(names: Vec<String>) -> Result<Self, Error> {
        let mut kinds = Vec::new();
        for name in names {
            let kind: Kind = name.trim().parse()?;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Ok(Self(kinds))
    }
}

impl From<Redact> for Vec<String> {
    fn from(of: Redact) -> Self {
        of.0.iter().map(|kind| kind.name().to_owned()).collect()
    }
}

impl FromStr for Redact {
    type Err = Error;
    /// Names with commas between them, as on a command line.
    fn from_str(text: &str) -> Result<Self, Error> {
        text.split(',').map(str::to_owned).collect::<Vec<_>>().try_into()
    }
}

/// The personal data of one request, each value with its place.
pub(super) struct Mask {
    /// Longest values first, so that none is cut by another that it holds.
    pairs: Vec<(String, String)>,
}

impl Mask {
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>, kinds: &[Kind]) -> Self {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut counts: HashMap<&'static str, usize> = HashMap::new();
        for text in texts {
            for found in redact::find(text, kinds) {
                let Some(value) = text.get(found.start..found.end) else { continue };
                if pairs.iter().all(|(known, _)| known != value) {
                    let count = counts.entry(found.kind.name()).or_default();
                    *count += 1;
                    pairs.push((value.to_owned(), format!("[{}-{count}]", found.kind)));
                }
            }
        }
        pairs.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        Self { pairs }
    }

    pub(super) fn hide(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (value, place)| text.replace(value, place))
    }

    pub(super) fn restore(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (value, place)| text.replace(place, value))
    }
}

/// Restores a reply that comes in pieces: what may be the beginning of a place waits for its end.
pub(super) struct Restoring<'a> {
    mask: &'a Mask,
    held: String,
}

impl<'a> Restoring<'a> {
    pub(super) fn of(mask: &'a Mask) -> Self {
        Self { mask, held: String::new() }
    }

    /// What can be told by now of this piece and those before; may be empty.
    pub(super) fn take(&mut self, piece: &str) -> String {
        if self.mask.pairs.is_empty() {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        let open = self
            .held
            .rfind('[')
            .filter(|at| self.held.get(*at..).is_some_and(|rest| rest.len() < PLACE_BYTES_MAX && !rest.contains(']')));
        let rest = open.map(|at| self.held.split_off(at)).unwrap_or_default();
        self.mask.restore(&std::mem::replace(&mut self.held, rest))
    }

    /// What still waited when the reply had ended.
    pub(super) fn rest(self) -> String {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_hidden_and_comes_back_whole_and_in_pieces() {
        let redact: Redact = "email, phone".parse().unwrap();
        let user = "I am ada@example.org (ada@example.org), call +44 20 7946 0958 about https://shop.example/";
        let mask = Mask::of(["", user], redact.kinds());
        let hidden = mask.hide(user);
        assert_eq!(hidden, "I am [email-1] ([email-1]), call [phone-1] about https://shop.example/");
        assert_eq!(mask.restore(&hidden), user);
        let mut restoring = Restoring::of(&mask);
        let pieces = ["Write to [em", "ail-1] [or", " call], or [phone-1", "]. [em"];
        let said: Vec<_> = pieces.iter().map(|piece| restoring.take(piece)).collect();
        assert_eq!(said, ["Write to ", "ada@example.org ", "[or call], or ", "+44 20 7946 0958. "]);
        assert_eq!(restoring.rest(), "[em");
    }

    #[test]
    fn a_file_names_kinds_and_nothing_else() {
        let read = |text: &str| serde_json::from_str::<Redact>(text);
        assert_eq!(read(r#"["email", "iban", "email"]"#).unwrap(), "email,iban".parse().unwrap());
        assert!(read(r#"["names of pets"]"#).unwrap_err().to_string().contains("personal data"));
        let both = read(r#"["email"]"#).unwrap().and(&"iban,email".parse().unwrap());
        assert_eq!(serde_json::to_string(&both).unwrap(), r#"["email","iban"]"#);
    }
}
