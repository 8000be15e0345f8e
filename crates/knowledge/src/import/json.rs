//! JSON: exports of the Zendesk and Intercom help centres, and any list of objects with a title and a text.

use super::{Draft, Read, html, markdown};
use crate::article::Audience;
use baton_base::Finding;
use serde_json::{Map, Value};

const TITLE: [&str; 5] = ["title", "name", "question", "subject", "heading"];
const BODY: [&str; 8] = ["body", "content", "text", "answer", "html", "markdown", "description", "body_html"];
const ID: [&str; 6] = ["id", "article_id", "external_id", "slug", "key", "number"];
const LOCALE: [&str; 4] = ["locale", "language", "lang", "default_locale"];
const URL: [&str; 3] = ["html_url", "url", "link"];
/// Lists that hold a document's articles.
const LISTS: [&str; 8] = ["articles", "data", "items", "documents", "docs", "results", "entries", "faqs"];
/// Where Zendesk names the users that an article is kept to.
const SEGMENTS: [&str; 2] = ["user_segment_id", "user_segment_ids"];
/// Language of Intercom's `translated_content` that is none.
const TYPE: &str = "type";

pub(super) fn document(name: &str, text: &str) -> Result<Read, Finding> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        // One object a line, whatever the file is called.
        Err(error)
            if text.trim_start().starts_with('{') && text.lines().filter(|l| !l.trim().is_empty()).count() > 1 =>
        {
            return lines(name, text).map_err(|_| not_json(name, &error, 0));
        }
        Err(error) => return Err(not_json(name, &error, 0)),
    };
    let mut read = Read::default();
    match &value {
        Value::Array(items) => all(name, items, &mut read),
        Value::Object(map) => match LISTS.iter().find_map(|list| map.get(*list)?.as_array()) {
            Some(items) => {
                all(name, items, &mut read);
                read.next = next(map);
            }
            None => one(name, map, &mut read, name),
        },
        _ => read.skip(name, "it is neither a list nor an object"),
    }
    Ok(read)
}

pub(super) fn lines(name: &str, text: &str) -> Result<Read, Finding> {
    let mut read = Read::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let value: Value = serde_json::from_str(line).map_err(|error| not_json(name, &error, at))?;
        let id = format!("{name}:{}", at + 1);
        match &value {
            Value::Object(map) => one(name, map, &mut read, &id),
            _ => read.skip(id, "it is no object"),
        }
    }
    Ok(read)
}

fn not_json(name: &str, error: &serde_json::Error, line: usize) -> Finding {
    let whole = error.to_string();
    let words = whole.split(" at line ").next().unwrap_or_default();
    let finding =
        Finding::error(name, "json", format!("this is not JSON: {words}"), "correct the file, or export it anew");
    let at = u32::try_from(line + error.line()).unwrap_or(0);
    finding.at(at, u32::try_from(error.column()).unwrap_or(0))
}

/// Where Zendesk (`next_page`) and Intercom (`pages.next`) say the rest is.
fn next(map: &Map<String, Value>) -> Option<String> {
    let own = map.get("next_page").or_else(|| map.get("links")?.get("next"));
    let next = own.or_else(|| map.get("pages")?.get("next"))?;
    next.as_str().filter(|address| address.starts_with("http")).map(str::to_owned)
}

fn all(name: &str, items: &[Value], read: &mut Read) {
    for (at, item) in items.iter().enumerate() {
        let id = format!("{name}:{}", at + 1);
        match item {
            Value::Object(map) => one(name, map, read, &id),
            _ => read.skip(id, "it is no object"),
        }
    }
}

fn word(map: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match map.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn is_draft(map: &Map<String, Value>) -> bool {
    map.get("draft") == Some(&Value::Bool(true))
        || map.get("published") == Some(&Value::Bool(false))
        || map.get("state").and_then(Value::as_str) == Some("draft")
}

/// Who may read it, where the source says: Zendesk names the segments of users that an article is kept to, and none where everyone
/// may; Intercom keeps articles for its own people apart by their type.
fn audience(map: &Map<String, Value>) -> Option<Audience> {
    let is_kept = |name: &str| match map.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(segments)) => !segments.is_empty(),
        Some(_) => true,
    };
    let own = map.get(TYPE).and_then(Value::as_str) == Some("internal_article");
    if own || SEGMENTS.iter().any(|name| is_kept(name)) {
        return Some(Audience::Internal);
    }
    word(map, &["audience", "visibility"]).map(|text| markdown::audience(&text))
}

/// One object; Intercom's has its other languages within.
fn one(name: &str, map: &Map<String, Value>, read: &mut Read, fallback: &str) {
    let id = word(map, &ID).unwrap_or_else(|| fallback.to_owned());
    let translations = map.get("translated_content").and_then(Value::as_object);
    let mut others: Vec<(&String, &Map<String, Value>)> = translations
        .into_iter()
        .flatten()
        .filter(|(locale, _)| *locale != TYPE)
        .filter_map(|(locale, content)| Some((locale, content.as_object()?)))
        .collect();
    others.sort_by_key(|(locale, _)| *locale);
    let own = word(map, &LOCALE);
    if !others.iter().any(|(locale, _)| Some(*locale) == own.as_ref()) {
        language(name, map, map, read, &id, own.clone());
    }
    for (locale, content) in others {
        language(name, content, map, read, &id, Some(locale.clone()));
    }
}

fn language(
    name: &str,
    map: &Map<String, Value>,
    whole: &Map<String, Value>,
    read: &mut Read,
    id: &str,
    locale: Option<String>,
) {
    let what = if id == name { name.to_owned() } else { format!("{name}: {id}") };
    if is_draft(map) || is_draft(whole) {
        return read.skip(what, "it is a draft");
    }
    let Some(title) = word(map, &TITLE) else {
        return read.skip(what, format!("it has no title; looked for {}", TITLE.join(", ")));
    };
    let Some(text) = word(map, &BODY) else {
        return read.skip(what, format!("it has no text; looked for {}", BODY.join(", ")));
    };
    let body = if html::is_html(&text) { html::markdown(&text).unwrap_or_default() } else { text };
    if body.trim().is_empty() {
        return read.skip(what, "it says nothing");
    }
    read.drafts.push(Draft {
        id: id.to_owned(),
        file: name.to_owned(),
        title,
        locale,
        audience: audience(whole),
        url: word(map, &URL).or_else(|| word(whole, &URL)).filter(|url| url.starts_with("http")),
        body,
    });
}
