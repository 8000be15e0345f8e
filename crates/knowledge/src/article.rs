//! Articles as files: front matter, then sections.

use crate::facts;
use baton_base::{ArticleId, Bundle, Citation, ClientId, Finding, digest_of_text};
use baton_govern::{PolicyFacts, day_end_ms, day_start_ms};
use serde::{Deserialize, Serialize};

/// Longest article accepted, bytes.
pub const ARTICLE_BYTES_MAX: usize = 256 * 1024;
/// Digits of a version shown: enough to tell any two versions of one article apart.
const VERSION_CHARS: usize = 12;

/// Who may be answered from an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anyone.
    #[default]
    Customer,
    /// People of the operation only.
    #[serde(alias = "member")]
    Internal,
}

impl Audience {
    /// As in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Internal => "internal",
        }
    }
}

/// Where an imported article comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the source, such as `zendesk` or the imported folder's name.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// Its address there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Digest of the text as it was imported: a file whose text has another was edited here.
    pub text: String,
}

/// One article.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its id, the same in every language.
    pub id: ArticleId,
    /// Title.
    pub title: String,
    /// Language tag, such as `en`.
    pub locale: String,
    /// Who may be answered from it.
    pub audience: Audience,
    /// Clients that it is for; every client of the blueprint where there are none.
    pub clients: Vec<ClientId>,
    /// First day it holds (`YYYY-MM-DD`, UTC), if stated.
    pub valid_from: Option<String>,
    /// Last day it holds, included, if stated.
    pub valid_until: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it was imported from.
    pub origin: Option<Origin>,
    /// The address by which outside agents read it, where it is to have one of its own.
    pub uri: Option<String>,
    /// Digest of the file: another text is another version.
    pub version: String,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// What stands under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The heading; the article's title for what stands before the first one.
    pub heading: String,
    /// Its name in the article, made of the heading: what a citation points to.
    pub anchor: String,
    /// The text as written; policy facts stand in it as `{{fact.NAME}}`.
    pub text: String,
    /// Line of the file on which the text begins.
    pub line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: ArticleId,
    title: String,
    locale: String,
    #[serde(default)]
    audience: Audience,
    #[serde(default)]
    clients: Vec<ClientId>,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    origin: Option<Origin>,
    #[serde(default)]
    uri: Option<String>,
}

/// Front matter and body of a file, and how many lines the former takes.
pub(crate) fn split(text: &str) -> Option<(&str, &str, u32)> {
    let (front, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    Some((front, body, u32::try_from(front.lines().count() + 2).unwrap_or(0)))
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
        let Some((front, body, lines)) = split(&unix) else {
            return Err(Finding::error(path, "front-matter", "the article has no front matter", remedy).at(1, 1));
        };
        let front: Front = Bundle::yaml(path, front).map_err(|f| {
            let (line, column) = (f.line + 1, f.column);
            f.at(line, column)
        })?;
        days(path, &unix, &front)?;
        tagged(path, &unix, &front.locale)?;
        let sections = sections(&front.title, body, lines);
        named(path, &unix, &front.title, &sections)?;
        if sections.is_empty() {
            let remedy = "add text below the front matter";
            return Err(Finding::error(path, "article-empty", "the article says nothing", remedy));
        }
        Ok(Self {
            id: front.id,
            title: front.title,
            locale: front.locale,
            audience: front.audience,
            clients: front.clients,
            valid_from: front.valid_from,
            valid_until: front.valid_until,
            owner: front.owner,
            origin: front.origin,
            uri: front.uri,
            version: digest_of_text(&unix)[..VERSION_CHARS].to_owned(),
            sections,
        })
    }

    /// An article without a file of this form: whatever can be searched.
    pub fn plain(id: ArticleId, title: &str, locale: &str, body: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            locale: locale.to_owned(),
            audience: Audience::Customer,
            clients: Vec::new(),
            valid_from: None,
            valid_until: None,
            owner: None,
            origin: None,
            uri: None,
            version: digest_of_text(body)[..VERSION_CHARS].to_owned(),
            sections: sections(title, body, 0),
        }
    }

    /// The language of its tag: `de` of `de-CH`.
    pub fn language(&self) -> &str {
        language(&self.locale)
    }

    /// Whether it holds at a time.
    pub fn holds(&self, at_ms: i64) -> bool {
        let from_ms = self.valid_from.as_deref().and_then(day_start_ms).unwrap_or(i64::MIN);
        let until_ms = self.valid_until.as_deref().and_then(day_end_ms).unwrap_or(i64::MAX);
        from_ms <= at_ms && at_ms < until_ms
    }

    /// A section as an answer cites it.
    pub fn cite(&self, section: &Section) -> Citation {
        Citation {
            article: self.id.clone(),
            title: self.title.clone(),
            locale: self.locale.clone(),
            version: self.version.clone(),
            section: section.anchor.clone(),
            heading: section.heading.clone(),
        }
    }

    /// Placeholders of policy facts that are not in `facts.yaml`, or are not closed.
    pub(crate) fn unknown_facts(&self, path: &str, facts: &PolicyFacts) -> Vec<Finding> {
        let of = |section: &Section| facts::unknown(path, section.line, &section.text, facts);
        self.sections.iter().flat_map(of).collect()
    }
}

