//! What can be read: articles for customers as resources, the client's texts as prompts.

use baton_base::{ClientId, Result};
use baton_cases::{CasesConfig, Templates};
use baton_knowledge::{Article, Audience, Shelf};
use rmcp::model::{Prompt, PromptArgument, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Map, Value};

const MARKDOWN: &str = "text/markdown";

/// An article's address.
fn uri(client: &ClientId, article: &Article) -> String {
    let own = || format!("baton://{client}/articles/{}/{}", article.id, article.locale);
    article.uri.clone().unwrap_or_else(own)
}

/// Articles that a customer may be answered from now; those for members stay inside.
pub(super) fn articles(shelf: &Shelf, now_ms: i64) -> impl Iterator<Item = &Article> {
    let open = move |article: &&Article| article.audience == Audience::Customer && article.holds(now_ms);
    shelf.articles().iter().filter(open)
}

pub(super) fn resources(client: &ClientId, shelf: &Shelf, now_ms: i64) -> Vec<Resource> {
    let shown = |article: &Article| {
        Resource::new(uri(client, article), article.id.to_string())
            .with_title(article.title.clone())
            .with_description(format!("{} ({})", article.title, article.locale))
            .with_mime_type(MARKDOWN)
    };
    articles(shelf, now_ms).map(shown).collect()
}

pub(super) fn template(client: &ClientId) -> ResourceTemplate {
    ResourceTemplate::new(format!("baton://{client}/articles/{{article}}/{{locale}}"), "article")
        .with_title("An article in one language")
        .with_mime_type(MARKDOWN)
}

/// An article's text. A section that needs a policy fact which has no value now is left out.
pub(super) fn read(client: &ClientId, shelf: &Shelf, wanted: &str, now_ms: i64) -> Option<ResourceContents> {
    let article = articles(shelf, now_ms).find(|article| uri(client, article) == wanted)?;
    let sections = article.sections.iter().filter_map(|section| {
        let text = shelf.text(section, now_ms).ok()?;
        Some(format!("## {}\n\n{text}\n", section.heading))
    });
    let text = format!("# {}\n\n{}", article.title, sections.collect::<Vec<_>>().join("\n"));
    Some(ResourceContents::text(text, wanted).with_mime_type(MARKDOWN))
}

/// Texts whose gaps are all plain words; those with lists in them are for processes.
pub(super) fn prompts(templates: &Templates, locale: &str) -> Vec<Prompt> {
    let shown = |key: &str| {
        let mut variables = templates.variables(locale, key)?;
        // Policy facts are filled in here, and are nobody's to give.
        variables.retain(|name| !name.starts_with("fact."));
        if variables.iter().any(|name| name.contains('.')) {
            return None;
        }
        let gaps = variables.into_iter().map(|name| PromptArgument::new(name).with_required(true)).collect();
        Some(Prompt::new(key, Some(format!("The client's text '{key}', filled in")), Some(gaps)))
    };
    templates.keys().into_iter().filter_map(shown).collect()
}

/// A prompt filled in. Arguments are text; one that is a number is one, for amounts.
pub(super) fn filled(
    config: &CasesConfig,
    key: &str,
    arguments: Option<&Map<String, Value>>,
    now_ms: i64,
) -> Result<String> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| n.to_string() == text).map(Value::from);
    let value = |value: &Value| value.as_str().and_then(number).unwrap_or_else(|| value.clone());
    let given = arguments.into_iter().flatten().map(|(name, given)| (name.clone(), value(given)));
    config.render(&config.locale, key, &Value::Object(given.collect()), now_ms)
}
