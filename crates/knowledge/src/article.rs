//! Articles as files: front matter, then sections.

use baton_base::{ArticleId, Bundle, Finding};
use serde::Deserialize;

/// Longest article accepted, bytes.
const ARTICLE_BYTES_MAX: usize = 256 * 1024;

/// One article.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its id, the same in every language.
    pub id: ArticleId,
    /// Title.
    pub title: String,
    /// Language, such as `en`.
    pub locale: String,
    /// `customer` or `member`; a customer is only answered from the first.
    pub audience: String,
    /// First day it holds (`YYYY-MM-DD`), if stated.
    pub valid_from: Option<String>,
    /// The address by which outside agents read it, where it is to have one of its own.
    pub uri: Option<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// What stands under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The heading; the article's title for what stands before the first one.
    pub heading: String,
    /// Plain paragraphs.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: ArticleId,
    title: String,
    locale: String,
    #[serde(default = "customer")]
    audience: String,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

fn customer() -> String {
    "customer".to_owned()
}

impl Article {
    /// Reads one file; the finding says what is wrong and where.
    pub fn parse(path: &str, text: &str) -> Result<Self, Finding> {
        let remedy = "begin the file with a line '---', then id, title and locale, then another line '---'";
        if text.len() > ARTICLE_BYTES_MAX {
            let message = format!("an article has at most {ARTICLE_BYTES_MAX} bytes");
            return Err(Finding::error(path, "article-size", message, "split the article"));
        }
        let unix = text.replace("\r\n", "\n");
        let parts = unix.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let Some((front, body)) = parts else {
            return Err(Finding::error(path, "front-matter", "the article has no front matter", remedy).at(1, 1));
        };
        let front: Front = Bundle::yaml(path, front).map_err(|f| {
            let (line, column) = (f.line + 1, f.column);
            f.at(line, column)
        })?;
        if !["customer", "member"].contains(&front.audience.as_str()) {
            let message = format!("audience '{}' is not known", front.audience);
            return Err(Finding::error(path, "audience", message, "write 'customer' or 'member'"));
        }
        let sections = sections(&front.title, body);
        if sections.is_empty() {
            return Err(Finding::error(
                path,
                "article-empty",
                "the article says nothing",
                "add text below the front matter",
            ));
        }
        Ok(Self {
            id: front.id,
            title: front.title,
            locale: front.locale,
            audience: front.audience,
            valid_from: front.valid_from,
            uri: front.uri,
            sections,
        })
    }
}

fn sections(title: &str, body: &str) -> Vec<Section> {
    let mut found = vec![Section { heading: title.to_owned(), text: String::new() }];
    for line in body.lines() {
        if line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim().to_owned();
            found.push(Section { heading, text: String::new() });
        } else if let Some(last) = found.last_mut() {
            last.text.push_str(line);
            last.text.push('\n');
        }
    }
    for section in &mut found {
        section.text = section.text.trim().to_owned();
    }
    found.retain(|s| !s.text.is_empty());
    found
}
