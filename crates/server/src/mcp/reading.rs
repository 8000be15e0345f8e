//! What can be read: articles for customers as resources, the client's texts as prompts.

use baton_base::{ClientId, Result};
use baton_cases::Templates;
use baton_knowledge::{Article, Shelf};
use rmcp::model::{Prompt, PromptArgument, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Map, Value};

const MARKDOWN: &str = "text/markdown";

/// An article's address.
fn uri(client: &ClientId, article: &Article) -> String {
    let own = || format!("baton://{client}/articles/{}/{}", article.id, article.locale);
    article.uri.clone().unwrap_or_else(own)
}

/// Articles that a customer may be answered from; those for members stay inside.
pub(super) fn articles(shelf: &Shelf) -> impl Iterator<Item = &Article> {
    shelf.articles().iter().filter(|article| article.audience == "customer")
}

pub(super) fn resources(client: &ClientId, shelf: &Shelf) -> Vec<Resource> {
    let shown = |article: &Article| {
        Resource::new(uri(client, article), article.id.to_string())
            .with_title(article.title.clone())
            .with_description(format!("{} ({})", article.title, article.locale))
            .with_mime_type(MARKDOWN)
    };
    articles(shelf).map(shown).collect()
}

pub(super) fn template(client: &ClientId) -> ResourceTemplate {
    ResourceTemplate::new(format!("baton://{client}/articles/{{article}}/{{locale}}"), "article")
        .with_title("An article in one language")
        .with_mime_type(MARKDOWN)
}

pub(super) fn read(client: &ClientId, shelf: &Shelf, wanted: &str) -> Option<ResourceContents> {
    let article = articles(shelf).find(|article| uri(client, article) == wanted)?;
    let sections = article.sections.iter().map(|section| format!("## {}\n\n{}\n", section.heading, section.text));
    let text = format!("# {}\n\n{}", article.title, sections.collect::<Vec<_>>().join("\n"));
    Some(ResourceContents::text(text, wanted).with_mime_type(MARKDOWN))
}

/// Texts whose gaps are all plain words; those with lists in them are for processes.
pub(super) fn prompts(templates: &Templates, locale: &str) -> Vec<Prompt> {
    let shown = |key: &str| {
        let variables = templates.variables(locale, key)?;
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
    templates: &Templates,
    locale: &str,
    key: &str,
    arguments: Option<&Map<String, Value>>,
) -> Result<String> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| n.to_string() == text).map(Value::from);
    let value = |value: &Value| value.as_str().and_then(number).unwrap_or_else(|| value.clone());
    let given = arguments.into_iter().flatten().map(|(name, given)| (name.clone(), value(given)));
    templates.render(locale, key, &Value::Object(given.collect()))
}
