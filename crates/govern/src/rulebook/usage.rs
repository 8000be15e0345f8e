//! What policies take the context to be: read from their conditions (Cedar's JSON policy format).

use super::shape::Shape;
use serde_json::Value;

/// Rounds in which what is known of one side of a comparison reaches the other.
const ROUNDS: usize = 3;

/// Adds what the conditions of these policies say of the context's shape.
pub(super) fn learn(context: &mut Shape, policies: &[Value]) {
    for _ in 0..ROUNDS {
        let conditions = policies.iter().filter_map(|policy| policy.get("conditions")?.as_array()).flatten();
        for body in conditions.filter_map(|condition| condition.get("body")) {
            read(context, body, &Shape::Bool);
        }
    }
}

/// Reads an expression of which the shape is wanted.
fn read(context: &mut Shape, expr: &Value, want: &Shape) {
    if let Some(path) = path_of(expr) {
        if let Some(attr) = context.at(&path) {
            attr.shape.fill(want);
        }
        return;
    }
    let Some((operator, inner)) = expr.as_object().and_then(|map| map.iter().next()) else { return };
    let (left, right) = (&inner["left"], &inner["right"]);
    match operator.as_str() {
        "&&" | "||" => both(context, left, right, &Shape::Bool),
        "!" => read(context, &inner["arg"], &Shape::Bool),
        "<" | "<=" | ">" | ">=" | "+" | "-" | "*" => both(context, left, right, &Shape::Long),
        "neg" => read(context, &inner["arg"], &Shape::Long),
        "==" | "!=" => {
            let mut known = shape_of(context, left);
            known.fill(&shape_of(context, right));
            both(context, left, right, &known);
        }
        "contains" => {
            let element = shape_of(context, right);
            read(context, left, &Shape::Set(Box::new(element)));
            if let Shape::Set(element) = shape_of(context, left) {
                read(context, right, &element);
            }
        }
        "containsAll" | "containsAny" => {
            let mut known = Shape::Set(Box::new(Shape::Unknown));
            known.fill(&shape_of(context, left));
            known.fill(&shape_of(context, right));
            both(context, left, right, &known);
        }
        "isEmpty" => read(context, &inner["arg"], &Shape::Set(Box::new(Shape::Unknown))),
        "like" => read(context, left, &Shape::Text),
        "has" => tested(context, left, &inner["attr"]),
        "if-then-else" => {
            read(context, &inner["if"], &Shape::Bool);
            both(context, &inner["then"], &inner["else"], want);
        }
        _ => {}
    }
}

fn both(context: &mut Shape, left: &Value, right: &Value, want: &Shape) {
    read(context, left, want);
    read(context, right, want);
}

/// Whoever asks whether something is there says that it may not be.
fn tested(context: &mut Shape, left: &Value, attr: &Value) {
    let (Some(mut path), Some(name)) = (root_path(left), attr.as_str()) else { return };
    let from_use = context.is_open(&path);
    path.push(name.to_owned());
    if let Some(attr) = context.at(&path)
        && from_use
    {
        attr.always = false;
    }
}

fn shape_of(context: &mut Shape, expr: &Value) -> Shape {
    if let Some(path) = path_of(expr) {
        return context.at(&path).map_or(Shape::Unknown, |attr| attr.shape.clone());
    }
    let Some((operator, inner)) = expr.as_object().and_then(|map| map.iter().next()) else { return Shape::Unknown };
    match operator.as_str() {
        "Value" if !inner.is_object() => Shape::of_value(inner),
        "Set" => {
            let first = inner.as_array().and_then(|items| items.first());
            Shape::Set(Box::new(first.map_or(Shape::Unknown, |item| shape_of(context, item))))
        }
        "+" | "-" | "*" | "neg" => Shape::Long,
        "&&" | "||" | "!" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "containsAll" | "containsAny"
        | "isEmpty" | "like" | "has" | "in" | "is" => Shape::Bool,
        _ => Shape::Unknown,
    }
}

/// The attributes from the context down to here; `None` for anything else, and for the context itself.
fn path_of(expr: &Value) -> Option<Vec<String>> {
    root_path(expr).filter(|path| !path.is_empty())
}

fn root_path(expr: &Value) -> Option<Vec<String>> {
    if expr.get("Var").and_then(Value::as_str) == Some("context") {
        return Some(Vec::new());
    }
    let dot = expr.get(".")?;
    let mut path = root_path(&dot["left"])?;
    path.push(dot["attr"].as_str()?.to_owned());
    Some(path)
}
