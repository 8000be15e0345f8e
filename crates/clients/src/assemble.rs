//! Folder and overlay → bundle: reads the files, checks the parameters, fills them in.

use crate::limits;
use baton_base::{Bundle, Finding};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What the names of tests end in.
const TESTS: &str = ".test.yaml";

/// A client's parameters on top of a blueprint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Id of the client.
    pub client: String,
    /// Name for people.
    pub name: String,
    /// Folder name of the blueprint.
    pub blueprint: String,
    /// BCP 47 tag, such as `de-DE`.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Values for the blueprint's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
}

/// A parameter that a blueprint declares.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterSpec {
    /// `text`, `integer`, `boolean` or `list`.
    pub r#type: String,
    /// Value where an overlay gives none; without it the parameter must be given.
    #[serde(default)]
    pub default: Option<Value>,
    /// What it means, for whoever writes the overlay.
    pub description: String,
}

#[derive(Deserialize)]
pub(crate) struct Head {
    version: String,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, ParameterSpec>,
}

/// The parameters that a `blueprint.yaml` declares; `None` where it cannot be read, which is told when it is put together.
pub fn declared(blueprint: &str) -> Option<BTreeMap<String, ParameterSpec>> {
    Bundle::yaml::<Head>("blueprint.yaml", blueprint).ok().map(|head| head.parameters)
}

/// Reads an overlay file.
pub fn read_overlay(path: &Path) -> Result<Overlay, Vec<Finding>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|e| vec![Finding::error(&name, "overlay-file", e.to_string(), "give the path of an overlay file")])?;
    let overlay: Overlay = Bundle::yaml(&name, &text).map_err(|f| vec![f])?;
    let currency = overlay.currency.parse::<baton_base::Currency>();
    let client = overlay.client.parse::<baton_base::ClientId>();
    let mut findings = Vec::new();
    if let Err(e) = currency {
        findings.push(Finding::error(&name, "currency", e.to_string(), "use an ISO 4217 code such as EUR"));
    }
    if let Err(e) = client {
        findings.push(Finding::error(&name, "client-id", e.to_string(), "use letters, digits and '-'"));
    }
    if findings.is_empty() { Ok(overlay) } else { Err(findings) }
}

/// Reads a blueprint folder and applies an overlay: returns the bundle and the blueprint's version.
///
/// `{{param.NAME}}` in any file is replaced by the parameter's value: text as it stands, anything else as JSON. Tests
/// (`*.test.yaml`) stand only among the bundle's sources: what runs does not see them.
pub fn assemble(folder: &Path, overlay: &Overlay) -> Result<(Bundle, String), Vec<Finding>> {
    let mut files = BTreeMap::new();
    let mut findings = Vec::new();
    read_folder(folder, folder, &mut files, &mut findings);
    if files.contains_key("blueprint.yaml") {
        return assembled(files, overlay, findings);
    }
    let what = format!("{} holds no blueprint.yaml", folder.display());
    Err(vec![Finding::error("blueprint.yaml", "blueprint-file", what, "give the folder of a blueprint")])
}

/// The same from files that are at hand.
pub fn assemble_files(files: BTreeMap<String, String>, overlay: &Overlay) -> Result<(Bundle, String), Vec<Finding>> {
    assembled(files, overlay, Vec::new())
}

fn assembled(
    mut files: BTreeMap<String, String>,
    overlay: &Overlay,
    mut findings: Vec<Finding>,
) -> Result<(Bundle, String), Vec<Finding>> {
    let head = match files.get("blueprint.yaml").map(|text| Bundle::yaml::<Head>("blueprint.yaml", text)) {
        Some(Ok(head)) => head,
        Some(Err(finding)) => return Err(vec![finding]),
        None => {
            let remedy = "send all files of a blueprint";
            return Err(vec![Finding::error("blueprint.yaml", "blueprint-file", "there is no blueprint.yaml", remedy)]);
        }
    };
    let parameters = fill_parameters(&head.parameters, overlay, &mut findings);
    let sources = files.clone();
    files.retain(|path, _| !path.ends_with(TESTS));
    let mut known = parameters.clone();
    // Known in files alone: it is not one of the release's parameters, unless the blueprint declares it.
    known.entry("time_zone".to_owned()).or_insert_with(|| Value::from(overlay.time_zone.as_str()));
    for (path, text) in &mut files {
        *text = substitute(path, text, &known, &mut findings);
    }
    if findings.is_empty() { Ok((Bundle { files, parameters, sources }, head.version)) } else { Err(findings) }
}

fn read_folder(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) => {
            let name = folder.display().to_string();
            findings.push(Finding::error(&name, "blueprint-folder", e.to_string(), "give a readable folder"));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            read_folder(root, &path, files, findings);
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        match read_file(&path, files.len()) {
            Ok(text) => {
                files.insert(name, text);
            }
            Err(why) => {
                findings.push(Finding::error(&name, "blueprint-file", why, "keep blueprints to small text files"))
            }
        }
    }
}

