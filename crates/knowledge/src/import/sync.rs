//! What an import changes in a blueprint: compared with what was imported before, by the article's id at its source.

use super::Draft;
use super::apart::{Told, apart, harmless, line};
use crate::article::{ARTICLE_BYTES_MAX, Article, Audience, Origin, has_language, slug, split, tag};
use baton_base::{ArticleId, ClientId, digest_of_text};
use std::collections::{BTreeMap, BTreeSet};

/// Digits of a digest that tell two ids of one name apart.
const APART_CHARS: usize = 6;

/// How drafts become articles.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Name of the source; what was imported under it before is compared.
    pub source: String,
    /// The client it is for; every client of the blueprint if none.
    pub client: Option<ClientId>,
    /// Language tag where the source says none.
    pub locale: String,
    /// Who may be answered from it where the source says nothing.
    pub audience: Audience,
    /// Take the source's text where the file was edited here.
    pub over_edits: bool,
}

/// What becomes of one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was not here.
    New,
    /// It says something else at its source.
    Changed,
    /// It was edited here and says something else at its source: its text stays as it is here.
    EditedHere,
    /// It is here and no longer at its source.
    Gone,
    /// Nothing.
    Unchanged,
    /// Its id stands twice at the source, in one file and language: only the first is taken.
    Twice,
}

/// One article's part of an import.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// What becomes of it.
    pub change: Change,
    /// File in the blueprint; of what is left out, the source's.
    pub file: String,
    /// Id; of what is left out, the source's.
    pub id: String,
    /// Title.
    pub title: String,
    /// What the file is to hold; nothing where it stays, or goes.
    #[serde(skip)]
    pub text: Option<String>,
}

struct Here {
    file: String,
    article: Article,
    /// Head and text of the file.
    parts: (String, String),
    edited: bool,
}

/// Compares drafts with the files `knowledge/**.md` of a blueprint, by path.
pub fn plan(files: &BTreeMap<String, String>, drafts: &[Draft], wanted: &Wanted) -> Vec<Step> {
    let wanted = &Wanted { source: line(&wanted.source), ..wanted.clone() };
    let here: Vec<Here> = files.iter().filter_map(|(file, text)| known(file, text)).collect();
    let mut taken: BTreeSet<String> = here.iter().map(|h| h.article.id.to_string()).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut steps = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let (told, twice) = apart(drafts, wanted);
    for one in &told {
        let draft = &one.draft;
        let same = |h: &&Here| is_of(h, wanted, one);
        // Its own article before one that was imported when its id stood in one file only.
        let exact = |h: &&Here| same(h) && h.article.origin.as_ref().is_some_and(|origin| one.is_own(&origin.id));
        let in_order = || here.iter().filter(exact).chain(here.iter().filter(same));
        let before = in_order().find(|h| h.article.locale == one.locale);
        let id = match in_order().next() {
            Some(known) => known.article.id.to_string(),
            None => ids.entry(draft.id.clone()).or_insert_with(|| new_id(draft, &mut taken)).clone(),
        };
        if let Some(before) = before {
            seen.insert(before.file.as_str());
        }
        steps.push(step(draft, &one.locale, id, before, wanted));
    }
    let gone = here.iter().filter(|h| h.article.origin.as_ref().is_some_and(|o| o.source == wanted.source));
    steps.extend(gone.filter(|h| !seen.contains(h.file.as_str())).map(|h| Step {
        change: Change::Gone,
        file: h.file.clone(),
        id: h.article.id.to_string(),
        title: h.article.title.clone(),
        text: None,
    }));
    let left_out =
        |draft: Draft| Step { change: Change::Twice, file: draft.file, id: draft.id, title: draft.title, text: None };
    steps.extend(twice.into_iter().map(left_out));
    steps.sort_by(|a, b| a.change.cmp(&b.change).then_with(|| a.file.cmp(&b.file)));
    steps
}

fn known(file: &str, text: &str) -> Option<Here> {
    let article = Article::parse(file, text).ok()?;
    let unix = text.replace("\r\n", "\n");
    let (front, body, _) = split(&unix)?;
    let edited = article.origin.as_ref().is_some_and(|origin| origin.text != text_digest(body));
    Some(Here { file: file.to_owned(), article, parts: (front.to_owned(), body.to_owned()), edited })
}

fn is_of(here: &Here, wanted: &Wanted, told: &Told) -> bool {
    let of = |origin: &Origin| origin.source == wanted.source && told.was(&origin.id, &here.article.title);
    here.article.origin.as_ref().is_some_and(of)
}

fn new_id(draft: &Draft, taken: &mut BTreeSet<String>) -> String {
    let plain = slug(&draft.title);
    let id = match taken.contains(&plain) {
        false => plain,
        true => format!("{plain}-{}", &digest_of_text(&draft.id)[..APART_CHARS]),
    };
    taken.insert(id.clone());
    id
}

