//! A client that stands in for a real one, so that a blueprint can be checked by itself.

use crate::Overlay;
use crate::assemble::{Head, ParameterSpec};
use baton_base::{Bundle, Finding};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// An overlay with these parameters, and for those that are neither given nor have a default a value of their type:
/// text that can stand for a name, a pattern and an address, the number 1, no, an empty list.
pub fn stand_in(folder: &Path, given: &BTreeMap<String, Value>) -> Result<Overlay, Vec<Finding>> {
    const FILE: &str = "blueprint.yaml";
    let text = fs::read_to_string(folder.join(FILE)).map_err(|e| {
        let what = format!("{} holds no {FILE}: {e}", folder.display());
        vec![Finding::error(FILE, "blueprint-file", what, "give the folder of a blueprint")]
    })?;
    let head: Head = Bundle::yaml(FILE, &text).map_err(|finding| vec![finding])?;
    let missing = head.parameters.iter().filter(|(_, spec)| spec.default.is_none());
    let mut parameters: BTreeMap<_, _> = missing.map(|(name, spec)| (name.clone(), value_of(spec))).collect();
    let known = given.iter().filter(|(name, _)| head.parameters.contains_key(*name));
    parameters.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    let text = |name: &str, other: &str| given.get(name).and_then(Value::as_str).unwrap_or(other).to_owned();
    Ok(Overlay {
        client: text("client", "client"),
        name: text("client_name", "Client"),
        blueprint: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        locale: text("locale", "en-US"),
        currency: text("currency", "USD"),
        time_zone: "UTC".to_owned(),
        parameters,
    })
}

fn value_of(spec: &ParameterSpec) -> Value {
    match spec.r#type.as_str() {
        "integer" => json!(1),
        "boolean" => json!(false),
        "list" => json!([]),
        _ => json!("http://127.0.0.1:9"),
    }
}
