//! Operations of APIs that nobody described: what stands in the connector file is all there is.

use super::document::placeholders;
use super::file::ActionFile;
use super::kinds::Problem;
use super::operation::{BodyShape, Media, Operation, Param, Place, Style};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An operation that stands in the connector file itself: places of the path, then the query of a read or the JSON body
/// of anything else.
pub(super) fn operation(raw: &ActionFile) -> Result<Operation, Problem> {
    const REMEDY: &str = "write method, path and args, a JSON Schema of an object";
    let path = raw.path.as_ref().filter(|path| path.starts_with('/')).ok_or(("it has no path".to_owned(), REMEDY))?;
    let method = raw.method.as_deref().unwrap_or("GET").to_ascii_uppercase();
    if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
        return Err((format!("method '{method}' is not offered"), REMEDY));
    }
    let mut schema = raw.args.clone().unwrap_or_else(|| json!({}));
    let map = schema.as_object_mut().ok_or(("args is no JSON Schema of an object".to_owned(), REMEDY))?;
    map.entry("type").or_insert_with(|| json!("object"));
    map.entry("additionalProperties").or_insert_with(|| json!(false));
    let properties = map.get("properties").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
    let places = placeholders(path).map_err(|problem| (problem, REMEDY))?;
    if let Some(name) = places.iter().find(|name| !properties.contains_key(*name)) {
        return Err((format!("args does not describe {{{name}}} of the path"), REMEDY));
    }
    let reads = matches!(method.as_str(), "GET" | "HEAD" | "DELETE");
    let param = |name: &String, place, style| Param {
        name: name.clone(),
        arg: name.clone(),
        place,
        style,
        explode: style == Style::Form,
        reserved: false,
    };
    let mut params: Vec<Param> = places.iter().map(|name| param(name, Place::Path, Style::Simple)).collect();
    let others = properties.keys().filter(|name| !places.contains(name));
    if reads {
        params.extend(others.map(|name| param(name, Place::Query, Style::Form)));
    }
    Ok(Operation {
        body: if reads { BodyShape::None } else { BodyShape::Fields },
        method,
        path: path.clone(),
        summary: String::new(),
        params,
        media: Media::Json("application/json".to_owned()),
        fields: BTreeMap::new(),
        accept: "application/json, */*;q=0.5".to_owned(),
        takes_key: None,
        notes: Vec::new(),
        schema,
    })
}