/// Whether the source keeps it from customers: then no file here opens it to them.
fn is_kept_inside(draft: &Draft) -> bool {
    draft.audience == Some(Audience::Internal)
}

/// Whether a file here opens to customers what its source keeps from them.
fn opens(here: &Here, draft: &Draft) -> bool {
    here.article.audience != Audience::Internal && is_kept_inside(draft)
}

/// The file as it was edited here, closed to customers.
fn closed(here: &Here) -> String {
    let (front, body) = &here.parts;
    let kept: String =
        front.lines().filter(|line| !line.starts_with("audience:")).map(|line| line.to_owned() + "\n").collect();
    format!("---\n{kept}audience: {}\n---\n{body}", Audience::Internal.as_str())
}

fn text_digest(body: &str) -> String {
    digest_of_text(body.trim())[..16].to_owned()
}

fn step(draft: &Draft, locale: &str, id: String, before: Option<&Here>, wanted: &Wanted) -> Step {
    let file =
        before.map_or_else(|| format!("knowledge/{}/{id}.{locale}.md", slug(&wanted.source)), |h| h.file.clone());
    let body = body(draft);
    let digest = text_digest(&body);
    let change = match before {
        None => Change::New,
        Some(here) => {
            let origin = here.article.origin.as_ref();
            let same = origin.is_some_and(|origin| origin.text == digest) && here.article.title == draft.title;
            let same = same && !opens(here, draft);
            match (same, here.edited && !wanted.over_edits) {
                (true, _) => Change::Unchanged,
                (false, true) => Change::EditedHere,
                (false, false) => Change::Changed,
            }
        }
    };
    let text = match change {
        Change::New | Change::Changed => Some(file_text(draft, locale, &id, &body, digest, before, wanted)),
        Change::EditedHere => before.filter(|here| opens(here, draft)).map(closed),
        Change::Unchanged | Change::Gone | Change::Twice => None,
    };
    Step { change, file, id, title: draft.title.clone(), text }
}

/// The draft's text as a file may hold it: it fills in nothing of ours, and is never too long for a file.
fn body(draft: &Draft) -> String {
    let mut body = harmless(draft.body.replace("\r\n", "\n").trim());
    let mut end = body.len().min(ARTICLE_BYTES_MAX - 4_096);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    body.truncate(end);
    body.trim().to_owned()
}

fn file_text(
    draft: &Draft,
    locale: &str,
    id: &str,
    body: &str,
    digest: String,
    before: Option<&Here>,
    wanted: &Wanted,
) -> String {
    let quoted = |text: &str| serde_json::Value::from(text.replace(['\r', '\n'], " ")).to_string();
    let (title, locale) = (quoted(&draft.title), quoted(locale));
    let kept = before.map(|h| &h.article);
    let audience = match kept {
        _ if is_kept_inside(draft) => Audience::Internal,
        Some(article) => article.audience,
        None => draft.audience.unwrap_or(wanted.audience),
    };
    let mut front = format!("id: {}\ntitle: {title}\nlocale: {locale}\naudience: {}\n", quoted(id), audience.as_str());
    let clients: Vec<&ClientId> = match kept {
        Some(article) => article.clients.iter().collect(),
        None => wanted.client.iter().collect(),
    };
    if !clients.is_empty() {
        let names: Vec<&str> = clients.iter().map(|client| client.as_str()).collect();
        front.push_str(&format!("clients: [{}]\n", names.join(", ")));
    }
    // What somebody has added here stays.
    let added = [
        ("valid_from", kept.and_then(|a| a.valid_from.as_ref())),
        ("valid_until", kept.and_then(|a| a.valid_until.as_ref())),
        ("owner", kept.and_then(|a| a.owner.as_ref())),
        ("uri", kept.and_then(|a| a.uri.as_ref())),
    ];
    for (name, value) in added {
        if let Some(value) = value {
            front.push_str(&format!("{name}: {}\n", quoted(value)));
        }
    }
    let origin = Origin { source: wanted.source.clone(), id: draft.id.clone(), url: draft.url.clone(), text: digest };
    front.push_str(&format!("origin:\n  source: {}\n  id: {}\n", quoted(&origin.source), quoted(&origin.id)));
    if let Some(url) = &origin.url {
        front.push_str(&format!("  url: {}\n", quoted(url)));
    }
    front.push_str(&format!("  text: \"{}\"\n", origin.text));
    format!("---\n{front}---\n{body}\n")
}

/// Whether a draft's language tag and id can stand in a file.
pub fn fits(draft: &Draft, wanted: &Wanted) -> bool {
    let locale = tag(draft.locale.as_ref().unwrap_or(&wanted.locale));
    let plain = locale.len() <= 35 && locale.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plain && has_language(&locale) && slug(&draft.title).parse::<ArticleId>().is_ok()
}
