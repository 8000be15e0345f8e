//! Who answers for what: every agent, process, article and connector has a named owner, or the blueprint has one for all.

use baton_base::{Bundle, Finding};
use serde_json::Value;

const REMEDY: &str = "write owner: NAME in the file, or in blueprint.yaml for all of them";

/// Files that nobody answers for.
pub fn without_owner(bundle: &Bundle) -> Vec<Finding> {
    if bundle.file("blueprint.yaml").is_some_and(|text| owner(text).is_some()) {
        return Vec::new();
    }
    let folders = [("agents", "yaml"), ("processes", "yaml"), ("connectors", "yaml"), ("knowledge", "md")];
    let files = folders.into_iter().flat_map(|(folder, ext)| bundle.in_folder(folder, ext));
    files
        .filter(|(path, _, text)| !path.ends_with(".openapi.yaml") && owner(head(text)).is_none())
        .map(|(path, ..)| Finding::error(path, "owner", "nobody answers for this", REMEDY))
        .collect()
}

/// What stands before an article's text; a YAML file is all head.
fn head(text: &str) -> &str {
    match text.strip_prefix("---") {
        Some(rest) => rest.split("\n---").next().unwrap_or_default(),
        None => text,
    }
}

/// The owner that a file names: at its top, or in a process's `document.metadata`.
fn owner(text: &str) -> Option<String> {
    let value: Value = Bundle::yaml("owner", text).ok()?;
    let named = value.get("owner").or_else(|| value.pointer("/document/metadata/owner"))?;
    named.as_str().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
