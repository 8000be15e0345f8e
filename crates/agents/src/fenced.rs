//! What others wrote, as a model is shown it.

use baton_recognise::text::pattern;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// A text as data that a model is shown between marks: those that it holds itself are broken, so that it does not end where it
/// wants to.
pub(crate) fn fenced(text: &str) -> Cow<'_, str> {
    static MARK: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)<\s*/?\s*(message|conversation|article|data|note)\b[^<>]*>"));
    MARK.replace_all(text, "[$1]")
}