/// The language of a tag.
pub(crate) fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

/// Whether the language of a tag is one: two or three lower-case letters.
pub(crate) fn has_language(locale: &str) -> bool {
    let language = language(locale);
    (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase())
}

/// A tag with its language in lower case, as articles have it.
pub(crate) fn tag(locale: &str) -> String {
    let language = language(locale);
    format!("{}{}", language.to_ascii_lowercase(), &locale[language.len()..])
}

/// Refuses a language under which nothing would be found.
fn tagged(path: &str, text: &str, locale: &str) -> Result<(), Finding> {
    if has_language(locale) {
        return Ok(());
    }
    let message = format!("'{locale}' begins with no language");
    let remedy = "write two or three lower-case letters first, such as 'en' or 'de-CH'";
    let line = text.lines().position(|line| line.starts_with("locale")).map_or(0, |at| at + 1);
    Err(Finding::error(path, "article-locale", message, remedy).at(u32::try_from(line).unwrap_or(0), 1))
}

/// Refuses a policy fact in a title or a heading: it would be shown as it is written.
fn named(path: &str, text: &str, title: &str, sections: &[Section]) -> Result<(), Finding> {
    let mut names = std::iter::once(title).chain(sections.iter().map(|section| section.heading.as_str()));
    let Some(name) = names.find(|name| name.contains(facts::OPEN)) else { return Ok(()) };
    let message = "a policy fact in a title or heading is not filled in";
    let line = text.lines().position(|line| line.contains(name)).map_or(0, |at| at + 1);
    let finding = Finding::error(path, "policy-fact", message, "write it in the text below");
    Err(finding.at(u32::try_from(line).unwrap_or(0), 1))
}

fn days(path: &str, text: &str, front: &Front) -> Result<(), Finding> {
    let dated = [("valid_from", &front.valid_from), ("valid_until", &front.valid_until)];
    let line = |name: &str| text.lines().position(|line| line.starts_with(name)).map_or(0, |at| at + 1);
    for (name, day) in dated {
        if let Some(day) = day.as_ref().filter(|day| day_start_ms(day).is_none()) {
            let finding = Finding::error(path, "article-days", format!("'{day}' is no day"), "write YYYY-MM-DD");
            return Err(finding.at(u32::try_from(line(name)).unwrap_or(0), 1));
        }
    }
    if let (Some(from), Some(until)) = (&front.valid_from, &front.valid_until)
        && from > until
    {
        let message = "the article ends before it begins";
        let finding = Finding::error(path, "article-days", message, "correct valid_from and valid_until");
        return Err(finding.at(u32::try_from(line("valid_until")).unwrap_or(0), 1));
    }
    Ok(())
}

/// The level and words of a Markdown heading.
pub(crate) fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let words = line.get(level..)?.strip_prefix(' ')?.trim();
    ((1..=6).contains(&level) && !words.is_empty()).then(|| (level, words.trim_end_matches('#').trim_end()))
}

fn sections(title: &str, body: &str, lines_before: u32) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut open = (title, String::new(), 0_usize);
    let mut fenced = false;
    for (at, line) in body.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        match heading(line).filter(|_| !fenced) {
            Some((_, words)) => {
                close(&mut found, &open, lines_before);
                open = (words, String::new(), at + 1);
            }
            None => {
                open.1.push_str(line);
                open.1.push('\n');
            }
        }
    }
    close(&mut found, &open, lines_before);
    found
}

fn close(found: &mut Vec<Section>, (heading, text, at): &(&str, String, usize), lines_before: u32) {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    let blank = text.lines().take_while(|line| line.trim().is_empty()).count();
    let line = lines_before + u32::try_from(at + blank + 1).unwrap_or(0);
    let slug = slug(heading);
    let free = |name: &String| found.iter().all(|section| section.anchor != *name);
    let next = || (2_u32..).map(|n| format!("{slug}-{n}")).find(free);
    let anchor = if free(&slug) { slug.clone() } else { next().unwrap_or_else(|| slug.clone()) };
    found.push(Section { heading: (*heading).to_owned(), anchor, text: trimmed.to_owned(), line });
}

