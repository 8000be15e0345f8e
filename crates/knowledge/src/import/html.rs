//! HTML as Markdown: headings, lists and words; no scripts, no pictures, no frames around the text.

use super::file::title_of;
use super::{Draft, Read};
use htmd::HtmlToMarkdown;

/// What holds no words of an article.
const AROUND: [&str; 13] = [
    "head", "script", "style", "noscript", "nav", "footer", "aside", "svg", "img", "form", "iframe", "template",
    "button",
];

pub(super) fn page(name: &str, text: &str) -> Read {
    let mut read = Read::default();
    let Some(body) = markdown(text) else {
        read.skip(name, "it cannot be read as HTML");
        return read;
    };
    let heading = body.lines().next().and_then(|line| line.strip_prefix("# ")).map(str::to_owned);
    let body = match &heading {
        Some(_) => body.split_once('\n').map_or("", |(_, rest)| rest).trim().to_owned(),
        None => body,
    };
    if body.is_empty() {
        read.skip(name, "it says nothing");
        return read;
    }
    let title = heading.or_else(|| between(text, "<title", "</title>")).unwrap_or_else(|| title_of(name));
    let locale = between_quotes(text, "<html", "lang=");
    let file = name.to_owned();
    read.drafts.push(Draft { id: file.clone(), file, title, locale, audience: None, url: None, body });
    read
}

/// The words of a page as Markdown.
pub(super) fn markdown(html: &str) -> Option<String> {
    let converter = HtmlToMarkdown::builder().skip_tags(AROUND.to_vec()).build();
    converter.convert(html).ok().map(|text| tidied(&text))
}

/// Whether a text is HTML and not Markdown.
pub(super) fn is_html(text: &str) -> bool {
    const TAGS: [&str; 9] = ["</p>", "<p>", "<br", "</div>", "</h1>", "</h2>", "</h3>", "</ul>", "</li>"];
    TAGS.iter().any(|tag| text.contains(tag))
}

/// Without marks that only a reader of Markdown would need, and without runs of empty lines.
fn tidied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation) {
            continue;
        }
        out.push(if c == '\u{a0}' { ' ' } else { c });
    }
    let mut tidy = String::with_capacity(out.len());
    let mut empty = 0;
    for line in out.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.trim().to_owned()
}

/// The words of the first element that opens so.
fn between(html: &str, open: &str, close: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find(open)?;
    let inner = start + lower[start..].find('>')? + 1;
    let end = inner + lower[inner..].find(close)?;
    let words = markdown(&html[inner..end])?;
    (!words.is_empty()).then(|| words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn between_quotes(html: &str, open: &str, name: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find(open)?;
    let end = start + lower[start..].find('>')?;
    let value = html[start..end].split_once(name)?.1;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().filter(|tag| !tag.is_empty()).map(str::to_owned)
}
