//! Markdown, with front matter of any site generator or none, and plain text.

use super::file::title_of;
use super::{Draft, Read};
use crate::article::{Audience, heading, split};
use baton_base::Bundle;
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest first line of a text that is its title, characters.
const TITLE_CHARS_MAX: usize = 120;

pub(super) fn page(name: &str, text: &str) -> Read {
    let mut read = Read::default();
    let (front, body) = match split(text) {
        Some((front, body, _)) => match Bundle::yaml::<BTreeMap<String, Value>>(name, front) {
            Ok(front) => (front, body),
            Err(finding) => {
                read.skip(name, format!("its front matter cannot be read: {}", finding.message));
                return read;
            }
        },
        None => (BTreeMap::new(), text),
    };
    let word =
        |names: &[&str]| names.iter().find_map(|name| front.get(*name)).and_then(Value::as_str).map(str::to_owned);
    if front.get("draft") == Some(&Value::Bool(true)) || front.get("published") == Some(&Value::Bool(false)) {
        read.skip(name, "it is a draft");
        return read;
    }
    let first = first_heading(body);
    let title = word(&["title"]).or_else(|| first.as_ref().map(|(title, _)| title.clone()));
    // A heading that repeats the title is no section.
    let body = match &first {
        Some((heading, rest)) if title.as_ref() == Some(heading) => rest.clone(),
        _ => body.trim().to_owned(),
    };
    if body.is_empty() {
        read.skip(name, "it says nothing");
        return read;
    }
    read.drafts.push(Draft {
        id: word(&["id", "slug"]).unwrap_or_else(|| name.to_owned()),
        file: name.to_owned(),
        title: title.unwrap_or_else(|| title_of(name)),
        locale: word(&["locale", "language", "lang"]),
        audience: word(&["audience", "visibility"]).map(|text| audience(&text)),
        url: word(&["url", "permalink"]),
        body,
    });
    read
}

/// The heading with which a text begins, and what follows.
fn first_heading(body: &str) -> Option<(String, String)> {
    let body = body.trim_start();
    let (line, rest) = body.split_once('\n').unwrap_or((body, ""));
    let (level, words) = heading(line)?;
    (level == 1 && !rest.trim().is_empty()).then(|| (words.to_owned(), rest.trim().to_owned()))
}

pub(super) fn plain(name: &str, text: &str) -> Read {
    let mut read = Read::default();
    let text = text.trim();
    if text.is_empty() {
        read.skip(name, "it says nothing");
        return read;
    }
    let titled = text.split_once("\n\n").filter(|(first, rest)| {
        !first.contains('\n') && first.chars().count() <= TITLE_CHARS_MAX && !rest.trim().is_empty()
    });
    let (title, body) = match titled {
        Some((first, rest)) => (first.trim().to_owned(), rest.trim()),
        None => (title_of(name), text),
    };
    let (file, body) = (name.to_owned(), body.to_owned());
    read.drafts.push(Draft { id: file.clone(), file, title, locale: None, audience: None, url: None, body });
    read
}

/// What sources call those who may read. Whoever else it is: not every customer.
pub(super) fn audience(text: &str) -> Audience {
    match text.to_ascii_lowercase().as_str() {
        "customer" | "customers" | "public" | "everyone" | "anyone" | "all" | "external" => Audience::Customer,
        _ => Audience::Internal,
    }
}
