//! Names that stay: made from ids, methods and paths, and from nothing else.

use super::Suggested;
use crate::catalogue::{Document, Entry};
use baton_base::digest_of_text;
use serde_json::Value;
use std::collections::BTreeSet;

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 64;
/// Hex digits that tell cut names apart.
const DIGEST_CHARS: usize = 8;

pub(super) fn title(doc: &Document) -> String {
    doc.root().pointer("/info/title").and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// A connector's name: from the title, else from the file.
pub(super) fn connector(title: &str, file: &str) -> String {
    let stem = file.rsplit(['/', '\\']).next().unwrap_or_default().split('.').next().unwrap_or_default();
    let name = snake(title);
    let name = if name.is_empty() { snake(stem) } else { name };
    cut(&name, "system")
}

/// An action's name: its operation id, or its method and path, in small letters and underscores.
pub(super) fn action(entry: &Entry) -> String {
    let plain = format!("{} {}", entry.method.to_uppercase(), entry.path);
    match entry.name == plain {
        false => cut(&snake(&entry.name), "call"),
        true => cut(&format!("{}_{}", entry.method, snake(&entry.path)), "call"),
    }
}

/// Gives names that are there twice a number, in the order of the description.
pub(super) fn unique(actions: &mut [Suggested]) {
    let mut taken = BTreeSet::new();
    for action in actions {
        action.name = free(&action.name, &mut taken);
    }
}

/// A name that none of `taken` is, and takes it.
pub(super) fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let (mut own, mut number) = (name.to_owned(), 2);
    while !taken.insert(own.clone()) {
        let tail = format!("_{number}");
        let most = name.floor_char_boundary(NAME_BYTES_MAX - tail.len());
        own = format!("{}{tail}", &name[..most]);
        number += 1;
    }
    own
}

pub(super) fn snake(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() {
            let word_begins = c.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && chars.peek().is_some_and(char::is_ascii_lowercase)));
            if word_begins && !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        before = c;
    }
    out.trim_end_matches('_').to_owned()
}

/// A name within its limits; what is cut off is told apart by a digest.
pub(super) fn cut(name: &str, else_name: &str) -> String {
    let name = if name.is_empty() { else_name.to_owned() } else { name.to_owned() };
    let name = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("{else_name}_{name}") };
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let head = &name[..NAME_BYTES_MAX - DIGEST_CHARS - 1];
    format!("{}_{}", head.trim_end_matches('_'), &digest_of_text(&name)[..DIGEST_CHARS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_letters_and_underscores() {
        for (from, to) in [
            ("PostPaymentIntentsIntent", "post_payment_intents_intent"),
            ("conversations.list", "conversations_list"),
            ("getHTTPStatus2xx", "get_http_status2xx"),
            ("contacts/create-import", "contacts_create_import"),
            ("/v1/users/{id}/things", "v1_users_id_things"),
        ] {
            assert_eq!(snake(from), to);
        }
        assert_eq!(cut(&"a_".repeat(60), "call").len(), 64);
        assert_eq!(cut("2fa", "call"), "call_2fa");
    }
}