/// Words as a name in an address: lower case, joined by `-`.
pub(crate) fn slug(words: &str) -> String {
    const CHARS_MAX: usize = 60;
    let mut out = String::new();
    for c in words.chars().flat_map(char::to_lowercase) {
        let plain: &str = match c {
            'ä' => "ae",
            'ö' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'à' | 'á' | 'â' | 'å' => "a",
            'è' | 'é' | 'ê' | 'ë' => "e",
            'ì' | 'í' | 'î' | 'ï' => "i",
            'ò' | 'ó' | 'ô' | 'ø' => "o",
            'ù' | 'ú' | 'û' => "u",
            'ç' => "c",
            'ñ' => "n",
            '\'' | '’' => continue,
            _ if c.is_ascii_alphanumeric() => {
                out.push(c);
                continue;
            }
            _ if out.is_empty() || out.ends_with('-') => continue,
            _ => "-",
        };
        out.push_str(plain);
    }
    out.truncate(CHARS_MAX);
    let trimmed = out.trim_matches('-');
    if trimmed.is_empty() { "section".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\nid: a\ntitle: Paying\nlocale: de-CH\naudience: member\nclients: [acme]\nvalid_from: 2026-01-01\nvalid_until: 2026-06-30\nowner: payments team\n---\nBefore.\n\n# Wie lange?\n\nZwei Tage.\n```\n# no heading\n```\n## Wie lange?\nNoch einmal.\n#hash tag\n";

    #[test]
    fn sections_have_names_and_lines_and_code_makes_none() {
        let article = Article::parse("knowledge/a.md", TEXT).unwrap();
        let seen: Vec<_> = article.sections.iter().map(|s| (s.heading.as_str(), s.anchor.as_str(), s.line)).collect();
        assert_eq!(
            seen,
            [("Paying", "paying", 11), ("Wie lange?", "wie-lange", 15), ("Wie lange?", "wie-lange-2", 20)]
        );
        assert!(article.sections[1].text.contains("# no heading"));
        assert_eq!((article.language(), article.audience), ("de", Audience::Internal));
        assert_eq!(article.cite(&article.sections[1]).section, "wie-lange");
    }

    #[test]
    fn an_article_holds_on_its_days() {
        let article = Article::parse("knowledge/a.md", TEXT).unwrap();
        let day = |text: &str| day_start_ms(text).unwrap();
        for (at_ms, holds) in [
            (day("2025-12-31"), false),
            (day("2026-01-01"), true),
            (day("2026-06-30") + 1, true),
            (day("2026-07-01"), false),
        ] {
            assert_eq!(article.holds(at_ms), holds);
        }
        for (wrong, line) in [("2026-02-30", 7), ("soon", 7), ("2026-08-01", 8)] {
            let finding = Article::parse("a.md", &TEXT.replace("2026-01-01", wrong)).unwrap_err();
            assert_eq!((finding.rule.as_str(), finding.line), ("article-days", line), "{wrong}");
        }
    }

    #[test]
    fn every_section_has_a_name_of_its_own() {
        let body = "# A 3\none\n# A\ntwo\n# A\nthree\n# A\nfour\n# A 2\nfive\n";
        let article = Article::plain(ArticleId::known("a"), "A", "en", body);
        let seen: Vec<_> = article.sections.iter().map(|s| s.anchor.as_str()).collect();
        assert_eq!(seen, ["a-3", "a", "a-2", "a-4", "a-2-2"]);
    }

    #[test]
    fn a_tag_without_a_language_and_a_fact_in_a_name_are_refused_with_their_line() {
        for wrong in ["DE-ch", "german", "d", "-de", "d3"] {
            let finding = Article::parse("a.md", &TEXT.replace("de-CH", wrong)).unwrap_err();
            assert_eq!((finding.rule.as_str(), finding.line), ("article-locale", 4), "{wrong}");
        }
        assert_eq!((tag("DE-ch"), tag("EN")), ("de-ch".to_owned(), "en".to_owned()));
        for (from, to, line) in [("Paying", "Paying {{fact.fee}}", 3), ("# Wie lange?", "# Wie {{fact.days}}?", 13)] {
            let finding = Article::parse("a.md", &TEXT.replacen(from, to, 1)).unwrap_err();
            assert_eq!((finding.rule.as_str(), finding.line), ("policy-fact", line), "{to}");
        }
    }

    #[test]
    fn another_text_is_another_version() {
        let one = Article::parse("a.md", TEXT).unwrap();
        let other = Article::parse("a.md", &TEXT.replace("Zwei", "Drei")).unwrap();
        assert_ne!(one.version, other.version);
        assert_eq!(one.version, Article::parse("a.md", &TEXT.replace('\n', "\r\n")).unwrap().version);
    }

    #[test]
    fn names_are_made_of_any_words() {
        for (words, name) in [("Größe & Farbe!", "groesse-farbe"), ("¿?", "section"), ("Don't panic", "dont-panic")]
        {
            assert_eq!(slug(words), name);
        }
    }
}