fn read_file(path: &Path, count: usize) -> Result<String, String> {
    if count >= limits::FILES_MAX {
        return Err(format!("more than {} files", limits::FILES_MAX));
    }
    let bytes = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if bytes > limits::FILE_BYTES_MAX {
        return Err(format!("{bytes} bytes; at most {} are allowed", limits::FILE_BYTES_MAX));
    }
    fs::read_to_string(path).map_err(|e| e.to_string())
}

fn fill_parameters(
    specs: &BTreeMap<String, ParameterSpec>,
    overlay: &Overlay,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Value> {
    let mut filled = BTreeMap::new();
    for name in overlay.parameters.keys().filter(|name| !specs.contains_key(*name)) {
        let known: Vec<_> = specs.keys().map(String::as_str).collect();
        let what = format!("parameter '{name}' is not one of the blueprint's");
        findings.push(Finding::error(
            "overlay",
            "unknown-parameter",
            what,
            format!("use one of: {}", known.join(", ")),
        ));
    }
    for (name, spec) in specs {
        let value = overlay.parameters.get(name).or(spec.default.as_ref());
        match value {
            Some(value) if has_type(value, &spec.r#type) => {
                filled.insert(name.clone(), value.clone());
            }
            Some(value) => {
                let what = format!("parameter '{name}' is {value}, which is not of type {}", spec.r#type);
                findings.push(Finding::error("overlay", "parameter-type", what, spec.description.clone()));
            }
            None => {
                let what = format!("parameter '{name}' is missing");
                findings.push(Finding::error("overlay", "missing-parameter", what, spec.description.clone()));
            }
        }
    }
    for (name, value) in [
        ("client", &overlay.client),
        ("client_name", &overlay.name),
        ("locale", &overlay.locale),
        ("currency", &overlay.currency),
    ] {
        filled.insert(name.to_owned(), Value::from(value.as_str()));
    }
    filled
}

fn has_type(value: &Value, r#type: &str) -> bool {
    match r#type {
        "text" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "list" => value.is_array(),
        _ => false,
    }
}

fn substitute(path: &str, text: &str, parameters: &BTreeMap<String, Value>, findings: &mut Vec<Finding>) -> String {
    const OPEN: &str = "{{param.";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        out.push_str(&rest[..start]);
        let after = &rest[start + OPEN.len()..];
        let Some(end) = after.find("}}") else {
            let line = 1 + out.matches('\n').count();
            findings.push(finding_at(path, line, "a parameter is opened and not closed", "write {{param.NAME}}"));
            return text.to_owned();
        };
        let name = after[..end].trim();
        match parameters.get(name) {
            Some(Value::String(value)) => out.push_str(value),
            Some(value) => out.push_str(&value.to_string()),
            None => {
                let line = 1 + out.matches('\n').count();
                let what = format!("parameter '{name}' is not declared");
                findings.push(finding_at(path, line, &what, "declare it in blueprint.yaml under parameters"));
            }
        }
        rest = &after[end + 2..];
    }
    out.push_str(rest);
    out
}

fn finding_at(path: &str, line: usize, what: &str, remedy: &str) -> Finding {
    Finding::error(path, "parameter", what, remedy).at(u32::try_from(line).unwrap_or(0), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn overlay(parameters: Value) -> Overlay {
        let value = json!({"client": "acme", "name": "Acme", "blueprint": "b", "locale": "en-US",
            "currency": "USD", "time_zone": "UTC", "parameters": parameters});
        serde_json::from_value(value).unwrap()
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    const HEAD: &str = "version: 1.0.0\nparameters:\n  limit_minor: {type: integer, description: the limit}\n";

    #[test]
    fn parameters_are_filled_in_everywhere() {
        let dir = folder(&[
            ("blueprint.yaml", HEAD),
            ("policies/a.cedar", "x < {{param.limit_minor}} in {{param.currency}}"),
            ("processes/nightly.yaml", "cron: 'CRON_TZ={{param.time_zone}} 0 6 * * *'"),
        ]);
        let (bundle, version) = assemble(dir.path(), &overlay(json!({"limit_minor": 5000}))).unwrap();
        assert_eq!(bundle.file("policies/a.cedar"), Some("x < 5000 in USD"));
        assert_eq!(bundle.file("processes/nightly.yaml"), Some("cron: 'CRON_TZ=UTC 0 6 * * *'"));
        assert_eq!(version, "1.0.0");
    }

    #[test]
    fn missing_unknown_mistyped_and_undeclared_parameters_are_refused_by_name() {
        let dir = folder(&[("blueprint.yaml", HEAD), ("a.md", "one\n{{param.nope}}")]);
        let rules = |parameters: Value| -> Vec<String> {
            assemble(dir.path(), &overlay(parameters)).unwrap_err().into_iter().map(|f| f.rule).collect()
        };
        assert_eq!(rules(json!({})), ["missing-parameter", "parameter"]);
        assert_eq!(rules(json!({"limit_minor": "5"})), ["parameter-type", "parameter"]);
        assert_eq!(rules(json!({"limit_minor": 5, "other": 1})), ["unknown-parameter", "parameter"]);
        let findings = assemble(dir.path(), &overlay(json!({"limit_minor": 5}))).unwrap_err();
        assert_eq!((findings[0].file.as_str(), findings[0].line), ("a.md", 2));
    }
}
